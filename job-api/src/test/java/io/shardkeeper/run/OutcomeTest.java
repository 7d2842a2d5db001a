package io.shardkeeper.run;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import org.junit.jupiter.api.Test;

final class OutcomeTest {
  @Test
  void decisionsAreToldFromEnds() {
    assertThat(Arrays.stream(Outcome.values()).filter(outcome -> !outcome.isDecision()))
        .containsExactly(
            Outcome.SUCCEEDED,
            Outcome.FAILED,
            Outcome.TIMED_OUT,
            Outcome.KILLED,
            Outcome.PARTIAL,
            Outcome.LOST);
  }
}
