package io.shardkeeper.oracle;

import java.time.DayOfWeek;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.time.YearMonth;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Predicate;

/**
 * Says when a cron expression is due in the dullest way there is: it tries one second after the
 * other and compares the fields. Immutable.
 *
 * <p>It exists to be believed, so it shares no line with the engine, not even the parser, and has
 * nothing clever in it. It takes for granted that an expression is right; it knows each form of
 * docs/triggers.md but {@code H} and the macros. Two things make it fast enough, and neither
 * decides anything: each of the 86,400 seconds of a day is tried once and for all, and a day whose
 * date does not match is passed over.
 */
final class CronOracle {

  /** How the fields of an expression are counted, and its weekdays. */
  enum Dialect {
    UNIX,
    QUARTZ,
    SPRING
  }

  /** What becomes of a time that the clock skips. */
  enum Gap {
    SHIFT,
    SKIP
  }

  /** What becomes of a time that the clock shows twice. */
  enum Overlap {
    FIRST,
    BOTH,
    LAST
  }

  private static final int DAY = 24 * 60 * 60;

  private static final List<String> MONTHS =
      List.of("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC");
  private static final List<String> WEEKDAYS =
      List.of("SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT");

  private final BitSet times;
  private final Predicate<LocalDate> dates;
  private final Gap gap;
  private final Overlap overlap;

  private CronOracle(BitSet times, Predicate<LocalDate> dates, Gap gap, Overlap overlap) {
    this.times = times;
    this.dates = dates;
    this.gap = gap;
    this.overlap = overlap;
  }

  static CronOracle of(Dialect dialect, String expression) {
    var text = expression.strip().toUpperCase(Locale.ROOT);
    var fields = new ArrayList<>(Arrays.asList(text.split("\\s+")));
    if (dialect == Dialect.UNIX) {
      fields.add(0, "0");
    }
    if (fields.size() == 6) {
      fields.add("*");
    }
    boolean intervalLike = fields.get(2).matches("\\*|(\\*|\\d+)/\\d+");
    return new CronOracle(
        times(fields.get(0), fields.get(1), fields.get(2)),
        dates(dialect, fields.get(3), fields.get(4), fields.get(5), fields.get(6)),
        intervalLike ? Gap.SKIP : Gap.SHIFT,
        intervalLike ? Overlap.BOTH : Overlap.FIRST);
  }

  /** The same expression with another rule for gaps. */
  CronOracle gap(Gap other) {
    return new CronOracle(times, dates, other, overlap);
  }

  /** The same expression with another rule for overlaps. */
  CronOracle overlap(Overlap other) {
    return new CronOracle(times, dates, gap, other);
  }

  // ---- Fields against a local date and time -----------------------------------------------------

  /** Whether a wall clock that shows this matches the expression; between two seconds none does. */
  boolean matches(LocalDateTime local) {
    return local.equals(local.truncatedTo(ChronoUnit.SECONDS))
        && times.get(local.toLocalTime().toSecondOfDay())
        && dates.test(local.toLocalDate());
  }

  /** The first match after a local time, up to the end of a year. */
  Optional<LocalDateTime> next(LocalDateTime after, int lastYear) {
    var from = after.truncatedTo(ChronoUnit.SECONDS).plusSeconds(1);
    return firstMatch(from, LocalDate.of(lastYear + 1, 1, 1).atStartOfDay());
  }

  /** The first match from one local time until another, which no longer counts. */
  private Optional<LocalDateTime> firstMatch(LocalDateTime from, LocalDateTime until) {
    int time = from.toLocalTime().toSecondOfDay();
    for (var date = from.toLocalDate();
        date.atStartOfDay().isBefore(until);
        date = date.plusDays(1)) {
      int match = dates.test(date) ? times.nextSetBit(time) : -1;
      if (match >= 0) {
        return Optional.of(date.atTime(LocalTime.ofSecondOfDay(match)))
            .filter(found -> found.isBefore(until));
      }
      time = 0;
    }
    return Optional.empty();
  }

  // ---- The same in a zone -----------------------------------------------------------------------

  /** The seconds at which the cron is due while a clock is watched: each of them is tried. */
  List<Long> fires(WallClock clock) {
    var fires = new ArrayList<Long>();
    for (long second = clock.from(); second <= clock.to(); second++) {
      long jump = clock.at(second) - clock.at(second - 1) - 1;
      boolean isDueNow = isDueAt(clock.at(second)) && isTheRightOne(clock, second);
      if (isDueNow || (jump > 0 && gap == Gap.SHIFT && isDueInside(clock, second))) {
        fires.add(second);
      }
    }
    return fires;
  }

  /** Whether a wall clock that shows so many seconds since 1970 matches. */
  private boolean isDueAt(long local) {
    return times.get((int) Math.floorMod(local, (long) DAY))
        && dates.test(LocalDate.ofEpochDay(Math.floorDiv(local, (long) DAY)));
  }

  /** Whether one of the times matches that the clock has just left out. */
  private boolean isDueInside(WallClock clock, long second) {
    for (long missing = clock.at(second - 1) + 1; missing < clock.at(second); missing++) {
      if (isDueAt(missing)) {
        return true;
      }
    }
    return false;
  }

  /** Whether a time that happens twice is asked for now, or was or will be at the other offset. */
  private boolean isTheRightOne(WallClock clock, long second) {
    if (overlap == Overlap.BOTH) {
      return true;
    }
    var offsets = clock.offsetsThatShow(second);
    var wanted = offsets.get(overlap == Overlap.FIRST ? 0 : offsets.size() - 1);
    return wanted.getTotalSeconds() == clock.at(second) - second;
  }

  // ---- Reading an expression --------------------------------------------------------------------

