package io.shardkeeper.core.execution;

import io.shardkeeper.contract.HandLoop;
import io.shardkeeper.contract.HandWorkers;
import io.shardkeeper.core.execution.Executions.Patience;
import io.shardkeeper.core.execution.Executions.Workshop;
import io.shardkeeper.core.layout.Assignment;
import io.shardkeeper.core.layout.RunId;
import io.shardkeeper.core.layout.RunPlan;
import io.shardkeeper.core.loop.Listeners;
import io.shardkeeper.core.mail.Told;
import io.shardkeeper.handler.Handler;
import io.shardkeeper.handler.Handlers;
import io.shardkeeper.handler.JobHandler;
import io.shardkeeper.handler.Result;
import io.shardkeeper.handler.ShardingContext;
import io.shardkeeper.job.Job;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/** An instance of which nothing is there but what runs handlers, and a test that turns it by hand. */
final class Stage {
  static final Instant DUE = Instant.parse("2027-01-04T08:59:59Z");
  static final Job JOB =
      Job.builder("billing").handler("settle").cron("0 * * * * ?").build();

  final HandLoop loop = new HandLoop();
  final HandWorkers workers = new HandWorkers();

  /** What was told, in order; a free slot is told as a text. */
  final List<Object> told = new ArrayList<>();

  final Executions executions;
  private final List<AssertionError> wrong;

  private final Executions.Listener listener = new Executions.Listener() {
    @Override
    public void ended(Told.Ended what) {
      told.add(what);
    }

    @Override
    public void returned(Told.Returned what) {
      told.add(what);
    }

    @Override
    public void handedBack(Told.HandedBack what) {
      told.add(what);
    }

    @Override
    public void slotFree() {
      told.add("slot");
    }
  };

  Stage(Handler handler, List<AssertionError> wrong, io.shardkeeper.listener.Listener... outside) {
    this.wrong = wrong;
    executions = new Executions(
        loop,
        Workshop.of(workers),
        Handlers.of(handler),
        Patience.DEFAULT,
        2,
        loop::wall,
        listener,
        new Listeners(List.of(outside), (messages, telling) -> loop.execute(telling)));
    executions.leaseBegins(loop.nanos() + Duration.ofHours(1).toNanos());
  }

  /** A handler that does this. What it finds wrong is told by {@link #run} and {@link #kinds}: its engine takes it for a failure. */
  static Stage doing(JobHandler.Work work, io.shardkeeper.listener.Listener... outside) {
    var wrong = new ArrayList<AssertionError>();
    return new Stage(
        JobHandler.of("settle", "Settles accounts", context -> {
          try {
            return work.handle(context);
          } catch (AssertionError e) {
            wrong.add(e);
            throw e;
          }
        }),
        wrong,
        outside);
  }

  /** A handler that looks at its context. */
  static Stage lookingAt(Consumer<ShardingContext> look) {
    return doing(context -> {
      look.accept((ShardingContext) context);
      return Result.ok("seen");
    });
  }

  static Assignment shard(int index) {
    var run = new RunPlan(
        RunId.fire("billing", 7, DUE),
        1,
        3,
        DUE,
        Map.of("b", "plan", "c", "plan"),
        RunPlan.Traits.NONE);
    return new Assignment(run, index, 0, 2, 0, DUE, 100 + index);
  }

  /** Starts shard 0 under token 100, without a thread as yet. */
  HandWorkers.HandWork start() {
    return start(JOB);
  }

  HandWorkers.HandWork start(Job job) {
    executions.start(shard(0), job, 100);
    return workers.last();
  }

  /** Starts shard 0 and runs its handler to the end, and then the loop. */
  void run(Job job) {
    start(job).run();
    loop.turn();
    complain();
  }

  private void complain() {
    if (!wrong.isEmpty()) {
      throw wrong.get(0);
    }
  }

  /** The one end that was told. */
  Told.Ended ended() {
    return told.stream()
        .filter(Told.Ended.class::isInstance)
        .map(Told.Ended.class::cast)
        .reduce((one, other) -> {
          throw new AssertionError("Two ends were told: " + one + " and " + other);
        })
        .orElseThrow(() -> new AssertionError("No end was told, but " + told));
  }

  /** What was told, by its kind alone. */
  List<String> kinds() {
    complain();
    return told.stream()
        .map(what -> what instanceof String text ? text : what.getClass().getSimpleName())
        .toList();
  }
}
