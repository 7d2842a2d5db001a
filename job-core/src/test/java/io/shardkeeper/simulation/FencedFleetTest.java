package io.shardkeeper.simulation;

import static io.shardkeeper.simulation.Story.job;
import static java.util.stream.Collectors.counting;
import static java.util.stream.Collectors.groupingBy;
import static org.assertj.core.api.Assertions.assertThat;

import io.shardkeeper.client.RunRequest;
import io.shardkeeper.core.history.Entry;
import io.shardkeeper.core.layout.Layout;
import io.shardkeeper.core.ledger.Node;
import io.shardkeeper.core.ledger.NodePath;
import io.shardkeeper.handler.Result;
import io.shardkeeper.handler.ShardingContext;
import io.shardkeeper.job.Job;
import io.shardkeeper.run.Outcome;
import io.shardkeeper.simulation.Story.Act;
import io.shardkeeper.trigger.Trigger;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Who was away ends in time, and what it says when it comes back counts for nothing. */
final class FencedFleetTest {
  private static final Duration MINUTE = Duration.ofMinutes(1);

  /** Whoever does the first shard, and did not coordinate. */
  private static Checker.Execution someFollower(Story story, String job) {
    return story.executions(job).stream()
        .filter(one -> one.node != story.leader())
        .findFirst()
        .orElseThrow();
  }

  private static Checker.Execution secondOf(Story story, Checker.Execution first) {
    return story.executions(first.job).stream()
        .filter(one -> one != first && one.run.equals(first.run) && one.shard == first.shard)
        .findFirst()
        .orElseThrow();
  }

  /** How somebody is kept from hearing of the ledger. */
  enum Away {
    /** It is told that the connection is lost. */
    CUT,
    /** Nobody tells it anything. */
    SILENT,
    /** Moreover its wall clock is set back. */
    IN_THE_PAST;

    void begin(Story story, SimulatedNode node) {
      if (this == CUT) {
        story.world().cut(node.ledger);
      } else {
        story.world().stall(node.ledger);
      }
      if (this == IN_THE_PAST) {
        node.setClock(Duration.ofSeconds(-20));
      }
    }
  }

  @ParameterizedTest
  @EnumSource
  void whoIsAwayEndsItsWorkBeforeAnybodyElseBeginsIt(Away away) {
    try (var story = Story.of("a", "b", "c")) {
      Job job = job("bill")
          .trigger(Trigger.at(story.second().plusSeconds(10)))
          .shards(3)
          .build();
      story.define(job.toBuilder(), context -> Act.takes(context.attempt() == 1 ? 20_000 : 1_000));
      story.run(12);
      Checker.Execution first = someFollower(story, "bill");
      away.begin(story, first.node);
      story.run(15);

      assertThat(first.cancelled).isTrue();
      assertThat(first.end).isLessThan(secondOf(story, first).start);
      assertThat(story.fleet.checker().violations()).isEmpty();
    }
  }

  @Test
  void whoIsCutOffEndsItsWorkBeforeAnybodyElseBeginsIt() {
    try (var story = Story.of("a", "b", "c")) {
      Job job = job("bill").every(MINUTE).shards(3).build();
      story.define(job.toBuilder(), context -> Act.takes(context.attempt() == 1 ? 20_000 : 1_000));
      Instant due = job.trigger().after(story.now());
      story.runUntil(due.plusSeconds(2));
      Checker.Execution first = someFollower(story, "bill");
      story.world().cut(first.node.ledger);
      story.run(15);

      assertThat(first.cancelled).isTrue();
      Checker.Execution second = secondOf(story, first);
      assertThat(first.end).isLessThan(second.start);
      assertThat(second.node).isNotEqualTo(first.node);
      assertThat(second.token).isGreaterThan(first.token);

      story.world().heal(first.node.ledger);
      story.runUntil(due.plusSeconds(55));
      assertThat(first.node.instance.id()).isNotEmpty().isNotEqualTo(first.instance);
      story.runUntil(due.plus(MINUTE).plusSeconds(25));

      assertThat(story.shares("bill")).containsOnlyKeys("a", "b", "c");
      assertThat(story.executions("bill").stream()
              .filter(one -> one.context.scheduledAt().isAfter(due)))
          .extracting(one -> one.node.name)
          .containsExactlyInAnyOrder("a", "b", "c");
      assertThat(story.outcomes("bill")).containsExactly(Outcome.SUCCEEDED, Outcome.SUCCEEDED);
      Map<String, Long> done = story.executions("bill").stream()
          .filter(one -> one.done)
          .collect(groupingBy(one -> one.run + "/" + one.shard, counting()));
      assertThat(done).hasSize(6).doesNotContainValue(2L);
      assertThat(story.ended(first.run).overruns()).as("it had ended in time").isEmpty();
      assertThat(story.fleet.checker().violations()).isEmpty();
    }
  }

