package io.shardkeeper.zookeeper;

import static io.shardkeeper.core.ledger.Transaction.ANY_VERSION;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.shardkeeper.core.ledger.Bytes;
import io.shardkeeper.core.ledger.CommitResult;
import io.shardkeeper.core.ledger.CommitResult.Refusal;
import io.shardkeeper.core.ledger.LedgerException;
import io.shardkeeper.core.ledger.LedgerException.Kind;
import io.shardkeeper.core.ledger.NodePath;
import io.shardkeeper.core.ledger.Session;
import io.shardkeeper.core.ledger.Transaction;
import io.shardkeeper.core.ledger.Transaction.Lifetime;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.UnaryOperator;
import org.apache.zookeeper.CreateMode;
import org.apache.zookeeper.KeeperException;
import org.apache.zookeeper.KeeperException.NoAuthException;
import org.apache.zookeeper.ZKUtil;
import org.apache.zookeeper.ZooDefs.Ids;
import org.apache.zookeeper.ZooKeeper;
import org.apache.zookeeper.data.ACL;
import org.apache.zookeeper.data.Stat;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What belongs to one application is closed to all others, and the others learn that it is, not that nothing is there. */
@Timeout(300)
final class SecurityTest {
  private static final String CANARY = "canary-5f2c";
  private static final String OWNER = "billing:" + CANARY;
  private static final List<ACL> ONLY_OWNER = CredentialsTest.onlyFor("billing", CANARY);

  private static final NodePath A = NodePath.of("/a");
  private static final NodePath BELOW_A = NodePath.of("/a/below");
  private static final NodePath EPHEMERAL = NodePath.of("/ephemeral");
  private static final NodePath CONTAINER = NodePath.of("/container");
  private static final Bytes X = Bytes.of("x");

  private static final AtomicInteger NAMESPACES = new AtomicInteger();
  private static TestServer server;

  private final String namespace = "secure-" + NAMESPACES.incrementAndGet();
  private final TestLedgers ledgers = new TestLedgers();

  /** Who else may come along. */
  enum Stranger {
    WITHOUT_CREDENTIALS,
    WITH_OTHER_CREDENTIALS,
    WITH_THE_NAME_BUT_ANOTHER_PASSWORD
  }

  @BeforeAll
  static void start(@TempDir Path directory) {
    server = TestServer.start(directory);
  }

  @AfterAll
  static void stop() {
    server.close();
  }

  @AfterEach
  void close() {
    ledgers.close();
  }

  // ------------------------------------------------------------- the owner

  @Test
  void everyNodeBelongsToWhoeverCreatedIt() throws Exception {
    fill(owner());
    try (RawClient client = withCredentials(OWNER)) {
      List<String> nodes = namespace(client);
      assertThat(nodes)
          .containsExactlyInAnyOrder(
              full(NodePath.ROOT), full(A), full(BELOW_A), full(EPHEMERAL), full(CONTAINER));
      for (String node : nodes) {
        assertThat(client.zooKeeper().getACL(node, new Stat())).as(node).isEqualTo(ONLY_OWNER);
      }
    }
  }

  @Test
  void thePathAboveTheNamespaceBelongsToWhoeverCreatedItToo() throws Exception {
    ledgers.connected(ZooKeeperSettings.of(server.connectString() + "/" + namespace + "/b", "jobs")
        .credentials(credentials(OWNER))
        .build());
    try (RawClient client = withCredentials(OWNER)) {
      assertThat(namespace(client)).hasSize(3);
      for (String node : namespace(client)) {
        assertThat(client.zooKeeper().getACL(node, new Stat())).as(node).isEqualTo(ONLY_OWNER);
      }
    }
  }

  @Test
  void whatCuratorCreatesBelongsToWhoeverCreatedItToo() throws Exception {
    ZooKeeperLedger owner = owner();
    owner.connection().curator().create().forPath(full(A));
    try (RawClient client = withCredentials(OWNER)) {
      assertThat(client.zooKeeper().getACL(full(A), new Stat())).isEqualTo(ONLY_OWNER);
    }
  }

