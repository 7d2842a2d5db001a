package io.shardkeeper.view;

/**
 * Some of what a shard has logged. Where something is missing, because it is kept nowhere where one could ask, a line in brackets says so; it counts in no
 * number.
 *
 * @param runId of which run
 * @param shard of which of its shards
 * @param attempt of which try; behind a page of an earlier one, it is here that this one begins
 * @param instance which instance told it; empty if that is gone, and this is the end of it that came with the outcome, or says what is missing
 * @param offset the byte of the try at which the text begins
 * @param text the text; empty behind the end
 * @param next where the next page begins
 * @param size how many bytes the try has logged up to this moment, those that are missing included
 * @param complete whether the text reaches the end, and nothing more comes: the outcome of the shard is known, and this is its last try or the only one
 *     that was asked for
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
