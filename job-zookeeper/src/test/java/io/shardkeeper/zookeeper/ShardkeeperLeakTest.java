package io.shardkeeper.zookeeper;

import static org.assertj.core.api.Assertions.assertThat;

import io.shardkeeper.config.Key;
import io.shardkeeper.config.Settings;
import io.shardkeeper.engine.Shardkeeper;
import io.shardkeeper.handler.JobHandler;
import io.shardkeeper.handler.Result;
import io.shardkeeper.job.Job;
import io.shardkeeper.trigger.Trigger;
import java.lang.reflect.Field;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Isolated;

/** An instance that was closed has left nothing behind in this process. */
@Timeout(300)
@Isolated("it counts threads and hooks")
final class ShardkeeperLeakTest {
  private static final int CYCLES = 50;

  /** Each so many-th is closed at once, while it connects. */
  private static final int HASTY = 5;

  @Test
  void fiftyInstancesLeaveNothingBehind(@TempDir Path directory) throws Exception {
    try (TestServer server = TestServer.start(directory)) {
      live(server, 1); // makes what is made once and stays
      Set<Thread> threads = threads();
      Set<Thread> hooks = hooks();

      for (int cycle = 0; cycle < CYCLES; cycle++) {
        live(server, cycle);
      }

      RealTime.becomes(Duration.ofSeconds(30), () -> newSince(threads).isEmpty());
      assertThat(newSince(threads)).as("threads").isEmpty();
      assertThat(hooks()).as("shutdown hooks").isEqualTo(hooks);
      RealTime.becomes(Duration.ofSeconds(30), () -> connections(server) == 0);
      assertThat(connections(server)).as("connections").isZero();
    }
  }

  @Test
  void aProcessThatIsAskedToEndMeanwhileWaitsForWhoCloses(@TempDir Path directory)
      throws Exception {
    Set<Thread> before = hooks();
    try (var applications = new Applications(directory);
        var work = HeldWork.polite()) {
      applications.start(
          "a",
          work,
          Job.builder("long").handler("work").trigger(Trigger.manual()).build());
      String run = RealTime.await(applications.client("a").start("long"));
      work.awaitBegin(run);
      int registered = hooks().size();

      var closing = CompletableFuture.runAsync(() -> applications.get("a").close());
      RealTime.until("a to say that it leaves", () -> applications.isLeaving("a"));

      assertThat(hooks()).hasSize(registered);
      work.letGo(run);
      RealTime.await(closing);
    }
    assertThat(hooks()).isEqualTo(before);
  }

  private static void live(TestServer server, int cycle) {
    var ran = new CompletableFuture<String>();
    Settings settings = Settings.sources("leaky")
        .set(Key.ZOOKEEPER, server.connectString())
        .set(Key.NAMESPACE, "leak")
        .set(Key.TICK, TestServer.TICK)
        .set(Key.HORIZON, Duration.ofMillis(100))
        .set(Key.SESSION_TIMEOUT, Applications.BRIEF_SESSION)
        .read();
    Shardkeeper shardkeeper = Shardkeeper.with(settings)
        .handlers(JobHandler.of("work", "Works", context -> {
          ran.complete(context.runId());
          return Result.ok();
        }))
        .jobs(Job.builder("often").handler("work").every(Duration.ofMillis(200)).build())
        .start();
    if (cycle % HASTY != 0) {
      RealTime.await(ran);
    }
    var second = CompletableFuture.runAsync(shardkeeper::close);
    shardkeeper.close();
    RealTime.await(second);
    shardkeeper.close(); // once more does no harm
  }

  private static int connections(TestServer server) {
    try {
      return server.connections();
    } catch (java.io.IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  private static Set<Thread> threads() {
    return Thread.getAllStackTraces().keySet().stream()
        .filter(thread -> !thread.getName().startsWith("ForkJoinPool"))
        .collect(Collectors.toSet());
  }

  private static List<String> newSince(Set<Thread> before) {
    return threads().stream()
        .filter(thread -> !before.contains(thread))
        .map(Thread::getName)
        .filter(name -> !name.startsWith("process reaper"))
        .sorted()
        .toList();
  }

  private static Set<Thread> hooks() throws ReflectiveOperationException {
    Field hooks = Class.forName("java.lang.ApplicationShutdownHooks").getDeclaredField("hooks");
    hooks.setAccessible(true);
    Map<?, ?> all = (Map<?, ?>) hooks.get(null);
    return all.keySet().stream().map(Thread.class::cast).collect(Collectors.toSet());
  }
}
