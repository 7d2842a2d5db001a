package io.shardkeeper.trigger;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import io.shardkeeper.calendar.Calendar;
import io.shardkeeper.calendar.Calendars;
import io.shardkeeper.calendar.Stretch;
import java.time.DayOfWeek;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalTime;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

final class NarrowedTriggerTest {
  private static final ZoneId UTC = ZoneId.of("UTC");
  private static final Instant NOVEMBER = Instant.parse("2026-11-01T00:00:00Z");
  private static final Instant DECEMBER = Instant.parse("2026-12-01T00:00:00Z");

  @Test
  void twoHolidaysInThirtyDaysLeaveTwentyEightFires() {
    var holidays =
        Calendar.dates(UTC, Set.of(LocalDate.of(2026, 11, 11), LocalDate.of(2026, 11, 26)));
    var trigger = Trigger.cron("30 2 * * *")
        .except("holidays")
        .with(Calendars.of(Map.of("holidays", holidays)));
    assertThat(fires(trigger, NOVEMBER, DECEMBER)).hasSize(28).noneMatch(holidays::contains);
    assertThat(firesBackwards(trigger, NOVEMBER, DECEMBER))
        .isEqualTo(fires(trigger, NOVEMBER, DECEMBER));
  }

  @Test
  void anotherCalendarUnderTheSameNameNeedsNoOtherTrigger() {
    var current = new AtomicReference<>(Calendar.weekdays(UTC, EnumSet.of(DayOfWeek.SUNDAY)));
    Trigger defined = Trigger.cron("30 2 * * *").except("closed");
    Calendars calendars = name -> Optional.ofNullable(current.get());
    assertThat(fires(defined.with(calendars), NOVEMBER, DECEMBER)).hasSize(25);

    current.set(Calendar.weekdays(UTC, EnumSet.of(DayOfWeek.SATURDAY, DayOfWeek.SUNDAY)));
    assertThat(fires(defined.with(calendars), NOVEMBER, DECEMBER)).hasSize(21);
  }

  @Test
  void severalCalendarsAllHold() {
    var calendars = Calendars.of(Map.of(
        "weekdays", Calendar.weekdays(UTC, EnumSet.range(DayOfWeek.MONDAY, DayOfWeek.FRIDAY)),
        "office", Calendar.hours(UTC, LocalTime.of(9, 0), LocalTime.of(17, 0)),
        "holidays", Calendar.dates(UTC, Set.of(LocalDate.of(2026, 11, 26)))));
    var trigger = Trigger.cron("0 * * * *")
        .only("weekdays")
        .only("office")
        .except("holidays")
        .with(calendars);
    assertThat(fires(trigger, NOVEMBER, DECEMBER)).hasSize(8 * 20);
    assertThat(firesBackwards(trigger, NOVEMBER, DECEMBER))
        .isEqualTo(fires(trigger, NOVEMBER, DECEMBER));
    assertThat(trigger.admits(Instant.parse("2026-11-25T16:59:59Z"))).isTrue();
    assertThat(trigger.admits(Instant.parse("2026-11-25T17:00:00Z"))).isFalse();
    assertThat(trigger.admits(Instant.parse("2026-11-26T12:00:00Z"))).isFalse();
  }

  @Test
  void crossesAYearOfHolidaysByDaysNotByFires() {
    var asked = new AtomicInteger();
    var year = Calendar.days(UTC, day -> {
      asked.incrementAndGet();
      return day.getYear() == 2027;
    });
    var trigger =
        Trigger.cron("* * * * * ?").except("year").with(Calendars.of(Map.of("year", year)));
    assertThat(trigger.after(Instant.parse("2026-12-31T23:59:59Z")))
        .isEqualTo(Instant.parse("2028-01-01T00:00:00Z"));
    assertThat(asked).hasValueLessThanOrEqualTo(366);
  }

  @Test
  void aCalendarThatLeavesNothingEndsTheSearch() {
    var never = Calendars.of(Map.of("never", Calendar.days(UTC, day -> false)));
    var trigger = Trigger.every(Duration.ofSeconds(1)).only("never").with(never);
    assertThat(trigger.after(NOVEMBER)).isEqualTo(Trigger.NEVER);
    assertThat(trigger.before(NOVEMBER)).isEqualTo(Trigger.NEVER_BEFORE);
  }

