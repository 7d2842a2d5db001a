package io.shardkeeper.view;

/**
 * Some of what a shard has logged.
 *
 * @param runId of which run
 * @param shard of which of its shards
 * @param attempt of which try
 * @param instance on which instance it is kept; empty if that is gone, and this is the end of it that came with the outcome
 * @param offset the byte at which the text begins
 * @param text the text; empty behind the end
 * @param next where the next page begins
 * @param size how many bytes there are at this moment
 * @param complete whether the text reaches the end, and nothing more comes
 */
public record LogPage(
    String runId,
    int shard,
    int attempt,
    String instance,
    long offset,
    String text,
    long next,
    long size,
    boolean complete) {}
