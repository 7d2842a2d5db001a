package io.shardkeeper.simulation;

import static io.shardkeeper.simulation.Story.job;
import static org.assertj.core.api.Assertions.assertThat;

import io.shardkeeper.calendar.Calendar;
import io.shardkeeper.client.RunRequest;
import io.shardkeeper.core.layout.Layout;
import io.shardkeeper.core.layout.Parked;
import io.shardkeeper.core.ledger.Transaction;
import io.shardkeeper.handler.Result;
import io.shardkeeper.job.Job;
import io.shardkeeper.job.Overlap;
import io.shardkeeper.job.Retry;
import io.shardkeeper.run.Outcome;
import io.shardkeeper.simulation.Story.Act;
import io.shardkeeper.trigger.Trigger;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalTime;
import java.time.ZoneOffset;
import java.util.Collections;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Much at once: more than a transaction holds, and more than there is room for. */
final class CrowdedFleetTest {
  /** One instance with sixty slots, whose inbox holds so much; it has taken over, so its rules hold. */
  private static Story aloneWithRoomFor(int limit) {
    Story story = Story.ledByAnIdleOne("lead");
    story.fleet.inboxLimit(limit);
    story.fleet.add("a", Duration.ZERO, 60, SimulatedNode.Offer.WORK);
    story.run(3);
    story.dies(story.node("lead"));
    story.run(15);
    return story;
  }

  @Test
  void manyLargeFailuresInOneReportAreConsumedPieceByPiece() {
    try (var story = Story.of("a")) {
      Instant begin = story.now();
      Job witness = job("witness").every(Duration.ofSeconds(1)).build();
      story.define(witness.toBuilder());
      List<String> names = IntStream.range(0, 12).mapToObj(i -> "large-" + i).toList();
      for (String name : names) {
        story.define(
            job(name).trigger(Trigger.manual()).shards(21),
            call ->
                call.shard().index() < 20 ? Act.fails("no store ".repeat(300)) : Act.takes(9_000));
      }
      story.run(2);
      story.get(story.client.submit(names.stream().map(RunRequest::of).toList()));
      story.run(25);

      assertThat(story.unaccounted(witness, begin.plusSeconds(3), story.now().minusSeconds(2)))
          .as("the others are on time")
          .isEmpty();
      for (String name : names) {
        assertThat(story.outcomes(name)).containsExactly(Outcome.PARTIAL);
      }
      assertThat(story.leader().coordinating.tenures()).as("tenures").isEqualTo(1);
    }
  }

  @Test
  void aRunOfWhichMuchWaitsIsKilledWhole() {
    try (var story = Story.of("a")) {
      Job witness = job("witness").every(Duration.ofSeconds(5)).build();
      story.define(witness.toBuilder());
      story.define(
          job("wide")
              .trigger(Trigger.manual())
              .shards(1_500)
              .retry(Retry.times(2).every(Duration.ofMinutes(30))),
          call -> new Act(
              Duration.ofMillis(
                  call.shard().index() < 15 ? 300L * (1 + call.shard().index()) : 4_500L),
              false,
              context -> Result.failed("no store")));
      story.run(2);
      String run = story.get(story.client.trigger(RunRequest.of("wide")));
      story.run(480);
      List<Parked> waiting = story.get(story.ledger().list(Layout.PARKED)).orElseThrow().stream()
          .map(name -> story.get(story.ledger().read(Layout.PARKED.child(name))).orElseThrow())
          .map(node -> Parked.read(node.data()))
          .toList();
      assertThat(waiting.stream().mapToInt(parked -> parked.items().size()).sum())
          .isGreaterThan(1_000);
      assertThat(waiting).as("nodes with what waits").hasSizeLessThan(60);
      Instant killed = story.now();
      assertThat(story.get(story.client.kill(run))).isTrue();
      story.run(60);

      assertThat(story.outcomes("wide")).containsExactly(Outcome.KILLED);
      assertThat(story.unaccounted(witness, killed.minusSeconds(20), story.now().minusSeconds(2)))
          .isEmpty();
      assertThat(story.get(story.ledger().list(Layout.PARKED)).orElseThrow()).isEmpty();
    }
  }

  @Test
  void aKillThatComesWithTheTicketIsKeptTo() {
    try (var story = Story.ledByAnIdleOne("lead", "b")) {
      SimulatedNode b = story.node("b");
      story.define(job("bill").trigger(Trigger.manual()), Act.takes(5_000));
      story.run(2);
      story.world().cut(b.ledger);
      String run = story.get(story.client.trigger(RunRequest.of("bill")));
      story.run(0.2);
      assertThat(story.get(story.client.kill(run))).isTrue();
      story.run(0.2);
      story.world().heal(b.ledger);
      story.run(12);

      assertThat(story.executions("bill")).isEmpty();
      assertThat(story.outcomes("bill")).containsExactly(Outcome.KILLED);
    }
  }

  @Test
  void whatAChangedTriggerLeftUndecidedIsOnRecord() {
    try (var story = Story.ledByAnIdleOne("lead", "b")) {
      story.fleet.inboxLimit(4);
      story.dies(story.node("lead"));
      story.run(15);
      Job job = job("x").every(Duration.ofSeconds(2)).build();
      story.define(job.toBuilder());
      story.define(job("hog").every(Duration.ofSeconds(60)).shards(4), Act.takes(9_000));
      Instant from = story.now();
      for (int i = 0; i < 70 && story.executions("hog").isEmpty(); i++) {
        story.run(1);
      }
      story.run(7);
      Instant edited = story.now();
      story.define(job("x").every(Duration.ofSeconds(7)), Act.QUICK);
      story.run(30);

      assertThat(story.unaccounted(job, from.plusSeconds(3), edited)).isEmpty();
    }
  }

