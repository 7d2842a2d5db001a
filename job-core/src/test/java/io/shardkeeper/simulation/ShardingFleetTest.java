package io.shardkeeper.simulation;

import static io.shardkeeper.simulation.Story.job;
import static java.util.stream.Collectors.counting;
import static java.util.stream.Collectors.groupingBy;
import static org.assertj.core.api.Assertions.assertThat;

import io.shardkeeper.client.RunRequest;
import io.shardkeeper.core.layout.Layout;
import io.shardkeeper.core.ledger.NodePath;
import io.shardkeeper.job.Job;
import io.shardkeeper.job.Overlap;
import io.shardkeeper.job.Retry;
import io.shardkeeper.job.Routing;
import io.shardkeeper.job.Sharding;
import io.shardkeeper.run.Outcome;
import io.shardkeeper.simulation.Story.Act;
import io.shardkeeper.trigger.Trigger;
import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.function.Function;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Who does which shard, and that nobody does what somebody else does. */
final class ShardingFleetTest {
  private static final Duration SECOND = Duration.ofSeconds(1);

  /** By the spread a shard stays where it is; by the others the next run is for somebody else, while the one before it may not have ended. */
  @ParameterizedTest
  @ValueSource(strings = {"spread", "round-robin", "random"})
  void ofAThousandRunsOfOneShardNoTwoOverlapWhoeverDies(String route) {
    long seed = 20_270_104;
    var random = new SplittableRandom(seed);
    try (var story = Story.of("n0", "n1", "n2")) {
      Instant begin = story.second().plusSeconds(3);
      Instant end = begin.plusSeconds(1_000);
      Job job = job("bill")
          .trigger(Trigger.every(SECOND).from(begin).until(end))
          .sharding(Sharding.one())
          .routing(Routing.named(route))
          .history(10_000)
          .build();
      // Now and then one takes longer than a second, so that others wait behind it.
      story.define(
          job.toBuilder(),
          context -> Act.takes(random.nextInt(10) == 0 ? 1_500 : 100 + random.nextInt(400)));
      for (int kill = 3; story.now().isBefore(end); kill++) {
        story.run(2 + random.nextDouble() * 15);
        List<SimulatedNode> living = story.fleet.living();
        story.dies(living.get(random.nextInt(living.size())));
        story.run(random.nextDouble() * 3);
        story.joins("n" + kill);
      }
      story.run(120);

      List<Checker.Execution> all = story.executions("bill").stream()
          .sorted(Comparator.comparingLong(one -> one.start))
          .toList();
      assertThat(all).hasSizeGreaterThan(1_000);
      for (int i = 1; i < all.size(); i++) {
        assertThat(all.get(i - 1).end)
            .as("seed %d: %s and %s", seed, all.get(i - 1), all.get(i))
            .isLessThanOrEqualTo(all.get(i).start);
        assertThat(all.get(i - 1).token).isLessThan(all.get(i).token);
      }
      assertThat(story.unaccounted(job, begin.minusNanos(1), story.now())).isEmpty();
      assertThat(story.runs("bill")).hasSize(1_000);
      // A run is given up when three instances died that had it, started or not.
      assertThat(story.runs("bill").stream().filter(run -> run.outcome() != Outcome.SUCCEEDED))
          .hasSizeLessThan(20)
          .allSatisfy(run -> assertThat(run.reason()).contains("the 3rd one that died"));
      assertThat(story.fleet.checker().violations()).isEmpty();
    }
  }

  /** Which instance did each shard of each run of a job, in the order of runs. */
  private static List<String> golden(Story story, String job) {
    Map<Instant, Map<Integer, String>> runs = new TreeMap<>();
    story
        .executions(job)
        .forEach(one -> runs.computeIfAbsent(one.context.scheduledAt(), at -> new TreeMap<>())
            .put(one.shard, one.node.name));
    return runs.values().stream().map(who -> String.join("", who.values())).toList();
  }

