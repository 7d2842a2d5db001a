package io.shardkeeper.core.history;

import static java.util.Comparator.comparing;

import io.shardkeeper.core.history.SegmentName.Kind;
import io.shardkeeper.core.layout.Layout;
import io.shardkeeper.core.ledger.Bytes;
import io.shardkeeper.core.ledger.Transaction;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Function;

/**
 * Brings the history into order, a transaction at a time: from the many small segments that transactions leave behind to few segments for
 * each bucket of jobs, new for old. Immutable; it only decides, whoever asks reads and commits.
 *
 * <pre>
 *   f-11 f-12 f-13 ...     divide     p0-13 p1-13 p2-13 p3-13     fold      b00-13 b01-13 ...
 *   any jobs, as written  ───────►  each of a quarter of the jobs ──────►  each of the jobs of one bucket
 * </pre>
 *
 * <p><b>Divide</b> replaces the oldest fresh segments by a piece for each of four groups of buckets. <b>Fold</b> brings the pieces of a
 * group to its buckets. That is more than fits into a transaction, so each takes a few buckets, and the number of a bucket segment
 * says how far its bucket has come: of pieces up to this number, the bucket has what is its own. So nothing is in two places for a reader,
 * who takes {@link #of}, at any time, and whoever takes over sees from the names alone where to go on. A piece is deleted by the fold after
 * which no bucket needs it. <b>Shrink</b> rewrites the largest bucket with a smaller share of each job's last N when all is over
 * the budget. Retention is applied by all three: it gives the same in any grouping.
 *
 * <h2>What it costs</h2>
 *
 * <p>50,000 runs a second of 10,000 jobs are about 4 MB/s of fresh segments, with 80 bytes an entry; 5.3 MB/s where no two entries of a
 * segment are of the same job. Dividing writes them once: 13 to 17 transactions a second of {@value #FRESH_BYTES} bytes. A group is folded when
 * its pieces are as large as its buckets, so that each byte that a piece brings pays for one byte of a bucket. In balance a bucket loses
 * what it gains, and a fold writes no more than the bucket had: together twice the fresh bytes, as long as pieces may grow as large as
 * the buckets, which is up to 32 MB for both with the default budget. With 48 MB in buckets it is 2.5 times; and while buckets still
 * grow from there to the budget, which takes half a minute at this rate, up to 3.5 times.
 * Measured with fresh segments of 170 KB, of which only one at a time is divided, so that pieces are half as large: 3.7 times.
 *
 * <p>Were fresh segments divided among 256 buckets at once, a transaction of 320 KB would leave 256 nodes of a kilobyte: 3,000 a second
 * of them, of which a directory of a thousand holds a third. Among four groups they are 80 KB each, and 100 of them wait in each group: 32 MB in 400
 * nodes. With {@value #FRESH} fresh ones, 256 buckets in one segment or two each, the directory has about a thousand nodes at the worst, and far fewer where
 * there is less to do. A reader of one job reads the fresh segments, the pieces of a quarter and its bucket.
 *
 * <p>At the low end, 10 transactions a second with one run each: every 13 s {@value #FRESH} of them are divided into four pieces of 4 KB, and every 20 minutes {@value #PIECES} pieces of a group
 * are folded. With 8 MB of buckets in the group that is 27 KB/s for the four groups: many times the fresh bytes, of which there are few.
 *
 * @param budget bytes of all segments, about; what goes over it costs the largest buckets a part of their jobs' last N
 */
public record Compaction(long budget) {
  /** Bytes of the whole history, by default. */
  public static final int DEFAULT_BUDGET = 64 * 1024 * 1024;

  /** Bytes of the whole history, at least. */
  public static final int LEAST_BUDGET = 1024 * 1024;

  /** Fresh segments that wait. */
  public static final int FRESH = 128;

  /** Bytes of fresh segments that are divided together. */
  public static final int FRESH_BYTES = 320 * 1024;

  /** Pieces of a group that wait. */
  public static final int PIECES = 100;

  /** Bytes of a segment, unless a single entry is larger. */
  public static final int SEGMENT_BYTES = 128 * 1024;

  /** Pieces of fewer bytes wait, whatever their bucket holds. */
  private static final int LEAST_FOLD = 256 * 1024;

  /** What a transaction creates, about; the rest of its 512 KB is for names, and for what is deleted. */
  private static final int ROOM = 400 * 1024;

  /** Nodes that one transaction deletes. */
  private static final int MOST_DELETED = 500;

  private static final Comparator<SegmentName> BY_NUMBER =
      comparing(SegmentName::number).thenComparing(SegmentName::part);

  /** Checks the budget. */
  public Compaction {
    if (budget < LEAST_BUDGET) {
      throw new IllegalArgumentException("A budget of " + budget
          + " bytes for the history is too small; it takes at least " + LEAST_BUDGET);
    }
  }

