package io.shardkeeper.simulation;

import static io.shardkeeper.simulation.Story.job;
import static org.assertj.core.api.Assertions.assertThat;

import io.shardkeeper.client.RunRequest;
import io.shardkeeper.core.history.Entry;
import io.shardkeeper.core.ledger.NodePath;
import io.shardkeeper.job.Job;
import io.shardkeeper.job.Overlap;
import io.shardkeeper.job.Sharding;
import io.shardkeeper.run.Outcome;
import io.shardkeeper.simulation.Story.Act;
import io.shardkeeper.trigger.Trigger;
import io.shardkeeper.view.Why;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** What is kept of the past, for how long, and that it answers for each fire. */
final class RecordsFleetTest {
  private static final Duration SECOND = Duration.ofSeconds(1);
  private static final Duration MINUTE = Duration.ofMinutes(1);

  // ------------------------------------------------------------------ how much is kept

  @Test
  void theRunAfterThoseThatAreKeptTakesThePlaceOfTheOldest() {
    try (var story = Story.of("a")) {
      Instant first = story.second().plusSeconds(3);
      Trigger trigger = Trigger.every(SECOND).from(first).until(first.plusSeconds(301));
      story.define(job("bill").trigger(trigger).history(300));
      story.runUntil(first.plusSeconds(299).plusMillis(900));
      assertThat(story.executions("bill")).hasSize(300);
      assertThat(story.why("bill", first).kind()).isEqualTo(Why.Kind.ENDED);

      story.run(3_700); // until there was time for what is not urgent

      assertThat(story.runs("bill")).hasSize(300);
      assertThat(story.runs("bill").get(0).scheduledAt()).isEqualTo(first.plusSeconds(1));
      assertThat(story.history("bill").stream().filter(Entry.Sum.class::isInstance))
          .singleElement()
          .satisfies(sum -> assertThat(((Entry.Sum) sum).counts())
              .containsOnly(Map.entry(Outcome.SUCCEEDED, 1L)));
      Why gone = story.why("bill", first);
      assertThat(gone.kind()).isEqualTo(Why.Kind.NO_LONGER_KEPT);
      assertThat(gone.sentence()).contains("the last 300 runs");
      assertThat(story.why("bill", first.plusSeconds(1)).kind()).isEqualTo(Why.Kind.ENDED);
    }
  }

  @Test
  void theTreeDoesNotGrowWithTheRuns() {
    assertTreeDoesNotGrow(100_000);
  }

  @Test
  @Tag("soak")
  void theTreeDoesNotGrowWithAMillionRuns() {
    assertTreeDoesNotGrow(1_000_000);
  }

  private static void assertTreeDoesNotGrow(int runs) {
    try (var story = Story.of("a", "b")) {
      int jobs = 20;
      for (int i = 0; i < jobs; i++) {
        story.define(job("job-" + i).every(SECOND).history(10), Act.takes(5));
      }
      int seconds = runs / jobs;
      var nodes = new ArrayList<Integer>();
      var bytes = new ArrayList<Integer>();
      for (int quarter = 0; quarter < 4; quarter++) {
        int most = 0;
        int mostBytes = 0;
        for (int sample = 0; sample < 5; sample++) {
          story.run(seconds / 20.0);
          int[] size = size(story, NodePath.ROOT);
          most = Math.max(most, size[0]);
          mostBytes = Math.max(mostBytes, size[1]);
        }
        nodes.add(most);
        bytes.add(mostBytes);
      }
      int executions = 0;
      for (int i = 0; i < jobs; i++) {
        executions += story.executions("job-" + i).size();
      }
      assertThat(executions).isGreaterThan(runs - 3 * jobs);
      // What stands changes all the time, by what is fresh and by pieces that wait for others.
      assertThat(nodes.get(3))
          .as("nodes by quarters: %s", nodes)
          .isLessThan(Math.max(nodes.get(0), nodes.get(1)) + 40);
      assertThat(bytes.get(3))
          .as("bytes by quarters: %s", bytes)
          .isLessThan(bytes.get(1) + bytes.get(1) / 4);
    }
  }

  /** The nodes below one, and their bytes. */
  private static int[] size(Story story, NodePath root) {
    int[] size = {
      1, story.get(story.ledger().read(root)).map(node -> node.data().length()).orElse(0)
    };
    for (String name : story.get(story.ledger().list(root)).orElse(List.of())) {
      int[] below = size(story, root.child(name));
      size[0] += below[0];
      size[1] += below[1];
    }
    return size;
  }

  // ------------------------------------------------------------------ reasons

  private static void assertTold(
      Story story, String job, Instant at, Outcome outcome, String reason) {
    assertThat(story.why(job, at).sentence())
        .contains(outcome.name())
        .contains(reason)
        .contains(at.toString());
  }

