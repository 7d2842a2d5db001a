package io.shardkeeper.cron;

import java.util.List;

/** A field of an expression: what it is called, the numbers it takes, and the names they have. */
enum Field {
  SECOND("second", "seconds", 0, 59, ""),
  MINUTE("minute", "minutes", 0, 59, ""),
  HOUR("hour", "hours", 0, 23, ""),
  DAY_OF_MONTH("day of month", "days", 1, 31, ""),
  MONTH("month", "months", 1, 12, "JAN FEB MAR APR MAY JUN JUL AUG SEP OCT NOV DEC"),
  DAY_OF_WEEK("day of week", "weekdays", 0, 7, "SUN MON TUE WED THU FRI SAT"),
  YEAR("year", "years", LocalDays.FIRST_YEAR, LocalDays.LAST_YEAR, "");

  final String label;
  final String plural;
  private final String names;
  private final int min;
  private final int max;

  Field(String label, String plural, int min, int max, String names) {
    this.label = label;
    this.plural = plural;
    this.min = min;
    this.max = max;
    this.names = names;
  }

  /** The names of its values, in order; none if they have none. */
  List<String> names() {
    return names.isEmpty() ? List.of() : List.of(names.split(" "));
  }

  boolean isDay() {
    return this == DAY_OF_MONTH || this == DAY_OF_WEEK;
  }

  int min(Dialect dialect) {
    return this == DAY_OF_WEEK && dialect == Dialect.QUARTZ ? 1 : min;
  }

  int max() {
    return max;
  }

  /** Where a star starts to count. Spring's weeks begin on Monday, though Sunday may be called 0. */
  int starMin(Dialect dialect) {
    return this == DAY_OF_WEEK && dialect == Dialect.SPRING ? 1 : min(dialect);
  }

  int longestStep() {
    return this == YEAR ? max - min : max;
  }

  /** The number that a name stands for, or -1. */
  int named(String name, Dialect dialect) {
    int at = names().indexOf(name);
    return at < 0 ? -1 : at + (this == MONTH ? 1 : min(dialect));
  }

  /** What is right, as the second half of an error message. */
  String range(Dialect dialect) {
    if (this != DAY_OF_WEEK) {
      return plural + " run from " + min + " to " + max;
    }
    return switch (dialect) {
      case UNIX -> "weekdays run from 0 to 7, 0 and 7 are Sunday, and names such as MON are safer";
      case SPRING ->
        "Spring counts weekdays from 0 to 7, 0 and 7 are Sunday, and names such as MON are safer";
      case QUARTZ -> "Quartz counts 1 (Sunday) to 7 (Saturday), and names such as MON are safer";
    };
  }
}
