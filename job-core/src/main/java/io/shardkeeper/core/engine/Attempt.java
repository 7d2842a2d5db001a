package io.shardkeeper.core.engine;

import io.shardkeeper.core.books.Branches;
import io.shardkeeper.core.coordinator.Claim;
import io.shardkeeper.core.coordinator.Tenure;
import io.shardkeeper.core.desk.Rules;
import io.shardkeeper.core.history.Compaction;
import io.shardkeeper.core.json.NewerFormatException;
import io.shardkeeper.core.layout.Layout;
import io.shardkeeper.core.ledger.CommitResult;
import io.shardkeeper.core.ledger.Ledger;
import io.shardkeeper.core.ledger.Mirror;
import io.shardkeeper.core.ledger.Node;
import io.shardkeeper.core.ledger.NodePath;
import io.shardkeeper.core.ledger.Subscription;
import io.shardkeeper.core.ledger.Transaction;
import io.shardkeeper.core.loop.Loop;
import io.shardkeeper.core.loop.PlanClock;
import io.shardkeeper.core.loop.Turns;
import io.shardkeeper.core.mail.Box;
import io.shardkeeper.core.plan.Coordinator;
import io.shardkeeper.core.plan.Event;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One tenure, from the claim to the first doubt: it reads what stands, and feeds the {@link Coordinator} with what happens. Lives on the loop. */
final class Attempt {
  private static final Logger LOG = LoggerFactory.getLogger(Attempt.class);

  private static final Duration BETWEEN_RECONCILIATIONS = Duration.ofSeconds(45);
  private static final Duration BETWEEN_KEEPING = Duration.ofSeconds(5);

  private final Coordinating owner;
  private final Ledger ledger;
  private final Loop loop;
  private final String candidate;
  private final Supplier<Rules> rules;
  private final List<Mirror> mirrors = new ArrayList<>();
  private final Set<NodePath> told = new HashSet<>();

  /** Boxes that take a newer version to read: what their clients ask waits for one that can. */
  private final Set<NodePath> sealed = new HashSet<>();

  private @Nullable Tenure tenure;
  private @Nullable Coordinator coordinator;
  private @Nullable PlanClock clock;
  private @Nullable Branches read;
  private @Nullable Pipeline pipeline;
  private @Nullable HistoryKeeping history;
  private @Nullable Sweeping sweeping;

  /** What has happened and is not handled: many of them may take long, and an instance lives on the same loop. */
  private final Turns turns;

  private final Leftovers leftovers;

  private Subscription reconcile = () -> {};
  private Subscription keep = () -> {};

  Attempt(Coordinating owner, Ledger ledger, Loop loop, String candidate, Supplier<Rules> rules) {
    this.owner = owner;
    this.ledger = ledger;
    this.loop = loop;
    this.candidate = candidate;
    this.rules = rules;
    this.turns = new Turns(loop, this::isOver);
    this.leftovers = new Leftovers(this, ledger, loop);
  }

  String candidate() {
    return candidate;
  }

  /** The tenure, once the claim is won. */
  @Nullable
  Tenure tenure() {
    return tenure;
  }

  /** Whether it coordinates: the claim is won, and what stands is read. */
  boolean isLeading() {
    return coordinator != null;
  }

  long ignored() {
    return coordinator == null ? 0 : coordinator.stale();
  }

  boolean isFruitful() {
    return pipeline != null && pipeline.isFruitful();
  }

  boolean isOver() {
    return !owner.isPresent(this);
  }

  /** Ends it: somebody else may have decided meanwhile. */
  void doubt(String why, boolean deposed) {
    owner.doubt(this, why, deposed);
  }

  void close() {
    mirrors.forEach(Mirror::close);
    if (history != null) {
      history.close();
    }
    if (sweeping != null) {
      sweeping.close();
    }
    if (pipeline != null) {
      pipeline.close();
    }
    reconcile.close();
    keep.close();
  }

  // -------------------------------------------------------------- claim and load

  void claim() {
    Foundation.lay(ledger)
        .thenCompose(done -> new Claim(ledger, Layout.COORDINATOR, candidate, loop::wall).attempt())
        .whenComplete((result, failure) -> {
          if (isOver()) {
            return;
          }
          if (failure != null) {
            doubt("claiming: " + failure.getMessage(), false);
          } else if (result instanceof Claim.Result.Won won) {
            tenure = won.tenure();
            clock = new PlanClock(loop);
            owner.tenureBegun();
            load(won.tenure());
          } else if (result instanceof Claim.Result.Barred barred) {
            owner.barred(this, barred.why());
          } else if (result instanceof Claim.Result.Missed missed) {
            doubt(missed.why(), false);
          }
        });
  }

