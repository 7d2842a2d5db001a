package io.shardkeeper.core.plan;

import io.shardkeeper.core.layout.Assignment;
import io.shardkeeper.core.layout.Instance;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** The instances that the coordinator knows, and what is open with each of them. */
final class Fleet {
  private final Map<String, Instance> living = new TreeMap<>();
  private final Map<Long, Open> open = new HashMap<>();
  private final Map<String, SortedSet<Long>> byInstance = new HashMap<>();
  private List<Instance> taking = List.of();
  private long version;

  /**
   * An assignment that an instance has.
   *
   * @param busy whether it has ended, but its handler has not returned
   */
  record Open(Assignment what, String instance, boolean busy) {}

  /** Grows whenever other instances may be eligible. */
  long version() {
    return version;
  }

  /** The instances that take something new, by id. */
  List<Instance> taking() {
    return taking;
  }

  @Nullable
  Instance find(String id) {
    return living.get(id);
  }

  Collection<Instance> living() {
    return Collections.unmodifiableCollection(living.values());
  }

  /** Whether this changes who is eligible. */
  boolean put(Instance instance) {
    Instance before = living.put(instance.id(), instance);
    return !instance.equals(before) && changed();
  }

  boolean remove(String id) {
    return living.remove(id) != null && changed();
  }

  private boolean changed() {
    version++;
    List<Instance> now = new ArrayList<>(living.values());
    now.removeIf(Instance::draining);
    taking = List.copyOf(now);
    return true;
  }

  void give(String instance, Assignment what) {
    open.put(what.token(), new Open(what, instance, false));
    byInstance.computeIfAbsent(instance, id -> new TreeSet<>()).add(what.token());
  }

  void busy(Open card) {
    open.put(card.what().token(), new Open(card.what(), card.instance(), true));
  }

  @Nullable
  Open find(long token) {
    return open.get(token);
  }

  void take(Open card) {
    open.remove(card.what().token());
    SortedSet<Long> tokens = byInstance.get(card.instance());
    if (tokens != null && tokens.remove(card.what().token()) && tokens.isEmpty()) {
      byInstance.remove(card.instance());
    }
  }

  /** How much is open with an instance. */
  int load(String id) {
    SortedSet<Long> tokens = byInstance.get(id);
    return tokens == null ? 0 : tokens.size();
  }

  /** What is open with an instance, in the order of tokens. */
  List<Open> openOf(String id) {
    List<Open> all = new ArrayList<>();
    for (long token : byInstance.getOrDefault(id, Collections.emptySortedSet())) {
      Open card = open.get(token);
      if (card != null) {
        all.add(card);
      }
    }
    return all;
  }

  /** Instances with which something is open. */
  SortedSet<String> holders() {
    return new TreeSet<>(byInstance.keySet());
  }

  int openCount() {
    return open.size();
  }
}
