package io.shardkeeper.trigger;

import java.time.Duration;
import java.time.Instant;

/**
 * Fires at an anchor and each period after it, until the end of the year 2199. With a period of 40 minutes and the usual
 * anchor, after 00:00 comes 00:40, then 01:20.
 */
public record FixedRate(Duration period, Instant anchor) implements Trigger {
  /** Checks the period and the anchor. */
  public FixedRate {
    Periods.check("A fixed rate", period);
    Periods.checkInstant("The anchor of a fixed rate", anchor);
  }

  @Override
  public Instant after(Instant t) {
    if (t.isBefore(anchor)) {
      return anchor;
    }
    if (!t.isBefore(Periods.END)) {
      return NEVER;
    }
    Instant fire = at((t.toEpochMilli() - anchor.toEpochMilli()) / period.toMillis() + 1);
    return fire.isBefore(Periods.END) ? fire : NEVER;
  }

  @Override
  public Instant before(Instant t) {
    if (!t.isAfter(anchor)) {
      return NEVER_BEFORE;
    }
    Instant last = t.isBefore(Periods.END) ? t.minusNanos(1) : Periods.END.minusNanos(1);
    return at((last.toEpochMilli() - anchor.toEpochMilli()) / period.toMillis());
  }

  private Instant at(long number) {
    return Instant.ofEpochMilli(anchor.toEpochMilli() + number * period.toMillis());
  }
}
