package io.shardkeeper.examples;

import io.shardkeeper.zookeeper.EmbeddedZooKeeper;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * What {@code ./mvnw -Pquickstart} starts: a ZooKeeper in this process, three instances in processes of their own, and three jobs. It tells what runs
 * where, and what was decided and why; kills one of the three after a while, so that its work is seen to move; and starts it anew. Ctrl-C drains.
 */
public final class QuickStart {
  static final String NAMESPACE = "quickstart";

  private static final List<String> NAMES = List.of("anna", "ben", "cleo");
  private static final Duration UNTIL_KILLED = Duration.ofSeconds(20);
  private static final Duration UNTIL_STARTED_ANEW = Duration.ofSeconds(12);
  private static final Duration TO_DRAIN = Duration.ofSeconds(40);

  private final Path directory;
  private final Scoreboard board;
  private final CountDownLatch end = new CountDownLatch(1);
  private final Map<String, InstanceProcess> instances = new TreeMap<>();

  QuickStart(Path directory, PrintStream out) {
    this.directory = directory;
    this.board = new Scoreboard(out);
  }

  /** Is told by properties of the JVM where its data goes, and after how many seconds it ends by itself. */
  public static void main(String[] args) throws Exception {
    Path directory = Path.of(System.getProperty("quickstart.directory", "target/quickstart"));
    long seconds = Long.getLong("quickstart.seconds", 0);
    var quickStart = new QuickStart(directory, System.out);
    var ended = new CountDownLatch(1);
    var hook = new Thread(() -> {
      quickStart.end.countDown();
      try {
        ended.await(TO_DRAIN.toSeconds() * 2, TimeUnit.SECONDS);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    });
    Runtime.getRuntime().addShutdownHook(hook);
    try {
      quickStart.run(seconds > 0 ? Optional.of(Duration.ofSeconds(seconds)) : Optional.empty());
    } finally {
      ended.countDown();
    }
    System.exit(0);
  }

  /** Plays until it is ended, or for so long. */
  void run(Optional<Duration> most) throws Exception {
    Duration half = most.map(whole -> whole.dividedBy(2)).orElse(UNTIL_KILLED);
    Duration first = half.compareTo(UNTIL_KILLED) < 0 ? half : UNTIL_KILLED;
    try (var zooKeeper = EmbeddedZooKeeper.in(directory).start();
        var observer = new Observer(zooKeeper.connectString(), NAMESPACE, board)) {
      board.text(
          "",
          "ZooKeeper runs in this process, at " + zooKeeper.connectString() + "; its data is in "
              + directory,
          "Three instances in processes of their own do three jobs:",
          "  sales-report   every 5 s, in three shards, one for each region",
          "  flaky-import   every 7 s; one attempt of three fails, and is tried again elsewhere",
          "  slow-backup    every 4 s, and takes 6: a fire that finds it running is discarded",
          "Ctrl-C ends it all, in good order.",
          "");
      for (String name : NAMES) {
        start(name, zooKeeper.connectString());
      }
      if (!pause(first)) {
        String victim = NAMES.stream()
            .filter(name -> !name.equals(observer.coordinator()))
            .reduce((one, other) -> other)
            .orElseThrow();
        InstanceProcess process = Optional.ofNullable(instances.remove(victim)).orElseThrow();
        process.awaitWork("sales-report", Duration.ofSeconds(6));
        process.kill();
        board.line(
            victim,
            "KILLED",
            "by SIGKILL, without a word: when its session is over, in "
                + InstanceProcess.SESSION.toSeconds()
                + " s, what it had begun moves to the others");
        Duration rest = most.map(whole -> whole.minus(first).dividedBy(2))
            .filter(part -> part.compareTo(UNTIL_STARTED_ANEW) < 0)
            .orElse(UNTIL_STARTED_ANEW);
        if (!pause(rest)) {
          board.line(victim, "starts", "anew, and will get its share again");
          start(victim, zooKeeper.connectString());
          pause(most.map(whole -> whole.minus(first).minus(rest)).orElse(Duration.ofDays(365)));
        }
      }
      board.text("", "Draining: each instance ends what it runs, hands back the rest, and leaves.");
      drain();
      board.text(
          "",
          "Read on:         docs/architecture.md, docs/configuration.md, docs/triggers.md",
          "Copy from:       examples/src/main/java/io/shardkeeper/examples, consumer/",
          "Try a schedule:  ./mvnw -Pquickstart -Dexample=NextFires -Dcron='0 9 * * MON#1' -Dzone=America/New_York",
          "Who decides:     ./mvnw -Pquickstart -Dexample=WhoDecides",
          "Run all tests:   ./mvnw verify",
          "");
    }
  }

  /** Whether it was ended meanwhile. */
  private boolean pause(Duration most) throws InterruptedException {
    return end.await(most.toMillis(), TimeUnit.MILLISECONDS);
  }

  private void start(String name, String zooKeeper) throws IOException {
    instances.put(name, InstanceProcess.start(name, zooKeeper, board));
  }

  private void drain() throws InterruptedException {
    List<InstanceProcess> left = new ArrayList<>(instances.values());
    left.forEach(InstanceProcess::terminate);
    for (InstanceProcess instance : left) {
      if (!instance.await(TO_DRAIN)) {
        instance.kill();
      }
    }
  }
}
