package io.shardkeeper.oracle;

import static org.assertj.core.api.Assertions.assertThat;

import io.shardkeeper.oracle.CronOracle.Dialect;
import io.shardkeeper.oracle.CronOracle.Gap;
import io.shardkeeper.oracle.CronOracle.Overlap;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.OffsetDateTime;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * The oracle against a calendar on the wall: each expected date was looked up by hand, so that what
 * is measured with the oracle need not be believed twice.
 */
class CronOracleTest {

  @ParameterizedTest
  @CsvSource(delimiter = '|', textBlock = """
      UNIX   | 30 2 * * *            | 2026-01-31T02:30    | 2026-02-01T02:30
      UNIX   | */15 * * * *          | 2026-01-31T23:50    | 2026-02-01T00:00
      UNIX   | 5/15 * * * *          | 2026-01-31T23:20    | 2026-01-31T23:35
      UNIX   | 0 22-3/2 * * *        | 2026-01-31T22:00    | 2026-02-01T00:00
      UNIX   | 0 22-3/2 * * *        | 2026-02-01T02:00    | 2026-02-01T22:00
      UNIX   | 59-1 12 * * *         | 2026-02-01T12:01    | 2026-02-01T12:59
      UNIX   | 0 0 28-3/2 * *        | 2026-04-28T00:00    | 2026-04-30T00:00
      UNIX   | 0 0 28-3/2 * *        | 2026-04-30T00:00    | 2026-05-01T00:00
      UNIX   | 0 0 1 nov-feb *       | 2026-02-01T00:00    | 2026-11-01T00:00
      UNIX   | 0 0 13 * FRI          | 2026-11-07T00:00    | 2026-11-13T00:00
      UNIX   | 0 0 13 * FRI          | 2026-11-30T00:00    | 2026-12-04T00:00
      UNIX   | 0 0 */2 * FRI         | 2026-11-07T00:00    | 2026-11-13T00:00
      UNIX   | 0 0 */2 * FRI         | 2026-11-13T00:00    | 2026-11-27T00:00
      UNIX   | 0 0 * * 7             | 2026-11-20T00:00    | 2026-11-22T00:00
      UNIX   | 0 0 * * 0             | 2026-11-20T00:00    | 2026-11-22T00:00
      UNIX   | 0 0 * * 5-7           | 2026-11-21T00:00    | 2026-11-22T00:00
      UNIX   | 0 0 * * 6-1           | 2026-11-22T00:00    | 2026-11-23T00:00
      UNIX   | 0 0 * * 7-1           | 2026-11-23T00:00    | 2026-11-29T00:00
      UNIX   | 0 0 * * FRI-MON/3     | 2026-11-20T00:00    | 2026-11-23T00:00
      UNIX   | 0 0 * * 1#1           | 2026-11-20T00:00    | 2026-12-07T00:00
      UNIX   | 0 9 * * MON#1,FRIL    | 2026-11-20T00:00    | 2026-11-27T09:00
      UNIX   | 0 9 * * MON#1,FRIL    | 2026-11-27T09:00    | 2026-12-07T09:00
      UNIX   | 0 0 * * MON#5         | 2026-09-01T00:00    | 2026-11-30T00:00
      QUARTZ | 0 0 0 ? * 1           | 2026-11-20T00:00    | 2026-11-22T00:00
      QUARTZ | 0 0 0 ? * 6L          | 2026-11-20T00:00    | 2026-11-27T00:00
      QUARTZ | 0 0 0 ? * L           | 2026-11-22T00:00    | 2026-11-28T00:00
      QUARTZ | 0 0 0 ? * 1/2         | 2026-11-22T00:00    | 2026-11-24T00:00
      QUARTZ | 10/25 * * * * ?       | 2026-11-20T00:00:36 | 2026-11-20T00:01:10
      QUARTZ | 59 59 23 31 12 ?      | 2026-12-31T23:59:59 | 2027-12-31T23:59:59
      QUARTZ | 0 0 0 29 2 ?          | 2026-01-01T00:00    | 2028-02-29T00:00
      QUARTZ | 0 0 0 29 2 ? 2029/3   | 2026-01-01T00:00    | 2032-02-29T00:00
      QUARTZ | 0 0 0 L * ?           | 2028-01-31T00:00    | 2028-02-29T00:00
      QUARTZ | 0 0 0 L-30 * ?        | 2026-01-01T00:00    | 2026-03-01T00:00
      QUARTZ | 0 0 0 1,15,L-1 * ?    | 2026-02-15T00:00    | 2026-02-27T00:00
      QUARTZ | 0 0 12 15W * ?        | 2026-01-15T12:00    | 2026-02-16T12:00
      QUARTZ | 0 0 12 14W * ?        | 2026-02-12T12:00    | 2026-02-13T12:00
      QUARTZ | 0 0 12 1W * ?         | 2026-08-01T00:00    | 2026-08-03T12:00
      QUARTZ | 0 0 12 31W * ?        | 2026-05-01T00:00    | 2026-05-29T12:00
      QUARTZ | 0 0 12 31W * ?        | 2026-05-29T12:00    | 2026-07-31T12:00
      QUARTZ | 0 0 12 LW * ?         | 2026-05-01T00:00    | 2026-05-29T12:00
      QUARTZ | 0 0 12 L-15W * ?      | 2026-02-01T00:00    | 2026-02-13T12:00
      QUARTZ | 0 0 12 L-30W * ?      | 2026-07-31T00:00    | 2026-08-03T12:00
      SPRING | 0 0 0 1 * MON         | 2026-01-01T00:00    | 2026-06-01T00:00
      SPRING | 0 0 0 29 2 MON        | 2072-02-29T00:00    | 2112-02-29T00:00
      SPRING | 0 0 0 * * 0           | 2026-11-20T00:00    | 2026-11-22T00:00
      SPRING | 0 0 0 ? * SAT-SUN     | 2026-11-21T00:00    | 2026-11-22T00:00
      """)
  void namesTheNextMatch(
      Dialect dialect, String expression, LocalDateTime after, LocalDateTime next) {
    var oracle = CronOracle.of(dialect, expression);

    assertThat(oracle.next(after, 2199)).contains(next);
    assertThat(oracle.matches(next)).isTrue();
    assertThat(oracle.matches(next.plusNanos(1))).isFalse();
  }

