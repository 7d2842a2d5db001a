package io.shardkeeper.core.mail;

import io.shardkeeper.core.layout.Assignment;
import io.shardkeeper.run.Outcome;
import java.time.Duration;
import java.time.Instant;

/** What an instance tells of an assignment that it had. */
public sealed interface Told {
  /** The assignment. */
  Assignment what();

  /**
   * It ended, for good.
   *
   * @param text the result, or the reason of a failure
   * @param started when the handler was called; when it was to start if it never was
   * @param ended when it ended
   * @param log the last that it has logged
   * @param returned whether the handler has returned: as long as it has not, the lane stays taken
   * @param retryAfter how long its handler asks to wait at least before it is tried again
   */
  record Ended(
      Assignment what,
      Outcome outcome,
      String text,
      String log,
      Instant started,
      Instant ended,
      boolean returned,
      Duration retryAfter)
      implements Told {
    /** One that has logged nothing, and asks for nothing. */
    public Ended(
        Assignment what,
        Outcome outcome,
        String text,
        Instant started,
        Instant ended,
        boolean returned) {
      this(what, outcome, text, "", started, ended, returned, Duration.ZERO);
    }
  }

  /**
   * The handler of one that had ended before has returned at last.
   *
   * @param called whether it was called at all; known where it was, and not told
   */
  record Returned(Assignment what, Instant at, boolean called) implements Told {
    /** One that was called. */
    public Returned(Assignment what, Instant at) {
      this(what, at, true);
    }
  }

  /**
   * A handler has returned at last whose instance is over; told by the next one of the same process. It is about nothing that is open, and its assignment has lost its
   * token: a build that does not know this takes it for the return of what has that token, and that may be on its way to somebody else.
   *
   * @param instance for which it was called
   * @param from when the lease of that had ended
   * @param until when the handler had returned
   */
  record Overran(Assignment what, String instance, Instant from, Instant until) implements Told {
    /** Takes the token away. */
    public Overran {
      what = what.withToken(0);
    }
  }

  /** It was not started, or stopped because its instance leaves; somebody else is to decide what becomes of it. */
  record HandedBack(Assignment what, String why) implements Told {}
}
