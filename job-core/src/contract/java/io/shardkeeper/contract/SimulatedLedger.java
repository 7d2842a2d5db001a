package io.shardkeeper.contract;

import io.shardkeeper.core.ledger.NodePath;
import io.shardkeeper.core.ledger.Node;
import io.shardkeeper.core.ledger.Session;
import io.shardkeeper.core.ledger.CommitResult;
import io.shardkeeper.core.ledger.Transaction;
import io.shardkeeper.core.ledger.Hint;
import io.shardkeeper.core.ledger.LedgerException;
import io.shardkeeper.core.ledger.Subscription;
import io.shardkeeper.core.ledger.Ledger;
import io.shardkeeper.core.ledger.adapter.Mailbox;
import io.shardkeeper.core.ledger.adapter.HintRelay;
import io.shardkeeper.core.ledger.adapter.SessionLevel;

import io.shardkeeper.core.ledger.LedgerException.Kind;
import io.shardkeeper.core.ledger.Session.Standing;
import io.shardkeeper.core.ledger.memory.Tree;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.function.BiFunction;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** A client of a {@link SimulatedWorld}, on the one thread of that world. */
public final class SimulatedLedger implements Ledger {
  /** What a test has in mind for the next commit. */
  enum Fate {
    ARRIVES,
    LOST_BEFORE,
    LOST_AFTER,
    HELD
  }

  private static final Duration BETWEEN_TRIES = Duration.ofMillis(100);

  private final SimulatedWorld world;
  private final Mailbox mailbox;
  private final SessionLevel session;
  private final List<HintRelay> watches = new ArrayList<>();
  private final Deque<SimulatedRequest<?>> underWay = new ArrayDeque<>();
  private boolean crowded;
  private @Nullable SimulatedConnection connection;
  private @Nullable SimulatedRequest<?> held;
  private long heldSession;
  private long ownSession = Session.NOBODY;
  private long seen;
  private long losses;
  private boolean unplugged;
  private boolean closed;
  private Fate nextCommit = Fate.ARRIVES;

  SimulatedLedger(SimulatedWorld world, Executor events) {
    this.world = world;
    this.mailbox = new Mailbox(events);
    this.session = new SessionLevel(Session.NONE, mailbox);
    tryToConnect();
  }

  // ------------------------------------------------------------- the ledger

  @Override
  public CompletionStage<CommitResult> commit(Transaction transaction) {
    var done = new CompletableFuture<CommitResult>();
    var request = new SimulatedRequest<CommitResult>(
        SimulatedRequest.Kind.WRITE,
        witnessed(commitIn(ownSession, transaction), transaction),
        done::complete,
        reason -> {
          if (done.complete(CommitResult.UNKNOWN)) {
            world.witness().unanswered(this, transaction);
          }
        });
    send(request, world.fateOfCommit(this, nextCommit));
    return done;
  }

  /** Each server does it; what the first one finds is what was decided. */
  private BiFunction<Tree, Instant, CommitResult> witnessed(
      BiFunction<Tree, Instant, CommitResult> commit, Transaction transaction) {
    boolean[] decided = {false};
    return (tree, at) -> {
      CommitResult result = commit.apply(tree, at);
      if (!decided[0]) {
        decided[0] = true;
        world.witness().decided(this, transaction, result);
      }
      return result;
    };
  }

  private static BiFunction<Tree, Instant, CommitResult> commitIn(
      long session, Transaction transaction) {
    return (tree, at) -> tree.commit(transaction, session, at);
  }

  @Override
  public CompletionStage<Optional<Node>> read(NodePath path) {
    return ask(SimulatedRequest.Kind.QUESTION, (tree, at) -> tree.read(path));
  }

  @Override
  public CompletionStage<Optional<List<String>>> list(NodePath path) {
    return ask(SimulatedRequest.Kind.QUESTION, (tree, at) -> {
      Optional<List<String>> names = tree.list(path);
      if (names.isPresent() && names.get().size() > MOST_CHILDREN) {
        world.happened("answer too large");
        throw LedgerException.tooManyChildren(path, names.get().size());
      }
      return names;
    });
  }

  @Override
  public CompletionStage<Void> barrier() {
    return ask(SimulatedRequest.Kind.BARRIER, (tree, at) -> true).thenApply(done -> null);
  }

