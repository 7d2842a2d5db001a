package io.shardkeeper.core.engine;

import io.shardkeeper.core.layout.Layout;
import io.shardkeeper.core.ledger.BranchReader;
import io.shardkeeper.core.ledger.Ledger;
import io.shardkeeper.core.ledger.Node;
import io.shardkeeper.core.ledger.NodePath;
import io.shardkeeper.core.ledger.Subscription;
import io.shardkeeper.core.loop.Loop;
import io.shardkeeper.core.plan.Event;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CompletionStage;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Reads for one tenure what instances have left that are gone, and what those have of whom a report was lost. Lives on the loop. */
final class Leftovers {
  private static final Logger LOG = LoggerFactory.getLogger(Leftovers.class);

  /** Until then whatever was decided is written, or in doubt. */
  private static final Duration BEFORE_AUDIT = Duration.ofSeconds(2);

  private final Attempt attempt;
  private final Ledger ledger;
  private final Loop loop;

  Leftovers(Attempt attempt, Ledger ledger, Loop loop) {
    this.attempt = attempt;
    this.ledger = ledger;
    this.loop = loop;
  }

  /** An instance is gone: its reports first, then what is left in its inbox. */
  void collect(String id) {
    LOG.info("Instance {} is gone", id);
    attempt.inTurn(() -> {
      attempt.handle(new Event.InstanceGone(id));
      if (!attempt.isOver()) {
        read(id); // nothing is given to it any more
      }
    });
  }

  private void read(String id) {
    NodePath reports = Layout.REPORTS.child(id);
    NodePath inbox = Layout.INBOX.child(id);
    CompletionStage<Event.Leftovers> left = reportsFirst(
        id,
        found -> branch(inbox)
            .thenApply(tickets -> Sightings.leftovers(
                id,
                tickets,
                !attempt.isBlocked(inbox),
                found.containsKey(reports) && !attempt.isBlocked(reports))));
    tell(left, "reading what instance " + id + " left", found -> {
      LOG.info(
          "Instance {} left {} tickets: they are moved on", id, found.tickets().size());
      attempt.step(found);
    });
  }

  /** A report of an instance was set aside: after a while it is looked up what the instance has, and what has nobody. */
  void audit(String id) {
    long upTo = attempt.lastToken();
    NodePath inbox = Layout.INBOX.child(id);
    Subscription unused = loop.at(loop.nanos() + BEFORE_AUDIT.toNanos(), () -> {
      if (!attempt.isOver()) {
        CompletionStage<Map<NodePath, Node>> nodes = reportsFirst(id, found -> branch(inbox));
        tell(
            nodes,
            "looking what instance " + id + " has",
            found -> attempt.step(new Event.Audited(id, upTo, Sightings.openOf(inbox, found))));
      }
    });
  }

  /** What comes behind the reports of an instance. */
  private interface Next<T> {
    CompletionStage<T> after(Map<NodePath, Node> reports);
  }

  private <T> CompletionStage<T> reportsFirst(String id, Next<T> next) {
    return branch(Layout.REPORTS.child(id)).thenCompose(found -> {
      if (!attempt.isOver()) {
        found.forEach(attempt::report);
      }
      return next.after(found);
    });
  }

  private <T> void tell(CompletionStage<T> read, String doing, Consumer<T> to) {
    read.whenComplete((found, failure) -> {
      if (attempt.isOver()) {
        return;
      }
      if (failure != null) {
        attempt.doubt(doing + ": " + failure.getMessage(), false);
      } else {
        to.accept(found);
      }
    });
  }

  private CompletionStage<Map<NodePath, Node>> branch(NodePath root) {
    return BranchReader.read(ledger, root);
  }
}
