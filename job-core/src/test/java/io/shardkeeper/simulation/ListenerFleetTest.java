package io.shardkeeper.simulation;

import static io.shardkeeper.simulation.Story.job;
import static org.assertj.core.api.Assertions.assertThat;

import io.shardkeeper.client.RunRequest;
import io.shardkeeper.core.history.Entry;
import io.shardkeeper.job.Job;
import io.shardkeeper.job.Misfire;
import io.shardkeeper.job.Overlap;
import io.shardkeeper.job.Retry;
import io.shardkeeper.listener.ExecutionEnd;
import io.shardkeeper.listener.ExecutionView;
import io.shardkeeper.listener.FiresSkipped;
import io.shardkeeper.listener.Listener;
import io.shardkeeper.listener.RunBegin;
import io.shardkeeper.listener.StateChange;
import io.shardkeeper.run.Origin;
import io.shardkeeper.run.Outcome;
import io.shardkeeper.run.TraceContext;
import io.shardkeeper.simulation.Story.Act;
import io.shardkeeper.trigger.Trigger;
import io.shardkeeper.view.RunView;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What listeners are told: of each run once before and once after, over all instances together, whatever happens to whom. */
final class ListenerFleetTest {
  private static final Duration SECOND = Duration.ofSeconds(1);

  /** All that was told, in order. */
  private final List<Heard> heard = new ArrayList<>();

  /** Something told to the listener of an instance. */
  private record Heard(String by, Object what) {}

  private final class Ear implements Listener {
    private final String name;

    Ear(String name) {
      this.name = name;
    }

    private void hear(Object what) {
      heard.add(new Heard(name, what));
    }

    @Override
    public void runBegins(RunBegin run) {
      hear(run);
    }

    @Override
    public void runEnded(RunView.Ended run) {
      hear(run);
    }

    @Override
    public void firesSkipped(FiresSkipped fires) {
      hear(fires);
    }

    @Override
    public void executionBegins(ExecutionView execution) {
      hear(execution);
    }

    @Override
    public void executionEnded(ExecutionView execution, ExecutionEnd end) {
      hear(end);
    }

    @Override
    public void stateChanged(StateChange change) {
      hear(change);
    }
  }

  private <T> List<T> heard(Class<T> kind) {
    return heard.stream()
        .map(Heard::what)
        .filter(kind::isInstance)
        .map(kind::cast)
        .toList();
  }

  private <T> List<T> heardBy(String name, Class<T> kind) {
    return heard.stream()
        .filter(one -> one.by().equals(name))
        .map(Heard::what)
        .filter(kind::isInstance)
        .map(kind::cast)
        .toList();
  }

  private List<String> begun() {
    return heard(RunBegin.class).stream().map(RunBegin::id).toList();
  }

  private List<String> ended() {
    return heard(RunView.Ended.class).stream().map(RunView.Ended::id).toList();
  }

  /** Nothing is told twice, or in the wrong order, or otherwise than it stands in the record. */
  private void assertToldRightly(Story story, String... jobs) {
    assertThat(begun()).doesNotHaveDuplicates();
    assertThat(ended()).doesNotHaveDuplicates();
    assertThat(heard(FiresSkipped.class)).doesNotHaveDuplicates();
    Set<String> over = new HashSet<>();
    for (Heard one : heard) {
      if (one.what() instanceof RunView.Ended end) {
        over.add(end.id());
      } else if (one.what() instanceof RunBegin begin) {
        assertThat(over).as("ended before it began").doesNotContain(begin.id());
      }
    }
    List<RunView.Ended> told = heard(RunView.Ended.class); // to look at the record takes time
    List<RunView.Ended> recorded = Stream.of(jobs)
        .flatMap(job -> story.runs(job).stream())
        .map(run -> run.view(List.of()))
        .toList();
    assertThat(recorded).containsAll(told);
  }

