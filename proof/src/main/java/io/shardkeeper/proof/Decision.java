package io.shardkeeper.proof;

import io.shardkeeper.run.Outcome;
import java.util.List;

/**
 * What the history tells of one fire. Of a stretch of fires that were decided alike, there is one for each of them.
 *
 * @param job the job
 * @param fire when it was due, in milliseconds of the epoch
 * @param run the id of the run; empty if it is of a stretch
 * @param outcome how it ended
 * @param reason why
 * @param parts what became of its shards
 * @param decided when it was decided, in milliseconds of the epoch
 */
record Decision(
    String job,
    long fire,
    String run,
    Outcome outcome,
    String reason,
    List<Part> parts,
    long decided) {
  Decision {
    parts = List.copyOf(parts);
  }

  /**
   * What became of a shard.
   *
   * @param shard which one
   * @param attempt its last try
   * @param outcome how it ended
   * @param text what the handler answered, or why it did not
   */
  record Part(int shard, int attempt, Outcome outcome, String text) {}
}
