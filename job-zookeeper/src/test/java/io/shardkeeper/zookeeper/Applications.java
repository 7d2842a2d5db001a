package io.shardkeeper.zookeeper;

import io.shardkeeper.client.JobClient;
import io.shardkeeper.client.RunRequest;
import io.shardkeeper.config.Key;
import io.shardkeeper.config.Settings;
import io.shardkeeper.config.Sources;
import io.shardkeeper.contract.NewerBuild;
import io.shardkeeper.core.definition.JobDocument;
import io.shardkeeper.core.history.Compaction;
import io.shardkeeper.core.history.Entry;
import io.shardkeeper.core.history.Segment;
import io.shardkeeper.core.history.SegmentName;
import io.shardkeeper.core.layout.Instance;
import io.shardkeeper.core.layout.Layout;
import io.shardkeeper.core.ledger.Ledger;
import io.shardkeeper.core.ledger.LedgerException;
import io.shardkeeper.core.ledger.Node;
import io.shardkeeper.core.ledger.NodePath;
import io.shardkeeper.engine.Insides;
import io.shardkeeper.engine.Shardkeeper;
import io.shardkeeper.handler.Handler;
import io.shardkeeper.handler.JobHandler;
import io.shardkeeper.handler.Result;
import io.shardkeeper.handler.ShardingContext;
import io.shardkeeper.handler.ShardingJobHandler;
import io.shardkeeper.job.Job;
import io.shardkeeper.routing.Router;
import io.shardkeeper.run.Outcome;
import io.shardkeeper.trigger.Trigger;
import io.shardkeeper.view.RunView;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.function.UnaryOperator;
import org.apache.zookeeper.ZooKeeper;

/** Several instances of an application in one process, on a ZooKeeper of their own, and somebody who looks at what is written. Of one thread. */
final class Applications implements AutoCloseable {
  /** Long enough for no instance to lose its session because its machine does much else. */
  static final Duration SESSION = Duration.ofSeconds(20);

  /** For tests in which an instance dies: nobody answers it any more, and to close it takes longer than this. */
  static final Duration BRIEF_SESSION = Duration.ofSeconds(8);

  private static final String NAMESPACE = "test";

  /** Where instances keep what handlers log. */
  final Path logs;

  final TestServer server;
  private final Duration session;
  private final TestLedgers ledgers = new TestLedgers();
  private final ZooKeeperLedger ledger;
  private final Map<String, Shardkeeper> instances = new LinkedHashMap<>();

  private final Map<String, Router> routers = new HashMap<>();

  /** What handlers were called with, in the order of the calls. */
  final ConcurrentLinkedQueue<Call> calls = new ConcurrentLinkedQueue<>();

  /** A call of a handler. */
  record Call(
      String instance, String job, String run, int shard, int total, int attempt, long token) {}

  Applications(Path directory) {
    this(directory, SESSION);
  }

  /** Instances whose sessions last so long. */
  Applications(Path directory, Duration session) {
    this.session = session;
    logs = directory.resolve("logs");
    server = TestServer.start(directory);
    ledger = ledgers.connected(ZooKeeperSettings.of(server.connectString(), NAMESPACE)
        .sessionTimeout(TestServer.LONGEST_SESSION)
        .build());
  }

  /** The settings of an instance. */
  Sources settings(String name) {
    return Settings.sources(name)
        .set(Key.ZOOKEEPER, server.connectString())
        .set(Key.NAMESPACE, NAMESPACE)
        .set(Key.LOG_DIRECTORY, logs)
        .set(Key.TICK, TestServer.TICK)
        .set(Key.SESSION_TIMEOUT, session)
        .set(Key.REPORT_LINGER, Duration.ofMillis(20));
  }

  /** Gives a route of one's own to each instance that is started from now on. */
  void router(String name, Router router) {
    routers.put(name, router);
  }

  /** Starts the instances a, b and c. */
  void startThree(ShardingJobHandler.Work work, Job... jobs) {
    startThree(sources -> sources, work, jobs);
  }

  /** Starts the instances a, b and c, with something special about their settings. */
  void startThree(UnaryOperator<Sources> special, ShardingJobHandler.Work work, Job... jobs) {
    for (String name : List.of("a", "b", "c")) {
      start(name, special.apply(settings(name)), work, jobs);
    }
    awaitKnown("a", "b", "c");
  }

  /** Waits until whoever coordinates gives work to each of these. */
  private void awaitKnown(String... names) {
    JobClient client = client(names[0]);
    RealTime.await(client.define(
        Job.builder("call").handler("answer").trigger(Trigger.manual()).build()));
    for (String name : names) {
      String run = RealTime.await(client.trigger(RunRequest.of("call").on(name).promptly()));
      RealTime.await(client.await(run));
    }
  }

  /** Starts an instance whose handler "work" notes each call, and does something then. */
  Shardkeeper start(String name, ShardingJobHandler.Work work, Job... jobs) {
    return start(name, settings(name), work, jobs);
  }

  Shardkeeper start(String name, Sources settings, ShardingJobHandler.Work work, Job... jobs) {
    return start(name, settings, ledger -> ledger, work, jobs);
  }

  /** Starts an instance of the build that comes next: all that it writes is of the next format. */
  Shardkeeper startNewer(String name, ShardingJobHandler.Work work, Job... jobs) {
    return start(name, settings(name), NewerBuild::new, work, jobs);
  }

