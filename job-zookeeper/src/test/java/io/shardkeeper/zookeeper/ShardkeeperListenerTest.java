package io.shardkeeper.zookeeper;

import static org.assertj.core.api.Assertions.assertThat;

import io.shardkeeper.client.RunRequest;
import io.shardkeeper.engine.Shardkeeper;
import io.shardkeeper.handler.Result;
import io.shardkeeper.handler.ShardingJobHandler;
import io.shardkeeper.job.Job;
import io.shardkeeper.listener.ExecutionEnd;
import io.shardkeeper.listener.ExecutionView;
import io.shardkeeper.listener.Listener;
import io.shardkeeper.listener.RunBegin;
import io.shardkeeper.listener.StateChange;
import io.shardkeeper.run.Outcome;
import io.shardkeeper.run.TraceContext;
import io.shardkeeper.trigger.Trigger;
import io.shardkeeper.view.RunView;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Listeners of instances on a real ZooKeeper, in real time. */
@Timeout(180)
final class ShardkeeperListenerTest {
  private static final TraceContext TRACE =
      TraceContext.of("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01");

  private final Queue<RunBegin> begun = new ConcurrentLinkedQueue<>();
  private final Queue<RunView.Ended> ended = new ConcurrentLinkedQueue<>();
  private final Queue<ExecutionView> executions = new ConcurrentLinkedQueue<>();
  private final Queue<Outcome> outcomes = new ConcurrentLinkedQueue<>();
  private final Queue<StateChange> states = new ConcurrentLinkedQueue<>();

  /** On which threads runs and states were told. */
  private final Set<String> threads = ConcurrentHashMap.newKeySet();

  /** What the listener put into the thread, and the handler found there. */
  private final Queue<Long> found = new ConcurrentLinkedQueue<>();

  private final ThreadLocal<Long> inThread = new ThreadLocal<>();

  @TempDir
  private Path directory;

  private final class Ear implements Listener {
    @Override
    public void runBegins(RunBegin run) {
      threads.add(Thread.currentThread().getName());
      begun.add(run);
    }

    @Override
    public void runEnded(RunView.Ended run) {
      threads.add(Thread.currentThread().getName());
      ended.add(run);
    }

    @Override
    public void executionBegins(ExecutionView execution) {
      inThread.set(execution.token());
      executions.add(execution);
    }

    @Override
    public void executionEnded(ExecutionView execution, ExecutionEnd end) {
      inThread.remove();
      outcomes.add(end.outcome());
    }

    @Override
    public void stateChanged(StateChange change) {
      threads.add(Thread.currentThread().getName());
      states.add(change);
    }
  }

  private Shardkeeper start(
      Applications applications, String name, Listener listener, Job... jobs) {
    var work = ShardingJobHandler.of("work", "Works", context -> {
      found.add(inThread.get());
      return Result.ok();
    });
    return Shardkeeper.with(applications.settings(name).read())
        .handlers(work)
        .jobs(jobs)
        .listener(listener)
        .start();
  }

  @Test
  void beforeAndAfterOncePerRunOverAllInstancesTogether() {
    Job job =
        Job.builder("nine").handler("work").trigger(Trigger.manual()).shards(9).build();
    try (var applications = new Applications(directory)) {
      try (var a = start(applications, "a", new Ear(), job);
          var b = start(applications, "b", new Ear());
          var c = start(applications, "c", new Ear())) {
        RealTime.until(
            "three instances",
            () ->
                states.stream().filter(StateChange.Registered.class::isInstance).count() == 3);
        RealTime.await(a.declared());
        List<String> asked = new ArrayList<>();
        for (Shardkeeper one : List.of(a, b, c)) {
          RunRequest request = RunRequest.of("nine").trace(TRACE);
          asked.add(RealTime.await(one.client().trigger(request)));
        }
        RealTime.until("three ends", () -> ended.size() >= 3);

        assertThat(begun).extracting(RunBegin::id).containsExactlyInAnyOrderElementsOf(asked);
        assertThat(ended).extracting(RunView.Ended::id).containsExactlyInAnyOrderElementsOf(asked);
        assertThat(begun).allSatisfy(run -> {
          assertThat(run.shards()).isEqualTo(9);
          assertThat(run.origin().trace()).isEqualTo(TRACE);
        });
        assertThat(executions)
            .hasSize(27)
            .allSatisfy(one -> assertThat(one.trace()).isEqualTo(TRACE));
        for (String run : asked) {
          assertThat(executions.stream()
                  .filter(one -> one.run().equals(run))
                  .map(ExecutionView::shard))
              .containsExactlyInAnyOrder(0, 1, 2, 3, 4, 5, 6, 7, 8);
        }
        RealTime.until("the end of each execution", () -> outcomes.size() == 27);
        assertThat(found)
            .containsExactlyInAnyOrderElementsOf(
                executions.stream().map(ExecutionView::token).toList());
      }
      assertThat(threads).containsExactly("shardkeeper-test-listeners");
      assertThat(states)
          .filteredOn(StateChange.Left.class::isInstance)
          .as("told before the instances are closed")
          .hasSize(3);
    }
  }

  @Test
  void aListenerThatBlocksHoldsUpNobody() {
    var never = new CountDownLatch(1);
    Listener blocks = new Listener() {
      @Override
      public void stateChanged(StateChange change) {
        try {
          never.await();
        } catch (InterruptedException e) {
          states.add(change);
        }
      }
    };
    Job job = Job.builder("one").handler("work").trigger(Trigger.manual()).build();
    try (var applications = new Applications(directory)) {
      try (var a = start(applications, "a", blocks, job)) {
        RealTime.await(a.declared());
        String run = RealTime.await(a.client().trigger(RunRequest.of("one")));
        RealTime.until(
            "its end", () -> RealTime.await(a.client().run(run)) instanceof RunView.Ended);
      }
      RealTime.until("the interrupt", () -> !states.isEmpty());
    }
  }
}
