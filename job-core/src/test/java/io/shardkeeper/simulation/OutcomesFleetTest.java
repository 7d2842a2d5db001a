package io.shardkeeper.simulation;

import static io.shardkeeper.simulation.Story.job;
import static org.assertj.core.api.Assertions.assertThat;

import io.shardkeeper.client.RunRequest;
import io.shardkeeper.core.layout.Layout;
import io.shardkeeper.handler.Result;
import io.shardkeeper.job.Job;
import io.shardkeeper.job.JobBuilder;
import io.shardkeeper.job.Misfire;
import io.shardkeeper.job.Overlap;
import io.shardkeeper.job.Retry;
import io.shardkeeper.job.Sharding;
import io.shardkeeper.run.Outcome;
import io.shardkeeper.simulation.Story.Act;
import io.shardkeeper.trigger.Trigger;
import io.shardkeeper.view.RunView;
import io.shardkeeper.view.Why;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletionStage;
import org.junit.jupiter.api.Test;

/** Each way in which a fire can end, and that whoever asks why is told. */
final class OutcomesFleetTest {
  private static final Duration MINUTE = Duration.ofMinutes(1);

  /** The first fire of a job behind an instant. */
  private static Instant fire(Job job, Instant behind) {
    return job.trigger().after(behind);
  }

  private static void assertTold(
      Story story, String job, Instant at, Outcome outcome, String reason) {
    Why why = story.why(job, at);
    assertThat(why.kind()).isIn(Why.Kind.ENDED, Why.Kind.SKIPPED);
    assertThat(why.sentence()).contains(outcome.name()).contains(reason).contains(at.toString());
  }

  @Test
  void whatSucceededIsToldWithItsInstance() {
    try (var story = Story.of("a")) {
      Job job = job("bill").every(MINUTE).build();
      story.define(job.toBuilder());
      Instant due = fire(job, story.now());

      story.runUntil(due.plusSeconds(2));

      assertThat(story.outcomes("bill")).containsExactly(Outcome.SUCCEEDED);
      assertTold(story, "bill", due, Outcome.SUCCEEDED, " on a");
    }
  }

  @Test
  void aRunWhosePredecessorHasNotEndedIsSkipped() {
    try (var story = Story.of("a", "b")) {
      Job job = job("bill").every(MINUTE).overlap(Overlap.discardLater()).build();
      story.define(job.toBuilder(), Act.takes(90_000));
      Instant first = fire(job, story.now());

      story.runUntil(first.plusSeconds(100));

      assertThat(story.outcomes("bill"))
          .containsExactly(Outcome.SUCCEEDED, Outcome.SKIPPED_OVERLAP);
      assertTold(
          story,
          "bill",
          first.plus(MINUTE),
          Outcome.SKIPPED_OVERLAP,
          "the run before it had not ended");
    }
  }

  @Test
  void firesThatNobodyDecidedInTimeAreOneStretch() {
    try (var story = Story.of("a")) {
      Job job =
          job("bill").every(Duration.ofSeconds(10)).misfire(Misfire.skip()).build();
      story.define(job.toBuilder());
      story.run(15);

      story.world().cut(story.node("a").ledger);
      story.run(60);
      Instant missed = fire(job, story.now().minusSeconds(45));
      story.world().heal(story.node("a").ledger);
      story.run(15);

      assertThat(story.skips("bill")).hasSize(1);
      assertTold(story, "bill", missed, Outcome.SKIPPED_MISFIRE, "policy SKIP");
    }
  }

  @Test
  void whatWaitsWhenItsJobIsDeletedDoesNotRun() {
    try (var story = Story.of("a")) {
      Job job = job("bill").trigger(Trigger.manual()).build();
      story.define(job.toBuilder());
      story.run(1);
      story.get(story.client.trigger(RunRequest.of("bill").after(MINUTE)));

      story.undefine("bill");
      story.run(2);

      assertThat(story.runs("bill")).singleElement().satisfies(run -> {
        assertThat(run.outcome()).isEqualTo(Outcome.SKIPPED_DELETED);
        assertThat(run.reason()).contains("the job was deleted");
      });
      assertThat(story.executions("bill")).isEmpty();

      story.define(job.toBuilder());
      story.run(1);
      assertTold(
          story,
          "bill",
          story.runs("bill").get(0).scheduledAt(),
          Outcome.SKIPPED_DELETED,
          "deleted");
    }
  }

