package io.shardkeeper.trigger;

import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;

/** What periods and instants in triggers may be. */
final class Periods {
  static final Instant END = Instant.parse("2200-01-01T00:00:00Z");

  private Periods() {}

  /** Whole milliseconds, at least one, at most a hundred years. */
  static void check(String of, Duration period) {
    boolean whole = period.equals(period.truncatedTo(ChronoUnit.MILLIS));
    if (period.isNegative()
        || period.isZero()
        || period.compareTo(Trigger.LONGEST_PERIOD) > 0
        || !whole) {
      throw new IllegalArgumentException(
          of + " of " + period + " cannot be kept; it is a whole number of milliseconds, from "
              + Trigger.SHORTEST_PERIOD + " to " + Trigger.LONGEST_PERIOD);
    }
  }

  /** What an instant in a trigger may be: whole milliseconds in the years in which there are fires. */
  static void checkInstant(String what, Instant instant) {
    boolean whole = instant.equals(instant.truncatedTo(ChronoUnit.MILLIS));
    if (instant.isBefore(Instant.EPOCH) || !instant.isBefore(END) || !whole) {
      throw new IllegalArgumentException(what + " cannot be at " + instant
          + "; instants are whole milliseconds of the years 1970 to 2199");
    }
  }
}
