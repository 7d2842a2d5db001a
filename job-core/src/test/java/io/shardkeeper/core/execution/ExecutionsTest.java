package io.shardkeeper.core.execution;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import io.shardkeeper.contract.HandLoop;
import io.shardkeeper.contract.HandWorkers;
import io.shardkeeper.core.execution.Executions.HowFar;
import io.shardkeeper.core.execution.Executions.Patience;
import io.shardkeeper.core.loop.Listeners;
import io.shardkeeper.core.mail.Told;
import io.shardkeeper.handler.Cancellation.Reason;
import io.shardkeeper.handler.Handlers;
import io.shardkeeper.handler.JobHandler;
import io.shardkeeper.handler.Result;
import io.shardkeeper.job.Job;
import io.shardkeeper.job.Limits;
import io.shardkeeper.run.Outcome;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.RejectedExecutionException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** What becomes of executions: each line of the table in {@link Executions}, and the order in which things may happen. */
final class ExecutionsTest {
  private static final Duration GIVEN_UP =
      Patience.INTERRUPT_AFTER.plus(Patience.ABANDON_AFTER).plusMillis(1);

  @Test
  void whatTheHandlerReturnsIsTheOutcome() {
    var stage = Stage.doing(context -> Result.ok("17 accounts"));

    stage.run(Stage.JOB);

    assertThat(stage.ended())
        .isEqualTo(new Told.Ended(
            Stage.shard(0),
            Outcome.SUCCEEDED,
            "17 accounts",
            stage.loop.wall(),
            stage.loop.wall(),
            true));
    assertThat(stage.kinds()).containsExactly("Ended", "slot");
  }

  @Test
  void aFailureThatIsReturnedIsTold() {
    var stage = Stage.doing(context -> Result.failed("no accounts"));

    stage.run(Stage.JOB);

    assertThat(stage.ended().outcome()).isEqualTo(Outcome.FAILED);
    assertThat(stage.ended().text()).isEqualTo("no accounts");
  }

  @Test
  void anExceptionIsAFailureAndSaysWhereItWasThrown() {
    var stage = Stage.doing(context -> {
      throw new IllegalStateException("no account 17");
    });

    stage.run(Stage.JOB);

    assertThat(stage.ended().outcome()).isEqualTo(Outcome.FAILED);
    assertThat(stage.ended().text())
        .startsWith("java.lang.IllegalStateException: no account 17\n  at ")
        .contains("ExecutionsTest");
  }

  @Test
  void errorsAreFailuresToo() {
    for (Error error : List.of(
        new OutOfMemoryError("Java heap space"), new StackOverflowError(), new Error("end"))) {
      var stage = Stage.doing(context -> {
        throw error;
      });

      stage.run(Stage.JOB);

      assertThat(stage.ended().outcome()).isEqualTo(Outcome.FAILED);
      assertThat(stage.ended().text()).startsWith(error.getClass().getName());
      assertThat(stage.executions.running()).isZero();
    }
  }

  @Test
  void aStackThatReallyOverflowsIsAFailure() {
    var stage = Stage.doing(context -> Result.ok(deeper(0)));

    stage.run(Stage.JOB);

    assertThat(stage.ended().text()).startsWith("java.lang.StackOverflowError");
  }

  private static String deeper(int depth) {
    return depth < 0 ? "" : deeper(depth + 1) + depth;
  }

  @Test
  void nullIsNoResult() {
    var stage = Stage.doing(context -> nothing());

    stage.run(Stage.JOB);

    assertThat(stage.ended().outcome()).isEqualTo(Outcome.FAILED);
    assertThat(stage.ended().text()).contains("'settle' returned null");
  }

  @SuppressWarnings(
      "NullAway") // what a handler in another language, or without the checker, may do
  private static Result nothing() {
    return null;
  }

  @Test
  void aResultThatIsTooLargeIsAFailureThatNamesTheLimit() {
    var stage = Stage.doing(context -> Result.ok("x".repeat(Limits.ITEM_BYTES + 1)));

    stage.run(Stage.JOB);

    assertThat(stage.ended().outcome()).isEqualTo(Outcome.FAILED);
    assertThat(stage.ended().text()).contains("at most " + Limits.ITEM_BYTES);
  }

