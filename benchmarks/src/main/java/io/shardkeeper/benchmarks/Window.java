package io.shardkeeper.benchmarks;

import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;

/** Lets so many requests be under way and no more. One thread enters, the answers leave. */
final class Window {
  private static final long LONGEST_SECONDS = 60;

  private final int size;
  private final Semaphore free;
  private volatile boolean failed;

  Window(int size) {
    this.size = size;
    this.free = new Semaphore(size);
  }

  /** A request is about to be sent; waits for a place. */
  void enter() throws InterruptedException {
    acquire(1);
  }

  /** A request was answered, as was to be expected or otherwise. */
  void leave(boolean asExpected) {
    if (!asExpected) {
      failed = true;
    }
    free.release();
  }

  /** Waits until nothing is under way. */
  void drain() throws InterruptedException {
    acquire(size);
    free.release(size);
  }

  private void acquire(int places) throws InterruptedException {
    if (!free.tryAcquire(places, LONGEST_SECONDS, TimeUnit.SECONDS)) {
      throw new IllegalStateException("No answer for " + LONGEST_SECONDS + " s; one was expected");
    }
    if (failed) {
      throw new IllegalStateException("A request was refused or lost; all were to be carried out");
    }
  }
}
