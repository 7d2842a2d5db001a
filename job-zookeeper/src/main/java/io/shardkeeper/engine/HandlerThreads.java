package io.shardkeeper.engine;

import io.shardkeeper.core.loop.Workers;
import java.lang.reflect.Method;
import java.time.Duration;
import java.util.Optional;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The threads on which handlers work: {@code shardkeeper-<namespace>-handler-<n>}, followed by what it works on. Started when there is work,
 * and used again. It sets no limit: whoever asks counts slots. Any thread may call it.
 *
 * <p>They are daemons: a handler that does not return does not keep a process whose engine was closed.
 */
public final class HandlerThreads implements Workers, AutoCloseable {
  /** How long a thread waits for more work before it ends. */
  public static final Duration IDLE = Duration.ofSeconds(60);

  private static final Logger LOG = LoggerFactory.getLogger(HandlerThreads.class);

  private final AtomicLong started = new AtomicLong();
  private final Set<Piece> working = ConcurrentHashMap.newKeySet();
  private final Queue<Piece> waiting = new ConcurrentLinkedQueue<>();

  /**
   * Whether a thread is on its way to what waits. As long as something waits, one is: so pieces that come in a crowd need few threads if they are short,
   * and as many as there are pieces if they are not.
   */
  private final AtomicBoolean coming = new AtomicBoolean();

  private final String prefix;
  private final Executor threads;
  private volatile boolean closed;

  /** What a thread is made of. */
  public enum Kind {
    /** A thread of the operating system: for handlers that compute. */
    PLATFORM,
    /** A virtual one, from Java 21 on: for handlers that wait. Before, a platform thread, and a line in the log. */
    VIRTUAL
  }

  /** Threads for a namespace. */
  public HandlerThreads(String namespace, Kind kind) {
    this(namespace, kind, IDLE);
  }

  HandlerThreads(String namespace, Kind kind, Duration idle) {
    prefix = "shardkeeper-" + namespace + "-handler-";
    threads = (kind == Kind.VIRTUAL ? virtual() : Optional.<Executor>empty())
        .orElseGet(() -> platform(idle));
  }

  /** The same, with somebody else's way to start threads. */
  HandlerThreads(String namespace, Executor threads) {
    prefix = "shardkeeper-" + namespace + "-handler-";
    this.threads = threads;
  }

  private Executor platform(Duration idle) {
    ThreadFactory factory = task -> {
      var thread = new Thread(null, task, nextName(), 0, false);
      thread.setDaemon(true);
      return thread;
    };
    return new ThreadPoolExecutor(
        0,
        Integer.MAX_VALUE,
        idle.toNanos(),
        TimeUnit.NANOSECONDS,
        new SynchronousQueue<>(),
        factory);
  }

  /** A virtual thread for each piece of work. By reflection: this is compiled for Java 17. */
  private Optional<Executor> virtual() {
    try {
      Method ofVirtual = Thread.class.getMethod("ofVirtual");
      Class<?> builder = ofVirtual.getReturnType();
      Method name = builder.getMethod("name", String.class);
      Method unstarted = builder.getMethod("unstarted", Runnable.class);
      return Optional.of(task -> {
        try {
          ((Thread) unstarted.invoke(name.invoke(ofVirtual.invoke(null), nextName()), task))
              .start();
        } catch (ReflectiveOperationException e) {
          throw new IllegalStateException("A virtual thread could not be made", e);
        }
      });
    } catch (NoSuchMethodException e) {
      LOG.warn(
          "Virtual threads were asked for, and Java {} has none: handlers run on platform threads",
          Runtime.version().feature());
      return Optional.empty();
    }
  }

  private String nextName() {
    return prefix + started.incrementAndGet();
  }

  @Override
  public Work start(String name, Runnable body) {
    var piece = new Piece(name, body);
    working.add(piece);
    if (closed) {
      working.remove(piece);
      LOG.warn("'{}' is not begun: the threads of handlers have ended", name);
      return piece;
    }
    waiting.add(piece);
    callOne();
    return piece;
  }

  /** Has a thread come, if something waits and none is coming. To wake one costs more than to do a short piece. */
  private void callOne() {
    if (waiting.isEmpty() || !coming.compareAndSet(false, true)) {
      return;
    }
    try {
      threads.execute(this::work);
    } catch (RejectedExecutionException e) {
      coming.set(false);
      LOG.debug("The threads of handlers have ended", e);
    } catch (Throwable e) {
      // No memory for one more thread, for one: the piece waits for the next one that is free, or
      // can be had.
      coming.set(false);
      LOG.error(
          "No thread could be started for a handler; it waits until another one ends, and {} wait",
          waiting.size(),
          e);
    }
  }

  private void work() {
    Piece piece = waiting.poll();
    coming.set(false);
    // What is taken may take long: whatever waits behind it needs another thread.
    for (callOne(); piece != null; piece = waiting.poll()) {
      piece.work();
    }
  }

  /** Begins nothing more, and interrupts what runs. It does not wait. */
  @Override
  public void close() {
    closed = true;
    working.forEach(Piece::interrupt);
    if (threads instanceof ThreadPoolExecutor pool) {
      pool.shutdown();
    }
  }

  /** Some work. Its lock guards the thread that it is on: an interrupt meets this work, or nothing. */
  private final class Piece implements Work {
    private final Object lock = new Object();
    private final String name;
    private final Runnable body;
    private @Nullable Thread thread;
    private boolean interrupted;

    Piece(String name, Runnable body) {
      this.name = name;
      this.body = body;
    }

    void work() {
      Thread own = Thread.currentThread();
      String ownName = own.getName();
      own.setName(ownName + " " + name);
      synchronized (lock) {
        thread = own;
        if (interrupted) {
          own.interrupt(); // before it had a thread
        }
      }
      try {
        body.run();
      } catch (Throwable e) {
        LOG.error("'{}' threw something that nobody took", name, e);
      } finally {
        synchronized (lock) {
          thread = null;
          // Behind this no interrupt comes from here; one that came stays with the work that it was
          // meant for.
          if (Thread.interrupted()) {
            LOG.debug("'{}' ended interrupted", name);
          }
        }
        own.setName(ownName);
        working.remove(this);
      }
    }

    @Override
    public String stack() {
      Thread on;
      synchronized (lock) {
        on = thread;
      }
      if (on == null) {
        return "";
      }
      var lines = new StringBuilder(on.getName()).append(" is ").append(on.getState());
      for (StackTraceElement frame : on.getStackTrace()) {
        lines.append("\n  at ").append(frame);
      }
      return lines.toString();
    }

    @Override
    public void interrupt() {
      synchronized (lock) {
        interrupted = true;
        if (thread != null) {
          thread.interrupt();
        }
      }
    }
  }
}