  /** A store that takes no write with a smaller token than the largest that it has seen. */
  private static final class Store {
    final Map<Integer, Long> largest = new HashMap<>();
    final Map<Integer, String> kept = new TreeMap<>();
    int refused;

    Result write(int shard, long token, String what) {
      if (token < largest.getOrDefault(shard, 0L)) {
        refused++;
        return Result.failed("a larger token has been here");
      }
      largest.put(shard, token);
      kept.put(shard, what);
      return Result.ok(what);
    }
  }

  @Test
  void whoWasFrozenAndReplacedWritesNeitherToTheStoreNorToTheRecord() {
    try (var story = Story.of("a", "b", "c")) {
      var store = new Store();
      Job job = job("bill").every(MINUTE).shards(3).build();
      story.define(job.toBuilder(), context -> {
        long token = context.token();
        int shard = context.shard().index();
        String what = "attempt " + context.attempt();
        return Act.takes(context.attempt() == 1 ? 15_000 : 1_000)
            .ignoringInterrupts()
            .ending(any -> store.write(shard, token, what));
      });
      Instant due = job.trigger().after(story.now());
      story.runUntil(due.plusSeconds(2));
      Checker.Execution first = someFollower(story, "bill");
      story.fleet.checker().expired(first.node);
      first.node.freeze();
      story.world().stall(first.node.ledger);
      story.run(25);
      assertThat(story.outcomes("bill")).containsExactly(Outcome.SUCCEEDED);
      assertThat(store.kept).containsEntry(first.shard, "attempt 2");

      story.world().unstall(first.node.ledger);
      first.node.thaw();
      story.run(10);

      // It did its work to the end, and it was for nothing.
      assertThat(first.end).isNotEqualTo(Long.MAX_VALUE);
      assertThat(store.refused).isEqualTo(1);
      assertThat(store.kept).containsEntry(first.shard, "attempt 2");
      Checker.Execution second = secondOf(story, first);
      assertThat(second.token).isGreaterThan(first.token);
      assertThat(story.runs("bill")).singleElement().satisfies(run -> {
        Entry.Part part = run.parts().stream()
            .filter(each -> each.shard() == first.shard)
            .findFirst()
            .orElseThrow();
        assertThat(part.outcome()).isEqualTo(Outcome.SUCCEEDED);
        assertThat(part.instance()).isEqualTo(second.instance);
        assertThat(part.text()).isEqualTo("attempt 2");
      });
      assertThat(first.node.instance.id()).isNotEmpty().isNotEqualTo(first.instance);
      assertOverran(story, first, second);
    }
  }

  /** The record names the first call, and that it went on into the second one. */
  private static void assertOverran(
      Story story, Checker.Execution first, Checker.Execution second) {
    assertThat(story.ended(first.run).overruns()).singleElement().satisfies(overrun -> {
      assertThat(overrun.shard()).isEqualTo(first.shard);
      assertThat(overrun.attempt()).isEqualTo(first.attempt);
      assertThat(overrun.instance()).isEqualTo(first.instance);
      assertThat(overrun.from())
          .isAfter(story.startOf(first))
          .isBeforeOrEqualTo(story.startOf(second));
      assertThat(Duration.between(story.endOf(first), overrun.until()).abs())
          .isLessThan(Duration.ofMillis(100));
    });
    assertThat(story.why(first.job, first.context.scheduledAt()).sentence())
        .contains("went on until")
        .contains("something else may have run beside it");
  }

