package io.shardkeeper.simulation;

import static io.shardkeeper.simulation.Story.job;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.shardkeeper.calendar.Calendar;
import io.shardkeeper.client.RunRequest;
import io.shardkeeper.simulation.Story.Act;
import io.shardkeeper.trigger.DailyWindow;
import io.shardkeeper.trigger.Trigger;
import io.shardkeeper.view.JobView;
import io.shardkeeper.view.Why;
import java.time.DayOfWeek;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalTime;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** Jobs run when their triggers say, and not otherwise. */
final class TriggersFleetTest {
  private static final Duration SOON = Duration.ofMillis(20);

  /** When a job ran, and that it did so on time. */
  private static List<Instant> fires(Story story, String job) {
    assertThat(story.executions(job))
        .allSatisfy(
            one -> assertThat(Duration.between(one.context.scheduledAt(), story.startOf(one)))
                .isBetween(Duration.ofMillis(-5), SOON));
    return story.executions(job).stream().map(one -> one.context.scheduledAt()).toList();
  }

  @Test
  void aHundredStartsDoNotDrift() {
    try (var story = Story.of("a", "b", "c")) {
      story.define(job("bill").every(Duration.ofSeconds(1)), Act.takes(300));
      story.run(105);

      List<Checker.Execution> all = story.executions("bill").subList(0, 100);
      for (int i = 0; i < 100; i++) {
        Instant onGrid = story.startOf(all.get(0)).plusSeconds(i);
        assertThat(Duration.between(onGrid, story.startOf(all.get(i))).abs()).isLessThan(SOON);
      }
    }
  }

  @Test
  void aPeriodNeedNotDivideAnHour() {
    try (var story = Story.of("a")) {
      story.define(job("bill").every(Duration.ofMinutes(40)));
      story.runUntil(Instant.parse("2027-01-04T11:00:00Z"));

      assertThat(fires(story, "bill"))
          .containsExactly(
              Instant.parse("2027-01-04T09:20:00Z"),
              Instant.parse("2027-01-04T10:00:00Z"),
              Instant.parse("2027-01-04T10:40:00Z"));
    }
  }

  @Test
  void aWindowOpensOnItsDaysOnly() {
    try (var story = Story.of("a")) {
      // There it is eleven o'clock in the evening, on a Monday.
      DailyWindow night =
          Trigger.daily("23:10", "00:10", Duration.ofMinutes(20), "Pacific/Kiritimati");
      DailyWindow morning =
          Trigger.daily("00:05", "00:15", Duration.ofMinutes(5), "Pacific/Kiritimati");
      story.define(job("night-of-monday").trigger(night.on(DayOfWeek.MONDAY)));
      story.define(job("night-of-tuesday").trigger(night.on(DayOfWeek.TUESDAY)));
      story.define(job("morning-of-monday").trigger(morning.on(DayOfWeek.MONDAY)));
      story.define(job("morning-of-tuesday").trigger(morning.on(DayOfWeek.TUESDAY)));
      story.runUntil(Instant.parse("2027-01-04T10:20:00Z"));

      assertThat(fires(story, "night-of-monday"))
          .containsExactly(
              Instant.parse("2027-01-04T09:10:00Z"),
              Instant.parse("2027-01-04T09:30:00Z"),
              Instant.parse("2027-01-04T09:50:00Z"),
              Instant.parse("2027-01-04T10:10:00Z"));
      assertThat(fires(story, "night-of-tuesday")).isEmpty();
      assertThat(fires(story, "morning-of-monday")).isEmpty();
      assertThat(fires(story, "morning-of-tuesday"))
          .containsExactly(
              Instant.parse("2027-01-04T10:05:00Z"),
              Instant.parse("2027-01-04T10:10:00Z"),
              Instant.parse("2027-01-04T10:15:00Z"));
    }
  }

  @Test
  void aJobRunsInItsLifeOnly() {
    try (var story = Story.of("a")) {
      Instant start = Instant.parse("2027-01-04T09:02:00Z");
      Instant end = Instant.parse("2027-01-04T09:05:00Z");
      story.define(
          job("bill").trigger(Trigger.every(Duration.ofMinutes(1)).from(start).until(end)));
      story.run(1);
      assertThat(nextFires(story, "bill")).startsWith(start);
      assertThatThrownBy(() -> story.get(story.client.trigger(RunRequest.of("bill"))))
          .hasMessageContaining("has no life");
      story.runUntil(end.plusSeconds(90));

      assertThat(fires(story, "bill"))
          .containsExactly(start, start.plusSeconds(60), start.plusSeconds(120));
      assertThat(nextFires(story, "bill")).isEmpty();
      assertThat(story.why("bill", end).kind()).isEqualTo(Why.Kind.NOT_A_FIRE);
      assertThatThrownBy(() -> story.get(story.client.trigger(RunRequest.of("bill"))))
          .hasMessageContaining("has no life");
      assertThat(story.executions("bill")).hasSize(3);
    }
  }

