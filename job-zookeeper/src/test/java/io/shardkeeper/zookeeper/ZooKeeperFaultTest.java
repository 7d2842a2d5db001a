package io.shardkeeper.zookeeper;

import io.shardkeeper.contract.FaultyWorld;
import io.shardkeeper.contract.LedgerFaultContract;
import java.nio.file.Path;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;

/** What the simulation does to a ledger, done to a real one, each time on a server of its own. */
@Execution(ExecutionMode.CONCURRENT)
final class ZooKeeperFaultTest extends LedgerFaultContract {
  @TempDir
  private Path directory;

  @Override
  protected FaultyWorld newWorld() {
    return ZooKeeperWorld.in(directory);
  }
}
