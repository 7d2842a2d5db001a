package io.shardkeeper.simulation;

import static io.shardkeeper.simulation.Story.job;
import static org.assertj.core.api.Assertions.assertThat;

import io.shardkeeper.client.RunRequest;
import io.shardkeeper.core.layout.Layout;
import io.shardkeeper.handler.Result;
import io.shardkeeper.handler.ShardingContext;
import io.shardkeeper.job.Job;
import io.shardkeeper.job.JobBuilder;
import io.shardkeeper.job.Overlap;
import io.shardkeeper.job.Retry;
import io.shardkeeper.job.Routing;
import io.shardkeeper.run.Outcome;
import io.shardkeeper.simulation.Story.Act;
import io.shardkeeper.trigger.Trigger;
import io.shardkeeper.view.RunView;
import io.shardkeeper.view.Why;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** A fire whose predecessor still runs: it waits, does not run, takes its place, or runs beside it, wherever either of them is. */
final class OverlapFleetTest {
  private static final Duration SECOND = Duration.ofSeconds(1);

  /** A job that is due five times, a second apart. */
  private static JobBuilder fiveTimes(Story story, String name) {
    Instant first = story.second().plusSeconds(3);
    return job(name).trigger(Trigger.every(SECOND).from(first).until(first.plusSeconds(5)));
  }

  /** No two of them ran at the same time. */
  private static void assertApart(List<Checker.Execution> executions) {
    List<Checker.Execution> inOrder =
        executions.stream().sorted(Comparator.comparingLong(one -> one.start)).toList();
    for (int i = 1; i < inOrder.size(); i++) {
      assertThat(inOrder.get(i).start)
          .as("%s behind %s", inOrder.get(i), inOrder.get(i - 1))
          .isGreaterThanOrEqualTo(inOrder.get(i - 1).end);
    }
  }

  /** The runs of a job never overlapped, as wholes. */
  private static void assertRunsApart(Story story, String job) {
    List<List<Checker.Execution>> runs =
        story.executions(job).stream()
            .collect(Collectors.groupingBy(one -> one.run))
            .values()
            .stream()
            .sorted(Comparator.comparingLong(run -> begin(run)))
            .toList();
    for (int i = 1; i < runs.size(); i++) {
      long end = runs.get(i - 1).stream().mapToLong(one -> one.end).max().orElseThrow();
      assertThat(begin(runs.get(i)))
          .as("%s behind %s", runs.get(i), runs.get(i - 1))
          .isGreaterThanOrEqualTo(end);
    }
  }

  private static long begin(List<Checker.Execution> run) {
    return run.stream().mapToLong(one -> one.start).min().orElseThrow();
  }

  /** Who runs a shard: always the same, or each time another. */
  private static JobBuilder routed(JobBuilder job, String route) {
    return job.routing(Routing.named(route));
  }

  @ParameterizedTest
  @ValueSource(strings = {"spread", "round-robin"})
  void serialRunsAreDoneOneAfterTheOther(String route) {
    try (var story = Story.of("a", "b", "c")) {
      story.define(routed(fiveTimes(story, "bill"), route), Act.takes(3_000));
      story.run(25);

      assertThat(story.outcomes("bill")).hasSize(5).containsOnly(Outcome.SUCCEEDED);
      assertApart(story.executions("bill"));
      assertThat(story.runs("bill")).isSortedAccordingTo(Comparator.comparing(run -> run.id()));
    }
  }

  @Test
  void whatWaitsForItsTurnIsToldToWaitAndBehindWhom() {
    try (var story = Story.of("a")) {
      story.define(job("bill").trigger(Trigger.manual()).shards(2), Act.takes(4_000));
      for (int i = 0; i < 4; i++) {
        story.get(story.client.start("bill"));
        story.run(0.2);
      }
      for (int left = 4; left > 0; left--) {
        story.run(1);
        List<RunView.Open> open = story.open("bill");
        assertThat(open)
            .extracting(RunView.Open::state)
            .as("the states of the %d that are left", left)
            .containsExactlyElementsOf(IntStream.range(0, left)
                .mapToObj(i -> i == 0 ? RunView.State.RUNNING : RunView.State.WAITING)
                .toList());
        assertThat(open.get(0).reason()).isEmpty();
        assertThat(open.subList(1, left))
            .allMatch(one -> one.reason().equals("behind run " + open.get(0).id()))
            .allMatch(one -> one.instances().size() == 1);
        assertThat(story.executions("bill")).hasSize(2 * (5 - left));
        story.run(3.1);
      }
    }
  }

