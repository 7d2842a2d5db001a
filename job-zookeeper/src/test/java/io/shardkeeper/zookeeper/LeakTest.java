package io.shardkeeper.zookeeper;

import static org.assertj.core.api.Assertions.assertThat;

import io.shardkeeper.core.ledger.Bytes;
import io.shardkeeper.core.ledger.CommitResult;
import io.shardkeeper.core.ledger.Hint;
import io.shardkeeper.core.ledger.NodePath;
import io.shardkeeper.core.ledger.Session;
import io.shardkeeper.core.ledger.Subscription;
import io.shardkeeper.core.ledger.Transaction;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.reflect.Field;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.stream.Collectors;
import org.apache.zookeeper.ZKUtil;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Isolated;

/** A ledger that was closed has left nothing behind, neither here nor at the server. */
@Timeout(300)
@Isolated("it counts threads, watches and connections")
final class LeakTest {
  private static final int LEDGERS = 1_000;
  private static final int AT_ONCE = 20;

  /** Each so many-th ledger is closed at once, while it connects. */
  private static final int HASTY = 10;

  private static final Duration TO_SETTLE = Duration.ofSeconds(60);

  private final ScheduledThreadPoolExecutor housekeeping =
      new ScheduledThreadPoolExecutor(2, ZooKeeperWorld.daemon("leak-housekeeping"));
  private final ThreadPoolExecutor events =
      (ThreadPoolExecutor) Executors.newFixedThreadPool(1, ZooKeeperWorld.daemon("leak-events"));

  @Test
  void aThousandLedgersLeaveNothingBehind(@TempDir Path directory) throws Exception {
    housekeeping.prestartAllCoreThreads();
    events.prestartAllCoreThreads();
    try (TestServer server = TestServer.start(directory)) {
      ZooKeeperSettings settings =
          ZooKeeperSettings.of(server.connectString(), "leak").build();
      openAndClose(settings, 2 * AT_ONCE); // makes what is made once and stays
      Set<Thread> threads = threads();
      Set<Thread> hooks = shutdownHooks();
      List<String> nodes = nodes(server);

      openAndClose(settings, LEDGERS);

      settles(() -> newSince(threads).isEmpty());
      assertThat(newSince(threads)).as("threads").isEmpty();
      assertThat(shutdownHooks()).as("shutdown hooks").isEqualTo(hooks);
      settles(() -> housekeeping.getQueue().isEmpty());
      assertThat(housekeeping.getQueue()).as("tasks of those who keep house").isEmpty();
      settles(() -> events.getQueue().isEmpty());
      assertThat(events.getQueue()).as("things to be told").isEmpty();
      settles(() -> connections(server) == 0);
      assertThat(connections(server)).as("connections").isZero();
      settles(() -> watches(server) == 0); // they go behind their connection
      assertThat(watches(server)).as("watches").isZero();
      settles(() -> holds(server, nodes)); // those of a session that was lost go after its timeout
      assertThat(nodes(server)).as("nodes").isEqualTo(nodes);
    } finally {
      housekeeping.shutdownNow();
      events.shutdownNow();
    }
  }

  private void openAndClose(ZooKeeperSettings settings, int ledgers) throws Exception {
    ExecutorService clients =
        Executors.newFixedThreadPool(AT_ONCE, ZooKeeperWorld.daemon("leak-client"));
    try {
      List<Callable<Void>> lives = new ArrayList<>();
      for (int i = 0; i < ledgers; i++) {
        int number = i;
        lives.add(() -> {
          live(settings, number);
          return null;
        });
      }
      for (Future<Void> life : clients.invokeAll(lives)) {
        life.get();
      }
    } finally {
      clients.shutdown();
      assertThat(clients.awaitTermination(60, TimeUnit.SECONDS)).isTrue();
    }
  }

  /** The life of one ledger: it uses all that there is to be cleared away, and clears away nothing itself. */
  private void live(ZooKeeperSettings settings, int number) {
    try (ZooKeeperLedger ledger = ZooKeeperLedger.open(settings, events, housekeeping)) {
      var hinted = new CompletableFuture<Hint>();
      var connected = new CompletableFuture<Session>();
      Subscription watch = ledger.watch(NodePath.ROOT, hinted::complete);
      Subscription listener = ledger.onSession(session -> {
        if (session.isConnected()) {
          connected.complete(session);
        }
      });
      assertThat(watch).isNotSameAs(listener);
      if (number % HASTY != 0) {
        RealTime.await(connected);
        RealTime.await(hinted);
        Transaction enter = Transaction.builder()
            .createEphemeral(NodePath.ROOT.child("e" + number), Bytes.NONE)
            .build();
        assertThat(RealTime.await(ledger.commit(enter))).isEqualTo(CommitResult.APPLIED);
      }
    }
  }

  private static void settles(BooleanSupplier isSo) {
    RealTime.becomes(TO_SETTLE, isSo); // if not, what is asserted next says it better
  }

  /** The threads of this process, but for those on which the tests themselves run. */
  private static Set<Thread> threads() {
    return Thread.getAllStackTraces().keySet().stream()
        .filter(thread -> !thread.getName().startsWith("ForkJoinPool"))
        .collect(Collectors.toSet());
  }

  private static List<String> newSince(Set<Thread> before) {
    return threads().stream()
        .filter(thread -> !before.contains(thread))
        .map(Thread::getName)
        .sorted()
        .toList();
  }

  private static Set<Thread> shutdownHooks() throws ReflectiveOperationException {
    Field hooks = Class.forName("java.lang.ApplicationShutdownHooks").getDeclaredField("hooks");
    hooks.setAccessible(true);
    Map<?, ?> all = (Map<?, ?>) hooks.get(null);
    return all.keySet().stream().map(Thread.class::cast).collect(Collectors.toSet());
  }

  private static int connections(TestServer server) {
    try {
      return server.connections();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static int watches(TestServer server) {
    try {
      return server.watches();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static boolean holds(TestServer server, List<String> nodes) {
    try {
      return nodes(server).equals(nodes);
    } catch (Exception e) {
      return false; // a node went while it was looked at
    }
  }

  private static List<String> nodes(TestServer server) throws Exception {
    try (RawClient client = RawClient.of(server.connectString())) {
      return ZKUtil.listSubTreeBFS(client.zooKeeper(), "/").stream().sorted().toList();
    }
  }
}