  private <T> CompletionStage<T> ask(
      SimulatedRequest.Kind kind, BiFunction<Tree, Instant, T> question) {
    var done = new CompletableFuture<T>();
    send(
        new SimulatedRequest<>(
            kind,
            question,
            done::complete,
            reason -> done.completeExceptionally(reason == null ? noAnswer() : reason)),
        Fate.ARRIVES);
    return done;
  }

  private LedgerException noAnswer() {
    return closed
        ? new LedgerException(Kind.CLOSED, "The ledger was closed")
        : new LedgerException(Kind.UNAVAILABLE, "The ledger does not answer at present");
  }

  private void send(SimulatedRequest<?> request, Fate fate) {
    SimulatedConnection present = connection;
    if (present == null || !session.now().isConnected()) {
      mailbox.post(() -> request.tell(false));
      return;
    }
    boolean write = request.kind == SimulatedRequest.Kind.WRITE;
    if (underWay.stream().filter(other -> write == (other.kind == SimulatedRequest.Kind.WRITE)).count() >= MOST_UNDER_WAY) {
      crowded = true;
      var busy = new LedgerException(Kind.BUSY, "Too much is under way; wait for some of the answers");
      mailbox.post(() -> request.refuse(busy));
      return;
    }
    underWay.add(request);
    if (fate != Fate.ARRIVES) {
      nextCommit = Fate.ARRIVES;
    }
    boolean stays = !world.isStormy(); // what a test cuts it heals too
    switch (fate) {
      case ARRIVES -> present.up(() -> present.server.arrive(present, request));
      case LOST_BEFORE -> {
        world.happened("commit lost before its effect");
        present.up(() -> cutOff(present, stays));
      }
      case LOST_AFTER -> {
        world.happened("commit lost after its effect");
        present.up(() -> {
          world.decide(present.session, request);
          cutOff(present, stays);
        });
      }
      case HELD -> {
        held = request;
        heldSession = present.session;
        present.up(() -> cutOff(present, stays));
      }
    }
  }

  private void cutOff(SimulatedConnection present, boolean stays) {
    unplugged = stays;
    present.broken();
  }

  @Override
  public Subscription watch(NodePath root, Consumer<Hint> told) {
    var relay = new HintRelay(root, told, mailbox, this::forget);
    watches.add(relay);
    place(relay);
    return relay;
  }

  private void forget(HintRelay relay) {
    watches.remove(relay);
    boolean last = watches.stream().noneMatch(other -> other.root().equals(relay.root()));
    SimulatedConnection present = connection;
    if (last && present != null) {
      present.up(() -> present.watches.remove(relay.root()));
    }
  }

  /** Places a watch at the server. What is there was not watched so far. */
  private void place(HintRelay relay) {
    SimulatedConnection present = connection;
    if (present != null && session.now().isConnected()) {
      present.up(() -> {
        present.watches.add(relay.root());
        present.down(() -> {
          relay.everythingChanged();
          mailbox.wake();
        });
      });
    }
  }

  @Override
  public Session session() {
    return session.now();
  }

  @Override
  public Subscription onSession(Consumer<Session> told) {
    Subscription subscription = session.listen(told);
    mailbox.wake();
    return subscription;
  }

  @Override
  public CompletionStage<Void> endSession() {
    if (closed) {
      return CompletableFuture.failedStage(noAnswer());
    }
    var over = new CompletableFuture<Void>();
    SimulatedConnection present = connection;
    long former = ownSession;
    boolean connected = session.now().isConnected();
    ownSession = Session.NOBODY;
    become(Session.NONE);
    if (present == null || !connected) {
      mailbox.post(() -> over.complete(null));
      return over;
    }
    // The session ends behind all that was asked in it. Whether the answer comes or not, it is no longer ours.
    var end = new SimulatedRequest<Boolean>(
        SimulatedRequest.Kind.BARRIER,
        (tree, at) -> true,
        done -> {
          present.broken();
          over.complete(null);
        },
        reason -> over.complete(null));
    underWay.add(end);
    present.up(() -> {
      world.endSession(former);
      present.server.arrive(present, end);
    });
    world.after(SimulatedWorld.TIMEOUT.toNanos(), present::broken);
    return over;
  }