  @Test
  void eachRunIsToldOnceBeforeAndOnceAfterHoweverManyShardsAndTriesItTakes() {
    try (var story = Story.heardBy(Ear::new, "a", "b", "c")) {
      Job bill = job("bill")
          .every(SECOND)
          .shards(30)
          .retry(Retry.times(2).every(Duration.ofMillis(100)))
          .history(1_000)
          .build();
      story.define(
          bill.toBuilder(),
          context -> context.attempt() == 1 && context.shard().index() % 3 == 0
              ? Act.fails("not yet")
              : Act.QUICK);
      story.run(20);
      story.get(story.client.pause("bill", ""));
      story.run(5);

      List<String> ran = story.runs("bill").stream()
          .filter(run -> run.outcome() == Outcome.SUCCEEDED)
          .map(run -> run.id().text())
          .toList();
      assertThat(ran).hasSizeGreaterThan(15);
      assertThat(begun()).containsAll(ran).doesNotHaveDuplicates();
      assertThat(ended())
          .containsExactlyInAnyOrderElementsOf(
              story.runs("bill").stream().map(run -> run.id().text()).toList());
      assertThat(heard(RunBegin.class))
          .allSatisfy(begin -> assertThat(begin.shards()).isEqualTo(30));
      assertToldRightly(story, "bill");

      // Of each try there is one begin and one end, on the instance that made it.
      assertThat(heard(ExecutionView.class)).hasSameSizeAs(story.executions("bill"));
      assertThat(heard(ExecutionEnd.class)).hasSameSizeAs(story.executions("bill"));
      for (String name : List.of("a", "b", "c")) {
        assertThat(heardBy(name, ExecutionView.class))
            .extracting(ExecutionView::token)
            .containsExactlyInAnyOrderElementsOf(story.executions("bill").stream()
                .filter(one -> one.node.name.equals(name))
                .map(one -> one.token)
                .toList());
      }
      assertThat(heard(ExecutionEnd.class))
          .extracting(ExecutionEnd::outcome)
          .containsOnly(Outcome.SUCCEEDED, Outcome.FAILED);
    }
  }

  @Test
  void theBeginIsToldBeforeAShardStarts() {
    try (var story = Story.heardBy(Ear::new, "a", "b")) {
      Instant due = story.second().plusSeconds(5);
      story.define(job("bill").trigger(Trigger.at(due)).shards(2));
      story.runUntil(due.minusMillis(200));
      assertThat(heard(RunBegin.class)).singleElement().satisfies(begin -> {
        assertThat(begin.job()).isEqualTo("bill");
        assertThat(begin.scheduledAt()).isEqualTo(due);
      });
      assertThat(ended()).isEmpty();
    }
  }

  @Test
  void twentyCoordinatorsDieAndNothingIsToldTwice() {
    try (var story = Story.heardBy(Ear::new, "n0", "n1", "n2")) {
      Job bill = job("bill").every(SECOND).shards(7).history(10_000).build();
      Job slow = job("slow")
          .every(Duration.ofSeconds(4))
          .shards(2)
          .overlap(Overlap.serial().perRun())
          .history(10_000)
          .build();
      story.define(bill.toBuilder());
      story.define(slow.toBuilder(), Act.takes(3_000));
      for (int kill = 0; kill < 20; kill++) {
        story.run(6.3 + kill * 0.07);
        story.dies(story.leader());
        story.joins("n" + (3 + kill));
      }
      story.run(20);

      assertToldRightly(story, "bill", "slow");
      // Of what was decided in the moment of a death nobody is told: a horizon each time, at most.
      int told = ended().size();
      int runs = story.runs("bill").size() + story.runs("slow").size();
      assertThat(runs).isGreaterThan(100);
      assertThat(told).isBetween(runs - 20 * 4, runs);
      assertThat(story.fleet.checker().violations()).isEmpty();
    }
  }

  @Test
  void theNextCoordinatorTellsOnlyTheEndOfWhatIsUnderWay() {
    try (var story = Story.heardBy(Ear::new, "a", "b", "c")) {
      story.define(job("bill").trigger(Trigger.manual()).shards(6), Act.takes(20_000));
      String run = story.get(story.client.start("bill"));
      story.run(1);
      SimulatedNode first = story.leader();
      assertThat(heardBy(first.name, RunBegin.class)).extracting(RunBegin::id).containsExactly(run);
      story.dies(first);
      story.run(60);

      assertThat(story.outcomes("bill")).containsExactly(Outcome.SUCCEEDED);
      assertThat(begun()).containsExactly(run);
      assertThat(heardBy(story.leader().name, RunView.Ended.class))
          .extracting(RunView.Ended::id)
          .containsExactly(run);
    }
  }

