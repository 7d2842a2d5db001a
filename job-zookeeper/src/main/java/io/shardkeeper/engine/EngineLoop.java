package io.shardkeeper.engine;

import io.shardkeeper.core.ledger.Subscription;
import io.shardkeeper.core.loop.Loop;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.Queue;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The thread on which an engine thinks: {@code shardkeeper-<namespace>}. It runs what is handed over, in that order, and between two tasks
 * what is due; with nothing to do it sleeps. Any thread may call it.
 *
 * <p>A task that throws is told in the log, and the next one runs. How many tasks wait is bounded by those who hand them over, not here.
 *
 * <p>Its thread is no daemon: a process that does nothing but run jobs lives until its engine is closed.
 */
public final class EngineLoop implements Loop, AutoCloseable {
  /** How long {@link #close} waits for a task that does not end. */
  public static final Duration CLOSE = Duration.ofSeconds(10);

  /** It turns at least so often, with nothing to do, too: whoever watches it can tell idle from dead. */
  public static final Duration BEAT = Duration.ofMillis(100);

  private static final Logger LOG = LoggerFactory.getLogger(EngineLoop.class);

  private final Queue<Runnable> tasks = new ConcurrentLinkedQueue<>();
  private final TreeSet<Timer> timers = new TreeSet<>(); // the thread's own
  private final Thread thread;
  private long timersEver; // the thread's own
  private volatile long lastTurn;
  private volatile boolean asleep;
  private volatile boolean closing;
  private volatile boolean ended;

  /** Something due. Equal instants go by the number, in the order in which they were asked for. */
  private final class Timer implements Comparable<Timer>, Subscription {
    private final long at;
    private final Runnable what;
    private long number;
    private volatile boolean closed;

    Timer(long at, Runnable what) {
      this.at = at;
      this.what = what;
    }

    void place() {
      if (!closed) {
        number = timersEver++;
        timers.add(this);
      }
    }

    @Override
    public void close() {
      closed =
          true; // from here on it does not run; what it holds is let go when the thread gets to it
      if (isOwnThread()) {
        timers.remove(this);
      } else {
        enqueue(() -> timers.remove(this));
      }
    }

    @Override
    public int compareTo(Timer other) {
      return at != other.at ? Long.signum(at - other.at) : Long.compare(number, other.number);
    }

    @Override
    public boolean equals(Object other) {
      return this == other;
    }

    @Override
    public int hashCode() {
      return System.identityHashCode(this);
    }
  }

  /** Starts the thread of a namespace. */
  public EngineLoop(String namespace) {
    lastTurn = System.nanoTime();
    thread = new Thread(null, this::live, "shardkeeper-" + namespace, 0, false);
    thread.setDaemon(false);
    thread.start();
  }

  @Override
  public long nanos() {
    return System.nanoTime();
  }

  @Override
  public Instant wall() {
    return Instant.now();
  }

  /**
   * When it began what it does, or last looked for something to do, by {@link #nanos}. It is never much more than {@link #BEAT} ago, unless
   * a task does not end, the process was frozen, or the thread is gone.
   */
  public long lastTurn() {
    return lastTurn;
  }

  /** Where its thread is at this moment, for people. */
  String whereabouts() {
    return Arrays.stream(thread.getStackTrace())
        .map(frame -> "    at " + frame)
        .collect(Collectors.joining("\n"));
  }

  /**
   * Hands something over.
   *
   * @throws RejectedExecutionException if it is closed
   */
  @Override
  public void execute(Runnable task) {
    if (closing || !enqueue(task)) {
      throw new RejectedExecutionException("The loop '" + thread.getName() + "' is closed");
    }
  }

  /** Puts a task, and says whether it will be run. */
  private boolean enqueue(Runnable task) {
    tasks.add(task);
    // Either the thread sees the task before it sleeps, or this sees that it sleeps.
    if (asleep) {
      LockSupport.unpark(thread);
    }
    // If it ended and the task is still there, its last look at them came before: nobody will run
    // it.
    return !(ended && tasks.remove(task));
  }

  @Override
  public Subscription at(long nanos, Runnable what) {
    var timer = new Timer(nanos, what);
    if (isOwnThread()) {
      timer.place();
    } else {
      execute(timer::place);
    }
    return timer;
  }

  private boolean isOwnThread() {
    return Thread.currentThread() == thread;
  }

  private void live() {
    while (!(closing && tasks.isEmpty())) {
      runDue();
      Runnable task = tasks.poll();
      if (task == null) {
        sleep();
      } else {
        run(task);
      }
    }
    ended = true;
    // What was handed over between the last look and the line above.
    for (Runnable task = tasks.poll(); task != null; task = tasks.poll()) {
      run(task);
    }
    timers.clear();
  }

  private void runDue() {
    long now = System.nanoTime();
    lastTurn = now;
    // What a timer asks for anew waits for the next turn, if it is due behind this one; so does
    // what becomes due meanwhile.
    while (!closing && !timers.isEmpty() && timers.first().at - now <= 0) {
      Timer due = timers.pollFirst();
      if (due != null && !due.closed) {
        run(due.what);
      }
    }
  }

  private void run(Runnable task) {
    lastTurn = System.nanoTime();
    try {
      task.run();
    } catch (Throwable e) {
      LOG.error("A task on '{}' failed; the loop goes on", thread.getName(), e);
    }
  }

  private void sleep() {
    long wait = BEAT.toNanos();
    if (!timers.isEmpty()) {
      wait = Math.min(wait, timers.first().at - System.nanoTime());
    }
    if (wait <= 0) {
      return;
    }
    asleep = true;
    try {
      if (tasks.isEmpty() && !closing) {
        LockSupport.parkNanos(this, wait);
      }
    } finally {
      asleep = false;
    }
    // Nobody interrupts it in good faith; but a thread that stays interrupted would not sleep
    // again.
    if (Thread.interrupted()) {
      LOG.debug("'{}' was interrupted, which means nothing to it", thread.getName());
    }
  }

  /**
   * Takes nothing more, runs what was handed over before, forgets its timers, and ends. Waits for that, but on its own thread.
   */
  @Override
  public void close() {
    closing = true;
    LockSupport.unpark(thread);
    if (isOwnThread()) {
      return;
    }
    try {
      thread.join(CLOSE.toMillis());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    if (thread.isAlive()) {
      LOG.warn("'{}' still works on a task, and ends behind it", thread.getName());
    }
  }
}
