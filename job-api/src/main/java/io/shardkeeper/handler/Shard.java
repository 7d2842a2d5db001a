package io.shardkeeper.handler;

import java.util.Objects;

/** One part of a run. Shard 0 of 1 is a run that is not sharded. */
public record Shard(int index, int total, String parameter) {
  /** Checks the index. */
  public Shard {
    if (index < 0 || index >= total) {
      throw new IllegalArgumentException(
          "No shard " + index + " of " + total + ": the index runs from 0 to total - 1");
    }
    Objects.requireNonNull(parameter, "parameter");
  }

  /**
   * Whether a numbered thing belongs to this shard, when all of them are dealt out like cards. Shard 1 of 3 owns 1, 4, 7 and so
   * on; each number has exactly one owner, negative ones too.
   */
  public boolean owns(long number) {
    return Math.floorMod(number, (long) total) == index;
  }
}