  @Test
  void aRunThatWaitsIsToldWhenItIsDivided() {
    try (var story = Story.heardBy(Ear::new, "a", "b", "c")) {
      story.define(
          job("bill")
              .trigger(Trigger.manual())
              .shards(3)
              .overlap(Overlap.serial().perRun()),
          Act.takes(8_000));
      String first = story.get(story.client.start("bill"));
      String second = story.get(story.client.start("bill"));
      story.run(2);
      assertThat(begun()).containsExactly(first);
      story.dies(story.leader()); // the next one finds the second one undivided
      story.run(60);

      assertThat(story.outcomes("bill")).containsOnly(Outcome.SUCCEEDED).hasSize(2);
      assertThat(begun()).containsExactly(first, second);
      assertThat(ended()).containsExactly(first, second);
    }
  }

  @Test
  void whoWasDeposedTellsNothingOfWhatItDecides() {
    try (var story = Story.heardBy(Ear::new, "a", "b", "c")) {
      Job bill = job("bill").every(SECOND).shards(3).history(10_000).build();
      story.define(bill.toBuilder());
      story.run(3);
      for (int turn = 0; turn < 10; turn++) {
        SimulatedNode deposed = story.leader();
        SimulatedNode other = story.fleet.living().stream()
            .filter(node -> !node.equals(deposed))
            .findFirst()
            .orElseThrow();
        // It does not hear that another one claims the role, and goes on deciding.
        story.world().stall(deposed.ledger);
        story.fleet.latchErrs(other, true);
        story.run(1.1 + turn * 0.1);
        story.world().unstall(deposed.ledger);
        story.run(2);
        story.fleet.latchErrs(other, false);
        story.run(8);
      }

      assertToldRightly(story, "bill");
      assertThat(
              story.unaccounted(bill, story.now().minusSeconds(60), story.now().minusSeconds(3)))
          .isEmpty();
      assertThat(heard(StateChange.CoordinatesNoMore.class)).hasSizeGreaterThanOrEqualTo(10);
    }
  }

  @ParameterizedTest
  @EnumSource
  void ofADecisionInDoubtNothingIsToldTwice(DoubtFleetTest.Fate fate) {
    try (var story = Story.heardBy(Ear::new, "a", "b")) {
      Job bill = job("bill").every(SECOND).history(10_000).build();
      story.define(bill.toBuilder());
      story.run(3);
      for (int turn = 0; turn < 5; turn++) {
        fate.befall(story, story.leader());
        story.run(5);
      }

      assertToldRightly(story, "bill");
    }
  }

  @Test
  void firesThatDoNotRunAreTold() {
    try (var story = Story.heardBy(Ear::new, "a", "b")) {
      Job bill =
          job("bill").every(SECOND).misfire(Misfire.skip()).history(1_000).build();
      story.define(bill.toBuilder());
      story.define(
          job("often").every(SECOND).overlap(Overlap.discardLater()).history(1_000),
          Act.takes(3_500));
      story.run(3);
      story.get(story.client.pause("bill", "enough"));
      story.run(10);

      assertThat(heard(FiresSkipped.class)).isNotEmpty().allSatisfy(skipped -> {
        assertThat(skipped.job()).isEqualTo("bill");
        assertThat(skipped.outcome()).isEqualTo(Outcome.SKIPPED_PAUSED);
        assertThat(skipped.reason()).contains("enough");
      });
      long told =
          heard(FiresSkipped.class).stream().mapToLong(FiresSkipped::fires).sum();
      assertThat(told)
          .isEqualTo(story.skips("bill").stream().mapToLong(Entry.Skip::fires).sum());
      // What was planned, and finds the one before still there, is a run that ended.
      assertThat(heard(RunView.Ended.class))
          .extracting(RunView.Ended::outcome)
          .contains(Outcome.SKIPPED_OVERLAP, Outcome.SUCCEEDED);
      assertToldRightly(story, "bill", "often");
    }
  }

