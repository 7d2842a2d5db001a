package io.shardkeeper.handler;

import java.util.concurrent.CancellationException;

/**
 * The code that does the work of jobs. Jobs name it; they never carry code. One handler serves many jobs, and many threads at
 * the same time.
 */
public sealed interface Handler permits JobHandler, ShardingJobHandler {
  /** The name by which jobs ask for it. */
  String name();

  /** What it does, in one line, for the people who choose it from a list. */
  String description();

  /**
   * Whether its work goes on elsewhere as soon as this instance begins to leave, instead of ending here within the grace: for work that may take hours, and of
   * which every part that is done stays done. No, unless it says so.
   *
   * <p>Then its cancellation is requested with {@link Cancellation.Reason#DRAINING} when the instance begins to leave; its thread is not interrupted before the grace
   * is over, and what it wants run {@linkplain Cancellation#onRequest on request} is run then, once and for all: a kill that follows runs it no second time, it shows in the
   * reason. To have another instance go on it throws a {@link CancellationException}, as {@link Cancellation#throwIfRequested} does; that is another attempt,
   * and neither a failure nor a death. What it returns, or throws otherwise, is its outcome as ever. What is to run at most once, or belongs to this instance, can go on nowhere else, and is
   * not asked.
   */
  default boolean yieldsToDrain() {
    return false;
  }
}
