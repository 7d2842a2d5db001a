package io.shardkeeper.trigger;

import io.shardkeeper.calendar.Calendar;
import io.shardkeeper.calendar.Calendars;
import io.shardkeeper.calendar.Stretch;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.SortedSet;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * A trigger with fewer or later fires than another: kept to calendars, to a life, and spread by jitter, in this order.
 * Immutable; threads may share it.
 *
 * <p>Calendars are crossed stretch by stretch, not fire by fire: a trigger of each second in a year of holidays asks 365
 * times at the most. A search that has crossed {@value #MOST_STRETCHES} excluded stretches and ten years in a row gives up: the
 * answer is never. It takes some tens of milliseconds until then.
 */
public final class NarrowedTrigger implements Trigger {
  /** How many excluded stretches in a row a search crosses at least, before ten years let it give up. */
  public static final int MOST_STRETCHES = 5_000;

  /** How many calendars one trigger may name. */
  public static final int MOST_CALENDARS = 20;

  /** The longest jitter. */
  public static final Duration MOST_JITTER = Duration.ofDays(1);

  private static final int TOO_MANY_STRETCHES = 1_000_000;
  private static final Duration PATIENCE = Duration.ofDays(3_653);

  private final Trigger base;
  private final Instant start;
  private final Instant end;
  private final SortedSet<String> only;
  private final SortedSet<String> except;
  private final Duration jitter;
  private final @Nullable String job;
  private final @Nullable List<Rule> rules;

  /** A calendar that was found, and whether it keeps what lies inside it. */
  private record Rule(String name, Calendar calendar, boolean keepsInside) {}

  /** A stretch without fires, and the calendar that takes them out. */
  record Exclusion(String calendar, Stretch stretch) {}

  private NarrowedTrigger(
      Trigger base,
      Instant start,
      Instant end,
      SortedSet<String> only,
      SortedSet<String> except,
      Duration jitter,
      @Nullable String job,
      @Nullable List<Rule> rules) {
    this.base = base;
    this.start = start;
    this.end = end;
    this.only = only;
    this.except = except;
    this.jitter = jitter;
    this.job = job;
    this.rules = rules;
    if (!start.equals(NEVER_BEFORE)) {
      Periods.checkInstant("The start of a trigger", start);
    }
    if (!end.equals(NEVER)) {
      Periods.checkInstant("The end of a trigger", end);
    }
    if (!start.isBefore(end)) {
      throw new IllegalArgumentException(
          "A trigger from " + start + " until " + end + " has no life; it ends after it starts");
    }
    if (only.size() + except.size() > MOST_CALENDARS) {
      throw new IllegalArgumentException("A trigger keeps to " + (only.size() + except.size())
          + " calendars; at most " + MOST_CALENDARS + " are looked up");
    }
    if (!jitter.isZero() && base instanceof ByEvent) {
      throw new IllegalArgumentException(
          "A trigger " + base + " has no fires of its own that jitter could move");
    }
    boolean whole = jitter.equals(jitter.truncatedTo(ChronoUnit.MILLIS));
    if (jitter.isNegative() || jitter.compareTo(MOST_JITTER) > 0 || !whole) {
      throw new IllegalArgumentException("A jitter of " + jitter
          + " is out of range; it runs from none to " + MOST_JITTER + ", in whole milliseconds");
    }
  }

  static NarrowedTrigger of(Trigger base) {
    return base instanceof NarrowedTrigger narrowed
        ? narrowed
        : new NarrowedTrigger(
            base,
            NEVER_BEFORE,
            NEVER,
            Collections.emptySortedSet(),
            Collections.emptySortedSet(),
            Duration.ZERO,
            null,
            null);
  }

  @Override
  public Trigger from(Instant newStart) {
    return new NarrowedTrigger(base, newStart, end, only, except, jitter, job, rules);
  }

  @Override
  public Trigger until(Instant newEnd) {
    return new NarrowedTrigger(base, start, newEnd, only, except, jitter, job, rules);
  }

  @Override
  public Trigger only(String calendar) {
    return new NarrowedTrigger(base, start, end, plus(only, calendar), except, jitter, job, null);
  }

  @Override
  public Trigger except(String calendar) {
    return new NarrowedTrigger(base, start, end, only, plus(except, calendar), jitter, job, null);
  }

  @Override
  public Trigger jitter(Duration max) {
    return new NarrowedTrigger(base, start, end, only, except, max, job, rules);
  }

  @Override
  public Trigger forJob(String jobName) {
    return new NarrowedTrigger(
        base.forJob(jobName), start, end, only, except, jitter, jobName, rules);
  }

  /**
   * {@inheritDoc}
   *
   * @throws IllegalArgumentException if one of its calendars is not among them
   */
  @Override
  public Trigger with(Calendars calendars) {
    var found = new ArrayList<Rule>();
    for (SortedSet<String> names : List.of(only, except)) {
      for (String name : names) {
        Calendar calendar = calendars
            .find(name)
            .orElseThrow(() -> new IllegalArgumentException("A trigger keeps to the calendar '"
                + name + "', which does not exist; define it first"));
        found.add(new Rule(name, calendar, names == only));
      }
    }
    return new NarrowedTrigger(base, start, end, only, except, jitter, job, List.copyOf(found));
  }

  /** The trigger that is narrowed. */
  public Trigger base() {
    return base;
  }

  /** When its life starts; {@link #NEVER_BEFORE} if it always has. */
  public Instant start() {
    return start;
  }

  /** When its life ends; {@link #NEVER} if it never does. */
  public Instant end() {
    return end;
  }

  /** The calendars inside each of which its fires lie. */
  public SortedSet<String> only() {
    return only;
  }

  /** The calendars that its fires keep out of. */
  public SortedSet<String> except() {
    return except;
  }

  /** By how much a fire may come later; zero if none does. */
  public Duration jitter() {
    return jitter;
  }

  @Override
  public ZoneId zone() {
    return base.zone();
  }

  @Override
  public boolean admits(Instant t) {
    return !t.isBefore(start) && t.isBefore(end) && exclusion(t).isEmpty() && base.admits(t);
  }

  @Override
  public Instant after(Instant t) {
    if (jitter.isZero()) {
      return admittedAfter(t);
    }
    Instant moved = t.equals(NEVER) ? NEVER : moved(admittedBefore(t.plusNanos(1)));
    return moved.isAfter(t) ? moved : moved(admittedAfter(t));
  }

  @Override
  public Instant before(Instant t) {
    Instant last = admittedBefore(t);
    if (jitter.isZero()) {
      return last;
    }
    Instant moved = moved(last);
    return moved.isBefore(t) ? moved : moved(admittedBefore(last));
  }

  /** The first fire after an instant, before jitter. */
  private Instant admittedAfter(Instant t) {
    Instant from = t.isBefore(start) ? start.minusNanos(1) : t;
    Instant first = base.after(from);
    Instant fire = first;
    for (int crossed = 0; fire.isBefore(end); crossed++) {
      Optional<Exclusion> out = exclusion(fire);
      if (out.isEmpty()) {
        return fire;
      }
      if (givesUp(crossed, first, fire, out.get())) {
        return NEVER;
      }
      fire = base.after(out.get().stretch().until().minusNanos(1));
    }
    return NEVER;
  }

  /** The last fire before an instant, before jitter. */
  private Instant admittedBefore(Instant t) {
    Instant last = base.before(t.isAfter(end) ? end : t);
    Instant fire = last;
    for (int crossed = 0; !fire.isBefore(start) && !fire.equals(NEVER_BEFORE); crossed++) {
      Optional<Exclusion> out = exclusion(fire);
      if (out.isEmpty()) {
        return fire;
      }
      if (givesUp(crossed, fire, last, out.get())) {
        return NEVER_BEFORE;
      }
      fire = base.before(out.get().stretch().from());
    }
    return NEVER_BEFORE;
  }

  private static boolean givesUp(int crossed, Instant from, Instant to, Exclusion latest) {
    if (crossed > TOO_MANY_STRETCHES) {
      throw new IllegalStateException("Calendar '" + latest.calendar()
          + "' excludes what lies from " + from + " to " + to + " in more than "
          + TOO_MANY_STRETCHES + " stretches; it has to answer with longer ones");
    }
    return crossed > MOST_STRETCHES && Duration.between(from, to).compareTo(PATIENCE) > 0;
  }

  /** What takes a fire at an instant out, if anything does. */
  Optional<Exclusion> exclusion(Instant t) {
    if (only.isEmpty() && except.isEmpty()) {
      return Optional.empty();
    }
    if (rules == null) {
      throw new IllegalStateException("The trigger keeps to calendars by name, " + only
          + " and not " + except + ": call with(calendars) before asking it");
    }
    for (Rule rule : rules) {
      Stretch stretch = rule.calendar().around(t);
      if (t.isBefore(stretch.from()) || !t.isBefore(stretch.until())) {
        throw new IllegalStateException(
            "Calendar '" + rule.name() + "' was asked for the stretch around " + t
                + " and answered " + stretch + ", which does not hold it");
      }
      if (stretch.inside() != rule.keepsInside()) {
        return Optional.of(new Exclusion(rule.name(), stretch));
      }
    }
    return Optional.empty();
  }

  /** Where a fire stood before jitter moved it. */
  Instant unmoved(Instant fire) {
    return jitter.isZero() ? fire : admittedBefore(fire.plusNanos(1));
  }

  /** A fire as jitter moves it: by less than the way to the next fire, to the end of life, or out of its calendars' stretch. */
  private Instant moved(Instant fire) {
    if (job == null) {
      throw new IllegalStateException(
          "Jitter is drawn from the name of the job: ask the trigger of a job, or call forJob first");
    }
    if (fire.equals(NEVER) || fire.equals(NEVER_BEFORE)) {
      return fire;
    }
    Instant next = admittedAfter(fire);
    Instant bound = next.equals(NEVER) ? end : next;
    if (rules != null) {
      for (Rule rule : rules) {
        Instant until = rule.calendar().around(fire).until();
        bound = until.isBefore(bound) ? until : bound;
      }
    }
    Duration room = Duration.between(fire, bound);
    long millis =
        room.compareTo(jitter) > 0 ? jitter.toMillis() : room.minusNanos(1).toMillis();
    return millis <= 0 ? fire : fire.plusMillis(draw(fire, millis));
  }

  /** A number from 0 to a maximum. Part of the contract: all versions must draw the same. */
  private long draw(Instant fire, long max) {
    long hash = Objects.requireNonNull(job).hashCode();
    for (long part : new long[] {fire.getEpochSecond(), fire.getNano()}) {
      hash = (hash ^ part) * 0x9e3779b97f4a7c15L; // SplittableRandom's mixer
      hash = (hash ^ hash >>> 30) * 0xbf58476d1ce4e5b9L;
      hash = (hash ^ hash >>> 27) * 0x94d049bb133111ebL;
      hash ^= hash >>> 31;
    }
    return Math.floorMod(hash, max + 1);
  }

  private static SortedSet<String> plus(SortedSet<String> names, String name) {
    var more = new TreeSet<>(names);
    more.add(Objects.requireNonNull(name, "calendar"));
    return Collections.unmodifiableSortedSet(more);
  }

  /** Equal are triggers that were defined alike, whatever calendars were found for them and whatever job they are for. */
  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof NarrowedTrigger that
        && base.equals(that.base)
        && start.equals(that.start)
        && end.equals(that.end)
        && only.equals(that.only)
        && except.equals(that.except)
        && jitter.equals(that.jitter);
  }

  @Override
  public int hashCode() {
    return Objects.hash(base, start, end, only, except, jitter);
  }

  @Override
  public String toString() {
    var text = new StringBuilder(base.toString());
    if (!start.equals(NEVER_BEFORE)) {
      text.append(" from ").append(start);
    }
    if (!end.equals(NEVER)) {
      text.append(" until ").append(end);
    }
    if (!only.isEmpty()) {
      text.append(" only ").append(String.join(", ", only));
    }
    if (!except.isEmpty()) {
      text.append(" except ").append(String.join(", ", except));
    }
    if (!jitter.isZero()) {
      text.append(" jitter ").append(jitter);
    }
    return text.toString();
  }
}
