package io.shardkeeper.view;

import java.util.Collections;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * A node that runs jobs, as it registered.
 *
 * @param id never used again
 * @param name stable over restarts
 * @param host where it runs
 * @param handlers the handlers that it offers, with what each of them does
 * @param labels what filters ask for
 * @param slots how many executions it runs at the same time
 * @param version of the application
 * @param draining whether it takes nothing new, because it is leaving
 * @param mistake why what it says of itself cannot be read; usually empty
 */
public record InstanceView(
    String id,
    String name,
    String host,
    SortedMap<String, String> handlers,
    SortedMap<String, String> labels,
    int slots,
    String version,
    boolean draining,
    String mistake) {
  /** Copies the maps. */
  public InstanceView {
    handlers = Collections.unmodifiableSortedMap(new TreeMap<>(handlers));
    labels = Collections.unmodifiableSortedMap(new TreeMap<>(labels));
  }
}
