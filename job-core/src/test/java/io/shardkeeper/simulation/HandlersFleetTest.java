package io.shardkeeper.simulation;

import static io.shardkeeper.simulation.Story.job;
import static org.assertj.core.api.Assertions.assertThat;

import io.shardkeeper.client.RunRequest;
import io.shardkeeper.client.RunResult;
import io.shardkeeper.handler.Result;
import io.shardkeeper.handler.Shard;
import io.shardkeeper.handler.ShardingContext;
import io.shardkeeper.job.Retry;
import io.shardkeeper.run.Outcome;
import io.shardkeeper.simulation.Story.Act;
import io.shardkeeper.trigger.Trigger;
import io.shardkeeper.view.InstanceView;
import io.shardkeeper.view.RunView;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** What handlers see of a run, what is seen of handlers, and what becomes of one that fails. */
final class HandlersFleetTest {
  private static final Duration SECOND = Duration.ofSeconds(1);

  @Test
  void aHandlerSeesEverythingOfItsExecution() {
    try (var story = Story.of("a", "b")) {
      var runs = new HashMap<Integer, String>();
      var tokens = new HashMap<Integer, Long>();
      Instant[] due = new Instant[1];
      List<String> regions = List.of("north", "south", "west");
      story.define(
          job("bill")
              .trigger(Trigger.manual())
              .shards(3, "0=north,1=south,2=west")
              .parameter("a", "job")
              .parameter("b", "job")
              .retry(Retry.times(1).every(SECOND)),
          Act.takes(50).ending(context -> {
            int index = context.shard().index();
            assertThat(context.jobName()).isEqualTo("bill");
            assertThat(context.shard()).isEqualTo(new Shard(index, 3, regions.get(index)));
            assertThat(context.parameters())
                .isEqualTo(Map.of("a", "job", "b", "request", "c", "request"));
            assertThat(context.dataTime()).isEqualTo(context.scheduledAt());
            assertThat(context.cancellation().isRequested()).isFalse();
            assertThat(context.cancellation().reason()).isEmpty();
            context.progress().report(1, 2);
            context.progress().report("half of it");
            context.log().info("in the middle of it");
            due[0] = context.scheduledAt();
            Long before = tokens.put(index, context.token());
            String run = runs.put(index, context.runId());
            if (before == null) {
              assertThat(context.attempt()).isEqualTo(1);
              return Result.failed("the first one always fails");
            }
            assertThat(context.attempt()).isEqualTo(2);
            assertThat(context.token()).isGreaterThan(before);
            assertThat(context.runId()).isEqualTo(run);
            return Result.ok("all as it has to be");
          }));
      story.run(1);
      Instant asked = story.now();
      String run = story.get(story.client.trigger(RunRequest.of("bill")
          .parameter("b", "request")
          .parameter("c", "request")
          .after(Duration.ofSeconds(2))));
      RunResult result = story.get(story.client.await(run));

      assertThat(result.outcome()).isEqualTo(Outcome.SUCCEEDED);
      assertThat(story.ended(run).parts())
          .hasSize(3)
          .allSatisfy(part -> assertThat(part.text()).isEqualTo("all as it has to be"));
      assertThat(runs).containsOnlyKeys(0, 1, 2).containsValue(run);
      assertThat(Set.copyOf(runs.values())).hasSize(1);
      assertThat(Set.copyOf(tokens.values())).hasSize(3);
      assertThat(due[0]).isBetween(asked.plusSeconds(2), asked.plusMillis(2_100));
      assertThat(story.executions("bill")).hasSize(6);
    }
  }

