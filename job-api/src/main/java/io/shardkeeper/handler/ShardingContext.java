package io.shardkeeper.handler;

/** What a sharding handler sees of the execution it is in. */
public interface ShardingContext extends JobContext {
  /** The part of the run that is to be done. */
  Shard shard();
}
