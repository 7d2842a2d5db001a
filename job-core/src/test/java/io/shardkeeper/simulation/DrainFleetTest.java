package io.shardkeeper.simulation;

import static io.shardkeeper.simulation.Story.job;
import static org.assertj.core.api.Assertions.assertThat;

import io.shardkeeper.job.Job;
import io.shardkeeper.job.Overlap;
import io.shardkeeper.run.Outcome;
import io.shardkeeper.simulation.Story.Act;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Who leaves takes nothing with it, and interrupts nothing. */
final class DrainFleetTest {
  private static final Duration SECOND = Duration.ofSeconds(1);

  /** Leaves as a process does that is asked to end: when what runs has ended, it gives back its role and its session. */
  private static void leavesInPeace(Story story, SimulatedNode node) {
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
}
