package io.shardkeeper.calendar;

import java.time.DayOfWeek;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalTime;
import java.time.ZoneId;
import java.util.Set;
import java.util.function.Predicate;

/**
 * Divides time into what lies inside and what lies outside: holidays, bank days, office hours. Triggers keep to it with
 * {@code only} or {@code except}.
 *
 * <p>Implementations are pure: the same instant gets the same answer, for as long as the calendar is in use. Most are written
 * with {@link #days}:
 *
 * <pre>{@code
 * Calendar endOfQuarter = Calendar.days(berlin, day -> day.getMonthValue() % 3 == 0 && day.getDayOfMonth() > 25);
 * }</pre>
 */
@FunctionalInterface
public interface Calendar {
  /** The stretch that holds an instant. The longer it is, the less often a trigger has to ask. */
  Stretch around(Instant t);

  /** Whether an instant lies inside. */
  default boolean contains(Instant t) {
    return around(t).inside();
  }

  /** Inside are whole days of a zone. */
  static Calendar days(ZoneId zone, Predicate<LocalDate> inside) {
    return t -> {
      LocalDate day = t.atZone(zone).toLocalDate();
      return Hours.shown(
          zone, t, day.atStartOfDay(), day.plusDays(1).atStartOfDay(), inside.test(day));
    };
  }

  /** Inside are these days of a zone. */
  static Calendar dates(ZoneId zone, Set<LocalDate> dates) {
    return days(zone, Set.copyOf(dates)::contains);
  }

  /** Inside are these days of each week. */
  static Calendar weekdays(ZoneId zone, Set<DayOfWeek> days) {
    Set<DayOfWeek> copy = Set.copyOf(days);
    return days(zone, day -> copy.contains(day.getDayOfWeek()));
  }

  /** Inside is a part of each day, from a time until just before another; through midnight if the other comes first. */
  static Calendar hours(ZoneId zone, LocalTime from, LocalTime until) {
    if (from.equals(until)) {
      throw new IllegalArgumentException(
          "Hours from " + from + " until " + until + " hold no time of the day");
    }
    return new Hours(zone, from, until);
  }

  /** Inside is what lies inside this one or the other. */
  default Calendar or(Calendar other) {
    return t -> {
      Stretch mine = around(t);
      Stretch others = other.around(t);
      return both(mine, others, mine.inside() || others.inside());
    };
  }

  /** Inside is what lies inside this one and the other. */
  default Calendar and(Calendar other) {
    return t -> {
      Stretch mine = around(t);
      Stretch others = other.around(t);
      return both(mine, others, mine.inside() && others.inside());
    };
  }

  /** Inside is what lies outside this one. */
  default Calendar inverse() {
    return t -> {
      Stretch mine = around(t);
      return new Stretch(mine.from(), mine.until(), !mine.inside());
    };
  }

  private static Stretch both(Stretch a, Stretch b, boolean inside) {
    Instant from = a.from().isAfter(b.from()) ? a.from() : b.from();
    Instant until = a.until().isBefore(b.until()) ? a.until() : b.until();
    return new Stretch(from, until, inside);
  }
}
