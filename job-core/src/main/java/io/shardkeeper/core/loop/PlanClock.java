package io.shardkeeper.core.loop;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;

/**
 * The clock by which a coordinator plans: the wall clock as it stood at the claim, and the monotonic clock from there on. It follows the wall clock so
 * slowly that a step of that neither skips nor doubles anything. Lives on the loop.
 */
public final class PlanClock implements InstantSource {
  /** By which part of the time that passed it is moved towards the wall clock, at most. */
  private static final int SLEW = 1_000;

  private final Loop loop;
  private Instant at;
  private long nanos;

  /** Begins with what the wall clock shows. */
  public PlanClock(Loop loop) {
    this.loop = loop;
    this.at = loop.wall();
    this.nanos = loop.nanos();
  }

  @Override
  public Instant instant() {
    long now = loop.nanos();
    long passed = now - nanos;
    if (passed > 0) {
      nanos = now;
      Duration off = Duration.between(at.plusNanos(passed), loop.wall());
      long most = passed / SLEW;
      boolean far = off.abs().compareTo(Duration.ofNanos(most)) > 0;
      long slew = far ? (off.isNegative() ? -most : most) : off.toNanos();
      at = at.plusNanos(passed + slew);
    }
    return at;
  }

  /** The instant of the monotonic clock at which this one shows another. */
  public long nanosAt(Instant when) {
    Instant now = instant();
    Duration until = Duration.between(now, when);
    if (until.isNegative()) {
      return nanos;
    }
    return until.compareTo(Duration.ofDays(1)) > 0
        ? nanos + Duration.ofDays(1).toNanos()
        : nanos + until.toNanos();
  }
}
