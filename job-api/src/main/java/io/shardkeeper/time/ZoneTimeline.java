package io.shardkeeper.time;

import java.time.Instant;
import java.time.ZoneId;
import java.time.zone.ZoneOffsetTransition;
import java.time.zone.ZoneRules;
import java.util.Arrays;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;

/**
 * The offsets of a zone from 1970 to 2200 as stretches of time in which none changes, numbered from 0. Immutable; threads
 * share it.
 *
 * <pre>
 *   stretch    0          1            2
 *         ───────────┼──────────┼──────────────
 *   offset   +01:00     +02:00      +01:00
 *                    gap        overlap
 * </pre>
 *
 * <p>The rules of java.time answer the same questions, with several objects for each answer. A trigger is asked tens of
 * thousands of times a second, so they are asked once.
 */
public final class ZoneTimeline {
  /** Before every time and after every time, with room for an offset to be added. */
  private static final long BEGINNING = Long.MIN_VALUE / 2;

  private static final long END = Long.MAX_VALUE / 2;
  private static final Instant FROM = Instant.parse("1969-12-30T00:00:00Z");
  private static final Instant TO = Instant.parse("2200-01-03T00:00:00Z");

  /** A memo of a pure function: at most one entry for each zone of the database, a few kilobytes each. */
  private static final ConcurrentMap<ZoneId, ZoneTimeline> MEMO = new ConcurrentHashMap<>();

  private final long[] starts; // one more than there are stretches: the last is the end of time
  private final int[] offsets;

  private ZoneTimeline(ZoneRules rules) {
    long[] changes = new long[64];
    int[] after = new int[64];
    int count = 1;
    changes[0] = BEGINNING;
    after[0] = rules.getOffset(FROM).getTotalSeconds();
    ZoneOffsetTransition change = rules.nextTransition(FROM);
    while (change != null && change.getInstant().isBefore(TO)) {
      if (count + 1 >= changes.length) {
        changes = Arrays.copyOf(changes, count * 2);
        after = Arrays.copyOf(after, count * 2);
      }
      changes[count] = change.toEpochSecond();
      after[count] = change.getOffsetAfter().getTotalSeconds();
      count++;
      change = rules.nextTransition(change.getInstant());
    }
    changes[count] = END;
    starts = Arrays.copyOf(changes, count + 1);
    offsets = Arrays.copyOf(after, count);
  }

  /** The timeline of a zone. */
  public static ZoneTimeline of(ZoneId zone) {
    return MEMO.computeIfAbsent(zone, key -> new ZoneTimeline(key.getRules()));
  }

  /** How many stretches there are. */
  public int size() {
    return offsets.length;
  }

  /** The number of the stretch that holds an instant; a guess saves the search if it is right or the one before. */
  public int at(long second, int guess) {
    if (guess < offsets.length && starts[guess] <= second) {
      if (second < starts[guess + 1]) {
        return guess;
      }
      if (second < starts[Math.min(guess + 2, offsets.length)]) {
        return guess + 1;
      }
    }
    int found = Arrays.binarySearch(starts, 0, offsets.length, second);
    return found >= 0 ? found : Math.max(-found - 2, 0);
  }

  /** The first second of a stretch. */
  public long start(int stretch) {
    return starts[stretch];
  }

  /** The second behind a stretch. */
  public long end(int stretch) {
    return starts[stretch + 1];
  }

  /** The offset in a stretch, in seconds. */
  public int offset(int stretch) {
    return offsets[stretch];
  }

  /** By how many seconds the clock jumps at the start of a stretch: forward if positive, backward if negative. */
  public int jump(int stretch) {
    return stretch == 0 ? 0 : offsets[stretch] - offsets[stretch - 1];
  }
}
