package io.shardkeeper.examples;

import static org.assertj.core.api.Assertions.assertThat;

import io.shardkeeper.config.Key;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class RegionalReportTest {
  @Test
  void runsOnlyWhereTheLabelIs(@TempDir Path directory) {
    try (var stage = new Stage(directory);
        var slow =
            RegionalReport.start(stage.settings().set(Key.INSTANCE_NAME, "slow").read());
        var fast = RegionalReport.start(stage
            .settings()
            .set(Key.INSTANCE_NAME, "fast")
            .set(Key.INSTANCE_LABELS, new TreeMap<>(Map.of("disk", "ssd")))
            .read())) {
      assertThat(slow.toString()).isNotEqualTo(fast.toString());
      assertThat(stage.await(".* regional-report .*SUCCEEDED.*")).endsWith("SUCCEEDED on fast");
    }
  }
}