  @Test
  void theTimesAreThoseOfTheStartAndOfTheEnd() {
    var stage = Stage.doing(context -> Result.ok());
    var start = stage.loop.wall();
    var work = stage.start();

    stage.loop.advance(Duration.ofMillis(300));
    work.run();
    stage.loop.turn();

    assertThat(stage.ended().started()).isEqualTo(start);
    assertThat(stage.ended().ended()).isEqualTo(start.plusMillis(300));
  }

  @Test
  void slotsAreCounted() {
    var stage = Stage.doing(context -> Result.ok());
    assertThat(stage.executions.hasFreeSlot()).isTrue();

    stage.executions.start(Stage.shard(0), Stage.JOB, 100);
    stage.executions.start(Stage.shard(1), Stage.JOB, 90);

    assertThat(stage.executions.hasFreeSlot()).isFalse();
    assertThat(stage.executions.running()).isEqualTo(2);
    assertThat(stage.executions.tokens()).containsExactly(100L, 90L);
    assertThat(stage.executions.lanes())
        .containsExactlyInAnyOrder(Stage.shard(0).lane(), Stage.shard(1).lane());
    assertThatIllegalStateException()
        .isThrownBy(() -> stage.executions.start(Stage.shard(2), Stage.JOB, 102))
        .withMessageContaining("all of the 2 slots are taken")
        .withMessageContaining("shard 2");

    stage.workers.works().get(0).run();
    stage.loop.turn();

    assertThat(stage.executions.hasFreeSlot()).isTrue();
    assertThat(stage.executions.tokens()).containsExactly(90L);
    assertThatIllegalStateException()
        .isThrownBy(() -> stage.executions.start(Stage.shard(2), Stage.JOB, 90))
        .withMessageContaining("token 90");
  }

  @Test
  void whatIsNotOfferedHereIsHandedBack() {
    var stage = Stage.doing(context -> Result.ok());

    stage.executions.start(
        Stage.shard(0),
        Job.builder("billing").handler("other").cron("0 * * * * ?").build(),
        100);
    assertThat(stage.told).as("nothing is told while it is asked for").isEmpty();
    stage.loop.turn();

    assertThat(stage.told)
        .containsExactly(new Told.HandedBack(
            Stage.shard(0), "Handler 'other' is not offered here; offered are [settle]"));
    assertThat(stage.executions.running()).isZero();
  }

  @Test
  void aShardThatCannotBeIsRefusedBeforeAnythingBegins() {
    var stage = Stage.doing(context -> Result.ok());

    assertThatIllegalArgumentException()
        .isThrownBy(() -> stage.executions.start(Stage.shard(3), Stage.JOB, 103))
        .withMessageContaining("No shard 3 of 3");

    assertThat(stage.executions.running()).isZero();
    assertThat(stage.workers.works()).isEmpty();
  }

  @ParameterizedTest
  @CsvSource({"TIMED_OUT,TIMED_OUT", "KILLED,KILLED", "COVERED,COVERED"})
  void whatIsCancelledEndsByTheReasonEvenIfItsWorkIsDone(Reason reason, Outcome outcome) {
    var seen = new ArrayList<Object>();
    Stage[] stage = new Stage[1];
    stage[0] = Stage.doing(context -> {
      seen.add(context.cancellation().isRequested());
      stage[0].executions.cancel(100, reason);
      stage[0].executions.cancel(100, Reason.KILLED); // too late to be the reason
      seen.add(context.cancellation().isRequested());
      seen.add(context.cancellation().reason().orElseThrow());
      return Result.ok("all done");
    });

    stage[0].run(Stage.JOB);

    assertThat(seen).containsExactly(false, true, reason);
    assertThat(stage[0].ended().outcome()).isEqualTo(outcome);
    assertThat(stage[0].ended().text()).endsWith("Then its handler returned: all done");
    assertThat(stage[0].ended().returned()).isTrue();
    assertThat(stage[0].kinds()).containsExactly("Ended", "slot");
    assertThat(stage[0].loop.timers()).as("timers that are left").isZero();
  }

  @Test
  void aCancelledHandlerThatThrowsStillEndsByTheReason() {
    var stage = new Stage[1];
    stage[0] = Stage.doing(context -> {
      stage[0].executions.cancelAll(Reason.KILLED);
      context.cancellation().throwIfRequested();
      return Result.ok();
    });

    stage[0].run(Stage.JOB);

    assertThat(stage[0].ended().outcome()).isEqualTo(Outcome.KILLED);
    assertThat(stage[0].ended().text())
        .startsWith(
            "Somebody ended it. Then its handler failed: java.util.concurrent.Cancellation");
  }