  @Test
  void theTraceOfWhoeverAskedReachesEachExecution() {
    try (var story = Story.heardBy(Ear::new, "a", "b", "c")) {
      story.define(job("bill").trigger(Trigger.manual()).shards(6));
      var trace = TraceContext.of("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01");
      String run = story.get(
          story.client.trigger(RunRequest.of("bill").parameter("day", "monday").trace(trace)));
      story.run(2);

      assertThat(heard(ExecutionView.class))
          .hasSize(6)
          .allSatisfy(one -> assertThat(one.trace()).isEqualTo(trace));
      assertThat(heard(RunBegin.class))
          .containsExactly(new RunBegin(
              run,
              "bill",
              heard(RunBegin.class).get(0).scheduledAt(),
              6,
              Map.of("day", "monday"),
              Origin.NONE.in(trace)));
    }
  }

  @Test
  void aListenerThatThrowsHarmsNobody() {
    Listener wild = new Listener() {
      @Override
      public void runBegins(RunBegin run) {
        throw new AssertionError("wild");
      }

      @Override
      public void executionBegins(ExecutionView execution) {
        throw new IllegalStateException("wild");
      }

      @Override
      public void executionEnded(ExecutionView execution, ExecutionEnd end) {
        throw new IllegalStateException("wild");
      }

      @Override
      public void runEnded(RunView.Ended run) {
        throw new IllegalStateException("wild");
      }

      @Override
      public void stateChanged(StateChange change) {
        throw new IllegalStateException("wild");
      }
    };
    try (var story = Story.heardBy(any -> wild, "a", "b")) {
      Job bill = job("bill").every(SECOND).shards(2).history(1_000).build();
      Instant begin = story.now();
      story.define(bill.toBuilder());
      story.run(20);
      assertThat(story.outcomes("bill")).containsOnly(Outcome.SUCCEEDED);
      assertThat(story.unaccounted(bill, begin.plusSeconds(3), story.now().minusSeconds(3)))
          .isEmpty();
    }
  }

  @Test
  void theStatesOfAnInstanceAreToldInOrder() {
    try (var story = Story.heardBy(Ear::new, "a", "b")) {
      story.define(job("bill").every(SECOND).shards(2));
      SimulatedNode b = story.node("b");
      story.run(2);
      String first = b.instance.id();
      story.world().cut(b.ledger);
      story.run(0.5);
      story.world().heal(b.ledger);
      story.run(2);
      assertThat(b.instance.id()).isEqualTo(first);
      story.world().cut(b.ledger);
      story.run(10);
      story.world().heal(b.ledger);
      story.run(5);
      String second = b.instance.id();
      assertThat(second).isNotEmpty().isNotEqualTo(first);
      b.instance.leave();
      story.run(3);

      List<StateChange> told = heardBy("b", StateChange.class);
      assertThat(told)
          .hasSize(8)
          .startsWith(
              new StateChange.Registered(first),
              new StateChange.Disconnected(first),
              new StateChange.Reconnected(first),
              new StateChange.Disconnected(first))
          .endsWith(
              new StateChange.Registered(second),
              new StateChange.Leaving(second),
              new StateChange.Left(second));
      assertThat(told.get(4)).isInstanceOfSatisfying(StateChange.Fenced.class, fenced -> {
        assertThat(fenced.instance()).isEqualTo(first);
        assertThat(fenced.why()).isEqualTo("its lease lapsed");
      });
    }
  }

  @Test
  void whoCoordinatesIsToldItsTerm() {
    try (var story = Story.heardBy(Ear::new, "a", "b")) {
      SimulatedNode a = story.node("a");
      long term = a.coordinating.term();
      assertThat(heardBy("a", StateChange.Coordinates.class))
          .containsExactly(new StateChange.Coordinates(term));
      a.coordinating.close();
      story.run(5);

      assertThat(heardBy("a", StateChange.CoordinatesNoMore.class))
          .containsExactly(new StateChange.CoordinatesNoMore(term, "it gives the role back"));
      assertThat(heardBy("b", StateChange.Coordinates.class))
          .containsExactly(
              new StateChange.Coordinates(story.node("b").coordinating.term()));
      assertThat(heard(StateChange.Coordinates.class)).doesNotHaveDuplicates();
    }
  }
}
