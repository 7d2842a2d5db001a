package io.shardkeeper.examples;

import io.shardkeeper.zookeeper.EmbeddedZooKeeper;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * What {@code ./mvnw -Pquickstart} starts: a ZooKeeper in this process, three instances in processes of their own,, and five jobs. It tells what runs
 * where, and what was decided and why. After a while it has a job rest; kills one of the three, so that its work is seen to move; and has another one
 * leave, so that nothing is seen to move. Both are started anew. Ctrl-C drains.
 */
public final class QuickStart {
  static final String NAMESPACE = "quickstart";

  private static final List<String> NAMES = List.of("anna", "ben", "cleo");

  /** Longer than the time from one fire of the job to the next. */
  private static final Duration PAUSE = Duration.ofSeconds(8);

  /** For the last one that was started to be at work when all are drained. */
  private static final Duration LAST_ACT = Duration.ofSeconds(6);

  private static final Duration TO_BE_AT_WORK = Duration.ofSeconds(15);
  private static final Duration TO_DRAIN = Duration.ofSeconds(40);

  /** For the session of one that had to be killed to be over, too. */
  private static final Duration TO_BE_GONE = Duration.ofSeconds(10);

  private static final DateTimeFormatter TIME =
      DateTimeFormatter.ofPattern("HH:mm:ss", Locale.ROOT).withZone(ZoneId.systemDefault());

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

  /** Plays until it is ended, or for about so long. */
  void run(Optional<Duration> most) throws Exception {
    try (var zooKeeper = EmbeddedZooKeeper.in(directory).start();
        var neighbour =
            Neighbour.in(directory.resolveSibling(directory.getFileName() + "-neighbour"));
        var observer = new Observer(zooKeeper.connectString(), NAMESPACE, board);
        var operator = new Operator(zooKeeper.connectString(), NAMESPACE, "you")) {
      board.text(
          "",
          "ZooKeeper runs in this process, at " + zooKeeper.connectString() + "; its data is in "
              + directory,
          "Three instances in processes of their own do five jobs:",
          "  sales-report   every 5 s, in three shards, one for each region",
          "  flaky-import   every 7 s; one attempt of three fails, and is tried again elsewhere",
          "  slow-backup    every 4 s, and takes 6: a fire that finds it running is discarded",
          "  coffee-price   every 10 s: a URL of this process is called; nobody wrote code for that",
          "  which-java     every 15 s: a program is run that " + neighbour.file() + " names",
          "In the first minute a job is paused, an instance is killed, and another one is told to leave.",
          "Ctrl-C ends it all, in good order.",
          "");
      var place = new InstanceProcess.Place(zooKeeper.connectString(), neighbour);
      for (String name : NAMES) {
        start(name, place);
      }
      play(new Pace(most), place, observer, operator);
      board.text("", "Draining: each instance ends what it runs, hands back the rest, and leaves.");
      drain();
      observer.awaitNobody(TO_BE_GONE); // it hears of it a moment later
      board.text(
          "",
          "Read on:         docs/architecture.md, docs/operations.md, docs/handlers.md, docs/client.md",
          "Copy from:       examples/src/main/java/io/shardkeeper/examples, consumer/",
          "Try a schedule:  ./mvnw -Pquickstart -Dexample=NextFires -Dcron='0 9 * * MON#1' -Dzone=America/New_York",
          "Who decides:     ./mvnw -Pquickstart -Dexample=WhoDecides",
          "Read a log:      ./mvnw -Pquickstart -Dexample=ReadingLogs",
          "Run all tests:   ./mvnw verify",
          "");
    }
  }

  /** How long the acts take: shorter ones where there is little time. */
  private record Pace(Optional<Duration> most) {
    private static final Duration USUAL = Duration.ofSeconds(50);

    Duration of(int seconds) {
      Duration usual = Duration.ofSeconds(seconds);
      return most.filter(whole -> whole.compareTo(USUAL) < 0)
          .map(whole -> usual.multipliedBy(whole.toMillis()).dividedBy(USUAL.toMillis()))
          .orElse(usual);
    }

    Duration rest() {
      return most.map(whole -> whole.minus(USUAL))
          .map(rest -> rest.compareTo(LAST_ACT) < 0 ? LAST_ACT : rest)
          .orElse(Duration.ofDays(365));
    }
  }

  private void play(Pace pace, InstanceProcess.Place place, Observer observer, Operator operator)
      throws Exception {
    boolean ended = awaitJob("sales-report", operator)
        || pause(pace.of(8))
        || rest(operator)
        || pause(pace.of(4));
    if (ended) {
      return;
    }
    List<String> others =
        NAMES.stream().filter(name -> !name.equals(observer.coordinator())).toList();
    String victim = others.get(others.size() - 1);
    kill(victim);
    if (pause(pace.of(12))) {
      return;
    }
    board.line(victim, "starts", "anew, and will get its share again");
    start(victim, place);
    if (pause(pace.of(8))) {
      return;
    }
    String leaver = others.get(0);
    leave(leaver, operator);
    if (pause(pace.of(4))) {
      return;
    }
    board.line(leaver, "starts", "anew, as after an upgrade");
    start(leaver, place);
    pause(pace.rest());
  }

  /** Waits until somebody has declared a job. Whether all was ended meanwhile. */
  private boolean awaitJob(String job, Operator operator) throws Exception {
    boolean ended = false;
    while (!ended && !operator.knows(job)) {
      ended = pause(Duration.ofMillis(200));
    }
    return ended;
  }

  /** A job rests for a while. Whether all was ended meanwhile. */
  private boolean rest(Operator operator) throws Exception {
    String job = "sales-report";
    Instant until = operator.pause(job, "the figures of the west are wrong", PAUSE);
    board.line(
        "",
        job,
        "PAUSED by a client until " + TIME.format(until)
            + ": what runs may end, and each fire is told and does not run");
    if (pause(Duration.between(Instant.now(), until))) {
      return true;
    }
    String next = operator.nextFires(job).stream().findFirst().map(TIME::format).orElse("no time");
    board.line("", job, "GOES ON by itself: its pause is over, and it is due next at " + next);
    return false;
  }

  private void kill(String victim) throws InterruptedException {
    InstanceProcess process = Optional.ofNullable(instances.remove(victim)).orElseThrow();
    process.awaitWork("sales-report", TO_BE_AT_WORK);
    process.kill();
    board.line(
        victim,
        "KILLED",
        "by SIGKILL, without a word: when its session is over, in "
            + InstanceProcess.SESSION.toSeconds()
            + " s, what it had begun moves to the others");
  }

  /** An instance is told to leave, in the middle of its work. */
  private void leave(String leaver, Operator operator) throws Exception {
    InstanceProcess process = Optional.ofNullable(instances.get(leaver)).orElseThrow();
    process.awaitWork("sales-report", TO_BE_AT_WORK);
    board.line(
        leaver,
        "DRAINED",
        "by a client: it finishes what it runs, the others get the rest at once, nothing is repeated");
    CompletionStage<Boolean> unused = operator.drain(leaver);
    if (process.await(TO_DRAIN)) {
      board.line(leaver, "has ended", "by itself, when the last of its work was told");
    }
    instances.remove(leaver);
  }

  /** Whether it was ended meanwhile. */
  private boolean pause(Duration most) throws InterruptedException {
    return end.await(most.toMillis(), TimeUnit.MILLISECONDS);
  }

  private void start(String name, InstanceProcess.Place place) throws IOException {
    instances.put(name, InstanceProcess.start(name, place, board));
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
