package io.shardkeeper.client;

/** What {@link JobClient#stat} tells of. */
public enum Stat {
  /** Jobs; with {@code job}, that one, with its next fires. */
  JOB,
  /** Runs; with {@code run}, that one, with its shards; with {@code job}, the latest of the job, as many as {@code most} says. */
  RUN,
  /** The end of what a shard of a {@code run} has logged; with {@code shard}, of that one instead of the first. */
  LOG,
  /** Instances that live; with {@code instance}, the one of that id or name. */
  INSTANCE,
  /** Handlers and who offers them; with {@code handler}, that one. */
  HANDLERS
}
