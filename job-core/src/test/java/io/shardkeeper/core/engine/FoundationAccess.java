package io.shardkeeper.core.engine;

import io.shardkeeper.core.ledger.Ledger;
import java.util.concurrent.CompletionStage;

/** Lets tests lay the foundation of a namespace. */
public final class FoundationAccess {
  private FoundationAccess() {}

  public static CompletionStage<?> lay(Ledger ledger) {
    return Foundation.lay(ledger);
  }
}
