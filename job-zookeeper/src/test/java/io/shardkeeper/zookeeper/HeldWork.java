package io.shardkeeper.zookeeper;

import io.shardkeeper.handler.Cancellation;
import io.shardkeeper.handler.Result;
import io.shardkeeper.handler.ShardingContext;
import io.shardkeeper.handler.ShardingJobHandler;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import org.jspecify.annotations.Nullable;

/** Work that goes on until it is let go, and notes when it began and ended. Threads may share it. */
final class HeldWork implements ShardingJobHandler.Work, AutoCloseable {
  private final boolean stubborn;
  private final ConcurrentLinkedQueue<String> events = new ConcurrentLinkedQueue<>();
  private final Map<String, CountDownLatch> holds = new ConcurrentHashMap<>();
  private final Map<String, Cancellation.Reason> asked = new ConcurrentHashMap<>();
  private volatile boolean closed;

  private HeldWork(boolean stubborn) {
    this.stubborn = stubborn;
  }

  /** It ends when it is asked to. */
  static HeldWork polite() {
    return new HeldWork(false);
  }

  /** It ends when it is let go, whoever wants it to. */
  static HeldWork stubborn() {
    return new HeldWork(true);
  }

  @Override
  public Result handle(ShardingContext context) {
    String run = context.runId();
    CountDownLatch hold = hold(run);
    context.cancellation().onRequest(() -> {
      asked.put(run, context.cancellation().reason().orElseThrow());
      if (!stubborn) {
        hold.countDown();
      }
    });
    events.add(begins(run));
    awaitAnyway(hold);
    events.add(ends(run));
    return Result.ok("let go");
  }

  private CountDownLatch hold(String run) {
    CountDownLatch hold = holds.computeIfAbsent(run, any -> new CountDownLatch(1));
    if (closed) {
      hold.countDown();
    }
    return hold;
  }

  private static void awaitAnyway(CountDownLatch hold) {
    boolean interrupted = false;
    while (true) {
      try {
        hold.await();
        break;
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  static String begins(String run) {
    return run + " begins";
  }

  static String ends(String run) {
    return run + " ends";
  }

  /** What has begun and ended, in its order. */
  List<String> events() {
    return List.copyOf(events);
  }

  void awaitBegin(String run) {
    RealTime.until("run " + run + " to begin", () -> events.contains(begins(run)));
  }

  /** Why a run was asked to end. */
  Cancellation.@Nullable Reason asked(String run) {
    return asked.get(run);
  }

  /** Has a run end, now or as soon as it begins. */
  void letGo(String run) {
    hold(run).countDown();
  }

  /** Holds nothing any more. */
  @Override
  public void close() {
    closed = true;
    holds.values().forEach(CountDownLatch::countDown);
  }
}
