package io.shardkeeper.listener;

import io.shardkeeper.run.TraceContext;
import java.time.Instant;

/**
 * One try of one shard, on this instance.
 *
 * @param run which run
 * @param job the job
 * @param handler the handler that is called
 * @param scheduledAt when the run was due
 * @param shard which shard; the first is 0
 * @param shards how many shards the whole run has
 * @param attempt the number of the try; the first is 1
 * @param token grows with every execution of the shard
 * @param trace to which trace it belongs: that of whoever asked for the run, else one of the run; never empty
 */
public record ExecutionView(
    String run,
    String job,
    String handler,
    Instant scheduledAt,
    int shard,
    int shards,
    int attempt,
    long token,
    TraceContext trace) {}
