package io.shardkeeper.core.ledger.adapter;

import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Hands tasks to an executor so that they run one after the other, in the order in which they were put, whatever threads the executor
 * has. Threads share it. It does not bound the tasks: who puts them does.
 */
public final class Mailbox {
  private static final Logger LOG = LoggerFactory.getLogger(Mailbox.class);

  private final Queue<Runnable> tasks = new ConcurrentLinkedQueue<>();
  private final AtomicBoolean scheduled = new AtomicBoolean();
  private final Executor executor;

  /** Whether the next task is being handed over, and whether the executor began it meanwhile. */
  private final AtomicReference<Handing> handing = new AtomicReference<>(Handing.NOTHING);

  private enum Handing {
    NOTHING,
    OVER,
    BEGUN
  }

  public Mailbox(Executor executor) {
    this.executor = executor;
  }

  /** Puts a task and has it run. */
  public void post(Runnable task) {
    put(task);
    wake();
  }

  /** Puts a task, for whoever holds a lock under which nothing may run; {@link #wake()} follows without the lock. */
  public void put(Runnable task) {
    tasks.add(task);
  }

  /** Has run what was put. */
  public void wake() {
    if (!tasks.isEmpty() && scheduled.compareAndSet(false, true)) {
      try {
        executor.execute(this::run);
      } catch (RejectedExecutionException e) {
        // Full for the moment, or shut down. The tasks stay for the next attempt; who shut it down
        // wants to be told no more.
        scheduled.set(false);
      }
    }
  }

  /** One task, and no more: it may take long, and others use the executor, too. */
  private void run() {
    if (handing.compareAndSet(Handing.OVER, Handing.BEGUN)) {
      return; // the executor does at once what it is given: who gave it goes on, without recursion
    }
    do {
      try {
        Runnable task = tasks.poll();
        if (task != null) {
          runOne(task);
        }
      } finally {
        scheduled.set(false);
        handing.set(Handing.OVER);
        wake();
      }
    } while (handing.getAndSet(Handing.NOTHING) == Handing.BEGUN);
  }

  private static void runOne(Runnable task) {
    try {
      task.run();
    } catch (RuntimeException e) {
      LOG.error("A listener of the ledger failed; the others are told all the same", e);
    }
  }
}
