package io.shardkeeper.listener;

import io.shardkeeper.run.Origin;
import java.time.Instant;
import java.util.Map;

/**
 * A run that begins.
 *
 * @param id which run
 * @param job the job
 * @param scheduledAt when it is due
 * @param shards how many of its shards are to be done: all of them, unless a request asked for some
 * @param parameters what the request for it says instead of, or beside, what the job says
 * @param origin what else the request says
 */
public record RunBegin(
    String id,
    String job,
    Instant scheduledAt,
    int shards,
    Map<String, String> parameters,
    Origin origin) {
  /** Copies the parameters. */
  public RunBegin {
    parameters = Map.copyOf(parameters);
  }
}
