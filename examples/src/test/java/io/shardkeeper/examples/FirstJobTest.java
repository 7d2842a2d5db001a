package io.shardkeeper.examples;

import static org.assertj.core.api.Assertions.assertThat;

import io.shardkeeper.handler.Handlers;
import java.time.Instant;
import org.junit.jupiter.api.Test;

final class FirstJobTest {
  @Test
  void isDueOnWeekdaysAtHalfPastTwoInBerlin() {
    assertThat(FirstJob.SETTLE_ACCOUNTS.trigger().after(Instant.parse("2026-11-20T12:00:00Z")))
        .isEqualTo(Instant.parse("2026-11-23T01:30:00Z"));
  }

  @Test
  void namesTheHandlerThatDoesTheWork() {
    assertThat(Handlers.of(new FirstJob()).find(FirstJob.SETTLE_ACCOUNTS.handler()))
        .isPresent();
  }
}
