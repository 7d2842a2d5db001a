package io.shardkeeper.job;

/**
 * What becomes of a fire whose predecessor still runs. It holds across all instances.
 *
 * @param policy what to do
 * @param limit for SERIAL how many wait, for ALLOW how many run at the same time; else 0
 * @param scope what may not overlap
 */
public record Overlap(Policy policy, int limit, Scope scope) {
  /** How many wait unless said otherwise. */
  public static final int DEFAULT_QUEUE = 100;

  /** What to do with the later of two. */
  public enum Policy {
    /** It waits. When the queue is full, it is refused as SKIPPED_OVERLAP. */
    SERIAL,
    /** It does not run: SKIPPED_OVERLAP. */
    DISCARD_LATER,
    /** The earlier one is ended as COVERED; when it has ended, the later one starts. */
    COVER_EARLIER,
    /** Both run. */
    ALLOW
  }

  /** What may not overlap. */
  public enum Scope {
    /** Two executions of the same shard. */
    SHARD,
    /** Two runs: a run waits for all shards of the one before. */
    RUN
  }

  /** Checks the limit. */
  public Overlap {
    switch (policy) {
      case SERIAL -> Limits.checkRange("A queue", limit, 0, Limits.QUEUE);
      case ALLOW ->
        Limits.checkRange("A number of runs at the same time", limit, 2, Limits.AT_ONCE);
      case DISCARD_LATER, COVER_EARLIER -> Limits.checkRange("The limit of " + policy, limit, 0, 0);
    }
  }

  /** The later one waits, with at most {@value #DEFAULT_QUEUE} in the queue. */
  public static Overlap serial() {
    return serial(DEFAULT_QUEUE);
  }

  /** The later one waits, with at most so many in the queue. */
  public static Overlap serial(int queue) {
    return new Overlap(Policy.SERIAL, queue, Scope.SHARD);
  }

  /** The later one does not run. */
  public static Overlap discardLater() {
    return new Overlap(Policy.DISCARD_LATER, 0, Scope.SHARD);
  }

  /** The earlier one is ended for the later one. */
  public static Overlap coverEarlier() {
    return new Overlap(Policy.COVER_EARLIER, 0, Scope.SHARD);
  }

  /** Up to so many run at the same time. */
  public static Overlap allow(int atOnce) {
    return new Overlap(Policy.ALLOW, atOnce, Scope.SHARD);
  }

  /** The same, for runs as a whole. */
  public Overlap perRun() {
    return new Overlap(policy, limit, Scope.RUN);
  }
}
