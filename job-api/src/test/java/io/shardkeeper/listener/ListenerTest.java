package io.shardkeeper.listener;

import static org.assertj.core.api.Assertions.assertThatCode;

import io.shardkeeper.run.Origin;
import io.shardkeeper.run.Outcome;
import io.shardkeeper.view.RunView;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

final class ListenerTest {
  @Test
  void whoCaresForNothingNeedsToSayNothing() {
    var listener = new Listener() {};
    var ended = new RunView.Ended(
        "billing.1.f.a",
        "billing",
        1,
        Instant.EPOCH,
        Instant.EPOCH,
        Instant.EPOCH,
        Outcome.SUCCEEDED,
        "",
        1,
        List.of(),
        Map.of(),
        Origin.NONE,
        List.of());
    assertThatCode(() -> {
          listener.runEnded(ended);
          listener.stateChanged(new StateChange.Leaving("a-1"));
        })
        .doesNotThrowAnyException();
  }
}
