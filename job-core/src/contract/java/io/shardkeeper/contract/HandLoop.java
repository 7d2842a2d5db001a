package io.shardkeeper.contract;

import io.shardkeeper.core.ledger.Subscription;
import io.shardkeeper.core.loop.Loop;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.TreeSet;
import java.util.concurrent.RejectedExecutionException;
import org.jspecify.annotations.Nullable;

/**
 * A loop that is turned by hand: what is handed over waits for {@link #turn}, and both clocks stand still but for {@link #advance}. For one
 * thread, which is that of the loop while it turns, and any other else.
 */
public final class HandLoop implements Loop {
  private final Deque<Runnable> tasks = new ArrayDeque<>();
  private final TreeSet<Timer> timers = new TreeSet<>();
  private Instant wall = Instant.parse("2027-01-04T09:00:00Z");
  private long nanos;
  private long timersEver;
  private boolean refuses;

  private record Timer(long at, long number, Runnable what) implements Comparable<Timer> {
    @Override
    public int compareTo(Timer other) {
      return at != other.at ? Long.signum(at - other.at) : Long.compare(number, other.number);
    }
  }

  /** A loop whose monotonic clock begins at a number. */
  public HandLoop(long nanos) {
    this.nanos = nanos;
  }

  /** A loop whose monotonic clock is about to turn negative, as that of a JVM may at any time. */
  public HandLoop() {
    this(Long.MAX_VALUE - Duration.ofSeconds(1).toNanos());
  }

  @Override
  public long nanos() {
    return nanos;
  }

  @Override
  public Instant wall() {
    return wall;
  }

  @Override
  public void execute(Runnable task) {
    if (refuses) {
      throw new RejectedExecutionException("The loop has ended");
    }
    tasks.add(task);
  }

  @Override
  public Subscription at(long when, Runnable what) {
    var timer = new Timer(when, timersEver++, what);
    timers.add(timer);
    return () -> timers.remove(timer);
  }

  /** Takes nothing any more, as one that has ended. */
  public void refuse() {
    refuses = true;
  }

  /** How many timers wait. */
  public int timers() {
    return timers.size();
  }

  /** Runs what was handed over, and what is due. */
  public void turn() {
    Runnable next = next();
    while (next != null) {
      next.run();
      next = next();
    }
  }

  private @Nullable Runnable next() {
    Runnable task = tasks.poll();
    if (task != null || timers.isEmpty() || timers.first().at - nanos > 0) {
      return task;
    }
    Timer due = timers.first();
    timers.remove(due);
    return due.what;
  }

  /** Lets time pass, and runs each thing when it is due. */
  public void advance(Duration by) {
    long end = nanos + by.toNanos();
    turn();
    while (!timers.isEmpty() && timers.first().at - end <= 0) {
      move(timers.first().at);
      turn();
    }
    move(end);
  }

  /** Lets time pass without running anything, as when the process is frozen. */
  public void freeze(Duration by) {
    move(nanos + by.toNanos());
  }

  private void move(long to) {
    if (to - nanos > 0) {
      wall = wall.plusNanos(to - nanos);
      nanos = to;
    }
  }
}