  @Test
  void whatWaitsForAHandlerThatDoesNotReturnIsToldToWait() {
    try (var story = Story.of("a")) {
      story.define(
          job("bill").trigger(Trigger.manual()).overlap(Overlap.coverEarlier()),
          Act.takes(60_000).ignoringInterrupts());
      String stubborn = story.get(story.client.start("bill"));
      story.run(2);
      story.get(story.client.start("bill"));
      story.run(25);

      assertThat(story.ended(stubborn).outcome()).isEqualTo(Outcome.COVERED);
      assertThat(story.open("bill")).singleElement().satisfies(one -> {
        assertThat(one.state()).isEqualTo(RunView.State.WAITING);
        assertThat(one.reason())
            .isEqualTo("behind run " + stubborn + ", whose handler has not returned");
      });
    }
  }

  @Test
  void nothingThatRunsIsToldToWaitThoughARetryOfWhatWasBeforeItHasCome() {
    try (var story = Story.of("a")) {
      boolean[] first = {true};
      story.define(
          job("bill").trigger(Trigger.manual()).retry(Retry.times(3).every(SECOND)), context -> {
            boolean fails = first[0];
            first[0] = false;
            return fails ? Act.takes(1_000).ending(one -> Result.failed("no")) : Act.takes(6_000);
          });
      for (int i = 0; i < 3; i++) {
        story.get(story.client.start("bill"));
        story.run(0.2);
      }
      Set<RunView.State> last = new HashSet<>();
      for (int i = 0; i < 60; i++) {
        story.run(0.5);
        // What has begun just now stands behind one whose end is not reported yet.
        long settled = story.world().nanos() - 400_000_000L;
        List<RunView.Open> open = story.open("bill");
        story.executions("bill").stream()
            .filter(one -> one.end == Long.MAX_VALUE && one.start < settled)
            .forEach(one -> assertThat(open)
                .filteredOn(view -> view.id().equals(one.run))
                .as("what runs")
                .allMatch(view -> view.state() == RunView.State.RUNNING));
        open.forEach(view -> last.add(view.state()));
      }
      assertThat(last).contains(RunView.State.RUNNING, RunView.State.WAITING);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"spread", "round-robin"})
  void laterRunsAreDiscarded(String route) {
    try (var story = Story.of("a", "b", "c")) {
      story.define(
          routed(fiveTimes(story, "bill"), route).overlap(Overlap.discardLater()),
          Act.takes(6_000));
      story.run(25);

      assertThat(story.outcomes("bill"))
          .containsExactly(
              Outcome.SUCCEEDED,
              Outcome.SKIPPED_OVERLAP,
              Outcome.SKIPPED_OVERLAP,
              Outcome.SKIPPED_OVERLAP,
              Outcome.SKIPPED_OVERLAP);
      assertThat(story.executions("bill")).hasSize(1);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"spread", "round-robin"})
  void theLastRunTakesThePlaceOfTheEarlierOnes(String route) {
    try (var story = Story.of("a", "b", "c")) {
      JobBuilder bill = routed(fiveTimes(story, "bill"), route).overlap(Overlap.coverEarlier());
      story.define(bill, Act.takes(3_000));
      Instant first = bill.build().trigger().after(story.now());
      story.run(25);

      assertThat(story.outcomes("bill"))
          .containsExactly(
              Outcome.COVERED,
              Outcome.COVERED,
              Outcome.COVERED,
              Outcome.COVERED,
              Outcome.SUCCEEDED);
      assertApart(story.executions("bill"));
      assertThat(story.executions("bill"))
          .hasSize(5)
          .allSatisfy(one ->
              assertThat(story.startOf(one)).isBefore(one.context.scheduledAt().plusMillis(500)));
      assertThat(story.why("bill", first).kind()).isEqualTo(Why.Kind.ENDED);
      assertThat(story.why("bill", first).sentence()).contains("COVERED");
      assertThat(story.fleet.checker().violations()).isEmpty();
    }
  }

