package io.shardkeeper.zookeeper;

import io.shardkeeper.contract.LedgerFuzz;
import io.shardkeeper.contract.MemoryWorld;
import io.shardkeeper.contract.SimulatedWorld;
import io.shardkeeper.contract.SimulatedWorld.Weather;
import java.nio.file.Path;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** ZooKeeper, the simulation and the memory answer the same to everything. */
final class ZooKeeperFuzzTest {
  private static final long SEED = Long.getLong("shardkeeper.seed", 20_261_121);

  @TempDir
  private Path directory;

  @Test
  void aHundredThousandOperationsHaveTheSameAnswersEverywhere() {
    play(100_000);
  }

  @Test
  @Tag("soak")
  void aMillionOperationsHaveTheSameAnswersEverywhere() {
    play(1_000_000);
  }

  private void play(int operations) {
    try (ZooKeeperWorld real = ZooKeeperWorld.in(directory)) {
      LedgerFuzz.play(
          SEED, operations, new MemoryWorld(), new SimulatedWorld(SEED, Weather.CALM), real);
    }
  }
}