  @Test
  void whatStandsInALineWhenItsJobIsDeletedDoesNotRun() {
    try (var story = Story.of("a")) {
      Job job = job("bill").every(Duration.ofSeconds(10)).build();
      story.define(job.toBuilder(), Act.takes(25_000));
      Instant first = fire(job, story.now());
      story.runUntil(first.plusSeconds(12)); // the second one waits behind the first one

      story.undefine("bill");
      story.run(20);

      assertThat(story.outcomes("bill"))
          .containsExactly(Outcome.SUCCEEDED, Outcome.SKIPPED_DELETED);
      assertThat(story.executions("bill")).hasSize(1);
    }
  }

  @Test
  void aRunForWhichThereIsNobodyIsGivenUpWhenItIsTooLate() {
    try (var story = Story.of("a")) {
      Job job = job("bill").every(MINUTE).handler("unheard-of").build();
      story.define(job.toBuilder());
      Instant due = fire(job, story.now());

      story.runUntil(due.plusSeconds(5));
      assertThat(story.why("bill", due).kind()).isEqualTo(Why.Kind.OPEN);
      assertThat(story.why("bill", due).sentence()).contains("unheard-of");
      story.runUntil(due.plusSeconds(15));

      assertThat(story.outcomes("bill")).containsExactly(Outcome.NO_INSTANCE);
      assertTold(story, "bill", due, Outcome.NO_INSTANCE, "unheard-of");
    }
  }

  @Test
  void aRetryForWhichThereIsNobodyWaitsForAsLongAsItsJobSaysNow() {
    try (var story = Story.ledByAnIdleOne("lead", "b")) {
      JobBuilder job = job("fails")
          .trigger(Trigger.manual())
          .retry(Retry.times(1).every(Duration.ofSeconds(20)));
      story.define(job.misfire(Misfire.skip().within(MINUTE)), Act.fails("no store"));
      story.run(1);
      story.get(story.client.trigger(RunRequest.of("fails")));
      story.run(2);
      story.dies(story.node("b"));
      story.run(40);
      story.define(job.misfire(Misfire.skip().within(MINUTE.multipliedBy(3))), Act.fails("no"));
      story.run(100);
      assertThat(story.outcomes("fails")).as("a minute and more").isEmpty();
      story.run(100);

      assertThat(story.outcomes("fails")).containsExactly(Outcome.FAILED);
    }
  }

  @Test
  void whatWasTriedIsNotToldAsADecisionWhenNobodyIsThereForAnotherAttempt() {
    try (var story = Story.ledByAnIdleOne("lead", "b")) {
      story.define(
          job("fails")
              .trigger(Trigger.manual())
              .retry(Retry.times(1).every(Duration.ofSeconds(20)))
              .misfire(Misfire.skip().within(MINUTE)),
          Act.fails("no store"));
      story.define(
          job("hangs").trigger(Trigger.manual()).misfire(Misfire.skip().within(MINUTE)),
          Act.takes(90_000));
      story.run(1);
      String fails = story.get(story.client.trigger(RunRequest.of("fails")));
      story.get(story.client.trigger(RunRequest.of("hangs")));
      story.run(2);
      story.dies(story.node("b"));
      story.run(100);

      assertThat(story.outcomes("fails")).containsExactly(Outcome.FAILED);
      assertThat(story.ended(fails).reason()).contains("attempt 2 did not start");
      assertThat(story.outcomes("hangs")).containsExactly(Outcome.LOST);
    }
  }

  @Test
  void aRunThatIsKilledIsToldSo() {
    try (var story = Story.of("a", "b")) {
      Job job = job("bill").every(MINUTE).build();
      story.define(job.toBuilder(), Act.takes(30_000));
      Instant due = fire(job, story.now());
      story.runUntil(due.plusSeconds(1));
      String run = story.executions("bill").get(0).run;

      assertThat(story.get(story.client.kill(run))).isTrue();
      Instant asked = story.now();
      story.run(1);

      assertThat(story.runs("bill")).singleElement().satisfies(ended -> {
        assertThat(ended.outcome()).isEqualTo(Outcome.KILLED);
        assertThat(ended.decided()).isBefore(asked.plusSeconds(1));
      });
      assertThat(story.get(story.client.kill(run))).isTrue();
      assertTold(story, "bill", due, Outcome.KILLED, "");
    }
  }