  private Shardkeeper start(
      String name,
      Sources settings,
      UnaryOperator<Ledger> between,
      ShardingJobHandler.Work work,
      Job... jobs) {
    Handler handler = ShardingJobHandler.of("work", "Works", context -> {
      calls.add(new Call(
          name,
          context.jobName(),
          context.runId(),
          context.shard().index(),
          context.shard().total(),
          context.attempt(),
          context.token()));
      return work.handle(context);
    });
    Handler answer = JobHandler.of("answer", "Tells that it is there", context -> Result.ok());
    Shardkeeper.Builder builder =
        Shardkeeper.with(settings.read()).handlers(handler, answer).jobs(jobs);
    routers.forEach(builder::router);
    Insides.between(builder, between);
    Shardkeeper started = builder.start();
    instances.put(name, started);
    RealTime.await(started.declared());
    awaitRegistered(name);
    return started;
  }

  /** Work that is done at once. */
  static Result atOnce(ShardingContext context) {
    return Result.ok("shard " + context.shard().index());
  }

  Shardkeeper get(String name) {
    return Optional.ofNullable(instances.get(name)).orElseThrow();
  }

  JobClient client(String name) {
    return get(name).client();
  }

  /** Takes an instance away without a word, as if its process were killed: it hands nothing back, and its session is over. */
  void kill(String name) {
    Insides.ledger(get(name)).close();
  }

  void close(String name) {
    Optional.ofNullable(instances.remove(name)).orElseThrow().close();
  }

  void awaitRegistered(String name) {
    RealTime.until(
        name + " to be registered",
        () -> !RealTime.await(get(name).instanceId()).isEmpty());
  }

  /** The name of the one who coordinates. */
  String coordinator() {
    List<String> found = new ArrayList<>();
    RealTime.until("somebody who coordinates", () -> {
      instances.forEach((name, one) -> {
        if (RealTime.await(one.isCoordinating())) {
          found.add(name);
        }
      });
      return !found.isEmpty();
    });
    return found.get(0);
  }

  /** Ends the session of an instance at the server. */
  void endSession(String name) throws Exception {
    var of = (ZooKeeperLedger) Insides.ledger(get(name));
    ZooKeeper present = Objects.requireNonNull(of.connection().connected());
    server.endSession(present.getSessionId(), present.getSessionPasswd());
  }

  /** The name of an instance: an id is a name with something behind it. */
  static String nameOf(String id) {
    return id.substring(0, Math.max(0, id.lastIndexOf('-')));
  }

  /** What became of a run, as soon as it has ended. */
  RunView.Ended ended(String run) {
    JobClient client = instances.values().iterator().next().client();
    RealTime.await(client.await(run));
    return (RunView.Ended) RealTime.await(client.run(run));
  }

  /** Who had the shards of a run last, in the order of the shards. */
  List<String> whoHad(String run) {
    return ended(run).parts().stream().map(part -> nameOf(part.instance())).toList();
  }

  /** How often something was done. */
  List<Call> callsOf(String job) {
    return calls.stream().filter(call -> call.job().equals(job)).toList();
  }

  /** Waits until an instance has been called. */
  void awaitWork(String instance) {
    RealTime.until(
        instance + " to be given work",
        () -> calls.stream().anyMatch(call -> call.instance().equals(instance)));
  }

  /** The runs of a job that have ended, in their order. */
  List<Entry.Run> runs(String job) {
    return history(job).stream()
        .filter(Entry.Run.class::isInstance)
        .map(Entry.Run.class::cast)
        .sorted(Comparator.comparing(Entry.Run::scheduledAt))
        .toList();
  }

  /** What is written of a job. */
  List<Entry> history(String job) {
    List<SegmentName> names = RealTime.await(ledger.list(Layout.HISTORY)).orElse(List.of()).stream()
        .map(SegmentName::parse)
        .toList();
    List<Entry> entries = new ArrayList<>();
    for (SegmentName name : Compaction.of(job, names)) {
      Optional<Node> segment = read(name.path());
      if (segment.isEmpty()) {
        return history(job); // it was merged meanwhile: what was in it stands in another one
      }
      Segment.read(segment.get().data()).stream()
          .filter(entry -> entry.job().equals(job))
          .forEach(entries::add);
    }
    return entries;
  }

  /** How many runs of a job ended in a way. */
  List<Entry.Run> runs(String job, Outcome outcome) {
    return runs(job).stream().filter(run -> run.outcome() == outcome).toList();
  }

  /** A definition as it is stored. */
  Optional<JobDocument> stored(String job) {
    return read(Layout.job(job)).map(node -> JobDocument.parse(node.data().text()));
  }

  Optional<Node> read(NodePath path) {
    try {
      return RealTime.await(ledger.read(path));
    } catch (LedgerException e) {
      return Optional.empty();
    }
  }

  ZooKeeperLedger ledger() {
    return ledger;
  }

  /** Waits until so many runs of a job have ended. */
  List<Entry.Run> awaitRuns(String job, int least) {
    RealTime.until(least + " runs of " + job, () -> runs(job).size() >= least);
    return runs(job);
  }

  /** Whether an instance has said that it leaves, or has left. */
  boolean isLeaving(String name) {
    String id = RealTime.await(get(name).instanceId());
    return id.isEmpty()
        || read(Layout.INSTANCES.child(id))
            .map(node -> Instance.read(id, node.data()).draining())
            .orElse(true);
  }

  @Override
  public void close() {
    instances.values().forEach(Shardkeeper::close);
    ledgers.close();
    server.close();
  }
}