  @Test
  void aResultThatReachesTheLoopBeforeTheCancellationWins() {
    var stage = Stage.doing(context -> Result.ok("done"));
    stage.run(Stage.JOB);

    stage.executions.cancel(100, Reason.KILLED);
    stage.loop.advance(GIVEN_UP);

    assertThat(stage.ended().outcome()).isEqualTo(Outcome.SUCCEEDED);
    assertThat(stage.kinds()).containsExactly("Ended", "slot");
  }

  @Test
  void aCancellationThatReachesTheLoopBeforeTheResultWins() {
    var stage = Stage.doing(context -> Result.ok("done"));
    stage.start().run(); // its result waits for the loop

    stage.executions.cancel(100, Reason.KILLED);
    stage.loop.advance(GIVEN_UP);

    assertThat(stage.ended().outcome()).isEqualTo(Outcome.KILLED);
    assertThat(stage.ended().text()).endsWith("returned: done");
    assertThat(stage.kinds()).containsExactly("Ended", "slot");
  }

  @ParameterizedTest
  @EnumSource(Reason.class)
  void whatIsCancelledBeforeItsHandlerWasCalledNeverCallsIt(Reason reason) {
    var called = new ArrayList<String>();
    var stage = Stage.doing(context -> {
      called.add("called");
      return Result.ok();
    });
    var work = stage.start();

    stage.executions.cancel(100, reason);

    assertThat(stage.executions.running()).as("it takes no slot any more").isZero();
    switch (reason) {
      case DRAINING -> assertThat(stage.kinds()).containsExactly("HandedBack", "slot");
      case LEASE_LOST -> assertThat(stage.kinds()).containsExactly("Returned", "slot");
      case KILLED, TIMED_OUT, COVERED -> {
        assertThat(stage.kinds()).containsExactly("Ended", "slot");
        assertThat(stage.ended().outcome().name()).isEqualTo(reason.name());
        assertThat(stage.ended().started()).isEqualTo(Stage.DUE);
        assertThat(stage.ended().returned()).isTrue();
      }
    }

    work.run(); // at last there is a thread
    stage.loop.advance(GIVEN_UP);

    assertThat(called).isEmpty();
    assertThat(stage.told).hasSize(2);
  }

  @Test
  void firstItIsAskedThenInterruptedThenGivenUpThenItReturns() {
    var stage = new Stage[1];
    var job = Stage.JOB.toBuilder().timeout(Duration.ofSeconds(1)).build();
    stage[0] = Stage.doing(context -> {
      var s = stage[0];
      s.loop.advance(Duration.ofMillis(999));
      assertThat(context.cancellation().isRequested()).isFalse();

      s.loop.advance(Duration.ofMillis(1));
      assertThat(context.cancellation().reason()).contains(Reason.TIMED_OUT);
      assertThat(s.workers.last().interrupts()).isZero();

      s.loop.advance(Patience.INTERRUPT_AFTER);
      assertThat(s.workers.last().interrupts()).isEqualTo(1);
      assertThat(s.told).isEmpty();

      s.loop.advance(Patience.ABANDON_AFTER);
      assertThat(s.ended().outcome()).isEqualTo(Outcome.TIMED_OUT);
      assertThat(s.ended().text()).isEqualTo("It took longer than the PT1S that its job allows");
      assertThat(s.ended().returned()).isFalse();
      assertThat(s.executions.running()).as("its slot stays taken").isEqualTo(1);
      assertThat(s.executions.lanes()).containsExactly(Stage.shard(0).lane());

      s.executions.cancel(100, Reason.KILLED); // final means final
      s.loop.advance(Duration.ofMinutes(5));
      assertThat(s.kinds()).containsExactly("Ended");
      return Result.ok("at last");
    });

    stage[0].run(job);

    assertThat(stage[0].kinds()).containsExactly("Ended", "Returned", "slot");
    assertThat(stage[0].told.get(1))
        .isEqualTo(new Told.Returned(Stage.shard(0), stage[0].loop.wall()));
    assertThat(stage[0].executions.running()).isZero();
  }

  @Test
  void aTimeoutInterruptsWithinHalfASecond() {
    assertThat(Patience.INTERRUPT_AFTER).isLessThan(Duration.ofMillis(500));
  }

