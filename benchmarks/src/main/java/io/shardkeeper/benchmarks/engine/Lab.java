package io.shardkeeper.benchmarks.engine;

import io.shardkeeper.benchmarks.ServerProcess;
import io.shardkeeper.client.JobClient;
import io.shardkeeper.config.Key;
import io.shardkeeper.config.Settings;
import io.shardkeeper.core.history.Entry;
import io.shardkeeper.core.history.Segment;
import io.shardkeeper.core.history.SegmentName;
import io.shardkeeper.core.layout.Layout;
import io.shardkeeper.core.ledger.Bytes;
import io.shardkeeper.engine.Shardkeeper;
import io.shardkeeper.job.Job;
import java.io.IOException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.apache.curator.framework.CuratorFramework;
import org.apache.curator.framework.CuratorFrameworkFactory;
import org.apache.curator.retry.ExponentialBackoffRetry;
import org.apache.zookeeper.KeeperException;
import org.apache.zookeeper.data.Stat;

/** A durable ZooKeeper, a client of a namespace on it, and a look at the tree from outside. */
final class Lab implements AutoCloseable {
  private static final long LONGEST_WAIT_SECONDS = 300;

  private final ServerProcess server;
  private final String namespace;
  private final CuratorFramework raw;
  private final Shardkeeper outside;

  private Lab(ServerProcess server, String namespace, CuratorFramework raw, Shardkeeper outside) {
    this.server = server;
    this.namespace = namespace;
    this.raw = raw;
    this.outside = outside;
  }

  static Lab open(String namespace) throws Exception {
    ServerProcess server = ServerProcess.start(true);
    CuratorFramework raw = CuratorFrameworkFactory.newClient(
        server.connectString(), 30_000, 15_000, new ExponentialBackoffRetry(1_000, 3));
    raw.start();
    raw.blockUntilConnected();
    Settings settings = Settings.sources("bench")
        .set(Key.ZOOKEEPER, server.connectString())
        .set(Key.NAMESPACE, namespace)
        .set(Key.COORDINATOR, false)
        .read();
    return new Lab(server, namespace, raw, Shardkeeper.with(settings).start());
  }

  String server() {
    return server.connectString();
  }

  String namespace() {
    return namespace;
  }

  CuratorFramework raw() {
    return raw;
  }

  JobClient client() {
    return outside.client();
  }

  List<InstanceProcess> instances(int many) throws Exception {
    return InstanceProcess.start(server(), namespace, many);
  }

  /** Defines jobs, many at a time. */
  void define(List<Job> jobs) throws Exception {
    var window = new Semaphore(200);
    CompletableFuture<Void> failed = new CompletableFuture<>();
    for (Job job : jobs) {
      window.acquire();
      client().define(job).whenComplete((done, failure) -> {
        if (failure != null) {
          failed.completeExceptionally(failure);
        }
        window.release();
      });
    }
    if (!window.tryAcquire(200, LONGEST_WAIT_SECONDS, TimeUnit.SECONDS)) {
      throw new IllegalStateException("Jobs were not defined in time");
    }
    if (failed.isDone()) {
      failed.get();
    }
  }

  /** How many transactions the server has seen so far. */
  long transactions() throws Exception {
    var stat = new Stat();
    raw.create().orSetData().storingStatIn(stat).forPath("/bench-mark", new byte[0]);
    return stat.getMzxid() & 0xffff_ffffL;
  }

  private String path(String below) {
    return "/" + namespace + below;
  }

  private List<String> children(String below) throws Exception {
    return raw.checkExists().forPath(path(below)) == null
        ? List.of()
        : raw.getChildren().forPath(path(below));
  }

  /** Whether nothing is on its way: no ticket, and no report. */
  boolean isQuiet() throws Exception {
    for (String root : List.of("/inbox", "/reports")) {
      for (String id : children(root)) {
        if (!children(root + "/" + id).isEmpty()) {
          return false;
        }
      }
    }
    return true;
  }

  /** Fires and requests that have their outcome in the history. */
  long outcomes() throws Exception {
    long sum = 0;
    List<SegmentName> names =
        children("/history").stream().map(SegmentName::parse).toList();
    Map<Integer, Long> come = new HashMap<>();
    names.stream()
        .filter(name -> name.kind() == SegmentName.Kind.BUCKET)
        .forEach(name -> come.merge(name.bucket(), name.number(), Math::max));
    for (SegmentName name : names) {
      Bytes content;
      try {
        content = Bytes.wrap(raw.getData().forPath(path(name.path().toString())));
      } catch (KeeperException.NoNodeException e) {
        return outcomes(); // merged meanwhile
      }
      for (Entry entry : Segment.read(content)) {
        boolean moved = name.kind() == SegmentName.Kind.PIECE
            && name.number() <= come.getOrDefault(Layout.bucket(entry.job()), -1L);
        if (moved) {
          continue; // its bucket has it
        }
        if (entry instanceof Entry.Sum older) {
          sum += older.counts().values().stream().mapToLong(Long::longValue).sum();
        } else if (entry instanceof Entry.Skip skip) {
          sum += skip.fires();
        } else {
          sum++;
        }
      }
    }
    return sum;
  }

  /** Waits for something of which nobody tells. */
  static void await(String what, BooleanSupplier reached) throws InterruptedException {
    long until = System.nanoTime() + TimeUnit.SECONDS.toNanos(LONGEST_WAIT_SECONDS);
    while (!reached.getAsBoolean()) {
      if (System.nanoTime() > until) {
        throw new IllegalStateException("Waited in vain: " + what);
      }
      TimeUnit.MILLISECONDS.sleep(5);
    }
  }

  @Override
  public void close() throws IOException {
    outside.close();
    raw.close();
    server.close();
  }
}