  @Test
  void whatTakesThePlaceOfAHandlerThatDoesNotListenWaitsForItsEnd() {
    try (var story = Story.of("a", "b")) {
      story.define(
          routed(fiveTimes(story, "bill"), "round-robin").overlap(Overlap.coverEarlier()),
          Act.takes(20_000).ignoringInterrupts());
      story.run(60);

      assertThat(story.outcomes("bill")).hasSize(5).contains(Outcome.COVERED);
      assertThat(story.executions("bill")).hasSize(2);
      assertApart(story.executions("bill"));
    }
  }

  @Test
  void aRetryIsCoveredByTheNextRun() {
    try (var story = Story.of("a", "b")) {
      story.define(
          fiveTimes(story, "bill")
              .overlap(Overlap.coverEarlier())
              .retry(Retry.times(3).every(Duration.ofSeconds(4))),
          Act.fails("no store"));
      story.run(40);

      List<Outcome> outcomes = story.outcomes("bill");
      assertThat(outcomes.subList(0, 4)).doesNotContain(Outcome.SUCCEEDED);
      assertThat(outcomes.get(4)).isEqualTo(Outcome.FAILED);
      assertThat(story.executions("bill")).hasSize(4 + 4);
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"SERIAL", "DISCARD_LATER", "COVER_EARLIER"})
  void overlapOfWholeRunsIsThatOfAllTheirShards(Overlap.Policy policy) {
    try (var story = Story.of("a", "b", "c")) {
      Overlap overlap =
          new Overlap(policy, policy == Overlap.Policy.SERIAL ? 10 : 0, Overlap.Scope.RUN);
      story.define(
          fiveTimes(story, "bill").shards(4).overlap(overlap),
          context -> Act.takes(context.shard().index() == 2 ? 2_600 : 100));
      story.run(30);

      assertRunsApart(story, "bill");
      switch (policy) {
        case SERIAL ->
          assertThat(story.outcomes("bill")).hasSize(5).containsOnly(Outcome.SUCCEEDED);
        case DISCARD_LATER ->
          assertThat(story.outcomes("bill"))
              .containsExactly(
                  Outcome.SUCCEEDED,
                  Outcome.SKIPPED_OVERLAP,
                  Outcome.SKIPPED_OVERLAP,
                  Outcome.SUCCEEDED,
                  Outcome.SKIPPED_OVERLAP);
        default ->
          assertThat(story.outcomes("bill"))
              .containsExactly(
                  Outcome.COVERED,
                  Outcome.COVERED,
                  Outcome.COVERED,
                  Outcome.COVERED,
                  Outcome.SUCCEEDED);
      }
      assertThat(story.fleet.checker().violations()).isEmpty();
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {2, 3})
  void whereRunsOverlappedTheOneThatCoversThemCoversAll(int begun) {
    try (var story = Story.of("a", "b")) {
      var bill = job("bill").trigger(Trigger.manual()).overlap(Overlap.allow(3));
      story.define(bill, Act.takes(30_000));
      List<String> runs = new ArrayList<>();
      for (int i = 0; i < begun; i++) {
        runs.add(story.get(story.client.start("bill")));
      }
      story.run(1);
      story.define(bill.overlap(Overlap.coverEarlier()), Act.takes(100));
      story.run(1);
      String last = story.get(story.client.start("bill"));
      story.run(5);

      assertThat(runs).extracting(run -> story.ended(run).outcome()).containsOnly(Outcome.COVERED);
      assertThat(story.ended(last).outcome()).isEqualTo(Outcome.SUCCEEDED);
    }
  }

  @Test
  void whatWaitedWhereRunsOverlappedCoversAllOfThem() {
    try (var story = Story.of("a", "b")) {
      var bill = job("bill").trigger(Trigger.manual()).overlap(Overlap.allow(3));
      List<String> runs = new ArrayList<>();
      story.define(
          bill, context -> runs.indexOf(context.runId()) == 3 ? Act.QUICK : Act.takes(30_000));
      for (int i = 0; i < 4; i++) {
        runs.add(story.get(story.client.start("bill")));
      }
      story.run(1);
      assertThat(story.executions("bill")).hasSize(3);
      story.fleet.define(bill.overlap(Overlap.coverEarlier()).build());
      story.run(5);

      assertThat(runs.subList(0, 3))
          .extracting(run -> story.ended(run).outcome())
          .containsOnly(Outcome.COVERED);
      assertThat(story.ended(runs.get(3)).outcome()).isEqualTo(Outcome.SUCCEEDED);
    }
  }

  @Test
  void soManyWholeRunsAsAreAllowedRunAtTheSameTime() {
    try (var story = Story.of("a", "b")) {
      story.define(
          fiveTimes(story, "bill").shards(2).overlap(Overlap.allow(2).perRun()), Act.takes(3_000));
      Instant begin = story.now();
      int most = 0;
      for (int i = 0; i < 250; i++) {
        story.run(0.1);
        Set<String> now = story.executions("bill").stream()
            .filter(one -> one.end == Long.MAX_VALUE)
            .map(one -> one.run)
            .collect(Collectors.toSet());
        most = Math.max(most, now.size());
      }

      assertThat(most).isEqualTo(2);
      assertThat(story.outcomes("bill")).hasSize(5).containsOnly(Outcome.SUCCEEDED);
      assertThat(story.now()).isAfter(begin);
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void whoCoordinatesNextKnowsWhichRunsWait(boolean perRun) {
    try (var story = Story.ledByAnIdleOne("lead", "b", "c")) {
      Overlap serial = Overlap.serial(10);
      story.define(
          fiveTimes(story, "bill").shards(3).overlap(perRun ? serial.perRun() : serial),
          context -> Act.takes(context.shard().index() == 2 ? 4_000 : 1_000));
      story.run(6);
      story.dies(story.node("lead"));
      story.run(60);

      assertThat(story.outcomes("bill")).hasSize(5).containsOnly(Outcome.SUCCEEDED);
      if (perRun) {
        assertRunsApart(story, "bill");
      }
      assertThat(story.fleet.checker().violations()).isEmpty();
      assertThat(story.get(story.ledger().list(Layout.PARKED)).orElseThrow()).isEmpty();
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void whatWasCoveredIsNotBegunAgainWhenItsInstanceDies(boolean perRun) {
    try (var story = Story.ledByAnIdleOne("lead", "b", "c")) {
      Overlap cover = Overlap.coverEarlier();
      story.define(
          job("bill")
              .trigger(Trigger.manual())
              .routing(Routing.roundRobin())
              .overlap(perRun ? cover.perRun() : cover),
          context -> Act.takes(30_000).ignoringInterrupts());
      story.run(1);
      story.get(story.client.trigger(RunRequest.of("bill")));
      story.run(2);
      SimulatedNode first = story.executions("bill").get(0).node;
      story.get(story.client.trigger(RunRequest.of("bill")));
      story.run(0.2); // it has heard of it, and does not listen
      story.dies(first);
      story.run(60);

      assertThat(story.outcomes("bill")).containsExactly(Outcome.COVERED, Outcome.SUCCEEDED);
      assertThat(story.executions("bill")).hasSize(2);
    }
  }

  @Test
  void anEditOfThePolicyAppliesToWhatWaits() {
    try (var story = Story.of("a", "b")) {
      JobBuilder bill = fiveTimes(story, "bill").overlap(Overlap.serial(10));
      story.define(bill, Act.takes(8_000));
      story.run(9.5);
      assertThat(story.executions("bill")).hasSize(1);
      story.define(bill.overlap(Overlap.discardLater()), Act.takes(8_000));
      story.run(30);

      assertThat(story.executions("bill")).hasSize(1);
      assertThat(story.outcomes("bill"))
          .containsExactly(
              Outcome.SUCCEEDED,
              Outcome.SKIPPED_OVERLAP,
              Outcome.SKIPPED_OVERLAP,
              Outcome.SKIPPED_OVERLAP,
              Outcome.SKIPPED_OVERLAP);
    }
  }

  @Test
  void aHandlerThatHasNotReturnedHoldsTheNextRunOnWhicheverTrackItIs() {
    try (var story = Story.of("a")) {
      var bill = job("bill").trigger(Trigger.manual()).timeout(Duration.ofSeconds(5));
      var calls = new ArrayList<String>();
      story.define(bill.overlap(Overlap.allow(2)), context -> {
        calls.add(context.runId());
        return calls.size() == 2 ? Act.takes(60_000).ignoringInterrupts() : Act.takes(500);
      });
      for (int i = 0; i < 2; i++) {
        story.get(story.client.start("bill"));
      }
      story.run(20);
      assertThat(story.outcomes("bill"))
          .containsExactlyInAnyOrder(Outcome.SUCCEEDED, Outcome.TIMED_OUT);
      story.fleet.define(bill.overlap(Overlap.serial()).build());
      story.run(1);
      story.get(story.client.start("bill"));
      story.run(10);
      assertThat(calls).as("the second has not returned").hasSize(2);
      story.run(60);

      assertThat(calls).hasSize(3);
      assertApart(story.executions("bill").subList(1, 3));
    }
  }

  @Test
  void whatMightOverlapAndMayNotAnyMoreHasEndedBeforeTheNextRunBegins() {
    try (var story = Story.of("a", "b", "c")) {
      JobBuilder bill = job("bill").every(SECOND).shards(2).overlap(Overlap.allow(5));
      story.define(bill, Act.takes(4_500));
      story.run(10);
      Instant edited = story.now();
      story.define(bill.overlap(Overlap.serial(3)), Act.takes(300));
      story.run(20);

      List<Checker.Execution> after = story.executions("bill").stream()
          .filter(one -> one.context.scheduledAt().isAfter(edited.plusSeconds(2)))
          .toList();
      assertThat(after).isNotEmpty();
      for (int shard = 0; shard < 2; shard++) {
        int of = shard;
        assertApart(after.stream().filter(one -> one.shard == of).toList());
        assertThat(story.executions("bill"))
            .filteredOn(one -> !after.contains(one) && one.shard == of)
            .allSatisfy(one -> assertThat(one.end)
                .isLessThanOrEqualTo(
                    begin(after.stream().filter(other -> other.shard == of).toList())));
      }
    }
  }

  @Test
  void aRunWithAnotherNumberOfShardsWaitsForThoseBefore() {
    try (var story = Story.of("a", "b", "c")) {
      JobBuilder bill = job("bill").every(Duration.ofSeconds(5));
      Function<ShardingContext, Act> work =
          context -> context.shard().index() == 3 ? Act.takes(8_000) : Act.QUICK;
      story.define(bill.shards(4), work);
      story.run(9);
      story.define(bill.shards(2), work);
      story.run(40);

      assertThat(story.outcomes("bill")).doesNotContain(Outcome.FAILED, Outcome.LOST);
      List<Checker.Execution> four = ofTotal(story, 4);
      List<Checker.Execution> two = ofTotal(story, 2);
      assertThat(four).isNotEmpty();
      assertThat(begin(two))
          .isGreaterThanOrEqualTo(four.stream().mapToLong(one -> one.end).max().orElseThrow());
    }
  }

  private static List<Checker.Execution> ofTotal(Story story, int total) {
    return story.executions("bill").stream()
        .filter(one -> one.context.shard().total() == total)
        .toList();
  }

  @Test
  void whatWaitsInLineIsKilledAndDeletedLikeAnythingElse() {
    try (var story = Story.of("a", "b")) {
      Job bill = job("bill")
          .trigger(Trigger.manual())
          .shards(2)
          .overlap(Overlap.serial(10).perRun())
          .build();
      story.define(bill.toBuilder(), Act.takes(5_000));
      story.run(1);
      List<String> runs = IntStream.range(0, 4)
          .mapToObj(i -> story.get(story.client.trigger(RunRequest.of("bill"))))
          .toList();
      story.run(1);
      assertThat(story.get(story.client.kill(runs.get(1)))).isTrue();
      story.run(1);
      assertThat(story.ended(runs.get(1)).outcome()).isEqualTo(Outcome.KILLED);
      story.undefine("bill");
      story.run(20);

      assertThat(story.outcomes("bill"))
          .containsExactlyInAnyOrder(
              Outcome.SUCCEEDED, Outcome.KILLED, Outcome.SKIPPED_DELETED, Outcome.SKIPPED_DELETED);
      assertThat(story.executions("bill")).hasSize(2);
    }
  }

  @Test
  void aRetryOfAShardThatTheJobHasNoMoreIsMadeAllTheSame() {
    try (var story = Story.of("a", "b", "c")) {
      JobBuilder bill =
          job("bill").trigger(Trigger.manual()).retry(Retry.times(1).every(Duration.ofSeconds(5)));
      story.define(
          bill.shards(4),
          context -> context.attempt() == 1 ? Act.fails("no store") : Act.takes(3_000));
      story.run(1);
      story.get(story.client.trigger(RunRequest.of("bill")));
      story.run(2);
      story.define(bill.shards(2).overlap(Overlap.discardLater()), Act.takes(3_000));
      story.run(5);
      SimulatedNode dies = story.executions("bill").stream()
          .filter(one -> one.shard == 3 && one.attempt == 2)
          .findFirst()
          .orElseThrow()
          .node;
      boolean led = dies.coordinating.isLeading();
      story.dies(dies);
      story.run(30);

      assertThat(story.outcomes("bill")).containsExactly(Outcome.SUCCEEDED);
      assertThat(story.fleet.nodes().stream()
              .mapToLong(node -> node.coordinating.tenures())
              .sum())
          .isEqualTo(led ? 2 : 1);
    }
  }

  @Test
  void aDefinitionThatIsDamagedAndMendedKeepsRunsApart() {
    try (var story = Story.of("a", "b")) {
      story.define(
          job("bill")
              .every(Duration.ofSeconds(2))
              .shards(2)
              .overlap(Overlap.serial(5).perRun()),
          context -> Act.takes(context.shard().index() == 0 ? 5_000 : 100));
      story.run(5);
      String good = story
          .get(story.ledger().read(Layout.job("bill")))
          .orElseThrow()
          .data()
          .text();
      for (int i = 0; i < 3; i++) {
        story.write(Layout.job("bill"), "garbage");
        story.run(0.5);
        story.write(Layout.job("bill"), good);
        story.run(8);
      }

      assertThat(story.executions("bill")).hasSizeGreaterThan(6);
      assertRunsApart(story, "bill");
    }
  }

  @Test
  void whatStandsInLineSurvivesThatNobodyIsThereForAWhile() {
    try (var story = Story.ledByAnIdleOne("lead", "b")) {
      story.define(
          job("bill").trigger(Trigger.manual()).overlap(Overlap.serial(10).perRun()),
          Act.takes(5_000));
      story.run(1);
      for (int i = 0; i < 4; i++) {
        story.get(story.client.trigger(RunRequest.of("bill")));
      }
      story.run(2);
      story.dies(story.node("b"));
      story.run(60);
      story.joins("b");
      story.run(60);

      assertThat(story.outcomes("bill")).hasSize(4).containsOnly(Outcome.SUCCEEDED);
      assertRunsApart(story, "bill");
      assertThat(story.runs("bill"))
          .isSortedAccordingTo(Comparator.comparing(run -> run.started()));
    }
  }
}
