package io.shardkeeper.trigger;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.shardkeeper.cron.Cron;
import java.text.ParseException;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZonedDateTime;
import java.util.ArrayList;
import java.util.Date;
import java.util.List;
import java.util.TimeZone;
import org.junit.jupiter.api.Test;

/** What docs/triggers.md says of Quartz and Spring, asked of themselves: a new version of theirs may make the page wrong. */
final class DifferencesTest {
  private static final String NEW_YORK = "America/New_York";
  private static final String SPRING_FORWARD = "2026-03-08T00:00-05:00";
  private static final String FALL_BACK = "2026-11-01T00:00-04:00";

  @Test
  void aFixedTimeInAGap() throws ParseException {
    assertThat(ours("0 30 2 * * ?", SPRING_FORWARD, 2))
        .containsExactly("2026-03-08T03:00-04:00", "2026-03-09T02:30-04:00");
    assertThat(quartz("0 30 2 * * ?", SPRING_FORWARD, 1)).containsExactly("2026-03-09T02:30-04:00");
    assertThat(spring("0 30 2 * * ?", SPRING_FORWARD, 1)).containsExactly("2026-03-09T02:30-04:00");
  }

  @Test
  void aFixedTimeInAnOverlap() throws ParseException {
    assertThat(ours("0 30 1 * * ?", FALL_BACK, 2))
        .containsExactly("2026-11-01T01:30-04:00", "2026-11-02T01:30-05:00");
    assertThat(quartz("0 30 1 * * ?", FALL_BACK, 2))
        .containsExactly("2026-11-01T01:30-05:00", "2026-11-02T01:30-05:00");
    assertThat(spring("0 30 1 * * ?", FALL_BACK, 3))
        .containsExactly(
            "2026-11-01T01:30-04:00", "2026-11-01T01:30-05:00", "2026-11-02T01:30-05:00");
  }

  @Test
  void eachThirtyMinutesInAnOverlap() throws ParseException {
    List<String> bothHours = List.of(
        "2026-11-01T00:30-04:00",
        "2026-11-01T01:00-04:00",
        "2026-11-01T01:30-04:00",
        "2026-11-01T01:00-05:00",
        "2026-11-01T01:30-05:00",
        "2026-11-01T02:00-05:00");
    assertThat(ours("0 */30 * * * ?", FALL_BACK, 6)).isEqualTo(bothHours);
    assertThat(spring("0 */30 * * * ?", FALL_BACK, 6)).isEqualTo(bothHours);
    assertThat(quartz("0 */30 * * * ?", FALL_BACK, 4))
        .containsExactly(
            "2026-11-01T00:30-04:00",
            "2026-11-01T01:00-05:00",
            "2026-11-01T01:30-05:00",
            "2026-11-01T02:00-05:00");
  }

  @Test
  void dayOfMonthAndWeekday() throws ParseException {
    assertThatThrownBy(() -> Cron.quartz("0 0 0 13 * FRI")).hasMessageContaining("not both");
    assertThatThrownBy(() -> quartz("0 0 0 13 * FRI", FALL_BACK, 1))
        .isInstanceOf(ParseException.class);
    assertThatThrownBy(() -> quartz("0 0 0 * * *", FALL_BACK, 1))
        .isInstanceOf(ParseException.class);
    assertThat(spring("0 0 0 13 * FRI", FALL_BACK, 2))
        .containsExactly("2026-11-13T00:00-05:00", "2027-08-13T00:00-04:00");
  }

  @Test
  void numericWeekdays() throws ParseException {
    assertThat(ours("0 0 0 ? * 1", FALL_BACK, 1))
        .isEqualTo(quartz("0 0 0 ? * 1", FALL_BACK, 1))
        .containsExactly("2026-11-08T00:00-05:00");
    assertThat(spring("0 0 0 ? * 1", FALL_BACK, 1)).containsExactly("2026-11-02T00:00-05:00");
  }

