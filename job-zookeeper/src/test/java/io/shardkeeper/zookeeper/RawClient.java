package io.shardkeeper.zookeeper;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.TimeoutException;
import org.apache.zookeeper.CreateMode;
import org.apache.zookeeper.KeeperException;
import org.apache.zookeeper.Watcher.Event.KeeperState;
import org.apache.zookeeper.ZooDefs;
import org.apache.zookeeper.ZooKeeper;
import org.apache.zookeeper.data.Stat;

/** ZooKeeper's own client, which retries nothing: what it sees is what happened on the wire. */
final class RawClient implements AutoCloseable {
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  private final Object change = new Object();
  private KeeperState state = KeeperState.Disconnected; // guarded by change
  private final ZooKeeper client;

  private RawClient(String connectString, Duration sessionTimeout, long sessionId, byte[] password)
      throws IOException {
    this.client = new ZooKeeper(
        connectString,
        (int) sessionTimeout.toMillis(),
        event -> {
          synchronized (change) {
            state = event.getState();
            change.notifyAll();
          }
        },
        sessionId,
        password);
  }

  /** A client that is connected, with a session that outlasts a test. */
  static RawClient of(String connectString) throws Exception {
    return of(connectString, TestServer.LONGEST_SESSION);
  }

  /** A client that is connected. */
  static RawClient of(String connectString, Duration sessionTimeout) throws Exception {
    RawClient client = connecting(connectString, sessionTimeout);
    client.await(KeeperState.SyncConnected);
    return client;
  }

  /** A client that may connect some time. */
  static RawClient connecting(String connectString, Duration sessionTimeout) throws IOException {
    return new RawClient(connectString, sessionTimeout, 0, new byte[0]);
  }

  /** A second client of one session, which the server takes for the first. */
  static RawClient impostor(String connectString, long sessionId, byte[] password)
      throws IOException {
    return impostor(connectString, TestServer.LONGEST_SESSION, sessionId, password);
  }

  /** A second client of one session, which from now on lasts as long as this one wants. */
  static RawClient impostor(
      String connectString, Duration sessionTimeout, long sessionId, byte[] password)
      throws IOException {
    return new RawClient(connectString, sessionTimeout, sessionId, password);
  }

  ZooKeeper zooKeeper() {
    return client;
  }

  /** Waits until the client sees its session in one of some states, and tells in which. */
  KeeperState await(KeeperState... wanted) throws InterruptedException, TimeoutException {
    long end = System.nanoTime() + PATIENCE.toNanos();
    synchronized (change) {
      while (true) {
        for (KeeperState one : wanted) {
          if (state == one) {
            return one;
          }
        }
        long left = Duration.ofNanos(end - System.nanoTime()).toMillis();
        if (left <= 0) {
          throw new TimeoutException("Still " + state + " after " + PATIENCE);
        }
        change.wait(left);
      }
    }
  }

  void create(String path, String data) throws Exception {
    client.create(path, data.getBytes(UTF_8), ZooDefs.Ids.OPEN_ACL_UNSAFE, CreateMode.PERSISTENT);
  }

  void set(String path, String data) throws Exception {
    client.setData(path, data.getBytes(UTF_8), -1);
  }

  String get(String path) throws KeeperException, InterruptedException {
    return new String(client.getData(path, false, new Stat()), UTF_8);
  }

  boolean exists(String path) throws KeeperException, InterruptedException {
    return client.exists(path, false) != null;
  }

  /** Goes without a word: the session stays at the server until its timeout is over. */
  void vanish() {
    client.getTestable().injectSessionExpiration();
  }

  @Override
  public void close() {
    try {
      client.close();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
