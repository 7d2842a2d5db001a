package io.shardkeeper.listener;

import io.shardkeeper.run.Outcome;

/**
 * What a handler made of an execution, as its thread knows it.
 *
 * @param outcome {@code SUCCEEDED} or {@code FAILED} if nobody wanted it to end; {@code TIMED_OUT}, {@code KILLED} or {@code COVERED} if somebody did, whatever
 *     the handler returned; {@code LOST} if the instance may have lost its session or is leaving, and the shard moves on. If somebody wants it to end in this
 *     very moment, another outcome may count
 * @param text the result, or the reason of the failure: an exception with the first of its frames
 */
public record ExecutionEnd(Outcome outcome, String text) {}
