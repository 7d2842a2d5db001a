package io.shardkeeper.core.plan;

import static org.assertj.core.api.Assertions.assertThat;

import io.shardkeeper.calendar.Calendars;
import io.shardkeeper.core.desk.Rules;
import io.shardkeeper.core.plan.Fires.Pace;
import io.shardkeeper.routing.Routers;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** How far ahead fires are planned, and how far behind where there is no room. */
final class PaceTest {
  private static final Instant DUE = Instant.parse("2027-01-04T09:00:00Z");
  private static final Duration SECOND = Duration.ofSeconds(1);
  private static final Rules RULES =
      Rules.of(Duration.ofSeconds(20), SECOND, Calendars.of(Map.of()), Routers.NONE);

  @Test
  void whereThereIsRoomFiresArePlannedAHorizonAhead() {
    for (boolean large : new boolean[] {false, true}) {
      Pace pace = Pace.of(0, large, RULES);
      assertThat(pace.lead()).isEqualTo(RULES.horizon());
      assertThat(pace.planning(DUE)).isBefore(DUE);
      assertThat(pace.upTo(DUE, pace.planning(DUE))).isAfter(DUE);
    }
  }

  @Test
  void theFullerItIsTheLaterFiresArePlannedAndNeverMoreThanFiveSecondsLate() {
    for (boolean large : new boolean[] {false, true}) {
      Pace before = Pace.of(0, large, RULES);
      for (int percent = 1; percent < 95; percent++) {
        Pace pace = Pace.of(percent / 100.0, large, RULES);
        assertThat(pace.planning(DUE)).isAfterOrEqualTo(before.planning(DUE));
        assertThat(pace.lead()).isGreaterThanOrEqualTo(RULES.horizon().dividedBy(10));
        assertThat(pace.planning(DUE)).isBeforeOrEqualTo(DUE.plusSeconds(5));
        assertThat(large || !pace.planning(DUE).isAfter(DUE))
            .as("where there is little room altogether nothing is late at %s %%", percent)
            .isTrue();
        assertThat(pace.upTo(DUE, pace.planning(DUE)))
            .as("what is planned then begins with what was to be planned, at %s %%", percent)
            .isAfter(DUE);
        before = pace;
      }
    }
  }

  @Test
  void whatIsFullDecidesWholeStretchesThatCountAsMissed() {
    Duration threshold = RULES.misfireThreshold();
    for (double fullness : new double[] {0.95, 1}) {
      Pace pace = Pace.of(fullness, true, RULES);
      Instant now = pace.planning(DUE);
      assertThat(now).isAfter(DUE.plus(threshold));
      assertThat(pace.upTo(DUE, now)).isBeforeOrEqualTo(now.minus(threshold)).isAfter(DUE);
    }
  }

  @Test
  void behindAJamOneWindowTakesNoMoreThanALeadOfWhatIsNotMissed() {
    Instant now = DUE.plusSeconds(3_600);
    for (int percent = 0; percent < 95; percent++) {
      Pace pace = Pace.of(percent / 100.0, true, RULES);
      assertThat(pace.upTo(DUE, now))
          .isBeforeOrEqualTo(now.minus(Rules.LEAST_THRESHOLD).plus(pace.lead()));
      Instant early = now.minus(Rules.LEAST_THRESHOLD).plusMillis(1);
      assertThat(pace.upTo(early, now)).isBeforeOrEqualTo(early.plus(pace.lead()));
    }
  }
}
