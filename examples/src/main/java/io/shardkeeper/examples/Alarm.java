package io.shardkeeper.examples;

import io.shardkeeper.config.Settings;
import io.shardkeeper.engine.Shardkeeper;
import io.shardkeeper.handler.Handler;
import io.shardkeeper.job.Job;
import io.shardkeeper.listener.ExecutionView;
import io.shardkeeper.listener.Listener;
import io.shardkeeper.listener.StateChange;
import io.shardkeeper.run.Outcome;
import io.shardkeeper.view.RunView;
import java.util.function.Consumer;
import org.slf4j.MDC;

/** Wakes somebody up when a run ends badly: once, however many instances and shards it has. And it has each line of a handler's log say to which trace it belongs. */
public final class Alarm implements Listener {
  private final Consumer<String> pager;

  Alarm(Consumer<String> pager) {
    this.pager = pager;
  }

  @Override
  public void runEnded(RunView.Ended run) {
    // A decision is no failure: a fire that was skipped wakes nobody.
    if (run.outcome() != Outcome.SUCCEEDED && !run.outcome().isDecision()) {
      pager.accept(
          run.id() + " of " + run.scheduledAt() + ": " + run.outcome() + ", " + run.reason());
    }
  }

  @Override
  public void stateChanged(StateChange change) {
    if (change instanceof StateChange.Fenced fenced) {
      pager.accept(fenced.instance() + " must not go on: " + fenced.why());
    }
  }

  @Override
  public void executionBegins(ExecutionView execution) {
    MDC.put("trace", execution.trace().traceId()); // taken away behind the handler
  }

  static Shardkeeper start(Settings settings, Handler handler, Job job, Consumer<String> pager) {
    return Shardkeeper.with(settings)
        .handlers(handler)
        .jobs(job)
        .listener(new Alarm(pager))
        .start();
  }
}
