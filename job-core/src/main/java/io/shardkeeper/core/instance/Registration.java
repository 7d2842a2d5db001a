package io.shardkeeper.core.instance;

import io.shardkeeper.core.execution.Executions;
import io.shardkeeper.core.layout.Assignment;
import io.shardkeeper.core.layout.Instance;
import io.shardkeeper.core.layout.Lane;
import io.shardkeeper.core.layout.Layout;
import io.shardkeeper.core.ledger.Bytes;
import io.shardkeeper.core.ledger.CommitResult;
import io.shardkeeper.core.ledger.CommitResult.Refusal;
import io.shardkeeper.core.ledger.Lease;
import io.shardkeeper.core.ledger.Ledger;
import io.shardkeeper.core.ledger.Mirror;
import io.shardkeeper.core.ledger.Node;
import io.shardkeeper.core.ledger.NodePath;
import io.shardkeeper.core.ledger.Session;
import io.shardkeeper.core.ledger.Subscription;
import io.shardkeeper.core.ledger.Transaction;
import io.shardkeeper.core.loop.Loop;
import io.shardkeeper.core.mail.Inbox;
import io.shardkeeper.core.mail.Question;
import io.shardkeeper.core.mail.Ticket;
import io.shardkeeper.core.mail.Told;
import io.shardkeeper.handler.Cancellation;
import io.shardkeeper.run.Outcome;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One life of an instance under one id: it keeps its lease, reads its inbox, and leaves when it is told. What it has to start stands in its {@link
 * Agenda}, what became of it in its {@link Reporter}. Lives on the loop.
 */
final class Registration {
  private static final Logger LOG = LoggerFactory.getLogger(Registration.class);

  private final InstanceLife life;
  private final Workplace at;
  private final Ledger ledger;
  private final Loop loop;
  private final Executions executions;
  private final String id;
  private final Instance self;
  private final NodePath node;
  private final NodePath inbox;
  private final NodePath reports;
  private final long session;
  private final Duration timeout;
  private final Lease lease;
  private final Mirror mirror;
  private final Reporter reporter;
  private final Agenda agenda;
  private final Answering answering;

  /** What was given, and of which the definition is being read; and what of that is to end. */
  private final Map<Long, Assignment> undefined = new HashMap<>();

  private final Map<Long, Ticket.Message.End> endedBefore = new HashMap<>();

  /** Tickets that were read, but perhaps not all that were written before them: they are taken in the order of their numbers. */
  private final TreeMap<NodePath, Node> arrived = new TreeMap<>();

  private Subscription beat = () -> {};
  private long leaseEndNanos;
  private Instant leaseEnd = Instant.MAX;
  private boolean over;
  private boolean ending;

  Registration(InstanceLife life, Workplace at, String id, Session session, long asked) {
    this.life = life;
    this.at = at;
    this.ledger = at.ledger;
    this.loop = at.loop;
    this.executions = at.executions;
    this.id = id;
    this.session = session.id();
    this.timeout = session.timeout();
    Instance as = at.profile.self();
    this.self = new Instance(
        id, as.name(), as.host(), as.handlers(), as.labels(), as.slots(), as.version(), false);
    this.node = Layout.INSTANCES.child(id);
    this.inbox = Layout.INBOX.child(id);
    this.reports = Layout.REPORTS.child(id);
    this.lease = new Lease(session.timeout(), at.profile.tick(), asked);
    this.reporter =
        new Reporter(ledger, loop, id, at.profile.linger(), at.clock, life::fence, this::written);
    this.agenda = new Agenda(this, at, reporter);
    this.answering = new Answering(at, id);
    this.mirror = new Mirror(ledger, inbox, this::changed);
  }

  String id() {
    return id;
  }

  /** The session under which it is. */
  long session() {
    return session;
  }

  Duration timeout() {
    return timeout;
  }

  boolean isOver() {
    return over;
  }

  /** What makes it be there. */
  Transaction registering() {
    return Transaction.builder()
        .create(inbox, Inbox.EMPTY.bytes())
        .create(reports, Bytes.NONE)
        .createEphemeral(node, self.bytes())
        .build();
  }

  /** What it has to start. */
  Agenda agenda() {
    return agenda;
  }

  /** It is registered: from here on it takes tickets. */
  void begin() {
    executions.leaseBegins(lease.until());
    mirror.start();
    beat();
  }

