package io.shardkeeper.engine;

import io.shardkeeper.core.ledger.Ledger;
import io.shardkeeper.core.loop.Loop;
import java.util.function.UnaryOperator;

/** What tests see of an instance, and applications do not. */
public final class Insides {
  private Insides() {}

  /** The ledger that it works with. */
  public static Ledger ledger(Shardkeeper shardkeeper) {
    return shardkeeper.ledger();
  }

  /** Puts something between an instance that is to be started and the ledger that it works with. */
  public static void between(Shardkeeper.Builder builder, UnaryOperator<Ledger> put) {
    builder.between(put);
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
