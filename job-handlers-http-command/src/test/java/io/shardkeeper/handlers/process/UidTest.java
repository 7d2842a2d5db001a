package io.shardkeeper.handlers.process;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.URI;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class UidTest {
  @TempDir
  private Path directory;

  @Test
  void whatThisProcessMakesBelongsToWhomItActsAs() throws IOException {
    assertThat(Uid.of(directory)).isEqualTo(Uid.ofThisProcess());
    assertThat(Machine.here().uid()).isEqualTo(Uid.ofThisProcess());
  }

  @Test
  void aLinkIsNotFollowed() throws IOException {
    Path nowhere =
        Files.createSymbolicLink(directory.resolve("link"), directory.resolve("nowhere"));
    assertThat(Uid.of(nowhere)).isEqualTo(Uid.ofThisProcess());
  }

  @Test
  void nobodyIsGuessedToOwnWhatIsNotThere() {
    assertThatThrownBy(() -> Uid.of(directory.resolve("none")))
        .isInstanceOf(NoSuchFileException.class);
  }

  @Test
  void aSystemWithoutUsersTellsNone() throws IOException {
    URI archive = URI.create("jar:" + directory.resolve("a.zip").toUri());
    try (FileSystem zip = FileSystems.newFileSystem(archive, Map.of("create", "true"))) {
      assertThat(Uid.of(zip.getPath("/"))).isEqualTo(Uid.UNKNOWN);
    }
  }
}
