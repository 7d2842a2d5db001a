package io.shardkeeper.core.ledger;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;

/**
 * For how long one may still act in the name of a session. It counts down on one's own monotonic clock, in nanoseconds, and is renewed by
 * nothing but an answered {@link Ledger#barrier()}: a server that is cut from the others answers everything else from memory.
 *
 * <pre>
 *   asked      1 ─── 2 ─── 3 ─── 4           a barrier each sixth of the session timeout T
 *   answered      1 ─── 2 ─── 3
 *   until                     2 + T − margin: counted from the asking before the last one that was answered
 * </pre>
 *
 * <p>It is counted from the one before the last, because who answers the last one may already have been deposed. The margin covers what
 * the far end rounds, and what two clocks may drift apart. Not for several threads.
 */
public final class Lease {
  /** How often it is renewed within a session timeout. */
  public static final int RENEWALS = 6;

  /** What is taken off beside half a tick of the far end. */
  public static final Duration MARGIN = Duration.ofMillis(250);

  private final Deque<Long> asked = new ArrayDeque<>();
  private final Duration tick;
  private long timeout;
  private long lastAsked;
  private long answered;
  private long beforeAnswered;
  private boolean renewed;
  private boolean lapsed;

  /** What one may do. */
  public enum Phase {
    /** Everything. */
    HELD,
    /** Nothing new; what runs is cancelled, because it has to end before others begin. */
    ENDING,
    /** Nothing in the name of the session, whatever is heard of it later. */
    LAPSED
  }

  /**
   * A lease that begins with a session.
   *
   * @param timeout the session timeout
   * @param tick to which the far end rounds the end of sessions
   * @param begun when the session was asked for: no later than the far end granted it
   */
  public Lease(Duration timeout, Duration tick, long begun) {
    this.tick = tick;
    this.timeout = usable(timeout);
    this.lastAsked = begun;
    this.answered = begun;
    this.beforeAnswered = begun;
  }

  private long usable(Duration of) {
    Duration left = of.minus(tick.dividedBy(2)).minus(MARGIN);
    if (left.compareTo(of.dividedBy(RENEWALS)) < 0) {
      throw new IllegalArgumentException("Lease: a session timeout of " + of + " leaves " + left
          + " with ticks of " + tick + "; take at least two ticks and a second");
    }
    return left.toNanos();
  }

  /** The session timeout changed, as it may when the session resumes on another server. */
  public void timeout(Duration of) {
    this.timeout = usable(of);
  }

  /** Whether it is time to ask for a barrier. */
  public boolean isDue(long now) {
    return now - lastAsked >= timeout / RENEWALS;
  }

  /** A barrier is asked for now. */
  public void asked(long now) {
    lastAsked = now;
    asked.addLast(now);
  }

  /** The oldest barrier that was asked for is answered, now. */
  public void answered(long now) {
    phase(now); // an answer that comes behind the end revives nothing
    beforeAnswered = answered;
    answered = asked.removeFirst();
    renewed = true;
  }

  /** The oldest barrier that was asked for will not be answered. */
  public void unanswered() {
    asked.removeFirst();
  }

  /** When it lapses. */
  public long until() {
    return (renewed ? beforeAnswered : answered) + timeout;
  }

  /** When what runs has to be cancelled. */
  public long endsFrom() {
    return until() - timeout / 10;
  }

  /** What one may do now. Once it lapsed, it is for good: the owner of a lapsed lease begins a new session. */
  public Phase phase(long now) {
    lapsed |= now - until() >= 0;
    if (lapsed) {
      return Phase.LAPSED;
    }
    return now - endsFrom() >= 0 ? Phase.ENDING : Phase.HELD;
  }
}
