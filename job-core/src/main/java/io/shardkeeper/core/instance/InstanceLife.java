package io.shardkeeper.core.instance;

import io.shardkeeper.core.engine.Foundation;
import io.shardkeeper.core.execution.Executions;
import io.shardkeeper.core.layout.Instance;
import io.shardkeeper.core.ledger.Ledger;
import io.shardkeeper.core.ledger.Session;
import io.shardkeeper.core.ledger.Subscription;
import io.shardkeeper.core.loop.FollowedClock;
import io.shardkeeper.core.loop.Listeners;
import io.shardkeeper.core.loop.Loop;
import io.shardkeeper.core.mail.Told;
import io.shardkeeper.handler.Cancellation;
import io.shardkeeper.handler.Handlers;
import io.shardkeeper.listener.StateChange;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.BiConsumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * An instance: it registers, takes tickets, starts what is due, reports, and registers anew when its session was lost. What runs is the business of
 * {@link Executions}; when and whether it may is decided here, and for each registration in its {@link Agenda}.
 *
 * <pre>
 *   absent ──registered──► alive ──lease lapsed, session over, inbox gone──► fenced ──handlers returned, or T later──► absent
 *                            └──close()──► leaving ──nothing open──► gone
 * </pre>
 *
 * <p>Lives on the loop, which is also the executor of its ledger.
 */
public final class InstanceLife implements Executions.Listener {
  private static final Logger LOG = LoggerFactory.getLogger(InstanceLife.class);

  private static final Duration BETWEEN_LOOKS = Duration.ofMillis(50);

  /** Overruns that wait to be told, at most: each of them is logged, too. */
  public static final int MOST_OVERRUNS = 500;

  private final Ledger ledger;
  private final Loop loop;
  private final Supplier<String> ids;
  private final Executions executions;
  private final Listeners listeners;
  private final Workplace at;
  private final List<Subscription> subscriptions = new ArrayList<>();
  private final CompletableFuture<Void> left = new CompletableFuture<>();

  /** What returned when its registration was over: the next one tells it. */
  private final List<Told.Overran> overran = new ArrayList<>();

  private Runnable whenToldToLeave = this::leave;
  private @Nullable Registration present;
  private Subscription retry = () -> {};
  private boolean registering;
  private boolean leaving;
  private boolean closed;
  private long fencedSince;
  private long fencedSession;
  private Duration fencedTimeout = Duration.ZERO;
  private boolean fenced;
  private boolean disconnected;

  /**
   * What an instance tells of itself, and how it behaves.
   *
   * @param self as it registers; the id is given at each registration
   * @param tick to which the far end rounds the end of sessions
   * @param linger how long an outcome for which nobody waits may wait for others
   * @param listeners who is told what becomes of it
   */
  public record Profile(Instance self, Duration tick, Duration linger, Listeners listeners) {}

  /**
   * An instance that is not there yet.
   *
   * @param ids makes ids that nobody had before
   */
  public InstanceLife(
      Ledger ledger,
      Loop loop,
      Executions.Workshop workshop,
      Handlers handlers,
      Executions.Patience patience,
      Profile profile,
      Supplier<String> ids) {
    this.ledger = ledger;
    this.loop = loop;
    this.ids = ids;
    var clock = new FollowedClock(loop);
    this.listeners = profile.listeners();
    int slots = profile.self().slots();
    this.executions =
        new Executions(loop, workshop, handlers, patience, slots, clock, this, listeners);
    this.at = new Workplace(ledger, loop, profile, executions, clock);
  }

  /** What is to be done when somebody wants it to leave, on the loop: unless said otherwise, it leaves. */
  public void whenToldToLeave(Runnable what) {
    whenToldToLeave = what;
  }

  /** Begins to register. */
  public void start() {
    subscriptions.add(ledger.onSession(session -> consider()));
    loop.execute(this::consider);
  }

  /** Its id, as long as it is registered; else nothing. */
  public String id() {
    return present == null ? "" : present.id();
  }

  /** How many executions take a slot. */
  public int running() {
    return executions.running();
  }

  /**
   * Leaves: takes nothing new, hands back what has not started, asks what yields to, waits for what runs, and ends when nothing of it is open. Whoever is out of patience
   * calls {@link #cancelAll}, and after that ends the session.
   */
  public CompletionStage<Void> leave() {
    if (present == null) {
      leaving = true;
      left.complete(null);
    } else {
      if (!leaving) {
        leaving = true;
        listeners.tell(new StateChange.Leaving(present.id()));
      }
      present.announceLeaving();
      executions
          .yieldAll(); // not before what waits behind it is handed back: that would begin here
    }
    return left;
  }

  /** Asks what runs to end, because there is no more time. */
  public void cancelAll() {
    executions.cancelAll(Cancellation.Reason.DRAINING);
  }

  /** Stops at once, without a word to anybody: what it has is moved on when its session is over. */
  public void close() {
    closed = true;
    retry.close();
    subscriptions.forEach(Subscription::close);
    if (present != null) {
      present.close();
    }
    executions.leaseLapsed();
  }

  // ------------------------------------------------------------------ registration

  /** Registers when it may, and notices when it must not go on. */
  private void consider() {
    if (closed || left.isDone()) {
      return;
    }
    Session session = ledger.session();
    Registration registration = present;
    if (registration != null) {
      if (session.id() != registration.session() && session.id() != Session.NOBODY) {
        fence("its session is over");
      } else {
        heard(registration, session.isConnected());
        if (session.isConnected()) {
          registration.connected(session);
        }
      }
      return;
    }
    if (fenced) {
      long patience = Math.max(fencedTimeout.toNanos(), 1);
      boolean waited = loop.nanos() - fencedSince >= patience;
      if (executions.running() > 0 && !waited) {
        again(BETWEEN_LOOKS);
        return;
      }
      if (session.id() == fencedSession) {
        // Under the same session it would be heard of as somebody who never was away.
        ledger.endSession();
        again(BETWEEN_LOOKS);
        return;
      }
      fenced = false;
    }
    if (session.isConnected() && !registering && !leaving) {
      register(session);
    }
  }