  /** A segment as it stands in the ledger. */
  public record Held(SegmentName name, int bytes) {}

  /** What to do next. */
  public sealed interface Merge {
    /** What has to be read for it. A segment never changes, so what was read may be kept by its name. */
    List<SegmentName> read();

    /** Replaces fresh segments by pieces. */
    record Divide(List<SegmentName> read) implements Merge {}

    /**
     * Brings pieces of one group to its buckets. Of which, {@link Compaction#further} tells when the pieces are read.
     *
     * @param buckets the segments of all buckets of the group
     * @param ceiling bytes that a bucket may have
     */
    record Fold(List<SegmentName> read, List<Held> buckets, long ceiling) implements Merge {}

    /**
     * Makes a bucket smaller.
     *
     * @param bucket its segments
     * @param ceiling bytes that it may have
     */
    record Shrink(List<Held> bucket, long ceiling) implements Merge {
      @Override
      public List<SegmentName> read() {
        return bucket.stream().map(Held::name).toList();
      }
    }
  }

  /** A new segment: as it is written, and what is in it. */
  public record Made(Bytes data, Content content) {
    /** Writes entries. */
    public static Made of(List<? extends Entry> entries) {
      return new Made(Segment.write(entries), new Content(entries));
    }
  }

  /** One transaction: what is created, and what is deleted. */
  public record Written(SortedMap<SegmentName, Made> created, List<SegmentName> deleted) {
    /** Copies both. */
    public Written {
      created = Collections.unmodifiableSortedMap(new TreeMap<>(created));
      deleted = deleted.stream().sorted().toList();
    }
  }

  /** The number for the next fresh segment. */
  public static long nextNumber(Collection<SegmentName> names) {
    return names.stream().mapToLong(SegmentName::number).max().orElse(-1) + 1;
  }

  /** The segments in which entries of a job may be, from the oldest to the newest: no entry is in two of them. */
  public static List<SegmentName> of(String job, Collection<SegmentName> names) {
    int bucket = Layout.bucket(job);
    long come = come(bucket, names);
    return names.stream()
        .filter(name -> switch (name.kind()) {
          case FRESH -> true;
          case PIECE -> name.bucket() == SegmentName.group(bucket) && name.number() > come;
          case BUCKET -> name.bucket() == bucket;
        })
        .sorted(comparing(SegmentName::kind).reversed().thenComparing(BY_NUMBER))
        .toList();
  }

  /** The last number of which a bucket has what is its own. */
  private static long come(int bucket, Collection<SegmentName> names) {
    return names.stream()
        .filter(name -> name.kind() == Kind.BUCKET && name.bucket() == bucket)
        .mapToLong(SegmentName::number)
        .max()
        .orElse(-1);
  }

  /**
   * What to do next, if anything: what presses most.
   *
   * @param idle whether there is leisure to do what does not press yet
   */
  public Optional<Merge> next(Collection<Held> all, boolean idle) {
    var fresh = new Heap();
    var pieces = new TreeMap<Integer, Heap>();
    var groups = new TreeMap<Integer, Heap>();
    var buckets = new TreeMap<Integer, Heap>();
    for (Held held : all) {
      int bucket = held.name().bucket();
      switch (held.name().kind()) {
        case FRESH -> fresh.add(held);
        case PIECE -> pieces.computeIfAbsent(bucket, key -> new Heap()).add(held);
        case BUCKET -> {
          groups.computeIfAbsent(SegmentName.group(bucket), key -> new Heap()).add(held);
          buckets.computeIfAbsent(bucket, key -> new Heap()).add(held);
        }
      }
    }
    long others =
        fresh.bytes + pieces.values().stream().mapToLong(heap -> heap.bytes).sum();
    long level = level(buckets.values(), others);
    double most = idle ? 0 : 1;
    Optional<Merge> next = Optional.empty();
    double pressure =
        Math.max((double) fresh.all.size() / FRESH, (double) fresh.bytes / FRESH_BYTES);
    if (pressure > 0 && pressure >= most) {
      most = pressure;
      next = Optional.of(new Merge.Divide(prefix(fresh.sorted())));
    }
    for (var group : pieces.entrySet()) {
      Heap waiting = group.getValue();
      Heap there = groups.getOrDefault(group.getKey(), new Heap());
      long enough = Math.min(Math.max(LEAST_FOLD, there.bytes), budget / (2 * SegmentName.GROUPS));
      pressure = Math.max((double) waiting.all.size() / PIECES, (double) waiting.bytes / enough);
      if (pressure >= most && (next.isEmpty() || pressure > most)) {
        most = pressure;
        next = Optional.of(new Merge.Fold(waiting.names(), there.sorted(), level));
      }
    }
    long total =
        others + buckets.values().stream().mapToLong(heap -> heap.bytes).sum();
    Optional<Heap> largest = buckets.values().stream().max(comparing(heap -> heap.bytes));
    pressure = (double) total / budget;
    if (pressure > Math.max(1, next.isEmpty() ? 1 : most)
        && largest.isPresent()
        && largest.get().bytes > level) {
      // Enough smaller that some segment of it is worth to be written anew.
      long ceiling = Math.min(level, largest.get().bytes / 4 * 3);
      next = Optional.of(new Merge.Shrink(largest.get().sorted(), ceiling));
    }
    return next;
  }

