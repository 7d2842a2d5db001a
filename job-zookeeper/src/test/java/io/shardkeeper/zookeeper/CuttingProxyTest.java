package io.shardkeeper.zookeeper;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.apache.zookeeper.AsyncCallback;
import org.apache.zookeeper.CreateMode;
import org.apache.zookeeper.KeeperException;
import org.apache.zookeeper.KeeperException.ConnectionLossException;
import org.apache.zookeeper.KeeperException.NoNodeException;
import org.apache.zookeeper.Op;
import org.apache.zookeeper.Watcher.Event.KeeperState;
import org.apache.zookeeper.ZooDefs;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(300)
@SuppressWarnings("NullAway.Init") // filled in before each test
final class CuttingProxyTest {
  /** Its client pings each third of it. */
  private static final Duration PINGING = Duration.ofSeconds(9);

  private static TestServer server;

  private CuttingProxy proxy;

  /** Goes through the proxy. */
  private RawClient client;

  /** Sees what is so at the server. */
  private RawClient observer;

  @BeforeAll
  static void startServer(@TempDir Path directory) {
    server = TestServer.start(directory);
  }

  @AfterAll
  static void stopServer() {
    server.close();
  }

  @BeforeEach
  void connect() throws Exception {
    proxy = CuttingProxy.before("127.0.0.1", server.port());
    client = RawClient.of(proxy.connectString());
    observer = RawClient.of(server.connectString());
    for (String node : observer.zooKeeper().getChildren("/", false)) {
      if (!node.equals("zookeeper")) {
        observer.zooKeeper().delete("/" + node, -1);
      }
    }
  }

  @AfterEach
  void disconnect() throws Exception {
    proxy.close();
    observer.close();
    // A client that has lost its connection closes after its next try to connect: nobody waits for
    // that.
    var closer = new Thread(client::close, "client-close");
    closer.setDaemon(true);
    closer.start();
  }

  @Test
  void passesWhatNobodyAskedItToLose() throws Exception {
    client.create("/a", "text");
    assertThat(client.get("/a")).isEqualTo("text");
    assertThat(observer.get("/a")).isEqualTo("text");
    assertThat(proxy.connections()).isEqualTo(1);
  }

  @Test
  void aCutLosesTheConnectionUntilItIsHealed() throws Exception {
    proxy.cut();
    client.await(KeeperState.Disconnected);
    assertThatExceptionOfType(ConnectionLossException.class).isThrownBy(() -> client.exists("/a"));

    proxy.heal();
    client.await(KeeperState.SyncConnected);
    assertThat(client.exists("/a")).isFalse();
    assertThat(proxy.connections()).isGreaterThan(1);
  }

  @Test
  void aRequestThatIsCutBeforeNeverComes() throws Exception {
    proxy.cutBeforeNextRequest();
    assertThatExceptionOfType(ConnectionLossException.class)
        .isThrownBy(() -> client.create("/a", ""));
    client.await(KeeperState.Disconnected);
    proxy.heal();
    client.await(KeeperState.SyncConnected);
    assertThat(observer.exists("/a")).isFalse();
  }

  @Test
  void aRequestThatIsCutAfterIsDone() throws Exception {
    proxy.cutAfterNextRequest();
    assertThatExceptionOfType(ConnectionLossException.class)
        .isThrownBy(() -> client.create("/a", ""));
    assertThat(observer.exists("/a")).isTrue();
  }

  @Test
  void theConnectionStaysCut() throws Exception {
    proxy.cutAfterNextRequest();
    assertThatExceptionOfType(ConnectionLossException.class)
        .isThrownBy(() -> client.create("/a", ""));
    int refused = proxy.connections();
    assertThatExceptionOfType(ConnectionLossException.class).isThrownBy(() -> client.exists("/a"));
    assertThat(proxy.connections()).isGreaterThanOrEqualTo(refused);
  }

  @Test
  void onlyTheTypeThatWasAskedForIsCut() throws Exception {
    proxy.cutAfterNextRequest(CuttingProxy.MULTI);
    client.create("/a", "");
    assertThat(client.exists("/a")).isTrue();

    assertThatExceptionOfType(ConnectionLossException.class)
        .isThrownBy(() -> client
            .zooKeeper()
            .multi(List.of(
                Op.create("/b", new byte[0], ZooDefs.Ids.OPEN_ACL_UNSAFE, CreateMode.PERSISTENT))));
    assertThat(observer.exists("/b")).isTrue();
  }

  @Test
  void pingsAreNoRequests() throws Exception {
    try (RawClient pinging = RawClient.of(proxy.connectString(), PINGING)) {
      client.close(); // its own pings would not tell
      proxy.cutBeforeNextRequest();
      proxy.awaitPings(2);
      assertThat(pinging.zooKeeper().getState().isConnected()).isTrue();
      assertThatExceptionOfType(ConnectionLossException.class)
          .isThrownBy(() -> pinging.exists("/a"));
    }
  }

