package io.shardkeeper.core.ledger;

import io.shardkeeper.contract.LedgerContract;
import io.shardkeeper.contract.SimulatedWorld;
import io.shardkeeper.contract.World;

/** The simulated ledger keeps the contract while nothing goes wrong, with messages that take their time and servers that lag. */
final class SimulatedLedgerTest extends LedgerContract {
  private static final long SEED = Long.getLong("shardkeeper.seed", 20_261_121);

  @Override
  protected World newWorld() {
    return new SimulatedWorld(SEED, SimulatedWorld.Weather.CALM);
  }
}