  @Test
  void whatIsKilledOnItsWayBackFromWhoLeavesRunsNowhere() {
    for (int later = 0; later < 8; later++) {
      try (var story = Story.of("a")) {
        var special = new SimulatedNode.Offer(Set.of("special"), Map.of());
        story.joins("b", special);
        story.run(1);
        story.define(job("bill").handler("special").trigger(Trigger.manual()), Act.takes(30_000));
        story.run(1);
        story.get(story.client.trigger(RunRequest.of("bill")));
        story.run(1);
        String run = story.get(story.client.trigger(RunRequest.of("bill"))); // waits behind it at b
        story.joins("c", special);
        story.run(1);

        CompletionStage<Boolean> killed = story.client.kill(run);
        story.world().run(Duration.ofMillis(later));
        CompletionStage<Void> unused = story.node("b").instance.leave();
        assertThat(story.get(killed)).isTrue();
        story.run(2);

        assertThat(story.executions("bill")).as("%d ms later", later).hasSize(1);
        assertThat(story.outcomes("bill")).containsExactly(Outcome.KILLED);
        assertThat(story.fleet.checker().violations()).isEmpty();
      }
    }
  }

  @Test
  void whatIsKilledBeforeItsInstanceHasHeardOfItNeverStarts() {
    try (var story = Story.ledByAnIdleOne("a", "b")) {
      story.define(job("bill").trigger(Trigger.manual()), Act.takes(5_000));
      story.run(2);
      story.world().stall(story.node("b").ledger);
      String run = story.get(story.client.trigger(RunRequest.of("bill")));
      story.run(0.2);
      assertThat(story.get(story.client.kill(run))).isTrue();
      story.run(0.2);
      story.world().unstall(story.node("b").ledger); // and finds both at once
      story.run(10);

      assertThat(story.executions("bill")).isEmpty();
      assertThat(story.outcomes("bill")).containsExactly(Outcome.KILLED);
    }
  }

  @Test
  void whatWasStoppedHalfDoneIsTriedAgainAndNotTakenForSomethingThatNeverStarted() {
    try (var story = Story.of("a")) {
      story.joins("b", new SimulatedNode.Offer(Set.of("special"), Map.of()));
      story.define(
          job("bill").handler("special").every(MINUTE).overlap(Overlap.discardLater()),
          context -> context.attempt() == 1 ? Act.takes(55_000) : Act.QUICK);
      while (story.executions("bill").isEmpty()) {
        story.run(0.1);
      }
      Checker.Execution first = story.executions("bill").get(0);

      story.world().cut(story.node("b").ledger);
      while (!first.cancelled) {
        story.run(0.01);
      }
      story.world().heal(story.node("b").ledger); // before its session is over
      story.run(2);

      assertThat(story.executions("bill")).extracting(one -> one.attempt).containsExactly(1, 2);
      assertThat(story.outcomes("bill")).containsExactly(Outcome.SUCCEEDED);
    }
  }

  @Test
  void aRunThatTakesTooLongIsEnded() {
    try (var story = Story.of("a")) {
      Job job = job("bill").every(MINUTE).timeout(Duration.ofSeconds(1)).build();
      story.define(job.toBuilder(), Act.takes(10_000));
      Instant due = fire(job, story.now());

      story.runUntil(due.plusSeconds(4));

      Checker.Execution one = story.executions("bill").get(0);
      assertThat(one.end - one.start).isBetween(1_000_000_000L, 1_500_000_000L);
      assertThat(story.outcomes("bill")).containsExactly(Outcome.TIMED_OUT);
      assertTold(story, "bill", due, Outcome.TIMED_OUT, "1");
    }
  }

  @Test
  void aRunThatMustNotStartTwiceIsLostWithItsInstance() {
    try (var story = Story.of("a", "b")) {
      Job job = job("bill").every(MINUTE).atMostOnce().build();
      story.define(job.toBuilder(), Act.takes(30_000));
      Instant due = fire(job, story.now());
      story.runUntil(due.plusSeconds(1));
      String who = story.whoRan("bill").get(0);

      story.node(who).crash();
      story.run(10);

      assertThat(story.outcomes("bill")).containsExactly(Outcome.LOST);
      assertThat(story.executions("bill")).hasSize(1);
      assertTold(story, "bill", due, Outcome.LOST, who);
    }
  }

