package io.shardkeeper.cron;

/**
 * Which days of a month match: the two day fields of an expression, as bit masks. Immutable.
 *
 * <p>Weekdays are bits 0 (Monday) to 6 (Sunday), days of the month bits 1 to 31, and "n days before the last" is bit n.
 */
final class DayRule {
  /** How the two fields go together. */
  enum Join {
    /** Neither says anything: all days. */
    ANY_DAY,
    BY_MONTH,
    BY_WEEK,
    BOTH,
    EITHER
  }

  private static final int WEEK = 0x7f;
  private static final long SIX_WEEKS = 1L | 1L << 7 | 1L << 14 | 1L << 21 | 1L << 28 | 1L << 35;

  private final Join join;
  private final int days;
  private final int beforeLast;
  private final int nearest;
  private final int nearestBeforeLast;
  private final long weekdays; // repeated six times, to be shifted to the first day of a month
  private final int lastWeekdays;
  private final long nthWeekdays; // five weeks of bits: n-th weekday w is bit 7 * (n - 1) + w

  DayRule(Join join, CronDraft draft) {
    this.join = join;
    this.days = draft.days;
    this.beforeLast = draft.beforeLast;
    this.nearest = draft.nearest;
    this.nearestBeforeLast = draft.nearestBeforeLast;
    this.weekdays = draft.weekdays * SIX_WEEKS;
    this.lastWeekdays = draft.lastWeekdays;
    this.nthWeekdays = draft.nthWeekdays;
  }

  /** The days of a month that match, as bits 1 to 31. */
  int in(int year, int month, int firstDay) {
    int length = LocalDays.lengthOfMonth(year, month);
    int all = (int) ((2L << length) - 2);
    return switch (join) {
      case ANY_DAY -> all;
      case BY_MONTH -> all & byMonth(length, firstDay);
      case BY_WEEK -> all & byWeek(length, firstDay);
      case BOTH -> all & byMonth(length, firstDay) & byWeek(length, firstDay);
      case EITHER -> all & (byMonth(length, firstDay) | byWeek(length, firstDay));
    };
  }

  private int byMonth(int length, int firstDay) {
    int result = days;
    if ((beforeLast | nearest | nearestBeforeLast) == 0) {
      return result;
    }
    int first = LocalDays.weekday(firstDay);
    for (int rest = beforeLast; rest != 0; rest &= rest - 1) {
      result |= bit(length - Integer.numberOfTrailingZeros(rest));
    }
    for (int rest = nearest; rest != 0; rest &= rest - 1) {
      result |= bit(nearestWeekday(Integer.numberOfTrailingZeros(rest), length, first));
    }
    for (int rest = nearestBeforeLast; rest != 0; rest &= rest - 1) {
      result |= bit(nearestWeekday(length - Integer.numberOfTrailingZeros(rest), length, first));
    }
    return result;
  }

  private int byWeek(int length, int firstDay) {
    int first = LocalDays.weekday(firstDay);
    int result = (int) (weekdays >>> first) << 1;
    if (lastWeekdays != 0) {
      // The last seven days of a month hold each weekday once.
      result |= rotate(lastWeekdays, (first + length) % 7) << (length - 6);
    }
    for (int week = 0; nthWeekdays >>> (7 * week) != 0; week++) {
      result |= rotate((int) (nthWeekdays >>> (7 * week)) & WEEK, first) << (7 * week + 1);
    }
    return result;
  }

  /** The weekday bits in the order in which they come from a first weekday on. */
  private static int rotate(int week, int first) {
    return ((week >>> first) | (week << (7 - first))) & WEEK;
  }

  private static int nearestWeekday(int day, int length, int first) {
    if (day < 1 || day > length) {
      return 0;
    }
    int weekday = (first + day - 1) % 7;
    if (weekday == 5) {
      return day > 1 ? day - 1 : 3;
    }
    if (weekday == 6) {
      return day < length ? day + 1 : length - 2;
    }
    return day;
  }

  private static int bit(int day) {
    return day < 1 ? 0 : 1 << day;
  }
}
