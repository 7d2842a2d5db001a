package io.shardkeeper.run;

/**
 * How a fire or a request ended: with a run, or with the decision that there be none. Each ends in exactly one of these, and
 * an outcome never changes.
 */
public enum Outcome {
  /** All shards did their work. */
  SUCCEEDED,
  /** The work failed, after the last retry. */
  FAILED,
  /** The work took longer than its job allows. */
  TIMED_OUT,
  /** Somebody ended it. */
  KILLED,
  /** Some shards did their work and others failed. Where the others were only not to run, the outcome is that decision. */
  PARTIAL,
  /** What became of it cannot be known, and it may not be started again. */
  LOST,
  /** The run before it had not ended, and the job does not queue. */
  SKIPPED_OVERLAP,
  /** It was decided too late, and the job does not catch up. */
  SKIPPED_MISFIRE,
  /** The job was paused. */
  SKIPPED_PAUSED,
  /** A calendar took it out. */
  SKIPPED_EXCLUDED,
  /** The job was deleted. */
  SKIPPED_DELETED,
  /** A later run took its place. */
  COVERED,
  /** It was refused, with the reason. */
  REJECTED,
  /** No instance could take it. */
  NO_INSTANCE;

  /**
   * Whether it was decided that there be no run, or not all of one of which nothing failed. A decision is not a failure: it raises no alarm and
   * burns no retry.
   */
  public boolean isDecision() {
    return switch (this) {
      case SUCCEEDED, FAILED, TIMED_OUT, KILLED, PARTIAL, LOST -> false;
      case SKIPPED_OVERLAP,
          SKIPPED_MISFIRE,
          SKIPPED_PAUSED,
          SKIPPED_EXCLUDED,
          SKIPPED_DELETED,
          COVERED,
          REJECTED,
          NO_INSTANCE -> true;
    };
  }
}
