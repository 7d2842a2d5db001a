package io.shardkeeper.handlers.process;

import java.time.Duration;

/**
 * How a program ended.
 *
 * @param why what began it
 * @param code with which it ended; -1 if it has told none
 * @param nobodyLeft whether all that it had started has ended
 * @param took how long all that took
 * @param said the last of what it said
 */
public record End(Why why, int code, boolean nobodyLeft, Duration took, String said) {
  /** What begins the end of a program. */
  public enum Why {
    /** It came to its end. */
    BY_ITSELF,
    /** It took too long. */
    TIMED_OUT,
    /** The work of the job is to end. */
    CANCELLED,
    /** Another instance may start the same work soon: there is no time to be polite. */
    LEASE_LOST,
    /** The thread that waits for it was interrupted. */
    INTERRUPTED,
    /** Whoever runs programs is closed. */
    CLOSED
  }
}
