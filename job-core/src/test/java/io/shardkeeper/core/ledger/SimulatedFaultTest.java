package io.shardkeeper.core.ledger;

import io.shardkeeper.contract.FaultyWorld;
import io.shardkeeper.contract.LedgerFaultContract;
import io.shardkeeper.contract.SimulatedWorld;

/** The faults of the simulated ledger are those of a real one. */
final class SimulatedFaultTest extends LedgerFaultContract {
  private static final long SEED = Long.getLong("shardkeeper.seed", 20_261_121);

  @Override
  protected FaultyWorld newWorld() {
    return new SimulatedWorld(SEED, SimulatedWorld.Weather.CALM);
  }
}
