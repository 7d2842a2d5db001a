package io.shardkeeper.trigger;

import io.shardkeeper.calendar.Calendars;
import io.shardkeeper.cron.Cron;
import io.shardkeeper.cron.EveryMacro;
import io.shardkeeper.run.Outcome;
import io.shardkeeper.time.Zones;
import java.time.DayOfWeek;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalTime;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/**
 * When a job is due: a pure rule, which names fires. All kinds are immutable, and threads may share them.
 *
 * <p>For every instant t, {@code before(after(t)) <= t < after(t)}: the two questions see the same fires, unless calendars
 * exclude so much that a search gives up, as {@link NarrowedTrigger} tells. Where there is no fire
 * the answer is {@link #NEVER}, an instant that is never reached, and the law holds there too.
 *
 * <p>Some kinds name no fires of their own, because something else than the clock decides: {@link ByEvent}.
 */
public sealed interface Trigger
    permits CronTrigger, FixedRate, DailyWindow, Trigger.At, Trigger.ByEvent, NarrowedTrigger {

  /** The fire after the last one: later than all instants that there are. */
  Instant NEVER = Instant.MAX;

  /** The fire before the first one: earlier than all instants that there are. */
  Instant NEVER_BEFORE = Instant.MIN;

  /** The shortest period or delay. */
  Duration SHORTEST_PERIOD = Duration.ofMillis(1);

  /** The longest period or delay: a hundred years. */
  Duration LONGEST_PERIOD = Duration.ofDays(36_525);

  /** The first fire later than an instant, or {@link #NEVER}. */
  Instant after(Instant t);

  /** The last fire earlier than an instant, or {@link #NEVER_BEFORE}. */
  Instant before(Instant t);

  /** The zone in which people think of its fires; UTC for triggers that know none. */
  default ZoneId zone() {
    return ZoneOffset.UTC;
  }

  /** Whether its life and its calendars would let a run start at an instant, whoever asks for it. */
  default boolean admits(Instant t) {
    return true;
  }

  /** This trigger for a job: what is drawn from the name of the job, {@code H} and jitter, is drawn. */
  default Trigger forJob(String jobName) {
    return this;
  }

  /** This trigger with the calendars that its names stand for. */
  default Trigger with(Calendars calendars) {
    return this;
  }

  /** Only the fires at or after a start. */
  default Trigger from(Instant start) {
    return NarrowedTrigger.of(this).from(start);
  }

  /** Only the fires before an end. */
  default Trigger until(Instant end) {
    return NarrowedTrigger.of(this).until(end);
  }

  /** Only the fires that lie inside a calendar; of several calendars, inside each. */
  default Trigger only(String calendar) {
    return NarrowedTrigger.of(this).only(calendar);
  }

  /** Only the fires that do not lie inside a calendar. */
  default Trigger except(String calendar) {
    return NarrowedTrigger.of(this).except(calendar);
  }

  /**
   * Each fire later by up to a maximum, drawn from the name of the job and the fire: the same for all who ask, and never as
   * late as the next fire.
   */
  default Trigger jitter(Duration max) {
    return NarrowedTrigger.of(this).jitter(max);
  }

  /**
   * Fires where the clock of a zone matches an expression; {@code @every 90s} is {@link #every}.
   *
   * @throws IllegalArgumentException if the expression or the zone cannot be read; the message says what would be right
   */
  static Trigger cron(String expression, String zone) {
    ZoneId known = Zones.of(zone);
    Optional<Duration> period = EveryMacro.period(expression);
    return period.isPresent() ? every(period.get()) : cron(Cron.parse(expression), known);
  }

  /**
   * The time zone of a name.
   *
   * @throws IllegalArgumentException if the IANA database has no such name; the message says what to write instead
   */
  static ZoneId zone(String name) {
    return Zones.of(name);
  }

  /** Fires where the clock of UTC matches an expression. */
  static Trigger cron(String expression) {
    return cron(expression, "UTC");
  }

  /** Fires where the clock of a zone matches an expression. */
  static CronTrigger cron(Cron expression, ZoneId zone) {
    return new CronTrigger(expression, zone);
  }

  /** Fires each period, counted from 1970-01-01T00:00Z: each 15 minutes is at 0, 15, 30 and 45 past. */
  static FixedRate every(Duration period) {
    return new FixedRate(period, Instant.EPOCH);
  }

  /** Fires at an anchor and each period after it. */
  static FixedRate every(Duration period, Instant anchor) {
    return new FixedRate(period, anchor);
  }

  /** Starts a run so long after the end of the one before. */
  static FixedDelay delay(Duration delay) {
    return new FixedDelay(delay);
  }

  /** Fires at these instants, once each. */
  static At at(Instant first, Instant... more) {
    var instants = new ArrayList<Instant>(List.of(more));
    instants.add(first);
    return new At(instants);
  }

  /**
   * Fires each period from one time of the day to another, both included, on all days.
   *
   * @throws IllegalArgumentException if a time or the zone cannot be read
   */
  static DailyWindow daily(String from, String to, Duration every, String zone) {
    return DailyWindow.of(from, to, every, EnumSet.allOf(DayOfWeek.class), Zones.of(zone));
  }

  /** Fires each period from one time of the day to another, both included, on some days of the week. */
  static DailyWindow daily(
      LocalTime from, LocalTime to, Duration every, Set<DayOfWeek> days, ZoneId zone) {
    return new DailyWindow(from, to, every, days, zone);
  }

  /** Runs when a run of one of these jobs has succeeded. */
  static AfterJobs afterJobs(String first, String... more) {
    var jobs = new TreeSet<String>(List.of(more));
    jobs.add(first);
    return new AfterJobs(jobs, Set.of(Outcome.SUCCEEDED));
  }

  /** Runs by request only. */
  static Manual manual() {
    return new Manual();
  }

  /** A trigger whose fires something else than the clock decides, so that there are none to be named. */
  sealed interface ByEvent extends Trigger permits FixedDelay, AfterJobs, Manual {
    @Override
    default Instant after(Instant t) {
      return NEVER;
    }

    @Override
    default Instant before(Instant t) {
      return NEVER_BEFORE;
    }
  }

  /** Starts a run so long after the end of the one before; the first as soon as the job is known. */
  record FixedDelay(Duration delay) implements ByEvent {
    /** Checks the delay. */
    public FixedDelay {
      Periods.check("A fixed delay", delay);
    }

    /** When to start after a run that ended. */
    public Instant startAfter(Instant ended) {
      return ended.plus(delay);
    }
  }

  /** Fires at these instants, once each. They are kept in order, without repetition. */
  record At(List<Instant> instants) implements Trigger {
    /** How many instants one trigger may name. */
    public static final int MOST = 1_000;

    /** Sorts the instants. */
    public At {
      instants = List.copyOf(new TreeSet<>(instants));
      if (instants.isEmpty() || instants.size() > MOST) {
        throw new IllegalArgumentException("A trigger at fixed instants has " + instants.size()
            + " of them; it takes 1 to " + MOST);
      }
      instants.forEach(instant -> Periods.checkInstant("A fire", instant));
    }

    @Override
    public Instant after(Instant t) {
      int found = Collections.binarySearch(instants, t);
      int next = found >= 0 ? found + 1 : -found - 1;
      return next < instants.size() ? instants.get(next) : NEVER;
    }

    @Override
    public Instant before(Instant t) {
      int found = Collections.binarySearch(instants, t);
      int previous = found >= 0 ? found - 1 : -found - 2;
      return previous >= 0 ? instants.get(previous) : NEVER_BEFORE;
    }
  }

  /** Runs when a run of any of these jobs ends with one of these outcomes. */
  record AfterJobs(Set<String> jobs, Set<Outcome> outcomes) implements ByEvent {
    /** How many jobs one trigger may follow. */
    public static final int MOST = 100;

    /** Checks that there is something to wait for. */
    public AfterJobs {
      jobs = Collections.unmodifiableSet(new TreeSet<>(jobs));
      if (jobs.isEmpty() || jobs.size() > MOST) {
        throw new IllegalArgumentException(
            "A trigger after other jobs names " + jobs.size() + " jobs; it takes 1 to " + MOST);
      }
      if (outcomes.isEmpty()) {
        throw new IllegalArgumentException(
            "A trigger after " + jobs + " names no outcome; SUCCEEDED is the usual one");
      }
      outcomes = Collections.unmodifiableSet(EnumSet.copyOf(outcomes));
    }

    /** The same jobs, with other outcomes. */
    public AfterJobs on(Outcome first, Outcome... more) {
      return new AfterJobs(jobs, EnumSet.of(first, more));
    }
  }

  /** Runs by request only. */
  record Manual() implements ByEvent {}
}
