package io.shardkeeper.job;

import io.shardkeeper.text.Quote;
import io.shardkeeper.trigger.Trigger;
import java.time.Instant;
import java.util.Objects;

/**
 * A stretch of time in which a job gets no new runs. What runs goes on, its retries included; what has not started does not start, and is told as
 * SKIPPED_PAUSED.
 *
 * @param from since when
 * @param until when it ends, or ended; {@link Trigger#NEVER} if somebody has to end it
 * @param actor who paused the job
 * @param note why, as it was written
 * @param resumedBy who has ended it, if it has not ended by itself; else empty
 */
public record Pause(Instant from, Instant until, String actor, String note, String resumedBy) {
  /** Characters of a note, at most. */
  public static final int NOTE = 500;

  /** Of a job that was never paused. */
  public static final Pause NONE = new Pause(Trigger.NEVER, Trigger.NEVER, "", "", "");

  /** Checks the note. */
  public Pause {
    checkNote(note);
  }

  /**
   * A note that can be kept.
   *
   * @throws IllegalArgumentException if it is too long, or no text
   */
  public static String checkNote(String note) {
    Objects.requireNonNull(note, "The note of a pause is null; where there is none, it is empty");
    if (note.length() > NOTE) {
      throw new IllegalArgumentException(
          "The note of a pause has " + note.length() + " characters; at most " + NOTE);
    }
    Limits.checkText("The note of a pause", note);
    return note;
  }

  /** Whether the job is paused at an instant. */
  public boolean isAt(Instant at) {
    return !at.isBefore(from) && at.isBefore(until);
  }

  /** Whether there is nothing left of it behind an instant: there never was one, or it has ended. */
  public boolean isOver(Instant at) {
    return from.equals(Trigger.NEVER) || !at.isBefore(until);
  }

  /** The same, ended by somebody. */
  public Pause resumed(String by, Instant at) {
    return new Pause(from, at, actor, note, by);
  }

  /** The same for a clock that has not come to its beginning, or to the end that somebody gave it. */
  public Pause seenAt(Instant now) {
    Instant begin = from.isAfter(now) && !from.equals(Trigger.NEVER) ? now : from;
    Instant end = until.isAfter(now) && !resumedBy.isEmpty() ? now : until;
    return new Pause(begin, end, actor, note, resumedBy);
  }

  /**
   * What it is, in a sentence without its end: "paused by anna at …: the store is being moved". It is one line, and nothing that strangers wrote moves
   * the cursor of a terminal.
   */
  public String sentence() {
    return "paused" + (actor.isEmpty() ? "" : " by " + Quote.line(actor)) + " at " + from
        + (until.equals(Trigger.NEVER) || !resumedBy.isEmpty() ? "" : " until " + until)
        + (note.isEmpty() ? "" : ": " + Quote.line(note));
  }
}
