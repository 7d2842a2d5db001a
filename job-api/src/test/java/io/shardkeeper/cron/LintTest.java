package io.shardkeeper.cron;

import static org.assertj.core.api.Assertions.assertThat;

import io.shardkeeper.trigger.Trigger;
import java.time.Instant;
import java.time.ZoneId;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class LintTest {
  private static final Instant NOW = Instant.parse("2026-11-21T00:00:00Z");

  @ParameterizedTest
  @CsvSource(delimiter = '|', textBlock = """
          17 2 * * 1        | NUMERIC_WEEKDAY | 10 | weekday 1 is MON here
          0 17 2 ? * 1      | NUMERIC_WEEKDAY | 12 | weekday 1 is SUN here
          17 2 31 * *       | RARE_DATE       | 6  | no such day in 140 of 336 months
          17 2 29 2 *       | RARE_DATE       | 6  | no such day in 21 of 28 months
          17 2 * * MON#5    | RARE_DATE       | 10 | no such day
          0 17 2 1 * ? 2027 | RARE_DATE       | 14 | never after 2027
          0 0 * * *         | HERD            | 0  | at midnight
          0,30 9-17 * * *   | HERD            | 0  | on the hour or half hour
          17 2 13 * FRI     | DAY_OR_DAY      | 11 | either is enough
          */25 * * * *      | UNEVEN_STEP     | 1  | each round of 60 minutes
          17 */5 * * *      | UNEVEN_STEP     | 4  | each round of 24 hours
          """)
  void warns(String expression, Finding.Kind kind, int column, String message) {
    List<Finding> findings = Cron.parse(expression).lint();
    assertThat(findings).extracting(Finding::kind).containsExactly(kind);
    assertThat(findings.get(0).column()).isEqualTo(column);
    assertThat(findings.get(0).message()).contains(message);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "17 2 * * MON-FRI",
        "17 2 L * *",
        "*/15 * * * *",
        "17 */6 * * *",
        "H H * * *",
        "3,23,43 * * * *",
        "17 2 15W * *"
      })
  void isContentWithGoodOnes(String expression) {
    assertThat(Cron.parse(expression).lint()).isEmpty();
  }

  @Test
  void warnsOfTimesThatTheClockSkipsOrRepeats() {
    var skipped =
        Trigger.cron(Cron.parse("17 2 * * *"), ZoneId.of("Europe/Berlin")).lint(NOW);
    assertThat(skipped).extracting(Finding::kind).containsExactly(Finding.Kind.CLOCK_CHANGE);
    assertThat(skipped.get(0).message())
        .contains("2027-03-28T02:17 in Europe/Berlin does not happen");

    var repeated =
        Trigger.cron(Cron.parse("17 1 * * *"), ZoneId.of("America/New_York")).lint(NOW);
    assertThat(repeated.get(0).message())
        .contains("2027-11-07T01:17 in America/New_York happens twice");
  }

  @ParameterizedTest
  @CsvSource({
    "17 2 * * *,Asia/Tokyo",
    "17 4 * * *,Europe/Berlin",
    "17 * * * *,Europe/Berlin",
    "H 2 * * *,Europe/Berlin"
  })
  void doesNotWarnOfClocksThatDoNotMatter(String expression, String zone) {
    assertThat(Trigger.cron(Cron.parse(expression), ZoneId.of(zone)).lint(NOW)).isEmpty();
  }
}
