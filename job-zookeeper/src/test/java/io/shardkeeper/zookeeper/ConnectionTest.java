package io.shardkeeper.zookeeper;

import static org.assertj.core.api.Assertions.assertThat;

import io.shardkeeper.core.coordinator.Latch;
import io.shardkeeper.core.ledger.Bytes;
import io.shardkeeper.core.ledger.CommitResult;
import io.shardkeeper.core.ledger.Hint;
import io.shardkeeper.core.ledger.LedgerException;
import io.shardkeeper.core.ledger.LedgerException.Kind;
import io.shardkeeper.core.ledger.Mirror;
import io.shardkeeper.core.ledger.NodePath;
import io.shardkeeper.core.ledger.Subscription;
import io.shardkeeper.core.ledger.Transaction;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.UnaryOperator;
import org.apache.zookeeper.CreateMode;
import org.apache.zookeeper.WatchedEvent;
import org.apache.zookeeper.Watcher.Event.EventType;
import org.apache.zookeeper.Watcher.Event.KeeperState;
import org.apache.zookeeper.ZooDefs;
import org.apache.zookeeper.ZooKeeper;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;

/** What is particular to a connection with ZooKeeper, and no ledger's contract. */
@Execution(ExecutionMode.CONCURRENT)
@SuppressWarnings("NullAway.Init") // filled in before each test
final class ConnectionTest {
  private static final NodePath A = NodePath.of("/a");

  @TempDir
  private Path directory;

  private ZooKeeperWorld world;

  @BeforeEach
  void open() {
    world = ZooKeeperWorld.in(directory);
  }

  @AfterEach
  void close() {
    world.close();
  }

  @Test
  void aSessionIsNotGivenUpBecauseTheWallClockWasSet() {
    ZooKeeperLedger ledger = world.open(UnaryOperator.identity());
    long id = ledger.session().id();
    ZooKeeper handle = handle(ledger);
    world.cut(ledger);
    world.until("suspended", () -> !ledger.session().isConnected());
    handle.getTestable().injectSessionExpiration(); // as Curator does when its clock says so
    world.heal(ledger);
    world.until("connected", () -> ledger.session().isConnected());
    assertThat(ledger.session().id()).isEqualTo(id);
  }

  @Test
  void whoIsNotAuthenticatedTriesAgain() {
    ZooKeeperLedger ledger = world.open(UnaryOperator.identity());
    long id = ledger.session().id();
    handle(ledger)
        .getTestable()
        .queueEvent(new WatchedEvent(EventType.None, KeeperState.AuthFailed, null));
    world.until(
        "a new session",
        () -> ledger.session().isConnected() && ledger.session().id() != id);
    assertThat(commit(ledger)).isEqualTo(CommitResult.APPLIED);
  }

  @Test
  void whatOnlyTheConnectionKnowsChangesNothing() throws Exception {
    ZooKeeperLedger ledger = world.open(UnaryOperator.identity());
    ZooKeeper handle = handle(ledger);
    handle
        .getTestable()
        .queueEvent(new WatchedEvent(EventType.None, KeeperState.SaslAuthenticated, null));
    assertThat(commit(ledger)).isEqualTo(CommitResult.APPLIED);
    long id = ledger.session().id();
    handle.getTestable().closeSocket();
    world.until("connected", () -> ledger.session().isConnected());
    assertThat(ledger.session().id()).isEqualTo(id);
  }

  @Test
  void aRootThatCannotBeMadeIsMadeWhenItCan() throws Exception {
    try (RawClient raw = RawClient.of(world.server().connectString())) {
      raw.zooKeeper()
          .create("/closed", new byte[0], ZooDefs.Ids.READ_ACL_UNSAFE, CreateMode.PERSISTENT);
      var settings = ZooKeeperSettings.of(world.server().connectString() + "/closed", "inside")
          .build();
      try (var ledger = ZooKeeperLedger.open(settings, world.events(), world.housekeeping())) {
        // It has looked whether the root is there, and found that it is not.
        world.until("an attempt", () -> cons().contains("lop=EXIS"));
        assertThat(ledger.session().isConnected()).isFalse();
        raw.zooKeeper().delete("/closed", -1);
        world.until("connected", () -> ledger.session().isConnected());
        assertThat(commit(ledger)).isEqualTo(CommitResult.APPLIED);
      }
      assertThat(raw.exists("/closed/inside/a")).isTrue();
    }
  }

  @Test
  void aRootThatSomebodyDeletedIsThereAgainAfterTheNextConnection() throws Exception {
    ZooKeeperLedger ledger = world.open(UnaryOperator.identity());
    try (RawClient raw = RawClient.of(world.server().connectString())) {
      raw.zooKeeper().delete("/" + world.namespace(), -1);
    }
    world.cut(ledger);
    world.until("suspended", () -> !ledger.session().isConnected());
    world.heal(ledger);
    world.until("connected", () -> ledger.session().isConnected());
    assertThat(commit(ledger)).isEqualTo(CommitResult.APPLIED);
  }

