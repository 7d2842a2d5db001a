package io.shardkeeper.zookeeper;

import static org.assertj.core.api.Assertions.assertThat;

import io.shardkeeper.client.RunRequest;
import io.shardkeeper.config.Key;
import io.shardkeeper.handler.Cancellation;
import io.shardkeeper.job.Job;
import io.shardkeeper.job.JobBuilder;
import io.shardkeeper.job.Overlap;
import io.shardkeeper.job.Routing;
import io.shardkeeper.run.Outcome;
import io.shardkeeper.trigger.Trigger;
import io.shardkeeper.view.RunView;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Runs of one job beside each other, and who gets them: three instances on a real ZooKeeper, in real time. */
@Timeout(180)
final class OverlapAndRoutesTest {
  @TempDir
  private Path directory;

  private static JobBuilder byHand(String name) {
    return Job.builder(name).handler("work").trigger(Trigger.manual());
  }

  private static String start(Applications applications, String job) {
    return RealTime.await(applications.client("c").start(job));
  }

  private static String startOn(Applications applications, String job, String instance) {
    return RealTime.await(applications.client("c").trigger(RunRequest.of(job).on(instance)));
  }

  private static Outcome outcome(Applications applications, String run) {
    return applications.ended(run).outcome();
  }

  // ------------------------------------------------------------------ overlap

  @Test
  void serialRunsAreDoneInTheirOrderWhereverTheyAre() {
    try (var applications = new Applications(directory);
        var work = HeldWork.polite()) {
      applications.startThree(
          work,
          byHand("bill").overlap(Overlap.serial()).routing(Routing.roundRobin()).build());
      List<String> runs = new ArrayList<>();
      for (int i = 0; i < 5; i++) {
        runs.add(start(applications, "bill"));
      }

      List<String> inOrder = new ArrayList<>();
      for (String run : runs) {
        inOrder.add(HeldWork.begins(run));
        inOrder.add(HeldWork.ends(run));
        work.awaitBegin(run);
        work.letGo(run);
        assertThat(outcome(applications, run)).isEqualTo(Outcome.SUCCEEDED);
      }

      assertThat(work.events()).isEqualTo(inOrder);
      assertThat(applications.calls)
          .extracting(Applications.Call::instance)
          .contains("a", "b", "c");
    }
  }

  @Test
  void laterRunsAreDiscarded() {
    try (var applications = new Applications(directory);
        var work = HeldWork.polite()) {
      applications.startThree(
          work,
          byHand("bill")
              .overlap(Overlap.discardLater())
              .routing(Routing.roundRobin())
              .build());
      String first = start(applications, "bill");
      work.awaitBegin(first);

      for (int i = 0; i < 4; i++) {
        assertThat(outcome(applications, start(applications, "bill")))
            .isEqualTo(Outcome.SKIPPED_OVERLAP);
      }

      work.letGo(first);
      assertThat(outcome(applications, first)).isEqualTo(Outcome.SUCCEEDED);
      assertThat(applications.calls).hasSize(1);
    }
  }

  @Test
  void theLastRunTakesThePlaceOfTheEarlierOnesWhenTheyHaveEnded() {
    try (var applications = new Applications(directory);
        var work = HeldWork.stubborn()) {
      applications.startThree(
          work, byHand("bill").overlap(Overlap.coverEarlier()).build());
      String first = startOn(applications, "bill", "a");
      work.awaitBegin(first);
      String second = startOn(applications, "bill", "b");
      RealTime.until("the first to be asked to end", () -> work.asked(first) != null);
      String last = startOn(applications, "bill", "c");

      assertThat(outcome(applications, second)).isEqualTo(Outcome.COVERED);
      assertThat(work.asked(first)).isEqualTo(Cancellation.Reason.COVERED);
      assertThat(work.events()).containsExactly(HeldWork.begins(first));

      work.letGo(first);
      work.letGo(last);
      assertThat(outcome(applications, last)).isEqualTo(Outcome.SUCCEEDED);
      assertThat(outcome(applications, first)).isEqualTo(Outcome.COVERED);
      assertThat(work.events())
          .containsExactly(
              HeldWork.begins(first),
              HeldWork.ends(first),
              HeldWork.begins(last),
              HeldWork.ends(last));
      assertThat(applications.whoHad(last)).containsExactly("c");
    }
  }

