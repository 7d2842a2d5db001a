package io.shardkeeper.core.layout;

/**
 * What may not overlap: all executions of one shard of a job, or, where the job allows some at the same time, of one track of it.
 * Everything open of a lane is with one instance.
 */
public record Lane(String job, long generation, int shard, int track) {}