  @Test
  void whoeverCreatedItHasItAgainInAnotherSession() {
    fill(owner());
    ZooKeeperLedger second = owner();
    assertThat(RealTime.await(second.read(A))).isPresent();
    assertThat(commit(second, t -> t.set(A, Bytes.of("y"), 0))).isEqualTo(CommitResult.APPLIED);
    RealTime.await(second.endSession());
    RealTime.until("a new session", () -> second.session().isConnected());
    assertThat(RealTime.await(second.read(A))).map(node -> node.version()).contains(1);
  }

  // --------------------------------------------------------------- others

  @Test
  void nobodyElseMayReadOrWriteAnyNode() throws Exception {
    fill(owner());
    try (RawClient client = withCredentials(OWNER);
        RawClient stranger = RawClient.of(server.connectString())) {
      ZooKeeper zooKeeper = stranger.zooKeeper();
      for (String node : namespace(client)) {
        refused(() -> zooKeeper.getData(node, false, new Stat()));
        refused(() -> zooKeeper.getChildren(node, false));
        refused(() -> zooKeeper.getACL(node, new Stat()));
        refused(() -> zooKeeper.setACL(node, Ids.OPEN_ACL_UNSAFE, -1));
        refused(() -> zooKeeper.setData(node, new byte[0], -1));
        refused(() ->
            zooKeeper.create(node + "/x", new byte[0], Ids.OPEN_ACL_UNSAFE, CreateMode.PERSISTENT));
        if (!node.equals(full(NodePath.ROOT))) { // what is above belongs to all
          refused(() -> {
            zooKeeper.delete(node, -1);
            return node;
          });
        }
      }
    }
  }

  @ParameterizedTest
  @EnumSource
  void aStrangerIsDeniedAndNeverToldThatNothingIsThere(Stranger who) {
    fill(owner());
    ZooKeeperLedger stranger = stranger(who);
    for (NodePath path : List.of(NodePath.ROOT, A, BELOW_A, EPHEMERAL, CONTAINER)) {
      assertThat(RealTime.awaitRefusal(stranger.read(path)).kind()).isEqualTo(Kind.DENIED);
      assertThat(RealTime.awaitRefusal(stranger.list(path)).kind()).isEqualTo(Kind.DENIED);
    }
  }

  @ParameterizedTest
  @EnumSource
  void whatAStrangerCommitsIsDenied(Stranger who) {
    fill(owner());
    ZooKeeperLedger stranger = stranger(who);
    NodePath fresh = NodePath.of("/fresh");
    for (Lifetime lifetime : Lifetime.values()) {
      assertThat(commit(stranger, t -> t.create(fresh, X, lifetime))).isEqualTo(denied(0));
    }
    assertThat(commit(stranger, t -> t.create(A, X))).isEqualTo(denied(0));
    assertThat(commit(stranger, t -> t.set(A, X, 0))).isEqualTo(denied(0));
    assertThat(commit(stranger, t -> t.delete(EPHEMERAL, ANY_VERSION))).isEqualTo(denied(0));
    assertThat(commit(stranger, t -> t.checkPresent(A))).isEqualTo(denied(0));
    assertThat(RealTime.await(owner().read(A))).map(node -> node.version()).contains(0);
  }

  @ParameterizedTest
  @EnumSource
  void aStrangerKeepsItsSessionAndWorksWhereItMay(Stranger who) throws Exception {
    ZooKeeperLedger owner = owner();
    fill(owner);
    ZooKeeperLedger stranger = stranger(who);
    Session session = stranger.session();
    NodePath open = NodePath.of("/open");
    assertThat(commit(owner, t -> t.create(open, X))).isEqualTo(CommitResult.APPLIED);
    try (RawClient client = withCredentials(OWNER)) {
      client.zooKeeper().setACL(full(open), Ids.OPEN_ACL_UNSAFE, -1);
    }

    assertThat(RealTime.awaitRefusal(stranger.read(A)).kind()).isEqualTo(Kind.DENIED);
    assertThat(commit(stranger, t -> t.set(A, X, 0))).isEqualTo(denied(0));
    RealTime.await(stranger.barrier());
    assertThat(RealTime.await(stranger.read(open))).isPresent();
    assertThat(commit(stranger, t -> t.create(open.child("mine"), X)))
        .isEqualTo(CommitResult.APPLIED);
    assertThat(commit(stranger, t -> t.set(open, X, 0).set(A, X, 0)))
        .as("one step that is denied undoes the others")
        .isEqualTo(denied(1));
    assertThat(RealTime.await(stranger.read(open))).map(node -> node.version()).contains(0);
    assertThat(stranger.session()).isEqualTo(session);
  }

