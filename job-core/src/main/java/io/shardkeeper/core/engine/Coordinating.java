package io.shardkeeper.core.engine;

import io.shardkeeper.core.coordinator.Claim;
import io.shardkeeper.core.coordinator.Latch;
import io.shardkeeper.core.coordinator.Tenure;
import io.shardkeeper.core.definition.JobDocument;
import io.shardkeeper.core.history.Compaction;
import io.shardkeeper.core.layout.Assignment;
import io.shardkeeper.core.layout.Instance;
import io.shardkeeper.core.layout.Layout;
import io.shardkeeper.core.ledger.BranchReader;
import io.shardkeeper.core.ledger.Bytes;
import io.shardkeeper.core.ledger.CommitResult;
import io.shardkeeper.core.ledger.Ledger;
import io.shardkeeper.core.ledger.Mirror;
import io.shardkeeper.core.ledger.Node;
import io.shardkeeper.core.ledger.NodePath;
import io.shardkeeper.core.ledger.Subscription;
import io.shardkeeper.core.ledger.Transaction;
import io.shardkeeper.core.loop.Loop;
import io.shardkeeper.core.mail.Box;
import io.shardkeeper.core.mail.Inbox;
import io.shardkeeper.core.mail.Ticket;
import io.shardkeeper.core.plan.Branches;
import io.shardkeeper.core.plan.Coordinator;
import io.shardkeeper.core.plan.Event;
import io.shardkeeper.core.plan.Rules;
import io.shardkeeper.trigger.Trigger;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CompletionStage;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Coordinates while it is first in the latch's queue: claims the role, reads what stands, feeds the {@link Coordinator} with what happens and commits
 * what that decides. In any doubt, which is whatever is not APPLIED, it drops its memory and begins again, exactly as a new one would.
 *
 * <pre>
 *   waiting ──first──► claiming ──won──► loading ──settled──► leading
 *      ▲                  │                 │                    │
 *      └──────────────────┴──── doubt ──────┴────────────────────┘      (deposed: to the end of the queue)
 * </pre>
 *
 * <p>Lives on the loop, which is also the executor of its ledger.
 */
