package io.shardkeeper.core.history;

import static java.util.Comparator.comparing;

import io.shardkeeper.job.Limits;
import io.shardkeeper.run.Outcome;
import io.shardkeeper.trigger.Trigger;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.TreeMap;

/**
 * How much is kept of one job: its last runs, besides them its last failures, its last overruns and its last stretches of fires that did not
 * run, as many of each. What is older is added to a sum; of an overrun nothing is left. Immutable.
 *
 * <pre>
 *   keep 2:   ok ok FAILED ok [03:00-03:05 paused] ok ok
 *             └──┘  └────┘ │  └─────────────────┘  └───┘
 *             sum    kept sum        kept           kept
 * </pre>
 *
 * <p>Stretches that were decided alike become one where the second begins with the fire that follows the last of the first, by the
 * trigger. That nothing stands between them in the history is no evidence: the run between them may not have ended yet.
 *
 * <p>To apply it twice is to apply it once. To apply it to parts and then to all that they left is to apply it to the whole, whatever the
 * parts are and in whatever order; where stretches join, as long as no part has two ends of a stretch without its middle. If one has, a
 * stretch may be counted as two, and an older one goes into the sum earlier than it had to.
 *
 * @param keep how many of each; 0 keeps sums only, and less forgets the job
 * @param trigger says which fires are neighbours; one without fires, such as {@link Trigger#manual}, joins nothing
 */
public record Retention(int keep, Trigger trigger) {
  /** Sums that are kept of a job that was deleted and created again and again: one for each of its last generations. */
  public static final int SUMS = 10;

  /** Of most numbers that may be kept, a smaller share is less than one. */
  static final double LEAST_SHARE = 1.0 / Limits.HISTORY;

  private static final Comparator<Entry.Run> BY_TIME =
      comparing(Entry.Run::scheduledAt).thenComparing(Entry.Run::id);
  private static final Comparator<Entry.Overrun> BY_RETURN = comparing(Entry.Overrun::until)
      .thenComparing(Entry.Overrun::run)
      .thenComparing(Entry.Overrun::shard)
      .thenComparing(Entry.Overrun::attempt);
  private static final Comparator<Entry.Skip> BY_BEGIN = comparing(Entry.Skip::generation)
      .thenComparing(Entry.Skip::outcome)
      .thenComparing(Entry.Skip::reason)
      .thenComparing(Entry.Skip::first)
      .thenComparing(Entry.Skip::last)
      .thenComparing(Entry.Skip::decided)
      .thenComparing(Entry.Skip::fires);
  private static final Comparator<Entry.Skip> BY_END =
      comparing(Entry.Skip::last).thenComparing(BY_BEGIN);

  /** Keeps so many of each, and joins nothing. */
  public static List<Entry> apply(List<Entry> entriesOfOneJob, int keep) {
    return new Retention(keep, Trigger.manual()).apply(entriesOfOneJob);
  }

  /** Nothing is kept, not even sums. */
  public static Retention forget() {
    return new Retention(-1, Trigger.manual());
  }

  /** The same with a part of what is kept: at least one, but of a share under {@link #LEAST_SHARE} nothing but sums. */
  public Retention times(double share) {
    if (keep <= 0 || share >= 1) {
      return this;
    }
    return new Retention(
        share < LEAST_SHARE ? 0 : Math.max(1, (int) Math.floor(keep * share)), trigger);
  }

  /** Whether it is a failure, which is kept longer: the work was tried, and was not done. */
  static boolean isFailure(Outcome outcome) {
    return outcome != Outcome.SUCCEEDED && !outcome.isDecision();
  }

  /** What is left of these entries of one job: sums, then stretches, then overruns, then runs, each from the oldest to the newest. */
  public List<Entry> apply(List<Entry> entriesOfOneJob) {
    return lineThrough(entriesOfOneJob).apply(entriesOfOneJob);
  }

  /** Where the line is between what is kept of these entries of one job and what is not. */
  Line lineThrough(List<Entry> entriesOfOneJob) {
    return new Line(
        this,
        oldest(runs(entriesOfOneJob, false), BY_TIME),
        oldest(runs(entriesOfOneJob, true), BY_TIME),
        oldest(overruns(entriesOfOneJob), BY_RETURN),
        lastStretches(stretches(entriesOfOneJob)));
  }

  /**
   * A line between what is kept and what is not, so that a part can be rewritten while the rest stays where it is. Of the same life as the
   * entries that it was drawn through.
   */
  static final class Line {
    private final Retention retention;
    private final Optional<Entry.Run> run;
    private final Optional<Entry.Run> failure;
    private final Optional<Entry.Overrun> overrun;
    private final Map<Kind, NavigableMap<Instant, Entry.Skip>> stretches;

    private Line(
        Retention retention,
        Optional<Entry.Run> run,
        Optional<Entry.Run> failure,
        Optional<Entry.Overrun> overrun,
        Map<Kind, NavigableMap<Instant, Entry.Skip>> stretches) {
      this.retention = retention;
      this.run = run;
      this.failure = failure;
      this.overrun = overrun;
      this.stretches = stretches;
    }