  @Test
  void eachShardHasItsParameterAndIsDoneOnceByWhomTheRouteSays() {
    try (var story = Story.of("a", "b")) {
      for (Routing routing :
          List.of(Routing.spread(), Routing.roundRobin(), Routing.consistentHash())) {
        story.define(job(routing.route())
            .every(Duration.ofSeconds(10))
            .shards(3, "0=a,1=b,2=c")
            .routing(routing));
      }
      story.run(41);

      for (String route : List.of("spread", "round-robin", "consistent-hash")) {
        assertThat(story.outcomes(route)).hasSize(4).containsOnly(Outcome.SUCCEEDED);
        assertThat(story.executions(route)).hasSize(12).allSatisfy(one -> {
          assertThat(one.context.shard().total()).isEqualTo(3);
          assertThat(one.context.shard().parameter())
              .isEqualTo(List.of("a", "b", "c").get(one.shard));
        });
        Map<String, Long> times = story.executions(route).stream()
            .collect(groupingBy(one -> one.run + "/" + one.shard, counting()));
        assertThat(times).hasSize(12).containsValue(1L).doesNotContainValue(2L);
      }
      assertThat(golden(story, "spread")).containsOnly("aba").hasSize(4);
      assertThat(golden(story, "round-robin")).containsExactly("aba", "bab", "aba", "bab");
      assertThat(golden(story, "consistent-hash")).containsOnly("aab").hasSize(4);
    }
  }

  /** Where each shard of each of some jobs was done when it was done last. */
  private static Map<String, String> places(Story story, String... jobs) {
    Map<String, String> places = new TreeMap<>();
    for (String job : jobs) {
      story.executions(job).forEach(one -> places.put(job + "/" + one.shard, one.node.name));
    }
    return places;
  }

  @Test
  void whoJoinsTakesAsFewShardsAsMakesThingsEven() {
    try (var story = Story.of("a", "b", "c")) {
      String[] jobs = {"one", "two", "three"};
      for (String name : jobs) {
        story.define(job(name).every(Duration.ofSeconds(10)).shards(10));
      }
      story.run(21);
      Map<String, String> before = places(story, jobs);
      story.joins("d");
      story.run(20);
      Map<String, String> after = places(story, jobs);

      assertThat(before).hasSize(30);
      assertThat(after).hasSize(30);
      assertEven(before, place -> "", 10, 10);
      assertEven(before, place -> place.substring(0, place.indexOf('/')), 3, 4);
      assertEven(after, place -> "", 7, 8);
      assertEven(after, place -> place.substring(0, place.indexOf('/')), 2, 3);
      // Thirty on four are 8, 8, 7 and 7: of the three with ten each, seven in all have to move.
      assertThat(before.keySet().stream()
              .filter(place -> !before.get(place).equals(after.get(place)))
              .map(after::get))
          .hasSize(7)
          .containsOnly("d");
    }
  }

  private static void assertEven(
      Map<String, String> places, Function<String, String> group, long least, long most) {
    Map<String, Map<String, Long>> shares = places.entrySet().stream()
        .collect(groupingBy(
            place -> group.apply(place.getKey()), groupingBy(Map.Entry::getValue, counting())));
    shares.forEach((what, share) ->
        assertThat(share.values()).as(what).allMatch(n -> n >= least && n <= most));
  }

  @Test
  void aRunningShardStaysWhereItIsWhoeverJoins() {
    try (var story = Story.of("a", "b", "c")) {
      Job job = job("bill").every(Duration.ofMinutes(1)).shards(10).build();
      story.define(job.toBuilder(), Act.takes(30_000));
      Instant due = job.trigger().after(story.now());
      story.runUntil(due.plusSeconds(5));
      Map<String, String> before = places(story, "bill");
      story.joins("d");
      story.runUntil(due.plusSeconds(50));
      assertThat(story.executions("bill")).hasSize(10).allSatisfy(one -> {
        assertThat(one.done).isTrue();
        assertThat(one.attempt).isEqualTo(1);
        assertThat(one.node.name).isNotEqualTo("d");
      });
      assertThat(places(story, "bill")).isEqualTo(before);

      story.runUntil(due.plusSeconds(65));
      assertThat(places(story, "bill")).containsValue("d");
    }
  }

