package io.shardkeeper.core.loop;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.function.BooleanSupplier;

/** Does one thing after the other, in turns: where there is much to do, others have the loop in between. Lives on the loop. */
public final class Turns {
  /** How long a turn is, unless a single thing takes longer. */
  private static final Duration TURN = Duration.ofMillis(5);

  private final Loop loop;
  private final BooleanSupplier over;
  private final Deque<Runnable> waiting = new ArrayDeque<>();
  private boolean coming;

  /**
   * Nothing is to be done.
   *
   * @param over whether nothing more is to be done, be it waiting
   */
  public Turns(Loop loop, BooleanSupplier over) {
    this.loop = loop;
    this.over = over;
  }

  /** Has something done, behind everything that waits; never at once. */
  public void add(Runnable what) {
    waiting.add(what);
    come();
  }

  private void come() {
    if (!coming && !waiting.isEmpty() && !over.getAsBoolean()) {
      coming = true;
      loop.execute(this::take);
    }
  }

  private void take() {
    coming = false;
    long until = loop.nanos() + TURN.toNanos();
    try {
      while (!waiting.isEmpty() && !over.getAsBoolean() && loop.nanos() - until <= 0) {
        waiting.remove().run();
      }
    } finally {
      come();
    }
  }
}