  @Test
  void aStrangersWatchDoesNotTellWhatHappens() {
    ZooKeeperLedger owner = owner();
    fill(owner);
    ZooKeeperLedger stranger = stranger(Stranger.WITHOUT_CREDENTIALS);
    List<NodePath> told = new CopyOnWriteArrayList<>();
    try (var watch = stranger.watch(NodePath.ROOT, hint -> told.add(hint.path()))) {
      RealTime.until("the first hint", () -> !told.isEmpty());
      assertThat(commit(owner, t -> t.set(A, X, 0))).isEqualTo(CommitResult.APPLIED);
      RealTime.await(stranger.barrier()); // a hint would have come before its answer
      assertThat(told).containsOnly(NodePath.ROOT);
      assertThat(watch).isNotNull();
    }
  }

  // ------------------------------------------------------------- recovery

  @Test
  void aLedgerThatWasShutOutWorksOnAsSoonAsItIsLetIn() throws Exception {
    ZooKeeperLedger owner = owner();
    fill(owner);
    Session session = owner.session();
    String admin = "admin:other";
    try (RawClient client = withCredentials(OWNER)) {
      setAcl(client, CredentialsTest.onlyFor("admin", "other"));
    }
    assertThat(RealTime.awaitRefusal(owner.read(A)).kind()).isEqualTo(Kind.DENIED);
    assertThat(RealTime.awaitRefusal(owner.list(A)).kind()).isEqualTo(Kind.DENIED);
    assertThat(commit(owner, t -> t.set(A, X, 0))).isEqualTo(denied(0));

    try (RawClient client = withCredentials(admin)) {
      setAcl(client, ONLY_OWNER);
    }
    assertThat(RealTime.await(owner.read(A))).isPresent();
    assertThat(RealTime.await(owner.list(A))).contains(List.of("below"));
    assertThat(commit(owner, t -> t.set(A, X, 0))).isEqualTo(CommitResult.APPLIED);
    assertThat(owner.session()).isEqualTo(session);
  }

  @Test
  void aRootThatMayNotBeMadeIsWaitedFor() throws Exception {
    String above = "/" + namespace;
    try (RawClient client = withCredentials(OWNER)) {
      client.zooKeeper().create(above, new byte[0], Ids.CREATOR_ALL_ACL, CreateMode.PERSISTENT);
      ZooKeeperLedger stranger = ledgers.open(
          ZooKeeperSettings.of(server.connectString() + above, "jobs").build());
      assertThat(commit(stranger, t -> t.create(A, X))).isEqualTo(CommitResult.UNKNOWN);
      assertThat(RealTime.awaitRefusal(stranger.read(A)).kind()).isEqualTo(Kind.UNAVAILABLE);

      client.zooKeeper().setACL(above, Ids.OPEN_ACL_UNSAFE, -1);
      RealTime.until("a connection", () -> stranger.session().isConnected());
      assertThat(commit(stranger, t -> t.create(A, X))).isEqualTo(CommitResult.APPLIED);
    }
  }

  // ------------------------------------------------------------ the secret

