package io.shardkeeper.handler;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.shardkeeper.run.TraceContext;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CancellationException;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.slf4j.Logger;
import org.slf4j.helpers.NOPLogger;

final class ShardingDemoTest {
  private final ShardingDemo demo = new ShardingDemo();

  @Test
  void canBeOffered() {
    assertThat(Handlers.of(demo).find("sharding-demo")).contains(demo);
  }

  @Test
  void tellsItsShare() throws Exception {
    assertThat(demo.handle(new Context(1, "north", Map.of(), null)))
        .isEqualTo(Result.ok("shard 1 of 3 (north)"));
    assertThat(demo.handle(new Context(1, "", Map.of("sleep", "20ms"), null)))
        .isEqualTo(Result.ok("shard 1 of 3"));
  }

  @Test
  void failsAsOftenAsItIsAskedTo() throws Exception {
    Map<String, String> twice = Map.of("fail", "2");
    assertThat(demo.handle(new Context(1, "", twice, null))).isInstanceOf(Result.Failed.class);
    assertThat(demo.handle(new Context(2, "", twice, null))).isInstanceOf(Result.Failed.class);
    assertThat(demo.handle(new Context(3, "", twice, null))).isInstanceOf(Result.Ok.class);
    assertThat(demo.handle(new Context(9, "", Map.of("fail", "always"), null)))
        .isEqualTo(Result.failed("shard 1 of 3 failed in attempt 9, as it was asked to"));
  }

  @Test
  void failsInAboutThatPartOfItsAttempts() {
    long failed = IntStream.range(1, 2_000)
        .filter(attempt -> fails(new Context(attempt, "", Map.of("fail", "30%"), null)))
        .count();
    assertThat(failed).isBetween(500L, 700L);
  }

  private boolean fails(Context context) {
    try {
      return demo.handle(context) instanceof Result.Failed;
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  @Test
  void endsAtOnceWhenItIsCancelled() {
    var context = new Context(1, "", Map.of("sleep", "1h"), Cancellation.Reason.KILLED);
    assertThatThrownBy(() -> demo.handle(context)).isInstanceOf(CancellationException.class);
  }

  @Test
  void saysWhatIsWrongWithAParameter() {
    assertThatThrownBy(() -> demo.handle(new Context(1, "", Map.of("sleep", "soon"), null)))
        .hasMessage("Parameter sleep = 'soon': here comes a duration such as 1500ms, 2s, 1m");
    assertThatThrownBy(() -> demo.handle(new Context(1, "", Map.of("sleep", "xms"), null)))
        .hasMessageContaining("1500ms");
    assertThatThrownBy(() -> demo.handle(new Context(1, "", Map.of("fail", "often"), null)))
        .hasMessageContaining("Parameter fail = 'often'")
        .hasMessageContaining("30%");
  }

  /** An execution of shard 1 of 3, cancelled from the start or never. */
  private record Context(
      int attempt,
      String parameter,
      Map<String, String> parameters,
      Cancellation.@Nullable Reason reason)
      implements ShardingContext {
    @Override
    public Shard shard() {
      return new Shard(1, 3, parameter);
    }

    @Override
    public String jobName() {
      return "demo";
    }

    @Override
    public String runId() {
      return "demo-1";
    }

    @Override
    public Instant scheduledAt() {
      return Instant.EPOCH;
    }

    @Override
    public Instant dataTime() {
      return Instant.EPOCH;
    }

    @Override
    public String rerunOf() {
      return "";
    }

    @Override
    public TraceContext trace() {
      return TraceContext.NONE;
    }

    @Override
    public long token() {
      return 1;
    }

    @Override
    public Cancellation cancellation() {
      return new Cancellation() {
        @Override
        public boolean isRequested() {
          return reason != null;
        }

        @Override
        public Optional<Reason> reason() {
          return Optional.ofNullable(reason);
        }

        @Override
        public void onRequest(Runnable action) {
          if (isRequested()) {
            action.run();
          }
        }
      };
    }

    @Override
    public Progress progress() {
      throw new UnsupportedOperationException();
    }

    @Override
    public Logger log() {
      return NOPLogger.NOP_LOGGER;
    }
  }
}
