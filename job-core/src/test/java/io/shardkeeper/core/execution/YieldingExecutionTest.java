package io.shardkeeper.core.execution;

import static org.assertj.core.api.Assertions.assertThat;

import io.shardkeeper.core.execution.Executions.Patience;
import io.shardkeeper.core.layout.Assignment;
import io.shardkeeper.core.layout.RunPlan;
import io.shardkeeper.core.mail.Told;
import io.shardkeeper.handler.Cancellation.Reason;
import io.shardkeeper.handler.JobContext;
import io.shardkeeper.handler.JobHandler;
import io.shardkeeper.handler.Result;
import io.shardkeeper.job.Job;
import io.shardkeeper.listener.ExecutionEnd;
import io.shardkeeper.listener.ExecutionView;
import io.shardkeeper.listener.Listener;
import io.shardkeeper.run.Outcome;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Work that lets another instance go on when this one begins to leave, and what may come between. */
final class YieldingExecutionTest {
  private static final Duration LONG = Duration.ofHours(1);
  private static final Duration INTERRUPTED = Patience.INTERRUPT_AFTER.plusMillis(1);
  private static final String MOVES = "The instance is leaving, and another one can go on";

  /** A handler that yields, and looks at its stage while it runs. */
  private record Yielding(JobHandler.Work work, boolean knows) implements JobHandler {
    @Override
    public String name() {
      return "settle";
    }

    @Override
    public String description() {
      return "Settles accounts";
    }

    @Override
    public boolean yieldsToDrain() {
      if (!knows) {
        throw new IllegalStateException("who knows");
      }
      return true;
    }

    @Override
    public Result handle(JobContext context) throws Exception {
      return work.handle(context);
    }
  }

  /** What a handler does on a stage. */
  private interface Play {
    Result on(Stage stage, JobContext context) throws Exception;
  }

  private static Stage doing(Play play, Listener... outside) {
    var stage = new Stage[1];
    var wrong = new ArrayList<AssertionError>();
    JobHandler.Work work = context -> {
      try {
        return play.on(stage[0], context);
      } catch (AssertionError e) {
        wrong.add(e);
        throw e;
      }
    };
    stage[0] = new Stage(new Yielding(work, true), wrong, outside);
    return stage[0];
  }

  private static Told.HandedBack moved() {
    return new Told.HandedBack(Stage.shard(0).moved(), MOVES);
  }

  @Test
  void itIsAskedAndNotInterruptedAndHandedBackWhenItStops() {
    Stage stage = doing((on, context) -> {
      List<String> asked = new ArrayList<>();
      context.cancellation().onRequest(() -> asked.add("to stop"));
      on.executions.yieldAll();
      on.executions.yieldAll(); // once more does no harm
      assertThat(context.cancellation().reason()).contains(Reason.DRAINING);
      on.loop.advance(LONG.dividedBy(2));
      assertThat(on.workers.works().get(0).interrupts()).isZero();
      assertThat(on.told).as("it still runs: nobody else may start it").isEmpty();
      on.workers.last().run();
      assertThat(asked).containsExactly("to stop");
      context.cancellation().throwIfRequested();
      return Result.ok();
    });

    stage.run(Stage.JOB);

    assertThat(stage.told).containsExactly(moved(), "slot");
    assertThat(stage.executions.running()).isZero();
    Assignment next = Stage.shard(0).moved();
    assertThat(next.attempt()).isEqualTo(3);
    assertThat(next.killed()).as("nobody died").isZero();
    assertThat(next.attempt() - next.deaths()).as("no failure either").isEqualTo(2);
  }

  @Test
  void whatItReturnsOrThrowsOtherwiseIsItsOutcome() {
    Stage done = doing((on, context) -> {
      on.executions.yieldAll();
      return Result.ok("17 accounts");
    });
    done.run(Stage.JOB);
    assertThat(done.ended().outcome()).isEqualTo(Outcome.SUCCEEDED);
    assertThat(done.ended().text()).isEqualTo("17 accounts");

    Stage failed = doing((on, context) -> {
      on.executions.yieldAll();
      throw new IllegalStateException("no account 17");
    });
    failed.run(Stage.JOB);
    assertThat(failed.ended().outcome()).isEqualTo(Outcome.FAILED);
    assertThat(failed.ended().text()).contains("no account 17");
  }

  @Test
  void whatWasNotCalledIsHandedBackAtOnce() {
    Stage stage = doing((on, context) -> Result.ok());
    stage.start();

    stage.executions.yieldAll();

    assertThat(stage.told).containsExactly(new Told.HandedBack(Stage.shard(0), MOVES), "slot");
  }

