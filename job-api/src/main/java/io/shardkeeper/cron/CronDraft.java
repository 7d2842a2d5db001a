package io.shardkeeper.cron;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What the parser has understood so far; {@link Cron} is made of it. Mutable, and seen by one parse only. */
final class CronDraft {
  private final Map<Field, Long> bits = new EnumMap<>(Field.class);
  int days;
  int beforeLast;
  int nearest;
  int nearestBeforeLast;
  long weekdays;
  int lastWeekdays;
  long nthWeekdays;

  @Nullable
  BitSet years; // null: every year

  boolean drawn; // some H wants a name to be drawn from
  boolean intervalLike;
  DayRule.Join join = DayRule.Join.ANY_DAY;
  int columnOfDays;
  int columnOfYears;
  Field fieldOfDays = Field.DAY_OF_MONTH;
  final List<Finding> findings = new ArrayList<>();

  long bits(Field field) {
    return bits.getOrDefault(field, 0L);
  }

  void note(Finding.Kind kind, int start, String message) {
    findings.add(new Finding(kind, start + 1, message));
  }

  /** Adds one plain value of a field. Weekdays come as the dialect's numbers. */
  void add(Field field, int value, Dialect dialect) {
    switch (field) {
      case DAY_OF_MONTH -> days |= 1 << value;
      case DAY_OF_WEEK -> weekdays |= 1L << weekday(value, dialect);
      case YEAR -> {
        if (years == null) {
          years = new BitSet();
        }
        years.set(value);
      }
      default -> bits.merge(field, 1L << value, (a, b) -> a | b);
    }
  }

  /** Monday is 0, whatever the dialect calls it. */
  static int weekday(int value, Dialect dialect) {
    return (value + (dialect == Dialect.QUARTZ ? 5 : 6)) % 7;
  }
}