  private static BitSet times(String secondField, String minuteField, String hourField) {
    var seconds = values(secondField, 0, 59, 60, List.of());
    var minutes = values(minuteField, 0, 59, 60, List.of());
    var hours = values(hourField, 0, 23, 24, List.of());
    var times = new BitSet(DAY);
    for (int hour = 0; hour < 24; hour++) {
      for (int minute = 0; minute < 60; minute++) {
        boolean now = hours.get(hour) && minutes.get(minute);
        for (int second = 0; now && second < 60; second++) {
          times.set((hour * 60 + minute) * 60 + second, seconds.get(second));
        }
      }
    }
    return times;
  }

  private static Predicate<LocalDate> dates(
      Dialect dialect, String dayField, String monthField, String weekdayField, String yearField) {
    var months = values(monthField, 1, 12, 12, MONTHS);
    var years = values(yearField, 1970, 2199, Integer.MAX_VALUE, List.of());
    var day = anyItem(dayField, CronOracle::dayOfMonth);
    var weekday = anyItem(weekdayField, item -> dayOfWeek(dialect, item));
    boolean either = dialect == Dialect.UNIX && isGiven(dayField) && isGiven(weekdayField);
    var days = either ? day.or(weekday) : day.and(weekday);
    return date -> months.get(date.getMonthValue())
        && (yearField.equals("*") || years.get(date.getYear()))
        && days.test(date);
  }

  private static boolean isGiven(String field) {
    return !field.startsWith("*") && !field.equals("?");
  }

  private interface ItemReader {
    Predicate<LocalDate> read(String item);
  }

  private static Predicate<LocalDate> anyItem(String field, ItemReader reader) {
    var items = Arrays.stream(field.split(",", -1)).map(reader::read).toList();
    return items.stream().reduce(date -> false, Predicate::or);
  }

  private static Predicate<LocalDate> dayOfMonth(String item) {
    if (!item.matches("(L(-\\d+)?|\\d+W|L(-\\d+)?W)")) {
      var days = values(item, 1, 31, 31, List.of());
      return date -> days.get(date.getDayOfMonth());
    }
    boolean fromTheEnd = item.startsWith("L");
    var digits = item.replaceAll("\\D", "");
    int number = digits.isEmpty() ? 0 : Integer.parseInt(digits);
    boolean nearest = item.endsWith("W");
    return date -> {
      var month = YearMonth.from(date);
      int day = fromTheEnd ? month.lengthOfMonth() - number : number;
      return month.isValidDay(day)
          && date.equals(nearest ? nearestWeekday(month.atDay(day)) : month.atDay(day));
    };
  }

  /** Looks around a date, further and further, for a Monday to Friday of the same month. */
  private static LocalDate nearestWeekday(LocalDate date) {
    for (int distance = 0; ; distance++) {
      for (var candidate : List.of(date.minusDays(distance), date.plusDays(distance))) {
        boolean isWeekday = candidate.getDayOfWeek().compareTo(DayOfWeek.FRIDAY) <= 0;
        if (isWeekday && candidate.getMonth() == date.getMonth()) {
          return candidate;
        }
      }
    }
  }

  private static Predicate<LocalDate> dayOfWeek(Dialect dialect, String item) {
    if (item.equals("L")) {
      return date -> date.getDayOfWeek() == DayOfWeek.SATURDAY;
    }
    if (item.endsWith("L")) {
      var weekday = weekdays(dialect, item.substring(0, item.length() - 1));
      return date -> weekday.get(numberOf(date)) && date.plusWeeks(1).getMonth() != date.getMonth();
    }
    if (item.contains("#")) {
      var weekday = weekdays(dialect, item.substring(0, item.indexOf('#')));
      int which = Integer.parseInt(item.substring(item.indexOf('#') + 1));
      return date -> weekday.get(numberOf(date)) && (date.getDayOfMonth() - 1) / 7 + 1 == which;
    }
    var weekdays = weekdays(dialect, item);
    return date -> weekdays.get(numberOf(date));
  }

  /** Sunday is 0, Saturday is 6. */
  private static int numberOf(LocalDate date) {
    return date.getDayOfWeek().getValue() % 7;
  }

  /** Weekdays by their {@linkplain #numberOf number}, however the dialect counts them. */
  private static BitSet weekdays(Dialect dialect, String item) {
    return switch (dialect) {
      case UNIX -> values(item, 0, 7, 7, WEEKDAYS);
      // Spring knows a 0, but its weeks begin with 1, a Monday: a star counts from there.
      case SPRING -> values(item.replace("*", "1-7"), 0, 7, 7, WEEKDAYS);
      case QUARTZ -> values(item, 1, 7, 7, WEEKDAYS).get(1, 8);
    };
  }

  /**
   * The values of a field without letters, names aside.
   *
   * @param different how many different values there are: a range that runs past the largest goes
   *     on with the smallest
   */
  private static BitSet values(
      String field, int smallest, int largest, int different, List<String> names) {
    var values = new BitSet();
    for (var item : field.split(",", -1)) {
      var parts = item.split("/", -1);
      var ends = parts[0].split("-", -1);
      int from;
      int to;
      if (parts[0].equals("*") || parts[0].equals("?")) {
        from = smallest;
        to = largest;
      } else {
        from = number(ends[0], smallest, names);
        to = ends.length > 1 ? number(ends[1], smallest, names) : parts.length > 1 ? largest : from;
      }
      if (to < from) {
        to += different;
      }
      int step = parts.length > 1 ? Integer.parseInt(parts[1]) : 1;
      for (int value = from; value <= to; value += step) {
        values.set(smallest + (value - smallest) % different);
      }
    }
    return values;
  }

  private static int number(String text, int smallest, List<String> names) {
    int index = names.indexOf(text);
    return index < 0 ? Integer.parseInt(text) : smallest + index;
  }
}
