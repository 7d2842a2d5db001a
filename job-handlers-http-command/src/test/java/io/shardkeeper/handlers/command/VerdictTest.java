package io.shardkeeper.handlers.command;

import static org.assertj.core.api.Assertions.assertThat;

import io.shardkeeper.handler.Cancellation;
import io.shardkeeper.handler.Result;
import io.shardkeeper.handlers.process.End;
import io.shardkeeper.handlers.process.Limits;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** What only a machine in trouble shows with a real program; the rest is told by {@link CommandHandlerTest}. */
final class VerdictTest {
  private static final Duration TOOK = Duration.ofNanos(1_234_567_890);

  private static Result of(End end, Stage.Request request) {
    var surroundings = new Surroundings(
        Map.of(),
        List.of(),
        null,
        Duration.ofMinutes(1),
        Duration.ZERO,
        1,
        new Exits(Map.of()),
        null,
        Limits.NONE);
    var line = new CommandLine("Command 'it'", List.of(), null, List.of(), Map.of(), surroundings);
    return Verdict.of(line, end, request);
  }

  @Test
  void whatLeavesSomebodyBehindIsNoSuccess() {
    Result result = of(new End(End.Why.BY_ITSELF, 0, false, TOOK, "done"), new Stage.Request());

    assertThat(result).isInstanceOf(Result.Failed.class);
    assertThat(Stage.text(result))
        .isEqualTo(
            "Command 'it' ended with code 0 after PT1.234S; something that it has started could not be ended, and may still run\ndone");
  }

  @Test
  void whatEndedForAReasonIsNoSuccessWhateverItsCode() {
    var request = new Stage.Request();
    request.make(Cancellation.Reason.LEASE_LOST);
    for (End.Why why : End.Why.values()) {
      Result result = of(new End(why, 0, true, TOOK, ""), request);
      assertThat(result instanceof Result.Ok).as("%s", why).isEqualTo(why == End.Why.BY_ITSELF);
    }
  }
}
