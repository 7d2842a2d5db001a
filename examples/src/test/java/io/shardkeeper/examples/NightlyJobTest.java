package io.shardkeeper.examples;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class NightlyJobTest {
  @Test
  void isDueOnWeekdaysAtHalfPastTwoInBerlin() {
    assertThat(NightlyJob.SETTLE_ACCOUNTS.trigger().after(Instant.parse("2026-11-20T12:00:00Z")))
        .isEqualTo(Instant.parse("2026-11-23T01:30:00Z"));
  }

  @Test
  void settlesAllAccountsInThreeShards(@TempDir Path directory) {
    var soon =
        NightlyJob.SETTLE_ACCOUNTS.toBuilder().every(Duration.ofSeconds(1)).build();
    try (var stage = new Stage(directory);
        var running = NightlyJob.start(stage.settings().read(), soon)) {
      assertThat(running.toString()).contains("stage");
      assertThat(stage.await(".* settle-accounts .*")).contains("SUCCEEDED on stage");
    }
  }
}