  @Test
  void aRequestThatIsHeldComesLate() throws Exception {
    proxy.holdNextRequestAndCut();
    assertThatExceptionOfType(ConnectionLossException.class)
        .isThrownBy(() -> client.create("/a", ""));
    assertThat(observer.exists("/a")).isFalse();

    assertThat(proxy.deliverHeld()).isTrue();
    assertThat(observer.exists("/a")).isTrue();
  }

  @Test
  void aRequestThatIsHeldUntilItsSessionIsElsewhereIsLost() throws Exception {
    proxy.holdNextRequestAndCut();
    assertThatExceptionOfType(ConnectionLossException.class)
        .isThrownBy(() -> client.create("/a", ""));
    client.await(KeeperState.Disconnected);
    proxy.heal();
    client.await(KeeperState.SyncConnected);

    assertThat(proxy.deliverHeld()).isFalse();
    assertThat(observer.exists("/a")).isFalse();
  }

  @Test
  void nothingIsDeliveredThatWasNotHeld() {
    assertThatIllegalStateException()
        .isThrownBy(proxy::deliverHeld)
        .withMessageContaining("No request is held");
  }

  @Test
  void answersThatAreHeldComeLaterAndInTheirOrder() throws Exception {
    proxy.holdAnswers();
    CompletableFuture<Integer> first = created("/a");
    CompletableFuture<Integer> second = created("/b");
    await("/b");
    assertThat(first).isNotDone();
    assertThat(second).isNotDone();

    var firstCameFirst = second.thenApply(code -> first.isDone());
    proxy.releaseAnswers();
    assertThat(second.get(60, TimeUnit.SECONDS)).isEqualTo(KeeperException.Code.OK.intValue());
    assertThat(firstCameFirst.get(60, TimeUnit.SECONDS)).isTrue();
  }

  @Test
  void aStallLetsNothingPassAndLosesNothing() throws Exception {
    proxy.stall();
    CompletableFuture<Integer> create = created("/a");
    try (RawClient late = RawClient.connecting(proxy.connectString(), TestServer.LONGEST_SESSION)) {
      proxy.awaitConnections(2);
      assertThat(observer.exists("/a")).isFalse();
      assertThat(create).isNotDone();
      assertThat(late.zooKeeper().getState().isConnected()).isFalse();

      proxy.unstall();
      assertThat(create.get(60, TimeUnit.SECONDS)).isEqualTo(KeeperException.Code.OK.intValue());
      late.await(KeeperState.SyncConnected);
    }
  }

  @Test
  void aSessionThatEndsAtTheServerHasExpiredForItsClient() throws Exception {
    client.zooKeeper().create("/a", new byte[0], ZooDefs.Ids.OPEN_ACL_UNSAFE, CreateMode.EPHEMERAL);

    server.endSession(client.zooKeeper().getSessionId(), client.zooKeeper().getSessionPasswd());

    assertThat(observer.exists("/a")).isFalse();
    assertThat(client.await(KeeperState.Expired)).isEqualTo(KeeperState.Expired);
  }

  @Test
  void emptyContainersGoAtOnce() throws Exception {
    observer
        .zooKeeper()
        .create("/c", new byte[0], ZooDefs.Ids.OPEN_ACL_UNSAFE, CreateMode.CONTAINER);
    observer.create("/c/child", "");
    observer.zooKeeper().delete("/c/child", -1);
    var gone = new CompletableFuture<Void>();
    try {
      observer.zooKeeper().getData("/c", event -> gone.complete(null), null);
    } catch (NoNodeException e) {
      gone.complete(null);
    }
    gone.get(60, TimeUnit.SECONDS);
  }

  @Test
  void connectionsAndWatchesAreCounted(@TempDir Path directory) throws Exception {
    try (TestServer own = TestServer.start(directory);
        RawClient one = RawClient.of(own.connectString());
        RawClient two = RawClient.of(own.connectString())) {
      assertThat(own.connections()).isEqualTo(2);
      assertThat(own.watches()).isZero();
      one.zooKeeper().exists("/a", event -> {});
      two.zooKeeper().exists("/a", event -> {});
      assertThat(own.watches()).isEqualTo(2);
    }
  }

  private void await(String path) throws Exception {
    var there = new CountDownLatch(1);
    if (observer.zooKeeper().exists(path, event -> there.countDown()) == null) {
      assertThat(there.await(60, TimeUnit.SECONDS)).isTrue();
    }
  }

  private CompletableFuture<Integer> created(String path) {
    var answer = new CompletableFuture<Integer>();
    AsyncCallback.StringCallback callback = (code, at, context, name) -> answer.complete(code);
    client
        .zooKeeper()
        .create(
            path, new byte[0], ZooDefs.Ids.OPEN_ACL_UNSAFE, CreateMode.PERSISTENT, callback, path);
    return answer;
  }
}