  private void heard(Registration registration, boolean connected) {
    if (connected != disconnected) {
      return;
    }
    disconnected = !connected;
    listeners.tell(
        connected
            ? new StateChange.Reconnected(registration.id())
            : new StateChange.Disconnected(registration.id()));
  }

  private void again(Duration later) {
    retry.close();
    retry = loop.at(loop.nanos() + later.toNanos(), this::consider);
  }

  private void register(Session session) {
    registering = true;
    long asked = loop.nanos();
    var registration = new Registration(this, at, ids.get(), session, asked);
    Foundation.lay(ledger)
        .thenCompose(done -> ledger.commit(registration.registering()))
        .whenComplete((result, failure) -> {
          registering = false;
          if (closed) {
            return;
          }
          boolean same = ledger.session().id() == session.id();
          if (failure == null && result.isApplied() && same && !leaving) {
            present = registration;
            disconnected = false;
            LOG.info("Instance {} is registered", registration.id());
            listeners.tell(new StateChange.Registered(registration.id()));
            registration.begin();
            overran.forEach(registration::tell);
            overran.clear();
          } else {
            // It may be there all the same: whoever coordinates finds it without an inbox that is
            // read, and it vanishes with the session.
            LOG.info(
                "Registering {} ended {}",
                registration.id(),
                failure == null ? result : failure.getMessage());
            if (same && session.isConnected()) {
              ledger.endSession();
            }
            again(Duration.ofMillis(200));
          }
        });
  }

  // ------------------------------------------------------------------ what a registration asks and
  // tells

  /** Somebody wants it to leave. */
  void toldToLeave() {
    LOG.info("Instance {} is told to leave", id());
    if (!leaving) {
      whenToldToLeave.run();
    }
  }

  /** It must not act under this registration any more. */
  void fence(String why) {
    Registration registration = present;
    if (registration == null) {
      return;
    }
    LOG.warn(
        "Instance {} is fenced: {}; {} executions are cancelled",
        registration.id(),
        why,
        executions.running());
    listeners.tell(new StateChange.Fenced(registration.id(), why));
    present = null;
    fenced = true;
    fencedSince = loop.nanos();
    fencedSession = registration.session();
    fencedTimeout = registration.timeout();
    registration.close(); // from here on it is known when its lease had ended
    executions.leaseLapsed();
    registration.overrunsNotTold().forEach(this::tellNext);
    if (leaving) {
      left.complete(null);
      return;
    }
    consider();
  }

  /** Whether it takes nothing new. */
  boolean isLeaving() {
    return leaving;
  }

  /** It has left, and nothing of it is there any more. */
  void left() {
    if (present != null) {
      listeners.tell(new StateChange.Left(present.id()));
    }
    present = null;
    left.complete(null);
  }

  /** Does something a little later; what was to be done before is not. */
  void tryLater(Runnable what) {
    retry.close();
    retry = loop.at(loop.nanos() + Duration.ofMillis(200).toNanos(), what);
  }

  // ------------------------------------------------------------------ what the executions tell

  @Override
  public void ended(Told.Ended told) {
    tell(at.find(told.what()), told.returned(), (registration, one) -> registration.tell(told));
  }

  @Override
  public void returned(Told.Returned told) {
    Workplace.Running one = at.find(told.what());
    if (one != null && one.of() == present && one.of().hasLapsed()) {
      fence("its lease lapsed"); // the handler has noticed that first
    }
    tell(one, true, (registration, same) -> registration.returned(told, same));
    if (one != null && one.of() != present) {
      returnedLate(told, one.of());
    }
  }

  /** Its registration is over, and what it was at may have been somebody else's before it returned: the record has to name that. */
  private void returnedLate(Told.Returned told, Registration before) {
    if (!told.called()) {
      return;
    }
    Duration late = before.sinceLeaseEnd();
    Instant from = before.leaseEnd().truncatedTo(ChronoUnit.MILLIS);
    Instant until = before.leaseEnd().plus(late).truncatedTo(ChronoUnit.MILLIS);
    if (until.isAfter(from)) {
      LOG.warn(
          "Run {}, shard {}, attempt {} has returned {} after the lease of instance {} had ended: something else may have run beside it",
          told.what().run().id(),
          told.what().shard(),
          told.what().attempt(),
          late,
          before.id());
      tellNext(new Told.Overran(told.what(), before.id(), from, until));
    }
  }

  private void tellNext(Told.Overran told) {
    if (present != null) {
      present.tell(told);
    } else if (overran.size() < MOST_OVERRUNS) {
      overran.add(told);
    }
  }

  @Override
  public void handedBack(Told.HandedBack told) {
    tell(at.find(told.what()), true, (registration, one) -> registration.tell(told));
  }

  /** Tells what became of something, before what comes next in its lane may start. */
  private void tell(
      Workplace.@Nullable Running one,
      boolean free,
      BiConsumer<Registration, Workplace.Running> how) {
    if (one == null) {
      return;
    }
    if (free) {
      at.free(one);
    }
    if (present != null && one.of() == present) {
      how.accept(present, one);
    }
    if (present != null && free) {
      present.agenda().offer(one.what().lane());
    }
  }

  @Override
  public void slotFree() {
    if (present != null) {
      present.agenda().startReady();
    } else if (fenced) {
      again(Duration.ofMillis(1));
    }
  }
}