  @Test
  void anInstanceIsListedWithWhatItOffersUntilItIsGone() {
    try (var story = Story.of("a")) {
      var offer = new SimulatedNode.Offer(Set.of("printer", "scanner"), Map.of("zone", "north"));
      SimulatedNode b = story.joins("b", offer);
      story.run(1);

      InstanceView view = story.get(story.client.instances()).get(1);
      assertThat(view.id()).isEqualTo(b.instance.id());
      assertThat(view.name()).isEqualTo("b");
      assertThat(view.host()).isEqualTo("host-b");
      assertThat(view.labels()).isEqualTo(Map.of("zone", "north"));
      assertThat(view.slots()).isEqualTo(20);
      assertThat(view.version()).isEqualTo("1");
      assertThat(view.draining()).isFalse();
      assertThat(view.mistake()).isEmpty();
      assertThat(view.handlers())
          .containsOnlyKeys("printer", "scanner")
          .allSatisfy((name, description) ->
              assertThat(description).isEqualTo(story.fleet.handler(name).description()));

      // It is gone within the session timeout and a tick.
      b.crash();
      story.run(1);
      assertThat(names(story)).containsExactly("a", "b");
      story.run(2.51);
      assertThat(names(story)).containsExactly("a");
    }
  }

  private static List<String> names(Story story) {
    return story.get(story.client.instances()).stream().map(InstanceView::name).toList();
  }

  @Test
  void aRetryElsewhereIsNeverWhereItFailedLast() {
    try (var story = Story.of("a", "b", "c")) {
      story.define(
          job("bill")
              .every(Duration.ofSeconds(10))
              .retry(Retry.times(3).every(SECOND).onAnotherInstance()),
          (ShardingContext context) -> context.attempt() < 3 ? Act.fails("not yet") : Act.QUICK);
      story.run(65);

      assertThat(story.outcomes("bill")).hasSizeBetween(6, 7).containsOnly(Outcome.SUCCEEDED);
      List<Checker.Execution> all = story.executions("bill").subList(0, 18);
      for (int i = 0; i < all.size(); i++) {
        assertThat(all.get(i).attempt).isEqualTo(i % 3 + 1);
        if (i % 3 > 0) {
          assertThat(all.get(i).run).isEqualTo(all.get(i - 1).run);
          assertThat(all.get(i).node).isNotEqualTo(all.get(i - 1).node);
        }
      }
      assertThat(story.runs("bill")).allSatisfy(run -> {
        assertThat(run.reason()).isEmpty();
        assertThat(run.parts()).singleElement().satisfies(part -> {
          assertThat(part.attempt()).isEqualTo(3);
          assertThat(part.outcome()).isEqualTo(Outcome.SUCCEEDED);
        });
      });
    }
  }

  @Test
  void whoFailsMaySayHowLongTheNextTryIsToWaitAndAShorterWaitIsTheJobs() {
    try (var story = Story.of("a", "b")) {
      List<Duration> asked = List.of(Duration.ofMinutes(2), Duration.ofMillis(5), Duration.ZERO);
      story.define(
          job("bill")
              .trigger(Trigger.manual())
              .retry(Retry.times(3).every(SECOND).jitter(0)),
          (ShardingContext context) -> context.attempt() > asked.size()
              ? Act.QUICK
              : Act.takes(20)
                  .ending(now -> Result.failed("too many", asked.get(now.attempt() - 1))));
      story.run(1);
      String run = story.get(story.client.start("bill"));
      story.run(30);
      RunView.Open open = (RunView.Open) story.get(story.client.run(run));
      story.dies(story.leader());
      story.run(120);

      assertThat(open.toString()).contains("attempt 1 failed: too many; it asks to wait PT2M");
      assertThat(story.ended(run).outcome()).isEqualTo(Outcome.SUCCEEDED);
      List<Checker.Execution> all = story.executions("bill");
      assertThat(all).extracting(each -> each.attempt).containsExactly(1, 2, 3, 4);
      assertThat(between(all, 0)).isBetween(Duration.ofSeconds(120), Duration.ofSeconds(122));
      assertThat(between(all, 1)).isBetween(SECOND, SECOND.multipliedBy(2));
      assertThat(between(all, 2)).isBetween(SECOND, SECOND.multipliedBy(2));
    }
  }

  private static Duration between(List<Checker.Execution> all, int index) {
    // What is told of ends is told in whole milliseconds.
    return Duration.ofNanos(all.get(index + 1).start - all.get(index).end).plusMillis(1);
  }
}
