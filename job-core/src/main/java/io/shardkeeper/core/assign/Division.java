package io.shardkeeper.core.assign;

import io.shardkeeper.job.Sharding;

/**
 * Into which shards a run is divided.
 *
 * @param total how many there are
 * @param bound whether shard i belongs to the i-th eligible instance, in the order of ids, so that no route is asked
 */
public record Division(int total, boolean bound) {
  private static final Division WHOLE = new Division(1, false);

  /** Checks the number. */
  public Division {
    if (total < 0) {
      throw new IllegalArgumentException(
          "A run cannot be divided into " + total + " shards; the fewest are none");
    }
  }

  /** The division of a run that is planned while so many instances are eligible. */
  public static Division of(Sharding sharding, int eligible) {
    if (sharding instanceof Sharding.Fixed fixed) {
      return new Division(fixed.total(), false);
    }
    boolean each = sharding instanceof Sharding.All
        || (sharding instanceof Sharding.Filtered filtered && filtered.each());
    return each ? new Division(eligible, true) : WHOLE;
  }
}
