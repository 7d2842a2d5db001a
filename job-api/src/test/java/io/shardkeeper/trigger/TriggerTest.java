package io.shardkeeper.trigger;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import io.shardkeeper.cron.Cron;
import io.shardkeeper.run.Outcome;
import java.time.DayOfWeek;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalTime;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

final class TriggerTest {
  private static final Instant NOON = Instant.parse("2026-11-21T12:00:00Z");
  private static final ZoneId BERLIN = ZoneId.of("Europe/Berlin");
  private static final ZoneId UTC = ZoneId.of("UTC");

  @Test
  void fixedRateKeepsToAGrid() {
    var trigger = Trigger.every(Duration.ofMinutes(40));
    assertThat(fires(trigger, NOON, 3))
        .containsExactly("2026-11-21T12:40:00Z", "2026-11-21T13:20:00Z", "2026-11-21T14:00:00Z");

    var anchored = Trigger.every(Duration.ofMillis(1500), NOON);
    assertThat(fires(anchored, Instant.MIN, 3))
        .containsExactly(
            "2026-11-21T12:00:00Z", "2026-11-21T12:00:01.500Z", "2026-11-21T12:00:03Z");
    assertThat(anchored.before(NOON)).isEqualTo(Trigger.NEVER_BEFORE);
    assertThat(anchored.before(NOON.plusNanos(1))).isEqualTo(NOON);
    assertThat(anchored.before(Instant.MAX)).isEqualTo(Instant.parse("2199-12-31T23:59:58.500Z"));
    assertThat(anchored.after(Instant.MAX)).isEqualTo(Trigger.NEVER);
  }

  @Test
  void periodsAreWholeMillisecondsAndNotEndless() {
    for (Duration wrong : List.of(
        Duration.ZERO,
        Duration.ofSeconds(-1),
        Duration.ofNanos(1_500_000),
        Duration.ofDays(40_000),
        Duration.ofSeconds(Long.MAX_VALUE))) {
      assertThatIllegalArgumentException()
          .isThrownBy(() -> Trigger.every(wrong))
          .withMessageContaining("from PT0.001S to");
      assertThatIllegalArgumentException()
          .isThrownBy(() -> Trigger.delay(wrong))
          .withMessageContaining("fixed delay");
      assertThatIllegalArgumentException()
          .isThrownBy(() -> Trigger.daily("09:00", "10:00", wrong, "UTC"))
          .withMessageContaining("daily window");
    }
    assertThatIllegalArgumentException()
        .isThrownBy(
            () -> Trigger.every(Duration.ofSeconds(1), Instant.parse("2200-01-01T00:00:00Z")))
        .withMessageContaining("1970 to 2199");
  }

  @Test
  void theMacroForIntervalsIsAFixedRate() {
    assertThat(Trigger.cron("@every 1h30m")).isEqualTo(Trigger.every(Duration.ofMinutes(90)));
    assertThat(Trigger.cron(" @EVERY 500ms ", "Asia/Tokyo"))
        .isEqualTo(Trigger.every(Duration.ofMillis(500)));
    for (String wrong : List.of("@every", "@every 0s", "@every soon", "@every 5", "@every -1s")) {
      assertThatIllegalArgumentException()
          .isThrownBy(() -> Trigger.cron(wrong))
          .withMessageContaining("written 90s, 1h30m");
    }
  }

  @Test
  void fixedDelayCountsFromTheEndOfARun() {
    var trigger = Trigger.delay(Duration.ofSeconds(5));
    assertThat(trigger.startAfter(NOON)).isEqualTo(NOON.plusSeconds(5));
    assertThat(trigger.after(NOON)).isEqualTo(Trigger.NEVER);
    assertThat(trigger.before(NOON)).isEqualTo(Trigger.NEVER_BEFORE);
  }