  @Test
  void soManyAsAreAllowedRunAtTheSameTime() {
    try (var applications = new Applications(directory);
        var work = HeldWork.polite()) {
      applications.startThree(
          work,
          byHand("bill").overlap(Overlap.allow(2)).routing(Routing.roundRobin()).build());
      String first = start(applications, "bill");
      String second = start(applications, "bill");
      String third = start(applications, "bill");
      work.awaitBegin(first);
      work.awaitBegin(second);
      work.letGo(first);
      work.awaitBegin(third);
      work.letGo(second);
      work.letGo(third);

      for (String run : List.of(first, second, third)) {
        assertThat(outcome(applications, run)).isEqualTo(Outcome.SUCCEEDED);
      }
      assertThat(work.events().subList(0, 2))
          .containsExactlyInAnyOrder(HeldWork.begins(first), HeldWork.begins(second));
      assertThat(work.events().subList(2, 4))
          .containsExactly(HeldWork.ends(first), HeldWork.begins(third));
    }
  }

  // ------------------------------------------------------------------ routes

  @Test
  void whenTheFirstChoiceDiesBeforeItStartsAnotherDoesIt() {
    try (var applications = new Applications(directory, Applications.BRIEF_SESSION);
        var work = HeldWork.polite()) {
      applications.startThree(
          sources -> sources.set(Key.INSTANCE_SLOTS, 1),
          work,
          byHand("first").atMostOnce().build(),
          byHand("bill").routing(Routing.failover("c", "b")).build());
      String other = startOn(applications, "first", "c");
      work.awaitBegin(other); // and takes the only slot
      String run = RealTime.await(applications.client("a").start("bill"));
      RealTime.until("c to have it", () -> {
        RunView seen = RealTime.await(applications.client("a").run(run));
        return seen instanceof RunView.Open open
            && open.instances().stream().anyMatch(id -> Applications.nameOf(id).equals("c"));
      });
      assertThat(applications.callsOf("bill")).isEmpty();

      applications.kill("c");
      work.letGo(run);

      assertThat(outcome(applications, run)).isEqualTo(Outcome.SUCCEEDED);
      assertThat(applications.whoHad(run)).containsExactly("b");
      assertThat(applications.callsOf("bill")).hasSize(1);
      assertThat(outcome(applications, other)).isEqualTo(Outcome.LOST);
    }
  }

  @Test
  void whoseSlotsAreFullIsPassedOver() {
    try (var applications = new Applications(directory);
        var work = HeldWork.polite()) {
      applications.startThree(
          sources -> sources.set(Key.INSTANCE_SLOTS, 1),
          work,
          byHand("bill").overlap(Overlap.allow(9)).routing(Routing.busyOver()).build());
      for (int i = 0; i < 3; i++) {
        work.awaitBegin(start(applications, "bill"));
      }

      assertThat(applications.calls)
          .extracting(Applications.Call::instance)
          .containsExactly("a", "b", "c");
    }
  }

  @Test
  void aRouteOfOnesOwnPicksTheThirdAndWhoLeavesGetsNothing() {
    try (var applications = new Applications(directory)) {
      applications.router(
          "third",
          (job, run, shard, candidates) -> candidates.get(Math.min(2, candidates.size() - 1)));
      applications.startThree(
          Applications::atOnce,
          byHand("bill").shards(6).routing(Routing.named("third")).build());
      String before = start(applications, "bill");
      assertThat(applications.whoHad(before)).hasSize(6).containsOnly("c");

      assertThat(RealTime.await(applications.client("a").drain("c"))).isTrue();
      RealTime.until("c to say that it leaves", () -> applications.isLeaving("c"));
      String after = RealTime.await(applications.client("a").start("bill"));

      assertThat(applications.whoHad(after)).hasSize(6).containsOnly("b");
      assertThat(outcome(applications, after)).isEqualTo(Outcome.SUCCEEDED);
    }
  }

  @Test
  void whoIsKeptOutByNameGetsNothingAndNoMoreAreUsedThanAllowed() {
    try (var applications = new Applications(directory)) {
      applications.startThree(
          Applications::atOnce,
          byHand("out").shards(9).routing(Routing.spread().without("b")).build(),
          byHand("few").shards(9).routing(Routing.roundRobin().atMost(2)).build(),
          byHand("all").shards(9).routing(Routing.roundRobin()).build());

      assertThat(new HashSet<>(applications.whoHad(start(applications, "out"))))
          .containsExactlyInAnyOrder("a", "c");
      assertThat(new HashSet<>(applications.whoHad(start(applications, "few")))).hasSize(2);
      assertThat(new HashSet<>(applications.whoHad(start(applications, "all")))).hasSize(3);
    }
  }
}
