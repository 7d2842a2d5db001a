package io.shardkeeper.core.loop;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;

/**
 * The clock of the coordinator, as an instance knows it: from what tickets say about when they were sent. The one that was under way for the shortest
 * time tells best; so what they tell is late by one hop, and never early. Where the wall clock shows the same but for so little that a hop may explain
 * it, that is taken: then nothing starts a hop late, and no handler looks at a clock that is not there yet. Lives on the loop.
 */
public final class FollowedClock implements InstantSource {
  /** By how much a wall clock may differ that is taken for the same. */
  private static final Duration NEAR = Duration.ofMillis(20);

  private final Loop loop;
  private long term = -1;
  private Instant sent = Instant.EPOCH;
  private long nanos;

  /** A clock that has heard nothing yet, and shows the wall clock. */
  public FollowedClock(Loop loop) {
    this.loop = loop;
    this.sent = loop.wall();
    this.nanos = loop.nanos();
  }

  /** A ticket was sent in a term, by its clock then, and is read now. */
  public void heard(long inTerm, Instant when) {
    long now = loop.nanos();
    boolean earlier = inTerm < term;
    if (!earlier && (inTerm > term || when.isAfter(at(now)))) {
      term = inTerm;
      sent = when;
      nanos = now;
    }
  }

  /** What tickets tell. */
  private Instant at(long now) {
    return sent.plusNanos(now - nanos);
  }

  @Override
  public Instant instant() {
    Instant told = at(loop.nanos());
    Instant wall = loop.wall();
    return Duration.between(told, wall).abs().compareTo(NEAR) <= 0 ? wall : told;
  }

  /** The instant of the monotonic clock at which this one shows another. */
  public long nanosAt(Instant when) {
    long now = loop.nanos();
    Duration until = Duration.between(instant(), when);
    Duration most = Duration.ofDays(400);
    if (until.abs().compareTo(most) > 0) {
      until = until.isNegative() ? most.negated() : most;
    }
    return now + until.toNanos();
  }
}
