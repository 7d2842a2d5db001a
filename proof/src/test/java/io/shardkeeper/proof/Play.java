package io.shardkeeper.proof;

import io.shardkeeper.client.JobClient;
import io.shardkeeper.config.Key;
import io.shardkeeper.config.Settings;
import io.shardkeeper.engine.Shardkeeper;
import io.shardkeeper.view.JobView;
import io.shardkeeper.view.RunView;
import io.shardkeeper.view.Why;
import io.shardkeeper.zookeeper.EmbeddedZooKeeper;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Collectors;

/** A ZooKeeper in this process, instances in others, and somebody who kills them. Of one thread. */
final class Play implements AutoCloseable {
  static final Duration SESSION = Duration.ofSeconds(6);
  static final Duration TICK = Duration.ofMillis(500);

  /** How long it may take until the work of an instance that was killed runs elsewhere. */
  static final Duration BOUND = SESSION.plus(TICK).plusSeconds(1);

  /** When all is over that is to be over. */
  private static final Duration UNTIL_QUIET = SESSION.multipliedBy(2).plus(TICK).plusSeconds(10);

  private static final Duration PATIENCE = Duration.ofSeconds(60);
  private static final Duration LOOK = Duration.ofMillis(5);

  /** For everybody to have read a definition before it counts. */
  private static final Duration AHEAD = Duration.ofSeconds(4);

  private final Path directory;
  private final SplittableRandom random;
  private final EmbeddedZooKeeper zooKeeper;
  private final HistoryFile own;
  private final Books books;
  private final Shardkeeper shardkeeper;
  private final JobClient client;
  private final Map<String, InstanceProcess> alive = new TreeMap<>();
  private final List<InstanceProcess> started = new ArrayList<>();
  private final List<Kill> kills = new ArrayList<>();
  private Instant from = Instant.EPOCH;
  private Instant until = Instant.EPOCH;

  /** The directory is for what is to be read afterwards, the other one for ZooKeeper. */
  Play(Path directory, Path data, long seed) throws IOException {
    this.directory = directory;
    this.random = new SplittableRandom(seed);
    own = HistoryFile.open(directory.resolve("zookeeper.jsonl"), "zookeeper");
    zooKeeper = EmbeddedZooKeeper.in(data).tick(TICK).durable(false).start();
    books = new Books(zooKeeper.connectString());
    shardkeeper = Shardkeeper.with(Settings.sources("the play")
            .set(Key.ZOOKEEPER, zooKeeper.connectString())
            .set(Key.NAMESPACE, InstanceProcess.NAMESPACE)
            .set(Key.INSTANCE_NAME, "client")
            .set(Key.SESSION_TIMEOUT, SESSION)
            .set(Key.TICK, TICK)
            .set(Key.COORDINATOR, false)
            .read())
        .start();
    client = shardkeeper.client();
  }

  // ------------------------------------------------------------------ who plays

  void start(String... names) throws Exception {
    for (String name : names) {
      int incarnation =
          1 + (int) started.stream().filter(each -> each.name().equals(name)).count();
      var instance = InstanceProcess.start(
          name, incarnation, zooKeeper.connectString(), directory, SESSION, TICK);
      started.add(instance);
      alive.put(name, instance);
    }
    for (String name : names) {
      await("instance " + name + " is registered", PATIENCE, instance(name)::isRegistered);
    }
  }

  private InstanceProcess instance(String name) {
    return Optional.ofNullable(alive.get(name)).orElseThrow();
  }

  String awaitCoordinator() throws Exception {
    await("somebody coordinates", PATIENCE, () -> coordinator().isPresent());
    return coordinator().orElseThrow();
  }

  private Optional<String> coordinator() throws IOException {
    for (InstanceProcess instance : alive.values()) {
      if (instance.isCoordinating()) {
        return Optional.of(instance.name());
      }
    }
    return Optional.empty();
  }

  /** Any one that does not coordinate. */
  String follower() throws Exception {
    String coordinator = awaitCoordinator();
    List<String> others =
        alive.keySet().stream().filter(name -> !name.equals(coordinator)).toList();
    return others.get(random.nextInt(others.size()));
  }

  /** Kills an instance while it works on a shard. If its work was done before the kill came, it is started anew, and it is done once more. */
  Kill killAtWork(Callable<String> who) throws Exception {
    while (true) {
      String name = who.call();
      InstanceProcess victim = instance(name);
      int ticks = 1 + random.nextInt(2);
      await(name + " works", PATIENCE, () -> isInTheMiddle(victim.lines(), ticks));
      Kill kill = victim.kill();
      alive.remove(name);
      kills.add(kill);
      if (hasCutShort(victim.lines())) {
        return kill;
      }
      start(name);
    }
  }

  /** Whether something that was killed worked on a shard that may run again. */
  private static boolean hasCutShort(List<Line> lines) {
    Set<String> movable = Task.ALL.stream()
        .filter(task -> !task.atMostOnce())
        .map(Task::job)
        .collect(Collectors.toSet());
    return Execution.of(lines).stream()
        .anyMatch(each -> each.end().isEmpty() && movable.contains(each.start().job()));
  }

  /** Whether the latest execution of the sharded job has just begun. */
  private static boolean isInTheMiddle(List<Line> lines, int ticks) {
    List<Execution> own = Execution.of(lines).stream()
        .filter(each -> each.start().job().equals(Task.ALL.get(0).job()))
        .toList();
    if (own.isEmpty() || own.get(own.size() - 1).end().isPresent()) {
      return false;
    }
    long execution = own.get(own.size() - 1).start().execution();
    return lines.stream()
            .filter(line -> line.kind() == Line.Kind.TICK && line.execution() == execution)
            .count()
        == ticks;
  }

