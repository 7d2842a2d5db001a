package io.shardkeeper.zookeeper;

import static org.assertj.core.api.Assertions.assertThat;

import io.shardkeeper.core.ledger.Bytes;
import io.shardkeeper.core.ledger.CommitResult;
import io.shardkeeper.core.ledger.LedgerException;
import io.shardkeeper.core.ledger.LedgerException.Kind;
import io.shardkeeper.core.ledger.Node;
import io.shardkeeper.core.ledger.NodePath;
import io.shardkeeper.core.ledger.Session;
import io.shardkeeper.core.ledger.Transaction;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** An answer that is too large for a connection is refused, and costs neither the session nor the ledger. */
@Timeout(300)
final class OversizeTest {
  private static final int CHILDREN = 100_000;

  /** How long a name takes in a listing, besides its letters. */
  private static final int NAME_OVERHEAD = 4;

  private static final NodePath FULL = NodePath.of("/full");

  private final TestLedgers ledgers = new TestLedgers();
  private TestServer server;

  @BeforeEach
  void start(@TempDir Path directory) {
    server = TestServer.start(directory);
  }

  @AfterEach
  void stop() {
    ledgers.close();
    server.close();
  }

  @Test
  void aListingThatNoConnectionEnduresIsRefusedOnceItWasLost() {
    int length = ZooKeeperSettings.ANSWER_BYTES / CHILDREN + 10;
    ZooKeeperLedger ledger = fill(length);
    long session = ledger.session().id();

    Kind first = RealTime.awaitRefusal(ledger.list(FULL)).kind();
    assertThat(first).isIn(Kind.UNAVAILABLE, Kind.TOO_LARGE);

    // One that is asked before the loss of the connection was noticed is lost with it.
    LedgerException second;
    int asked = 0;
    do {
      RealTime.until("a connection again", () -> ledger.session().isConnected());
      second = RealTime.awaitRefusal(ledger.list(FULL));
    } while (second.kind() == Kind.UNAVAILABLE && ++asked < 5);
    assertThat(second.kind()).isEqualTo(Kind.TOO_LARGE);
    assertThat(second).hasMessageContaining(FULL + ": it has " + CHILDREN + " nodes");
    // The second question may have been asked before the loss of the connection was told.
    RealTime.until("a connection for good", () -> ledger.session().isConnected());
    isUsable(ledger);
    assertThat(ledger.session().id()).isEqualTo(session);
  }

  @Test
  void aListingThatOnlyNobodyWantsToReadIsRefusedAtOnce() {
    int length = 11;
    assertThat(CHILDREN * (length + NAME_OVERHEAD))
        .as("more than ZooKeeper's client takes by default")
        .isGreaterThan(0xfffff);
    ZooKeeperLedger ledger = fill(length);
    List<Session> told = new CopyOnWriteArrayList<>();
    try (var listener = ledger.onSession(told::add)) {
      assertThat(listener).isNotNull();
      Session session = ledger.session();

      LedgerException refusal = RealTime.awaitRefusal(ledger.list(FULL));
      assertThat(refusal.kind()).isEqualTo(Kind.TOO_LARGE);
      isUsable(ledger);
      assertThat(told).as("the connection stayed").containsExactly(session);
    }
  }

  /** A ledger, and a node with many others below it whose names are so long. */
  private ZooKeeperLedger fill(int length) {
    ZooKeeperLedger ledger =
        ledgers.connected(ZooKeeperSettings.of(server.connectString(), "oversize")
            .sessionTimeout(TestServer.LONGEST_SESSION)
            .build());
    List<CompletionStage<CommitResult>> commits = new ArrayList<>();
    commits.add(ledger.commit(Transaction.builder().create(FULL, Bytes.NONE).build()));
    for (int first = 0; first < CHILDREN; first += Transaction.MOST_STEPS) {
      Transaction.Builder steps = Transaction.builder();
      for (int i = first; i < first + Transaction.MOST_STEPS; i++) {
        String number = Integer.toString(i);
        steps.create(FULL.child("n".repeat(length - number.length()) + number), Bytes.NONE);
      }
      commits.add(ledger.commit(steps.build()));
    }
    commits.forEach(commit -> assertThat(RealTime.await(commit)).isEqualTo(CommitResult.APPLIED));
    return ledger;
  }

  private static void isUsable(ZooKeeperLedger ledger) {
    assertThat(RealTime.await(ledger.read(FULL))).map(Node::children).contains(CHILDREN);
    assertThat(RealTime.await(ledger.list(NodePath.ROOT))).contains(List.of("full"));
    assertThat(RealTime.await(ledger.commit(
            Transaction.builder().create(NodePath.of("/other"), Bytes.NONE).build())))
        .isEqualTo(CommitResult.APPLIED);
  }
}
