package io.shardkeeper.cron;

import java.util.BitSet;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A cron expression: which times of a wall clock match. Immutable; threads may share it.
 *
 * <p>It knows no zone: a {@code CronTrigger} makes instants of its local times. The grammar stands in
 * {@code docs/triggers.md}. An expression that can never fire does not exist: it is refused when it is built.
 *
 * <p>Inside, each field is a bit mask. A search first finds the day, month by month, then the time of the day; it tries no
 * candidates, so a day that comes once in forty years costs no more than the months between that could have held it.
 */
public final class Cron {
  /** How long an expression may be. */
  public static final int MOST_CHARACTERS = 1_000;

  /** The first year in which an expression can fire. */
  public static final int FIRST_YEAR = LocalDays.FIRST_YEAR;

  /** The last year in which an expression can fire. */
  public static final int LAST_YEAR = LocalDays.LAST_YEAR;

  /** No later time matches. */
  public static final long NEVER = Long.MAX_VALUE;

  /** No earlier time matches. */
  public static final long NEVER_BEFORE = Long.MIN_VALUE;

  private final String text;
  private final Dialect dialect;
  private final @Nullable String job;
  private final boolean unbound;
  private final boolean intervalLike;

  private final long seconds;
  private final long minutes;
  private final long hours;
  private final int months;
  private final DayRule days;
  private final @Nullable BitSet years;
  private final int firstTime;
  private final int lastTime;

  Cron(String text, Dialect dialect, @Nullable String job, CronDraft draft) {
    this.text = text;
    this.dialect = dialect;
    this.job = draft.drawn ? job : null;
    this.unbound = draft.drawn && job == null;
    this.intervalLike = draft.intervalLike;
    this.seconds = draft.bits(Field.SECOND);
    this.minutes = draft.bits(Field.MINUTE);
    this.hours = draft.bits(Field.HOUR);
    this.months = (int) draft.bits(Field.MONTH);
    this.days = new DayRule(draft.join, draft);
    this.years = draft.years;
    this.firstTime = time(lowest(hours), lowest(minutes), lowest(seconds));
    this.lastTime = time(highest(hours), highest(minutes), highest(seconds));
  }

  /** Reads an expression by the number of its fields: 5 are Unix, 6 or 7 Quartz. Macros such as {@code @daily} are Unix. */
  public static Cron parse(String text) {
    return CronParser.parse(text, null, null);
  }

  /** Reads five fields: minute, hour, day of month, month, day of week. */
  public static Cron unix(String text) {
    return CronParser.parse(text, Dialect.UNIX, null);
  }

  /** Reads six or seven fields, as Quartz does: second, minute, hour, day of month, month, day of week, year. */
  public static Cron quartz(String text) {
    return CronParser.parse(text, Dialect.QUARTZ, null);
  }

  /** Reads six fields, as Spring does: second, minute, hour, day of month, month, day of week. */
  public static Cron spring(String text) {
    return CronParser.parse(text, Dialect.SPRING, null);
  }

  /** Reads an expression as a dialect does. */
  public static Cron of(Dialect dialect, String text) {
    return CronParser.parse(text, Objects.requireNonNull(dialect, "dialect"), null);
  }

  /**
   * This expression with each {@code H} drawn from the name of a job; without an {@code H}, this expression.
   *
   * @throws CronSyntaxException if what was drawn can never fire, such as day 30 of February
   */
  public Cron spreadFor(String jobName) {
    Objects.requireNonNull(jobName, "jobName");
    return unbound || job != null ? CronParser.parse(text, dialect, jobName) : this;
  }

  /** Whether it holds an {@code H} that is not yet drawn from the name of a job; it can name no fire until then. */
  public boolean needsJobName() {
    return unbound;
  }

  /** The dialect in which it was read. */
  public Dialect dialect() {
    return dialect;
  }

  /**
   * Whether it says "each so often" rather than "at": its hour field is {@code *}, {@code *}{@code /n} or {@code a/n}. The two
   * kinds differ in what they do when clocks change.
   */
  public boolean isIntervalLike() {
    return intervalLike;
  }

  /**
   * What is allowed and often regretted: numbers of weekdays, dates that are rare, minutes at which everybody's jobs stand.
   */
  public List<Finding> lint() {
    return Lint.of(this);
  }

  /**
   * The first matching local time at or after another, both as seconds of the wall clock since 1970-01-01T00:00, or
   * {@link #NEVER}.
   */
  public long nextLocal(long local) {
    checkDrawn();
    long onDay = Math.floorDiv(local, LocalDays.SECONDS);
    if (onDay > LocalDays.LAST) {
      return NEVER;
    }
    int day = (int) Math.max(onDay, LocalDays.FIRST);
    int date = LocalDays.date(day);
    int year = LocalDays.year(date);
    int month = LocalDays.month(date);
    int dayOfMonth = LocalDays.dayOfMonth(date);
    int firstDay = day - dayOfMonth + 1;

    int matching = daysIn(year, month, firstDay);
    if ((matching >>> dayOfMonth & 1) != 0) {
      int time = onDay < LocalDays.FIRST
          ? firstTime
          : nextTime((int) (local - (long) day * LocalDays.SECONDS));
      if (time >= 0) {
        return (long) day * LocalDays.SECONDS + time;
      }
    }
    matching &= -2 << dayOfMonth;
    while (matching == 0) {
      int later = months & (-2 << month);
      if (later == 0) {
        later = months;
        year = nextYear(year + 1);
        if (year > LocalDays.LAST_YEAR) {
          return NEVER;
        }
      }
      month = Integer.numberOfTrailingZeros(later);
      firstDay = LocalDays.ofMonth(year, month);
      matching = daysIn(year, month, firstDay);
    }
    return (long) (firstDay + Integer.numberOfTrailingZeros(matching) - 1) * LocalDays.SECONDS
        + firstTime;
  }