  // ------------------------------------------------------------------ what is played

  /** Has all jobs be due from a whole second on. */
  void defineJobs() throws Exception {
    from = Instant.now().truncatedTo(ChronoUnit.SECONDS).plus(AHEAD);
    for (Task task : Task.ALL) {
      get(client.define(task.definition(from)));
    }
  }

  /** Has all jobs be due up to a whole second, a little ahead, and no longer. */
  void stopJobs() throws Exception {
    until = Instant.now().truncatedTo(ChronoUnit.SECONDS).plus(AHEAD);
    for (Task task : Task.ALL) {
      JobView view = get(client.job(task.job()));
      get(client.update(
          task.job(),
          view.revision(),
          job -> job.toBuilder().trigger(job.trigger().until(until)).build()));
    }
  }

  /** Waits until each job has done so much more, wherever. */
  void awaitEnds(int more) throws Exception {
    Map<String, Long> before = ends(started);
    await("each job goes on", PATIENCE, () -> {
      Map<String, Long> now = ends(started);
      return Task.ALL.stream()
          .map(Task::job)
          .allMatch(job -> now.getOrDefault(job, 0L) - before.getOrDefault(job, 0L) >= more);
    });
  }

  /** Waits until an instance has done something. */
  void awaitEndOn(String name) throws Exception {
    InstanceProcess instance = instance(name);
    await(name + " gets its share", PATIENCE, () -> !ends(List.of(instance)).isEmpty());
  }

  private static Map<String, Long> ends(Collection<InstanceProcess> instances) throws IOException {
    Map<String, Long> ends = new TreeMap<>();
    for (InstanceProcess instance : instances) {
      for (Line line : instance.lines()) {
        if (line.kind() == Line.Kind.END) {
          ends.merge(line.job(), 1L, Long::sum);
        }
      }
    }
    return ends;
  }

  /** Waits until all that a kill has cut short runs again. How long that took is looked at in the end. */
  void awaitMove(Kill kill) throws Exception {
    await(
        "what ran on " + kill.instance() + " runs again",
        PATIENCE,
        () -> new Checker(story(List.of())).hasMoved(kill));
  }

  /** Waits until nothing is due any more, and nothing open. */
  void awaitQuiet() throws Exception {
    await("the last fire is due", PATIENCE, () -> Instant.now().isAfter(until));
    await("all runs have ended", UNTIL_QUIET, () -> {
      for (Task task : Task.ALL) {
        List<RunView> runs = get(client.runs(task.job(), JobClient.MOST_LISTED));
        if (runs.stream().anyMatch(RunView.Open.class::isInstance)) {
          return false;
        }
      }
      return true;
    });
  }

  // ------------------------------------------------------------------ what is known afterwards

  /** Has all who live leave; whether they did so in good order. */
  boolean drain() throws InterruptedException {
    shardkeeper.close(); // first, because it cannot leave when nobody coordinates
    boolean well = true;
    for (InstanceProcess instance : alive.values()) {
      well &= instance.drain(PATIENCE);
    }
    return well;
  }

  Story story() throws Exception {
    return story(books.decisions(Task.ALL));
  }

  private Story story(List<Decision> decisions) throws IOException {
    List<Line> lines = new ArrayList<>(new Tail(directory.resolve("zookeeper.jsonl")).lines());
    for (InstanceProcess instance : started) {
      lines.addAll(instance.lines());
    }
    return new Story(
        Task.ALL, from.toEpochMilli(), until.toEpochMilli(), BOUND, kills, lines, decisions);
  }

  /** What the client tells otherwise than the history does. */
  List<String> whatTheClientTellsOtherwise(Story story) throws Exception {
    List<CompletionStage<Why>> asked = new ArrayList<>();
    for (Task task : story.tasks()) {
      for (long fire : task.fires(story.from(), story.until())) {
        asked.add(client.why(task.job(), Instant.ofEpochMilli(fire)));
      }
    }
    var wrong = new ArrayList<String>();
    for (CompletionStage<Why> one : asked) {
      Why why = get(one);
      boolean alike = story.decisions().stream()
          .anyMatch(decision -> decision.job().equals(why.job())
              && decision.fire() == why.at().toEpochMilli()
              && decision.run().equals(why.runId())
              && why.sentence().contains(decision.outcome().name()));
      boolean decided = why.kind() == Why.Kind.ENDED || why.kind() == Why.Kind.SKIPPED;
      if (!decided || !alike) {
        wrong.add(why.toString());
      }
    }
    return wrong;
  }

  private static <T> T get(CompletionStage<T> stage) throws Exception {
    return stage.toCompletableFuture().get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
  }

  private void await(String what, Duration most, Callable<Boolean> condition) throws Exception {
    long end = System.nanoTime() + most.toNanos();
    while (!condition.call()) {
      if (System.nanoTime() - end > 0) {
        throw new AssertionError("Waited " + most.toSeconds() + " s until " + what
            + ", in vain; what the processes say stands in " + directory);
      }
      LockSupport.parkNanos(LOOK.toNanos());
    }
  }

  @Override
  public void close() throws IOException {
    started.forEach(InstanceProcess::close);
    shardkeeper.close();
    books.close();
    zooKeeper.close();
    own.close();
  }
}
