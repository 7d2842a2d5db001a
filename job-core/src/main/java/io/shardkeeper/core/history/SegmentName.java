package io.shardkeeper.core.history;

import static java.util.Comparator.comparing;

import io.shardkeeper.core.layout.Layout;
import io.shardkeeper.core.ledger.NodePath;
import io.shardkeeper.text.Quote;
import java.util.Comparator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The name of a segment of the history. It tells whose entries are in it, and how far it goes.
 *
 * <pre>
 *   f-0000000001234           fresh: what one transaction wrote, of any jobs
 *   p2-0000000001250-0        piece: what fresh segments up to 1250 held of a quarter of the jobs, part 0
 *   b2a-0000000001250-3       bucket: of the jobs of bucket 2a, from some piece up to number 1250, part 3
 * </pre>
 *
 * @param kind which of the three
 * @param bucket of a piece the group, of a bucket segment the bucket, of a fresh segment 0
 * @param number of a fresh segment its own, of others that of the last fresh one of which something is in it
 * @param part tells apart segments of the same number; of fresh segments 0
 */
public record SegmentName(Kind kind, int bucket, long number, int part)
    implements Comparable<SegmentName> {
  /** What becomes of an entry in this order. */
  public enum Kind {
    /** As it was written. */
    FRESH,
    /** On its way. */
    PIECE,
    /** Where it stays. */
    BUCKET
  }

  /** Groups of buckets: a first, coarse division of fresh segments. */
  public static final int GROUPS = 4;

  private static final Pattern FORM = Pattern.compile(
      "(?:f|p(?<group>[0-3])|b(?<bucket>[0-9a-f]{2}))-(?<number>\\d{13,18})(?:-(?<part>\\d{1,8}))?");
  private static final Comparator<SegmentName> ORDER = comparing(SegmentName::kind)
      .thenComparing(SegmentName::bucket)
      .thenComparing(SegmentName::number)
      .thenComparing(SegmentName::part);

  /** Checks the numbers. */
  public SegmentName {
    int most = kind == Kind.FRESH ? 1 : kind == Kind.PIECE ? GROUPS : Layout.BUCKETS;
    if (bucket < 0 || bucket >= most || number < 0 || part < 0) {
      throw new IllegalArgumentException("No segment " + kind + " " + bucket + ", " + number + ", "
          + part + ": buckets run from 0 to " + (most - 1) + ", numbers and parts from 0");
    }
  }

  /** The name of a fresh segment. Whoever writes them counts on from the last one. */
  public static SegmentName fresh(long number) {
    return new SegmentName(Kind.FRESH, 0, number, 0);
  }

  /** The group of a bucket. */
  public static int group(int bucket) {
    return bucket * GROUPS / Layout.BUCKETS;
  }

  /** As it is written. */
  public String text() {
    String tail = "-" + Layout.number(number) + "-" + part;
    return switch (kind) {
      case FRESH -> "f-" + Layout.number(number);
      case PIECE -> "p" + bucket + tail;
      case BUCKET -> "b" + Layout.bucketName(bucket) + tail;
    };
  }

  /**
   * Reads what {@link #text} has written.
   *
   * @throws IllegalArgumentException if it is no such name
   */
  public static SegmentName parse(String text) {
    Matcher form = FORM.matcher(text);
    boolean fresh = text.startsWith("f");
    if (!form.matches() || fresh != (form.group("part") == null)) {
      throw new IllegalArgumentException("'" + Quote.of(text)
          + "' is no segment of the history; one is called like " + fresh(1).text());
    }
    long number = Long.parseLong(form.group("number"));
    if (fresh) {
      return fresh(number);
    }
    int part = Integer.parseInt(form.group("part"));
    return form.group("group") != null
        ? new SegmentName(Kind.PIECE, Integer.parseInt(form.group("group")), number, part)
        : new SegmentName(Kind.BUCKET, Integer.parseInt(form.group("bucket"), 16), number, part);
  }

  /** Where it stands. */
  public NodePath path() {
    return Layout.HISTORY.child(text());
  }

  @Override
  public int compareTo(SegmentName other) {
    return ORDER.compare(this, other);
  }

  @Override
  public String toString() {
    return text();
  }
}
