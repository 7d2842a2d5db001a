package io.shardkeeper.engine;

import io.shardkeeper.core.ledger.Ledger;
import io.shardkeeper.core.loop.Loop;

/** What tests see of an instance, and applications do not. */
public final class Insides {
  private Insides() {}

  /** The ledger that it works with. */
  public static Ledger ledger(Shardkeeper shardkeeper) {
    return shardkeeper.ledger();
  }

  /** The loop on which it thinks. */
  public static Loop loop(Shardkeeper shardkeeper) {
    return shardkeeper.loop();
  }

  /** How often its watchdog has ended a session. */
  public static int barks(Shardkeeper shardkeeper) {
    return shardkeeper.watchdog().barks();
  }
}
