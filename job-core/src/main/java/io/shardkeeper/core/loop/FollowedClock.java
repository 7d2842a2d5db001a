package io.shardkeeper.core.loop;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;

/**
 * The clock of the coordinator, as an instance knows it: from what tickets say about when they were sent. The one that was under way for the shortest
 * time tells best; so it is late by one hop, and never early. Lives on the loop.
 */
public final class FollowedClock implements InstantSource {
  private final Loop loop;
  private long term = -1;
  private Instant sent = Instant.EPOCH;
  private long nanos;

  /** Begins with what the wall clock shows. */
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

  private Instant at(long now) {
    return sent.plusNanos(now - nanos);
  }

  @Override
  public Instant instant() {
    return at(loop.nanos());
  }

  /** The instant of the monotonic clock at which this one shows another. */
  public long nanosAt(Instant when) {
    Duration until = Duration.between(sent, when);
    Duration most = Duration.ofDays(400);
    if (until.abs().compareTo(most) > 0) {
      until = until.isNegative() ? most.negated() : most;
    }
    return nanos + until.toNanos();
  }
}