  /** Segments of one kind. */
  private static final class Heap {
    private final List<Held> all = new ArrayList<>();
    private long bytes;

    void add(Held held) {
      all.add(held);
      bytes += held.bytes();
    }

    List<Held> sorted() {
      return all.stream().sorted(comparing(Held::name, BY_NUMBER)).toList();
    }

    List<SegmentName> names() {
      return sorted().stream().map(Held::name).toList();
    }
  }

  /** The oldest ones that fit, and at least one. */
  private static List<SegmentName> prefix(List<Held> fresh) {
    var prefix = new ArrayList<SegmentName>();
    long bytes = 0;
    for (Held held : fresh) {
      bytes += held.bytes();
      if (!prefix.isEmpty() && (bytes > FRESH_BYTES || prefix.size() == MOST_DELETED)) {
        break;
      }
      prefix.add(held.name());
    }
    return prefix;
  }

  /**
   * The bytes that a bucket may have. Only the largest ones are above it: with buckets of 1, 2 and 9 and room for 8 it is 5.
   *
   * <p>When there is need for it at all, it is low enough that there is none for a while.
   */
  private long level(Collection<Heap> buckets, long others) {
    long held = buckets.stream().mapToLong(heap -> heap.bytes).sum();
    if (held + others <= budget / 8 * 7) {
      return Long.MAX_VALUE;
    }
    long room = Math.max(budget / 2, budget - others) / 8 * 7;
    List<Long> sizes = buckets.stream().map(heap -> heap.bytes).sorted().toList();
    for (int i = 0; i < sizes.size(); i++) {
      long level = room / (sizes.size() - i);
      if (sizes.get(i) > level) {
        return level;
      }
      room -= sizes.get(i);
    }
    return Long.MAX_VALUE;
  }

  /** What else has to be read for a merge, when that is read which it names itself. */
  public List<SegmentName> further(Merge merge, Map<SegmentName, Content> contents) {
    if (!(merge instanceof Merge.Fold fold)) {
      return List.of();
    }
    var further = new ArrayList<SegmentName>();
    for (Arrival arrival : arrivals(fold, contents)) {
      further.addAll(arrival.names());
    }
    return further;
  }

  /**
   * Does a merge, or as much of it as fits into a transaction.
   *
   * @param contents of all segments that {@link Merge#read} and {@link #further} have named
   * @param retentions how much is kept of a job, by its name
   */
  public Written merge(
      Merge merge, Map<SegmentName, Content> contents, Function<String, Retention> retentions) {
    if (merge instanceof Merge.Divide divide) {
      return divide(divide, contents, retentions);
    }
    return merge instanceof Merge.Fold fold
        ? fold(fold, contents, retentions)
        : shrink((Merge.Shrink) merge, contents, retentions);
  }

  /** What is in a segment. */
  static Content content(Map<SegmentName, Content> contents, SegmentName name) {
    Content content = contents.get(name);
    if (content == null) {
      throw new IllegalArgumentException(
          "Merging the history: the content of " + name + " is missing; read it first");
    }
    return content;
  }

  private static Written divide(
      Merge.Divide divide,
      Map<SegmentName, Content> contents,
      Function<String, Retention> retentions) {
    var groups = new TreeMap<Integer, List<Entry>>();
    var all = new ArrayList<Entry>();
    divide.read().forEach(name -> all.addAll(content(contents, name).entries()));
    Rewrite.byJob(all)
        .forEach((job, entries) -> groups
            .computeIfAbsent(SegmentName.group(Layout.bucket(job)), group -> new ArrayList<>())
            .addAll(retentions.apply(job).apply(entries)));
    long number = nextNumber(divide.read()) - 1;
    var created = new TreeMap<SegmentName, Made>();
    groups.forEach((group, entries) -> {
      int part = 0;
      for (List<Entry> each : Segment.cut(entries, SEGMENT_BYTES)) {
        created.put(new SegmentName(Kind.PIECE, group, number, part++), Made.of(each));
      }
    });
    return new Written(created, divide.read());
  }

