package io.shardkeeper.proof;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class InstanceProcessTest {
  @Test
  void doesNotOutliveWhoStartedIt(@TempDir Path directory) throws Exception {
    String nobody = "127.0.0.1:1";
    try (var instance =
        InstanceProcess.start("anna", 1, nobody, directory, Play.SESSION, Play.TICK)) {
      assertThat(instance.isRegistered()).isFalse();

      assertThat(instance.hangUp(Duration.ofSeconds(30))).isTrue();
    }
  }
}
