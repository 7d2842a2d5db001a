package io.shardkeeper.core.history;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * The new segments of one bucket: what it holds, what comes to it, and what of both is kept.
 *
 * <p>A bucket that fits into a transaction is written anew as a whole. Of a larger one those segments are written anew that hold the most
 * of what is no longer kept, and small ones; the others stay where they are, with entries in them that are kept no longer and hidden from
 * readers by the same rule.
 */
final class Rewrite {
  private final List<Compaction.Held> old;
  private final Map<SegmentName, Content> contents;
  private final List<Entry> news;
  private final SortedMap<String, Retention.Line> lines;

  /**
   * Decides how much is kept.
   *
   * @param old the segments of the bucket
   * @param contents what is in them
   * @param news what comes to them
   * @param ceiling bytes that the bucket may have; a larger one keeps a smaller share of each job's last N
   */
  Rewrite(
      List<Compaction.Held> old,
      Map<SegmentName, Content> contents,
      List<Entry> news,
      Function<String, Retention> retentions,
      long ceiling) {
    this.old = old;
    this.contents = contents;
    this.news = news;
    var all = new ArrayList<>(news);
    old.forEach(
        segment -> all.addAll(Compaction.content(contents, segment.name()).entries()));
    SortedMap<String, List<Entry>> jobs = byJob(all);
    double share = 1;
    var lines = lines(jobs, retentions, share);
    long size = ceiling == Long.MAX_VALUE ? 0 : size(keep(jobs, lines));
    while (size > ceiling && share > 0) {
      // Estimates run high, and sums do not shrink: go down in steps that are neither tiny nor
      // huge.
      share *= Math.min(0.9, Math.max(0.5, (double) ceiling / size));
      share = share < Retention.LEAST_SHARE / 2 ? 0 : share;
      double part = share;
      lines = lines(jobs, job -> retentions.apply(job).times(part), share);
      size = size(keep(jobs, lines));
    }
    this.lines = lines;
  }

  private static SortedMap<String, Retention.Line> lines(
      Map<String, List<Entry>> jobs, Function<String, Retention> retentions, double share) {
    var lines = new TreeMap<String, Retention.Line>();
    jobs.forEach((job, entries) -> lines.put(
        job, (share > 0 ? retentions.apply(job) : Retention.forget()).lineThrough(entries)));
    return lines;
  }

  static SortedMap<String, List<Entry>> byJob(Collection<Entry> entries) {
    var jobs = new TreeMap<String, List<Entry>>();
    for (Entry entry : entries) {
      jobs.computeIfAbsent(entry.job(), job -> new ArrayList<>()).add(entry);
    }
    return jobs;
  }

  private static List<Entry> keep(
      SortedMap<String, List<Entry>> jobs, Map<String, Retention.Line> lines) {
    var kept = new ArrayList<Entry>();
    jobs.forEach((job, entries) -> {
      Retention.Line line = lines.get(job);
      if (line != null) {
        kept.addAll(line.apply(entries));
      }
    });
    return kept;
  }

  static long size(Collection<Entry> entries) {
    return Gauge.of(entries);
  }

  /**
   * Writes, and tells what that replaces.
   *
   * @param number of the new segments
   * @param firstPart of the new segments
   * @param room bytes that may be written, about
   */
  Compaction.Written write(int bucket, long number, int firstPart, int room) {
    Set<SegmentName> replaced = chosen(room);
    var entries = new ArrayList<>(news);
    for (Compaction.Held segment : old) {
      if (replaced.contains(segment.name())) {
        entries.addAll(Compaction.content(contents, segment.name()).entries());
      }
    }
    var created = new TreeMap<SegmentName, Compaction.Made>();
    int part = firstPart;
    List<List<Entry>> cut = Segment.cut(keep(byJob(entries), lines), Compaction.SEGMENT_BYTES);
    // An empty one still tells by its number how far the bucket has come.
    for (List<Entry> each : cut.isEmpty() ? List.of(List.<Entry>of()) : cut) {
      created.put(
          new SegmentName(SegmentName.Kind.BUCKET, bucket, number, part++),
          Compaction.Made.of(each));
    }
    return new Compaction.Written(created, List.copyOf(replaced));
  }

  /** The segments that are written anew: all, if they fit. */
  private Set<SegmentName> chosen(int room) {
    long whole = size(news) + old.stream().mapToLong(Compaction.Held::bytes).sum();
    if (whole <= room) {
      return old.stream().map(Compaction.Held::name).collect(Collectors.toSet());
    }
    var live = new HashMap<SegmentName, Long>();
    long all = size(keep(byJob(news), lines));
    long free = room - all;
    for (Compaction.Held segment : old) {
      long size = size(keep(byJob(Compaction.content(contents, segment.name()).entries()), lines));
      // What is read was no larger than it is: the estimate only knows that it is not more.
      live.put(segment.name(), Math.min(size, segment.bytes()));
      all += live.getOrDefault(segment.name(), 0L);
    }
    var chosen = new HashSet<SegmentName>();
    var candidates = new ArrayList<>(old);
    candidates.sort(Comparator.comparingDouble((Compaction.Held segment) ->
            (double) live.getOrDefault(segment.name(), 0L) / segment.bytes())
        .thenComparing(Compaction.Held::name));
    for (Compaction.Held segment : candidates) {
      long size = live.getOrDefault(segment.name(), 0L);
      boolean worth = all <= room
          || size < segment.bytes() * 7L / 8
          || segment.bytes() < Compaction.SEGMENT_BYTES / 2
          || (news.isEmpty() && chosen.isEmpty());
      if (worth && size <= free) {
        chosen.add(segment.name());
        free -= size;
      }
    }
    return chosen;
  }
}
