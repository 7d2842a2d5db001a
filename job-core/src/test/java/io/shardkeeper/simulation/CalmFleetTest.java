package io.shardkeeper.simulation;

import static org.assertj.core.api.Assertions.assertThat;

import io.shardkeeper.contract.SimulatedWorld.Weather;
import io.shardkeeper.core.history.Entry;
import io.shardkeeper.core.layout.Layout;
import io.shardkeeper.handler.Result;
import io.shardkeeper.handler.ShardingContext;
import io.shardkeeper.job.Job;
import io.shardkeeper.job.Sharding;
import io.shardkeeper.run.Outcome;
import io.shardkeeper.trigger.Trigger;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What a fleet does when nothing goes wrong. */
final class CalmFleetTest {
  private static final SimulatedFleet.Behaviour QUICK = new SimulatedFleet.Behaviour() {
    @Override
    public long length(ShardingContext context) {
      return Duration.ofMillis(20).toNanos();
    }

    @Override
    public boolean isDeaf(ShardingContext context) {
      return false;
    }

    @Override
    public Result result(ShardingContext context) {
      return Result.ok();
    }
  };

  @Test
  void eachFireRunsOnceOnTime() {
    try (var fleet = new SimulatedFleet(1, Weather.CALM, QUICK)) {
      fleet.add("a", Duration.ZERO, 10);
      fleet.add("b", Duration.ZERO, 10);
      fleet.add("c", Duration.ZERO, 10);
      Instant begin = fleet.world().clock().instant();
      Instant end = begin.plusSeconds(60);
      fleet.define(Job.builder("one")
          .handler("work")
          .trigger(Trigger.every(Duration.ofSeconds(1)).until(end))
          .build());
      fleet.define(Job.builder("six")
          .handler("work")
          .shards(6)
          .trigger(Trigger.every(Duration.ofSeconds(2)).until(end))
          .build());
      fleet.world().run(Duration.ofSeconds(75));
      List<Entry> history = fleet.history();
      fleet.checker().checkHistory(history, end);
      assertThat(fleet.checker().violations()).isEmpty();
      assertThat(history).hasSizeBetween(80, 92);
      assertThat(history)
          .allSatisfy(
              entry -> assertThat(((Entry.Run) entry).outcome()).isEqualTo(Outcome.SUCCEEDED));
      assertThat(fleet.below(Layout.INBOX)).isEmpty();
      assertThat(fleet.below(Layout.REPORTS)).isEmpty();
      assertThat(fleet.world().await(fleet.admin().list(Layout.PARKED)).orElseThrow())
          .isEmpty();
      assertThat(fleet.below(Layout.RUNS)).isEmpty();
    }
  }

  @Test
  void whoeverRegistersWhileACoordinatorLoadsIsGivenWork() {
    // One of these moments lies behind the reading of the inboxes, and before that is settled.
    for (int millis = 0; millis < 400; millis += 2) {
      try (var fleet = new SimulatedFleet(7, Weather.CALM, QUICK)) {
        fleet.define(Job.builder("all")
            .handler("work")
            .sharding(Sharding.all())
            .trigger(Trigger.every(Duration.ofSeconds(1)))
            .build());
        fleet.add("a", Duration.ZERO, 10);
        fleet.world().run(Duration.ofMillis(millis));
        fleet.add("b", Duration.ZERO, 10);
        fleet.world().run(Duration.ofSeconds(6));
        assertThat(fleet.history())
            .as("b came after %d ms", millis)
            .anyMatch(entry -> entry instanceof Entry.Run run && run.shards() == 2);
      }
    }
  }
}
