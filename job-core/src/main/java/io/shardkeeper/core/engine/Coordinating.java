package io.shardkeeper.core.engine;

import io.shardkeeper.core.coordinator.Latch;
import io.shardkeeper.core.coordinator.Tenure;
import io.shardkeeper.core.desk.Rules;
import io.shardkeeper.core.layout.Layout;
import io.shardkeeper.core.ledger.CommitResult;
import io.shardkeeper.core.ledger.Ledger;
import io.shardkeeper.core.ledger.Mirror;
import io.shardkeeper.core.ledger.Node;
import io.shardkeeper.core.ledger.NodePath;
import io.shardkeeper.core.ledger.Subscription;
import io.shardkeeper.core.loop.Listeners;
import io.shardkeeper.core.loop.Loop;
import io.shardkeeper.core.plan.Event;
import io.shardkeeper.listener.StateChange;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.CompletionStage;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Coordinates while it is first in the latch's queue, one {@link Attempt} after the other: claims the role, reads what stands, decides on what happens
 * and commits that. In any doubt, which is whatever is not APPLIED, it drops its memory and begins again, exactly as a new one would.
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

  private static final Duration SHORTEST_PAUSE = Duration.ofMillis(50);
  private static final Duration LONGEST_PAUSE = Duration.ofSeconds(1);

  /** Who must not coordinate looks so seldom whether that has changed. */
  private static final Duration BARRED_PAUSE = Duration.ofSeconds(2);

  private static final int MOST_FRUITLESS = 3;

  private final Ledger ledger;
  private final Latch latch;
  private final Loop loop;
  private final String candidate;
  private final Supplier<Rules> rules;
  private final Listeners listeners;
  private final List<Subscription> subscriptions = new ArrayList<>();
  private final Set<NodePath> poison = new HashSet<>();
  private final Set<NodePath> blocked = new HashSet<>();

  private final SortedMap<NodePath, Event> understood = new TreeMap<>();

  private @Nullable Attempt present;
  private @Nullable Mirror jobs;
  private Subscription pause = () -> {};
  private boolean closed;
  private int fruitless;

  /** Why it must not coordinate, as far as it was told; nothing if it may. */
  private String barred = "";

  private long barredUntil;

  private long tenures;

  /**
   * One who would coordinate.
   *
   * @param candidate the name under which it does
   * @param rules by which it decides, as the session stands when a tenure begins
   * @param listeners who is told what it decides, when that has landed
   */
  public Coordinating(
      Ledger ledger,
      Latch latch,
      Loop loop,
      String candidate,
      Supplier<Rules> rules,
      Listeners listeners) {
    this.ledger = ledger;
    this.latch = latch;
    this.loop = loop;
    this.candidate = candidate;
    this.rules = rules;
    this.listeners = listeners;
  }

  /** Begins to wait for its turn. */
  public void start() {
    subscriptions.add(latch.onChange(() -> loop.execute(this::consider)));
    subscriptions.add(ledger.onSession(session -> consider()));
    loop.execute(this::consider);
  }

  /** Whether it coordinates now, as far as it knows. */
  public boolean isLeading() {
    return present != null && present.isLeading();
  }

  /** The term in which it coordinates; nothing if it does not. */
  public long term() {
    Tenure tenure = present == null ? null : present.tenure();
    return tenure == null ? -1 : tenure.term();
  }

  /** Reports and commands of this tenure that were about nothing that is open, and so were ignored. */
  public long ignored() {
    return present == null ? 0 : present.ignored();
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
    if (latch.isNear() && ledger.session().isConnected()) {
      readDefinitions(); // to read a hundred thousand takes longer than all else that is to be read
    }
    if (present == null && may && !isBarred()) {
      pause.close();
      present = new Attempt(this, ledger, loop, candidate, rules);
      present.claim();
    } else if (present != null && may) {
      present.flushSoon(); // what was held back while the session was suspended
    }
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
      Tenure tenure = attempt.tenure();
      if (attempt.isLeading() && tenure != null) {
        attempt.flush();
        CompletionStage<CommitResult> unused = tenure.resign(ledger);
      }
      over(attempt, "it gives the role back");
      attempt.close();
    }
    if (jobs != null) {
      jobs.close();
    }
    latch.close();
  }

  // ------------------------------------------------------------------ what an attempt asks and
  // tells

  /** Whether it is the present attempt: whatever comes to another comes too late. */
  boolean isPresent(Attempt attempt) {
    return attempt == present;
  }

  void tenureBegun() {
    tenures++;
  }

  /** Who is told what is decided. */
  Listeners listeners() {
    return listeners;
  }

  /** Everything is read: from here on it decides. */
  void leads(long term) {
    listeners.tell(new StateChange.Coordinates(term));
  }

  private void over(Attempt attempt, String why) {
    Tenure tenure = attempt.tenure();
    if (attempt.isLeading() && tenure != null) {
      listeners.tell(new StateChange.CoordinatesNoMore(tenure.term(), why));
    }
  }

  /** Nodes at which a tenure failed; the next one sets them aside. */
  Set<NodePath> poison() {
    return poison;
  }

  /** Nodes that cannot be deleted because of what strangers have put below them; they stay. */
  Set<NodePath> blocked() {
    return blocked;
  }

  /** Begins to read the definitions, unless that was done by a tenure before: they are input, and no part of what is dropped. */
  void readDefinitions() {
    if (jobs == null) {
      jobs = new Mirror(ledger, Layout.JOBS, this::definitionChanged);
      jobs.start();
    }
  }

  /** Understands a definition as soon as it is read: all at once, at the beginning of a tenure, they would keep the loop for seconds. */
  private void definitionChanged(Mirror.Change change) {
    Optional<Event> seen = Optional.empty();
    if (change instanceof Mirror.Change.Appeared appeared) {
      seen = understand(appeared.path(), appeared.node());
    } else if (change instanceof Mirror.Change.Changed changed) {
      seen = understand(changed.path(), changed.node());
    } else if (change instanceof Mirror.Change.Vanished gone && Sightings.isJob(gone.path())) {
      understood.remove(gone.path());
      seen = Optional.of(new Event.JobGone(gone.path().name(), "the job was deleted", true));
    } else if (change instanceof Mirror.Change.Unreadable unreadable) {
      LOG.error(
          "Definitions below {} cannot be read: {}",
          unreadable.path(),
          unreadable.why().getMessage());
    }
    Attempt attempt = present;
    if (attempt != null) {
      seen.ifPresent(attempt::step);
      if (change instanceof Mirror.Change.Settled) {
        attempt.beginIfSettled();
      }
    }
  }

  private Optional<Event> understand(NodePath path, Node node) {
    Optional<Event> seen = Sightings.job(path, node);
    seen.ifPresent(event -> understood.put(path, event));
    return seen;
  }

  /** The definitions, once somebody began to read them. */
  @Nullable
  Mirror definitions() {
    return jobs;
  }

  /** What the definitions say, in the order of their names. */
  Collection<Event> understood() {
    return Collections.unmodifiableCollection(understood.values());
  }

  /** Leaves the role to others: it must not be its, until somebody does something about it. */
  void barred(Attempt attempt, String why) {
    if (attempt == present) {
      if (!why.equals(barred)) {
        LOG.error("{} must not coordinate: {}", candidate, why);
      }
      doubt(attempt, why, true);
      barred = why;
      barredUntil = loop.nanos() + BARRED_PAUSE.toNanos();
      pause.close();
      pause = loop.at(barredUntil, this::consider);
    }
  }

  private boolean isBarred() {
    return !barred.isEmpty() && loop.nanos() - barredUntil < 0;
  }

  /** It coordinates: whatever it was told before does not hold any more. */
  void mayCoordinate() {
    barred = "";
  }

  /** Drops everything, and begins again after a pause. */
  void doubt(Attempt attempt, String why, boolean deposed) {
    if (attempt != present) {
      return;
    }
    Tenure tenure = attempt.tenure();
    LOG.info(
        "{} ends its tenure {}: {}",
        candidate,
        tenure == null ? "before it began" : tenure.term(),
        why);
    present = null;
    attempt.close();
    over(attempt, why);
    fruitless = attempt.isFruitful() ? 0 : fruitless + 1;
    if (deposed || fruitless >= MOST_FRUITLESS) {
      fruitless = 0;
      latch.requeue();
    }
    pause(fruitless);
  }
}
