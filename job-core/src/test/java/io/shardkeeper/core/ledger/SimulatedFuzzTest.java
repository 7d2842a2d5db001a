package io.shardkeeper.core.ledger;

import io.shardkeeper.contract.LedgerFuzz;
import io.shardkeeper.contract.MemoryWorld;
import io.shardkeeper.contract.SimulatedWorld;
import io.shardkeeper.contract.SimulatedWorld.Weather;
import org.junit.jupiter.api.Test;

final class SimulatedFuzzTest {
  private static final long SEED = Long.getLong("shardkeeper.seed", 20_261_121);

  @Test
  void theSimulatedLedgerAnswersAsTheOneInMemory() {
    LedgerFuzz.play(SEED, 100_000, new MemoryWorld(), new SimulatedWorld(SEED, Weather.CALM));
  }
}