  @Test
  void whatComesTooFastIsPlannedLateInsteadOfBeingParked() {
    try (var story = aloneWithRoomFor(10_000)) {
      Instant begin = story.second().plusSeconds(2);
      Instant calm = begin.plusSeconds(6);
      for (String name : List.of("left", "right")) {
        story.define(
            job(name)
                .trigger(Trigger.every(Duration.ofMillis(1)).from(begin).until(calm))
                .overlap(Overlap.allow(50)),
            call -> Act.takes(story.now().isBefore(calm) ? 3_000 : 1));
      }
      story.runUntil(calm);
      List<String> parked = story.get(story.ledger().list(Layout.PARKED)).orElseThrow();
      story.run(15);

      assertThat(parked).isEmpty();
      for (String name : List.of("left", "right")) {
        assertThat(story.executions(name)).hasSizeBetween(5_999, 6_001);
        assertThat(story.outcomes(name)).containsOnly(Outcome.SUCCEEDED);
      }
    }
  }

  @Test
  void aCalendarIsExchangedThoughThereIsNoRoom() {
    try (var story = aloneWithRoomFor(40)) {
      story.calendar("open", Calendar.hours(ZoneOffset.UTC, LocalTime.MIN, LocalTime.MAX));
      Job job =
          job("bill").trigger(Trigger.every(Duration.ofSeconds(1)).only("open")).build();
      story.define(job.toBuilder());
      story.define(job("hog").trigger(Trigger.manual()).shards(40), Act.takes(90_000));
      story.run(5);
      story.get(story.client.trigger(RunRequest.of("hog")));
      story.run(5);
      Instant from = story.second();
      story.run(10);
      Instant exchanged = story.second();
      story.calendar("open", Calendar.hours(ZoneOffset.UTC, LocalTime.MIN, LocalTime.of(0, 1)));
      story.run(130);

      assertThat(story.outcomes("hog")).hasSize(1);
      Job always = job("bill").every(Duration.ofSeconds(1)).build();
      assertThat(story.unaccounted(always, from, exchanged)).isEmpty();
      assertThat(story.runs("bill"))
          .allSatisfy(run -> assertThat(run.scheduledAt()).isBefore(exchanged.plusSeconds(7)));
      assertThat(story.skips("bill"))
          .isNotEmpty()
          .allSatisfy(skip -> assertThat(skip.last()).isBefore(exchanged.plusSeconds(7)));
    }
  }

  @Test
  void whatWaitsForRoomGetsItThoughOthersComeLater() {
    try (var story = aloneWithRoomFor(40)) {
      story.define(job("hog").trigger(Trigger.manual()).shards(37), Act.takes(60_000));
      story.define(job("burst").trigger(Trigger.manual()).shards(8), Act.takes(100));
      story.define(job("later").every(Duration.ofSeconds(1)), Act.takes(20));
      story.run(3);
      story.get(story.client.trigger(RunRequest.of("hog")));
      story.run(3);
      story.get(story.client.trigger(RunRequest.of("burst")));
      story.run(40);

      assertThat(story.outcomes("burst")).containsExactly(Outcome.SUCCEEDED);
    }
  }

  @Test
  void aDefinitionThatIsDamagedAndMendedStartsNoSecondChain() {
    try (var story = Story.of("a")) {
      story.define(
          job("delay").trigger(Trigger.delay(Duration.ofSeconds(1))).overlap(Overlap.serial(50)),
          Act.takes(3_000));
      story.run(8);
      String good = story
          .get(story.ledger().read(Layout.job("delay")))
          .orElseThrow()
          .data()
          .text();
      for (int i = 0; i < 3; i++) {
        story.write(Layout.job("delay"), "garbage");
        story.run(1);
        story.write(Layout.job("delay"), good);
        story.run(1);
      }
      story.run(40);

      List<Instant> starts =
          story.executions("delay").stream().map(story::startOf).sorted().toList();
      // From the one after the last repair on: that one begins at once.
      List<Duration> gaps = IntStream.range(5, starts.size())
          .mapToObj(i -> Duration.between(starts.get(i - 1), starts.get(i)))
          .toList();
      assertThat(Collections.min(gaps))
          .as("gaps of %s", starts)
          .isGreaterThan(Duration.ofMillis(3_900));
    }
  }

  @Test
  void aBurstOfWhichNothingIsLeftLeavesACoordinator() {
    try (var story = Story.ledByAnIdleOne("lead", "a")) {
      story.fleet.inboxLimit(7_000);
      story.dies(story.node("lead"));
      story.run(15);
      story.define(job("manual").trigger(Trigger.manual()));
      for (int i = 0; i < 5; i++) {
        story.define(
            job("burst-" + i).every(Duration.ofMillis(1)).overlap(Overlap.allow(50)),
            Act.takes(20_000));
      }
      story.run(6);
      Transaction.Builder all = Transaction.builder();
      for (int i = 0; i < 5; i++) {
        all.delete(Layout.job("burst-" + i), Transaction.ANY_VERSION);
      }
      story.get(story.ledger().commit(all.build()));
      story.run(30);

      assertThat(story.node("a").coordinating.isLeading()).isTrue();
      assertThat(story.quarantined()).isEmpty();
      story.get(story.client.trigger(RunRequest.of("manual")));
      story.run(40);
      assertThat(story.outcomes("manual")).containsExactly(Outcome.SUCCEEDED);
    }
  }
}
