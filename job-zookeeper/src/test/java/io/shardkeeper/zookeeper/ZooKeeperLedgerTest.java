package io.shardkeeper.zookeeper;

import io.shardkeeper.contract.LedgerContract;
import io.shardkeeper.contract.World;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;

/** The ledger on a real ZooKeeper keeps the contract. */
final class ZooKeeperLedgerTest extends LedgerContract {
  private static TestServer server;

  @BeforeAll
  static void start(@TempDir Path directory) {
    server = TestServer.start(directory);
  }

  @AfterAll
  static void stop() {
    server.close();
  }

  @Override
  protected World newWorld() {
    return new ZooKeeperWorld(server);
  }
}