  @Test
  void whatFailsIsToldWithItsReason() {
    try (var story = Story.of("a")) {
      Job job = job("bill").every(MINUTE).build();
      story.define(job.toBuilder(), Act.fails("the printer is on fire"));
      Instant due = fire(job, story.now());

      story.runUntil(due.plusSeconds(2));

      assertThat(story.outcomes("bill")).containsExactly(Outcome.FAILED);
      assertTold(story, "bill", due, Outcome.FAILED, "the printer is on fire");
    }
  }

  @Test
  void aRunOfWhichSomeShardsFailedIsPartial() {
    try (var story = Story.of("a", "b")) {
      Job job = job("bill").every(MINUTE).shards(3).build();
      story.define(
          job.toBuilder(),
          context -> context.shard().index() == 1 ? Act.fails("no paper") : Act.QUICK);
      Instant due = fire(job, story.now());

      story.runUntil(due.plusSeconds(2));

      assertThat(story.outcomes("bill")).containsExactly(Outcome.PARTIAL);
      assertTold(story, "bill", due, Outcome.PARTIAL, "shard 1");
      assertThat(story.why("bill", due).sentence()).contains("no paper");
    }
  }

  @Test
  void aRunOfWhichSomeShardsWereNotToRunHasNotFailed() {
    try (var story = Story.of("a", "b")) {
      Job job =
          job("bill").every(MINUTE).shards(3).overlap(Overlap.discardLater()).build();
      story.define(
          job.toBuilder(), context -> context.shard().index() == 1 ? Act.takes(90_000) : Act.QUICK);
      Instant due = fire(job, story.now()).plus(MINUTE);

      story.runUntil(due.plusSeconds(2));

      assertThat(story.outcomes("bill")).containsExactly(Outcome.SKIPPED_OVERLAP);
      assertTold(
          story, "bill", due, Outcome.SKIPPED_OVERLAP, "2 SUCCEEDED, 1 SKIPPED_OVERLAP of 3");
      assertThat(story.why("bill", due).sentence()).contains("ended at").contains("shard 1");
    }
  }

  @Test
  void whatFailedIsToldBeforeWhatWasOnlyNotToRun() {
    try (var story = Story.of("a", "b", "c")) {
      Job job =
          job("bill").every(MINUTE).shards(40).overlap(Overlap.discardLater()).build();
      story.define(job.toBuilder(), context -> {
        int shard = context.shard().index();
        boolean first = story.runs("bill").isEmpty() && story.executions("bill").size() <= 40;
        return first && shard < 25
            ? Act.takes(70_000)
            : shard == 39 ? Act.takes(2_000).ending(any -> Result.failed("no paper")) : Act.QUICK;
      });
      Instant due = fire(job, story.now()).plus(MINUTE);

      story.runUntil(due.plusSeconds(5));

      RunView.Ended ended = (RunView.Ended) story.get(story.client.runs("bill", 5)).stream()
          .filter(run -> run.scheduledAt().equals(due))
          .findFirst()
          .orElseThrow();
      assertThat(ended.outcome()).isEqualTo(Outcome.PARTIAL);
      assertThat(ended.reason())
          .contains("1 FAILED, 25 SKIPPED_OVERLAP")
          .contains("shard 39")
          .endsWith("no paper");
      assertThat(ended.parts()).extracting(RunView.Part::shard).contains(39);
    }
  }

  @Test
  void aRequestForShardsThatThereAreNotIsRejected() {
    try (var story = Story.of("a")) {
      story.define(job("bill").trigger(Trigger.manual()).sharding(Sharding.all()));
      story.run(1);

      story.get(story.client.trigger(RunRequest.of("bill").shards(7)));
      story.run(2);

      assertThat(story.outcomes("bill")).containsExactly(Outcome.REJECTED);
      assertTold(
          story,
          "bill",
          story.runs("bill").get(0).scheduledAt(),
          Outcome.REJECTED,
          "none of the shards asked for");
      assertThat(story.fleet.below(Layout.INBOX)).isEmpty();
      assertThat(story.executions("bill")).isEmpty();
    }
  }
}
