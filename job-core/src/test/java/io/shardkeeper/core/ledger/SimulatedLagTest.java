package io.shardkeeper.core.ledger;

import io.shardkeeper.contract.LaggingWorld;
import io.shardkeeper.contract.LedgerLagContract;
import io.shardkeeper.contract.SimulatedWorld;

/** A simulated server lags as a real one does. */
final class SimulatedLagTest extends LedgerLagContract {
  private static final long SEED = Long.getLong("shardkeeper.seed", 20_261_121);

  @Override
  protected LaggingWorld newWorld() {
    return new SimulatedWorld(SEED, SimulatedWorld.Weather.CALM);
  }
}
