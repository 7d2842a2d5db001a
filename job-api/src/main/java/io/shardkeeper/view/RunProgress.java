package io.shardkeeper.view;

import java.util.List;

/**
 * How far a run is, by what its handlers say.
 *
 * @param runId which run
 * @param shards those that run at this moment, in order
 */
public record RunProgress(String runId, List<ShardProgress> shards) {
  /** Copies the list. */
  public RunProgress {
    shards = List.copyOf(shards);
  }

  /**
   * The last that the handler of a shard said; zero and empty if it said nothing.
   *
   * @param shard which one
   * @param attempt which try
   * @param instance where it runs
   * @param done so many items are done
   * @param total of so many
   * @param note what is going on
   */
  public record ShardProgress(
      int shard, int attempt, String instance, long done, long total, String note) {}
}