public final class Coordinating implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Coordinating.class);

  /** Transactions under way, at most: what comes meanwhile is decided together. */
  private static final int MOST_UNDER_WAY = 4;

  private static final Duration SHORTEST_PAUSE = Duration.ofMillis(50);
  private static final Duration LONGEST_PAUSE = Duration.ofSeconds(1);
  private static final Duration BETWEEN_RECONCILIATIONS = Duration.ofSeconds(45);
  private static final Duration BETWEEN_KEEPING = Duration.ofSeconds(5);
  private static final int MOST_FRUITLESS = 3;

  /** Until then whatever was decided is written, or in doubt. */
  private static final Duration BEFORE_AUDIT = Duration.ofSeconds(2);

  private final Ledger ledger;
  private final Latch latch;
  private final Loop loop;
  private final String candidate;
  private final Supplier<Rules> rules;
  private final List<Subscription> subscriptions = new ArrayList<>();

  /** Nodes at which a tenure failed; the next one sets them aside. */
  private final Set<NodePath> poison = new HashSet<>();

  private @Nullable Attempt present;
  private @Nullable Mirror jobs;
  private Subscription pause = () -> {};
  private boolean closed;
  private int fruitless;
  private long tenures;

  /**
   * One who would coordinate.
   *
   * @param candidate the name under which it does
   * @param rules by which it decides, as the session stands when a tenure begins
   */
  public Coordinating(
      Ledger ledger, Latch latch, Loop loop, String candidate, Supplier<Rules> rules) {
    this.ledger = ledger;
    this.latch = latch;
    this.loop = loop;
    this.candidate = candidate;
    this.rules = rules;
  }

  /** Begins to wait for its turn. */
  public void start() {
    subscriptions.add(latch.onChange(() -> loop.execute(this::consider)));
    subscriptions.add(ledger.onSession(session -> consider()));
    loop.execute(this::consider);
  }

  /** Whether it coordinates now, as far as it knows. */
  public boolean isLeading() {
    return present != null && present.coordinator != null;
  }

  /** The term in which it coordinates; nothing if it does not. */
  public long term() {
    return present != null && present.tenure != null ? present.tenure.term() : -1;
  }

  /** Reports and commands of this tenure that were about nothing that is open, and so were ignored. */
  public long ignored() {
    return present != null && present.coordinator != null ? present.coordinator.stale() : 0;
  }

  /** How often it began a tenure. */
  public long tenures() {
    return tenures;
  }

  /** Takes up the role if it is its turn, and gives it up if it is not. */
  private void consider() {
    if (closed) {
      return;
    }
    boolean may = latch.isFirst() && ledger.session().isConnected();
    if (present == null && may) {
      pause.close();
      present = new Attempt();
      present.claim();
    } else if (present != null && may) {
      present.flushSoon(); // what was held back while the session was suspended
    }
  }

  /** Drops everything, and begins again after a pause. */
  private void doubt(Attempt attempt, String why, boolean deposed) {
    if (attempt != present) {
      return;
    }
    LOG.info(
        "{} ends its tenure {}: {}",
        candidate,
        attempt.tenure == null ? "before it began" : attempt.tenure.term(),
        why);
    present = null;
    attempt.close();
    fruitless = attempt.fruitful ? 0 : fruitless + 1;
    if (deposed || fruitless >= MOST_FRUITLESS) {
      fruitless = 0;
      latch.requeue();
    }
    pause(fruitless);
  }

  private void pause(int failures) {
    pause.close();
    Duration wait = SHORTEST_PAUSE.multipliedBy(1L << Math.min(failures, 5));
    long nanos = Math.min(wait.toNanos(), LONGEST_PAUSE.toNanos());
    pause = loop.at(loop.nanos() + nanos, this::consider);
  }

  /** Ends coordinating; the role is given back, so that the next one need not wait. */
  @Override
  public void close() {
    closed = true;
    pause.close();
    subscriptions.forEach(Subscription::close);
    Attempt attempt = present;
    present = null;
    if (attempt != null) {
      if (attempt.coordinator != null && attempt.tenure != null) {
        attempt.flush();
        CompletionStage<CommitResult> unused = attempt.tenure.resign(ledger);
      }
      attempt.close();
    }
    if (jobs != null) {
      jobs.close();
    }
    latch.close();
  }

  /** One tenure, from the claim to the first doubt. */
  private final class Attempt {
    private final List<Mirror> mirrors = new ArrayList<>();
    private final Set<NodePath> told = new HashSet<>();
    private @Nullable Tenure tenure;
    private @Nullable Coordinator coordinator;
    private @Nullable PlanClock clock;
    private @Nullable Branches read;
    private @Nullable HistoryKeeping history;
    private Subscription wake = () -> {};
    private Subscription reconcile = () -> {};
    private Subscription keep = () -> {};
    private boolean flushing;
    private boolean fruitful;
    private int underWay;

    private boolean isOver() {
      return this != present;
    }

    void close() {
      mirrors.forEach(Mirror::close);
      if (history != null) {
        history.close();
      }
      wake.close();
      reconcile.close();
      keep.close();
    }

    // -------------------------------------------------------------- claim and load

    void claim() {
      Foundation.lay(ledger)
          .thenCompose(
              done -> new Claim(ledger, Layout.COORDINATOR, candidate, loop::wall).attempt())
          .whenComplete((result, failure) -> {
            if (isOver()) {
              return;
            }
            if (failure != null) {
              doubt(this, "claiming: " + failure.getMessage(), false);
            } else if (result instanceof Claim.Result.Won won) {
              tenure = won.tenure();
              clock = new PlanClock(loop);
              tenures++;
              load(won.tenure());
            } else if (result instanceof Claim.Result.Barred barred) {
              LOG.error("{} must not coordinate: {}", candidate, barred.why());
              fruitless = MOST_FRUITLESS;
              doubt(this, barred.why(), true);
            } else if (result instanceof Claim.Result.Missed missed) {
              doubt(this, missed.why(), false);
            }
          });
    }

    private void load(Tenure won) {
      // What happens from here on is seen by these; what stands is read beside them.
      mirror(Layout.INSTANCES, this::instances);
      mirror(Layout.REPORTS, this::reports);
      mirror(Layout.COMMANDS, this::commands);
      if (jobs == null) {
        jobs = new Mirror(ledger, Layout.JOBS, change -> {
          Attempt attempt = present;
          if (attempt != null) {
            attempt.jobs(change);
          }
        });
        jobs.start();
      }
      Foundation.cursor(ledger, won)
          .thenCompose(done -> ledger.read(Layout.CURSOR))
          .thenCompose(cursor -> branch(Layout.INBOX)
              .thenCompose(inboxes -> branch(Layout.REPORTS)
                  .thenCompose(reports -> branch(Layout.PARKED)
                      .thenCompose(parked -> branch(Layout.RUNS)
                          .thenCompose(runs -> branch(Layout.PLACES)
                              .thenCombine(
                                  branch(Layout.KEYS),
                                  (places, keys) -> new Branches(
                                      cursor.orElseThrow(() -> Foundation.missing(Layout.CURSOR)),
                                      inboxes,
                                      reports,
                                      parked,
                                      runs,
                                      places,
                                      keys)))))))
          .whenComplete((branches, failure) -> {
            if (isOver()) {
              return;
            }
            if (failure != null) {
              doubt(this, "reading what stands: " + failure.getMessage(), false);
              return;
            }
            read = branches;
            beginIfSettled();
          });
    }

    private CompletionStage<Map<NodePath, Node>> branch(NodePath root) {
      return BranchReader.read(ledger, root);
    }

    private void mirror(NodePath root, Consumer<Mirror.Change> changed) {
      var mirror = new Mirror(ledger, root, change -> {
        if (!isOver()) {
          changed.accept(change);
        }
      });
      mirrors.add(mirror);
      mirror.start();
    }

    private void beginIfSettled() {
      try {
        beginWithWhatStands();
      } catch (RuntimeException e) {
        if (!isOver()) {
          broken("beginning with what stands", e);
        }
      }
    }

    private void beginWithWhatStands() {
      Branches branches = read;
      Mirror definitions = jobs;
      if (coordinator != null
          || branches == null
          || tenure == null
          || clock == null
          || definitions == null
          || !definitions.isSettled()
          || !mirrors.stream().allMatch(Mirror::isSettled)) {
        return;
      }
      Instant now = clock.instant();
      Rules by = rules.get();
      var begun = new Coordinator(tenure, by, branches);
      read = null;
      Set<String> living = new HashSet<>();
      Map<NodePath, Node> late = new TreeMap<>();
      mirrors.get(0).nodes().forEach((path, node) -> {
        if (branches.inboxes().containsKey(Layout.INBOX.child(path.name()))) {
          living.add(path.name());
          instance(path, node).ifPresent(seen -> begun.step(seen, now));
        } else if (path.parent().equals(Layout.INSTANCES)) {
          late.put(path, node);
        }
      });
      definitions
          .nodes()
          .forEach((path, node) -> job(path, node).ifPresent(seen -> begun.step(seen, now)));
      begun.ready(now);
      coordinator = begun;
      LOG.info(
          "{} coordinates in term {}: {} instances, {} runs under way",
          candidate,
          tenure.term(),
          living.size(),
          begun.runsInFlight());
      mirrors.get(1).nodes().forEach((path, node) -> report(path, node));
      mirrors.get(2).nodes().forEach((path, node) -> command(path, node));
      Set<String> gone = new HashSet<>();
      branches.inboxes().keySet().forEach(path -> addOwner(path, Layout.INBOX, gone));
      branches.reports().keySet().forEach(path -> addOwner(path, Layout.REPORTS, gone));
      gone.removeAll(living);
      mirrors.get(0).nodes().keySet().forEach(path -> gone.remove(path.name()));
      gone.stream().sorted().forEach(this::collectLeftovers);
      late.forEach(this::lookForInbox);
      reconcileLater();
      keepLater();
      keepHistory(begun, new Compaction(by.historyBudget()));
      flushSoon();
    }

    /** An instance had no inbox when the inboxes were read: it has lost it, or has registered since. */
    private void lookForInbox(NodePath path, Node node) {
      ledger.read(Layout.INBOX.child(path.name())).whenComplete((inbox, failure) -> {
        if (isOver()) {
          return;
        }
        if (failure != null) {
          doubt(
              this, "looking for the inbox of " + path.name() + ": " + failure.getMessage(), false);
        } else if (inbox.isPresent() && mirrors.get(0).nodes().containsKey(path)) {
          instance(path, node).ifPresent(this::step);
        }
      });
    }

    private void addOwner(NodePath path, NodePath root, Set<String> owners) {
      if (path.parent().equals(root)) {
        owners.add(path.name());
      }
    }

    private void keepHistory(Coordinator of, Compaction compaction) {
      history = new HistoryKeeping(ledger, loop, compaction, of::retention, merged -> {
        if (!isOver() && clock != null) {
          of.replaceHistory(merged, clock.instant());
          flushSoon();
        }
      });
      history.start();
    }

    private void reconcileLater() {
      reconcile = loop.at(loop.nanos() + BETWEEN_RECONCILIATIONS.toNanos(), () -> {
        if (!isOver()) {
          mirrors.forEach(Mirror::reconcile);
          if (jobs != null) {
            jobs.reconcile();
          }
          reconcileLater();
        }
      });
    }

    private void keepLater() {
      keep = loop.at(loop.nanos() + BETWEEN_KEEPING.toNanos(), () -> {
        if (!isOver() && coordinator != null && clock != null) {
          coordinator.keepPlaces(clock.instant());
          coordinator.sweepKeys(clock.instant());
          coordinator.lookUpCalendars(clock.instant());
          flushSoon();
          keepLater();
        }
      });
    }

    /** Something half decided must not be written: what stands in the ledger is whole. */
    private void broken(String doing, RuntimeException e) {
      LOG.error("{} failed while {}; it begins again with what stands", candidate, doing, e);
      doubt(this, doing + " failed: " + e, false);
    }

    // -------------------------------------------------------------- what happens

    private void step(Event event) {
      if (coordinator == null || clock == null) {
        return;
      }
      try {
        coordinator.step(event, clock.instant());
        coordinator.takeToAudit().forEach(this::audit);
        flushSoon();
      } catch (RuntimeException e) {
        LOG.error("{} could not handle {}", candidate, kind(event), e);
        culprit(event).ifPresent(poison::add);
        doubt(this, "handling " + kind(event) + " failed: " + e.getMessage(), false);
      }
    }

    private static String kind(Event event) {
      return event.getClass().getSimpleName();
    }

    /** The node from which an event came that must not be handled again. */
    private static Optional<NodePath> culprit(Event event) {
      if (event instanceof Event.ReportSeen report) {
        return Optional.of(
            Layout.REPORTS.child(report.instance()).child(Layout.number(report.number())));
      }
      if (event instanceof Event.CommandSeen command) {
        return Optional.of(
            Layout.COMMANDS.child(command.client()).child(Layout.number(command.number())));
      }
      return Optional.empty();
    }

    /** Sets a node aside at which an earlier tenure of ours has failed; whether it is one. */
    private boolean isSetAside(NodePath path, Node node) {
      if (!poison.contains(path) || coordinator == null || clock == null) {
        return false;
      }
      coordinator.setAside(path, node.data(), "handling it failed", clock.instant());
      coordinator.takeToAudit().forEach(this::audit);
      flushSoon();
      return true;
    }

    private void jobs(Mirror.Change change) {
      if (change instanceof Mirror.Change.Settled) {
        beginIfSettled();
      } else if (change instanceof Mirror.Change.Appeared appeared) {
        job(appeared.path(), appeared.node()).ifPresent(this::step);
      } else if (change instanceof Mirror.Change.Changed changed) {
        job(changed.path(), changed.node()).ifPresent(this::step);
      } else if (change instanceof Mirror.Change.Vanished vanished && isJob(vanished.path())) {
        step(new Event.JobGone(vanished.path().name(), "the job was deleted"));
      } else if (change instanceof Mirror.Change.Unreadable unreadable) {
        LOG.error(
            "Definitions below {} cannot be read: {}",
            unreadable.path(),
            unreadable.why().getMessage());
      }
    }

    private boolean isJob(NodePath path) {
      return path.parent().parent().equals(Layout.JOBS);
    }

    private Optional<Event> job(NodePath path, Node node) {
      if (!isJob(path)) {
        return Optional.empty();
      }
      try {
        JobDocument read = JobDocument.parse(node.data().text());
        // Written by hand, and telling nothing of it: it counts from when it was written.
        JobDocument document = read.since().equals(Trigger.NEVER_BEFORE)
            ? read.written(read.actor(), node.modified())
            : read;
        if (!document.job().name().equals(path.name())) {
          throw new IllegalArgumentException(
              "it is the definition of '" + document.job().name() + "'");
        }
        return Optional.of(
            new Event.JobSeen(path.name(), node.creation(), node.version(), document));
      } catch (IllegalArgumentException e) {
        LOG.error(
            "Job '{}' is not planned until its definition is mended: {}",
            path.name(),
            e.getMessage());
        return Optional.of(
            new Event.JobGone(path.name(), "its definition cannot be read: " + e.getMessage()));
      }
    }

    private void instances(Mirror.Change change) {
      if (change instanceof Mirror.Change.Settled) {
        beginIfSettled();
      } else if (change instanceof Mirror.Change.Appeared appeared) {
        instance(appeared.path(), appeared.node()).ifPresent(this::step);
      } else if (change instanceof Mirror.Change.Changed changed) {
        instance(changed.path(), changed.node()).ifPresent(this::step);
      } else if (change instanceof Mirror.Change.Vanished vanished
          && coordinator != null
          && vanished.path().parent().equals(Layout.INSTANCES)) {
        collectLeftovers(vanished.path().name());
      }
    }

    private Optional<Event> instance(NodePath path, Node node) {
      if (!path.parent().equals(Layout.INSTANCES)) {
        return Optional.empty();
      }
      try {
        return Optional.of(new Event.InstanceSeen(Instance.read(path.name(), node.data())));
      } catch (IllegalArgumentException e) {
        LOG.error(
            "Instance {} gets nothing: what it says of itself cannot be read: {}",
            path.name(),
            e.getMessage());
        return Optional.empty();
      }
    }

    private void reports(Mirror.Change change) {
      if (change instanceof Mirror.Change.Settled) {
        beginIfSettled();
      } else if (change instanceof Mirror.Change.Appeared appeared) {
        report(appeared.path(), appeared.node());
      } else if (change instanceof Mirror.Change.Vanished vanished) {
        told.remove(vanished.path());
      }
    }

    private void report(NodePath path, Node node) {
      if (coordinator != null
          && path.parent().parent().equals(Layout.REPORTS)
          && isNumber(path.name())
          && told.add(path)
          && !isSetAside(path, node)) {
        step(new Event.ReportSeen(path.parent().name(), Long.parseLong(path.name()), node.data()));
      }
    }

    private static boolean isNumber(String name) {
      return name.length() <= 18 && name.chars().allMatch(c -> c >= '0' && c <= '9');
    }

    private void commands(Mirror.Change change) {
      if (change instanceof Mirror.Change.Settled) {
        beginIfSettled();
      } else if (change instanceof Mirror.Change.Appeared appeared) {
        command(appeared.path(), appeared.node());
      } else if (change instanceof Mirror.Change.Vanished vanished) {
        told.remove(vanished.path());
        if (vanished.path().parent().equals(Layout.COMMANDS)) {
          step(new Event.ClientGone(vanished.path().name()));
        }
      }
    }

    private void command(NodePath path, Node node) {
      if (coordinator == null) {
        return;
      }
      if (path.parent().equals(Layout.COMMANDS)) {
        try {
          step(new Event.ClientSeen(path.name(), Box.read(node.data())));
        } catch (IllegalArgumentException e) {
          LOG.error(
              "Client {} is not answered: its box cannot be read: {}", path.name(), e.getMessage());
        }
      } else if (path.parent().parent().equals(Layout.COMMANDS)
          && isNumber(path.name())
          && told.add(path)
          && !isSetAside(path, node)) {
        step(new Event.CommandSeen(path.parent().name(), Long.parseLong(path.name()), node.data()));
      }
    }

    /** An instance is gone: its reports first, then what is left in its inbox. */
    private void collectLeftovers(String id) {
      LOG.info("Instance {} is gone", id);
      step(new Event.InstanceGone(id));
      NodePath inbox = Layout.INBOX.child(id);
      NodePath reports = Layout.REPORTS.child(id);
      branch(reports)
          .thenCompose(found -> {
            if (!isOver()) {
              found.forEach(this::report);
            }
            return branch(inbox)
                .thenApply(tickets -> leftovers(id, tickets, found.containsKey(reports)));
          })
          .whenComplete((left, failure) -> {
            if (isOver()) {
              return;
            }
            if (failure != null) {
              doubt(this, "reading what instance " + id + " left: " + failure.getMessage(), false);
            } else {
              LOG.info(
                  "Instance {} left {} tickets: they are moved on",
                  id,
                  left.tickets().size());
              step(left);
            }
          });
    }

    /** A report of an instance was set aside: after a while it is looked up what the instance has, and what has nobody. */
    private void audit(String id) {
      if (coordinator == null) {
        return;
      }
      long upTo = coordinator.cursor().token();
      Subscription unused = loop.at(loop.nanos() + BEFORE_AUDIT.toNanos(), () -> {
        if (isOver()) {
          return;
        }
        branch(Layout.REPORTS.child(id))
            .thenCompose(found -> {
              if (!isOver()) {
                found.forEach(this::report);
              }
              return branch(Layout.INBOX.child(id));
            })
            .whenComplete((nodes, failure) -> {
              if (isOver()) {
                return;
              }
              if (failure != null) {
                doubt(this, "looking what instance " + id + " has: " + failure.getMessage(), false);
              } else {
                step(new Event.Audited(id, upTo, openOf(Layout.INBOX.child(id), nodes)));
              }
            });
      });
    }

    private static Set<Long> openOf(NodePath inbox, Map<NodePath, Node> nodes) {
      Set<Long> open = new HashSet<>();
      Node own = nodes.get(inbox);
      Inbox said;
      try {
        said = own == null ? Inbox.EMPTY : Inbox.read(own.data());
      } catch (IllegalArgumentException e) {
        said = Inbox.EMPTY; // then everything in its tickets is taken for its own
      }
      for (Map.Entry<NodePath, Node> entry : nodes.entrySet()) {
        if (entry.getKey().parent().equals(inbox)) {
          for (Assignment what : ticket(entry.getKey(), entry.getValue().data()).assignments()) {
            if (said.has(what.token())) {
              open.add(what.token());
            }
          }
        }
      }
      return open;
    }

    private Event.Leftovers leftovers(String id, Map<NodePath, Node> nodes, boolean reports) {
      NodePath inbox = Layout.INBOX.child(id);
      var tickets = new TreeMap<String, Ticket>();
      nodes.forEach((path, node) -> {
        if (path.parent().equals(inbox)) {
          tickets.put(path.name(), ticket(path, node.data()));
        }
      });
      return new Event.Leftovers(id, tickets, nodes.containsKey(inbox), reports);
    }

    private static Ticket ticket(NodePath path, Bytes data) {
      try {
        return Ticket.read(data);
      } catch (IllegalArgumentException e) {
        LOG.error(
            "Found a ticket at {} that cannot be read: {}; what was in it is moved on from memory",
            path,
            e.getMessage());
        return new Ticket(0, Instant.EPOCH, List.of(), List.of());
      }
    }

    // -------------------------------------------------------------- commit

    void flushSoon() {
      if (!flushing && coordinator != null) {
        flushing = true;
        loop.execute(() -> {
          flushing = false;
          if (!isOver()) {
            flush();
          }
        });
      }
    }

    void flush() {
      if (coordinator == null || clock == null || !ledger.session().isConnected()) {
        return;
      }
      if (underWay < MOST_UNDER_WAY) {
        List<Transaction> decided;
        try {
          decided = coordinator.take(clock.instant());
        } catch (RuntimeException e) {
          LOG.error("{} could not write what it decided", candidate, e);
          doubt(this, "writing what was decided failed: " + e.getMessage(), false);
          return;
        }
        for (Transaction transaction : decided) {
          underWay++;
          ledger.commit(transaction).thenAccept(this::committed);
          if (isOver()) {
            return;
          }
        }
      }
      PlanClock by = clock;
      wake.close();
      coordinator
          .nextWake()
          .ifPresent(at -> wake = loop.at(by.nanosAt(at), () -> {
            if (!isOver()) {
              step(new Event.TimePassed());
            }
          }));
    }

    private void committed(CommitResult result) {
      underWay--;
      if (isOver()) {
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
      doubt(this, "a transaction ended " + result, deposed);
    }
  }
}
