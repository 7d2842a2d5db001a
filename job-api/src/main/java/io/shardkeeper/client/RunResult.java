package io.shardkeeper.client;

import io.shardkeeper.run.Outcome;

/**
 * How a run ended.
 *
 * @param runId which run
 * @param outcome how it ended, all shards together
 * @param text of a run of one shard its result, or why it failed; of others why they did not succeed, in a sentence
 */
public record RunResult(String runId, Outcome outcome, String text) {}
