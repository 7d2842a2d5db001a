package io.shardkeeper.core.engine;

import io.shardkeeper.core.definition.JobDocument;
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
import io.shardkeeper.core.loop.Workers;
import io.shardkeeper.core.mail.Inbox;
import io.shardkeeper.core.mail.Ticket;
import io.shardkeeper.core.mail.Told;
import io.shardkeeper.handler.Cancellation;
import io.shardkeeper.handler.Handlers;
import io.shardkeeper.job.Job;
import io.shardkeeper.job.Overlap;
import io.shardkeeper.run.Outcome;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.PriorityQueue;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * An instance: it registers, takes tickets, starts what is due, reports, and registers anew when its session was lost. What runs is the business of
 * {@link Executions}; when and whether it may is decided here.
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

  private final Ledger ledger;
  private final Loop loop;
  private final Profile profile;
  private final Supplier<String> ids;
  private final Executions executions;
  private final FollowedClock clock;
  private final Definitions definitions;
  private final List<Subscription> subscriptions = new ArrayList<>();
  private final CompletableFuture<Void> left = new CompletableFuture<>();

  /** What runs, by the token that its execution took; it outlives registrations. */
  private final Map<Long, Running> running = new HashMap<>();

  private final Map<Lane, Running> taken = new HashMap<>();

  private @Nullable Registration present;
  private Subscription retry = () -> {};
  private boolean registering;
  private boolean leaving;
  private boolean closed;
  private long fencedSince;
  private long fencedSession;
  private Duration fencedTimeout = Duration.ZERO;
  private boolean fenced;

  /**
   * What an instance tells of itself, and how it behaves.
   *
   * @param self as it registers; the id is given at each registration
   * @param tick to which the far end rounds the end of sessions
   * @param linger how long an outcome for which nobody waits may wait for others
   */
  public record Profile(Instance self, Duration tick, Duration linger) {}

  /** Something that runs, or was given up and has not returned. */
  private record Running(Assignment what, @Nullable Registration of, boolean atMostOnce) {}

  /**
   * An instance that is not there yet.
   *
   * @param ids makes ids that nobody had before
   */
  public InstanceLife(
      Ledger ledger,
      Loop loop,
      Workers workers,
      Handlers handlers,
      Executions.Patience patience,
      Profile profile,
      Supplier<String> ids) {
    this.ledger = ledger;
    this.loop = loop;
    this.profile = profile;
    this.ids = ids;
    this.clock = new FollowedClock(loop);
    this.definitions = new Definitions(ledger, loop);
    this.executions =
        new Executions(loop, workers, handlers, patience, profile.self().slots(), clock, this);
  }

  /** Begins to register. */
  public void start() {
    subscriptions.add(ledger.onSession(session -> consider()));
    loop.execute(this::consider);
  }

  /** Its id, as long as it is registered; else nothing. */
  public String id() {
    return present == null ? "" : present.id;
  }

  /** How many executions take a slot. */
  public int running() {
    return executions.running();
  }

  /**
   * Leaves: takes nothing new, hands back what has not started, waits for what runs, and ends when nothing of it is open. Whoever is out of patience
   * calls {@link #cancelAll}, and after that ends the session.
   */
  public CompletionStage<Void> leave() {
    leaving = true;
    if (present == null) {
      left.complete(null);
    } else {
      present.announceLeaving();
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
      if (session.id() != registration.session && session.id() != Session.NOBODY) {
        fence("its session is over");
      } else if (session.isConnected()) {
        registration.connected(session);
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

  private void again(Duration later) {
    retry.close();
    retry = loop.at(loop.nanos() + later.toNanos(), this::consider);
  }

  private void register(Session session) {
    registering = true;
    long asked = loop.nanos();
    var registration = new Registration(ids.get(), session, asked);
    Foundation.lay(ledger)
        .thenCompose(done -> ledger.commit(Transaction.builder()
            .create(registration.inbox, Inbox.EMPTY.bytes())
            .create(registration.reports, Bytes.NONE)
            .createEphemeral(registration.node, registration.self.bytes())
            .build()))
        .whenComplete((result, failure) -> {
          registering = false;
          if (closed) {
            return;
          }
          boolean same = ledger.session().id() == session.id();
          if (failure == null && result.isApplied() && same && !leaving) {
            present = registration;
            LOG.info("Instance {} is registered", registration.id);
            registration.begin();
          } else {
            // It may be there all the same: whoever coordinates finds it without an inbox that is
            // read, and it vanishes with the session.
            LOG.info(
                "Registering {} ended {}",
                registration.id,
                failure == null ? result : failure.getMessage());
            if (same && session.isConnected()) {
              ledger.endSession();
            }
            again(Duration.ofMillis(200));
          }
        });
  }

  /** It must not act under this registration any more. */
  private void fence(String why) {
    Registration registration = present;
    if (registration == null) {
      return;
    }
    LOG.warn(
        "Instance {} is fenced: {}; {} executions are cancelled",
        registration.id,
        why,
        executions.running());
    present = null;
    fenced = true;
    fencedSince = loop.nanos();
    fencedSession = registration.session;
    fencedTimeout = registration.timeout;
    executions.leaseLapsed();
    registration.close();
    if (leaving) {
      left.complete(null);
      return;
    }
    consider();
  }

  // ------------------------------------------------------------------ what the executions tell

  @Override
  public void ended(Told.Ended told) {
    Running one = find(told.what());
    if (told.returned()) {
      free(one);
    }
    if (one != null && one.of() == present && present != null) {
      present.tell(told);
    }
  }

  @Override
  public void returned(Told.Returned told) {
    Running one = find(told.what());
    free(one);
    if (one != null && one.of() == present && present != null) {
      present.returned(told, one);
    }
  }

  @Override
  public void handedBack(Told.HandedBack told) {
    Running one = find(told.what());
    free(one);
    if (one != null && one.of() == present && present != null) {
      present.tell(told);
    }
  }

  @Override
  public void slotFree() {
    if (present != null) {
      present.startReady();
    } else if (fenced) {
      again(Duration.ofMillis(1));
    }
  }

  private @Nullable Running find(Assignment what) {
    Running one = taken.get(what.lane());
    return one != null && one.what().token() == what.token() ? one : null;
  }

  private void free(@Nullable Running one) {
    if (one != null) {
      taken.remove(one.what().lane());
      running.values().remove(one);
      if (present != null) {
        present.laneFree(one.what().lane());
      }
    }
  }

  // ------------------------------------------------------------------ one registration

  /** What waits in a lane. */
  private static final class Queue {
    final PriorityQueue<Pending> waiting = new PriorityQueue<>();

    /** Tokens of what waits: the one that starts takes the smallest, so they grow in the order of execution. */
    final TreeSet<Long> tokens = new TreeSet<>();

    /** Those of which it is known that they are due, in the order of their runs. */
    int due;
  }

  /** An assignment that has not started. */
  private static final class Pending implements Comparable<Pending> {
    final Assignment what;
    final Job job;
    boolean due;
    boolean gone;

    Pending(Assignment what, Job job) {
      this.what = what;
      this.job = job;
    }

    @Override
    public int compareTo(Pending other) {
      int byTime = what.run().scheduledAt().compareTo(other.what.run().scheduledAt());
      if (byTime != 0) {
        return byTime;
      }
      int byRun = what.run().id().compareTo(other.what.run().id());
      return byRun != 0 ? byRun : Long.compare(what.token(), other.what.token());
    }

    @Override
    public boolean equals(Object other) {
      return this == other;
    }

    @Override
    public int hashCode() {
      return System.identityHashCode(this);
    }
  }

  /** Something whose time is not there yet. */
  private record Timer(long nanos, long token, Pending pending) implements Comparable<Timer> {
    @Override
    public int compareTo(Timer other) {
      int byTime = Long.compare(nanos - other.nanos, 0);
      return byTime != 0 ? byTime : Long.compare(token, other.token);
    }
  }

  /** One life under one id. */
  private final class Registration {
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

    /** Lanes in which something waits; those whose first could start, were a slot free. */
    private final Map<Lane, Queue> lanes = new LinkedHashMap<>();

    private final Map<Long, Pending> pending = new LinkedHashMap<>();

    /** Tickets that were read, but perhaps not all that were written before them: they are taken in the order of their numbers. */
    private final TreeMap<NodePath, Node> arrived = new TreeMap<>();

    private final PriorityQueue<Timer> timers = new PriorityQueue<>();
    private final PriorityQueue<Pending> ready =
        new PriorityQueue<>(Comparator.comparing((Pending one) -> one.what.due())
            .thenComparing(one -> one.what.token()));
    private Subscription alarm = () -> {};
    private long alarmAt = Long.MAX_VALUE;
    private Subscription beat = () -> {};
    private boolean over;
    private boolean ending;

    Registration(String id, Session session, long asked) {
      this.id = id;
      this.session = session.id();
      this.timeout = session.timeout();
      Instance as = profile.self();
      this.self = new Instance(
          id, as.name(), as.host(), as.handlers(), as.labels(), as.slots(), as.version(), false);
      this.node = Layout.INSTANCES.child(id);
      this.inbox = Layout.INBOX.child(id);
      this.reports = Layout.REPORTS.child(id);
      this.lease = new Lease(session.timeout(), profile.tick(), asked);
      this.reporter =
          new Reporter(ledger, loop, id, profile.linger(), clock, InstanceLife.this::fence);
      this.mirror = new Mirror(ledger, inbox, this::changed);
    }

    void begin() {
      executions.leaseBegins(lease.until());
      mirror.start();
      beat();
    }

    void close() {
      over = true;
      mirror.close();
      reporter.close();
      alarm.close();
      beat.close();
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
            LOG.warn(
                "Instance {} has not heard of the ledger for long: what runs is cancelled", id);
            executions.cancelAll(Cancellation.Reason.LEASE_LOST);
          }
        }
        case LAPSED -> {
          fence("its lease lapsed");
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
            startReady();
          } else {
            lease.unanswered();
          }
        });
      }
      beat.close();
      long step =
          Math.max(ledger.session().timeout().toNanos(), 1_000_000_000L) / (4L * Lease.RENEWALS);
      long next =
          Math.min(now + step, Math.max(now + 1, ending ? lease.until() : lease.endsFrom()));
      beat = loop.at(next, this::beat);
    }

    private boolean mayStart() {
      return !over && !ending && lease.phase(loop.nanos()) == Lease.Phase.HELD;
    }

    // ---------------------------------------------------------------- tickets

    private void changed(Mirror.Change change) {
      if (over) {
        return;
      }
      if (change instanceof Mirror.Change.Appeared appeared) {
        if (appeared.path().parent().equals(inbox)) {
          arrived.put(appeared.path(), appeared.node());
        }
      } else if (change instanceof Mirror.Change.Vanished vanished) {
        arrived.remove(vanished.path());
        if (vanished.path().equals(inbox)) {
          fence("its inbox is gone");
        } else {
          reporter.ticketGone(vanished.path().name());
        }
      } else if (change instanceof Mirror.Change.Settled) {
        while (!over && !arrived.isEmpty()) {
          Map.Entry<NodePath, Node> next = arrived.pollFirstEntry();
          ticket(next.getKey(), next.getValue());
        }
      }
    }

    private void ticket(NodePath path, Node read) {
      Ticket ticket;
      try {
        ticket = Ticket.read(read.data());
      } catch (IllegalArgumentException e) {
        LOG.error(
            "Instance {} found a ticket at {} that cannot be read: {}", id, path, e.getMessage());
        fence("a ticket of its is damaged, and whoever coordinates has to move on what was in it");
        return;
      }
      clock.heard(ticket.term(), ticket.sent());
      reporter.ticket(path.name(), ticket.assignments());
      // In the order in which they were given: a ticket has them by job.
      List<Assignment> inOrder = new ArrayList<>(ticket.assignments());
      inOrder.sort(Comparator.comparingLong(Assignment::token));
      for (Assignment what : inOrder) {
        definitions.find(what, found -> {
          if (!over) {
            defined(what, found);
          }
        });
      }
      for (Ticket.Message message : ticket.messages()) {
        if (message instanceof Ticket.Message.End end) {
          end(end);
        } else if (message instanceof Ticket.Message.Drop drop) {
          drop(drop);
        } else if (message instanceof Ticket.Message.Leave) {
          leaveNow();
        }
      }
      if (ticket.assignments().isEmpty()) {
        reporter.reportSoon(); // the ticket itself goes with the next report
      }
    }

    private void defined(Assignment what, Definitions.Answer answer) {
      if (answer instanceof Definitions.Answer.Found found) {
        accept(what, found.job());
      } else if (answer instanceof Definitions.Answer.Newer newer) {
        tell(new Told.HandedBack(what, newer.why()));
      } else if (answer instanceof Definitions.Answer.Gone gone) {
        notRun(what, what.withoutItsJob(), gone.why());
      }
    }

    private void accept(Assignment what, Job job) {
      if (leaving) {
        tell(new Told.HandedBack(what, "instance " + id + " is leaving"));
        return;
      }
      var one = new Pending(what, job);
      pending.put(what.token(), one);
      Queue queue = lanes.computeIfAbsent(what.lane(), lane -> new Queue());
      queue.waiting.add(one);
      queue.tokens.add(what.token());
      long at = clock.nanosAt(what.due());
      if (at - loop.nanos() <= 0) {
        due(one);
      } else {
        timers.add(new Timer(at, what.token(), one));
        setAlarm();
      }
    }

    private void setAlarm() {
      Timer first = timers.peek();
      if (first != null && first.nanos() != alarmAt) {
        alarm.close();
        alarmAt = first.nanos();
        alarm = loop.at(alarmAt, this::ring);
      }
    }

    private void ring() {
      alarmAt = Long.MAX_VALUE;
      if (over) {
        return;
      }
      long now = loop.nanos();
      while (!timers.isEmpty() && timers.peek().nanos() - now <= 0) {
        Pending one = timers.remove().pending();
        if (!one.gone) {
          due(one);
        }
      }
      setAlarm();
    }

    /** Its time has come: it starts, waits for its turn, or finds too many waiting. */
    private void due(Pending one) {
      one.due = true;
      Lane lane = one.what.lane();
      Queue queue = lanes.get(lane);
      if (queue == null) {
        return;
      }
      queue.due++;
      boolean busy = taken.containsKey(lane);
      Overlap overlap = one.job.overlap();
      int limit = switch (overlap.policy()) {
        case SERIAL -> overlap.limit();
        case DISCARD_LATER -> 0;
        case COVER_EARLIER, ALLOW -> Overlap.DEFAULT_QUEUE;
      };
      // Of those that wait, the first is about to start if nothing of the lane runs.
      int waiting = queue.due - (busy ? 0 : 1);
      if (waiting > limit && one.what.attempt() == 1) {
        discard(one);
        notRun(
            one.what,
            Outcome.SKIPPED_OVERLAP,
            limit == 0
                ? "the run before it had not ended"
                : limit + " runs were waiting, and no more may");
        // What is first may be due though what was before it was not: another coordinator has
        // another clock.
        offer(lane);
        return;
      }
      if (!busy) {
        offer(lane);
      }
    }

    private void offer(Lane lane) {
      Queue queue = lanes.get(lane);
      Pending first = queue == null ? null : queue.waiting.peek();
      if (first != null && first.due && !taken.containsKey(lane) && !ready.contains(first)) {
        ready.add(first);
        startReady();
      }
    }

    void laneFree(Lane lane) {
      offer(lane);
    }

    void startReady() {
      while (!ready.isEmpty() && executions.hasFreeSlot() && mayStart()) {
        Pending one = ready.remove();
        if (!one.gone && !taken.containsKey(one.what.lane())) {
          start(one);
        }
      }
    }

    private void start(Pending one) {
      Queue queue = lanes.get(one.what.lane());
      if (queue == null) {
        return;
      }
      long token = queue.tokens.first();
      queue.tokens.remove(token);
      remove(one);
      var execution = new Running(one.what, this, one.job.atMostOnce());
      running.put(token, execution);
      taken.put(one.what.lane(), execution);
      try {
        executions.start(one.what, one.job, token);
      } catch (IllegalArgumentException e) {
        free(execution);
        notRun(one.what, Outcome.REJECTED, String.valueOf(e.getMessage()));
      }
    }

    /** It waits no more. */
    private void remove(Pending one) {
      one.gone = true;
      pending.remove(one.what.token());
      Queue queue = lanes.get(one.what.lane());
      if (queue != null) {
        queue.waiting.remove(one);
        queue.due -= one.due ? 1 : 0;
        if (queue.waiting.isEmpty()) {
          lanes.remove(one.what.lane());
        }
      }
    }

    /** It will not start, so that one token is too many: the largest, because they have to grow. */
    private void discard(Pending one) {
      Queue queue = lanes.get(one.what.lane());
      if (queue != null) {
        queue.tokens.pollLast();
      }
      remove(one);
    }

    private void notRun(Assignment what, Outcome outcome, String why) {
      tell(new Told.Ended(what, outcome, why, what.due(), clock.instant(), true));
    }

    void tell(Told told) {
      reporter.tell(told);
    }

    /** A handler returned whose outcome was told before, or that was cancelled because the lease seemed lost and was not. */
    void returned(Told.Returned told, Running one) {
      if (reporter.isBusy(told.what().token())) {
        reporter.tell(told);
      } else if (one.atMostOnce()) {
        Instant now = clock.instant();
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

    // ---------------------------------------------------------------- messages

    private void end(Ticket.Message.End message) {
      for (Pending one : List.copyOf(pending.values())) {
        if (one.what.run().id().equals(message.run())) {
          discard(one);
          notRun(one.what, outcome(message.reason()), "ended by request before it started");
          offer(one.what.lane());
        }
      }
      running.forEach((token, one) -> {
        if (one.what().run().id().equals(message.run())) {
          loop.execute(() -> executions.cancel(token, message.reason()));
        }
      });
    }

    private Outcome outcome(Cancellation.Reason reason) {
      return reason == Cancellation.Reason.COVERED ? Outcome.COVERED : Outcome.KILLED;
    }

    private void drop(Ticket.Message.Drop message) {
      for (Pending one : List.copyOf(pending.values())) {
        boolean is = one.what.run().id().job().equals(message.job())
            && one.what.run().id().generation() == message.generation();
        if (is) {
          discard(one);
          notRun(one.what, one.what.withoutItsJob(), "the job was deleted");
        }
      }
    }

    // ---------------------------------------------------------------- leaving

    void announceLeaving() {
      for (Pending one : List.copyOf(pending.values())) {
        discard(one);
        tell(new Told.HandedBack(one.what, "instance " + id + " is leaving"));
      }
      reporter.reportNow();
      ledger
          .commit(Transaction.builder()
              .set(node, self.leaving().bytes(), Transaction.ANY_VERSION)
              .build())
          .thenAccept(result -> {
            if (!over && !result.isApplied()) {
              tryLater(this::announceLeaving);
            }
          });
    }

    private void tryLater(Runnable what) {
      retry.close();
      retry = loop.at(loop.nanos() + Duration.ofMillis(200).toNanos(), what);
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
              present = null;
              left.complete(null);
            } else if (!over) {
              tryLater(this::leaveNow);
            }
          });
    }
  }

  // ------------------------------------------------------------------ definitions

  /** Definitions as tickets name them; read when they are met first, and remembered. */
  private static final class Definitions {
    private static final int MOST = 10_000;
    private static final Duration BETWEEN_TRIES = Duration.ofMillis(200);

    private final Ledger ledger;
    private final Loop loop;
    private final Map<Key, Job> known = new LinkedHashMap<>(16, 0.75f, true);
    private final Map<Key, List<Consumer<Answer>>> asked = new HashMap<>();

    Definitions(Ledger ledger, Loop loop) {
      this.ledger = ledger;
      this.loop = loop;
    }

    private record Key(String job, long generation, int revision) {}

    sealed interface Answer {
      record Found(Job job) implements Answer {}

      record Newer(String why) implements Answer {}

      record Gone(String why) implements Answer {}
    }

    void find(Assignment what, Consumer<Answer> told) {
      var key = new Key(
          what.run().id().job(), what.run().id().generation(), what.run().revision());
      Job job = known.get(key);
      if (job != null) {
        told.accept(new Answer.Found(job));
        return;
      }
      List<Consumer<Answer>> waiting = asked.get(key);
      if (waiting != null) {
        waiting.add(told);
        return;
      }
      asked.put(key, new ArrayList<>(List.of(told)));
      ask(key);
    }

    private void ask(Key key) {
      ledger.read(Layout.job(key.job())).whenComplete((node, failure) -> {
        if (failure != null) {
          // Nobody knows: somebody waits for the answer, so it is asked again.
          Subscription unused = loop.at(loop.nanos() + BETWEEN_TRIES.toNanos(), () -> ask(key));
          return;
        }
        Answer answer = answer(key, node);
        if (answer instanceof Answer.Found found) {
          known.put(key, found.job());
          if (known.size() > MOST) {
            known.remove(known.keySet().iterator().next());
          }
        }
        List<Consumer<Answer>> waiting = asked.remove(key);
        if (waiting != null) {
          waiting.forEach(told -> told.accept(answer));
        }
      });
    }

    private static Answer answer(Key key, Optional<Node> read) {
      if (read.isEmpty() || read.get().creation() != key.generation()) {
        return new Answer.Gone("the job was deleted");
      }
      if (read.get().version() != key.revision()) {
        return new Answer.Newer("its definition has changed since it was planned");
      }
      try {
        return new Answer.Found(JobDocument.parse(read.get().data().text()).job());
      } catch (IllegalArgumentException e) {
        return new Answer.Newer("its definition cannot be read here: " + e.getMessage());
      }
    }
  }
}
