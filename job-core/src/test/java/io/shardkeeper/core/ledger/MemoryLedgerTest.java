package io.shardkeeper.core.ledger;

import io.shardkeeper.contract.LedgerContract;
import io.shardkeeper.contract.MemoryWorld;
import io.shardkeeper.contract.World;

/** The ledger in memory keeps the contract. */
final class MemoryLedgerTest extends LedgerContract {
  @Override
  protected World newWorld() {
    return new MemoryWorld();
  }
}