  @Test
  void firesAtNamedInstantsOnceEachInOrder() {
    var trigger = Trigger.at(NOON.plusSeconds(60), NOON, NOON.plusSeconds(60));
    assertThat(trigger.instants()).containsExactly(NOON, NOON.plusSeconds(60));
    assertThat(trigger.after(NOON.minusNanos(1))).isEqualTo(NOON);
    assertThat(trigger.after(NOON)).isEqualTo(NOON.plusSeconds(60));
    assertThat(trigger.after(NOON.plusSeconds(60))).isEqualTo(Trigger.NEVER);
    assertThat(trigger.before(NOON)).isEqualTo(Trigger.NEVER_BEFORE);
    assertThat(trigger.before(NOON.plusSeconds(1))).isEqualTo(NOON);
    assertThat(trigger.before(Instant.MAX)).isEqualTo(NOON.plusSeconds(60));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new Trigger.At(List.of()))
        .withMessageContaining("1 to 1000");
  }

  @Test
  void followsOtherJobs() {
    var trigger = Trigger.afterJobs("b", "a", "b");
    assertThat(trigger.jobs()).containsExactly("a", "b");
    assertThat(trigger.outcomes()).containsExactly(Outcome.SUCCEEDED);
    assertThat(trigger.on(Outcome.FAILED, Outcome.TIMED_OUT).outcomes())
        .containsExactly(Outcome.FAILED, Outcome.TIMED_OUT);
    assertThat(trigger.after(NOON)).isEqualTo(Trigger.NEVER);
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new Trigger.AfterJobs(Set.of("a"), Set.of()))
        .withMessageContaining("SUCCEEDED is the usual one");
  }

  @Test
  void manualNeverFires() {
    assertThat(Trigger.manual().after(Instant.MIN)).isEqualTo(Trigger.NEVER);
    assertThat(Trigger.manual().before(Instant.MAX)).isEqualTo(Trigger.NEVER_BEFORE);
  }

  @Test
  void zonesAreThoseOfTheDatabase() {
    assertThat(Trigger.cron(Cron.parse("@daily"), ZoneOffset.UTC).zone()).isEqualTo(UTC);
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Trigger.cron(Cron.parse("@daily"), ZoneOffset.ofHours(8)))
        .withMessageContaining("Asia/Shanghai");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Trigger.cron("@daily", "UTC+2"))
        .withMessageContaining("Etc/GMT-2");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Trigger.cron("@daily", "GMT+5:45"))
        .withMessageContaining("name a place");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Trigger.cron("@daily", "x".repeat(5_000)))
        .satisfies(e -> assertThat(e.getMessage()).hasSizeLessThan(200));
    assertThat(Trigger.cron("@daily", "Etc/GMT-8").zone().getId()).isEqualTo("Etc/GMT-8");
  }

  @Test
  void staysSilentOutsideItsYears() {
    var trigger = Trigger.cron("0 0 1 1 *", "Pacific/Apia");
    assertThat(trigger.after(Instant.MAX)).isEqualTo(Trigger.NEVER);
    assertThat(trigger.before(Instant.MIN)).isEqualTo(Trigger.NEVER_BEFORE);
    assertThat(trigger.after(Instant.MIN)).isEqualTo(Instant.parse("1970-01-01T11:00:00Z"));
    assertThat(trigger.before(Instant.MAX)).isEqualTo(Instant.parse("2198-12-31T11:00:00Z"));
  }

  @Test
  void countsFractionsOfASecond() {
    var trigger = Trigger.cron("0 * * * * ?");
    assertThat(trigger.after(NOON.minusNanos(1))).isEqualTo(NOON);
    assertThat(trigger.after(NOON)).isEqualTo(NOON.plusSeconds(60));
    assertThat(trigger.before(NOON.plusNanos(1))).isEqualTo(NOON);
    assertThat(trigger.before(NOON)).isEqualTo(NOON.minusSeconds(60));
  }

  @Test
  void aDailyWindowHoldsBothItsEnds() {
    var trigger = Trigger.daily("09:00", "10:00", Duration.ofMinutes(25), "UTC");
    assertThat(fires(trigger, Instant.parse("2026-11-21T08:59:59Z"), 4))
        .containsExactly(
            "2026-11-21T09:00:00Z",
            "2026-11-21T09:25:00Z",
            "2026-11-21T09:50:00Z",
            "2026-11-22T09:00:00Z");
    var once = Trigger.daily("09:00", "09:00", Duration.ofMinutes(25), "UTC").on(DayOfWeek.MONDAY);
    assertThat(fires(once, NOON, 2))
        .containsExactly("2026-11-23T09:00:00Z", "2026-11-30T09:00:00Z");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Trigger.daily("9 o'clock", "10:00", Duration.ofMinutes(1), "UTC"))
        .withMessageContaining("times are written 09:30");
    assertThatIllegalArgumentException()
        .isThrownBy(() ->
            Trigger.daily(LocalTime.NOON, LocalTime.NOON, Duration.ofMinutes(1), Set.of(), UTC))
        .withMessageContaining("has no days");
  }

  @Test
  void aDailyWindowCountsElapsedTimeWhenTheClockJumps() {
    var trigger = Trigger.daily("01:30", "03:30", Duration.ofMinutes(30), "Europe/Berlin");
    // 02:00 becomes 03:00: two hours on the clock are one hour of time.
    assertThat(fires(trigger, Instant.parse("2027-03-28T00:00:00Z"), 4))
        .containsExactly(
            "2027-03-28T00:30:00Z",
            "2027-03-28T01:00:00Z",
            "2027-03-28T01:30:00Z",
            "2027-03-28T23:30:00Z");
    // 03:00 becomes 02:00: two hours on the clock are three.
    assertThat(fires(trigger, Instant.parse("2026-10-24T23:00:00Z"), 8))
        .startsWith("2026-10-24T23:30:00Z")
        .endsWith("2026-10-26T00:30:00Z")
        .contains("2026-10-25T02:30:00Z");
    var inGap = Trigger.daily("02:10", "02:50", Duration.ofMinutes(10), "Europe/Berlin");
    assertThat(fires(inGap, Instant.parse("2027-03-28T00:00:00Z"), 2))
        .containsExactly("2027-03-28T01:00:00Z", "2027-03-29T00:10:00Z");
  }

  @Test
  void bothQuestionsSeeTheSameFires() {
    long seed = Long.getLong("shardkeeper.seed", 20261121);
    var random = new SplittableRandom(seed);
    var zones = List.of(
        "UTC",
        "Europe/Berlin",
        "America/St_Johns",
        "Pacific/Apia",
        "Australia/Lord_Howe",
        "Africa/Casablanca");
    var from = Instant.parse("2005-01-01T00:00:00Z").getEpochSecond();
    for (int i = 0; i < 20_000; i++) {
      var start = LocalTime.ofSecondOfDay(random.nextInt(86_400));
      var end = LocalTime.ofSecondOfDay(random.nextInt(86_400));
      var days = EnumSet.of(DayOfWeek.of(random.nextInt(1, 8)), DayOfWeek.of(random.nextInt(1, 8)));
      var zone = ZoneId.of(zones.get(random.nextInt(zones.size())));
      Trigger trigger = switch (random.nextInt(3)) {
        case 0 -> Trigger.every(Duration.ofMillis(random.nextInt(1, 100_000_000)));
        case 1 ->
          Trigger.daily(start, end, Duration.ofSeconds(random.nextInt(1, 20_000)), days, zone);
        default ->
          Trigger.daily(start, end, Duration.ofSeconds(random.nextInt(1, 90_000)), days, zone)
              .jitter(Duration.ofSeconds(random.nextInt(1, 10_000)))
              .forJob("job-" + random.nextInt(9));
      };
      Instant t = Instant.ofEpochSecond(
          from + random.nextLong(20L * 366 * 86_400), random.nextInt(1_000_000_000));
      Instant after = trigger.after(t);
      Instant before = trigger.before(t);
      assertThat(after).as("seed %d, %s after %s", seed, trigger, t).isAfter(t);
      assertThat(before).as("seed %d, %s before %s", seed, trigger, t).isBefore(t);
      assertThat(trigger.before(after))
          .as("seed %d, %s before %s, which is after %s", seed, trigger, after, t)
          .isBeforeOrEqualTo(t);
      assertThat(trigger.after(before))
          .as("seed %d, %s after %s, which is before %s", seed, trigger, before, t)
          .isAfterOrEqualTo(t);
    }
  }

  @Test
  void equalsByWhatItSays() {
    assertThat(Trigger.cron("0 2 * * *", "Europe/Berlin"))
        .isEqualTo(Trigger.cron(Cron.unix("0 2 * * *"), BERLIN))
        .isNotEqualTo(Trigger.cron("0 2 * * *", "UTC"))
        .isNotEqualTo(Trigger.cron(Cron.unix("0 2 * * *"), BERLIN).onGap(OnGap.SKIP))
        .hasSameHashCodeAs(Trigger.cron("0 2 * * *", "Europe/Berlin"))
        .hasToString("cron '0 2 * * *' in Europe/Berlin");
  }

  @Test
  void anUndrawnTriggerSaysWhatItLacks() {
    assertThatIllegalStateException()
        .isThrownBy(() -> Trigger.cron("H * * * *").after(NOON))
        .withMessageContaining("ask the trigger of a job");
    assertThat(Trigger.cron("H * * * *").forJob("billing").after(NOON)).isBefore(Trigger.NEVER);
  }

  private static List<String> fires(Trigger trigger, Instant after, int count) {
    var fires = new ArrayList<String>();
    Instant t = after;
    for (int i = 0; i < count; i++) {
      t = trigger.after(t);
      fires.add(t.toString());
    }
    return fires;
  }
}
