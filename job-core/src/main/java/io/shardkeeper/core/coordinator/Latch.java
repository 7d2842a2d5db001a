package io.shardkeeper.core.coordinator;

import io.shardkeeper.core.ledger.Subscription;

/**
 * A queue of those who would coordinate. It only says who should try: two may believe that they are first, and for a while nobody may be.
 * That does no harm, because a {@link Claim} is what makes a coordinator, and each of its transactions is fenced by its term.
 */
public interface Latch extends AutoCloseable {
  /** Whether this one is first in the queue, as far as it knows. */
  boolean isFirst();

  /** Whether it may be first soon: two others at most stand before it, as far as it knows. Who prepares for nothing does no harm. */
  boolean isNear();

  /** Tells that {@link #isFirst} or {@link #isNear} may have changed, and that it is worth asking now. */
  Subscription onChange(Runnable told);

  /** Leaves the queue, and joins it again at its end: for one who was deposed, or cannot do the work. */
  void requeue();

  /** Leaves the queue. */
  @Override
  void close();
}
