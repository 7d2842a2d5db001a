package io.shardkeeper.trigger;

import io.shardkeeper.text.Quote;
import io.shardkeeper.time.Zones;
import java.time.DateTimeException;
import java.time.DayOfWeek;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.time.ZoneId;
import java.time.zone.ZoneOffsetTransition;
import java.util.Collections;
import java.util.EnumSet;
import java.util.Set;

/**
 * Fires each period inside a window of the day, on some days of the week. Both ends of the window belong to it.
 *
 * <p>A window that ends before it starts runs past midnight, and belongs to the day on which it starts: from 22:00 to 02:00
 * on Fridays ends on Saturday. Periods are elapsed time, counted from the start of the window. A start or end that falls into
 * a gap of the clock is the end of the gap; of a start that happens twice the first counts, of an end the second.
 */
public record DailyWindow(
    LocalTime start, LocalTime end, Duration every, Set<DayOfWeek> days, ZoneId zone)
    implements Trigger {
  private static final LocalDate FIRST = LocalDate.of(1970, 1, 1);
  private static final LocalDate LAST = LocalDate.of(2199, 12, 31);

  /** A week, and on each side a day that a window may reach into. */
  private static final int DAYS_TO_LOOK_AT = 9;

  /** Checks the period, the days and the zone. */
  public DailyWindow {
    Periods.check("The period of a daily window", every);
    if (days.isEmpty()) {
      throw new IllegalArgumentException(
          "A daily window from " + start + " to " + end + " has no days; it takes 1 to 7");
    }
    days = Collections.unmodifiableSet(EnumSet.copyOf(days));
    zone = Zones.checked(zone);
  }

  static DailyWindow of(
      String start, String end, Duration every, Set<DayOfWeek> days, ZoneId zone) {
    return new DailyWindow(time(start), time(end), every, days, zone);
  }

  /** The same window on these days only. */
  public DailyWindow on(DayOfWeek first, DayOfWeek... more) {
    return new DailyWindow(start, end, every, EnumSet.of(first, more), zone);
  }

  private static LocalTime time(String text) {
    try {
      return LocalTime.parse(text);
    } catch (DateTimeException e) {
      throw new IllegalArgumentException(
          "A daily window cannot begin or end at '" + Quote.of(text)
              + "'; times are written 09:30 or 22:00:15",
          e);
    }
  }

  @Override
  public Instant after(Instant t) {
    LocalDate day = dayOf(t).minusDays(1);
    for (int i = 0; i < DAYS_TO_LOOK_AT; i++, day = day.plusDays(1)) {
      if (!isWindowDay(day)) {
        continue;
      }
      Instant opens = opens(day);
      Instant fire = opens;
      if (!t.isBefore(opens)) {
        long passed = Duration.between(opens, t).dividedBy(every);
        fire = opens.plus(every.multipliedBy(passed + 1));
      }
      if (!fire.isAfter(closes(day))) {
        return fire;
      }
    }
    return NEVER;
  }

  @Override
  public Instant before(Instant t) {
    LocalDate day = dayOf(t).plusDays(1);
    for (int i = 0; i < DAYS_TO_LOOK_AT; i++, day = day.minusDays(1)) {
      if (!isWindowDay(day) || !opens(day).isBefore(t)) {
        continue;
      }
      Instant opens = opens(day);
      Instant closes = closes(day);
      Instant last = closes.isBefore(t) ? closes : t.minusNanos(1);
      return opens.plus(every.multipliedBy(Duration.between(opens, last).dividedBy(every)));
    }
    return NEVER_BEFORE;
  }

  /** The day of an instant, or one just outside the years in which there are fires. */
  private LocalDate dayOf(Instant t) {
    Instant first = FIRST.minusDays(2).atStartOfDay(zone).toInstant();
    Instant last = LAST.plusDays(2).atStartOfDay(zone).toInstant();
    Instant inside = t.isBefore(first) ? first : t.isAfter(last) ? last : t;
    return inside.atZone(zone).toLocalDate();
  }

  private boolean isWindowDay(LocalDate day) {
    return days.contains(day.getDayOfWeek()) && !day.isBefore(FIRST) && !day.isAfter(LAST);
  }

  private Instant opens(LocalDate day) {
    LocalDateTime local = day.atTime(start);
    ZoneOffsetTransition change = zone.getRules().getTransition(local);
    return change != null && change.isGap()
        ? change.getInstant()
        : local.atZone(zone).toInstant();
  }

  /** The last instant of a window. It ends before the next one opens, whatever the clock does in between. */
  private Instant closes(LocalDate day) {
    LocalDateTime local = (end.isBefore(start) ? day.plusDays(1) : day).atTime(end);
    ZoneOffsetTransition change = zone.getRules().getTransition(local);
    Instant closes = change != null && change.isGap()
        ? change.getInstant()
        : local.atZone(zone).withLaterOffsetAtOverlap().toInstant();
    Instant next = opens(day.plusDays(1));
    return closes.isBefore(next) || !opens(day).isBefore(next) ? closes : next.minusNanos(1);
  }
}
