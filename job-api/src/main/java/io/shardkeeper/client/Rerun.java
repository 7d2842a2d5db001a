package io.shardkeeper.client;

import io.shardkeeper.job.Limits;

/**
 * That a run that has ended is to be done again: as a new run with the same parameters, about the data of the same time, which names the old one.
 * It has a trace of its own, whatever trace the old one belonged to. Immutable: each method answers another one.
 *
 * @param runId which run
 * @param onlyFailed whether only those of its shards that did not succeed
 * @param instance the id or the name of the only instance that may have it; empty if any may
 * @param key a name by which a request that is made again is recognised, for a day; empty if it has none
 */
public record Rerun(String runId, boolean onlyFailed, String instance, String key) {
  /** Checks the names. */
  public Rerun {
    if (!instance.isEmpty()) {
      Limits.checkName("An instance", instance);
    }
    if (key.length() > RunRequest.KEY) {
      throw new IllegalArgumentException("A request to do run '" + runId + "' again has a key of "
          + key.length() + " characters; at most " + RunRequest.KEY);
    }
    Limits.checkText("The key of a request", key);
  }

  /** A run, as a whole. */
  public static Rerun of(String runId) {
    return new Rerun(runId, false, "", "");
  }

  /** Only the shards that did not succeed. */
  public Rerun onlyFailedShards() {
    return new Rerun(runId, true, instance, key);
  }

  /** On one instance, by its id or its name. */
  public Rerun on(String one) {
    return new Rerun(runId, onlyFailed, one, key);
  }

  /** With a name by which it is recognised if it is made again. */
  public Rerun key(String name) {
    return new Rerun(runId, onlyFailed, instance, name);
  }
}
