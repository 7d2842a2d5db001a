package io.shardkeeper.simulation;

import static io.shardkeeper.simulation.Story.job;
import static org.assertj.core.api.Assertions.assertThat;

import io.shardkeeper.client.RunRequest;
import io.shardkeeper.job.Overlap;
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
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/** Each route leads where it says, whoever coordinates. */
final class RoutingFleetTest {
  private static final Duration SECOND = Duration.ofSeconds(1);

  /** So many fires, one a second. */
  private static Trigger fires(int number, Instant first) {
    return Trigger.every(SECOND).from(first).until(first.plusSeconds(number));
  }

  @Test
  void whatIsForOneInstanceIsDoneThereOrByNobody() {
    try (var story = Story.of("a", "b", "c")) {
      Instant first = story.second().plusSeconds(3);
      story.define(job("bill").trigger(fires(20, first)).routing(Routing.specified("b")));
      story.runUntil(first.plusMillis(9_500));
      assertThat(story.whoRan("bill")).hasSize(10).containsOnly("b");

      story.node("b").crash();
      story.runUntil(first.plusSeconds(40));

      assertThat(story.executions("bill")).hasSize(10);
      assertThat(story.outcomes("bill").subList(0, 9)).containsOnly(Outcome.SUCCEEDED);
      for (int fire = 15; fire < 20; fire++) {
        assertThat(story.why("bill", first.plusSeconds(fire)).sentence())
            .contains("NO_INSTANCE")
            .contains("none of the instances b lives");
      }
      // What it had when it died may have begun there, and waits longer for it to come back.
      story.joins("b");
      story.run(2);
      assertThat(story.whoRan("bill")).hasSizeBetween(13, 15).containsOnly("b");
      assertThat(story.outcomes("bill")).containsOnly(Outcome.SUCCEEDED, Outcome.NO_INSTANCE);
    }
  }

  @Test
  void threeHundredFiresGoRoundInOrderWhoeverCoordinates() {
    try (var story = Story.ledByAnIdleOne("chief", "a", "b", "c")) {
      story.joins("deputy", SimulatedNode.Offer.NOTHING);
      story.define(job("bill")
          .trigger(fires(300, story.second().plusSeconds(3)))
          .routing(Routing.roundRobin())
          .history(1_000));
      story.run(100);
      // First its coordinator dies, then the next one resigns.
      story.node("chief").crash();
      story.run(100);
      story.leader().coordinating.close();
      story.run(120);

      // What fell due while nobody coordinated starts all at once: the order is that of the fires.
      List<Checker.Execution> all = story.executions("bill").stream()
          .sorted(Comparator.comparing(one -> one.context.scheduledAt()))
          .toList();
      assertThat(all).hasSize(300);
      for (int i = 0; i < 300; i++) {
        assertThat(all.get(i).node.name).as("of %s", all.get(i)).isEqualTo(nth(i));
        assertThat(all.get(i).context.scheduledAt())
            .isEqualTo(all.get(0).context.scheduledAt().plusSeconds(i));
      }
      assertThat(all.stream().filter(one -> one.node.name.equals("a"))).hasSize(100);
      assertThat(story.outcomes("bill")).containsOnly(Outcome.SUCCEEDED);
    }
  }

  @Test
  void whatHasToWaitKeepsItsPlaceInTheRound() {
    try (var story = Story.of("a", "b", "c")) {
      story.define(
          job("bill")
              .trigger(fires(30, story.second().plusSeconds(3)))
              .routing(Routing.roundRobin()),
          Act.takes(1_400));
      story.run(60);

      assertThat(story.whoRan("bill")).hasSize(30);
      for (int i = 0; i < 30; i++) {
        assertThat(story.whoRan("bill").get(i)).as("run %d", i).isEqualTo(nth(i));
      }
      assertThat(story.fleet.checker().violations()).isEmpty();
    }
  }

  private static String nth(int i) {
    return List.of("a", "b", "c").get(i % 3);
  }

  @Test
  void lotsAreFairAndFirstAndLastAreThemselves() {
    try (var story = Story.of("a", "b", "c")) {
      Trigger trigger = fires(300, story.second().plusSeconds(3));
      for (Routing routing : List.of(Routing.random(), Routing.first(), Routing.last())) {
        story.define(job(routing.route()).trigger(trigger).routing(routing));
      }
      story.run(310);

      Map<String, Long> shares = story.shares("random");
      double chiSquare = shares.values().stream()
          .mapToDouble(n -> (n - 100.0) * (n - 100.0) / 100)
          .sum();
      // 99.9 % of fair lots among three stay below. Lots follow from the run, so these are always
      // the same.
      assertThat(chiSquare).as("%s", shares).isLessThan(13.82);
      assertThat(shares).hasSize(3);
      assertThat(story.shares("first")).containsOnlyKeys("a").containsEntry("a", 300L);
      assertThat(story.shares("last")).containsOnlyKeys("c").containsEntry("c", 300L);
    }
  }

