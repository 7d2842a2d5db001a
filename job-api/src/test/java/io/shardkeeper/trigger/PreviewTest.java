package io.shardkeeper.trigger;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.shardkeeper.calendar.Calendar;
import io.shardkeeper.calendar.Calendars;
import io.shardkeeper.trigger.Preview.Mark;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

final class PreviewTest {
  private static final Instant MARCH = Instant.parse("2026-03-07T12:00:00Z");

  @Test
  void showsLocalTimeOffsetAndMarks() {
    var lines = Preview.of(Trigger.cron("0 30 2 * * ?", "America/New_York"), MARCH, 2);
    assertThat(lines).hasSize(2);
    assertThat(lines.get(0).local()).isEqualTo(LocalDateTime.parse("2026-03-08T03:00"));
    assertThat(lines.get(0).offset()).isEqualTo(ZoneOffset.ofHours(-4));
    assertThat(lines.get(0).marks()).containsExactly(Mark.GAP);
    assertThat(lines)
        .extracting(Object::toString)
        .containsExactly("Sun 2026-03-08 03:00:00 -04:00  gap", "Mon 2026-03-09 02:30:00 -04:00");
  }

  @Test
  void showsWhatCalendarsTakeOutOnceForEachStretch() {
    var days = Calendar.dates(
        ZoneId.of("UTC"), Set.of(LocalDate.of(2026, 3, 8), LocalDate.of(2026, 3, 9)));
    var trigger =
        Trigger.cron("0 0,12 * * *").except("days").with(Calendars.of(Map.of("days", days)));
    assertThat(Preview.of(trigger, MARCH, 2))
        .extracting(Object::toString)
        .containsExactly(
            "Sun 2026-03-08 00:00:00 +00:00  excluded",
            "Mon 2026-03-09 00:00:00 +00:00  excluded",
            "Tue 2026-03-10 00:00:00 +00:00",
            "Tue 2026-03-10 12:00:00 +00:00");
  }

  @Test
  void endsWithTheLifeOfTheTrigger() {
    var trigger = Trigger.cron("0 0 * * *").from(MARCH).until(MARCH.plus(Duration.ofDays(2)));
    assertThat(Preview.of(trigger, Instant.EPOCH, 10)).hasSize(2);
    assertThat(Preview.of(Trigger.manual(), MARCH, 10)).isEmpty();
    assertThat(Preview.of(trigger, MARCH, 0)).isEmpty();
  }

  @Test
  void marksWhatJitterHasMovedByWhereItStood() {
    var trigger = Trigger.cron("0 30 2 * * ?", "America/New_York")
        .jitter(Duration.ofMinutes(30))
        .forJob("billing");
    var lines = Preview.of(trigger, MARCH, 2);
    assertThat(lines.get(0).marks()).containsExactly(Mark.GAP);
    assertThat(lines.get(1).marks()).isEmpty();
  }

  @Test
  void showsPartsOfASecondWhereThereAreSome() {
    assertThat(Preview.of(Trigger.every(Duration.ofMillis(500)), MARCH, 2))
        .extracting(Object::toString)
        .containsExactly("Sat 2026-03-07 12:00:00.500 +00:00", "Sat 2026-03-07 12:00:01 +00:00");
  }

  @Test
  void isBounded() {
    var never = Calendars.of(Map.of("never", Calendar.days(ZoneId.of("UTC"), day -> false)));
    var trigger = Trigger.every(Duration.ofSeconds(1)).only("never").with(never);
    assertThat(Preview.of(trigger, MARCH, 5))
        .hasSize(5)
        .allMatch(line -> line.marks().contains(Mark.EXCLUDED));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Preview.of(trigger, MARCH, 1_001))
        .withMessageContaining("0 to 1000");
  }
}