  @ParameterizedTest
  @CsvSource(delimiter = '|', textBlock = """
      QUARTZ | 0 0 0 30 2 ?
      QUARTZ | 0 0 0 31W 4,6,9,11 ?
      QUARTZ | 0 0 0 29 2 ? 2100
      SPRING | 0 0 0 1-7 * MON#2
      """)
  void knowsThatSomeNeverMatch(Dialect dialect, String expression) {
    var oracle = CronOracle.of(dialect, expression);

    assertThat(oracle.next(LocalDateTime.parse("1970-01-01T00:00"), 2199)).isEmpty();
  }

  // New York, 8 March 2026: 02:00 becomes 03:00. 1 November 2026: 02:00 becomes 01:00 again.
  private static final String NEW_YORK = "America/New_York";

  @Test
  void movesFixedTimesToTheEndOfAGap() {
    var from = "2026-03-08T00:00-05:00";
    var to = "2026-03-08T04:30-04:00";

    assertThat(fires(unix("30 2 * * *"), NEW_YORK, from, to)).containsExactly("03:00-04:00");
    assertThat(fires(unix("0,30 2,3 * * *"), NEW_YORK, from, to))
        .containsExactly("03:00-04:00", "03:30-04:00");
    assertThat(fires(unix("30 2,3 * * *"), NEW_YORK, from, to))
        .containsExactly("03:00-04:00", "03:30-04:00");
    assertThat(fires(unix("0 0-23/2 * * *"), NEW_YORK, from, to))
        .containsExactly("00:00-05:00", "03:00-04:00", "04:00-04:00");
    assertThat(fires(unix("30 2 * * *").gap(Gap.SKIP), NEW_YORK, from, to)).isEmpty();
  }

