package io.shardkeeper.zookeeper;

import io.shardkeeper.contract.LaggingWorld;
import io.shardkeeper.contract.LedgerLagContract;
import io.shardkeeper.core.ledger.Ledger;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What a follower that was cut from its leader tells. */
@Timeout(300)
final class LagTest extends LedgerLagContract {
  private static TestEnsemble ensemble;

  @BeforeAll
  static void start(@TempDir Path directory) throws Exception {
    ensemble = TestEnsemble.start(directory);
  }

  @AfterAll
  static void stop() throws Exception {
    ensemble.close();
  }

  @Override
  protected LaggingWorld newWorld() throws Exception {
    return new Followed(ensemble.leader(), ensemble.followers().get(0));
  }

  /** Ledgers on the leader, and one on a follower. */
  private static final class Followed implements LaggingWorld {
    /** Longer than a follower is ever held: nobody hears of its clients meanwhile. */
    private static final Duration SESSION = TestServer.LONGEST_SESSION;

    private static final AtomicInteger NAMESPACES = new AtomicInteger();

    private final String namespace = "lag-" + NAMESPACES.incrementAndGet();
    private final TestLedgers ledgers = new TestLedgers();
    private final int leader;
    private final int follower;

    Followed(int leader, int follower) {
      this.leader = leader;
      this.follower = follower;
    }

    @Override
    public Ledger open() {
      return openOn(leader);
    }

    @Override
    public Ledger openLagging() {
      Ledger ledger = openOn(follower);
      await(ledger.barrier());
      ensemble.holdFollower(follower);
      return ledger;
    }

    @Override
    public void catchUp() {
      ensemble.releaseFollower(follower);
    }

    private Ledger openOn(int server) {
      return ledgers.connected(ZooKeeperSettings.of(ensemble.connectString(server), namespace)
          .sessionTimeout(SESSION)
          .build());
    }

    @Override
    public <T> T await(CompletionStage<T> stage) {
      return RealTime.await(stage);
    }

    @Override
    public void until(String what, BooleanSupplier isSo) {
      RealTime.until(what, isSo);
    }

    @Override
    public void reapContainers() {
      // The servers do it by themselves.
    }

    @Override
    public void close() {
      ledgers.close();
    }
  }
}
