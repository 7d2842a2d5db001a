package io.shardkeeper.contract;

import io.shardkeeper.core.ledger.Ledger;

/** A world of several servers, one of which can be kept from learning what the others have decided. */
public interface LaggingWorld extends World {
  /** A ledger on a server to which, from now on, nothing comes from the others until it catches up. Other ledgers are not on it. */
  Ledger openLagging();

  /** The server that lagged lags no more. */
  void catchUp();
}
