package io.shardkeeper.cron;

/**
 * Days as plain numbers, counted from 1970-01-01: the few sums of the calendar that the engine needs, without an object for
 * any of them. Valid from 1970 to 2199, where all numbers involved are positive.
 */
final class LocalDays {
  static final int FIRST_YEAR = 1970;
  static final int LAST_YEAR = 2199;
  static final int SECONDS = 86_400;
  static final int FIRST = 0;
  static final int LAST = ofMonth(LAST_YEAR + 1, 1) - 1;

  /** From 0000-03-01, where a 400-year cycle begins just behind a leap day, to 1970-01-01. */
  private static final int TO_CYCLE = 719_468;

  private static final int CYCLE = 146_097;

  private LocalDays() {}

  /** The first day of a month. */
  static int ofMonth(int year, int month) {
    // In years that begin in March the leap day is the last, and days before a month are a line:
    // 153 days in 5 months.
    int y = month <= 2 ? year - 1 : year;
    int fromMarch = month <= 2 ? month + 9 : month - 3;
    return 365 * y + y / 4 - y / 100 + y / 400 + (153 * fromMarch + 2) / 5 - TO_CYCLE;
  }

  /** Year, month and day of month of a day, packed: {@link #year}, {@link #month} and {@link #dayOfMonth} unpack. */
  static int date(int day) {
    int n = day + TO_CYCLE;
    int cycle = n / CYCLE;
    int inCycle = n - cycle * CYCLE;
    int y = (inCycle - inCycle / 1_460 + inCycle / 36_524 - inCycle / 146_096) / 365;
    int inYear = inCycle - (365 * y + y / 4 - y / 100);
    int fromMarch = (5 * inYear + 2) / 153;
    int dayOfMonth = inYear - (153 * fromMarch + 2) / 5 + 1;
    int month = fromMarch < 10 ? fromMarch + 3 : fromMarch - 9;
    int year = y + cycle * 400 + (month <= 2 ? 1 : 0);
    return year << 9 | month << 5 | dayOfMonth;
  }

  static int year(int date) {
    return date >> 9;
  }

  static int month(int date) {
    return date >> 5 & 15;
  }

  static int dayOfMonth(int date) {
    return date & 31;
  }

  /** Monday is 0. */
  static int weekday(int day) {
    return (day + 3) % 7; // 1970-01-01 was a Thursday
  }

  static int lengthOfMonth(int year, int month) {
    if (month == 2) {
      return (year & 3) == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28;
    }
    return month == 4 || month == 6 || month == 9 || month == 11 ? 30 : 31;
  }
}
