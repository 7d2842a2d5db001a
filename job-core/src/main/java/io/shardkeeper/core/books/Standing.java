package io.shardkeeper.core.books;

import io.shardkeeper.core.layout.RunPlan;
import io.shardkeeper.core.ledger.Bytes;

/**
 * What the stored standing of a run tells to those who only look.
 *
 * @param plan the run
 * @param open how many of its shards have no outcome yet
 * @param killed whether it is being ended by request
 */
public record Standing(RunPlan plan, int open, boolean killed) {
  /**
   * Reads a node of {@code /runs}.
   *
   * @throws IllegalArgumentException if it cannot be read
   */
  public static Standing read(Bytes data) {
    RunCard card = RunCard.read(data);
    return new Standing(card.plan(), card.open().cardinality(), card.ending().isPresent());
  }
}