  private void load(Tenure won) {
    // What happens from here on is seen by these; what stands is read beside them.
    mirror(Layout.INSTANCES, this::instances);
    mirror(Layout.REPORTS, this::reports);
    mirror(Layout.COMMANDS, this::commands);
    owner.readDefinitions();
    Foundation.cursor(ledger, won)
        .thenCompose(done -> Sightings.whatStands(ledger))
        .whenComplete((branches, failure) -> {
          if (isOver()) {
            return;
          }
          if (failure != null) {
            doubt("reading what stands: " + failure.getMessage(), false);
            return;
          }
          read = branches;
          beginIfSettled();
        });
  }

  private void mirror(NodePath root, Consumer<Mirror.Change> changed) {
    var mirror = new Mirror(ledger, root, change -> {
      if (!isOver()) {
        changed.accept(change);
        if (change instanceof Mirror.Change.Unreadable unreadable) {
          LOG.error("{} cannot be read: {}", unreadable.path(), unreadable.why().getMessage());
        }
      }
    });
    mirrors.add(mirror);
    mirror.start();
  }

  /** Coordinates from here on, if everything is read. */
  void beginIfSettled() {
    try {
      beginWithWhatStands();
    } catch (NewerFormatException e) {
      owner.barred(this, String.valueOf(e.getMessage()));
    } catch (RuntimeException e) {
      if (!isOver()) {
        broken("beginning with what stands", e);
      }
    }
  }

  private void beginWithWhatStands() {
    Branches branches = read;
    Mirror definitions = owner.definitions();
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
    var news = new News(owner.listeners());
    if (news.isWanted()) {
      begun.listen();
    }
    read = null;
    Set<String> living = new HashSet<>();
    Map<NodePath, Node> late = new TreeMap<>();
    mirrors.get(0).nodes().forEach((path, node) -> {
      if (branches.inboxes().containsKey(Layout.INBOX.child(path.name()))) {
        living.add(path.name());
        Sightings.instance(path, node).ifPresent(seen -> begun.step(seen, now));
      } else if (path.parent().equals(Layout.INSTANCES)) {
        late.put(path, node);
      }
    });
    owner.understood().forEach(seen -> begun.step(seen, now));
    begun.ready(now);
    coordinator = begun;
    owner.mayCoordinate();
    pipeline = new Pipeline(this, ledger, loop, begun, clock, news);
    LOG.info(
        "{} coordinates in term {}: {} instances, {} runs under way",
        candidate,
        tenure.term(),
        living.size(),
        begun.runsInFlight());
    owner.leads(tenure.term());
    mirrors.get(1).nodes().forEach((path, node) -> report(path, node));
    step(new Event.AllHeard());
    mirrors.get(2).nodes().forEach((path, node) -> command(path, node));
    Set<String> gone = new HashSet<>();
    branches.inboxes().keySet().forEach(path -> addOwner(path, Layout.INBOX, gone));
    branches.reports().keySet().forEach(path -> addOwner(path, Layout.REPORTS, gone));
    gone.removeAll(living);
    mirrors.get(0).nodes().keySet().forEach(path -> gone.remove(path.name()));
    gone.stream().sorted().forEach(leftovers::collect);
    late.forEach(this::lookForInbox);
    reconcileLater();
    keepLater();
    keepHistory(begun, new Compaction(by.historyBudget()));
    sweeping = new Sweeping(
        ledger, loop, mirrors.get(0).nodes(), mirrors.get(2).nodes(), leftovers::collect);
    sweeping.start();
    flushSoon();
  }

  /** An instance had no inbox when the inboxes were read: it has lost it, or has registered since. */
  private void lookForInbox(NodePath path, Node node) {
    ledger.read(Layout.INBOX.child(path.name())).whenComplete((inbox, failure) -> {
      if (isOver()) {
        return;
      }
      if (failure != null) {
        doubt("looking for the inbox of " + path.name() + ": " + failure.getMessage(), false);
      } else if (inbox.isPresent() && mirrors.get(0).nodes().containsKey(path)) {
        Sightings.instance(path, node).ifPresent(this::step);
      }
    });
  }

  private void addOwner(NodePath path, NodePath root, Set<String> owners) {
    if (path.parent().equals(root)) {
      owners.add(path.name());
    }
  }

  private void keepHistory(Coordinator of, Compaction compaction) {
    Consumer<Compaction.Written> replace = merged -> {
      if (!isOver() && clock != null) {
        of.replaceHistory(merged, clock.instant());
        flushSoon();
      }
    };
    history =
        new HistoryKeeping(ledger, loop, compaction, of::retention, of::takeSegments, replace);
    history.start();
  }