  @Test
  void aThousandKeysStayWhereTheyAreAndFewMoveToWhoJoins() {
    try (var story = Story.of("a", "b", "c")) {
      story.define(
          job("bill").trigger(Trigger.manual()).shards(1_000).routing(Routing.consistentHash()),
          Act.takes(5));
      story.run(1);
      Map<Integer, String> first = keys(story);
      assertThat(keys(story)).isEqualTo(first);
      story.leader().coordinating.close();
      story.run(2);
      assertThat(keys(story)).isEqualTo(first);

      story.joins("d");
      story.run(2);
      Map<Integer, String> then = keys(story);
      List<Integer> moved = first.keySet().stream()
          .filter(key -> !then.get(key).equals(first.get(key)))
          .toList();
      assertThat(moved).hasSizeBetween(150, 349);
      assertThat(moved).allSatisfy(key -> assertThat(then.get(key)).isEqualTo("d"));
    }
  }

  /** Who does which key in a run. */
  private static Map<Integer, String> keys(Story story) {
    String run = story.get(story.client.trigger(RunRequest.of("bill")));
    assertThat(story.get(story.client.await(run)).outcome()).isEqualTo(Outcome.SUCCEEDED);
    Map<Integer, String> keys = new TreeMap<>();
    story.executions("bill").stream()
        .filter(one -> one.run.equals(run))
        .forEach(one -> keys.put(one.shard, one.node.name));
    assertThat(keys).hasSize(1_000);
    return keys;
  }

  @Test
  void whoseSlotsAreFullIsPassedOver() {
    try (var story = Story.ledByAnIdleOne("lead")) {
      for (String name : List.of("a", "b")) {
        story.fleet.add(name, Duration.ZERO, 2, SimulatedNode.Offer.WORK);
      }
      story.run(3);
      story.define(
          job("bill")
              .trigger(Trigger.manual())
              .overlap(Overlap.allow(9))
              .routing(Routing.busyOver()),
          Act.takes(10_000));
      story.run(1);
      for (int i = 0; i < 4; i++) {
        story.get(story.client.trigger(RunRequest.of("bill")));
        story.run(1);
      }

      List<String> ran = story.whoRan("bill");
      assertThat(ran).hasSize(4);
      assertThat(ran.get(0)).isEqualTo(ran.get(1)).isNotEqualTo(ran.get(2));
      assertThat(ran.get(2)).isEqualTo(ran.get(3));
    }
  }

  @Test
  void theLeastBusyOneIsChosen() {
    try (var story = Story.of("a", "b", "c")) {
      story.define(
          job("bill").trigger(Trigger.manual()).shards(30).routing(Routing.leastBusy()),
          Act.takes(3_000));
      story.run(1);
      story.get(story.client.trigger(RunRequest.of("bill")));
      story.run(5);

      assertThat(story.shares("bill")).hasSize(3).containsValues(10L);
    }
  }

  @Test
  void whenTheFirstChoiceDiesBeforeItStartsTheNextOneDoesIt() {
    try (var story = Story.ledByAnIdleOne("lead", "a", "b", "c")) {
      Instant due = story.second().plusSeconds(5);
      story.define(job("bill").trigger(Trigger.at(due)).routing(Routing.failover("c", "b")));
      story.runUntil(due.minusMillis(200)); // it is given out, and not due
      story.dies(story.node("c"));
      story.run(20);

      assertThat(story.whoRan("bill")).containsExactly("b");
      assertThat(story.outcomes("bill")).containsExactly(Outcome.SUCCEEDED);
      assertThat(story.startOf(story.executions("bill").get(0))).isBefore(due.plusSeconds(6));
    }
  }

  @Test
  void aRouteOfOnesOwnPicksTheThird() {
    try (var story = Story.of("a", "b", "c")) {
      story.fleet.router(
          "third",
          (job, run, shard, candidates) -> candidates.stream()
              .filter(candidate -> candidate.name().equals("c"))
              .findFirst()
              .orElse(candidates.get(0)));
      story.leader().coordinating.close(); // what it knows it has from when it began
      story.run(3);
      story.define(job("bill").every(Duration.ofSeconds(1)).routing(Routing.named("third")));
      story.run(10);

      assertThat(story.shares("bill")).containsOnlyKeys("c");
    }
  }

  @Test
  void whoIsKeptOutByNameGetsNothingAndNoMoreAreUsedThanAllowed() {
    try (var story = Story.of("a", "b", "c", "d", "e")) {
      story.define(job("out")
          .every(Duration.ofSeconds(1))
          .shards(10)
          .routing(Routing.spread().without("c")));
      story.define(job("few")
          .every(Duration.ofSeconds(1))
          .shards(10)
          .routing(Routing.roundRobin().atMost(2)));
      story.define(job("all")
          .every(Duration.ofSeconds(1))
          .sharding(Sharding.all())
          .routing(Routing.spread().without("a", "b").atMost(2)));
      story.run(10);

      assertThat(story.shares("out")).containsOnlyKeys("a", "b", "d", "e");
      assertThat(story.shares("few")).hasSize(2);
      assertThat(story.shares("all")).hasSize(2).doesNotContainKeys("a", "b");
      assertThat(story.executions("all"))
          .allSatisfy(one -> assertThat(one.context.shard().total()).isEqualTo(2));
      story.define(job("nobody")
          .every(Duration.ofSeconds(1))
          .routing(Routing.specified("a").without("a")));
      story.run(3);
      Instant due = story.second().minusSeconds(1);
      assertThat(story.why("nobody", due).sentence()).contains("kept out by name, a");
    }
  }
}
