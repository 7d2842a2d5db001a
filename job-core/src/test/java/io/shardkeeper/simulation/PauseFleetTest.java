package io.shardkeeper.simulation;

import static io.shardkeeper.simulation.Story.job;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.shardkeeper.client.JobClientException;
import io.shardkeeper.client.RunRequest;
import io.shardkeeper.client.Stat;
import io.shardkeeper.core.history.Entry;
import io.shardkeeper.job.Job;
import io.shardkeeper.job.Misfire;
import io.shardkeeper.job.Overlap;
import io.shardkeeper.job.Retry;
import io.shardkeeper.job.Sharding;
import io.shardkeeper.run.Outcome;
import io.shardkeeper.simulation.Story.Act;
import io.shardkeeper.trigger.Trigger;
import io.shardkeeper.view.JobView;
import io.shardkeeper.view.Why;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** A job that is paused gets no new runs, and each fire that finds it so is told. */
final class PauseFleetTest {
  private static final Duration SECOND = Duration.ofSeconds(1);

  private static List<Checker.Execution> startedBetween(
      Story story, String job, Instant from, Instant to) {
    return story.executions(job).stream()
        .filter(one -> story.startOf(one).isAfter(from) && story.startOf(one).isBefore(to))
        .toList();
  }

  @Test
  void nothingStartsFromThePauseToItsEndAndEachFireHasItsReason() {
    try (var story = Story.of("a", "b", "c")) {
      Job bill = job("bill").every(Duration.ofMillis(200)).history(1_000).build();
      story.define(bill.toBuilder());
      Instant begin = story.now().plusSeconds(1);
      story.run(5);
      assertThat(story.get(story.client.pause("bill", "the store is being moved")))
          .isTrue();
      story.run(0.05); // one hop to the coordinator, one to the instances
      Instant paused = story.now();
      story.run(20);
      assertThat(story.get(story.client.resume("bill"))).isTrue();
      Instant resumed = story.now();
      story.run(10);

      assertThat(startedBetween(story, "bill", paused, resumed)).isEmpty();
      assertThat(story.unaccounted(bill, begin, story.now().minusSeconds(2))).isEmpty();
      assertThat(story.outcomes("bill")).containsOnly(Outcome.SUCCEEDED, Outcome.SKIPPED_PAUSED);
      assertThat(startedBetween(story, "bill", resumed, resumed.plusMillis(1_600)))
          .isNotEmpty();
      Why why = story.why("bill", Instant.ofEpochSecond(paused.getEpochSecond() + 10));
      assertThat(why.kind()).isEqualTo(Why.Kind.SKIPPED);
      assertThat(why.sentence())
          .contains("SKIPPED_PAUSED, paused by ann at ")
          .contains("the store is being moved");
    }
  }

  @Test
  void aNoteThatWouldMoveACursorIsShownOnOneLine() {
    try (var story = Story.of("a")) {
      story.define(job("bill").trigger(Trigger.manual()));
      story.get(story.client.pause("bill", "\u001b[31mstop\nat once"));

      String shown = ": \\u001b[31mstop\\u000aat once";
      assertThatThrownBy(() -> story.get(story.client.start("bill")))
          .rootCause()
          .hasMessageContaining(shown + "; resume it first");
      assertThat(story.get(story.client.stat(Stat.JOB, Map.of("job", "bill"))))
          .singleElement()
          .asString()
          .endsWith(shown)
          .doesNotContain("\n", "\u001b");
    }
  }

  @Test
  @SuppressWarnings("NullAway") // as a caller does whose compiler does not look
  void whatIsNullIsRefusedByName() {
    try (var story = Story.of("a")) {
      String noNote = null;
      Instant noEnd = null;
      assertThatThrownBy(() -> story.client.pause("bill", noNote))
          .hasMessageContaining("The note of a pause is null");
      assertThatThrownBy(() -> story.client.pause("bill", "", noEnd))
          .hasMessageContaining("The end of a pause is null");
    }
  }

  @Test
  void firesThatArePlannedAlreadyArePulledBack() {
    try (var story = Story.of("a", "b")) {
      Instant due = story.second().plusMillis(3_900);
      story.define(job("bill").trigger(Trigger.at(due)).sharding(Sharding.all()));
      story.runUntil(due.minusMillis(300)); // its tickets are with the instances
      assertThat(story.get(story.client.runs("bill", 1)).get(0).scheduledAt()).isEqualTo(due);
      story.get(story.client.pause("bill", ""));
      story.run(3);

      assertThat(story.executions("bill")).isEmpty();
      assertThat(story.outcomes("bill")).containsExactly(Outcome.SKIPPED_PAUSED);
    }
  }

  @Test
  void whatRunsGoesOnAndWhatWaitsInLineDoesNot() {
    try (var story = Story.of("a", "b")) {
      story.define(job("bill").trigger(Trigger.manual()), Act.takes(2_000));
      String first = story.get(story.client.start("bill"));
      story.run(0.3);
      String second = story.get(story.client.start("bill"));
      story.run(0.3);
      story.get(story.client.pause("bill", "enough"));
      story.run(5);

      assertThat(story.ended(first).outcome()).isEqualTo(Outcome.SUCCEEDED);
      assertThat(story.ended(second).outcome()).isEqualTo(Outcome.SKIPPED_PAUSED);
      assertThatThrownBy(() -> story.get(story.client.trigger(RunRequest.of("bill"))))
          .rootCause()
          .isInstanceOf(JobClientException.class)
          .hasMessageContaining("is paused by ann at ")
          .hasMessageContaining(": enough; resume it first");
    }
  }

