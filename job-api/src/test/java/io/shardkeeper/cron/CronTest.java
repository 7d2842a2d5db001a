package io.shardkeeper.cron;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class CronTest {

  @ParameterizedTest
  @CsvSource(delimiter = '|', textBlock = """
          # plain values, lists, ranges, steps
          5 4 * * *             | 2026-01-01T00:00 | 2026-01-01T04:05 2026-01-02T04:05
          0,30 4 * * *          | 2026-01-01T00:00 | 2026-01-01T04:00 2026-01-01T04:30 2026-01-02T04:00
          50-52 4 * * *         | 2026-01-01T00:00 | 2026-01-01T04:50 2026-01-01T04:51 2026-01-01T04:52
          58-1 4 * * *          | 2026-01-01T00:00 | 2026-01-01T04:00 2026-01-01T04:01 2026-01-01T04:58 2026-01-01T04:59
          50-5/5 4 * * *        | 2026-01-01T00:00 | 2026-01-01T04:00 2026-01-01T04:05 2026-01-01T04:50 2026-01-01T04:55
          40/10 4 * * *         | 2026-01-01T00:00 | 2026-01-01T04:40 2026-01-01T04:50 2026-01-02T04:40
          10 0/15 4 * * ?       | 2026-01-01T00:00 | 2026-01-01T04:00:10 2026-01-01T04:15:10
          # months and years
          0 0 1 NOV-FEB *       | 2026-03-01T00:00 | 2026-11-01T00:00 2026-12-01T00:00 2027-01-01T00:00 2027-02-01T00:00
          0 0 1 */5 *           | 2026-01-02T00:00 | 2026-06-01T00:00 2026-11-01T00:00 2027-01-01T00:00
          0 0 0 1 1 ? 2030/50   | 2026-01-02T00:00 | 2030-01-01T00:00 2080-01-01T00:00 2130-01-01T00:00
          # days of the month
          0 0 30 * *            | 2026-01-31T00:00 | 2026-03-30T00:00 2026-04-30T00:00
          0 0 L * *             | 2028-01-31T01:00 | 2028-02-29T00:00 2028-03-31T00:00
          0 0 L-1 2 *           | 2028-01-31T01:00 | 2028-02-28T00:00 2029-02-27T00:00
          0 0 LW * *            | 2026-01-31T00:00 | 2026-02-27T00:00 2026-03-31T00:00
          0 0 L-2W 5 *          | 2026-01-31T00:00 | 2026-05-29T00:00 2027-05-28T00:00
          0 0 1W 8 *            | 2026-01-31T00:00 | 2026-08-03T00:00 2027-08-02T00:00
          0 0 31W 5 *           | 2026-01-31T00:00 | 2026-05-29T00:00 2027-05-31T00:00
          0 0 1,15,L * *        | 2026-02-01T01:00 | 2026-02-15T00:00 2026-02-28T00:00 2026-03-01T00:00
          # weekdays, by name and in each dialect's numbers
          0 0 * * FRI-MON       | 2026-11-20T01:00 | 2026-11-21T00:00 2026-11-22T00:00 2026-11-23T00:00 2026-11-27T00:00
          0 0 * * 6-1           | 2026-11-20T01:00 | 2026-11-21T00:00 2026-11-22T00:00 2026-11-23T00:00 2026-11-28T00:00
          0 0 * * 5-7           | 2026-11-21T01:00 | 2026-11-22T00:00 2026-11-27T00:00
          0 0 * * 0-7           | 2026-11-21T01:00 | 2026-11-22T00:00 2026-11-23T00:00 2026-11-24T00:00
          0 0 0 ? * 1           | 2026-11-20T01:00 | 2026-11-22T00:00 2026-11-29T00:00
          0 0 0 ? * L           | 2026-11-20T01:00 | 2026-11-21T00:00 2026-11-28T00:00
          0 0 0 ? * 6L          | 2026-11-20T01:00 | 2026-11-27T00:00 2026-12-25T00:00
          0 0 * * FRIL          | 2026-11-20T01:00 | 2026-11-27T00:00 2026-12-25T00:00
          0 0 * * MON#5         | 2026-11-20T01:00 | 2026-11-30T00:00 2027-03-29T00:00
          0 0 * * */2           | 2026-11-20T01:00 | 2026-11-21T00:00 2026-11-22T00:00 2026-11-24T00:00
          # day of month and weekday together: either, unless one begins with a star
          0 0 13 * FRI          | 2026-11-21T00:00 | 2026-11-27T00:00 2026-12-04T00:00 2026-12-11T00:00 2026-12-13T00:00
          0 0 */2 * FRI         | 2026-11-21T00:00 | 2026-11-27T00:00 2026-12-11T00:00
          0 0 13 * */5          | 2026-11-21T00:00 | 2026-12-13T00:00 2027-06-13T00:00
          # case, blanks, question marks, macros
          0 0 ? jan-feb mon     | 2026-12-01T00:00 | 2027-01-04T00:00 2027-01-11T00:00
          @WEEKLY               | 2026-11-20T00:00 | 2026-11-22T00:00 2026-11-29T00:00
          @yearly               | 2026-11-20T00:00 | 2027-01-01T00:00 2028-01-01T00:00
          """)
  void namesTheNextTimes(String expression, String from, String expected) {
    var times = new ArrayList<String>();
    var cron = Cron.parse(expression);
    long local = seconds(from) - 1;
    for (int i = 0; i < expected.split(" ").length; i++) {
      long next = cron.nextLocal(local + 1);
      times.add(time(next));
      if (i > 0) {
        assertThat(cron.previousLocal(next - 1)).isEqualTo(local);
      }
      local = next;
    }
    assertThat(times).containsExactly(expected.split(" "));
  }

  @Test
  void readsTheSameTextAsEachDialectDoes() {
    String sixFields = "0 0 0 * * 1";
    assertThat(time(Cron.quartz(sixFields).nextLocal(seconds("2026-11-20T00:00"))))
        .isEqualTo("2026-11-22T00:00");
    assertThat(time(Cron.spring(sixFields).nextLocal(seconds("2026-11-20T00:00"))))
        .isEqualTo("2026-11-23T00:00");
    assertThat(Cron.spring("0 0 0 13 * FRI").nextLocal(seconds("2026-11-20T00:00")))
        .isEqualTo(seconds("2027-08-13T00:00"));
  }

  @ParameterizedTest
  @CsvSource(delimiter = '|', quoteCharacter = '"', textBlock = """
          60 * * * *          | 1  | minute | '60'; minutes run from 0 to 59
          * 24 * * *          | 3  | hour | '24'; hours run from 0 to 23
          * * 0 * *           | 5  | day of month | '0'; days run from 1 to 31
          * * * 13 *          | 7  | month | '13'; months run from 1 to 12
          * * * FOO *         | 7  | month | 'FOO'; names are JAN FEB
          * * * monday *      | 7  | month | 'monday'; names are JAN
          * * * * monday      | 9  | day of week | 'monday'; names have three letters: MON
          * * * * 8           | 9  | day of week | '8'; weekdays run from 0 to 7
          * * * * L           | 9  | day of week | as FRIL
          * * * * MON#6       | 13 | day of week | '6'; the n-th weekday of a month runs from 1 to 5
          * * * * MON#        | 13 | day of week | nothing; the n-th
          ? * * * *           | 1  | minute | '?'; only day of month and day of week take it
          */0 * * * *         | 3  | minute | step of 0; steps run from 1 to 59
          */ * * * *          | 3  | minute | found nothing; steps run from 1 to 59
          1-2-3 * * * *       | 4  | minute | '-3' behind '1-2'; items of a list are parted by commas
          1,,2 * * * *        | 3  | minute | nothing next to a comma; minutes run
          1, * * * *          | 3  | minute | nothing next to a comma; minutes run
          *5 * * * *          | 2  | minute | '5' behind '*'
          99999999999 * * * * | 1  | minute | '99999999999'; minutes run
          -1 * * * *          | 1  | minute | '-1'; minutes run
          * * W * *           | 5  | day of month | W follows a day of the month, as 15W
          * * 1-5W * *        | 8  | day of month | 'W' behind '1-5'
          * * L-31 * *        | 7  | day of month | '31'; days before the last run from 1 to 30
          * * H(1 * *         | 8  | day of month | nothing; a range to draw from is written H(a-b)
          H(9-2) * * * *      | 1  | minute | 'H(9-2)'; a range to draw from does not wrap
          0 0 0 1 1 ? 1969    | 13 | year | '1969'; years run from 1970 to 2199
          0 0 0 1 1 ? 2030-27 | 18 | year | '27'; years run
          0 0 0 1 1 ? 2030-2027 | 13 | year | years do not wrap
          0 0 0 ? * ?         | 11 | day of week | '?' in both day fields
          0 0 0 1 * 2         | 11 | day of week | put ? into one of them
          0 0 0 29 2 ? 2027   | 7  | day of month | never fire
          0 0 0 ? FEB MON#5 2027 | 13 | day of week | never fire
          0 0 31 4,6,9,11 *   | 5  | day of month | never fire
          * * * * * * * *     | 0  |  | has 8 fields; 5 are Unix
          @fortnightly        | 1  |  | '@fortnightly' is not known; there are @yearly
          @every 90s          | 1  |  | is a fixed rate, not a cron expression
          """)
  void tellsFieldAndColumnOfAMistake(String expression, int column, String field, String problem) {
    assertThatExceptionOfType(CronSyntaxException.class)
        .isThrownBy(() -> Cron.parse(expression))
        .withMessageStartingWith("Cron '" + expression + "': ")
        .withMessageContaining(field == null ? "" : field + " (column " + column + "): ")
        .withMessageContaining(problem)
        .satisfies(e -> assertThat(e.column()).isEqualTo(column));
  }

  @Test
  void refusesTheNumberOfFieldsOfAnotherDialect() {
    assertThatThrownBy(() -> Cron.unix("0 0 0 * * ?"))
        .hasMessageContaining("has 6 fields; Unix has 5 (minute hour");
    assertThatThrownBy(() -> Cron.quartz("0 0 * * *"))
        .hasMessageContaining("has 5 fields; Quartz has 6 or 7 (second");
    assertThatThrownBy(() -> Cron.spring("0 0 0 * * ? 2026"))
        .hasMessageContaining("has 7 fields; Spring has 6");
    assertThatThrownBy(() -> Cron.parse("")).hasMessageContaining("has 0 fields");
  }

  @Test
  void countsColumnsInTheTextAsWritten() {
    assertThatExceptionOfType(CronSyntaxException.class)
        .isThrownBy(() -> Cron.parse("  0\t 0   25 * * ?"))
        .satisfies(e -> assertThat(e.column()).isEqualTo(10));
  }

  @Test
  void quotesAStrangersTextSafelyAndShortly() {
    assertThatThrownBy(() -> Cron.parse("0 0\n\u001b[31m * * ?"))
        .hasMessageContaining("\\u000a\\u001b[31m");
    assertThatThrownBy(() -> Cron.parse("9".repeat(900) + " * * * *"))
        .satisfies(e -> assertThat(e.getMessage()).hasSizeLessThan(300));
    assertThatThrownBy(() -> Cron.parse("0,".repeat(600) + "0 * * * *"))
        .hasMessageContaining("at most 1000 are read");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"* * * * *", "0 */2 * * *", "0 8/2 * * *", "0 H/4 * * *", "0 0 * * * ?", "@hourly"
      })
  void knowsIntervals(String expression) {
    assertThat(Cron.parse(expression).isIntervalLike()).isTrue();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "0 2 * * *",
        "0 0-23 * * *",
        "0 0-23/2 * * *",
        "0 *,2 * * *",
        "0 H * * *",
        "0 H(0-5)/2 * * *",
        "@daily"
      })
  void knowsFixedTimes(String expression) {
    assertThat(Cron.parse(expression).isIntervalLike()).isFalse();
  }

  @Test
  void drawsFromTheNameOfTheJob() {
    var hourly = Cron.parse("H * * * *");
    assertThat(hourly.needsJobName()).isTrue();
    assertThatThrownBy(() -> hourly.nextLocal(0))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("spreadFor");

    long[] jobsAtMinute = new long[60];
    IntStream.range(0, 60_000)
        .forEach(i -> jobsAtMinute[(int) (hourly.spreadFor("job-" + i).nextLocal(0) / 60)]++);

    // A thousand each, give or take what chance allows: six standard deviations.
    assertThat(jobsAtMinute).satisfies(counts -> {
      for (long count : counts) {
        assertThat(count).isBetween(810L, 1190L);
      }
    });
  }

  @Test
  void drawsTheSameForeverAndForEveryone() {
    // These are part of the contract: another draw would move the jobs of all users at their next
    // upgrade.
    var cron = Cron.parse("H H(0-5) H * *").spreadFor("billing");
    assertThat(time(cron.nextLocal(seconds("2026-01-01T00:00")))).isEqualTo("2026-01-26T03:13");
    assertThat(cron).isEqualTo(Cron.parse("H H(0-5) H * *").spreadFor("billing"));
    assertThat(cron).isNotEqualTo(cron.spreadFor("shipping"));
  }

  @Test
  void drawsTheStartOfSteps() {
    for (int i = 0; i < 200; i++) {
      var cron = Cron.parse("H/15 * * * *").spreadFor("job-" + i);
      long first = cron.nextLocal(0);
      assertThat(first).isLessThan(15 * 60);
      assertThat(cron.nextLocal(first + 1)).isEqualTo(first + 15 * 60);
      long ranged = Cron.parse("H(30-40)/5 * * * *").spreadFor("job-" + i).nextLocal(0);
      assertThat(ranged).isBetween(30L * 60, 34L * 60);
      assertThat(Cron.parse("0 0 H * *").spreadFor("job-" + i).nextLocal(0))
          .isLessThan(28 * 86_400L);
    }
  }

  @Test
  void leavesAnExpressionWithoutDrawsAlone() {
    var cron = Cron.parse("0 0 * * *");
    assertThat(cron.spreadFor("billing")).isSameAs(cron);
  }

  @Test
  void findsADayThatComesOnceInFortyYears() {
    var cron = Cron.spring("0 0 0 29 2 MON");
    assertThat(time(cron.nextLocal(seconds("2072-03-01T00:00")))).isEqualTo("2112-02-29T00:00");
    assertThat(time(cron.previousLocal(seconds("2112-02-28T00:00")))).isEqualTo("2072-02-29T00:00");
  }

  @Test
  void staysWithinItsYears() {
    var cron = Cron.parse("0 0 1 1 *");
    assertThat(time(cron.nextLocal(Long.MIN_VALUE))).isEqualTo("1970-01-01T00:00");
    assertThat(time(cron.previousLocal(Long.MAX_VALUE))).isEqualTo("2199-01-01T00:00");
    assertThat(cron.nextLocal(seconds("2199-01-01T00:01"))).isEqualTo(Cron.NEVER);
    assertThat(cron.nextLocal(Long.MAX_VALUE)).isEqualTo(Cron.NEVER);
    assertThat(cron.previousLocal(seconds("1969-12-31T23:59:59"))).isEqualTo(Cron.NEVER_BEFORE);
    assertThat(cron.previousLocal(Long.MIN_VALUE)).isEqualTo(Cron.NEVER_BEFORE);
  }

  @Test
  void agreesWithTheCalendarOfJavaOnEveryDay() {
    var day = java.time.LocalDate.of(1970, 1, 1);
    for (int n = LocalDays.FIRST; n <= LocalDays.LAST; n++) {
      int date = LocalDays.date(n);
      assertThat(List.of(
              LocalDays.year(date),
              LocalDays.month(date),
              LocalDays.dayOfMonth(date),
              LocalDays.weekday(n)))
          .isEqualTo(List.of(
              day.getYear(),
              day.getMonthValue(),
              day.getDayOfMonth(),
              day.getDayOfWeek().getValue() - 1));
      assertThat(LocalDays.ofMonth(day.getYear(), day.getMonthValue()))
          .isEqualTo(n - day.getDayOfMonth() + 1);
      assertThat(LocalDays.lengthOfMonth(day.getYear(), day.getMonthValue()))
          .isEqualTo(day.lengthOfMonth());
      day = day.plusDays(1);
    }
    assertThat(day).isEqualTo("2200-01-01");
  }

  private static long seconds(String local) {
    return LocalDateTime.parse(local).toEpochSecond(ZoneOffset.UTC);
  }

  private static String time(long local) {
    return LocalDateTime.ofEpochSecond(local, 0, ZoneOffset.UTC).toString();
  }
}