  private static Instant next(Story story, Job job) {
    return job.trigger().after(story.now());
  }

  @Test
  void whatFindsTheQueueFullIsToldSo() {
    try (var story = Story.of("a")) {
      Job job =
          job("bill").every(Duration.ofSeconds(10)).overlap(Overlap.serial(1)).build();
      story.define(job.toBuilder(), Act.takes(35_000));
      Instant first = next(story, job);
      story.runUntil(first.plusSeconds(22));

      assertTold(
          story,
          "bill",
          first.plusSeconds(20),
          Outcome.SKIPPED_OVERLAP,
          "1 runs were waiting, and no more may");
      assertThat(story.why("bill", first).kind()).isEqualTo(Why.Kind.OPEN);
      assertThat(story.why("bill", first.plusSeconds(10)).kind()).isEqualTo(Why.Kind.OPEN);
    }
  }

  @Test
  void whatNobodyMayDoIsToldWithTheConditionThatNobodyMeets() {
    try (var story = Story.of("a")) {
      Job job = job("bill").every(MINUTE).filter("zone == 'moon'").build();
      story.define(job.toBuilder());
      Instant due = next(story, job);
      story.runUntil(due.plusSeconds(15));

      assertTold(story, "bill", due, Outcome.NO_INSTANCE, "moon");
    }
  }

  @Test
  void aShardThatIsForOneInstanceIsLostWithIt() {
    try (var story = Story.ledByAnIdleOne("chief", "b")) {
      Job job = job("bill").every(MINUTE).sharding(Sharding.all()).build();
      story.define(job.toBuilder(), Act.takes(10_000));
      Instant due = next(story, job);
      story.runUntil(due.plusSeconds(1));
      story.node("b").crash();
      story.run(6);

      assertTold(story, "bill", due, Outcome.LOST, "it was for that one");
    }
  }

  @Test
  void aShardThatIsTheDeathOfThreeIsGivenToNoFourth() {
    try (var story = Story.ledByAnIdleOne("chief", "a", "b", "c", "d")) {
      Job job = job("bill").every(Duration.ofMinutes(5)).build();
      story.define(job.toBuilder(), Act.takes(20_000));
      Instant due = next(story, job);
      story.runUntil(due.plusSeconds(1));
      for (int death = 1; death <= 3; death++) {
        assertThat(story.executions("bill")).hasSize(death);
        story.executions("bill").get(death - 1).node.crash();
        story.run(6);
      }

      assertThat(story.executions("bill")).hasSize(3);
      assertTold(story, "bill", due, Outcome.LOST, "the 3rd one that died while it had it");
    }
  }

  @Test
  void whatIsKilledBeforeItStartsIsToldSo() {
    try (var story = Story.of("a")) {
      story.define(job("bill").trigger(Trigger.manual()));
      story.run(1);
      String run = story.get(story.client.trigger(RunRequest.of("bill").after(MINUTE)));
      assertThat(story.get(story.client.kill(run))).isTrue();
      story.run(1);

      assertThat(story.executions("bill")).isEmpty();
      assertTold(
          story,
          "bill",
          story.ended(run).scheduledAt(),
          Outcome.KILLED,
          "killed by request before it started");
    }
  }

  @Test
  void whatIsKilledIsNotMovedFromADeadInstance() {
    try (var story = Story.ledByAnIdleOne("chief", "a", "b")) {
      Job job = job("bill").every(MINUTE).build();
      story.define(job.toBuilder(), Act.takes(10_000));
      Instant due = next(story, job);
      story.runUntil(due.plusSeconds(1));
      Checker.Execution one = story.executions("bill").get(0);
      one.node.crash();
      assertThat(story.get(story.client.kill(one.run))).isTrue();
      story.run(6);

      assertThat(story.executions("bill")).hasSize(1);
      assertTold(story, "bill", due, Outcome.KILLED, one.instance + " is gone");
    }
  }

  @Test
  void whatIsNoFireOrNotYetOneIsToldSo() {
    try (var story = Story.of("a")) {
      Job job = job("bill").every(MINUTE).build();
      Instant defined = story.now();
      story.define(job.toBuilder());
      story.run(1);
      Instant due = next(story, job);

      assertThat(story.why("bill", due).kind()).isEqualTo(Why.Kind.NOT_YET);
      assertThat(story.why("bill", due.plusSeconds(1)).kind()).isEqualTo(Why.Kind.NOT_A_FIRE);
      Why before = story.why("bill", due.minus(MINUTE.multipliedBy(5)));
      assertThat(before.kind()).isEqualTo(Why.Kind.BEFORE);
      assertThat(before.sentence()).contains("due from " + defined);
    }
  }
}
