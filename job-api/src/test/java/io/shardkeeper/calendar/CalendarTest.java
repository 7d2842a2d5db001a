package io.shardkeeper.calendar;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.time.DayOfWeek;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalTime;
import java.time.ZoneId;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

final class CalendarTest {
  private static final ZoneId BERLIN = ZoneId.of("Europe/Berlin");

  @Test
  void hoursMayRunThroughMidnight() {
    var night = Calendar.hours(BERLIN, LocalTime.of(22, 0), LocalTime.of(6, 0));
    assertThat(night.contains(Instant.parse("2026-11-21T20:59:59Z"))).isFalse();
    assertThat(night.contains(Instant.parse("2026-11-21T21:00:00Z"))).isTrue();
    assertThat(night.contains(Instant.parse("2026-11-22T04:59:59Z"))).isTrue();
    assertThat(night.contains(Instant.parse("2026-11-22T05:00:00Z"))).isFalse();
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Calendar.hours(BERLIN, LocalTime.NOON, LocalTime.NOON))
        .withMessageContaining("hold no time");
  }

  @Test
  void calendarsCombine() {
    var weekend = Calendar.weekdays(BERLIN, EnumSet.of(DayOfWeek.SATURDAY, DayOfWeek.SUNDAY));
    var christmas = Calendar.dates(BERLIN, Set.of(LocalDate.of(2026, 12, 25)));
    Instant saturday = Instant.parse("2026-11-21T12:00:00Z");
    Instant friday = Instant.parse("2026-11-20T12:00:00Z");
    Instant christmasDay = Instant.parse("2026-12-25T12:00:00Z");
    assertThat(List.of(saturday, friday, christmasDay))
        .extracting(weekend.or(christmas)::contains)
        .containsExactly(true, false, true);
    assertThat(List.of(saturday, friday, christmasDay))
        .extracting(weekend.and(christmas)::contains)
        .containsExactly(false, false, false);
    assertThat(List.of(saturday, friday, christmasDay))
        .extracting(weekend.inverse()::contains)
        .containsExactly(false, true, true);
  }

  @Test
  void eachOfManyJoinedCalendarsIsAskedOnce() {
    var asked = new AtomicInteger();
    Calendar one = Calendar.days(BERLIN, day -> asked.incrementAndGet() < 0);
    Calendar joined = one;
    for (int i = 0; i < 30; i++) {
      joined = joined.or(one).and(one).inverse().inverse();
    }
    assertThat(joined.contains(Instant.parse("2026-11-21T12:00:00Z"))).isFalse();
    assertThat(asked).hasValue(61);
  }

  @Test
  void everyStretchHoldsItsInstantAndOneAnswer() {
    long seed = Long.getLong("shardkeeper.seed", 20261121);
    var random = new SplittableRandom(seed);
    // Zones whose clocks jump at midnight, by half an hour, by a day, and a minute after midnight.
    for (String name :
        List.of("America/Sao_Paulo", "Australia/Lord_Howe", "Pacific/Apia", "America/St_Johns")) {
      ZoneId zone = ZoneId.of(name);
      var calendars = Map.of(
          "days", Calendar.days(zone, day -> day.getDayOfMonth() % 2 == 0),
          "hours", Calendar.hours(zone, LocalTime.of(23, 30), LocalTime.of(1, 15)));
      for (int i = 0; i < 5_000; i++) {
        Instant change = zone.getRules()
            .nextTransition(Instant.ofEpochSecond(random.nextLong(900_000_000L, 1_300_000_000L)))
            .getInstant();
        Instant t = change.plusSeconds(random.nextLong(-90_000, 90_000));
        calendars.forEach((kind, calendar) -> {
          Stretch stretch = calendar.around(t);
          assertThat(t)
              .as("seed %d, %s in %s", seed, kind, zone)
              .isAfterOrEqualTo(stretch.from())
              .isBefore(stretch.until());
          assertThat(List.of(
                  calendar.contains(stretch.from()),
                  calendar.contains(stretch.until().minusNanos(1)),
                  calendar.contains(t)))
              .as("seed %d, %s in %s around %s: %s", seed, kind, zone, t, stretch)
              .containsOnly(stretch.inside());
        });
      }
    }
  }

  @Test
  void aStretchHasSomeLength() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new Stretch(Instant.EPOCH, Instant.EPOCH, true))
        .withMessageContaining("holds no instant");
  }
}