  void close() {
    over = true;
    long since = Math.max(0, loop.nanos() - lease.until());
    leaseEndNanos = loop.nanos() - since;
    leaseEnd = at.clock.instant().minusNanos(since);
    mirror.close();
    reporter.close();
    agenda.close();
    answering.close();
    beat.close();
  }

  /** When it could not act in the name of its session any more, once it is over. */
  Instant leaseEnd() {
    return leaseEnd;
  }

  /** How long that has been so. */
  Duration sinceLeaseEnd() {
    return Duration.ofNanos(loop.nanos() - leaseEndNanos);
  }

  /** What it has not told, once it is over, of those that are to be told all the same. */
  List<Told.Overran> overrunsNotTold() {
    return reporter.overrunsNotTold();
  }

  void connected(Session now) {
    lease.timeout(now.timeout());
    reporter.connected();
    beat();
  }

  // ---------------------------------------------------------------- lease

  /** Renews the lease, and looks how it stands. */
  private void beat() {
    if (over) {
      return;
    }
    long now = loop.nanos();
    switch (lease.phase(now)) {
      case HELD -> ending = false;
      case ENDING -> {
        if (!ending) {
          ending = true;
          LOG.warn("Instance {} has not heard of the ledger for long: what runs is cancelled", id);
          executions.cancelAll(Cancellation.Reason.LEASE_LOST);
        }
      }
      case LAPSED -> {
        life.fence("its lease lapsed");
        return;
      }
    }
    Session standing = ledger.session();
    if (standing.id() == session && standing.isConnected() && lease.isDue(now)) {
      lease.asked(now);
      ledger.barrier().whenComplete((done, failure) -> {
        if (over) {
          return;
        }
        if (failure == null) {
          lease.answered(loop.nanos());
          executions.leaseUntil(lease.until());
          if (ending) {
            beat();
          }
          agenda.startReady();
        } else {
          lease.unanswered();
        }
      });
    }
    beat.close();
    long step =
        Math.max(ledger.session().timeout().toNanos(), 1_000_000_000L) / (4L * Lease.RENEWALS);
    long left = (ending ? lease.until() : lease.endsFrom()) - now; // the clock may turn negative
    beat = loop.at(now + Math.min(step, Math.max(1, left)), this::beat);
  }

  /** Whether it may do nothing more in the name of its session. */
  boolean hasLapsed() {
    return lease.phase(loop.nanos()) == Lease.Phase.LAPSED;
  }

  /** Whether something may start now, by its lease. */
  boolean mayStart() {
    return !over && !ending && lease.phase(loop.nanos()) == Lease.Phase.HELD;
  }

  // ---------------------------------------------------------------- tickets

  private void changed(Mirror.Change change) {
    if (over) {
      return;
    }
    if (change instanceof Mirror.Change.Appeared appeared) {
      if (Question.isOne(appeared.path().name())) {
        answering.asked(appeared.path(), appeared.node());
      } else if (appeared.path().parent().equals(inbox)) {
        arrived.put(appeared.path(), appeared.node());
      }
    } else if (change instanceof Mirror.Change.Vanished vanished) {
      arrived.remove(vanished.path());
      if (vanished.path().equals(inbox)) {
        life.fence("its inbox is gone");
      } else if (Question.isOne(vanished.path().name())) {
        answering.gone(vanished.path());
      } else {
        reporter.ticketGone(vanished.path().name());
      }
    }
    takeArrived();
  }

  private void takeArrived() {
    while (!over && !arrived.isEmpty() && mirror.isReadBefore(arrived.firstKey())) {
      Map.Entry<NodePath, Node> next = arrived.pollFirstEntry();
      ticket(next.getKey(), next.getValue());
    }
  }