  /** What comes to a bucket in one transaction. */
  private record Arrival(int bucket, long to, List<Held> old, List<Entry> entries, long bytes) {
    List<SegmentName> names() {
      return old.stream().map(Held::name).toList();
    }
  }

  /** The buckets to which something comes, those first that have come least far; as many as fit, and at least one. */
  private static List<Arrival> arrivals(Merge.Fold fold, Map<SegmentName, Content> contents) {
    var old = new HashMap<Integer, List<Held>>();
    fold.buckets()
        .forEach(held ->
            old.computeIfAbsent(held.name().bucket(), key -> new ArrayList<>()).add(held));
    var news = new TreeMap<Integer, SortedMap<Long, List<Content.Share>>>();
    Map<Integer, Long> come = come(fold);
    for (SegmentName piece : fold.read()) {
      content(contents, piece).shares().forEach((bucket, share) -> {
        if (piece.number() > come.getOrDefault(bucket, -1L)) {
          news.computeIfAbsent(bucket, key -> new TreeMap<>())
              .computeIfAbsent(piece.number(), key -> new ArrayList<>())
              .add(share);
        }
      });
    }
    List<Integer> order = news.keySet().stream()
        .sorted(comparing((Integer bucket) -> come.getOrDefault(bucket, -1L))
            .thenComparing(Comparator.naturalOrder()))
        .toList();
    long last = nextNumber(fold.read()) - 1;
    var arrivals = new ArrayList<Arrival>();
    long bytes = 0;
    for (int bucket : order) {
      Arrival arrival = arrival(
          bucket,
          news.getOrDefault(bucket, new TreeMap<>()),
          last,
          old.getOrDefault(bucket, List.of()));
      bytes += arrival.bytes() + arrival.old().stream().mapToLong(Held::bytes).sum();
      if (!arrivals.isEmpty() && bytes > ROOM) {
        break;
      }
      arrivals.add(arrival);
    }
    return arrivals;
  }

  /** Takes as many numbers as leave half of a transaction to what is rewritten with them, and at least one. */
  private static Arrival arrival(
      int bucket, SortedMap<Long, List<Content.Share>> numbers, long last, List<Held> old) {
    var entries = new ArrayList<Entry>();
    long bytes = 0;
    long to = -1;
    for (var number : numbers.entrySet()) {
      long more = number.getValue().stream().mapToLong(Content.Share::bytes).sum();
      if (!entries.isEmpty() && bytes + more > ROOM / 2) {
        return new Arrival(bucket, to, old, entries, bytes);
      }
      bytes += more;
      number.getValue().forEach(share -> entries.addAll(share.entries()));
      to = number.getKey();
    }
    return new Arrival(bucket, last, old, entries, bytes);
  }

  private static Map<Integer, Long> come(Merge.Fold fold) {
    var come = new HashMap<Integer, Long>();
    fold.buckets()
        .forEach(held -> come.merge(held.name().bucket(), held.name().number(), Math::max));
    return come;
  }

  private static Written fold(
      Merge.Fold fold, Map<SegmentName, Content> contents, Function<String, Retention> retentions) {
    var created = new TreeMap<SegmentName, Made>();
    var deleted = new ArrayList<SegmentName>();
    Map<Integer, Long> come = come(fold);
    int room = ROOM;
    for (Arrival arrival : arrivals(fold, contents)) {
      Written written = new Rewrite(
              arrival.old(), contents, arrival.entries(), retentions, fold.ceiling())
          .write(arrival.bucket(), arrival.to(), 0, ROOM);
      int bytes = bytes(written);
      if (!created.isEmpty() && bytes > room) {
        break;
      }
      room -= bytes;
      created.putAll(written.created());
      deleted.addAll(written.deleted());
      come.put(arrival.bucket(), arrival.to());
    }
    for (SegmentName piece : fold.read()) {
      boolean needed = content(contents, piece).shares().keySet().stream()
          .anyMatch(bucket -> come.getOrDefault(bucket, -1L) < piece.number());
      if (!needed && deleted.size() < MOST_DELETED) {
        deleted.add(piece);
      }
    }
    return new Written(created, deleted);
  }

  private static int bytes(Written written) {
    return written.created().values().stream()
        .mapToInt(made -> Transaction.STEP_BYTES + made.data().length())
        .sum();
  }

  private static Written shrink(
      Merge.Shrink shrink,
      Map<SegmentName, Content> contents,
      Function<String, Retention> retentions) {
    List<SegmentName> names = shrink.read();
    int bucket = names.get(0).bucket();
    long number = come(bucket, names);
    int part = names.stream().mapToInt(SegmentName::part).max().orElse(0) + 1;
    return new Rewrite(shrink.bucket(), contents, List.of(), retentions, shrink.ceiling())
        .write(bucket, number, part, ROOM);
  }
}