  @Test
  void whoEndsInTimeIsNotInterrupted() {
    var stage = Stage.doing(context -> Result.ok());
    var job = Stage.JOB.toBuilder().timeout(Duration.ofSeconds(1)).build();

    stage.run(job);
    stage.loop.advance(GIVEN_UP);

    assertThat(stage.workers.last().interrupts()).isZero();
    assertThat(stage.ended().outcome()).isEqualTo(Outcome.SUCCEEDED);
    assertThat(stage.loop.timers()).isZero();
  }

  @Test
  void actionsRunOnceOnAThreadOfTheirOwn() {
    var stage = new Stage[1];
    var ran = new ArrayList<String>();
    stage[0] = Stage.doing(context -> {
      var s = stage[0];
      context.cancellation().onRequest(() -> ran.add("one"));
      context.cancellation().onRequest(() -> {
        throw new IllegalStateException("cannot close");
      });
      context.cancellation().onRequest(() -> ran.add("two"));
      s.executions.cancel(100, Reason.KILLED);
      s.loop.turn();
      assertThat(ran).as("not on the loop").isEmpty();
      assertThat(s.executions.running()).as("they take no slot").isEqualTo(1);

      assertThat(s.workers.last().name()).endsWith("/0 is to end");
      s.workers.last().run();
      s.executions.cancel(100, Reason.KILLED);
      assertThat(ran).containsExactly("one", "two");

      context.cancellation().onRequest(() -> ran.add("at once"));
      assertThat(ran).containsExactly("one", "two", "at once");
      return Result.ok();
    });

    stage[0].run(Stage.JOB);

    assertThat(stage[0].workers.works()).hasSize(2);
    assertThat(stage[0].ended().outcome()).isEqualTo(Outcome.KILLED);
  }

  @Test
  void anActionThatBlocksIsInterruptedToo() {
    var stage = new Stage[1];
    stage[0] = Stage.doing(context -> {
      context.cancellation().onRequest(() -> {});
      stage[0].executions.cancel(100, Reason.KILLED);
      return Result.ok();
    });

    stage[0].run(Stage.JOB);
    stage[0].loop.advance(GIVEN_UP);

    assertThat(stage[0].workers.last().interrupts()).isEqualTo(1);
    assertThat(stage[0].workers.works().get(0).interrupts())
        .as("of the handler, which ended")
        .isZero();
  }

  @Test
  void whoIsStoppedBecauseTheInstanceLeavesIsHandedBackWhenItHasReturned() {
    var stage = new Stage[1];
    stage[0] = Stage.doing(context -> {
      stage[0].executions.cancelAll(Reason.DRAINING);
      stage[0].loop.advance(GIVEN_UP);
      assertThat(stage[0].told).as("it still runs: nobody else may start it").isEmpty();
      return Result.ok();
    });

    stage[0].run(Stage.JOB);

    assertThat(stage[0].told)
        .containsExactly(
            new Told.HandedBack(
                Stage.shard(0).afterDeath(),
                "The instance is leaving, and could not wait any longer"),
            "slot");
  }

  @Test
  void whatMayRunOnceIsLostWhenItsInstanceLeaves() {
    var once = Stage.JOB.toBuilder().atMostOnce(true).build();
    var stage = new Stage[1];
    stage[0] = Stage.doing(context -> {
      stage[0].executions.cancelAll(Reason.DRAINING);
      return Result.ok();
    });
    stage[0].run(once);
    assertThat(stage[0].ended().outcome()).isEqualTo(Outcome.LOST);
    assertThat(stage[0].ended().returned()).isTrue();

    stage[0] = Stage.doing(context -> {
      stage[0].executions.cancelAll(Reason.DRAINING);
      stage[0].loop.advance(GIVEN_UP);
      return Result.ok();
    });
    stage[0].run(once);
    assertThat(stage[0].ended().outcome()).isEqualTo(Outcome.LOST);
    assertThat(stage[0].ended().returned()).isFalse();
    assertThat(stage[0].kinds()).containsExactly("Ended", "Returned", "slot");

    stage[0] = Stage.doing(context -> Result.ok());
    stage[0].start(once);
    stage[0].executions.cancelAll(Reason.DRAINING);
    assertThat(stage[0].kinds()).as("it was never called").containsExactly("HandedBack", "slot");
  }

