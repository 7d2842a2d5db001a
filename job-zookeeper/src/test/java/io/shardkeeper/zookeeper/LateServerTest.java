package io.shardkeeper.zookeeper;

import static org.assertj.core.api.Assertions.assertThat;

import io.shardkeeper.core.ledger.Bytes;
import io.shardkeeper.core.ledger.CommitResult;
import io.shardkeeper.core.ledger.Hint;
import io.shardkeeper.core.ledger.LedgerException.Kind;
import io.shardkeeper.core.ledger.NodePath;
import io.shardkeeper.core.ledger.Session;
import io.shardkeeper.core.ledger.Session.Standing;
import io.shardkeeper.core.ledger.Transaction;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A ledger may be there before its ZooKeeper is. */
@Timeout(300)
final class LateServerTest {
  private static final NodePath A = NodePath.of("/a");
  private static final Transaction CREATE =
      Transaction.builder().create(A, Bytes.NONE).build();

  private final TestLedgers ledgers = new TestLedgers();

  @AfterEach
  void close() {
    ledgers.close();
  }

  @Test
  void aLedgerWaitsForAServerThatStartsLater(@TempDir Path directory) {
    try (TestServer server = TestServer.start(directory)) {
      server.stop(); // its port is known now, and nobody listens there
      ZooKeeperLedger ledger =
          ledgers.open(ZooKeeperSettings.of(server.connectString(), "late").build());
      List<Hint> hints = new CopyOnWriteArrayList<>();
      List<Session> told = new CopyOnWriteArrayList<>();
      try (var watch = ledger.watch(A, hints::add);
          var listener = ledger.onSession(told::add)) {
        assertThat(watch).isNotSameAs(listener);
        doesNotKnow(ledger);
        assertThat(hints).isEmpty();

        server.restart();
        RealTime.until("a connection", () -> ledger.session().isConnected());
        RealTime.until("the first hint", () -> hints.contains(new Hint(A, true)));
        assertThat(RealTime.await(ledger.read(A)))
            .as("what was committed before was never sent")
            .isEmpty();
        assertThat(RealTime.await(ledger.commit(CREATE))).isEqualTo(CommitResult.APPLIED);
        assertThat(told).first().isEqualTo(Session.NONE);
        assertThat(told).last().isEqualTo(ledger.session());
      }
    }
  }

  @Test
  void aNameThatNobodyKnowsIsWaitedForToo() {
    ZooKeeperLedger ledger =
        ledgers.open(ZooKeeperSettings.of("zookeeper.invalid:2181", "late").build());
    doesNotKnow(ledger);
    ledger.close();
    assertThat(ledger.session().standing()).isEqualTo(Standing.CLOSED);
    assertThat(RealTime.awaitRefusal(ledger.read(A)).kind()).isEqualTo(Kind.CLOSED);
  }

  private static void doesNotKnow(ZooKeeperLedger ledger) {
    assertThat(ledger.session()).isEqualTo(Session.NONE);
    assertThat(RealTime.await(ledger.commit(CREATE))).isEqualTo(CommitResult.UNKNOWN);
    assertThat(RealTime.awaitRefusal(ledger.read(A)).kind()).isEqualTo(Kind.UNAVAILABLE);
    assertThat(RealTime.awaitRefusal(ledger.list(A)).kind()).isEqualTo(Kind.UNAVAILABLE);
    assertThat(RealTime.awaitRefusal(ledger.barrier()).kind()).isEqualTo(Kind.UNAVAILABLE);
  }
}
