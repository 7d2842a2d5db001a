package io.shardkeeper.agent;

import io.shardkeeper.client.JobClient;
import io.shardkeeper.config.Key;
import io.shardkeeper.config.Settings;
import io.shardkeeper.engine.Shardkeeper;
import io.shardkeeper.handler.ShardingDemo;
import io.shardkeeper.job.Job;
import io.shardkeeper.trigger.Trigger;
import io.shardkeeper.view.InstanceView;
import io.shardkeeper.view.RunView;
import io.shardkeeper.zookeeper.EmbeddedZooKeeper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

/** A ZooKeeper, and an instance on it that coordinates and has no handlers: whoever joins gets all the work. */
final class Neighbour implements AutoCloseable {
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  private final Path directory;
  private final EmbeddedZooKeeper zooKeeper;
  private final Shardkeeper shardkeeper;

  Neighbour(Path directory) {
    this.directory = directory;
    zooKeeper =
        EmbeddedZooKeeper.in(directory.resolve("zookeeper")).durable(false).start();
    shardkeeper = Shardkeeper.with(Settings.sources("neighbour")
            .set(Key.ZOOKEEPER, zooKeeper.connectString())
            .set(Key.NAMESPACE, "test")
            .set(Key.TICK, Duration.ofMillis(500))
            .set(Key.LOG_DAYS, 0)
            .read())
        .start();
  }

  /** A file for an agent of this namespace, with more lines behind the usual ones. */
  Path properties(String more) {
    Map<String, String> usual = Map.of(
        "zookeeper", zooKeeper.connectString(),
        "namespace", "test",
        "instance.name", "agent",
        "tick", "500ms",
        "coordinator", "false",
        "log.dir", "logs");
    StringBuilder text = new StringBuilder();
    usual.forEach((key, value) -> text.append("shardkeeper.%s=%s%n".formatted(key, value)));
    return write(directory, "shardkeeper.properties", text + more);
  }

  static Path write(Path directory, String name, String text) {
    try {
      return Files.writeString(directory.resolve(name), text);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  JobClient client() {
    return shardkeeper.client();
  }

  void awaitAgent() {
    until(
        "the agent to be there",
        () ->
            await(client().instances()).stream().map(InstanceView::name).anyMatch("agent"::equals));
  }

  /** What becomes of a job of two shards that is for whoever is there. */
  RunView.Ended runDemo() {
    await(client()
        .define(Job.builder("demo")
            .handler(ShardingDemo.NAME)
            .trigger(Trigger.manual())
            .shards(2)
            .build()));
    String run = await(client().start("demo"));
    await(client().await(run));
    return (RunView.Ended) await(client().run(run));
  }

  static <T> T await(CompletionStage<T> stage) {
    return stage
        .toCompletableFuture()
        .orTimeout(PATIENCE.toSeconds(), TimeUnit.SECONDS)
        .join();
  }

  static void until(String what, BooleanSupplier there) {
    long end = System.nanoTime() + PATIENCE.toNanos();
    while (!there.getAsBoolean()) {
      if (System.nanoTime() - end > 0) {
        throw new AssertionError("Waited in vain for " + what);
      }
      LockSupport.parkNanos(20_000_000);
    }
  }

  @Override
  public void close() {
    shardkeeper.close();
    zooKeeper.close();
  }
}