  private static List<Instant> nextFires(Story story, String job) {
    return ((JobView.Known) story.get(story.client.job(job))).nextFires();
  }

  @Test
  void excludedDatesHaveNoRuns() {
    try (var story = Story.of("a")) {
      Set<LocalDate> holidays = Set.of(LocalDate.of(2027, 1, 6), LocalDate.of(2027, 1, 25));
      story.calendar("holidays", Calendar.dates(ZoneOffset.UTC, holidays));
      story.define(job("bill").trigger(Trigger.cron("0 0 12 * * ?").except("holidays")));
      Instant noon = Instant.parse("2027-01-04T12:00:00Z");
      for (int day = 0; day < 30; day++) {
        // Days with somebody in them take long to play: they are here around noon only.
        story.everybodyDies();
        story.runUntil(noon.plus(Duration.ofDays(day)).minusSeconds(60));
        story.joins("a" + day);
        story.run(90);
      }

      assertThat(fires(story, "bill"))
          .hasSize(28)
          .extracting(fire -> fire.atZone(ZoneOffset.UTC).toLocalDate())
          .doesNotHaveDuplicates()
          .doesNotContainAnyElementsOf(holidays);
      assertThat(story.skips("bill")).isEmpty();
      Instant excluded = Instant.parse("2027-01-06T12:00:00Z");
      assertThat(story.why("bill", excluded).kind()).isEqualTo(Why.Kind.NOT_A_FIRE);
    }
  }

  @Test
  void aCalendarIsExchangedWhileEverybodyRuns() {
    try (var story = Story.of("a", "b")) {
      LocalTime nine = LocalTime.of(9, 0);
      story.calendar("lunch", Calendar.hours(ZoneOffset.UTC, nine, nine.plusMinutes(10)));
      story.define(job("bill").trigger(Trigger.every(Duration.ofSeconds(10)).except("lunch")));
      story.define(job("bite").trigger(Trigger.every(Duration.ofSeconds(10)).only("lunch")));
      long tenures = story.leader().coordinating.tenures();
      story.runUntil(Instant.parse("2027-01-04T09:02:00Z"));
      assertThat(fires(story, "bill")).isEmpty();
      assertThat(fires(story, "bite")).hasSize(11);

      Instant now = story.now();
      story.calendar(
          "lunch", Calendar.hours(ZoneOffset.UTC, nine.plusMinutes(4), nine.plusMinutes(5)));
      story.runUntil(Instant.parse("2027-01-04T09:06:05Z"));

      // Within five seconds they keep to the new one.
      assertThat(fires(story, "bill"))
          .startsWith(now.plusSeconds(10))
          .endsWith(Instant.parse("2027-01-04T09:06:00Z"))
          .hasSize(18);
      assertThat(fires(story, "bite").stream().filter(now.plusSeconds(5)::isBefore))
          .hasSize(6)
          .startsWith(Instant.parse("2027-01-04T09:04:00Z"))
          .endsWith(Instant.parse("2027-01-04T09:04:50Z"));
      assertThat(story.leader().coordinating.tenures()).isEqualTo(tenures);
      assertThat(story.fleet.living()).hasSize(2);
    }
  }

  @Test
  void aCalendarThatIsGoneIsKeptToUntilThereIsAnother() {
    try (var story = Story.of("a", "b")) {
      LocalTime nine = LocalTime.of(9, 0);
      story.calendar("lunch", Calendar.hours(ZoneOffset.UTC, nine, nine.plusMinutes(10)));
      story.define(job("bill").trigger(Trigger.every(Duration.ofSeconds(10)).except("lunch")));
      story.run(10);
      story.noCalendar("lunch");
      story.run(20);
      assertThat(story.executions("bill")).isEmpty();

      // What was excluded when it was due is not made up for.
      Instant now = story.now();
      story.calendar(
          "lunch", Calendar.hours(ZoneOffset.UTC, nine.plusMinutes(20), nine.plusMinutes(21)));
      story.run(30);
      assertThat(fires(story, "bill"))
          .hasSizeBetween(2, 3)
          .allSatisfy(fire -> assertThat(fire).isAfter(now));
      story.leader().coordinating.close();
      story.run(10);
      assertThat(fires(story, "bill")).allSatisfy(fire -> assertThat(fire).isAfter(now));
    }
  }
}