  @Test
  void goesByWhatTheClockShowsWhereAnExpressionIsIntervalLike() {
    assertThat(fires(
            unix("*/30 * * * *"), NEW_YORK, "2026-03-08T01:30-05:00", "2026-03-08T03:30-04:00"))
        .containsExactly("01:30-05:00", "03:00-04:00", "03:30-04:00");
    assertThat(fires(
            unix("0 */2 * * *"), NEW_YORK, "2026-03-08T00:00-05:00", "2026-03-08T05:59-04:00"))
        .containsExactly("00:00-05:00", "04:00-04:00");
    assertThat(fires(
            unix("0 2/4 * * *").gap(Gap.SHIFT),
            NEW_YORK,
            "2026-03-08T00:00-05:00",
            "2026-03-08T06:00-04:00"))
        .containsExactly("03:00-04:00", "06:00-04:00");
    assertThat(fires(
            unix("*/30 * * * *"), NEW_YORK, "2026-11-01T00:45-04:00", "2026-11-01T02:00-05:00"))
        .containsExactly("01:00-04:00", "01:30-04:00", "01:00-05:00", "01:30-05:00", "02:00-05:00");
    assertThat(fires(
            unix("*/30 * * * *").overlap(Overlap.LAST),
            NEW_YORK,
            "2026-11-01T00:45-04:00",
            "2026-11-01T02:00-05:00"))
        .containsExactly("01:00-05:00", "01:30-05:00", "02:00-05:00");
  }

  @Test
  void firesOnceInAnOverlapWhereATimeIsFixed() {
    var from = "2026-11-01T00:00-04:00";
    var to = "2026-11-01T03:00-05:00";
    var oracle = unix("30 1 * * *");

    assertThat(fires(oracle, NEW_YORK, from, to)).containsExactly("01:30-04:00");
    assertThat(fires(oracle.overlap(Overlap.LAST), NEW_YORK, from, to))
        .containsExactly("01:30-05:00");
    assertThat(fires(oracle.overlap(Overlap.BOTH), NEW_YORK, from, to))
        .containsExactly("01:30-04:00", "01:30-05:00");
  }

  @Test
  void knowsADayThatNeverWasAndMidnightsThatAreMissing() {
    assertThat(fires(
            unix("0 9 * * *"), "Pacific/Apia", "2011-12-29T08:00-10:00", "2011-12-31T10:00+14:00"))
        .containsExactly("09:00-10:00", "00:00+14:00", "09:00+14:00");
    assertThat(fires(
            unix("0 9 30 12 *"),
            "Pacific/Apia",
            "2011-12-29T08:00-10:00",
            "2011-12-31T10:00+14:00"))
        .containsExactly("00:00+14:00");
    assertThat(fires(
            unix("0 0 * * *"),
            "America/Sao_Paulo",
            "2018-11-03T00:00-03:00",
            "2018-11-05T00:00-02:00"))
        .containsExactly("00:00-03:00", "01:00-02:00", "00:00-02:00");
  }

  private static CronOracle unix(String expression) {
    return CronOracle.of(Dialect.UNIX, expression);
  }

  /** The time of day and offset of each fire from one instant to another. */
  private static List<String> fires(CronOracle oracle, String zone, String from, String to) {
    var id = ZoneId.of(zone);
    var seconds = oracle.fires(new WallClock(
        id, OffsetDateTime.parse(from).toEpochSecond(), OffsetDateTime.parse(to).toEpochSecond()));
    var shown = new ArrayList<String>();
    for (var second : seconds) {
      var zoned = Instant.ofEpochSecond(second).atZone(id);
      shown.add(zoned.toLocalTime() + zoned.getOffset().getId());
    }
    return shown;
  }
}
