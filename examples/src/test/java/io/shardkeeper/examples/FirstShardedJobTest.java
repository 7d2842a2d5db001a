package io.shardkeeper.examples;

import static org.assertj.core.api.Assertions.assertThat;

import io.shardkeeper.engine.Shardkeeper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class FirstShardedJobTest {
  @Test
  void doesWhatItsPropertiesAskFor(@TempDir Path directory) throws IOException {
    String properties = Files.readString(Path.of("src/main/first/shardkeeper.properties"));
    try (var stage = new Stage(directory);
        var running = Shardkeeper.with(
                stage.settings().file("shardkeeper.properties", properties).read())
            .handlers(new FirstShardedJob())
            .start()) {
      assertThat(running.declared()).isNotNull();
      assertThat(stage.await(".* clean-up .*")).contains("SUCCEEDED on stage");
    }
  }
}
