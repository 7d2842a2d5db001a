package io.shardkeeper.contract;


import static org.assertj.core.api.Assertions.fail;

import io.shardkeeper.contract.SimulatedLedger.Fate;
import io.shardkeeper.core.ledger.CommitResult;
import io.shardkeeper.core.ledger.Ledger;
import io.shardkeeper.core.ledger.Node;
import io.shardkeeper.core.ledger.NodePath;
import io.shardkeeper.core.ledger.Transaction;
import io.shardkeeper.core.ledger.memory.Tree;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.PriorityQueue;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Ledgers on servers that exist only here: one thread, a clock that is turned by hand, and a seed from which everything follows. One of
 * the servers leads; the others apply what it decided some time later, and answer questions from what they have applied. Sessions end
 * when their clients were silent for too long, rounded up to a tick.
 */
public final class SimulatedWorld implements FaultyWorld, LaggingWorld {
  static final Duration TIMEOUT = Duration.ofSeconds(3);
  static final Duration TICK = Duration.ofMillis(500);
  private static final Instant START = Instant.parse("2027-01-04T09:00:00Z");
  private static final Duration PATIENCE = Duration.ofMinutes(30);

  private final PriorityQueue<Event> events = new PriorityQueue<>();
  private final Map<Long, ServerSession> sessions = new HashMap<>();
  private final List<Long> abandoned = new ArrayList<>(); // sessions that stay without their clients
  private final List<SimulatedServer> servers = new ArrayList<>();
  private final Map<String, Integer> sometimes = new TreeMap<>();
  private final SplittableRandom random;
  private final Weather weather;
  private long now;
  private long scheduled;
  private long lastSession;
  private long decisions;
  private boolean stormy;
  private Teller teller = new Teller();
  private Teller busy = teller;
  private Witness witness = new Witness() {};

  /** Sees what is decided, whether or not those hear of it who asked. */
  public interface Witness {
    /** A commit of a client was decided. */
    default void decided(Ledger client, Transaction transaction, CommitResult result) {}

    /** A client will not hear what became of a commit. */
    default void unanswered(Ledger client, Transaction transaction) {}
  }

  /** Something to happen at an instant; what is due at the same instant happens in the order in which it was scheduled. */
  private record Event(long at, long number, Runnable what) implements Comparable<Event> {
    @Override
    public int compareTo(Event other) {
      int byTime = Long.compare(at, other.at);
      return byTime != 0 ? byTime : Long.compare(number, other.number);
    }
  }

  /** What the leader knows of a session. */
  private static final class ServerSession {
    private boolean alive = true;
    private long deadline = Long.MAX_VALUE;
    private @Nullable SimulatedConnection connection;
  }

  /**
   * How bad the luck is.
   *
   * @param servers how many there are
   * @param slowest how long a message takes, at most
   * @param lag how long after the leader another server applies a decision, at most
   * @param lostBefore of a thousand commits, how many are lost on their way
   * @param lostAfter of a thousand commits, of how many the answer is lost
   * @param late of a thousand commits, how many arrive after their connection broke
   * @param silent of a thousand commits, after how many the connection says no more for a while
   * @param expired of a thousand commits, after how many a session ends
   * @param restarted of a thousand commits, after how many the servers restart
   */
  public record Weather(
      int servers,
      Duration slowest,
      Duration lag,
      int lostBefore,
      int lostAfter,
      int late,
      int silent,
      int expired,
      int restarted) {
    /** Messages take their time, and nothing is lost. */
    public static final Weather CALM =
        new Weather(3, Duration.ofMillis(2), Duration.ofMillis(10), 0, 0, 0, 0, 0, 0);

    /** Everything happens now and then. */
    public static final Weather STORM =
        new Weather(3, Duration.ofMillis(5), Duration.ofMillis(200), 15, 15, 15, 5, 5, 2);
  }

  public SimulatedWorld(long seed, Weather weather) {
    this.random = new SplittableRandom(seed);
    this.weather = weather;
    this.stormy = weather.lostBefore() + weather.lostAfter() + weather.late() > 0;
    for (int i = 0; i < weather.servers(); i++) {
      servers.add(new SimulatedServer(this));
    }
  }

  // ------------------------------------------------------------------ time

  /** The clock of the servers, by which nodes are dated. */
  public InstantSource clock() {
    return () -> START.plusNanos(now);
  }

  /** The monotonic clock. */
  public long nanos() {
    return now;
  }

  /** Has something happen at an instant. */
  public void at(long nanos, Runnable what) {
    events.add(new Event(nanos, scheduled++, what));
  }

  /** Has something happen after a while. */
  public void after(long nanos, Runnable what) {
    at(now + nanos, what);
  }

  /** A while of so many microseconds at most, in nanoseconds. */
  long upTo(long micros) {
    return micros == 0 ? 0 : random.nextLong(micros) * 1_000;
  }

  /** How long a message takes. */
  long latency() {
    return upTo(weather.slowest().toNanos() / 1_000);
  }