  @Test
  void whatWasTriedOnceIsTriedAgain() {
    try (var story = Story.of("a", "b")) {
      story.define(
          job("bill").trigger(Trigger.manual()).retry(Retry.times(1).every(Duration.ofSeconds(3))),
          context -> context.attempt() == 1 ? Act.fails("no") : Act.QUICK);
      String run = story.get(story.client.start("bill"));
      story.run(1);
      story.get(story.client.pause("bill", ""));
      story.run(6);

      assertThat(story.ended(run).outcome()).isEqualTo(Outcome.SUCCEEDED);
    }
  }

  @Test
  void aPauseEndsByItselfAtItsInstant() {
    try (var story = Story.of("a", "b")) {
      Job bill = job("bill").every(SECOND).history(1_000).build();
      story.define(bill.toBuilder());
      story.define(job("after").trigger(Trigger.delay(Duration.ofMillis(300))));
      Instant begin = story.now().plusSeconds(1);
      story.run(3);
      Instant until = story.second().plusSeconds(10);
      story.get(story.client.pause("bill", "", until));
      story.get(story.client.pause("after", "", until));
      story.run(1);
      Instant paused = story.now();
      var view = (JobView.Known) story.get(story.client.job("bill"));
      assertThat(view.pause().until()).isEqualTo(until);
      assertThat(view.pause().actor()).isEqualTo("ann");
      assertThat(view.nextFires()).first().isEqualTo(until);
      story.run(20);

      for (String job : List.of("bill", "after")) {
        assertThat(startedBetween(story, job, paused, until)).as(job).isEmpty();
        assertThat(startedBetween(story, job, until.minusMillis(1), until.plusSeconds(1)))
            .as(job)
            .isNotEmpty();
      }
      assertThat(story.unaccounted(bill, begin, story.now().minusSeconds(2))).isEmpty();
      assertThat(story.get(story.client.resume("bill"))).isFalse();
    }
  }

  @Test
  void aPauseOutlivesWhoeverCoordinates() {
    try (var story = Story.of("a", "b", "c")) {
      Job bill =
          job("bill").every(SECOND).misfire(Misfire.fireAll(10)).history(1_000).build();
      story.define(bill.toBuilder());
      Instant begin = story.now().plusSeconds(1);
      story.run(3);
      story.get(story.client.pause("bill", ""));
      story.dies(story.leader());
      story.run(1);
      Instant paused = story.now();
      story.run(20);
      story.dies(story.leader());
      story.run(0.5);
      story.get(story.client.resume("bill"));
      Instant resumed = story.now();
      story.run(20);

      // What was planned for the next second was out, and nobody was there to call it back. Fires
      // of
      // before that nobody had decided are late, and do not begin either.
      // What the dead one may have begun goes on.
      assertThat(startedBetween(story, "bill", paused.plusSeconds(1), resumed))
          .allMatch(one -> one.attempt > 1)
          .hasSizeLessThan(3);
      assertThat(story.unaccounted(bill, begin, story.now().minusSeconds(2))).isEmpty();
      assertThat(story.skips("bill"))
          .extracting(Entry.Skip::outcome)
          .containsOnly(Outcome.SKIPPED_PAUSED);
      assertThat(
              story.executions("bill").stream().filter(one -> story.startOf(one).isAfter(resumed)))
          .isNotEmpty();
    }
  }

  @Test
  void aWholeRunThatWaitsForAnotherDoesNotBegin() {
    try (var story = Story.of("a", "b")) {
      story.define(
          job("bill")
              .trigger(Trigger.manual())
              .shards(2)
              .overlap(Overlap.serial().perRun()),
          Act.takes(3_000));
      story.get(story.client.start("bill"));
      String second = story.get(story.client.start("bill"));
      story.run(1);
      story.get(story.client.pause("bill", ""));
      story.run(0.2);
      assertThat(story.ended(second).outcome()).isEqualTo(Outcome.SKIPPED_PAUSED);
    }
  }

  @Test
  void anEditKeepsThePauseAndNobodyPausesIntoThePast() {
    try (var story = Story.of("a")) {
      Job bill = job("bill").every(SECOND).build();
      story.define(bill.toBuilder());
      story.get(story.client.pause("bill", "first"));
      assertThat(story.get(story.client.pause("bill", "first"))).isFalse();
      story.get(story.client.define(bill.toBuilder().description("changed").build()));
      story.run(5);

      var view = (JobView.Known) story.get(story.client.job("bill"));
      assertThat(view.pause().note()).isEqualTo("first");
      assertThat(story.executions("bill")).isEmpty();
      assertThatThrownBy(
              () -> story.get(story.client.pause("bill", "", story.now().minusSeconds(1))))
          .rootCause()
          .hasMessageContaining("give a later instant, or none");
      assertThatThrownBy(() -> story.client.pause("bill", "x".repeat(501)))
          .hasMessage("The note of a pause has 501 characters; at most 500");
    }
  }

  @Test
  void aJobThatIsPausedUntilSomebodyResumesItHasNoNextFires() {
    try (var story = Story.of("a")) {
      for (Trigger trigger : List.of(
          Trigger.every(SECOND),
          Trigger.cron("0 0 * * *"),
          Trigger.every(SECOND).jitter(Duration.ofMillis(100)))) {
        story.define(job("bill").trigger(trigger));
        story.get(story.client.pause("bill", ""));
        var view = (JobView.Known) story.get(story.client.job("bill"));
        assertThat(view.nextFires()).as("%s", trigger).isEmpty();
      }
    }
  }
}
