package io.shardkeeper.handler;

import io.shardkeeper.job.Limits;
import java.time.Duration;

/** What a handler says became of its work. */
public sealed interface Result {
  /** It is done. The text is kept with the run. */
  record Ok(String text) implements Result {
    /** Checks the size of the text. */
    public Ok {
      check(text);
    }
  }

  /**
   * It failed, for a reason that is no exception. The job's retry applies.
   *
   * @param retryAfter how long the next try is to wait at least, as who refused it has asked, in whole milliseconds; zero if the job's retry alone
   *     decides
   */
  record Failed(String reason, Duration retryAfter) implements Result {
    /** Checks the size of the reason, and that nobody waits into the past. */
    public Failed {
      check(reason);
      if (retryAfter.isNegative() || retryAfter.compareTo(Limits.WAIT) > 0) {
        throw new IllegalArgumentException("A wait of " + retryAfter
            + " before a retry is out of range; it runs from 0 to " + Limits.WAIT);
      }
    }

    /** The job's retry alone decides when it is tried again. */
    public Failed(String reason) {
      this(reason, Duration.ZERO);
    }
  }

  /** It is done, and there is nothing to tell. */
  static Result ok() {
    return new Ok("");
  }

  /** It is done. */
  static Result ok(String text) {
    return new Ok(text);
  }

  /** It failed. */
  static Result failed(String reason) {
    return new Failed(reason);
  }

  /** It failed, and there is no use in trying again before some time has passed. Whether it is tried again says the job's retry. */
  static Result failed(String reason, Duration retryAfter) {
    return new Failed(reason, retryAfter);
  }

  private static void check(String text) {
    int bytes = Limits.bytes(text);
    if (bytes > Limits.ITEM_BYTES) {
      throw new IllegalArgumentException(
          "A result of " + bytes + " bytes is too large; at most " + Limits.ITEM_BYTES
              + " are kept, and larger results belong into a store with their address as the result");
    }
  }
}
