package io.shardkeeper.simulation;

import static io.shardkeeper.simulation.Story.job;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.shardkeeper.job.Job;
import io.shardkeeper.job.JobBuilder;
import io.shardkeeper.job.Overlap;
import io.shardkeeper.job.Retry;
import io.shardkeeper.job.Sharding;
import io.shardkeeper.run.Outcome;
import io.shardkeeper.simulation.SimulatedNode.Offer;
import io.shardkeeper.simulation.Story.Act;
import io.shardkeeper.trigger.Trigger;
import io.shardkeeper.view.InstanceView;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Who leaves takes nothing with it, and interrupts nothing. */
final class DrainFleetTest {
  private static final Duration SECOND = Duration.ofSeconds(1);

  /** Leaves as a process does that is asked to end: when what runs has ended, it gives back its role and its session. */
  static void leavesInPeace(Story story, SimulatedNode node) {
    var gone = new AtomicBoolean();
    node.instance.leave().thenRun(() -> gone.set(true));
    story.world().until(node + " has left", gone::get);
    node.coordinating.close();
    story.run(0.1);
    node.crash();
    node.ledger.close();
  }

  @Test
  void aRollingRestartOfFiveInstancesUnderLoadInterruptsAndRepeatsNothing() {
    try (var story = Story.of("a", "b", "c", "d", "e")) {
      List<Job> jobs = IntStream.range(0, 20)
          .mapToObj(i -> job("job-" + i)
              .every(Duration.ofMillis(700 + 130L * i))
              .shards(1 + i % 4)
              .overlap(i % 5 == 4 ? Overlap.serial().perRun() : Overlap.serial())
              .history(1_000)
              .build())
          .toList();
      Instant begin = story.now();
      for (int i = 0; i < jobs.size(); i++) {
        long period = 700 + 130L * i;
        story.define(jobs.get(i).toBuilder(), Act.takes(i % 4 == 3 ? period * 7 / 10 : 10 + i));
      }
      story.run(10);
      for (SimulatedNode node : List.copyOf(story.fleet.nodes())) {
        story.joins(node.name + "2");
        story.run(2);
        leavesInPeace(story, node);
        story.run(2);
      }
      story.run(15);
      Instant end = story.now().minusSeconds(8);
      for (Job job : jobs) {
        assertThat(story.executions(job.name())).isNotEmpty().allSatisfy(one -> {
          assertThat(one.attempt).as("%s", one).isEqualTo(1);
          assertThat(one.cancelled).as("%s", one).isFalse();
        });
        assertThat(story.outcomes(job.name())).containsOnly(Outcome.SUCCEEDED);
        assertThat(story.unaccounted(job, begin.plusSeconds(3), end))
            .as(job.name())
            .isEmpty();
      }
      assertThat(story.fleet.living()).hasSize(5).allMatch(node -> node.name.endsWith("2"));
      assertThat(story.fleet.checker().violations()).isEmpty();
    }
  }

  @Test
  void whatHasNotBegunGoesToOthersAndWhatRunsEndsWhereItIs() {
    try (var story = Story.ledByAnIdleOne("lead", "b")) {
      story.define(
          job("bill").every(SECOND).shards(3).overlap(Overlap.serial(50)), Act.takes(4_000));
      story.run(6);
      SimulatedNode b = story.node("b");
      story.joins("c");
      story.run(1);
      Instant asked = story.now();
      leavesInPeace(story, b);

      assertThat(story.now()).isBefore(asked.plusSeconds(5));
      assertThat(story.executions("bill").stream().filter(one -> one.node == b))
          .isNotEmpty()
          .allSatisfy(one -> {
            assertThat(story.startOf(one)).isBefore(asked.plusMillis(50));
            assertThat(one.done).isTrue();
          });
      story.run(20);
      assertThat(story.executions("bill")).allMatch(one -> one.attempt == 1);
      assertThat(story.outcomes("bill")).containsOnly(Outcome.SUCCEEDED);
    }
  }

  @Test
  void aClientHasAnInstanceLeave() {
    try (var story = Story.of("a", "b")) {
      story.define(job("bill").every(SECOND).shards(2), Act.takes(700));
      story.run(4);
      SimulatedNode b = story.node("b");
      CompletionStage<Boolean> first = story.client.drain("b");
      CompletionStage<Boolean> second = story.client.drain("b");
      assertThat(story.get(first)).isTrue();
      assertThat(story.get(second)).as("nobody knows yet that it leaves").isTrue();
      story.run(0.2);
      assertThat(story.get(story.client.instances()).stream()
              .filter(one -> one.name().equals("b")))
          .allMatch(InstanceView::draining);
      story.run(3);

      assertThat(story.get(story.client.instances())).hasSize(1);
      assertThat(story.executions("bill")).allMatch(one -> one.attempt == 1 && !one.cancelled);
      assertThat(story.executions("bill").stream().filter(one -> one.node == b)).isNotEmpty();
      story.run(5);
      assertThat(story.outcomes("bill")).containsOnly(Outcome.SUCCEEDED);
      assertThatThrownBy(() -> story.get(story.client.drain("b")))
          .rootCause()
          .hasMessage("There is no instance 'b'");
    }
  }