  @Test
  void rangesThatWrap() throws ParseException {
    String evening = "2026-11-20T21:00-05:00";
    assertThat(ours("0 0 22-2/2 * * ?", evening, 3))
        .isEqualTo(quartz("0 0 22-2/2 * * ?", evening, 3))
        .containsExactly(
            "2026-11-20T22:00-05:00", "2026-11-21T00:00-05:00", "2026-11-21T02:00-05:00");
    assertThatThrownBy(() -> spring("0 0 22-2 * * ?", FALL_BACK, 1))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> spring("0 0 0 ? * FRI-MON", FALL_BACK, 1))
        .isInstanceOf(IllegalArgumentException.class);
    assertThat(spring("0 0 0 ? * SUN-TUE", FALL_BACK, 1)).containsExactly("2026-11-02T00:00-05:00");
  }

  @Test
  void listsOfWeekdaysWithSpecialOnes() throws ParseException {
    String mondaysAndTheThirdFriday = "0 0 0 ? * MON,FRI#3";
    assertThat(ours(mondaysAndTheThirdFriday, FALL_BACK, 2))
        .isEqualTo(spring(mondaysAndTheThirdFriday, FALL_BACK, 2))
        .containsExactly("2026-11-02T00:00-05:00", "2026-11-09T00:00-05:00");
    assertThat(quartz(mondaysAndTheThirdFriday, FALL_BACK, 1))
        .containsExactly("2026-11-16T00:00-05:00");
    for (String list : List.of("MON#1,FRI#3", "FRIL,MON")) {
      assertThat(ours("0 0 0 ? * " + list, FALL_BACK, 1))
          .isEqualTo(spring("0 0 0 ? * " + list, FALL_BACK, 1));
      assertThatThrownBy(() -> quartz("0 0 0 ? * " + list, FALL_BACK, 1))
          .isInstanceOf(ParseException.class);
    }
  }

  @Test
  void anExpressionThatNeverFires() throws ParseException {
    assertThatThrownBy(() -> Cron.quartz("0 0 0 30 2 ?")).hasMessageContaining("never fire");
    assertThat(new org.quartz.CronExpression("0 0 0 30 2 ?").getNextValidTimeAfter(date(FALL_BACK)))
        .isNull();
    var theirs = org.springframework.scheduling.support.CronExpression.parse("0 0 0 30 2 ?");
    assertThat(theirs.next(ZonedDateTime.parse(FALL_BACK))).isNull();
  }

  private static List<String> ours(String expression, String after, int count) {
    var trigger = Trigger.cron(Cron.quartz(expression), ZoneId.of(NEW_YORK));
    var fires = new ArrayList<String>();
    Instant t = ZonedDateTime.parse(after).toInstant();
    for (int i = 0; i < count; i++) {
      t = trigger.after(t);
      fires.add(local(t));
    }
    return fires;
  }

  private static List<String> quartz(String expression, String after, int count)
      throws ParseException {
    var cron = new org.quartz.CronExpression(expression);
    cron.setTimeZone(TimeZone.getTimeZone(NEW_YORK));
    var fires = new ArrayList<String>();
    Date t = date(after);
    for (int i = 0; i < count; i++) {
      t = cron.getNextValidTimeAfter(t);
      fires.add(local(t.toInstant()));
    }
    return fires;
  }

  private static List<String> spring(String expression, String after, int count) {
    var cron = org.springframework.scheduling.support.CronExpression.parse(expression);
    var fires = new ArrayList<String>();
    ZonedDateTime t = ZonedDateTime.parse(after).withZoneSameInstant(ZoneId.of(NEW_YORK));
    for (int i = 0; i < count; i++) {
      t = cron.next(t);
      assertThat(t).isNotNull();
      fires.add(local(t.toInstant()));
    }
    return fires;
  }

  private static Date date(String time) {
    return Date.from(ZonedDateTime.parse(time).toInstant());
  }

  private static String local(Instant t) {
    return t.atZone(ZoneId.of(NEW_YORK)).toOffsetDateTime().toString();
  }
}
