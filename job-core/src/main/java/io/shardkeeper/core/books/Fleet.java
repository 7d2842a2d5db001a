package io.shardkeeper.core.books;

import io.shardkeeper.core.layout.Assignment;
import io.shardkeeper.core.layout.Instance;
import io.shardkeeper.core.layout.Lane;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** The instances that the coordinator knows, and what is open with each of them. */
public final class Fleet {
  private final Map<String, Instance> living = new TreeMap<>();
  private final Map<Long, Open> open = new HashMap<>();
  private final Map<String, Set<Long>> byInstance = new HashMap<>();
  private final Map<String, Set<Long>> busyByJob = new HashMap<>();
  private List<Instance> taking = List.of();
  private int loadOfTaking;
  private long version;

  /** Nobody is there. */
  public Fleet() {}

  /**
   * An assignment that an instance has.
   *
   * @param busy whether it has ended, but its handler has not returned
   */
  public record Open(Assignment what, String instance, boolean busy) {}

  /** Grows whenever other instances may be eligible. */
  public long version() {
    return version;
  }

  /** The instances that take something new, by id. */
  public List<Instance> taking() {
    return taking;
  }

  public @Nullable Instance find(String id) {
    return living.get(id);
  }

  /** Whether this changes who is eligible. */
  public boolean put(Instance instance) {
    Instance before = living.put(instance.id(), instance);
    return !instance.equals(before) && changed();
  }

  public boolean remove(String id) {
    return living.remove(id) != null && changed();
  }

  private boolean changed() {
    version++;
    List<Instance> now = new ArrayList<>(living.values());
    now.removeIf(Instance::draining);
    taking = List.copyOf(now);
    loadOfTaking = taking.stream().mapToInt(instance -> load(instance.id())).sum();
    return true;
  }

  private boolean isTaking(String id) {
    Instance instance = living.get(id);
    return instance != null && !instance.draining();
  }

  public void give(String instance, Assignment what) {
    open.put(what.token(), new Open(what, instance, false));
    boolean more = byInstance.computeIfAbsent(instance, id -> new HashSet<>()).add(what.token());
    loadOfTaking += more && isTaking(instance) ? 1 : 0;
  }

  public void busy(Open card) {
    open.put(card.what().token(), new Open(card.what(), card.instance(), true));
    busyByJob
        .computeIfAbsent(card.what().run().id().job(), job -> new LinkedHashSet<>())
        .add(card.what().token());
  }

  /** What has ended of a job, and of which the handler has not returned. */
  public List<Open> busyOf(String job, long generation) {
    return busyByJob.getOrDefault(job, Set.of()).stream()
        .flatMap(token -> Stream.ofNullable(open.get(token)))
        .filter(one -> one.what().run().id().isOf(job, generation))
        .toList();
  }

  public @Nullable Open find(long token) {
    return open.get(token);
  }

  public void take(Open card) {
    open.remove(card.what().token());
    busyByJob.computeIfPresent(card.what().run().id().job(), (job, tokens) -> {
      tokens.remove(card.what().token());
      return tokens.isEmpty() ? null : tokens;
    });
    Set<Long> tokens = byInstance.get(card.instance());
    if (tokens == null || !tokens.remove(card.what().token())) {
      return;
    }
    loadOfTaking -= isTaking(card.instance()) ? 1 : 0;
    if (tokens.isEmpty()) {
      byInstance.remove(card.instance());
    }
  }

  /** How much is open with those who take something, of so much with each at most: from 0 to 1. */
  public double fullness(int limit) {
    return taking.isEmpty() ? 0 : Math.min(1.0, loadOfTaking / ((double) limit * taking.size()));
  }

  /** How much is open with an instance. */
  public int load(String id) {
    Set<Long> tokens = byInstance.get(id);
    return tokens == null ? 0 : tokens.size();
  }

  /** What is open with an instance, in the order of tokens. */
  public List<Open> openOf(String id) {
    List<Open> all = new ArrayList<>();
    for (long token : new TreeSet<>(byInstance.getOrDefault(id, Set.of()))) {
      Open card = open.get(token);
      if (card != null) {
        all.add(card);
      }
    }
    return all;
  }

  /** What is open of a lane, if that is with an instance. */
  public List<Open> openOf(String id, Lane lane) {
    return byInstance.getOrDefault(id, Set.of()).stream()
        .flatMap(token -> Stream.ofNullable(open.get(token)))
        .filter(one -> one.what().lane().equals(lane))
        .toList();
  }

  /** Instances with which something is open. */
  public SortedSet<String> holders() {
    return new TreeSet<>(byInstance.keySet());
  }
}