  private void reconcileLater() {
    reconcile = loop.at(loop.nanos() + BETWEEN_RECONCILIATIONS.toNanos(), () -> {
      if (!isOver()) {
        mirrors.forEach(Mirror::reconcile);
        Mirror definitions = owner.definitions();
        if (definitions != null) {
          definitions.reconcile();
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
    doubt(doing + " failed: " + e, false);
  }

  // -------------------------------------------------------------- what happens

  /** Hands an event on, when it is its turn. */
  void step(Event event) {
    inTurn(() -> handle(event));
  }

  /** A transaction was refused because of what is below a node. */
  void clear(Transaction refused, CommitResult result) {
    new Clearing(ledger, owner.blocked()).clear(refused, result);
  }

  /** Whether a node cannot be deleted because of what strangers have put below it. */
  boolean isBlocked(NodePath path) {
    return owner.blocked().contains(path);
  }

  /** The number that was given last. */
  long lastToken() {
    return coordinator == null ? 0 : coordinator.cursor().token();
  }

  /** Does something behind all that has happened before. */
  void inTurn(Runnable what) {
    if (coordinator != null) {
      turns.add(what);
    }
  }

  void handle(Event event) {
    if (coordinator == null || clock == null) {
      return;
    }
    try {
      coordinator.step(event, clock.instant());
      coordinator.takeToAudit().forEach(leftovers::audit);
      flushSoon();
    } catch (RuntimeException e) {
      LOG.error("{} could not handle {}", candidate, kind(event), e);
      Sightings.culprit(event).ifPresent(owner.poison()::add);
      doubt("handling " + kind(event) + " failed: " + e.getMessage(), false);
    }
  }

  private static String kind(Event event) {
    return event.getClass().getSimpleName();
  }

  /** Sets a node aside at which an earlier tenure of ours has failed; whether it is one. */
  private boolean isSetAside(NodePath path, Node node) {
    if (!owner.poison().contains(path) || coordinator == null || clock == null) {
      return false;
    }
    coordinator.setAside(path, node.data(), "handling it failed", clock.instant());
    coordinator.takeToAudit().forEach(leftovers::audit);
    flushSoon();
    return true;
  }

  private void instances(Mirror.Change change) {
    if (change instanceof Mirror.Change.Settled) {
      beginIfSettled();
    } else if (change instanceof Mirror.Change.Appeared appeared) {
      Sightings.instance(appeared.path(), appeared.node()).ifPresent(this::step);
    } else if (change instanceof Mirror.Change.Changed changed) {
      Sightings.instance(changed.path(), changed.node()).ifPresent(this::step);
    } else if (change instanceof Mirror.Change.Vanished vanished
        && coordinator != null
        && vanished.path().parent().equals(Layout.INSTANCES)) {
      leftovers.collect(vanished.path().name());
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

  void report(NodePath path, Node node) {
    if (coordinator != null
        && path.parent().parent().equals(Layout.REPORTS)
        && Layout.isNumber(path.name())
        && told.add(path)
        && !isSetAside(path, node)) {
      step(new Event.ReportSeen(path.parent().name(), Long.parseLong(path.name()), node.data()));
    }
  }

  private void commands(Mirror.Change change) {
    if (change instanceof Mirror.Change.Settled) {
      beginIfSettled();
    } else if (change instanceof Mirror.Change.Appeared appeared) {
      command(appeared.path(), appeared.node());
    } else if (change instanceof Mirror.Change.Vanished vanished) {
      told.remove(vanished.path());
      if (vanished.path().parent().equals(Layout.COMMANDS)) {
        sealed.remove(vanished.path());
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
      } catch (NewerFormatException e) {
        LOG.error("What client {} asks waits for another: {}", path.name(), e.getMessage());
        sealed.add(path);
      } catch (IllegalArgumentException e) {
        LOG.error(
            "Client {} is not answered: its box cannot be read: {}", path.name(), e.getMessage());
      }
    } else if (path.parent().parent().equals(Layout.COMMANDS)
        && Layout.isNumber(path.name())
        && !sealed.contains(path.parent())
        && told.add(path)
        && !isSetAside(path, node)) {
      step(new Event.CommandSeen(path.parent().name(), Long.parseLong(path.name()), node.data()));
    }
  }

  /** Has committed soon what is decided. */
  void flushSoon() {
    if (pipeline != null) {
      pipeline.flushSoon();
    }
  }

  /** Commits what is decided. */
  void flush() {
    if (pipeline != null) {
      pipeline.flush();
    }
  }
}
