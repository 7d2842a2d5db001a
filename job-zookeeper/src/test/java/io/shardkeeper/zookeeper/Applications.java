package io.shardkeeper.zookeeper;

import io.shardkeeper.config.Key;
import io.shardkeeper.config.Settings;
import io.shardkeeper.config.Sources;
import io.shardkeeper.core.definition.JobDocument;
import io.shardkeeper.core.history.Entry;
import io.shardkeeper.core.history.Segment;
import io.shardkeeper.core.layout.Instance;
import io.shardkeeper.core.layout.Layout;
import io.shardkeeper.core.ledger.LedgerException;
import io.shardkeeper.core.ledger.Node;
import io.shardkeeper.core.ledger.NodePath;
import io.shardkeeper.engine.Insides;
import io.shardkeeper.engine.Shardkeeper;
import io.shardkeeper.handler.Handler;
import io.shardkeeper.handler.Result;
import io.shardkeeper.handler.ShardingContext;
import io.shardkeeper.handler.ShardingJobHandler;
import io.shardkeeper.job.Job;
import io.shardkeeper.run.Outcome;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.apache.zookeeper.ZooKeeper;

/** Several instances of an application in one process, on a ZooKeeper of their own, and somebody who looks at what is written. Of one thread. */
final class Applications implements AutoCloseable {
  /** Long enough for a machine that does much else. */
  static final Duration SESSION = Duration.ofSeconds(4);

  private static final String NAMESPACE = "test";

  final TestServer server;
  private final TestLedgers ledgers = new TestLedgers();
  private final ZooKeeperLedger ledger;
  private final Map<String, Shardkeeper> instances = new LinkedHashMap<>();

  /** What handlers were called with, in the order of the calls. */
  final ConcurrentLinkedQueue<Call> calls = new ConcurrentLinkedQueue<>();

  /** A call of a handler. */
  record Call(
      String instance, String job, String run, int shard, int total, int attempt, long token) {}

  Applications(Path directory) {
    server = TestServer.start(directory);
    ledger = ledgers.connected(
        ZooKeeperSettings.of(server.connectString(), NAMESPACE).build());
  }

  /** The settings of an instance. */
  Sources settings(String name) {
    return Settings.sources(name)
        .set(Key.ZOOKEEPER, server.connectString())
        .set(Key.NAMESPACE, NAMESPACE)
        .set(Key.TICK, TestServer.TICK)
        .set(Key.SESSION_TIMEOUT, SESSION)
        .set(Key.REPORT_LINGER, Duration.ofMillis(20));
  }

  /** Starts an instance whose handler "work" notes each call, and does something then. */
  Shardkeeper start(String name, ShardingJobHandler.Work work, Job... jobs) {
    return start(name, settings(name), work, jobs);
  }

  Shardkeeper start(String name, Sources settings, ShardingJobHandler.Work work, Job... jobs) {
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
    Shardkeeper started =
        Shardkeeper.with(settings.read()).handlers(handler).jobs(jobs).start();
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

  /** How often something was done. */
  List<Call> callsOf(String job) {
    return calls.stream().filter(call -> call.job().equals(job)).toList();
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
    List<Entry> entries = new ArrayList<>();
    for (String name : RealTime.await(ledger.list(Layout.HISTORY)).orElse(List.of())) {
      read(Layout.HISTORY.child(name))
          .ifPresent(node -> Segment.read(node.data()).stream()
              .filter(entry -> entry.job().equals(job))
              .forEach(entries::add));
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

  /** Whether an instance has said that it leaves. */
  boolean isLeaving(String name) {
    String id = RealTime.await(get(name).instanceId());
    NodePath path = Layout.INSTANCES.child(id);
    return read(path).map(node -> Instance.read(id, node.data()).draining()).orElse(true);
  }

  @Override
  public void close() {
    instances.values().forEach(Shardkeeper::close);
    ledgers.close();
    server.close();
  }
}