  @Test
  void aCalendarThatAnswersBesidesTheQuestionIsNamed() {
    Calendar wrong = t -> new Stretch(Instant.EPOCH, Instant.EPOCH.plusSeconds(1), true);
    var trigger =
        Trigger.cron("0 * * * *").except("wrong").with(Calendars.of(Map.of("wrong", wrong)));
    assertThatIllegalStateException()
        .isThrownBy(() -> trigger.after(NOVEMBER))
        .withMessageContaining(
            "Calendar 'wrong' was asked for the stretch around 2026-11-01T01:00:00Z");
  }

  @Test
  void calendarsMustExistAndBeLookedUpFirst() {
    var trigger = Trigger.cron("0 * * * *").except("holidays");
    assertThatIllegalStateException()
        .isThrownBy(() -> trigger.after(NOVEMBER))
        .withMessageContaining("call with(calendars)");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> trigger.with(Calendars.of(Map.of())))
        .withMessageContaining("the calendar 'holidays', which does not exist");
  }

  @Test
  void livesFromItsStartUntilBeforeItsEnd() {
    var trigger = Trigger.cron("0 0 * * *").from(NOVEMBER).until(NOVEMBER.plus(Duration.ofDays(2)));
    assertThat(fires(trigger, Instant.MIN, Instant.MAX))
        .containsExactly(NOVEMBER, NOVEMBER.plus(Duration.ofDays(1)));
    assertThat(firesBackwards(trigger, Instant.MIN, Instant.MAX)).hasSize(2);
    assertThat(trigger.admits(NOVEMBER)).isTrue();
    assertThat(trigger.admits(NOVEMBER.plus(Duration.ofDays(2)))).isFalse();
    assertThat(Trigger.delay(Duration.ofSeconds(1)).until(NOVEMBER).admits(DECEMBER))
        .isFalse();
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Trigger.manual().from(DECEMBER).until(NOVEMBER))
        .withMessageContaining("ends after it starts");
  }

  @Test
  void theOrderOfTheCallsDoesNotMatter() {
    var one = Trigger.cron("0 0 * * *")
        .from(NOVEMBER)
        .except("a")
        .jitter(Duration.ofMinutes(1))
        .except("b");
    var other = Trigger.cron("0 0 * * *")
        .jitter(Duration.ofMinutes(1))
        .except("b")
        .except("a")
        .from(NOVEMBER);
    assertThat(one).isEqualTo(other).hasSameHashCodeAs(other);
    assertThat(one)
        .hasToString("cron '0 0 * * *' in UTC from 2026-11-01T00:00:00Z except a, b jitter PT1M");
  }

  @Test
  void jitterIsDrawnFromJobAndFireAndNeverReachesTheNextFire() {
    var base = Trigger.every(Duration.ofSeconds(10));
    var trigger = base.jitter(Duration.ofSeconds(30)).forJob("billing");
    List<Instant> moved = fires(trigger, NOVEMBER, NOVEMBER.plus(Duration.ofHours(6)));
    assertThat(moved).hasSizeBetween(2159, 2161).doesNotHaveDuplicates();
    for (Instant fire : moved) {
      Instant own = base.before(fire.plusNanos(1));
      assertThat(Duration.between(own, fire)).isBetween(Duration.ZERO, Duration.ofMillis(9_999));
    }
    assertThat(moved.stream().map(fire -> fire.getEpochSecond() % 10).distinct())
        .hasSize(10);
    assertThat(fires(
            base.jitter(Duration.ofSeconds(30)).forJob("billing"),
            NOVEMBER,
            NOVEMBER.plus(Duration.ofHours(6))))
        .isEqualTo(moved);
    assertThat(fires(
            base.jitter(Duration.ofSeconds(30)).forJob("other"),
            NOVEMBER,
            NOVEMBER.plus(Duration.ofHours(6))))
        .isNotEqualTo(moved);
    assertThat(firesBackwards(trigger, NOVEMBER, NOVEMBER.plus(Duration.ofHours(6))))
        .isEqualTo(moved);
  }

  @Test
  void jitterDrawsTheSameForever() {
    // Part of the contract: in a rolling upgrade two versions must name the same fires.
    var trigger = Trigger.cron("0 2 * * *").jitter(Duration.ofMinutes(30)).forJob("billing");
    assertThat(fires(trigger, NOVEMBER, NOVEMBER.plus(Duration.ofDays(2))))
        .containsExactly(
            Instant.parse("2026-11-01T02:23:21.768Z"), Instant.parse("2026-11-02T02:15:13.324Z"));
  }

  @Test
  void jitterStaysOutOfWhatIsExcluded() {
    var christmas =
        Calendar.dates(UTC, Set.of(LocalDate.of(2026, 12, 25), LocalDate.of(2026, 12, 26)));
    var base = Trigger.cron("0 9 24 12 *").except("christmas").jitter(Duration.ofDays(1));
    for (int i = 0; i < 200; i++) {
      var trigger = base.with(Calendars.of(Map.of("christmas", christmas))).forJob("job-" + i);
      Instant fire = trigger.after(NOVEMBER);
      assertThat(trigger.admits(fire)).as("%s", fire).isTrue();
      assertThat(trigger.before(fire)).isBefore(NOVEMBER);
    }
  }

  @Test
  void jitterNeedsFiresToMove() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Trigger.delay(Duration.ofSeconds(1)).jitter(Duration.ofSeconds(1)))
        .withMessageContaining("no fires of its own that jitter could move");
  }

  @Test
  void lifeIsBoundedToTheYearsWithFires() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Trigger.cron("@daily").until(Instant.MAX.minusSeconds(1)))
        .withMessageContaining("1970 to 2199");
    var last = Trigger.at(Instant.parse("2199-12-31T23:59:59.999Z"))
        .jitter(Duration.ofDays(1))
        .forJob("j");
    assertThat(last.after(NOVEMBER)).isAfterOrEqualTo(Instant.parse("2199-12-31T23:59:59.999Z"));
  }

  @Test
  void aCalendarThatAnswersInTooShortStretchesIsNamed() {
    Calendar splinters = t -> new Stretch(t, t.plusNanos(1_000_000), true);
    var trigger = Trigger.every(Duration.ofMillis(1))
        .except("splinters")
        .with(Calendars.of(Map.of("splinters", splinters)));
    assertThatIllegalStateException()
        .isThrownBy(() -> trigger.after(NOVEMBER))
        .withMessageContaining("Calendar 'splinters' excludes")
        .withMessageContaining("longer ones");
  }

  @Test
  void aRareFireOutlivesManyExcludedOnes() {
    // Each leap day until 2060 is excluded: more than ten years, and few stretches.
    var early = Calendar.days(UTC, day -> day.getYear() < 2060);
    var trigger =
        Trigger.cron("0 0 29 2 *").except("early").with(Calendars.of(Map.of("early", early)));
    assertThat(trigger.after(NOVEMBER)).isEqualTo(Instant.parse("2060-02-29T00:00:00Z"));
  }

  @Test
  void jitterStaysWithinLife() {
    var trigger = Trigger.cron("0 0 * * *")
        .until(NOVEMBER.plusSeconds(5))
        .jitter(Duration.ofHours(10))
        .forJob("billing");
    assertThat(trigger.after(NOVEMBER.minusNanos(1))).isBefore(NOVEMBER.plusSeconds(5));
  }

  @Test
  void jitterNeedsAName() {
    assertThatIllegalStateException()
        .isThrownBy(
            () -> Trigger.cron("0 2 * * *").jitter(Duration.ofMinutes(1)).after(NOVEMBER))
        .withMessageContaining("drawn from the name of the job");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Trigger.cron("0 2 * * *").jitter(Duration.ofDays(2)))
        .withMessageContaining("from none to PT24H, in whole milliseconds");
  }

  private static List<Instant> fires(Trigger trigger, Instant from, Instant until) {
    var fires = new ArrayList<Instant>();
    for (Instant fire = trigger.after(from); fire.isBefore(until); fire = trigger.after(fire)) {
      fires.add(fire);
    }
    return fires;
  }

  private static List<Instant> firesBackwards(Trigger trigger, Instant from, Instant until) {
    var fires = new ArrayList<Instant>();
    for (Instant fire = trigger.before(until); fire.isAfter(from); fire = trigger.before(fire)) {
      fires.add(0, fire);
    }
    return fires;
  }
}
