package io.shardkeeper.benchmarks;

import java.util.List;
import java.util.concurrent.TimeUnit;
import org.apache.curator.framework.CuratorFramework;
import org.apache.curator.framework.CuratorFrameworkFactory;
import org.apache.curator.framework.api.BackgroundCallback;
import org.apache.curator.framework.api.transaction.CuratorOp;
import org.apache.curator.retry.ExponentialBackoffRetry;
import org.apache.zookeeper.AddWatchMode;
import org.apache.zookeeper.KeeperException.Code;

/** Curator, used as its documentation shows it. */
final class BareCurator implements Contender {
  private static final String ROOT = "/bench-bare";
  private static final String TERM = ROOT + "/term";
  private static final String CURSOR = ROOT + "/cursor";
  private static final String TICKETS = ROOT + "/tickets";
  private static final String TICKET = TICKETS + "/0000000001";
  private static final String WATCHED = ROOT + "/watched";
  private static final String TOUCHED = WATCHED + "/node";

  private final CuratorFramework writer;
  private final CuratorFramework watcher;
  private volatile Runnable told = () -> {};

  private BareCurator(CuratorFramework writer, CuratorFramework watcher) {
    this.writer = writer;
    this.watcher = watcher;
  }

  static BareCurator connect(String server) throws Exception {
    var contender = new BareCurator(client(server), client(server));
    for (String path : List.of(ROOT, TERM, CURSOR, TICKETS, WATCHED, TOUCHED)) {
      contender.writer.create().forPath(path, CONTENT);
    }
    contender
        .watcher
        .watchers()
        .add()
        .withMode(AddWatchMode.PERSISTENT_RECURSIVE)
        .usingWatcher((org.apache.zookeeper.Watcher) event -> {
          if (TOUCHED.equals(event.getPath())) {
            contender.told.run();
          }
        })
        .forPath(WATCHED);
    return contender;
  }

  private static CuratorFramework client(String server) throws InterruptedException {
    CuratorFramework client = CuratorFrameworkFactory.newClient(
        server, 30_000, 15_000, new ExponentialBackoffRetry(1_000, 3));
    client.start();
    if (!client.blockUntilConnected(60, TimeUnit.SECONDS)) {
      throw new IllegalStateException("Curator found no server at " + server);
    }
    return client;
  }

  @Override
  public void commit(boolean create) throws Exception {
    writer.transaction().forOperations(operations(create));
  }

  @Override
  public void commit(boolean create, Answer answer) throws Exception {
    writer.transaction().inBackground(tell(answer)).forOperations(operations(create));
  }

  private List<CuratorOp> operations(boolean create) throws Exception {
    return List.of(
        writer.transactionOp().check().withVersion(0).forPath(TERM),
        writer.transactionOp().setData().forPath(CURSOR, CONTENT),
        create
            ? writer.transactionOp().create().forPath(TICKET, CONTENT)
            : writer.transactionOp().delete().withVersion(0).forPath(TICKET));
  }

  @Override
  public void read() throws Exception {
    byte[] data = writer.getData().forPath(CURSOR);
    if (data.length != CONTENT.length) {
      throw new IllegalStateException("Reading " + CURSOR + ": it is not what was written");
    }
  }

  @Override
  public void read(Answer answer) throws Exception {
    writer.getData().inBackground(tell(answer)).forPath(CURSOR);
  }

  @Override
  public void touch(Answer answer) throws Exception {
    writer.setData().inBackground(tell(answer)).forPath(TOUCHED, CONTENT);
  }

  private static BackgroundCallback tell(Answer answer) {
    return (client, event) -> answer.came(event.getResultCode() == Code.OK.intValue());
  }

  @Override
  public void onTold(Runnable told) {
    this.told = told;
  }

  @Override
  public void close() {
    List.of(writer, watcher).forEach(CuratorFramework::close);
  }
}
