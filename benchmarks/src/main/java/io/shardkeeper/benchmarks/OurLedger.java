package io.shardkeeper.benchmarks;

import io.shardkeeper.core.ledger.Bytes;
import io.shardkeeper.core.ledger.CommitResult;
import io.shardkeeper.core.ledger.Hint;
import io.shardkeeper.core.ledger.Ledger;
import io.shardkeeper.core.ledger.Node;
import io.shardkeeper.core.ledger.NodePath;
import io.shardkeeper.core.ledger.Session;
import io.shardkeeper.core.ledger.Transaction;
import io.shardkeeper.zookeeper.ZooKeeperLedger;
import io.shardkeeper.zookeeper.ZooKeeperSettings;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

/** Our ledger on ZooKeeper, told by one thread, as an engine has it. */
final class OurLedger implements Contender {
  private static final NodePath TERM = NodePath.of("/term");
  private static final NodePath CURSOR = NodePath.of("/cursor");
  private static final NodePath TICKETS = NodePath.of("/tickets");
  private static final NodePath TICKET = TICKETS.child("0000000001");
  private static final NodePath WATCHED = NodePath.of("/watched");
  private static final NodePath TOUCHED = WATCHED.child("node");
  private static final Bytes DATA = Bytes.wrap(CONTENT);

  /** One client: a ledger, and the threads that it is given. */
  private record Client(
      Ledger ledger, ExecutorService events, ScheduledExecutorService housekeeping)
      implements AutoCloseable {
    static Client connect(String server) throws Exception {
      ExecutorService events = Executors.newSingleThreadExecutor(OurLedger::daemon);
      ScheduledExecutorService housekeeping =
          Executors.newSingleThreadScheduledExecutor(OurLedger::daemon);
      var settings = ZooKeeperSettings.of(server, "bench-ours")
          .sessionTimeout(Duration.ofSeconds(30))
          .build();
      var client =
          new Client(ZooKeeperLedger.open(settings, events, housekeeping), events, housekeeping);
      var connected = new CompletableFuture<Session>();
      client.ledger.onSession(session -> {
        if (session.isConnected()) {
          connected.complete(session);
        }
      });
      await(connected);
      return client;
    }

    @Override
    public void close() {
      ledger.close();
      housekeeping.shutdownNow();
      events.shutdownNow();
    }
  }

  private final Client writer;
  private final Client watcher;
  private volatile Runnable told = () -> {};

  private OurLedger(Client writer, Client watcher) {
    this.writer = writer;
    this.watcher = watcher;
  }

  static OurLedger connect(String server) throws Exception {
    var contender = new OurLedger(Client.connect(server), Client.connect(server));
    require(await(contender.writer.ledger.commit(Transaction.builder()
        .create(TERM, DATA)
        .create(CURSOR, DATA)
        .create(TICKETS, DATA)
        .create(WATCHED, DATA)
        .create(TOUCHED, DATA)
        .build())));
    contender.watch();
    return contender;
  }

  private void watch() throws Exception {
    var placed = new CompletableFuture<Hint>();
    watcher.ledger.watch(WATCHED, hint -> {
      placed.complete(hint); // the first one is of all and nothing
      if (hint.path().equals(TOUCHED)) {
        told.run();
      }
    });
    await(placed);
  }

  @Override
  public void commit(boolean create) {
    require(writer.ledger.commit(transaction(create)).toCompletableFuture().join());
  }

  @Override
  public void commit(boolean create, Answer answer) {
    commit(transaction(create), answer);
  }

  private static Transaction transaction(boolean create) {
    Transaction.Builder transaction =
        Transaction.builder().check(TERM, 0).set(CURSOR, DATA, Transaction.ANY_VERSION);
    return create
        ? transaction.create(TICKET, DATA).build()
        : transaction.delete(TICKET, 0).build();
  }

  @Override
  public void read() {
    if (!isRight(writer.ledger.read(CURSOR).toCompletableFuture().join())) {
      throw new IllegalStateException("Reading " + CURSOR + ": it is not what was written");
    }
  }

  @Override
  public void read(Answer answer) {
    writer
        .ledger
        .read(CURSOR)
        .whenComplete((node, failure) -> answer.came(failure == null && isRight(node)));
  }

  private static boolean isRight(Optional<Node> node) {
    return node.isPresent() && node.get().data().length() == CONTENT.length;
  }

  @Override
  public void touch(Answer answer) {
    commit(Transaction.builder().set(TOUCHED, DATA, Transaction.ANY_VERSION).build(), answer);
  }

  private void commit(Transaction transaction, Answer answer) {
    writer
        .ledger
        .commit(transaction)
        .whenComplete((result, failure) -> answer.came(failure == null && result.isApplied()));
  }

  @Override
  public void onTold(Runnable told) {
    this.told = told;
  }

  /** A failure shall end the program, not hang it. */
  private static Thread daemon(Runnable task) {
    var thread = new Thread(task);
    thread.setDaemon(true);
    return thread;
  }

  private static <T> T await(CompletionStage<T> stage) throws Exception {
    return stage.toCompletableFuture().get(60, TimeUnit.SECONDS);
  }

  private static void require(CommitResult result) {
    if (!result.isApplied()) {
      throw new IllegalStateException("A commit ended " + result + "; it was to be applied");
    }
  }

  @Override
  public void close() {
    List.of(writer, watcher).forEach(Client::close);
  }
}
