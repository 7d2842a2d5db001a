package io.shardkeeper.routing;

import java.util.Map;

/**
 * An instance that may have a shard.
 *
 * @param id never used again
 * @param name stable over restarts
 * @param host where it runs
 * @param labels what it says of itself
 * @param slots how many executions it runs at the same time
 * @param open how many assignments it has that have not ended, those included that are not due yet
 */
public record Candidate(
    String id, String name, String host, Map<String, String> labels, int slots, int open) {
  /** Copies the labels. */
  public Candidate {
    labels = Map.copyOf(labels);
  }

  /** Whether each of its slots is taken, or will be. */
  public boolean isBusy() {
    return open >= slots;
  }
}