  private boolean turn() {
    Event next = events.poll();
    if (next == null) {
      return false;
    }
    now = Math.max(now, next.at());
    next.what().run();
    return true;
  }

  /** Lets everything happen that is due within a while. */
  public void run(Duration span) {
    long end = now + span.toNanos();
    for (Event next = events.peek(); next != null && next.at() <= end; next = events.peek()) {
      turn();
    }
    now = end;
  }

  @Override
  public <T> T await(CompletionStage<T> stage) {
    until("an answer", () -> stage.toCompletableFuture().isDone());
    return stage.toCompletableFuture().join();
  }

  @Override
  public void until(String what, BooleanSupplier isSo) {
    long end = now + PATIENCE.toNanos();
    while (!isSo.getAsBoolean()) {
      if (now > end || !turn()) {
        fail("Waited for " + what);
      }
    }
  }

  // ------------------------------------------------------------------ luck

  /** Whether there is bad luck by itself. */
  boolean isStormy() {
    return stormy;
  }

  /** No bad luck from here on. */
  public void calmDown() {
    stormy = false;
  }

  /** How often each kind of bad luck happened. */
  public Map<String, Integer> sometimes() {
    return sometimes;
  }

  /** Counts that something happened. */
  public void happened(String what) {
    sometimes.merge(what, 1, Integer::sum);
  }

  /** Has somebody watch what is decided. */
  public void watchedBy(Witness who) {
    witness = who;
  }

  Witness witness() {
    return witness;
  }

  private boolean luck(int partsOfThousand) {
    return stormy && random.nextInt(1_000) < partsOfThousand;
  }

  /** What becomes of a commit: what a test wants, or what the weather brings. */
  Fate fateOfCommit(SimulatedLedger client, Fate wanted) {
    if (luck(weather.restarted())) {
      after(upTo(10_000), this::restart);
    }
    if (luck(weather.expired())) {
      after(upTo(10_000), () -> expire(client));
    }
    SimulatedConnection connection = client.connection();
    if (connection != null && luck(weather.silent())) {
      happened("silence");
      after(upTo(1_000), () -> connection.stall(true));
      after(upTo(TIMEOUT.toNanos() / 500), () -> connection.stall(false));
    }
    if (luck(weather.lostBefore())) {
      return Fate.LOST_BEFORE;
    }
    if (luck(weather.lostAfter())) {
      return Fate.LOST_AFTER;
    }
    if (luck(weather.late())) {
      after(upTo(TIMEOUT.toNanos() / 500), client::deliverHeld);
      return Fate.HELD;
    }
    return wanted;
  }

  // --------------------------------------------------------------- servers

  /** How many decisions there were. */
  long decisions() {
    return decisions;
  }

  SimulatedServer anyServer() {
    return servers.get(random.nextInt(servers.size()));
  }

  private SimulatedServer leader() {
    return servers.get(0);
  }

  /** A write reaches the leader, in the name of a session. If that is over, there is no answer, ever. */
  void decide(long session, SimulatedRequest<?> request) {
    if (isAlive(session)) {
      Instant at = clock().instant();
      request.needs(decisions + 1);
      decide(tree -> request.doOn(tree, at));
    } else {
      happened("write of a session that was over");
    }
  }

  private void decide(Consumer<Tree> decision) {
    decisions++;
    for (SimulatedServer server : servers) {
      if (server != leader()) {
        server.receive(decision, upTo(weather.lag().toNanos() / 1_000));
      }
    }
    leader().apply(decision);
  }

  /** A node as the leader has it, though nobody asked: for those who watch. */
  public Optional<Node> peek(NodePath path) {
    return leader().tree().read(path);
  }

  /** The names below a node, in the same way. */
  public List<String> peekBelow(NodePath path) {
    return leader().tree().list(path).orElse(List.of());
  }

  /** How many nodes there are, in the same way. */
  public int size() {
    return leader().tree().size();
  }

  // -------------------------------------------------------------- sessions

  long newSession() {
    long id = ++lastSession;
    sessions.put(id, new ServerSession());
    return id;
  }

  /** Whether the servers still keep a session. */
  public boolean knows(long session) {
    return isAlive(session);
  }

  boolean isAlive(long session) {
    ServerSession known = sessions.get(session);
    return known != null && known.alive;
  }

  /** A session is heard on a connection; on a former one it is heard no more. */
  void sessionSpeaks(long session, SimulatedConnection connection) {
    ServerSession known = sessions.get(session);
    if (known != null) {
      known.connection = connection;
      known.deadline = Long.MAX_VALUE;
    }
  }

  /** The connection of a session broke; the session was heard last at an instant. */
  void sessionIsSilent(long session, long lastHeard) {
    ServerSession known = sessions.get(session);
    if (known == null || !known.alive) {
      return;
    }
    long tick = TICK.toNanos();
    long deadline = (lastHeard + TIMEOUT.toNanos() + tick - 1) / tick * tick;
    known.deadline = deadline;
    at(Math.max(now, deadline), () -> {
      if (known.deadline == deadline) {
        endSession(session);
      }
    });
  }

