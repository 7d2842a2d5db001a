package io.shardkeeper.engine;

import io.shardkeeper.core.ledger.Ledger;
import java.time.Duration;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Ends the session of an engine whose loop does not turn: alive outside, dead inside, it would keep its work and do nothing. Lives on the threads of
 * those who keep house, one look after the other.
 *
 * <p>It counts looks, and no time: after a process was frozen the first look finds a loop that has not turned for long, and nothing wrong with it.
 */
final class Watchdog {
  /** Looks within half a session timeout. */
  static final int LOOKS = 4;

  private static final Logger LOG = LoggerFactory.getLogger(Watchdog.class);

  private final EngineLoop loop;
  private final Ledger ledger;
  private final Duration timeout;
  private final AtomicInteger barks = new AtomicInteger();

  // Of one look at a time, each of which happens behind the one before.
  private long seen;
  private int looks;

  /** Watches a loop, for a ledger whose sessions last so long. */
  Watchdog(EngineLoop loop, Ledger ledger, Duration timeout) {
    this.loop = loop;
    this.ledger = ledger;
    this.timeout = timeout;
    this.seen = loop.lastTurn();
  }

  /** Looks from time to time, as long as somebody keeps house. */
  void watch(ScheduledExecutorService housekeeping) {
    long pause = timeout.toNanos() / 2 / LOOKS;
    Future<?> unused =
        housekeeping.scheduleWithFixedDelay(this::look, pause, pause, TimeUnit.NANOSECONDS);
  }

  private void look() {
    long turned = loop.lastTurn();
    looks = turned == seen ? looks + 1 : 0;
    seen = turned;
    if (looks == LOOKS) {
      barks.incrementAndGet();
      LOG.error(
          "The loop has not turned for half of the session timeout of {}: the session is ended, and its work moves on. It is at:\n{}",
          timeout,
          loop.whereabouts());
      ledger.endSession();
    }
  }

  /** How often it ended a session. */
  int barks() {
    return barks.get();
  }
}
