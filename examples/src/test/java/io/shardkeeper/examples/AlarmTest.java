package io.shardkeeper.examples;

import static org.assertj.core.api.Assertions.assertThat;

import io.shardkeeper.config.Key;
import io.shardkeeper.handler.JobHandler;
import io.shardkeeper.handler.Result;
import io.shardkeeper.job.Job;
import io.shardkeeper.listener.StateChange;
import io.shardkeeper.run.Origin;
import io.shardkeeper.run.Outcome;
import io.shardkeeper.view.RunView;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class AlarmTest {
  private final BlockingQueue<String> pager = new LinkedBlockingQueue<>();

  @Test
  void isRungOnceForEachRunThatFails(@TempDir Path directory) throws InterruptedException {
    var broken = JobHandler.of("broken", "Fails", context -> Result.failed("out of paper"));
    Job job = Job.builder("print")
        .handler("broken")
        .every(Duration.ofSeconds(1))
        .shards(4)
        .build();
    try (var stage = new Stage(directory);
        var one = Alarm.start(
            stage.settings().set(Key.INSTANCE_NAME, "one").read(), broken, job, pager::add);
        var two = Alarm.start(
            stage.settings().set(Key.INSTANCE_NAME, "two").read(), broken, job, pager::add)) {
      assertThat(one.toString()).isNotEqualTo(two.toString());
      for (int i = 0; i < 3; i++) {
        assertThat(pager.poll(60, TimeUnit.SECONDS)).contains("FAILED").contains("out of paper");
      }
    }
    assertThat(pager.stream()).doesNotHaveDuplicates();
  }

  @Test
  void isNotRungForDecisions() {
    var alarm = new Alarm(pager::add);
    alarm.runEnded(ended(Outcome.SUCCEEDED));
    alarm.runEnded(ended(Outcome.SKIPPED_OVERLAP));
    alarm.stateChanged(new StateChange.Registered("a-1"));
    assertThat(pager).isEmpty();

    alarm.runEnded(ended(Outcome.PARTIAL));
    alarm.stateChanged(new StateChange.Fenced("a-1", "its lease lapsed"));
    assertThat(pager)
        .containsExactly(
            "print.1.f.x of 1970-01-01T00:00:00Z: PARTIAL, as it is",
            "a-1 must not go on: its lease lapsed");
  }

  private static RunView.Ended ended(Outcome outcome) {
    return new RunView.Ended(
        "print.1.f.x",
        "print",
        1,
        Instant.EPOCH,
        Instant.EPOCH,
        Instant.EPOCH,
        outcome,
        "as it is",
        1,
        List.of(),
        Map.of(),
        Origin.NONE,
        List.of());
  }
}
