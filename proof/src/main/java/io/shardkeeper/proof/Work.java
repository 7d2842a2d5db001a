package io.shardkeeper.proof;

import io.shardkeeper.handler.Result;
import io.shardkeeper.handler.ShardingContext;
import io.shardkeeper.handler.ShardingJobHandler;
import java.util.concurrent.CancellationException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

/** The handler of all jobs of the play: it works for a while, and writes down that it does. Threads share it. */
final class Work implements ShardingJobHandler {
  static final String NAME = "work";

  private static final long TICK = 50;

  private final HistoryFile file;
  private final AtomicLong executions = new AtomicLong();

  Work(HistoryFile file) {
    this.file = file;
  }

  @Override
  public String name() {
    return NAME;
  }

  @Override
  public String description() {
    return "Works for a while, and writes down that it does";
  }

  @Override
  public Result handle(ShardingContext context) throws InterruptedException {
    long fire = context.scheduledAt().toEpochMilli();
    Line begun = file.begin(
        context.jobName(),
        context.runId(),
        fire,
        context.shard().index(),
        context.attempt(),
        context.token(),
        executions.incrementAndGet());
    Task task = Task.ALL.stream()
        .filter(each -> each.job().equals(context.jobName()))
        .findFirst()
        .orElseThrow();
    boolean fails = task.fails(fire, context.attempt());
    String result = Line.CANCELLED;
    try {
      long end = begun.mono() + TimeUnit.MILLISECONDS.toNanos(task.lasts());
      for (long left = task.lasts(); left > 0; left = (end - System.nanoTime()) / 1_000_000) {
        TimeUnit.MILLISECONDS.sleep(Math.min(left, TICK));
        if (context.cancellation().isRequested()) {
          throw new CancellationException("The work is to end");
        }
        file.then(begun, Line.Kind.TICK, "");
      }
      result = fails ? Line.FAILED : Line.OK;
    } finally {
      file.then(begun, Line.Kind.END, result);
    }
    return fails ? Result.failed(signature(begun)) : Result.ok(signature(begun));
  }

  /** By this the outcome in the history is told apart from that of every other execution. */
  static String signature(Line line) {
    return "execution " + line.execution() + " of process " + line.pid();
  }
}