    /** What is left of some of the entries. */
    List<Entry> apply(List<Entry> entries) {
      if (retention.keep < 0) {
        return List.of();
      }
      var kept = new ArrayList<Entry>();
      var sums = new TreeMap<Long, Entry.Sum>();
      for (Entry.Skip stretch : retention.stretches(entries)) {
        keepOrAdd(stretch, isKept(stretch), kept, sums);
      }
      overruns(entries).stream()
          .filter(each -> isFrom(each, overrun, BY_RETURN))
          .forEach(kept::add);
      for (Entry.Run each : runs(entries, false)) {
        boolean stays = isFrom(each, run, BY_TIME)
            || (isFailure(each.outcome()) && isFrom(each, failure, BY_TIME));
        keepOrAdd(each, stays, kept, sums);
      }
      for (Entry entry : entries) {
        if (entry instanceof Entry.Sum) {
          keepOrAdd(entry, false, kept, sums);
        }
      }
      while (sums.size() > SUMS) {
        sums.pollFirstEntry();
      }
      kept.addAll(0, sums.values());
      return Collections.unmodifiableList(kept);
    }

    private boolean isKept(Entry.Skip stretch) {
      var alike = stretches.get(Kind.of(stretch));
      var whole = alike == null ? null : alike.floorEntry(stretch.first());
      return whole != null && !whole.getValue().last().isBefore(stretch.last());
    }
  }

  private static void keepOrAdd(
      Entry entry, boolean stays, List<Entry> kept, Map<Long, Entry.Sum> sums) {
    if (stays) {
      kept.add(entry);
    } else {
      sums.merge(entry.generation(), Entry.Sum.of(entry), Entry.Sum::plus);
    }
  }

  private static <T> boolean isFrom(T one, Optional<T> oldest, Comparator<T> order) {
    return oldest.isPresent() && order.compare(one, oldest.get()) >= 0;
  }

  /** The oldest of those that are kept. */
  private <T> Optional<T> oldest(List<T> all, Comparator<T> order) {
    if (keep <= 0 || all.isEmpty()) {
      return Optional.empty();
    }
    all.sort(order);
    return Optional.of(all.get(Math.max(0, all.size() - keep)));
  }

  /** What two stretches have in common that may be one. */
  private record Kind(long generation, Outcome outcome, String reason) {
    static Kind of(Entry.Skip skip) {
      return new Kind(skip.generation(), skip.outcome(), skip.reason());
    }
  }

  /** The stretches that are kept, by kind and beginning. */
  private Map<Kind, NavigableMap<Instant, Entry.Skip>> lastStretches(List<Entry.Skip> all) {
    var last = new HashMap<Kind, NavigableMap<Instant, Entry.Skip>>();
    Optional<Entry.Skip> oldest = oldest(all, BY_END);
    for (Entry.Skip skip : all) {
      if (oldest.isPresent() && BY_END.compare(skip, oldest.get()) >= 0) {
        last.computeIfAbsent(Kind.of(skip), kind -> new TreeMap<>()).put(skip.first(), skip);
      }
    }
    return last;
  }

  private static List<Entry.Run> runs(List<Entry> entries, boolean onlyFailures) {
    var runs = new ArrayList<Entry.Run>();
    for (Entry entry : entries) {
      if (entry instanceof Entry.Run run && (!onlyFailures || isFailure(run.outcome()))) {
        runs.add(run);
      }
    }
    runs.sort(BY_TIME);
    return runs;
  }

  private static List<Entry.Overrun> overruns(List<Entry> entries) {
    var overruns = new ArrayList<Entry.Overrun>();
    for (Entry entry : entries) {
      if (entry instanceof Entry.Overrun overrun) {
        overruns.add(overrun);
      }
    }
    overruns.sort(BY_RETURN);
    return overruns;
  }

  /** The stretches, joined where they are one, from the oldest to the newest. */
  private List<Entry.Skip> stretches(List<Entry> entries) {
    var skips = new ArrayList<Entry.Skip>();
    for (Entry entry : entries) {
      if (entry instanceof Entry.Skip skip) {
        skips.add(skip);
      }
    }
    skips.sort(BY_BEGIN);
    var joined = new ArrayList<Entry.Skip>();
    for (Entry.Skip next : skips) {
      Optional<Entry.Skip> both =
          joined.isEmpty() ? Optional.empty() : join(joined.get(joined.size() - 1), next);
      if (both.isPresent()) {
        joined.set(joined.size() - 1, both.get());
      } else {
        joined.add(next);
      }
    }
    joined.sort(BY_END);
    return joined;
  }

  private Optional<Entry.Skip> join(Entry.Skip one, Entry.Skip next) {
    if (!Kind.of(one).equals(Kind.of(next)) || !trigger.after(one.last()).equals(next.first())) {
      return Optional.empty();
    }
    return Optional.of(new Entry.Skip(
        one.job(),
        one.generation(),
        one.first(),
        next.last(),
        one.fires() < 0 || next.fires() < 0 ? -1 : one.fires() + next.fires(),
        one.decided().isAfter(next.decided()) ? one.decided() : next.decided(),
        one.outcome(),
        one.reason()));
  }
}