  @Override
  public void close() {
    if (closed) {
      return;
    }
    closed = true;
    session.mute();
    watches.forEach(HintRelay::mute);
    SimulatedConnection present = connection;
    if (present != null && session.now().isConnected()) {
      present.up(() -> world.endSession(present.session));
    }
    become(session.now().as(Standing.CLOSED));
    if (present != null) {
      present.closeBehindWhatWasSaid();
    }
    loseWhatIsUnderWay();
  }

  // ------------------------------------------------- what the world tells it

  /** A node below a watch changed. */
  void changed(NodePath path) {
    watches.forEach(watch -> watch.changed(path));
    mailbox.wake();
  }

  /** The answer to the oldest request has come. */
  void answered(SimulatedRequest<?> request) {
    if (underWay.remove(request)) {
      mailbox.post(() -> request.tell(true));
      if (crowded && underWay.size() < MOST_UNDER_WAY / 2) {
        crowded = false;
        watches.forEach(watch -> watch.changed(watch.root()));
        mailbox.wake();
      }
    }
  }

  /** Whatever the client is told from here on is at least as new as this. */
  void sees(long decisions) {
    seen = Math.max(seen, decisions);
  }

  /** Its connection is gone. */
  void disconnected(SimulatedConnection gone) {
    if (gone == connection) {
      connection = null;
      loseWhatIsUnderWay();
      if (!closed) {
        become(ownSession == Session.NOBODY ? Session.NONE : session.now().as(Standing.SUSPENDED));
        giveUpAfterSilence(++losses);
        world.after(world.upTo(BETWEEN_TRIES.toNanos() / 1_000), this::tryToConnect);
      }
    }
  }

  /** A client that has had no connection for a session timeout believes its session lost, whether the servers have ended it or not. */
  private void giveUpAfterSilence(long loss) {
    world.after(SimulatedWorld.TIMEOUT.toNanos(), () -> {
      if (loss == losses && connection == null && !closed) {
        world.happened("session given up");
        ownSession = Session.NOBODY;
        become(Session.NONE);
      }
    });
  }

  private void loseWhatIsUnderWay() {
    List<SimulatedRequest<?>> lost = List.copyOf(underWay);
    underWay.clear();
    lost.forEach(request -> mailbox.put(() -> request.tell(false)));
    mailbox.wake();
  }

  private void become(Session next) {
    session.become(next);
    mailbox.wake();
  }

  private void tryToConnect() {
    if (closed || connection != null) {
      return;
    }
    SimulatedServer server = world.anyServer();
    if (unplugged || server.isHeld() || server.applied() < seen) {
      world.after(BETWEEN_TRIES.toNanos(), this::tryToConnect);
      return;
    }
    if (ownSession != Session.NOBODY && !world.isAlive(ownSession)) {
      world.happened("session expired");
      ownSession = Session.NOBODY;
      become(Session.NONE);
    }
    if (ownSession == Session.NOBODY) {
      ownSession = world.newSession();
    }
    connectTo(server);
  }

  void connectTo(SimulatedServer server) {
    var fresh = new SimulatedConnection(world, this, server, ownSession);
    connection = fresh;
    server.accept(fresh);
    world.sessionSpeaks(ownSession, fresh);
    become(new Session(ownSession, Standing.CONNECTED, SimulatedWorld.TIMEOUT));
    watches.forEach(this::place);
  }

  // ------------------------------------------------ what a test does to it

  void unplug(boolean out) {
    unplugged = out;
    SimulatedConnection present = connection;
    if (out && present != null) {
      present.broken();
    }
  }

  /** Whether a new connection is possible; the present one stays as it is. */
  void plugOnly(boolean in) {
    unplugged = !in;
  }

  void nextCommit(Fate fate) {
    nextCommit = fate;
  }

  void deliverHeld() {
    SimulatedRequest<?> request = held;
    held = null;
    if (request != null) {
      world.happened("commit took effect long after it was lost");
      world.decide(heldSession, request);
    }
  }

  /** Moves to another server. */
  void moveTo(SimulatedServer server) {
    SimulatedConnection present = connection;
    if (present != null) {
      present.broken();
    }
    connectTo(server);
  }

  void abandonSession() {
    if (closed) {
      return;
    }
    SimulatedConnection present = connection;
    ownSession = Session.NOBODY;
    if (present == null) {
      become(Session.NONE);
    } else {
      present.broken();
    }
  }

  @Nullable SimulatedConnection connection() {
    return connection;
  }

  long ownSession() {
    return ownSession;
  }
}