  @Test
  void whatStrangersNamedIsNobodysAndHarmsNobody() throws Exception {
    ZooKeeperLedger ledger = world.open(UnaryOperator.identity());
    List<Hint> told = new CopyOnWriteArrayList<>();
    ledger.watch(NodePath.ROOT, told::add);
    world.until("the watch", () -> !told.isEmpty());
    try (RawClient raw = RawClient.of(world.server().connectString())) {
      raw.create("/" + world.namespace() + "/a stranger's", "x");
      raw.create("/" + world.namespace() + "/ours", "x");
    }
    NodePath ours = NodePath.of("/ours");
    world.until("a hint", () -> told.contains(new Hint(ours, false)));
    assertThat(world.await(ledger.list(NodePath.ROOT))).contains(List.of("ours"));
  }

  @Test
  void withoutAnybodyWhoKeepsHouseASessionIsNotEnded() {
    ScheduledExecutorService nobody = Executors.newSingleThreadScheduledExecutor();
    var settings = ZooKeeperSettings.of(world.server().connectString(), "alone").build();
    try (var ledger = ZooKeeperLedger.open(settings, world.events(), nobody)) {
      world.until("connected", () -> ledger.session().isConnected());
      Latch latch = CoordinatorLatch.join(ledger, A, "a");
      nobody.shutdownNow();
      latch.requeue();
      Throwable refusal = world.await(
          ledger.endSession().handle((done, failure) -> Objects.requireNonNull(failure)));
      assertThat(refusal)
          .isInstanceOfSatisfying(
              LedgerException.class, why -> assertThat(why.kind()).isEqualTo(Kind.CLOSED));
      latch.close();
    }
  }

  @Test
  void whoHasNoConnectionIsReminded() {
    var reminders = new CopyOnWriteArrayList<Runnable>();
    var housekeeping = new ScheduledThreadPoolExecutor(2, ZooKeeperWorld.daemon("house")) {
      @Override
      public ScheduledFuture<?> scheduleWithFixedDelay(
          Runnable task, long first, long pause, TimeUnit unit) {
        reminders.add(task);
        return super.scheduleWithFixedDelay(task, first, pause, unit);
      }
    };
    var settings = ZooKeeperSettings.of("127.0.0.1:1", "nowhere").build();
    try (var ledger = ZooKeeperLedger.open(settings, world.events(), housekeeping)) {
      assertThat(reminders).hasSize(1);
      reminders.get(0).run();
      assertThat(ledger.session().isConnected()).isFalse();
    }
    reminders.get(0).run(); // of a closed ledger nobody is reminded
    housekeeping.shutdownNow();
  }

  @Test
  void tooMuchUnderWayIsRefusedAtOnceAndTheRestIsDone() {
    ZooKeeperLedger ledger = world.open(UnaryOperator.identity());
    world.holdAnswers(ledger);
    List<CompletionStage<?>> asked = new CopyOnWriteArrayList<>();
    for (int i = 0; i < io.shardkeeper.core.ledger.Ledger.MOST_UNDER_WAY; i++) {
      asked.add(ledger.read(A));
    }
    Throwable refusal =
        world.await(ledger.read(A).handle((node, failure) -> Objects.requireNonNull(failure)));
    assertThat(refusal)
        .isInstanceOfSatisfying(
            LedgerException.class, why -> assertThat(why.kind()).isEqualTo(Kind.BUSY));
    var mirror = new Mirror(ledger, NodePath.ROOT, change -> {});
    world.events().execute(mirror::start);
    CompletionStage<CommitResult> beside =
        ledger.commit(Transaction.builder().create(A, Bytes.NONE).build());
    world.releaseAnswers(ledger);
    asked.forEach(world::await);
    assertThat(world.await(beside))
        .as("questions are not in the way")
        .isEqualTo(CommitResult.APPLIED);
    world.until(
        "a mirror that was refused has asked again", () -> mirror.nodes().containsKey(A));
  }

  @Test
  void aClosedLatchAndAClosedLedgerStayClosed() {
    ZooKeeperLedger ledger = world.open(UnaryOperator.identity());
    CoordinatorLatch latch = CoordinatorLatch.join(ledger, A, "a");
    world.until("first", latch::isFirst);
    latch.close();
    latch.close();
    latch.requeue();
    assertThat(latch.isFirst()).isFalse();
    world.until(
        "nobody in the queue",
        () -> world.await(ledger.list(A)).orElse(List.of()).isEmpty());
    ledger.close();
    assertThat(world.refusal(ledger.endSession()).kind()).isEqualTo(Kind.CLOSED);
    assertThat(ledger.session().isConnected()).isFalse();
  }

