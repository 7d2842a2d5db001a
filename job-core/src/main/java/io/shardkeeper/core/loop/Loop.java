package io.shardkeeper.core.loop;

import io.shardkeeper.core.ledger.Subscription;
import java.time.Instant;
import java.util.concurrent.Executor;

/**
 * The one thread on which an engine thinks, and the clocks that it reads. Whatever is handed to it runs there, one after the other. In
 * production it is a thread; in a simulation it is a turn of the world.
 *
 * <p>Any thread may hand something over and read the clocks: the threads of handlers do both.
 */
public interface Loop extends Executor {
  /** The monotonic clock, in nanoseconds: for leases, waits and durations. */
  long nanos();

  /** The wall clock: for nothing but what is due. */
  Instant wall();

  /** Has something run at an instant of the monotonic clock, or soon after; closing it before that forgets it. */
  Subscription at(long nanos, Runnable what);
}
