package io.shardkeeper.core.engine;

import io.shardkeeper.core.books.Draft;
import io.shardkeeper.core.ledger.CommitResult;
import io.shardkeeper.core.ledger.Ledger;
import io.shardkeeper.core.ledger.Subscription;
import io.shardkeeper.core.loop.Loop;
import io.shardkeeper.core.loop.PlanClock;
import io.shardkeeper.core.plan.Coordinator;
import io.shardkeeper.core.plan.Event;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Commits what a coordinator decides, several transactions at a time: they form a chain, in which none lands without those before it. Whatever is not
 * APPLIED is a doubt. Lives on the loop.
 */
final class Pipeline {
  private static final Logger LOG = LoggerFactory.getLogger(Pipeline.class);

  /** Transactions under way, at most: what comes meanwhile is decided together. */
  private static final int MOST_UNDER_WAY = 4;

  private final Attempt attempt;
  private final Ledger ledger;
  private final Loop loop;
  private final Coordinator coordinator;
  private final PlanClock clock;
  private final News news;
  private Subscription wake = () -> {};
  private boolean flushing;
  private boolean fruitful;
  private int underWay;

  Pipeline(
      Attempt attempt,
      Ledger ledger,
      Loop loop,
      Coordinator coordinator,
      PlanClock clock,
      News news) {
    this.attempt = attempt;
    this.ledger = ledger;
    this.loop = loop;
    this.coordinator = coordinator;
    this.clock = clock;
    this.news = news;
  }

  /** Whether anything was committed. */
  boolean isFruitful() {
    return fruitful;
  }

  void close() {
    wake.close();
  }

  /** Commits when everything was handled that is there now: what is decided together goes together. */
  void flushSoon() {
    if (!flushing) {
      flushing = true;
      loop.execute(() -> {
        flushing = false;
        if (!attempt.isOver()) {
          flush();
        }
      });
    }
  }

  /** Commits what is decided, and has the coordinator woken when it wants to be. */
  void flush() {
    if (!ledger.session().isConnected()) {
      return;
    }
    if (underWay < MOST_UNDER_WAY) {
      List<Draft.Decided> decided;
      try {
        decided = coordinator.take(clock.instant());
      } catch (RuntimeException e) {
        LOG.error("{} could not write what it decided", attempt.candidate(), e);
        attempt.doubt("writing what was decided failed: " + e.getMessage(), false);
        return;
      }
      for (Draft.Decided one : decided) {
        underWay++;
        ledger.commit(one.transaction()).thenAccept(result -> committed(one, result));
        if (attempt.isOver()) {
          return;
        }
      }
    }
    wake.close();
    coordinator
        .nextWake()
        .ifPresent(at -> wake = loop.at(clock.nanosAt(at), () -> {
          if (!attempt.isOver()) {
            attempt.step(new Event.TimePassed());
          }
        }));
  }

  private void committed(Draft.Decided decided, CommitResult result) {
    underWay--;
    if (result.isApplied()) {
      news.tell(decided); // also if the tenure is over: it has landed, and nobody else will tell it
    }
    if (attempt.isOver()) {
      return;
    }
    if (result.isApplied()) {
      fruitful = true;
      if (underWay < MOST_UNDER_WAY) {
        flushSoon();
      }
      return;
    }
    boolean deposed = result.kind() == CommitResult.Kind.CONFLICT && result.step() <= 1;
    attempt.clear(decided.transaction(), result);
    attempt.doubt("a transaction ended " + result, deposed);
  }
}
