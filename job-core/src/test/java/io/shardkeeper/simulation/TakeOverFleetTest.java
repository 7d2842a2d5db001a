package io.shardkeeper.simulation;

import static io.shardkeeper.simulation.Story.job;
import static org.assertj.core.api.Assertions.assertThat;

import io.shardkeeper.client.RunRequest;
import io.shardkeeper.job.Job;
import io.shardkeeper.job.Retry;
import io.shardkeeper.job.Sharding;
import io.shardkeeper.run.Outcome;
import io.shardkeeper.simulation.Story.Act;
import io.shardkeeper.trigger.Trigger;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** Whoever coordinates may die at any moment: nothing is lost, and nothing done twice. */
final class TakeOverFleetTest {
  @Test
  void twentyCoordinatorsDieAndEachFireHasItsOneOutcome() {
    try (var story = Story.of("n0", "n1", "n2")) {
      Instant begin = story.now();
      Job job = job("bill").cron("* * * * * ?").history(10_000).build();
      story.define(job.toBuilder());
      for (int kill = 0; kill < 20; kill++) {
        story.run(7.3 + kill * 0.07);
        story.leader().crash();
        story.joins("n" + (3 + kill));
      }
      story.run(20);

      assertThat(story.unaccounted(job, begin.plusSeconds(3), story.now().minusSeconds(3)))
          .isEmpty();
      assertThat(story.fleet.checker().violations()).isEmpty();
      assertThat(story.outcomes("bill")).containsOnly(Outcome.SUCCEEDED);
      List<Instant> planned =
          story.runs("bill").stream().map(run -> run.scheduledAt()).toList();
      assertThat(planned).doesNotHaveDuplicates();
    }
  }

  @Test
  void aDelayedRunSurvivesWhoAcceptedIt() {
    try (var story = Story.of("a", "b", "c")) {
      story.define(job("bill").trigger(Trigger.manual()));
      story.run(1);
      Instant asked = story.now();
      story.get(story.client.trigger(RunRequest.of("bill").after(Duration.ofSeconds(2))));
      story.runUntil(asked.plusSeconds(1));

      story.leader().crash();
      story.run(20);

      assertThat(story.executions("bill")).hasSize(1);
      assertThat(story.runs("bill")).singleElement().satisfies(run -> {
        assertThat(run.outcome()).isEqualTo(Outcome.SUCCEEDED);
        assertThat(run.started()).isAfterOrEqualTo(asked.plusSeconds(2));
      });
    }
  }

  @Test
  void theSameKeyIsTheSameRun() {
    try (var story = Story.of("a")) {
      story.define(job("bill").trigger(Trigger.manual()).parameter("day", "today"));
      story.run(1);
      RunRequest request = RunRequest.of("bill").key("order-4711").parameter("day", "monday");

      String first = story.get(story.client.trigger(request));
      String second = story.get(story.client.trigger(request));
      story.run(2);

      assertThat(second).isEqualTo(first);
      assertThat(story.executions("bill")).singleElement().satisfies(one -> {
        assertThat(one.context.parameters()).containsEntry("day", "monday");
        assertThat(one.context.runId()).isEqualTo(first);
        assertThat(one.context.jobName()).isEqualTo("bill");
        assertThat(one.context.attempt()).isEqualTo(1);
        assertThat(one.context.shard().total()).isEqualTo(1);
        assertThat(one.context.dataTime()).isEqualTo(one.context.scheduledAt());
        assertThat(one.context.token()).isPositive();
      });
    }
  }

  @Test
  void aRunForAllGivesEachItsShardAndNoOtherComesIn() {
    try (var story = Story.of("a", "b", "c")) {
      story.define(
          job("bill").every(Duration.ofMinutes(1)).sharding(Sharding.all()), Act.takes(5_000));
      story.run(60);
      while (story.executions("bill").isEmpty()) {
        story.run(0.5);
      }
      story.joins("d");
      story.run(10);

      assertThat(story.whoRan("bill")).containsExactlyInAnyOrder("a", "b", "c");
      assertThat(story.executions("bill").stream()
              .map(one -> one.shard + "/" + one.context.shard().total())
              .collect(Collectors.toSet()))
          .containsExactlyInAnyOrder("0/3", "1/3", "2/3");
    }
  }

  @Test
  void whatFailsTwiceAndThenSucceedsHasSucceeded() {
    try (var story = Story.of("a", "b")) {
      story.define(
          job("bill")
              .every(Duration.ofMinutes(1))
              .retry(Retry.times(3).every(Duration.ofSeconds(1))),
          context -> context.attempt() < 3 ? Act.fails("not yet") : Act.QUICK);
      story.run(70);

      assertThat(story.executions("bill")).extracting(one -> one.attempt).containsExactly(1, 2, 3);
      assertThat(story.outcomes("bill")).containsExactly(Outcome.SUCCEEDED);
    }
  }

  @Test
  void theWorkOfADeadInstanceMovesOnUnderALargerToken() {
    try (var story = Story.of("a", "b")) {
      story.define(job("bill").every(Duration.ofMinutes(1)).shards(2), Act.takes(20_000));
      story.run(58);
      while (story.executions("bill").size() < 2) {
        story.run(0.5);
      }
      story.node("b").crash();
      story.run(40);

      assertThat(story.outcomes("bill")).startsWith(Outcome.SUCCEEDED);
      assertThat(story.fleet.checker().violations()).isEmpty();
    }
  }

  @Test
  void aFixedDelayCountsFromTheEnd() {
    try (var story = Story.of("a")) {
      story.define(job("bill").delay(Duration.ofMillis(200)), Act.takes(300));
      story.run(60);

      List<Checker.Execution> all = story.executions("bill");
      assertThat(all).hasSizeGreaterThan(100);
      for (int i = 1; i < all.size(); i++) {
        // An instance learns the time from tickets: between two of them it may gain a hop, and no
        // more.
        assertThat(all.get(i).start - all.get(i - 1).end).isBetween(197_000_000L, 350_000_000L);
      }
    }
  }

  @Test
  void whatIsKilledStaysKilledWhoeverDies() {
    try (var story = Story.ledByAnIdleOne("a", "b")) {
      story.define(job("bill").trigger(Trigger.manual()), Act.takes(30_000));
      story.run(2);
      String run = story.get(story.client.trigger(RunRequest.of("bill")));
      story.run(1);
      story.world().cut(story.node("b").ledger); // it is not told
      assertThat(story.get(story.client.kill(run))).isTrue();
      story.dies(story.node("b")).dies(story.node("a"));
      story.joins("c");
      story.run(30);

      assertThat(story.whoRan("bill")).containsExactly("b");
      assertThat(story.outcomes("bill")).containsExactly(Outcome.KILLED);
      assertThat(story.fleet.checker().violations()).isEmpty();
    }
  }
}