  @Test
  void ofALostLeaseOnlyTheReturnIsTold() {
    var stage = new Stage[1];
    stage[0] = Stage.doing(context -> {
      stage[0].executions.cancelAll(Reason.LEASE_LOST);
      assertThat(context.cancellation().reason()).contains(Reason.LEASE_LOST);
      stage[0].loop.advance(GIVEN_UP);
      assertThat(stage[0].workers.last().interrupts()).isEqualTo(1);
      assertThat(stage[0].told).isEmpty();
      assertThat(stage[0].executions.running()).isEqualTo(1);
      return Result.ok();
    });

    stage[0].run(Stage.JOB);

    assertThat(stage[0].kinds()).containsExactly("Returned", "slot");
    assertThat(stage[0].executions.running()).isZero();
  }

  @Test
  void aLeaseThatLapsesTakesTheOutcomeOfWhatWasCancelledBefore() {
    var stage = new Stage[1];
    stage[0] = Stage.doing(context -> {
      stage[0].executions.cancel(100, Reason.TIMED_OUT);
      stage[0].executions.leaseLapsed();
      assertThat(context.cancellation().reason()).contains(Reason.TIMED_OUT);
      stage[0].loop.advance(GIVEN_UP);
      return Result.ok();
    });

    stage[0].run(Stage.JOB);

    assertThat(stage[0].kinds()).containsExactly("Returned", "slot");
  }

  @Test
  void whatEndedBeforeTheLeaseLapsedWasTold() {
    var stage = Stage.doing(context -> Result.ok());
    stage.run(Stage.JOB);

    stage.executions.leaseLapsed();

    assertThat(stage.kinds()).containsExactly("Ended", "slot");
  }

  @Test
  void aResultThatComesBehindTheLeaseIsNotTold() {
    var stage = Stage.doing(context -> Result.ok());
    stage.start().run();

    stage.loop.freeze(Duration.ofHours(1));
    stage.loop.turn();

    assertThat(stage.kinds()).containsExactly("Returned", "slot");
  }

  @Test
  void aFrozenHandlerFindsOutAtItsNextTouch() {
    var stage = new Stage[1];
    stage[0] = Stage.doing(context -> {
      var s = stage[0];
      var cancellation = context.cancellation();
      s.loop.freeze(Duration.ofHours(1)); // nobody tells it anything: the loop stood still with it
      assertThat(cancellation.isRequested()).isTrue();
      assertThat(cancellation.reason()).contains(Reason.LEASE_LOST);

      s.loop.advance(Patience.INTERRUPT_AFTER);
      assertThat(s.workers.last().interrupts()).as("the loop heard of it").isEqualTo(1);
      return Result.ok();
    });

    stage[0].run(Stage.JOB);

    assertThat(stage[0].kinds()).containsExactly("Returned", "slot");
  }

  @Test
  void whatFindsTheLeaseLapsedAsItBeginsIsNotCalled() {
    var called = new ArrayList<String>();
    var stage = Stage.doing(context -> {
      called.add("called");
      return Result.ok();
    });
    var work = stage.start();

    stage.loop.freeze(Duration.ofHours(1));
    work.run();
    stage.loop.advance(GIVEN_UP);

    assertThat(called).isEmpty();
    assertThat(stage.kinds()).containsExactly("Returned", "slot");
  }

  @Test
  void renewalsMoveTheFence() {
    var stage = new Stage[1];
    stage[0] = Stage.doing(context -> {
      var s = stage[0];
      s.executions.leaseUntil(s.loop.nanos() + Duration.ofHours(2).toNanos());
      s.loop.freeze(Duration.ofHours(2).minusNanos(1));
      assertThat(context.cancellation().isRequested()).isFalse();
      s.loop.freeze(Duration.ofNanos(1));
      assertThat(context.cancellation().isRequested()).isTrue();
      return Result.ok();
    });

    stage[0].run(Stage.JOB);

    assertThat(stage[0].kinds()).containsExactly("Returned", "slot");
  }

  @Test
  void aRenewalRevivesNoLapsedLease() {
    var stage = new Stage[1];
    stage[0] = Stage.doing(context -> {
      var s = stage[0];
      s.loop.freeze(Duration.ofHours(1));
      s.executions.leaseUntil(s.loop.nanos() + Duration.ofHours(1).toNanos());
      assertThat(context.cancellation().reason()).contains(Reason.LEASE_LOST);
      return Result.ok();
    });

    stage[0].run(Stage.JOB);

    assertThat(stage[0].kinds()).containsExactly("Returned", "slot");
  }