  @Test
  void houseIsKeptOnWhenSomethingInItFails() {
    ZooKeeperLedger ledger = world.open(UnaryOperator.identity());
    ledger.connection().later(java.time.Duration.ZERO, () -> {
      throw new IllegalStateException("on purpose");
    });
    long id = ledger.session().id();
    world.await(ledger.endSession());
    world.until(
        "a new session",
        () -> ledger.session().isConnected() && ledger.session().id() != id);
  }

  @Test
  void sessionsEndedAtTheSameTimeLeaveOneThatWorks() {
    ZooKeeperLedger ledger = world.open(UnaryOperator.identity());
    List<CompletionStage<Void>> ends = new CopyOnWriteArrayList<>();
    for (int i = 0; i < 5; i++) {
      ends.add(ledger.endSession());
    }
    ends.forEach(world::await);
    world.until("a new session", () -> ledger.session().isConnected());
    assertThat(commit(ledger)).isEqualTo(CommitResult.APPLIED);
  }

  @Test
  void aLedgerThatIsClosedWhileItsSessionIsEndedLeavesNoConnection() {
    // The end waits for an answer until the connection is given up.
    ZooKeeperLedger ledger = world.openBrief();
    world.stall(ledger);
    ledger.endSession();
    ledger.close();
    world.unstall(ledger);
    world.until("no connection at the server", () -> connections() == 0);
    // What was under way when it was closed might still make one.
    assertThat(RealTime.becomes(java.time.Duration.ofSeconds(4), () -> connections() > 0))
        .isFalse();
  }

  @Test
  void watchesThatAreClosedAreGoneAtTheServerAndNoneIsPlacedTwice() throws Exception {
    ZooKeeperLedger ledger = world.open(UnaryOperator.identity());
    List<Hint> told = new CopyOnWriteArrayList<>();
    Subscription stays = ledger.watch(A, told::add);
    for (int i = 0; i < 3; i++) {
      world.cut(ledger);
      world.until("suspended", () -> !ledger.session().isConnected());
      world.heal(ledger);
      world.until("connected", () -> ledger.session().isConnected());
    }
    for (int i = 0; i < 20; i++) {
      List<Hint> one = new CopyOnWriteArrayList<>();
      Subscription brief = ledger.watch(NodePath.of("/n" + i), one::add);
      world.until("the watch", () -> !one.isEmpty());
      brief.close();
    }
    world.await(ledger.barrier());
    assertThat(world.server().watches()).isEqualTo(1);
    stays.close();
    world.until("no watch at the server", () -> watches() == 0);
  }

  @Test
  void aRootThatSomebodyDeletesIsThereAgainSoon() throws Exception {
    ZooKeeperLedger ledger = world.open(UnaryOperator.identity());
    try (RawClient raw = RawClient.of(world.server().connectString())) {
      raw.zooKeeper().delete("/" + world.namespace(), -1);
    }
    world.until("a commit that is applied", () -> commit(ledger).isApplied());
    assertThat(world.await(ledger.read(NodePath.ROOT))).isPresent();
  }

  @Test
  void behindABarrierThatWasLostTheNextOneKeepsItsPlace() {
    ZooKeeperLedger ledger = world.open(UnaryOperator.identity());
    world.holdAnswers(ledger);
    CompletionStage<Void> lost = ledger.barrier();
    world.cut(ledger);
    world.refusal(lost); // which it may get before the session is told that its connection is lost
    world.until("suspended", () -> !ledger.session().isConnected());
    world.releaseAnswers(ledger);
    world.heal(ledger);
    world.until("connected", () -> ledger.session().isConnected());
    List<String> told = new CopyOnWriteArrayList<>();
    CompletionStage<?> barrier = ledger.barrier().thenAccept(done -> told.add("barrier"));
    CompletionStage<?> read = ledger.read(A).thenAccept(node -> told.add("read"));
    world.await(barrier);
    world.await(read);
    assertThat(told).containsExactly("barrier", "read");
  }

  private int watches() {
    try {
      return world.server().watches();
    } catch (java.io.IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  private String cons() {
    try {
      return TestServer.ask(world.server().port(), "cons");
    } catch (java.io.IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  private int connections() {
    try {
      return world.server().connections();
    } catch (java.io.IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  private CommitResult commit(ZooKeeperLedger ledger) {
    return world.await(ledger.commit(Transaction.builder().create(A, Bytes.NONE).build()));
  }

  private static ZooKeeper handle(ZooKeeperLedger ledger) {
    return Objects.requireNonNull(ledger.connection().connected());
  }
}
