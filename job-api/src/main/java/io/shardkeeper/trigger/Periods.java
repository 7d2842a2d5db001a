package io.shardkeeper.trigger;

import java.time.Duration;
import java.time.temporal.ChronoUnit;

/** What a period may be: whole milliseconds, at least one, at most a hundred years. */
final class Periods {
  private Periods() {}

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
}