  private void ticket(NodePath path, Node read) {
    Ticket ticket;
    try {
      ticket = Ticket.read(read.data());
    } catch (IllegalArgumentException e) {
      LOG.error(
          "Instance {} found a ticket at {} that cannot be read: {}", id, path, e.getMessage());
      life.fence(
          "a ticket of its is damaged, and whoever coordinates has to move on what was in it");
      return;
    }
    at.clock.heard(ticket.term(), ticket.sent());
    reporter.ticket(path.name(), ticket.assignments());
    // In the order in which they were given: a ticket has them by job.
    List<Assignment> inOrder = new ArrayList<>(ticket.assignments());
    inOrder.sort(Comparator.comparingLong(Assignment::token));
    for (Assignment what : inOrder) {
      undefined.put(what.token(), what);
      at.definitions.find(what, found -> {
        undefined.remove(what.token());
        if (!over) {
          defined(what, found);
        }
      });
    }
    for (Ticket.Message message : ticket.messages()) {
      if (message instanceof Ticket.Message.End end) {
        undefined.values().stream()
            .filter(end::isAbout)
            .forEach(what -> endedBefore.put(what.token(), end));
        agenda.end(end);
      } else if (message instanceof Ticket.Message.Drop drop) {
        agenda.drop(drop);
      } else if (message instanceof Ticket.Message.Recall recall) {
        agenda.recall(recall);
      } else if (message instanceof Ticket.Message.Drain) {
        life.toldToLeave();
      } else if (message instanceof Ticket.Message.Leave) {
        leaveNow();
      }
    }
    if (ticket.assignments().isEmpty()) {
      reporter.reportSoon(); // the ticket itself goes with the next report
    }
  }

  private void defined(Assignment what, Definitions.Answer answer) {
    Ticket.Message.End end = endedBefore.remove(what.token());
    if (end != null) {
      agenda.endedBefore(what, end);
    } else if (answer instanceof Definitions.Answer.Found found) {
      if (life.isLeaving()) {
        reporter.tellNotCalled(new Told.HandedBack(what, "instance " + id + " is leaving"));
      } else {
        agenda.accept(what, found.job());
      }
    } else if (answer instanceof Definitions.Answer.Newer newer) {
      reporter.tellNotCalled(new Told.HandedBack(what, newer.why()));
    } else if (answer instanceof Definitions.Answer.Gone gone) {
      agenda.notRun(what, what.notStarted(Outcome.SKIPPED_DELETED), gone.why());
    }
  }

  /** Something that was told of a lane stands in a report: what waits for that may go on. */
  private void written(Lane lane) {
    if (!over) {
      agenda.offer(lane);
    }
  }

  /** Reports what became of something. */
  void tell(Told told) {
    reporter.tell(told);
  }

  /** A handler returned whose outcome was told before, or that was cancelled because the lease seemed lost and was not. */
  void returned(Told.Returned told, Workplace.Running one) {
    if (reporter.isBusy(told.what().token())) {
      reporter.tell(told);
    } else if (one.atMostOnce()) {
      Instant now = at.clock.instant();
      reporter.tell(new Told.Ended(
          told.what(),
          Outcome.LOST,
          "it was cancelled because the ledger was not heard of, and must not start twice",
          told.what().due(),
          now,
          true));
    } else {
      reporter.tell(new Told.HandedBack(
          told.what().afterDeath(), "it was cancelled because the ledger was not heard of"));
    }
  }

  // ---------------------------------------------------------------- leaving

  /** Tells that it takes nothing new, and hands back what has not started. */
  void announceLeaving() {
    agenda.handBack("instance " + id + " is leaving");
    reporter.reportNow();
    ledger
        .commit(Transaction.builder()
            .set(node, self.leaving().bytes(), Transaction.ANY_VERSION)
            .build())
        .thenAccept(result -> {
          if (!over && !result.isApplied()) {
            life.tryLater(this::announceLeaving);
          }
        });
  }

  /** Nothing of it is open, and nothing more will come. */
  private void leaveNow() {
    if (over) {
      return;
    }
    Transaction.Builder steps = Transaction.builder();
    reporter
        .tickets()
        .forEach(ticket -> steps.delete(inbox.child(ticket), Transaction.ANY_VERSION));
    ledger
        .commit(steps
            .delete(inbox, Transaction.ANY_VERSION)
            .delete(reports, Transaction.ANY_VERSION)
            .delete(node, Transaction.ANY_VERSION)
            .build())
        .thenAccept(result -> {
          boolean gone =
              result.kind() == CommitResult.Kind.CONFLICT && result.refusal() == Refusal.ABSENT;
          if (result.isApplied() || gone) {
            LOG.info("Instance {} has left", id);
            close();
            life.left();
          } else if (!over) {
            life.tryLater(this::leaveNow);
          }
        });
  }
}