  /**
   * The last matching local time at or before another, both as seconds of the wall clock since 1970-01-01T00:00, or
   * {@link #NEVER_BEFORE}.
   */
  public long previousLocal(long local) {
    checkDrawn();
    long onDay = Math.floorDiv(local, LocalDays.SECONDS);
    if (onDay < LocalDays.FIRST) {
      return NEVER_BEFORE;
    }
    int day = (int) Math.min(onDay, LocalDays.LAST);
    int date = LocalDays.date(day);
    int year = LocalDays.year(date);
    int month = LocalDays.month(date);
    int dayOfMonth = LocalDays.dayOfMonth(date);
    int firstDay = day - dayOfMonth + 1;

    int matching = daysIn(year, month, firstDay);
    if ((matching >>> dayOfMonth & 1) != 0) {
      int time = onDay > LocalDays.LAST
          ? lastTime
          : previousTime((int) (local - (long) day * LocalDays.SECONDS));
      if (time >= 0) {
        return (long) day * LocalDays.SECONDS + time;
      }
    }
    matching &= (1 << dayOfMonth) - 1;
    while (matching == 0) {
      int earlier = months & ((1 << month) - 1);
      if (earlier == 0) {
        earlier = months;
        year = previousYear(year - 1);
        if (year < LocalDays.FIRST_YEAR) {
          return NEVER_BEFORE;
        }
      }
      month = 31 - Integer.numberOfLeadingZeros(earlier);
      firstDay = LocalDays.ofMonth(year, month);
      matching = daysIn(year, month, firstDay);
    }
    return (long) (firstDay + 30 - Integer.numberOfLeadingZeros(matching)) * LocalDays.SECONDS
        + lastTime;
  }

  /** The days of a month that match, as bits 1 to 31. */
  int daysIn(int year, int month) {
    return daysIn(year, month, LocalDays.ofMonth(year, month));
  }

  private int daysIn(int year, int month, int firstDay) {
    return (months >>> month & 1) != 0 && (years == null || years.get(year))
        ? days.in(year, month, firstDay)
        : 0;
  }

  private int nextYear(int year) {
    if (years == null) {
      return year;
    }
    int next = years.nextSetBit(year);
    return next < 0 ? LocalDays.LAST_YEAR + 1 : next;
  }

  private int previousYear(int year) {
    return years == null ? year : years.previousSetBit(year);
  }

  private int nextTime(int time) {
    int hour = time / 3600;
    if ((hours >>> hour & 1) != 0) {
      int minute = time / 60 % 60;
      if ((minutes >>> minute & 1) != 0) {
        long rest = seconds & (-1L << time % 60);
        if (rest != 0) {
          return time(hour, minute, lowest(rest));
        }
      }
      long rest = minutes & (-2L << minute);
      if (rest != 0) {
        return time(hour, lowest(rest), lowest(seconds));
      }
    }
    long rest = hours & (-2L << hour);
    return rest == 0 ? -1 : time(lowest(rest), lowest(minutes), lowest(seconds));
  }

  private int previousTime(int time) {
    int hour = time / 3600;
    if ((hours >>> hour & 1) != 0) {
      int minute = time / 60 % 60;
      if ((minutes >>> minute & 1) != 0) {
        long rest = seconds & ((2L << time % 60) - 1);
        if (rest != 0) {
          return time(hour, minute, highest(rest));
        }
      }
      long rest = minutes & ((1L << minute) - 1);
      if (rest != 0) {
        return time(hour, highest(rest), highest(seconds));
      }
    }
    long rest = hours & ((1L << hour) - 1);
    return rest == 0 ? -1 : time(highest(rest), highest(minutes), highest(seconds));
  }

  private static int time(int hour, int minute, int second) {
    return hour * 3600 + minute * 60 + second;
  }

  private static int lowest(long bits) {
    return Long.numberOfTrailingZeros(bits);
  }

  private static int highest(long bits) {
    return 63 - Long.numberOfLeadingZeros(bits);
  }

  private void checkDrawn() {
    if (unbound) {
      throw new IllegalStateException(
          "Cron '" + text
              + "' has an H, which is drawn from the name of its job: ask the trigger of a job, or call spreadFor(jobName)");
    }
  }

  /** Equal are expressions with the same text, dialect and draws: what they match is then the same. */
  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof Cron that
        && text.equals(that.text)
        && dialect == that.dialect
        && Objects.equals(job, that.job);
  }

  @Override
  public int hashCode() {
    return Objects.hash(text, dialect, job);
  }

  /** The expression as it was written. */
  @Override
  public String toString() {
    return text;
  }
}
