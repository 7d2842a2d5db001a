package io.shardkeeper.calendar;

import java.time.Instant;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.time.zone.ZoneOffsetTransition;
import java.time.zone.ZoneRules;

/** A part of each day. */
record Hours(ZoneId zone, LocalTime from, LocalTime until) implements Calendar {
  @Override
  public Stretch around(Instant t) {
    LocalDateTime local = t.atZone(zone).toLocalDateTime();
    LocalTime time = local.toLocalTime();
    boolean inside = from.isBefore(until)
        ? !time.isBefore(from) && time.isBefore(until)
        : !time.isBefore(from) || time.isBefore(until);
    LocalDateTime start = local.toLocalDate().atStartOfDay();
    LocalDateTime end = start.plusDays(1);
    for (LocalTime bound : new LocalTime[] {from, until}) {
      LocalDateTime border = local.toLocalDate().atTime(bound);
      start = !border.isAfter(local) && border.isAfter(start) ? border : start;
      end = border.isAfter(local) && border.isBefore(end) ? border : end;
    }
    return shown(zone, t, start, end, inside);
  }

  /**
   * The stretch around an instant in which the clock runs straight from one local time to another. It ends where the clock
   * is changed: behind that the same times may come again, or never.
   */
  static Stretch shown(
      ZoneId zone, Instant t, LocalDateTime from, LocalDateTime until, boolean inside) {
    ZoneRules rules = zone.getRules();
    ZoneOffset offset = rules.getOffset(t);
    Instant start = from.toInstant(offset);
    Instant end = until.toInstant(offset);
    ZoneOffsetTransition last = rules.previousTransition(t.plusNanos(1));
    ZoneOffsetTransition next = rules.nextTransition(t);
    return new Stretch(
        last != null && last.getInstant().isAfter(start) ? last.getInstant() : start,
        next != null && next.getInstant().isBefore(end) ? next.getInstant() : end,
        inside);
  }
}