  /** A lot of work, in batches of a second each. */
  private static Story withAFlow(JobBuilder flow, int items) {
    var story = Story.ledByAnIdleOne("lead");
    IntStream.range(0, items).forEach(story.stock::add);
    story.joins("b", Offer.FLOW);
    story.define(flow.handler("flow").trigger(Trigger.manual()), Act.takes(1_000));
    story.run(1);
    return story;
  }

  @Test
  void aDataflowMovesOnAfterItsBatchAndRepeatsNothing() {
    try (var story = withAFlow(job("bill").shards(2), 60)) {
      String run = story.get(story.client.start("bill"));
      story.run(3.5);
      Instant asked = story.now();
      story.joins("c", Offer.FLOW);
      story.run(0.2);
      leavesInPeace(story, story.node("b"));

      assertThat(story.now()).as("it waits for a batch").isBefore(asked.plusMillis(1_800));
      story.run(0.5);
      assertThat(story.whoRan("bill")).containsExactly("b", "b", "c", "c");
      story.run(15);

      assertThat(story.ended(run).outcome()).isEqualTo(Outcome.SUCCEEDED);
      assertThat(story.processed).hasSize(60).doesNotHaveDuplicates();
      assertThat(story.executions("bill"))
          .extracting(one -> one.attempt)
          .containsExactly(1, 1, 2, 2);
      assertThat(story.fleet.checker().violations()).isEmpty();
    }
  }

  @Test
  void toMoveOnIsNeitherAFailureNorADeath() {
    try (var story = withAFlow(job("bill").retry(Retry.none()), 60)) {
      String run = story.get(story.client.start("bill"));
      for (String next : List.of("c", "d", "e", "f")) {
        story.run(3);
        SimulatedNode leaves =
            story.executions("bill").get(story.executions("bill").size() - 1).node;
        story.joins(next, Offer.FLOW);
        story.run(0.2);
        leavesInPeace(story, leaves);
      }
      story.run(2);
      for (String next : List.of("g", "h")) { // two deaths are not three
        SimulatedNode dies =
            story.executions("bill").get(story.executions("bill").size() - 1).node;
        story.joins(next, Offer.FLOW);
        story.run(1);
        story.dies(dies);
        story.run(8);
      }
      story.run(25);

      assertThat(story.whoRan("bill")).containsExactly("b", "c", "d", "e", "f", "g", "h");
      assertThat(story.ended(run).outcome()).isEqualTo(Outcome.SUCCEEDED);
      assertThat(story.processed).hasSize(60).doesNotHaveDuplicates();
    }
  }

  @Test
  void whereNobodyIsThereYetADataflowWaits() {
    try (var story = withAFlow(job("bill"), 20)) {
      String run = story.get(story.client.start("bill"));
      story.run(3.5);
      leavesInPeace(story, story.node("b"));
      story.run(10);
      assertThat(story.stock).isNotEmpty();
      story.joins("b", Offer.FLOW);
      story.run(15);

      assertThat(story.ended(run).outcome()).isEqualTo(Outcome.SUCCEEDED);
      assertThat(story.processed).hasSize(20).doesNotHaveDuplicates();
    }
  }

  @Test
  void aDataflowThatCannotMoveHasTheGraceAsOthersDo() {
    for (JobBuilder flow :
        List.of(job("bill").atMostOnce(true), job("bill").sharding(Sharding.all()))) {
      try (var story = withAFlow(flow, 20)) {
        String run = story.get(story.client.start("bill"));
        story.run(3.5);
        story.joins("c", Offer.FLOW);
        leavesInPeace(story, story.node("b"));
        story.run(1);

        assertThat(story.whoRan("bill")).containsExactly("b");
        assertThat(story.ended(run).outcome()).isEqualTo(Outcome.SUCCEEDED);
        assertThat(story.processed).hasSize(20).doesNotHaveDuplicates();
      }
    }
  }

  @Test
  void whatIsKilledWhileItIsAskedToMoveDoesNotGoOn() {
    try (var story = withAFlow(job("bill"), 60)) {
      String run = story.get(story.client.start("bill"));
      story.run(3.3);
      story.joins("c", Offer.FLOW);
      story.run(0.2);
      SimulatedNode b = story.node("b");
      CompletionStage<Void> left = b.instance.leave();
      assertThat(story.get(story.client.kill(run))).isTrue();
      story.get(left);
      story.run(5);

      assertThat(story.whoRan("bill")).containsExactly("b");
      assertThat(story.ended(run).outcome()).isEqualTo(Outcome.KILLED);
    }
  }

  @Test
  void whatIsForOneInstanceDoesNotGoToAnother() {
    try (var story = Story.of("a", "b", "c")) {
      Instant due = story.second().plusMillis(3_900);
      story.define(job("each").trigger(Trigger.at(due)).sharding(Sharding.all()));
      story.runUntil(due.minusMillis(300)); // each has its shard, and has not begun
      story.get(story.client.drain("b"));
      story.run(4);

      assertThat(story.whoRan("each")).containsExactlyInAnyOrder("a", "c");
      assertThat(story.runs("each").get(0).outcome())
          .as("nothing of it failed")
          .isEqualTo(Outcome.NO_INSTANCE);
      assertThat(story.runs("each").get(0).parts())
          .filteredOn(part -> part.outcome() == Outcome.NO_INSTANCE)
          .singleElement()
          .matches(part -> part.text().endsWith("takes nothing more, and it was for that one"));
    }
  }
}
