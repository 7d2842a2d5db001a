package io.shardkeeper.handlers.process;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(120)
final class LeftoversTest {
  private static final Tree.Pause PATIENT = () -> true;
  private static final Tree.Pause IMPATIENT = () -> false;

  @TempDir
  Path directory;

  private Path work() {
    return directory.resolve("deep/work");
  }

  private Leftovers leftovers() throws IOException {
    return Leftovers.in(work(), UUID.randomUUID().toString());
  }

  /** What a process leaves that was killed. */
  private Path left(String id) throws IOException {
    Path process = work().resolve("4711-17-" + UUID.randomUUID());
    Files.createDirectories(process.resolve(id).resolve("a/b"));
    Files.createFile(process.resolve("lock"));
    Files.createSymbolicLink(process.resolve(id).resolve("out"), directory);
    return process;
  }

  private Process carrying(String id) throws IOException {
    var builder = new ProcessBuilder("sleep", "86400");
    builder.environment().put(Tree.COOKIE, id);
    Process process = builder.start();
    Seen.until("it has become what it is", () -> Seen.carrying(Tree.COOKIE, id) == 1);
    return process;
  }

  @Test
  void whatAKilledProcessHasLeftIsEndedAndTakenAway() throws Exception {
    String id = UUID.randomUUID().toString();
    try (var leftovers = leftovers()) {
      Path left = left(id);
      Process stray = carrying(id);
      leftovers.clear(PATIENT);
      assertThat(stray.waitFor()).isEqualTo(137);
      assertThat(left).doesNotExist();
      assertThat(directory).exists();
      assertThat(leftovers.place()).exists();
    }
    assertThat(Seen.count(work())).isZero();
  }

  @Test
  void whatLivesIsLeftAlone() throws Exception {
    try (var one = leftovers();
        var other = leftovers()) {
      Path execution = one.begin("0123-4567", null);
      other.clear(PATIENT);
      assertThat(execution).exists();
      one.over(execution);
      assertThat(execution).doesNotExist();
    }
  }

  @Test
  void whatIsNotOursOrCannotBeEndedStays() throws Exception {
    try (var leftovers = leftovers()) {
      Path stranger = Files.createDirectories(work().resolve("something else"));
      Path unlocked = Files.createDirectories(work().resolve("1-2-3"));
      Path odd = left("0123-4567");
      Files.delete(odd.resolve("lock"));
      Files.createDirectory(odd.resolve("lock"));
      String id = UUID.randomUUID().toString();
      Path held = left(id);
      Process stray = carrying(id);
      try {
        leftovers.clear(IMPATIENT);
        assertThat(stranger).exists();
        assertThat(unlocked).doesNotExist();
        assertThat(odd).exists();
        assertThat(held).exists();
      } finally {
        stray.destroyForcibly();
      }
      assertThat(stray.waitFor()).isEqualTo(137);
      leftovers.clear(PATIENT);
      assertThat(held).doesNotExist();
    }
  }

  @Test
  void whatIsTooDeepStaysAndTheRestGoes() throws Exception {
    try (var leftovers = leftovers()) {
      Path execution = leftovers.begin("0123-4567", null);
      Path deep = execution;
      for (int i = 0; i < 150; i++) {
        deep = deep.resolve("d");
      }
      Files.createDirectories(deep);
      leftovers.over(execution);
      assertThat(execution).exists();
      leftovers.over(execution.resolve("not there"));
    }
  }

  /** Root needs no permission: as root, this shows only that nothing breaks. */
  @Test
  void whatAProgramHasShutIsOpenedToBeTakenAway() throws Exception {
    try (var leftovers = leftovers()) {
      Path execution = leftovers.begin("0123-4567", null);
      for (String permissions : List.of("---------", "r-xr-xr-x", "-wx------", "rw-------")) {
        Path shut = Files.createDirectories(execution.resolve("shut" + permissions));
        Files.createFile(shut.resolve("f"));
        Path below = Files.createDirectories(shut.resolve("below"));
        Files.createFile(below.resolve("g"));
        Files.setPosixFilePermissions(below, PosixFilePermissions.fromString("---------"));
        Files.setPosixFilePermissions(shut, PosixFilePermissions.fromString(permissions));
      }
      Path outside = Files.createDirectory(directory.resolve("outside"));
      Files.setPosixFilePermissions(outside, PosixFilePermissions.fromString("r-xr-xr-x"));
      Files.createSymbolicLink(execution.resolve("link"), outside);
      Files.setPosixFilePermissions(execution, PosixFilePermissions.fromString("---------"));

      leftovers.over(execution);

      assertThat(execution).doesNotExist();
      assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(outside)))
          .isEqualTo("r-xr-xr-x");
    }
  }

  @Test
  void anIdIsUsedOnce() throws Exception {
    try (var leftovers = leftovers()) {
      Path unused = leftovers.begin("0123-4567", null);
      assertThatThrownBy(() -> leftovers.begin("0123-4567", null)).isInstanceOf(IOException.class);
    }
  }

  @Test
  void withoutItsPlaceNothingIsFound() throws Exception {
    var leftovers = leftovers();
    leftovers.close();
    Files.delete(work());
    leftovers.clear(PATIENT);
    leftovers.close();
    assertThat(work()).doesNotExist();
  }
}
