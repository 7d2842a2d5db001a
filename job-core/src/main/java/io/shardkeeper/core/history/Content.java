package io.shardkeeper.core.history;

import io.shardkeeper.core.layout.Layout;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** The entries of a segment, in their order. It remembers which of them belong to which bucket once it was asked. Not for several threads. */
public final class Content {
  private final List<Entry> entries;
  private @Nullable SortedMap<Integer, Share> shares;

  /**
   * What belongs to one bucket.
   *
   * @param bytes that it takes when it is written, at most
   */
  record Share(List<Entry> entries, long bytes) {}

  /** Copies the list. */
  public Content(List<? extends Entry> entries) {
    this.entries = List.copyOf(entries);
  }

  /** All of them. */
  public List<Entry> entries() {
    return entries;
  }

  /** What belongs to each bucket. */
  SortedMap<Integer, Share> shares() {
    SortedMap<Integer, Share> known = shares;
    if (known == null) {
      known = divided();
      shares = known;
    }
    return known;
  }

  private SortedMap<Integer, Share> divided() {
    var lists = new TreeMap<Integer, List<Entry>>();
    String job = "";
    List<Entry> list = new ArrayList<>();
    for (Entry entry : entries) {
      if (!entry.job().equals(job)) { // those of a job stand together
        job = entry.job();
        list = lists.computeIfAbsent(Layout.bucket(job), bucket -> new ArrayList<>());
      }
      list.add(entry);
    }
    var divided = new TreeMap<Integer, Share>();
    lists.forEach((bucket, of) -> divided.put(bucket, new Share(of, Segment.bytes(of))));
    return Collections.unmodifiableSortedMap(divided);
  }
}