  @ParameterizedTest
  @EnumSource(value = Reason.class, mode = EnumSource.Mode.EXCLUDE, names = "LEASE_LOST")
  void anyOtherReasonTakesItsPlace(Reason reason) {
    Stage stage = doing((on, context) -> {
      on.executions.yieldAll();
      on.executions.cancel(100, reason);
      assertThat(context.cancellation().reason()).contains(reason);
      on.executions.yieldAll(); // comes too late
      on.loop.advance(INTERRUPTED);
      assertThat(on.workers.works().get(0).interrupts()).isEqualTo(1);
      context.cancellation().throwIfRequested();
      return Result.ok();
    });

    stage.run(Stage.JOB);

    if (reason == Reason.DRAINING) {
      assertThat(stage.told)
          .as("the grace is over")
          .containsExactly(
              new Told.HandedBack(
                  Stage.shard(0).afterDeath(),
                  "The instance is leaving, and could not wait any longer"),
              "slot");
    } else {
      assertThat(stage.ended().outcome().name()).isEqualTo(reason.name());
    }
  }

  @Test
  void aLeaseThatLapsesIsFoundAllTheSame() {
    Stage told = doing((on, context) -> {
      on.executions.yieldAll();
      on.executions.leaseLapsed();
      assertThat(context.cancellation().reason()).contains(Reason.LEASE_LOST);
      return Result.ok();
    });
    told.run(Stage.JOB);
    assertThat(told.kinds()).containsExactly("Returned", "slot");

    Stage found = doing((on, context) -> {
      on.executions.leaseUntil(on.loop.nanos() + 1);
      on.executions.yieldAll();
      on.loop.advance(Duration.ofMillis(1));
      assertThat(context.cancellation().reason()).contains(Reason.LEASE_LOST);
      return Result.ok();
    });
    found.run(Stage.JOB);
    assertThat(found.kinds()).containsExactly("Returned", "slot");
  }

  @Test
  void whatCanGoOnNowhereElseIsNotAsked() {
    Play play = (on, context) -> {
      on.executions.yieldAll();
      assertThat(context.cancellation().isRequested()).isFalse();
      return Result.ok();
    };
    Job once = Stage.JOB.toBuilder().atMostOnce(true).build();
    Stage stage = doing(play);
    stage.run(once);
    assertThat(stage.ended().outcome()).isEqualTo(Outcome.SUCCEEDED);

    RunPlan free = Stage.shard(0).run();
    var bound = new RunPlan(
        free.id(),
        free.revision(),
        free.total(),
        free.scheduledAt(),
        free.parameters(),
        new RunPlan.Traits(true, false));
    Stage here = doing(play);
    here.executions.start(new Assignment(bound, 0, 0, 1, 0, Stage.DUE, 7), Stage.JOB, 7);
    here.workers.last().run();
    here.loop.turn();
    assertThat(here.ended().outcome()).as(here.ended().text()).isEqualTo(Outcome.SUCCEEDED);
  }

  @Test
  void whoDoesNotYieldOrCannotSayIsNotAsked() {
    var stage = new Stage[1];
    JobHandler.Work work = context -> {
      stage[0].executions.yieldAll();
      return Result.ok("" + context.cancellation().isRequested());
    };
    stage[0] = new Stage(new Yielding(work, false), List.of());
    stage[0].run(Stage.JOB);
    assertThat(stage[0].ended().text()).isEqualTo("false");

    stage[0] = Stage.doing(work);
    stage[0].run(Stage.JOB);
    assertThat(stage[0].ended().text()).isEqualTo("false");
  }

  /** Hears the ends of calls, and has the instance leave when one begins if it is to. */
  private static final class Ear implements Listener {
    private final List<Outcome> heard = new ArrayList<>();
    private Runnable atBegin = () -> {};

    @Override
    public void executionBegins(ExecutionView execution) {
      atBegin.run();
    }

    @Override
    public void executionEnded(ExecutionView execution, ExecutionEnd end) {
      heard.add(end.outcome());
    }
  }

  @Test
  void listenersHearOfItAsOfWorkThatMovesOn() {
    var ear = new Ear();
    Stage moves = doing(
        (on, context) -> {
          on.executions.yieldAll();
          context.cancellation().throwIfRequested();
          return Result.ok();
        },
        ear);
    moves.run(Stage.JOB);
    Stage ends = doing(
        (on, context) -> {
          on.executions.yieldAll();
          return Result.ok();
        },
        ear);
    ends.run(Stage.JOB);
    assertThat(ear.heard).containsExactly(Outcome.LOST, Outcome.SUCCEEDED);

    Stage tooLate = doing((on, context) -> Result.ok("called"), ear);
    ear.atBegin = tooLate.executions::yieldAll;
    tooLate.run(Stage.JOB);
    assertThat(tooLate.told).as("it was not called").containsExactly(moved(), "slot");
  }
}