  @Test
  void manyJobsOfOneShardSpreadOverWhoeverJoins() {
    try (var story = Story.of("i0")) {
      for (int i = 0; i < 200; i++) {
        story.define(job("job-" + i).every(Duration.ofSeconds(20)));
      }
      for (int i = 1; i < 10; i++) {
        story.joins("i" + i);
        story.run(1);
      }
      story.run(15);
      Instant settled = story.now();
      story.run(20);

      Map<String, Long> shares = new TreeMap<>();
      for (int i = 0; i < 200; i++) {
        story.executions("job-" + i).stream()
            .filter(one -> one.context.scheduledAt().isAfter(settled))
            .forEach(one -> shares.merge(one.node.name, 1L, Long::sum));
      }
      assertThat(shares).hasSize(10).allSatisfy((who, n) -> assertThat(n).isBetween(19L, 21L));
      assertThat(shares.values().stream().mapToLong(n -> n).sum()).isEqualTo(200);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"first", "round-robin", "spread"})
  void whatBelongsToAnInstanceIsTriedAgainThere(String route) {
    try (var story = Story.of("a", "b", "c")) {
      story.define(
          job("bill")
              .trigger(Trigger.manual())
              .sharding(Sharding.all())
              .routing(Routing.named(route))
              .retry(Retry.times(2).every(SECOND).onAnotherInstance()),
          context -> context.attempt() == 1 ? Act.fails("no") : Act.takes(500));
      story.get(story.client.start("bill"));
      story.run(10);

      assertThat(story.outcomes("bill")).containsExactly(Outcome.SUCCEEDED);
      assertThat(who(story)).containsExactlyInAnyOrder("0@a", "0@a", "1@b", "1@b", "2@c", "2@c");
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"first", "round-robin", "spread"})
  void whatBelongsToAnInstanceThatDiesBeforeItsNextTryIsDoneByNobodyElse(String route) {
    try (var story = Story.ledByAnIdleOne("lead", "a", "b", "c")) {
      story.define(
          job("bill")
              .trigger(Trigger.manual())
              .sharding(Sharding.all())
              .routing(Routing.named(route))
              .retry(Retry.times(2).every(Duration.ofSeconds(30))),
          context -> context.attempt() == 1 ? Act.fails("no") : Act.takes(500));
      story.get(story.client.start("bill"));
      story.run(3);
      story.dies(story.node("c"));
      story.run(40);

      assertThat(story.outcomes("bill")).containsExactly(Outcome.PARTIAL);
      assertThat(who(story)).containsExactlyInAnyOrder("0@a", "0@a", "1@b", "1@b", "2@c");
      assertThat(story.runs("bill").get(0).parts().get(2).text())
          .contains("attempt 2 did not start")
          .contains("it was for that one");
    }
  }

  @Test
  void whatBelongsToAnInstanceIsTriedAgainThereThoughOthersAreUsedMeanwhile() {
    try (var story = Story.of("a", "b")) {
      story.define(
          job("bill")
              .trigger(Trigger.manual())
              .sharding(Sharding.all())
              .routing(Routing.spread().atMost(2))
              .retry(Retry.times(2).every(Duration.ofSeconds(10))),
          context -> context.attempt() == 1 ? Act.fails("no") : Act.takes(500));
      story.get(story.client.start("bill"));
      story.run(2);
      for (int i = 0; i < 6; i++) {
        story.joins("c" + i); // not all of them are among the two that are used now
      }
      story.run(20);

      assertThat(story.outcomes("bill")).containsExactly(Outcome.SUCCEEDED);
      assertThat(who(story)).containsExactlyInAnyOrder("0@a", "0@a", "1@b", "1@b");
    }
  }

  @Test
  void whatWaitsForAnInstanceThatHasNoRoomGoesThereWhenItHas() {
    try (var story = Story.withRoomFor(4, "a", "b")) {
      story.define(
          job("bill").trigger(Trigger.manual()).sharding(Sharding.all()).routing(Routing.first()),
          Act.takes(500));
      story.define(
          job("hog").trigger(Trigger.manual()).overlap(Overlap.allow(10)), Act.takes(5_000));
      for (int i = 0; i < 4; i++) {
        String b = story.node("b").instance.id();
        story.get(story.client.trigger(RunRequest.of("hog").on(b)));
      }
      story.run(1);
      story.get(story.client.start("bill"));
      story.run(12);

      assertThat(story.outcomes("bill")).containsExactly(Outcome.SUCCEEDED);
      assertThat(who(story)).containsExactlyInAnyOrder("0@a", "1@b");
    }
  }

  @Test
  void whatBelongsToAnInstanceAndStandsNowhereIsGivenToThatOne() {
    try (var story = Story.ledByAnIdleOne("lead", "a", "b")) {
      story.define(
          job("bill").trigger(Trigger.manual()).sharding(Sharding.all()).routing(Routing.first()),
          Act.takes(100));
      SimulatedNode b = story.node("b");
      NodePath inbox = Layout.INBOX.child(b.instance.id());
      story.world().stall(b.ledger);
      story.get(story.client.start("bill"));
      story.run(0.6);
      for (String ticket : story.world().peekBelow(inbox)) {
        story.delete(inbox.child(ticket));
      }
      DrainFleetTest.leavesInPeace(story, story.node("lead"));
      story.run(0.5);
      story.world().unstall(b.ledger);
      story.run(5);

      assertThat(story.outcomes("bill")).containsExactly(Outcome.SUCCEEDED);
      assertThat(who(story)).containsExactly("0@a", "1@b");
    }
  }

  private static List<String> who(Story story) {
    return story.executions("bill").stream()
        .map(one -> one.shard + "@" + one.node.name)
        .toList();
  }
}
