package io.shardkeeper.simulation;

import static io.shardkeeper.simulation.Story.job;
import static org.assertj.core.api.Assertions.assertThat;

import io.shardkeeper.job.Job;
import io.shardkeeper.job.Sharding;
import io.shardkeeper.run.Outcome;
import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Test;

/** Wall clocks that are wrong harm nobody. */
final class ClocksFleetTest {
  private static final Duration HOUR = Duration.ofHours(1);

  @Test
  void aFollowerWhoseClockIsAnHourOffStartsWithTheOthers() {
    try (var story = Story.of("a")) {
      story.joins("ahead", HOUR);
      story.joins("behind", HOUR.negated());
      story.run(3);
      Instant begin = story.now();
      Job job =
          job("bill").every(Duration.ofSeconds(1)).sharding(Sharding.all()).build();
      story.define(job.toBuilder());
      story.run(30);

      assertThat(story.shares("bill").values()).hasSize(3).allMatch(n -> n >= 27);
      assertThat(story.executions("bill"))
          .allSatisfy(
              one -> assertThat(Duration.between(one.context.scheduledAt(), story.startOf(one)))
                  .isBetween(Duration.ofMillis(-5), Duration.ofMillis(20)));
      assertThat(story.unaccounted(job, begin.plusSeconds(2), story.now().minusSeconds(2)))
          .isEmpty();
      assertThat(story.outcomes("bill")).containsOnly(Outcome.SUCCEEDED);
    }
  }

  @Test
  void aClockThatIsSetMeanwhileMovesNoFire() {
    try (var story = Story.of("a", "b")) {
      Instant begin = story.now();
      Job job =
          job("bill").every(Duration.ofSeconds(1)).sharding(Sharding.all()).build();
      story.define(job.toBuilder());
      story.run(10);
      story.node("b").setClock(HOUR);
      story.run(10);
      story.node("a").setClock(HOUR.negated()); // it coordinates, and goes on
      story.run(10);

      assertThat(story.unaccounted(job, begin.plusSeconds(3), story.now().minusSeconds(2)))
          .isEmpty();
      // The clock of who coordinates is drawn towards its wall clock by a thousandth.
      assertThat(story.executions("bill"))
          .allSatisfy(
              one -> assertThat(Duration.between(one.context.scheduledAt(), story.startOf(one))
                      .abs())
                  .isLessThan(Duration.ofMillis(35)));
    }
  }

  @Test
  void whoseClockIsAnHourOffDoesNotCoordinateThoughNobodyElseDoes() {
    try (var story = Story.of("a")) {
      SimulatedNode wrong = story.joins("wrong", HOUR);
      Job job = job("bill").every(Duration.ofSeconds(10)).build();
      story.define(job.toBuilder());
      Instant begin = story.now();
      story.run(12);
      story.node("a").crash();
      story.run(1);
      int before = story.executions("bill").size();
      for (int second = 0; second < 60; second++) {
        story.run(1);
        assertThat(wrong.coordinating.isLeading()).isFalse();
        assertThat(wrong.coordinating.term()).isNegative();
      }
      assertThat(wrong.instance.id()).as("it is there, all the same").isNotEmpty();
      assertThat(story.executions("bill")).hasSizeBetween(before, before + 1);

      wrong.setClock(Duration.ofSeconds(20));
      story.run(30);

      assertThat(wrong.coordinating.isLeading()).isTrue();
      assertThat(story.unaccounted(job, begin.plusSeconds(3), story.now().minusSeconds(5)))
          .isEmpty();
      assertThat(story.skips("bill")).hasSize(1);
    }
  }
}
