package io.shardkeeper.handlers.process;

import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.LockSupport;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.MDC;

/**
 * A program that runs. Two threads share it: one of its own, which starts it, reads what it says, and lives until it has ended; and that of the
 * execution, which waits, and has it end.
 *
 * <pre>
 *   starts ──► runs ─────────────────────────────► ended ──► nobody left     its own thread
 *               └──► asked to end ──► killed ──┘                             that of the execution, if there is a reason
 * </pre>
 *
 * <p>Its own thread must not end before: the kernel tells a process of the death of the thread that made it, and not of the rest.
 *
 * <p>The pipe is looked into rather than waited for: a process that left the tree could hold it open, and who reads would wait for that one.
 */
final class Running implements Runnable {
  /** What its own thread tells. */
  private record Over(int code, boolean nobodyLeft) {}

  /** How long the kernel may take to end what is killed; it takes longer for what waits for a dead disk. */
  static final Duration STUBBORN = Duration.ofSeconds(15);

  /** The code of what has not told any. */
  private static final int NONE = -1;

  private static final long STEP_MILLIS = 50;
  private static final int SPINS = 20;
  private static final int LONGEST_IDLE_MILLIS = 20;

  private final ProcessBuilder builder;
  private final String id;
  private final boolean namespace;
  private final Tree.Census census;
  private final Output output;
  private final LongSupplier nanos;
  private final @Nullable Map<String, String> diagnostics = MDC.getCopyOfContextMap();
  private final CompletableFuture<End.Why> toEnd;
  private final CompletableFuture<Over> over = new CompletableFuture<>();
  private volatile @Nullable Tree tree;

  Running(
      ProcessBuilder builder,
      String id,
      boolean namespace,
      Tree.Census census,
      Output output,
      LongSupplier nanos,
      CompletableFuture<End.Why> toEnd) {
    this.builder = builder;
    this.id = id;
    this.namespace = namespace;
    this.census = census;
    this.output = output;
    this.nanos = nanos;
    this.toEnd = toEnd;
  }

  /** What its own thread does. */
  @Override
  public void run() {
    if (diagnostics != null) {
      MDC.setContextMap(diagnostics);
    }
    try {
      over.complete(live());
    } catch (Throwable e) {
      // Whatever it was, somebody waits. Behind this the thread ends, and what still hangs on it
      // ends with it.
      clear();
      over.completeExceptionally(e);
    } finally {
      toEnd.complete(End.Why.BY_ITSELF);
    }
  }

  /** It is not run at all: its end came first. */
  void notStarted() {
    over.complete(new Over(NONE, true));
  }

  private void clear() {
    Tree left = tree;
    if (left != null) {
      left.kill();
      left.killKeeper();
      try {
        left.sweep(within(nanos, STUBBORN));
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }
  }

  private Over live() throws IOException, InterruptedException {
    Process process = builder.start();
    var all = new Tree(process.toHandle(), id, namespace, census);
    tree = all;
    process.getOutputStream().close();
    read(process, all);
    // A namespace that ended by itself has ended as a whole. One that was killed while it was made
    // is looked after.
    boolean ofItself = namespace && !toEnd.isDone();
    boolean nobodyLeft = ofItself || all.sweep(within(nanos, STUBBORN));
    output.close();
    return new Over(process.waitFor(), nobodyLeft);
  }

  private void read(Process process, Tree all) throws IOException, InterruptedException {
    InputStream pipe = process.getInputStream();
    byte[] buffer = new byte[1 << 16];
    long looked = nanos.getAsLong();
    int idle = 0;
    while (true) {
      boolean ended = !process.isAlive(); // before the last look: what it said, it said before
      int there = pipe.available();
      if (there > 0) {
        output.add(buffer, pipe.read(buffer, 0, Math.min(there, buffer.length)));
        idle = 0;
      } else if (ended) {
        return;
      } else if (idle++ < SPINS) {
        Thread.onSpinWait(); // who says much says more in a moment
      } else {
        long unused =
            process.waitFor(Math.min(idle / SPINS, LONGEST_IDLE_MILLIS), TimeUnit.MILLISECONDS)
                ? 0
                : 1;
      }
      if (nanos.getAsLong() - looked > Tree.Census.EVERY_NANOS) {
        all.look();
        looked = nanos.getAsLong();
      }
    }
  }

  /** Short waits, for so long all together. */
  static Tree.Pause within(LongSupplier nanos, Duration most) {
    long begin = nanos.getAsLong();
    return () -> {
      if (Thread.interrupted()) {
        throw new InterruptedException();
      }
      LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(2));
      return nanos.getAsLong() - begin < most.toNanos();
    };
  }

  /**
   * Waits until it has ended, and has it end when it takes too long, or when this thread is interrupted: then it stays so.
   *
   * @throws IOException if it could not be started
   */
  End await(Duration timeout, Duration grace) throws IOException {
    long begin = nanos.getAsLong();
    boolean interrupted = false;
    try {
      try {
        toEnd.get(timeout.toNanos(), TimeUnit.NANOSECONDS);
      } catch (TimeoutException e) {
        toEnd.complete(End.Why.TIMED_OUT);
      } catch (InterruptedException e) {
        interrupted = true;
        toEnd.complete(End.Why.INTERRUPTED);
      }
      End.Why why = toEnd.join();
      if (why != End.Why.BY_ITSELF) {
        interrupted |= stop(why == End.Why.LEASE_LOST ? Duration.ZERO : grace);
      }
      Over how = over.isDone() ? over.get() : new Over(NONE, false);
      return new End(
          why,
          how.code(),
          how.nobodyLeft(),
          Duration.ofNanos(nanos.getAsLong() - begin),
          output.last());
    } catch (InterruptedException e) {
      throw new IllegalStateException("Nothing is waited for here", e);
    } catch (ExecutionException e) {
      if (e.getCause() instanceof IOException cause) {
        throw cause;
      }
      throw new IllegalStateException("What runs a command has failed", e.getCause());
    } finally {
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }

  /** First politely. Whether this thread was interrupted meanwhile: that does not make it faster, for it is ending already. */
  private boolean stop(Duration grace) {
    long begin = nanos.getAsLong();
    boolean interrupted = false;
    while (!over.isDone() && nanos.getAsLong() - begin < grace.toNanos()) {
      with(Tree::ask);
      interrupted |= step();
    }
    long killed = nanos.getAsLong();
    boolean keeperToo = false;
    while (!over.isDone() && nanos.getAsLong() - killed < STUBBORN.toNanos()) {
      output.mute();
      with(Tree::kill);
      keeperToo = nanos.getAsLong() - killed > STUBBORN.toNanos() / 2;
      if (keeperToo) {
        with(Tree::killKeeper);
      }
      interrupted |= step();
    }
    return interrupted;
  }

  private void with(java.util.function.Consumer<Tree> what) {
    Tree started = tree;
    if (started != null) {
      what.accept(started);
    }
  }

  private boolean step() {
    try {
      over.get(STEP_MILLIS, TimeUnit.MILLISECONDS);
    } catch (TimeoutException | ExecutionException e) {
      return false; // the one is looked at by the loop, the other behind it
    } catch (InterruptedException e) {
      return true;
    }
    return false;
  }
}