  @Test
  void aHandlerThatTakesNoNoticeIsNamedWhenItReturnsAtLast() {
    try (var story = Story.of("a", "b", "c")) {
      Job job = job("bill").every(MINUTE).shards(3).build();
      story.define(job.toBuilder(), context -> {
        Act act = Act.takes(context.attempt() == 1 ? 30_000 : 1_000);
        return context.attempt() == 1 ? act.ignoringInterrupts() : act;
      });
      Instant due = job.trigger().after(story.now());
      story.runUntil(due.plusSeconds(2));
      Checker.Execution first = someFollower(story, "bill");
      story.world().cut(first.node.ledger);
      story.run(8);
      story.world().heal(first.node.ledger);
      story.run(15);
      assertThat(first.node.instance.id())
          .as("it is there again, and its handler has not returned")
          .isNotEmpty()
          .isNotEqualTo(first.instance);
      assertThat(first.end).isEqualTo(Long.MAX_VALUE);
      story.run(30);

      assertOverran(story, first, secondOf(story, first));
    }
  }

  @Test
  void whatReturnsBeforeItsInstanceHasNoticedThatItWasReplacedIsNamedToo() {
    try (var story = Story.of("a", "b", "c")) {
      Instant due = story.second().plusSeconds(10);
      Job job = job("bill").trigger(Trigger.at(due)).shards(3).build();
      story.define(
          job.toBuilder(),
          context -> Act.takes(context.attempt() == 1 ? 3_000 : 1_000).ending(any -> {
            Checker.Execution one = someFollower(story, "bill");
            if (one.context.token() == context.token()) {
              one.node.freeze(); // its last act, of which nobody has heard yet
              story.world().stall(one.node.ledger);
            }
            return Result.ok();
          }));
      story.runUntil(due.plusSeconds(20));
      Checker.Execution first = someFollower(story, "bill");
      assertThat(first.node.isFrozen()).isTrue();
      Checker.Execution second = secondOf(story, first);

      story.world().unstall(first.node.ledger);
      first.node.thaw();
      story.run(10);

      assertThat(story.ended(first.run).overruns()).singleElement().satisfies(overrun -> {
        assertThat(overrun.instance()).isEqualTo(first.instance);
        assertThat(overrun.until())
            .as("nobody knows better")
            .isAfterOrEqualTo(due.plusSeconds(20))
            .isAfter(story.startOf(second));
      });
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {-20, 20})
  void anOverrunIsAsLongAsItWasThoughTheNextCoordinatorHasAnotherClock(int ahead) {
    try (var story = Story.of("a", "b", "c")) {
      story.joins("heir", Duration.ofSeconds(ahead));
      Job job = job("bill").every(MINUTE).shards(3).build();
      story.define(job.toBuilder(), context -> {
        Act act = Act.takes(context.attempt() == 1 ? 20_000 : 1_000);
        return context.attempt() == 1 ? act.ignoringInterrupts() : act;
      });
      story.define(job("tick").every(Duration.ofSeconds(1)).shards(6));
      Instant due = job.trigger().after(story.now());
      story.runUntil(due.plusSeconds(2));
      Checker.Execution first = story.executions("bill").stream()
          .filter(one -> one.node != story.leader() && !one.node.name.equals("heir"))
          .findFirst()
          .orElseThrow();
      story.world().cut(first.node.ledger);
      story.run(6);
      story.world().heal(first.node.ledger);
      story.run(3);
      Stream.of("a", "b", "c")
          .filter(name -> !name.equals(first.node.name))
          .forEach(name -> story.dies(story.node(name)));
      story.run(40);

      assertThat(story.leader().name).isEqualTo("heir");
      assertThat(story.ended(first.run).overruns())
          .filteredOn(overrun -> overrun.instance().equals(first.instance))
          .singleElement()
          .satisfies(overrun -> assertThat(overrun.length())
              .isBetween(Duration.ofSeconds(15), Duration.ofSeconds(18)));
    }
  }

  @Test
  void anOverrunIsToldByALaterLifeIfTheNextOneDidNotComeToIt() {
    try (var story = Story.of("a", "b", "c")) {
      Job job = job("bill")
          .trigger(Trigger.at(story.second().plusSeconds(10)))
          .shards(3)
          .build();
      story.define(job.toBuilder(), context -> {
        Act act = Act.takes(context.attempt() == 1 ? 25_000 : 1_000);
        return context.attempt() == 1 ? act.ignoringInterrupts() : act;
      });
      story.run(12);
      Checker.Execution first = someFollower(story, "bill");
      story.world().cut(first.node.ledger);
      story.run(8);
      story.world().heal(first.node.ledger);
      story.run(10);
      String second = first.node.instance.id();
      assertThat(second).isNotEmpty().isNotEqualTo(first.instance);
      story.world().cut(first.node.ledger);
      story.run(10); // the handler returns, and its instance is lost again
      assertThat(first.end).isNotEqualTo(Long.MAX_VALUE);
      story.world().heal(first.node.ledger);
      story.run(10);

      assertThat(first.node.instance.id()).isNotEmpty().isNotEqualTo(second);
      assertOverran(story, first, secondOf(story, first));
    }
  }

  @Test
  void theShardsOfADeadInstanceAreDoneByOthers() {
    try (var story = Story.of("a", "b", "c")) {
      Job job = job("bill").every(MINUTE).shards(6).build();
      story.define(job.toBuilder(), context -> Act.takes(10_000));
      Instant due = job.trigger().after(story.now());
      story.runUntil(due.plusSeconds(3));
      SimulatedNode dies = someFollower(story, "bill").node;
      dies.crash();
      Instant death = story.now();
      story.run(30);

      List<Checker.Execution> again =
          story.executions("bill").stream().filter(one -> one.attempt == 2).toList();
      assertThat(again).hasSize(2).allSatisfy(one -> {
        assertThat(one.node).isNotEqualTo(dies);
        // The session timeout, a tick and a second.
        assertThat(story.startOf(one)).isBefore(death.plusMillis(4_500));
      });
      assertThat(story.outcomes("bill")).containsExactly(Outcome.SUCCEEDED);
      assertThat(story.fleet.checker().violations()).isEmpty();
    }
  }

  @Test
  void aReportOfAnEarlierTermThatIsToldAgainIsIgnoredAndCounted() {
    try (var story = Story.ledByAnIdleOne("chief", "a", "b")) {
      story.joins("deputy", SimulatedNode.Offer.NOTHING);
      Job job = job("bill").trigger(Trigger.manual()).shards(2).build();
      story.define(job.toBuilder(), (ShardingContext context) -> Act.takes(3_000));
      story.run(1);
      String run = story.get(story.client.trigger(RunRequest.of("bill")));
      story.run(1);
      story.node("chief").crash();
      story.run(2.9);
      Map<NodePath, Node> reports = story.fleet.below(Layout.REPORTS);
      assertThat(reports).as("told while nobody listened").hasSize(2);
      story.run(10);
      assertThat(story.ended(run).outcome()).isEqualTo(Outcome.SUCCEEDED);
      List<Entry> before = story.history("bill");
      assertThat(story.leader().coordinating.ignored()).isZero();

      reports.forEach((path, node) -> story.write(path, node.data().text()));
      story.run(5);

      assertThat(story.fleet.below(Layout.REPORTS)).isEmpty();
      assertThat(story.leader().coordinating.ignored()).isEqualTo(2);
      assertThat(story.history("bill")).isEqualTo(before);
      assertThat(story.executions("bill")).hasSize(2);
    }
  }

  @Test
  void aReportThatComesLateTakesNothingBackThatWasToldSince() {
    try (var story = Story.ledByAnIdleOne("lead", "b")) {
      story.joins("heir", SimulatedNode.Offer.NOTHING);
      SimulatedNode b = story.node("b");
      Job job = job("bill").trigger(Trigger.manual()).shards(3).build();
      story.define(
          job.toBuilder(),
          context -> Act.takes(List.of(1_000, 6_000, 30_000).get(context.shard().index())));
      story.run(1);
      story.get(story.client.trigger(RunRequest.of("bill")));
      story.run(0.5);
      story.world().cutHoldingNextCommit(b.ledger);
      story.run(2);
      story.world().heal(b.ledger);
      story.run(6); // the first report was sent again, and another one came behind it
      assertThat(story.executions("bill")).hasSize(3);
      story.world().deliverHeldCommit(b.ledger);
      story.run(1);
      story.dies(story.node("lead"));
      story.run(30);

      assertThat(story.outcomes("bill")).containsExactly(Outcome.SUCCEEDED);
      assertThat(story.executions("bill")).hasSize(3);
      assertThat(story.fleet.below(Layout.INBOX)).isEmpty();
    }
  }
}
