package io.shardkeeper.core.execution;

import static org.assertj.core.api.Assertions.assertThat;

import io.shardkeeper.handler.Cancellation;
import io.shardkeeper.handler.Result;
import io.shardkeeper.listener.ExecutionEnd;
import io.shardkeeper.listener.ExecutionView;
import io.shardkeeper.listener.Listener;
import io.shardkeeper.run.Outcome;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Listeners that are told of each call of a handler. */
final class ListenedExecutionTest {
  /** What listeners and the handler did, in order; what was done on another thread than that of the handler says so. */
  private static final class Diary implements Listener {
    private final String name;
    private final List<String> lines;
    private final Thread thread = Thread.currentThread();

    Diary(String name, List<String> lines) {
      this.name = name;
      this.lines = lines;
    }

    @Override
    public void executionBegins(ExecutionView execution) {
      lines.add((Thread.currentThread() == thread ? "" : "elsewhere ") + name + " begins "
          + execution.shard() + " of " + execution.shards() + ", attempt " + execution.attempt()
          + ", token " + execution.token());
    }

    @Override
    public void executionEnded(ExecutionView execution, ExecutionEnd end) {
      lines.add(name + " ended " + end.outcome() + " " + firstLine(end.text()));
    }

    private static String firstLine(String text) {
      return text.lines().findFirst().orElse("");
    }
  }

  @Test
  void listenersStandAroundTheHandlerOnItsThread() {
    var lines = new ArrayList<String>();
    var stage = Stage.doing(
        context -> {
          lines.add("handler");
          return Result.ok("settled");
        },
        new Diary("one", lines),
        new Diary("two", lines));

    stage.run(Stage.JOB);

    assertThat(lines)
        .containsExactly(
            "one begins 0 of 3, attempt 2, token 100",
            "two begins 0 of 3, attempt 2, token 100",
            "handler",
            "two ended SUCCEEDED settled",
            "one ended SUCCEEDED settled");
    assertThat(stage.ended().outcome()).isEqualTo(Outcome.SUCCEEDED);
  }

  @Test
  void listenersHearOfWhatAHandlerThrows() {
    var lines = new ArrayList<String>();
    var stage = Stage.doing(
        context -> {
          throw new IllegalStateException("no");
        },
        new Diary("one", lines));

    stage.run(Stage.JOB);

    assertThat(lines).last().isEqualTo("one ended FAILED java.lang.IllegalStateException: no");
    assertThat(stage.ended().text()).startsWith("java.lang.IllegalStateException: no");
  }

  @Test
  void listenersHearWhyAHandlerWasToEnd() {
    var lines = new ArrayList<String>();
    var stage = new Stage[1];
    stage[0] = Stage.doing(
        context -> {
          stage[0].executions.cancel(100, Cancellation.Reason.KILLED);
          return Result.ok();
        },
        new Diary("one", lines));

    stage[0].run(Stage.JOB);

    assertThat(lines).last().isEqualTo("one ended KILLED ");
    assertThat(stage[0].ended().outcome()).isEqualTo(Outcome.KILLED);
  }

  @Test
  void ofAHandlerThatIsNotCalledListenersHearNothing() {
    var lines = new ArrayList<String>();
    var stage = Stage.doing(context -> Result.ok(), new Diary("one", lines));
    var work = stage.start();
    stage.executions.cancel(100, Cancellation.Reason.KILLED);
    work.run();
    stage.loop.turn();

    assertThat(lines).isEmpty();
    assertThat(stage.ended().outcome()).isEqualTo(Outcome.KILLED);
  }

  @Test
  void aListenerThatTakesTooLongCostsTheHandlerItsCall() {
    var lines = new ArrayList<String>();
    var stage = new Stage[1];
    var slow = new Listener() {
      @Override
      public void executionBegins(ExecutionView execution) {
        stage[0].executions.cancel(100, Cancellation.Reason.TIMED_OUT);
        throw new IllegalStateException("interrupted");
      }
    };
    stage[0] = Stage.doing(
        context -> {
          lines.add("handler");
          return Result.ok();
        },
        slow,
        new Diary("one", lines));

    stage[0].run(Stage.JOB);

    assertThat(lines)
        .containsExactly(
            "one begins 0 of 3, attempt 2, token 100",
            "one ended TIMED_OUT It was cancelled before its handler was called");
    assertThat(stage[0].ended().outcome()).isEqualTo(Outcome.TIMED_OUT);
  }

  @Test
  void whatListenersThrowChangesNothing() {
    var wild = new Listener() {
      @Override
      public void executionBegins(ExecutionView execution) {
        throw new AssertionError("wild");
      }

      @Override
      public void executionEnded(ExecutionView execution, ExecutionEnd end) {
        throw new IllegalStateException("wild");
      }
    };
    var lines = new ArrayList<String>();
    var stage = Stage.doing(context -> Result.ok("settled"), wild, new Diary("one", lines));

    stage.run(Stage.JOB);

    assertThat(stage.ended().outcome()).isEqualTo(Outcome.SUCCEEDED);
    assertThat(stage.ended().text()).isEqualTo("settled");
    assertThat(lines).hasSize(2);
    assertThat(stage.executions.hasFreeSlot()).isTrue();
  }
}