  @Test
  void theSecretIsToldToNobodyAndWrittenNowhere() throws Exception {
    ZooKeeperLedger owner = owner();
    fill(owner);
    ZooKeeperLedger impostor = stranger(Stranger.WITH_THE_NAME_BUT_ANOTHER_PASSWORD);
    LedgerException refusal = RealTime.awaitRefusal(impostor.read(A));
    List<String> said = new ArrayList<>();
    Object anything = owner; // it may tell of itself what it likes, but for the secret
    said.add(anything.toString());
    said.add(owner.settings().toString());
    said.add(owner.settings().credentials().toString());
    said.add(refusal.toString());
    said.addAll(owner.warnings());
    Thread.getAllStackTraces().keySet().forEach(thread -> said.add(thread.getName()));
    try (RawClient client = withCredentials(OWNER)) {
      for (String node : ZKUtil.listSubTreeBFS(client.zooKeeper(), "/")) {
        said.add(node);
        said.add(content(client, node));
      }
      for (String node : namespace(client)) {
        said.add(client.zooKeeper().getACL(node, new Stat()).toString());
      }
    }
    assertThat(said).allSatisfy(text -> assertThat(text).doesNotContain(CANARY));
  }

  /** What a node holds; what others keep from us is theirs. */
  private static String content(RawClient client, String node) throws Exception {
    try {
      byte[] data = client.zooKeeper().getData(node, false, new Stat());
      return data == null ? "" : new String(data, UTF_8);
    } catch (KeeperException.NoAuthException | KeeperException.NoNodeException e) {
      return "";
    }
  }

  // ---------------------------------------------------------------- tools

  private ZooKeeperLedger owner() {
    return ledgers.connected(settings().credentials(credentials(OWNER)).build());
  }

  private ZooKeeperLedger stranger(Stranger who) {
    ZooKeeperSettings.Builder settings = settings();
    Optional<String> own = switch (who) {
      case WITHOUT_CREDENTIALS -> Optional.empty();
      case WITH_OTHER_CREDENTIALS -> Optional.of("shipping:other");
      case WITH_THE_NAME_BUT_ANOTHER_PASSWORD -> Optional.of("billing:other");
    };
    own.ifPresent(text -> settings.credentials(credentials(text)));
    return ledgers.connected(settings.build());
  }

  private ZooKeeperSettings.Builder settings() {
    return ZooKeeperSettings.of(server.connectString(), namespace)
        .sessionTimeout(TestServer.LONGEST_SESSION);
  }

  private static Credentials credentials(String text) {
    return Credentials.from(Map.of("CREDENTIALS", text), "CREDENTIALS");
  }

  /** A node of each kind. */
  private static void fill(ZooKeeperLedger ledger) {
    assertThat(commit(
            ledger,
            t -> t.create(A, X)
                .create(BELOW_A, X)
                .createEphemeral(EPHEMERAL, X)
                .create(CONTAINER, X, Lifetime.CONTAINER)))
        .isEqualTo(CommitResult.APPLIED);
  }

  private static CommitResult commit(
      ZooKeeperLedger ledger, UnaryOperator<Transaction.Builder> steps) {
    return RealTime.await(ledger.commit(steps.apply(Transaction.builder()).build()));
  }

  private static CommitResult denied(int step) {
    return CommitResult.conflict(step, Refusal.DENIED);
  }

  private static RawClient withCredentials(String text) throws Exception {
    RawClient client = RawClient.of(server.connectString());
    client.zooKeeper().addAuthInfo("digest", text.getBytes(UTF_8));
    return client;
  }

  private String full(NodePath path) {
    return "/" + namespace + (path.isRoot() ? "" : path.text());
  }

  private List<String> namespace(RawClient client) throws Exception {
    return ZKUtil.listSubTreeBFS(client.zooKeeper(), "/" + namespace);
  }

  private void setAcl(RawClient client, List<ACL> acl) throws Exception {
    for (String node : namespace(client)) {
      client.zooKeeper().setACL(node, acl, -1);
    }
  }

  /** Something asked of ZooKeeper. */
  private interface Asked {
    Object answer() throws Exception;
  }

  private static void refused(Asked asked) {
    assertThatExceptionOfType(NoAuthException.class).isThrownBy(asked::answer);
  }
}
