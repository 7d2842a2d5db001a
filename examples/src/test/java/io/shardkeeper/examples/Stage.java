package io.shardkeeper.examples;

import io.shardkeeper.config.Key;
import io.shardkeeper.config.Settings;
import io.shardkeeper.config.Sources;
import io.shardkeeper.zookeeper.EmbeddedZooKeeper;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.locks.LockSupport;

/** A ZooKeeper on which an example plays, and somebody who writes down what became of its runs. */
final class Stage implements AutoCloseable {
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  private final ByteArrayOutputStream printed = new ByteArrayOutputStream();
  private final Path directory;
  private final EmbeddedZooKeeper zooKeeper;
  private final Observer observer;

  Stage(Path directory) {
    this.directory = directory;
    zooKeeper = EmbeddedZooKeeper.in(directory).durable(false).start();
    var out = new PrintStream(printed, true, StandardCharsets.UTF_8);
    observer = new Observer(zooKeeper.connectString(), "examples", new Scoreboard(out));
  }

  /** The settings of an instance on this stage. */
  Sources settings() {
    return Settings.sources("stage")
        .set(Key.ZOOKEEPER, zooKeeper.connectString())
        .set(Key.NAMESPACE, "examples")
        .set(Key.LOG_DIRECTORY, directory.resolve("logs"))
        .set(Key.TICK, Duration.ofMillis(500));
  }

  /** Waits for a line. */
  String await(String pattern) {
    long end = System.nanoTime() + PATIENCE.toNanos();
    while (System.nanoTime() - end < 0) {
      for (String line : lines()) {
        if (line.matches(pattern)) {
          return line;
        }
      }
      LockSupport.parkNanos(1_000_000);
    }
    throw new AssertionError("No line " + pattern + " in\n" + String.join("\n", lines()));
  }

  /** The lines that are complete: of the last one there may be only a part yet. */
  List<String> lines() {
    String all = printed.toString(StandardCharsets.UTF_8);
    return all.substring(0, all.lastIndexOf('\n') + 1).lines().toList();
  }

  @Override
  public void close() {
    observer.close();
    zooKeeper.close();
  }
}
