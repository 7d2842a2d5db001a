package io.shardkeeper.engine;

import io.shardkeeper.core.loop.Listeners;
import java.time.Duration;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The thread on which listeners are told of runs and states, one after the other: {@code shardkeeper-<namespace>-listeners}, a daemon. They may block it: then
 * what is to be told waits, and if too much waits the newest is dropped, so that the engine never waits for them. Any thread may call it.
 */
public final class ListenerThread implements Listeners.Beside, AutoCloseable {
  /** When so many messages wait nothing more is taken; what is taken together may go over it. */
  public static final int MOST_WAITING = 1_000;

  /** How long {@link #close} waits for what is still to be told. */
  public static final Duration CLOSE = Duration.ofSeconds(5);

  private static final Logger LOG = LoggerFactory.getLogger(ListenerThread.class);
  private static final long BETWEEN_WARNINGS = Duration.ofMinutes(1).toNanos();

  private final AtomicInteger waiting = new AtomicInteger();
  private final AtomicLong dropped = new AtomicLong();
  private final AtomicLong warnAgain = new AtomicLong(System.nanoTime());
  private final ThreadPoolExecutor threads;
  private final String name;
  private final Duration patience;
  private volatile @Nullable Thread own;

  /** The one of a namespace. */
  public ListenerThread(String namespace) {
    this(namespace, CLOSE);
  }

  ListenerThread(String namespace, Duration patience) {
    this.name = "shardkeeper-" + namespace + "-listeners";
    this.patience = patience;
    this.threads = new ThreadPoolExecutor(
        1,
        1,
        0,
        TimeUnit.NANOSECONDS,
        new LinkedBlockingQueue<>(), // bounded by what waits
        this::thread,
        (telling, closed) -> LOG.debug("'{}' has ended, and tells nothing more", name));
  }

  private Thread thread(Runnable body) {
    var thread = new Thread(null, body, name, 0, false);
    thread.setDaemon(true);
    own = thread;
    return thread;
  }

  @Override
  public void add(int messages, Runnable telling) {
    if (waiting.get() < MOST_WAITING) {
      waiting.addAndGet(messages);
      threads.execute(() -> {
        try {
          telling.run();
        } finally {
          waiting.addAndGet(-messages);
        }
      });
    } else {
      dropped.addAndGet(messages);
    }
    warnIfDue();
  }

  private void warnIfDue() {
    long now = System.nanoTime();
    long due = warnAgain.get();
    if (dropped.get() > 0
        && now - due >= 0
        && warnAgain.compareAndSet(due, now + BETWEEN_WARNINGS)) {
      warn();
    }
  }

  private void warn() {
    long lost = dropped.getAndSet(0);
    if (lost > 0) {
      LOG.warn(
          "'{}' is too slow: {} wait to be told, and {} were dropped and are not told",
          name,
          waiting.get(),
          lost);
    }
  }

  /** Takes nothing more, and waits for what is to be told, but not for long, and not on its own thread; what takes longer is interrupted. */
  @Override
  public void close() {
    threads.shutdown();
    warn();
    if (Thread.currentThread() == own) {
      return;
    }
    try {
      if (!threads.awaitTermination(patience.toNanos(), TimeUnit.NANOSECONDS)) {
        int left = waiting.get();
        threads.shutdownNow();
        LOG.warn("'{}' is interrupted after {}: of {} not all are told", name, patience, left);
      }
    } catch (InterruptedException e) {
      threads.shutdownNow();
      Thread.currentThread().interrupt();
    }
  }
}