  void endSession(long session) {
    ServerSession known = sessions.get(session);
    if (known != null && known.alive) {
      known.alive = false;
      decide(tree -> tree.endSession(session));
    }
  }

  // ------------------------------------------------------ what a test does

  @Override
  public Ledger open() {
    Ledger client = open(teller);
    until("a connection", () -> client.session().isConnected());
    return client;
  }

  @Override
  public Ledger openBrief() {
    return open(); // no test is slow here: time passes only while something is waited for
  }

  /** A ledger that is told everything by an executor. */
  public Ledger open(Executor executor) {
    return new SimulatedLedger(this, executor);
  }

  @Override
  public Ledger openLagging() {
    SimulatedServer lonely =
        servers.stream().skip(1).filter(SimulatedServer::isIdle).findFirst().orElseThrow();
    var client = (SimulatedLedger) open();
    client.moveTo(lonely);
    await(client.barrier()); // from here on it lags, not from before
    lonely.hold(true);
    return client;
  }

  @Override
  public void catchUp() {
    servers.forEach(server -> server.hold(false));
  }

  @Override
  public void reapContainers() {
    decide(Tree::reapContainers);
  }

  @Override
  public void cut(Ledger client) {
    ((SimulatedLedger) client).unplug(true);
  }

  @Override
  public void heal(Ledger client) {
    ((SimulatedLedger) client).unplug(false);
  }

  @Override
  public void cutBeforeNextCommit(Ledger client) {
    ((SimulatedLedger) client).nextCommit(Fate.LOST_BEFORE);
  }

  @Override
  public void cutAfterNextCommit(Ledger client) {
    ((SimulatedLedger) client).nextCommit(Fate.LOST_AFTER);
  }

  @Override
  public void cutHoldingNextCommit(Ledger client) {
    ((SimulatedLedger) client).nextCommit(Fate.HELD);
  }

  @Override
  public void deliverHeldCommit(Ledger client) {
    ((SimulatedLedger) client).deliverHeld();
  }

  @Override
  public void holdAnswers(Ledger client) {
    connection(client).holdAnswers(true);
  }

  @Override
  public void releaseAnswers(Ledger client) {
    SimulatedConnection connection = ((SimulatedLedger) client).connection();
    if (connection != null) {
      connection.holdAnswers(false);
    }
  }

  @Override
  public void stall(Ledger client) {
    ((SimulatedLedger) client).plugOnly(false);
    connection(client).stall(true);
  }

  @Override
  public void unstall(Ledger client) {
    ((SimulatedLedger) client).plugOnly(true);
    SimulatedConnection connection = ((SimulatedLedger) client).connection();
    if (connection != null) {
      connection.stall(false);
    }
  }

  private static SimulatedConnection connection(Ledger client) {
    SimulatedConnection connection = ((SimulatedLedger) client).connection();
    if (connection == null) {
      throw new IllegalStateException("There is no connection");
    }
    return connection;
  }

  /**
   * Cuts the server of a client from the leader: it goes on answering questions, the leader ends the sessions of its clients, and after a
   * while it notices. Whether that server is not the leader, and not cut yet.
   */
  public boolean isolate(Ledger client, long span) {
    SimulatedConnection connection = ((SimulatedLedger) client).connection();
    if (connection == null || connection.server == leader() || connection.server.isHeld()) {
      return false;
    }
    happened("server cut from its leader");
    connection.server.isolate(true);
    after(span, () -> connection.server.isolate(false));
    return true;
  }

  @Override
  public void expire(Ledger client) {
    long session = ((SimulatedLedger) client).ownSession();
    ServerSession known = sessions.get(session);
    endSession(session);
    if (known != null && known.connection != null) {
      known.connection.broken();
    }
  }

  @Override
  public void abandonSession(Ledger client) {
    var simulated = (SimulatedLedger) client;
    long session = simulated.ownSession();
    ServerSession known = sessions.get(session);
    simulated.abandonSession();
    if (known != null) {
      known.deadline = Long.MAX_VALUE;
      abandoned.add(session);
    }
  }

  @Override
  public void forsakeSessions() {
    abandoned.forEach(session -> sessionIsSilent(session, now));
    abandoned.clear();
  }

  /** Tells clients at once, unless a test lets them wait. */
  private static final class Teller implements Executor {
    private final Deque<Runnable> untold = new ArrayDeque<>();
    private boolean paused;

    @Override
    public void execute(Runnable told) {
      if (paused) {
        untold.add(told);
      } else {
        told.run();
      }
    }

    private void resume() {
      paused = false;
      while (!untold.isEmpty()) {
        untold.remove().run();
      }
    }
  }

  @Override
  public void pauseEvents() {
    busy = teller;
    busy.paused = true;
    teller = new Teller();
  }

  @Override
  public void resumeEvents() {
    busy.resume();
  }

  @Override
  public void restart() {
    happened("restart");
    servers.forEach(SimulatedServer::breakAll);
  }

  @Override
  public void close() {
    // There is nothing but memory.
  }
}
