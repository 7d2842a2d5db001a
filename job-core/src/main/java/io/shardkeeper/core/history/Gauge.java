package io.shardkeeper.core.history;

import io.shardkeeper.core.layout.RunId;
import io.shardkeeper.job.Limits;
import io.shardkeeper.run.Outcome;
import java.time.Instant;
import java.time.temporal.ChronoField;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** What entries take at most that are written together: groups and instances count once. Not for several threads. */
final class Gauge {
  /** Bytes of an empty segment, at most. */
  static final int EMPTY = 100;

  /** The beginning of a group, without the name of its job. */
  private static final int GROUP = 110;

  /** A text beside its content: {@code ,"why":""}. */
  private static final int TEXT = 9;

  /** A field with a number: {@code ,"n":2147483647}. */
  private static final int NUMBER = 16;

  /** A field with the longest outcome: {@code ,"o":"SKIPPED_EXCLUDED"}. */
  private static final int OUTCOME = 23;

  /** The decimals of an instant between two milliseconds. */
  private static final int DECIMALS = 7;

  /** What there always is: <code>{"at":12345678901234,"p":[]},</code>. */
  private static final int RUN = 29;

  /** What there always is: <code>{"i":12345},</code>. */
  private static final int PART = 12;

  /** What there always is: <code>{"at":12345678901234,"m":"","i":12345},</code>. */
  private static final int OVERRUN = 38;

  /** What there always is, and the number of fires. */
  private static final int SKIP = 22 + 25 + OUTCOME;

  /** What there always is, with all instants at their longest. */
  private static final int SUM = 130;

  private static final int COUNT = 42;

  private static final int NONE = -1;

  // Most are asked for one entry, or for many of the same job: those need no maps.
  private final Map<Segment.Group, Integer> others = new HashMap<>(0);
  private Segment.@Nullable Group group;
  private int revision = NONE;
  private final Set<String> instances = new HashSet<>(0);
  private @Nullable String instance;

  /** What entries take together, at most. */
  static long of(Collection<? extends Entry> entries) {
    var gauge = new Gauge();
    long size = EMPTY;
    for (Entry entry : entries) {
      size += gauge.add(entry);
    }
    return size;
  }

  /** What an entry takes alone, at most. */
  static long alone(Entry entry) {
    return EMPTY + group(entry) + inGroupOfItsRevision(entry);
  }

  /**
   * What an entry adds to others, at most.
   *
   * @param begins whether it is the first of its job, or of its generation or revision
   */
  static long more(Entry entry, boolean begins) {
    return inGroupOfItsRevision(entry) + (begins ? group(entry) + NUMBER : 0);
  }

  /** Goes to the group of an entry; whether it has to be begun. */
  private boolean begins(Entry entry) {
    Segment.Group before = group;
    if (before != null) {
      if (entry.generation() == before.generation() && entry.job().equals(before.job())) {
        return false;
      }
      others.put(before, revision);
    }
    Segment.Group next = Segment.Group.of(entry);
    group = next;
    Integer known = others.get(next);
    revision = known == null ? NONE : known;
    return known == null;
  }

  /** Goes to an instance; whether it was not named yet. */
  private boolean names(String other) {
    String before = instance;
    if (before != null) {
      if (other.equals(before)) {
        return false;
      }
      instances.add(before);
    }
    instance = other;
    return !instances.contains(other);
  }

  /** Takes in an entry; what that adds, at most. */
  int add(Entry entry) {
    long size = begins(entry) ? group(entry) : 0;
    if (entry instanceof Entry.Run run) {
      revision = revision == NONE ? run.revision() : revision;
      for (Entry.Part part : run.parts()) {
        size += names(part.instance()) ? 0 : -name(part.instance());
      }
    } else if (entry instanceof Entry.Overrun overrun) {
      size += names(overrun.instance()) ? 0 : -name(overrun.instance());
    }
    return (int) Math.min(size + inGroup(entry, revision), Integer.MAX_VALUE / 2);
  }

  private static long group(Entry entry) {
    return (long) GROUP + Limits.bytes(entry.job());
  }

  private static long name(String instance) {
    return Limits.bytes(instance) + 3L;
  }

  private static long inGroupOfItsRevision(Entry entry) {
    return inGroup(entry, entry instanceof Entry.Run run ? run.revision() : NONE);
  }

  /** What an entry takes inside of a group of that revision, at most, with the names of its instances. */
  private static long inGroup(Entry entry, int revision) {
    if (entry instanceof Entry.Skip skip) {
      return SKIP
          + decimals(skip.first())
          + span(skip.first(), skip.last())
          + span(skip.first(), skip.decided())
          + text(skip.reason());
    }
    if (entry instanceof Entry.Sum sum) {
      return SUM + (long) COUNT * sum.counts().size();
    }
    if (entry instanceof Entry.Overrun overrun) {
      return OVERRUN
          + decimals(overrun.from())
          + span(overrun.from(), overrun.until())
          + span(overrun.from(), overrun.decided())
          + (overrun.run().kind() == RunId.Kind.FIRE ? 0 : TEXT + 7)
          + overrun.run().mark().length()
          + (overrun.shard() == 0 ? 0 : NUMBER)
          + (overrun.attempt() == 1 ? 0 : NUMBER)
          + name(overrun.instance());
    }
    var run = (Entry.Run) entry;
    Instant at = run.scheduledAt();
    boolean marked = !run.id().isOf(at);
    long size = RUN
        + decimals(at)
        + (revision == run.revision() ? 0 : NUMBER)
        + (marked ? NUMBER + run.id().mark().length() : 0)
        + (run.id().kind() == RunId.Kind.FIRE ? 0 : TEXT + 7)
        + span(at, run.started())
        + span(at, run.decided())
        + (run.outcome() == Outcome.SUCCEEDED ? 0 : OUTCOME)
        + text(run.reason())
        + (run.shards() == 1 ? 0 : NUMBER)
        + given(run.given());
    for (int i = 0; i < run.parts().size(); i++) {
      Entry.Part part = run.parts().get(i);
      size += PART
          + (part.shard() == i ? 0 : NUMBER)
          + (part.attempt() == 1 ? 0 : NUMBER)
          + (part.outcome() == run.outcome() ? 0 : OUTCOME)
          + span(run.started(), part.started())
          + span(run.started(), part.ended())
          + text(part.text())
          + text(part.log())
          + name(part.instance());
    }
    return size;
  }

  private static long given(Entry.Given given) {
    if (given.equals(Entry.Given.NONE)) {
      return 0;
    }
    long size =
        TEXT + 5L + NUMBER + TEXT + 6L * given.shards().size() + given.origin().bytes();
    for (Map.Entry<String, String> parameter : given.parameters().entrySet()) {
      size += Limits.bytes(parameter.getKey()) + Limits.bytes(parameter.getValue()) + 6L;
    }
    return size;
  }

  private static long text(String text) {
    return text.isEmpty() ? 0 : TEXT + Limits.bytes(text);
  }

  private static long span(Instant from, Instant to) {
    if (from.equals(to)) {
      return 0;
    }
    long seconds = Math.abs(to.getEpochSecond() - from.getEpochSecond()) + 1;
    long digits = 4; // the sign, and three for the milliseconds
    for (long rest = seconds; rest > 0; rest /= 10) {
      digits++;
    }
    boolean between = (to.getNano() - from.getNano()) % 1_000_000 != 0;
    return 6 + digits + (between ? DECIMALS : 0); // ,"by":
  }

  private static long decimals(Instant at) {
    return at.get(ChronoField.NANO_OF_SECOND) % 1_000_000 == 0 ? 0 : DECIMALS;
  }
}
