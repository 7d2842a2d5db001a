package io.shardkeeper.calendar;

import java.time.Instant;

/**
 * A stretch of time, from an instant until just before another, in which all instants lie inside a calendar, or all outside.
 * It need not be the longest possible.
 */
public record Stretch(Instant from, Instant until, boolean inside) {
  /** Checks that there is some time in it. */
  public Stretch {
    if (!from.isBefore(until)) {
      throw new IllegalArgumentException(
          "A stretch of time from " + from + " until " + until + " holds no instant");
    }
  }
}