  @Test
  void theNextSessionDoesNotSpeakForTheFormer() {
    var stage = new Stage[1];
    stage[0] = Stage.doing(context -> {
      if (context.token() == 100) {
        var s = stage[0];
        s.executions.leaseLapsed();
        s.executions.leaseBegins(s.loop.nanos() + Duration.ofHours(1).toNanos());
        s.executions.start(Stage.shard(1), Stage.JOB, 201);
        assertThat(s.executions.lanes()).as("the hold belongs to the process").hasSize(2);
        s.workers.last().run();
        s.loop.turn();
        assertThat(s.kinds()).containsExactly("Ended", "slot");
      }
      return Result.ok();
    });

    stage[0].run(Stage.JOB);

    assertThat(stage[0].kinds()).containsExactly("Ended", "slot", "Returned", "slot");
  }

  @Test
  void withoutALeaseNothingIsCalled() {
    var stage = Stage.doing(context -> Result.ok("called"));
    stage.executions.leaseLapsed();

    stage.run(Stage.JOB);

    assertThat(stage.kinds()).containsExactly("Returned", "slot");
  }

  @Test
  void ofProgressTheLastWordCounts() {
    var stage = new Stage[1];
    stage[0] = Stage.doing(context -> {
      var s = stage[0];
      assertThat(s.executions.howFar(100)).contains(HowFar.NOTHING_SAID);
      for (int i = 0; i <= 40; i++) {
        context.progress().report(i, 50);
      }
      context.progress().report("sorting\u001b[2J");
      assertThat(s.executions.howFar(100)).contains(new HowFar(40, 50, "sorting\\u001b[2J"));
      context.progress().report(41, 50);
      context.progress().report("x".repeat(1000));
      HowFar last = s.executions.howFar(100).orElseThrow();
      assertThat(last.done()).isEqualTo(41);
      assertThat(last.note()).startsWith("xxx").endsWith(SafeText.MARK).hasSize(256);
      return Result.ok();
    });

    stage[0].run(Stage.JOB);

    assertThat(stage[0].ended().outcome()).isEqualTo(Outcome.SUCCEEDED);
    assertThat(stage[0].executions.howFar(100)).isEmpty();
  }

  @Test
  void aListenerThatFailsDoesNotKeepTheSlot() {
    var loop = new HandLoop();
    var workers = new HandWorkers();
    var free = new ArrayList<String>();
    var executions = new Executions(
        loop,
        Executions.Workshop.of(workers),
        Handlers.of(JobHandler.of("settle", "Settles", context -> Result.ok())),
        Patience.DEFAULT,
        1,
        loop::wall,
        new FailingListener(free),
        Listeners.none());
    executions.leaseBegins(loop.nanos() + 1_000_000);
    executions.start(Stage.shard(0), Stage.JOB, 1);
    workers.last().run();

    assertThatIllegalStateException().isThrownBy(loop::turn);

    assertThat(free).containsExactly("slot");
    assertThat(executions.hasFreeSlot()).isTrue();
  }

  private record FailingListener(List<String> free) implements Executions.Listener {
    @Override
    public void ended(Told.Ended told) {
      throw new IllegalStateException("the listener has failed");
    }

    @Override
    public void returned(Told.Returned told) {}

    @Override
    public void handedBack(Told.HandedBack told) {}

    @Override
    public void slotFree() {
      free.add("slot");
    }
  }

  @Test
  void aHandlerThatOutlivesTheEngineDisturbsNobody() {
    var stage = new Stage[1];
    stage[0] = Stage.doing(context -> {
      stage[0].loop.refuse();
      stage[0].loop.freeze(Duration.ofHours(2));
      assertThat(context.cancellation().isRequested()).isTrue();
      return Result.ok();
    });

    stage[0].start().run();

    assertThat(stage[0].told).isEmpty();
    assertThatExceptionOfType(RejectedExecutionException.class)
        .isThrownBy(() -> stage[0].loop.execute(() -> {}));
  }

  @Test
  void patienceIsNotNegative() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new Patience(Duration.ofMillis(-1), Duration.ZERO))
        .withMessageContaining("PT-0.001S");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new Patience(Duration.ZERO, Duration.ofMillis(-1)));
    assertThat(Patience.DEFAULT)
        .isEqualTo(new Patience(Duration.ofMillis(250), Duration.ofSeconds(10)));
  }
}
