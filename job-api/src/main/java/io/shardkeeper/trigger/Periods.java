package io.shardkeeper.trigger;

import java.time.Duration;
import java.time.temporal.ChronoUnit;

/** What a period may be: whole milliseconds, at least one, at most a hundred years. */
final class Periods {
  private static final Duration LONGEST = Duration.ofDays(36_525);

  private Periods() {}

  static void check(String of, Duration period) {
    boolean whole = period.equals(period.truncatedTo(ChronoUnit.MILLIS));
    if (period.isNegative() || period.isZero() || period.compareTo(LONGEST) > 0 || !whole) {
      throw new IllegalArgumentException(of + " of " + period
          + " cannot be kept; it is a whole number of milliseconds, from PT0.001S to " + LONGEST);
    }
  }
}
