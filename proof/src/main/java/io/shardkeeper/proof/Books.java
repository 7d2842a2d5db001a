package io.shardkeeper.proof;

import io.shardkeeper.core.history.Entry;
import io.shardkeeper.core.history.Segment;
import io.shardkeeper.core.layout.Layout;
import io.shardkeeper.core.layout.RunId;
import io.shardkeeper.core.ledger.BranchReader;
import io.shardkeeper.core.ledger.Node;
import io.shardkeeper.core.ledger.NodePath;
import io.shardkeeper.zookeeper.ZooKeeperLedger;
import io.shardkeeper.zookeeper.ZooKeeperSettings;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

/** Reads the history as it stands in the ledger: the client would hide what stands there twice. */
final class Books implements AutoCloseable {
  private final ScheduledExecutorService threads = Executors.newSingleThreadScheduledExecutor();
  private final ZooKeeperLedger ledger;

  Books(String zooKeeper) {
    ledger = ZooKeeperLedger.open(
        ZooKeeperSettings.of(zooKeeper, InstanceProcess.NAMESPACE).build(), threads, threads);
  }

  /** All that is told of the fires of some jobs. While the history is compacted, it may be told twice or not at all: so it is read when all is quiet. */
  List<Decision> decisions(List<Task> tasks) throws Exception {
    List<Entry> before = List.of();
    List<Entry> now = entries();
    while (!now.equals(before)) {
      before = now;
      now = entries();
    }
    var decisions = new ArrayList<Decision>();
    for (Entry entry : now) {
      Task task = tasks.stream()
          .filter(each -> each.job().equals(entry.job()))
          .findFirst()
          .orElseThrow();
      decisions.addAll(decisions(entry, task));
    }
    return decisions;
  }

  private List<Entry> entries() throws Exception {
    CompletionStage<Map<NodePath, Node>> read = CompletableFuture.runAsync(() -> {}, threads)
        .thenCompose(turn -> BranchReader.read(ledger, Layout.HISTORY));
    return read.thenApply(nodes -> nodes.entrySet().stream()
            .filter(node -> node.getKey().parent().equals(Layout.HISTORY))
            .flatMap(node -> Segment.read(node.getValue().data()).stream())
            .toList())
        .toCompletableFuture()
        .get(30, TimeUnit.SECONDS);
  }

  private static List<Decision> decisions(Entry entry, Task task) {
    if (entry instanceof Entry.Run run && run.id().kind() == RunId.Kind.FIRE) {
      List<Decision.Part> parts = run.parts().stream()
          .map(part -> new Decision.Part(part.shard(), part.attempt(), part.outcome(), part.text()))
          .toList();
      return List.of(new Decision(
          run.job(),
          run.scheduledAt().toEpochMilli(),
          run.id().text(),
          run.outcome(),
          run.reason(),
          parts,
          run.decided().toEpochMilli()));
    }
    if (entry instanceof Entry.Skip skip) {
      return task.fires(skip.first().toEpochMilli(), skip.last().toEpochMilli() + 1).stream()
          .map(fire -> new Decision(
              skip.job(),
              fire,
              "",
              skip.outcome(),
              skip.reason(),
              List.of(),
              skip.decided().toEpochMilli()))
          .toList();
    }
    throw new IllegalStateException("Nothing of the play makes such an entry: " + entry);
  }

  @Override
  public void close() {
    ledger.close();
    threads.shutdownNow();
  }
}
