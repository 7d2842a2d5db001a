package io.shardkeeper.zookeeper;

import io.shardkeeper.contract.FaultyWorld;
import io.shardkeeper.core.ledger.Ledger;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import java.util.function.UnaryOperator;
import org.apache.zookeeper.Watcher.Event.KeeperState;
import org.apache.zookeeper.ZooKeeper;

/** Ledgers on a real ZooKeeper, each behind a proxy of its own, in a namespace that nobody else has. */
final class ZooKeeperWorld implements FaultyWorld {
  /** How long sessions last whose end is waited for. */
  private static final Duration BRIEF = Duration.ofSeconds(6);

  private static final AtomicInteger NAMESPACES = new AtomicInteger();

  private final TestServer server;
  private final Runnable onClose;
  private final String namespace = "test-" + NAMESPACES.incrementAndGet();
  private ExecutorService events;
  private final List<ExecutorService> formerEvents = new ArrayList<>();
  private final ScheduledExecutorService housekeeping;
  private final Map<Ledger, CuttingProxy> proxies = new HashMap<>();
  private final List<Ledger> ledgers = new ArrayList<>();
  private final List<RawClient> keepers = new ArrayList<>(); // of sessions that were abandoned
  private CountDownLatch pause = new CountDownLatch(0);

  ZooKeeperWorld(TestServer server) {
    this(server, () -> {});
  }

  private ZooKeeperWorld(TestServer server, Runnable onClose) {
    this.server = server;
    this.onClose = onClose;
    this.events = Executors.newSingleThreadExecutor(daemon("test-events"));
    this.housekeeping = Executors.newScheduledThreadPool(2, daemon("test-housekeeping"));
  }

  /** A world with a server of its own. */
  static ZooKeeperWorld in(Path directory) {
    TestServer server = TestServer.start(directory);
    return new ZooKeeperWorld(server, server::close);
  }

  static ThreadFactory daemon(String name) {
    return task -> {
      var thread = new Thread(task, name);
      thread.setDaemon(true);
      return thread;
    };
  }

  TestServer server() {
    return server;
  }

  String namespace() {
    return namespace;
  }

  ExecutorService events() {
    return events;
  }

  ScheduledExecutorService housekeeping() {
    return housekeeping;
  }

  @Override
  public Ledger open() {
    return open(settings -> settings);
  }

  @Override
  public ZooKeeperLedger openBrief() {
    return open(settings -> settings.sessionTimeout(BRIEF));
  }

  ZooKeeperLedger open(UnaryOperator<ZooKeeperSettings.Builder> more) {
    try {
      CuttingProxy proxy = CuttingProxy.before("127.0.0.1", server.port());
      ZooKeeperSettings.Builder settings = ZooKeeperSettings.of(proxy.connectString(), namespace)
          .sessionTimeout(TestServer.LONGEST_SESSION);
      ZooKeeperLedger ledger =
          ZooKeeperLedger.open(more.apply(settings).build(), events, housekeeping);
      proxies.put(ledger, proxy);
      ledgers.add(ledger);
      until("a connection", () -> ledger.session().isConnected());
      await(ledger.barrier()); // what belongs to a new connection is done
      return ledger;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public <T> T await(CompletionStage<T> stage) {
    return RealTime.await(stage);
  }

  @Override
  public void until(String what, BooleanSupplier isSo) {
    RealTime.until(what, isSo);
  }

  @Override
  public void reapContainers() {
    // The server does it by itself, soon.
  }

  private CuttingProxy proxy(Ledger client) {
    return Objects.requireNonNull(proxies.get(client));
  }

  private static ZooKeeper handle(Ledger client) {
    return Objects.requireNonNull(((ZooKeeperLedger) client).connection().connected());
  }

  @Override
  public void cut(Ledger client) {
    proxy(client).cut();
  }

  @Override
  public void heal(Ledger client) {
    proxy(client).heal();
  }

  @Override
  public void cutBeforeNextCommit(Ledger client) {
    proxy(client).cutBeforeNextRequest(CuttingProxy.MULTI);
  }

  @Override
  public void cutAfterNextCommit(Ledger client) {
    proxy(client).cutAfterNextRequest(CuttingProxy.MULTI);
  }

  @Override
  public void cutHoldingNextCommit(Ledger client) {
    proxy(client).holdNextRequestAndCut(CuttingProxy.MULTI);
  }

  @Override
  public void deliverHeldCommit(Ledger client) {
    try {
      proxy(client).deliverHeld();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  @Override
  public void holdAnswers(Ledger client) {
    proxy(client).holdAnswers();
  }

  @Override
  public void releaseAnswers(Ledger client) {
    proxy(client).releaseAnswers();
  }

  @Override
  public void stall(Ledger client) {
    proxy(client).stall();
  }

  @Override
  public void unstall(Ledger client) {
    proxy(client).unstall();
  }

  @Override
  public void expire(Ledger client) {
    ZooKeeper handle = handle(client);
    try {
      server.endSession(handle.getSessionId(), handle.getSessionPasswd());
    } catch (Exception e) {
      throw new AssertionError("Ending a session at the server", e);
    }
  }

  @Override
  public void abandonSession(Ledger client) {
    ZooKeeper former = handle(client);
    // The client is told first, and only then the handle is marked as closed: who hears of it in
    // between and closes the handle would end the session at the server. So nobody hears of it
    // before.
    var told = new CountDownLatch(1);
    var marked = new CountDownLatch(1);
    former.exists(
        "/",
        false,
        (rc, path, context, stat) -> {
          told.countDown();
          awaitQuietly(marked);
        },
        null);
    awaitQuietly(told);
    former.getTestable().injectSessionExpiration();
    marked.countDown();
    speakFor(former, TestServer.LONGEST_SESSION);
  }

  private static void awaitQuietly(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  @Override
  public void forsakeSessions() {
    List<RawClient> former = List.copyOf(keepers);
    keepers.clear();
    for (RawClient keeper : former) {
      keeper.vanish();
      speakFor(keeper.zooKeeper(), BRIEF); // its last word: that the session shall not last long
    }
    keepers.forEach(RawClient::vanish);
    keepers.clear();
  }

  /** Keeps the session of a client that has left it. */
  private void speakFor(ZooKeeper former, Duration timeout) {
    try {
      RawClient keeper = RawClient.impostor(
          server.connectString(), timeout, former.getSessionId(), former.getSessionPasswd());
      keepers.add(keeper);
      keeper.await(KeeperState.SyncConnected, KeeperState.Expired);
    } catch (Exception e) {
      throw new AssertionError("Speaking for a session that was abandoned", e);
    }
  }

  @Override
  public void pauseEvents() {
    var busy = new CountDownLatch(1);
    pause = busy;
    events.execute(() -> {
      awaitQuietly(busy);
    });
    formerEvents.add(events);
    events = Executors.newSingleThreadExecutor(daemon("test-events"));
  }

  @Override
  public void resumeEvents() {
    pause.countDown();
  }

  @Override
  public void restart() {
    server.restart();
  }

  @Override
  public void close() {
    keepers.forEach(RawClient::close);
    ledgers.forEach(Ledger::close);
    try {
      for (CuttingProxy proxy : proxies.values()) {
        proxy.close();
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    events.shutdownNow();
    formerEvents.forEach(ExecutorService::shutdownNow);
    housekeeping.shutdownNow();
    onClose.run();
  }
}
