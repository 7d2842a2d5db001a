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

  /** What belongs to one bucket. */
  static final class Share {
    private final List<Entry> entries = new ArrayList<>();
    private long bytes;

    private void add(Entry entry, boolean group) {
      entries.add(entry);
      bytes += Gauge.more(entry, group);
    }

    List<Entry> entries() {
      return entries;
    }

    /** Bytes that it takes beside others, about: an upper estimate, but for what many revisions take. */
    long bytes() {
      return bytes;
    }
  }

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
    var divided = new TreeMap<Integer, Share>();
    Entry before = null;
    Share share = null;
    for (Entry entry : entries) {
      boolean sameJob = before != null && before.job().equals(entry.job());
      if (share == null || !sameJob) { // those of a job stand together
        share = divided.computeIfAbsent(Layout.bucket(entry.job()), bucket -> new Share());
      }
      share.add(entry, !sameJob || !isOfOneGroup(before, entry));
      before = entry;
    }
    return Collections.unmodifiableSortedMap(divided);
  }

  private static boolean isOfOneGroup(@Nullable Entry one, Entry other) {
    return one != null
        && one.generation() == other.generation()
        && revision(one) == revision(other);
  }

  private static int revision(Entry entry) {
    return entry instanceof Entry.Run run ? run.revision() : -1;
  }
}
