package io.shardkeeper.simulation;

import static io.shardkeeper.simulation.Story.job;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import io.shardkeeper.calendar.Stretch;
import io.shardkeeper.job.Job;
import io.shardkeeper.job.Misfire;
import io.shardkeeper.run.Outcome;
import io.shardkeeper.trigger.Trigger;
import io.shardkeeper.view.Why;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.IntFunction;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.TestReporter;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Fires that fell due while nobody was there: what is made up for, what is told of the others, and what it costs. */
final class MisfireFleetTest {
  private static final Duration MINUTE = Duration.ofMinutes(1);

  static Stream<Arguments> policies() {
    return Stream.of(
        arguments(Misfire.skip(), 0),
        arguments(Misfire.fireOnce(), 1),
        arguments(Misfire.fireAll(100), 5),
        arguments(Misfire.fireAll(3), 3),
        arguments(Misfire.fireAll(100).within(Duration.ofSeconds(100)), 2));
  }

  @ParameterizedTest
  @MethodSource("policies")
  void ofFiveMissedFiresAsManyAreMadeUpForAsTheJobWants(Misfire misfire, int madeUp) {
    try (var story = Story.of("a", "b", "c")) {
      Job job = job("bill").every(MINUTE).misfire(misfire).build();
      story.define(job.toBuilder());
      Instant first = job.trigger().after(story.now());
      List<Instant> missed = IntStream.rangeClosed(1, 5)
          .mapToObj(fire -> first.plus(MINUTE.multipliedBy(fire)))
          .toList();
      story.runUntil(first.plusSeconds(5));
      story.everybodyDies();
      story.runUntil(missed.get(4).plusSeconds(30));
      Instant back = story.now();
      List.of("d", "e", "f").forEach(story::joins);
      story.runUntil(back.plusSeconds(20));

      List<Instant> ran = new ArrayList<>(List.of(first));
      ran.addAll(missed.subList(5 - madeUp, 5));
      assertThat(story.runs("bill")).extracting(run -> run.scheduledAt()).isEqualTo(ran);
      assertThat(story.executions("bill"))
          .extracting(one -> one.context.scheduledAt())
          .isEqualTo(ran);
      assertThat(story.outcomes("bill")).containsOnly(Outcome.SUCCEEDED);
      if (madeUp == 5) {
        assertThat(story.skips("bill")).isEmpty();
      } else {
        assertThat(story.skips("bill")).singleElement().satisfies(skip -> {
          assertThat(skip.outcome()).isEqualTo(Outcome.SKIPPED_MISFIRE);
          assertThat(skip.reason()).contains("policy " + misfire.policy());
          assertThat(skip.first()).isEqualTo(missed.get(0));
          assertThat(skip.last()).isEqualTo(missed.get(4 - madeUp));
          assertThat(skip.fires()).isEqualTo(5 - madeUp);
          assertThat(skip.decided()).isAfter(back);
        });
      }
      for (int fire = 0; fire < 5; fire++) {
        Why why = story.why("bill", missed.get(fire));
        boolean skipped = fire < 5 - madeUp;
        assertThat(why.kind()).isEqualTo(skipped ? Why.Kind.SKIPPED : Why.Kind.ENDED);
        assertThat(why.sentence())
            .contains(skipped ? "SKIPPED_MISFIRE" : "SUCCEEDED")
            .contains(missed.get(fire).toString());
      }

      // From here on it is as if nothing had been.
      int skips = story.skips("bill").size();
      Instant last = missed.get(4).plus(MINUTE.multipliedBy(3));
      story.runUntil(last.plusSeconds(5));
      assertThat(story.skips("bill")).hasSize(skips);
      assertThat(story.executions("bill").stream().skip(ran.size()))
          .hasSize(3)
          .allSatisfy(
              one -> assertThat(Duration.between(one.context.scheduledAt(), story.startOf(one)))
                  .isLessThan(Duration.ofMillis(20)));
      assertThat(story.unaccounted(job, first.minusNanos(1), last.plusNanos(1))).isEmpty();
      assertThat(story.fleet.checker().violations()).isEmpty();
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 3})
  void aPauseInTheMiddleOfAnOutageMakesNothingUpTwice(int limit) {
    try (var story = Story.of("a", "b")) {
      Job job = job("bill").every(MINUTE).misfire(Misfire.fireAll(limit)).build();
      story.define(job.toBuilder());
      Instant first = job.trigger().after(story.now());
      IntFunction<Instant> fire = number -> first.plus(MINUTE.multipliedBy(number));
      story.runUntil(first.plusSeconds(5));
      story.everybodyDies();
      story.runUntil(fire.apply(5).minusSeconds(20));
      story.get(story.client.pause("bill", "", fire.apply(8).plusSeconds(20)));
      story.runUntil(fire.apply(10).plusSeconds(30));
      story.joins("c");
      story.run(20);

      assertThat(story.runs("bill"))
          .extracting(run -> run.scheduledAt())
          .isEqualTo(
              limit == 1
                  ? List.of(first, fire.apply(10))
                  : List.of(first, fire.apply(4), fire.apply(9), fire.apply(10)));
      assertThat(story.unaccounted(job, first, story.now().minusSeconds(2))).isEmpty();
      assertThat(story.skips("bill"))
          .filteredOn(skip -> skip.outcome() == Outcome.SKIPPED_PAUSED)
          .singleElement()
          .satisfies(skip -> assertThat(skip.fires()).isEqualTo(4));
    }
  }

  @ParameterizedTest
  @MethodSource("policies")
  void aYearWithoutAnybodyIsNotWalkedThroughFireByFire(
      Misfire misfire, int madeUpOfFive, TestReporter reporter) {
    try (var story = Story.of("a")) {
      var asked = new AtomicInteger();
      story.calendar("counting", at -> {
        asked.incrementAndGet();
        return new Stretch(Instant.MIN, Instant.MAX, false);
      });
      Job job = job("bill")
          .trigger(Trigger.cron("* * * * * ?").except("counting"))
          .misfire(misfire)
          .history(1_000)
          .build();
      story.define(job.toBuilder());
      story.run(5);
      story.everybodyDies();
      story.runUntil(story.now().plus(Duration.ofDays(365)));
      Instant back = story.now();

      var transactions = new AtomicInteger();
      int before = asked.get();
      story.fleet.onDecision(node -> transactions.incrementAndGet());
      SimulatedNode node = story.joins("b");
      long began = System.nanoTime();
      story.world().until("a coordinator", node.coordinating::isLeading);
      reporter.publishEntry(
          "everything until the year is decided, ms, " + misfire.policy(),
          String.valueOf((System.nanoTime() - began) / 1_000_000));

      // Counting 1,000 fires of a stretch is enough to know that it is long.
      assertThat(asked.get() - before).isLessThan(2_000);
      story.run(2);
      assertThat(transactions).hasValueLessThan(100);
      assertThat(story.skips("bill")).singleElement().satisfies(skip -> {
        assertThat(skip.fires()).isEqualTo(-1);
        assertThat(skip.first()).isBefore(back.minus(Duration.ofDays(364)));
      });
      assertThat(story
              .why(
                  "bill",
                  job.trigger()
                      .with(story.fleet.calendars())
                      .after(back.minus(Duration.ofDays(100))))
              .sentence())
          .contains("SKIPPED_MISFIRE");
    }
  }
}
