package io.shardkeeper.oracle;

import io.shardkeeper.oracle.CronOracle.Dialect;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * An expression that we and another engine are asked about: as it is written, and as the other
 * engine is known to read it. For one thread.
 */
final class Question {

  private static final int DAY_OF_MONTH = 3;
  private static final int MONTH = 4;
  private static final int DAY_OF_WEEK = 5;
  private static final int LAST_YEAR = 2199;
  private static final List<String> MONTHS =
      List.of("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC");
  private static final List<String> WEEKDAYS =
      List.of("MON", "TUE", "WED", "THU", "FRI", "SAT", "SUN");

  private final Dialect dialect;
  private final String expression;
  private final String[] fields;
  private final Map<String, CronOracle> oracles = new HashMap<>();
  private @Nullable Answer firstFire;

  Question(Dialect dialect, String expression) {
    this.dialect = dialect;
    this.expression = expression;
    this.fields = expression.split(" ", -1);
  }

  Dialect dialect() {
    return dialect;
  }

  String expression() {
    return expression;
  }

  String dayOfMonth() {
    return fields[DAY_OF_MONTH];
  }

  String month() {
    return fields[MONTH];
  }

  String dayOfWeek() {
    return fields[DAY_OF_WEEK];
  }

  List<String> dayFields() {
    return List.of(dayOfMonth(), dayOfWeek());
  }

  /** Whether a range begins with the larger end, as Spring counts: MON is 1, a SUN in front 0. */
  boolean hasARangeThatWraps() {
    for (int index = 0; index < fields.length; index++) {
      var names = index == MONTH ? MONTHS : WEEKDAYS;
      for (var item : fields[index].split(",", -1)) {
        var ends = item.replaceAll("/.*", "").split("-", -1);
        if (ends.length == 2 && !ends[0].equals("L")) {
          int from = number(ends[0], names);
          boolean sundayInFront = index == DAY_OF_WEEK && from == 7;
          if (!sundayInFront && from > number(ends[1], names)) {
            return true;
          }
        }
      }
    }
    return false;
  }

  private static int number(String text, List<String> names) {
    int index = names.indexOf(text);
    return index < 0 ? Integer.parseInt(text) : index + 1;
  }

  /** What is right. */
  Answer rightAnswer(LocalDateTime after) {
    return answer(expression, after);
  }

  /** Whether no day of any year is right: found out once, because it takes a walk of 230 years. */
  boolean isNeverDue() {
    if (firstFire == null) {
      firstFire = rightAnswer(LocalDateTime.parse("1969-12-31T23:59:59"));
    }
    return firstFire.equals(new Answer.Never());
  }

  /** What would be right if the expression meant what the other engine takes it for. */
  Answer answerAsTheyRead(LocalDateTime after) {
    return answer(asTheyRead(), after);
  }

  /** The numbers in those days of the month that are written in some form. */
  IntStream numbers(String form) {
    var pattern = Pattern.compile(form);
    return Arrays.stream(dayOfMonth().split(",", -1))
        .map(pattern::matcher)
        .filter(Matcher::matches)
        .mapToInt(item -> Integer.parseInt(item.group(1)));
  }

  /** Whether days of the month that are written in some form are enough for a fire. */
  boolean isDueBy(String form, LocalDateTime time) {
    var items = Arrays.stream(dayOfMonth().split(",", -1))
        .filter(item -> item.matches(form))
        .collect(Collectors.joining(","));
    return !items.isEmpty()
        && oracle(with(asTheyRead(), DAY_OF_MONTH, field -> items)).matches(time);
  }

  private Answer answer(String text, LocalDateTime after) {
    return Answer.of(oracle(text).next(after, LAST_YEAR));
  }

  private CronOracle oracle(String text) {
    return oracles.computeIfAbsent(text, it -> CronOracle.of(dialect, it));
  }

  private String asTheyRead() {
    if (dialect == Dialect.SPRING) {
      return with(expression, DAY_OF_WEEK, Question::sundayLast);
    }
    var months = with(expression, MONTH, Question::withoutSteps);
    return with(months, DAY_OF_WEEK, field -> firstOfAList(withoutSteps(field)));
  }

  private static String with(String expression, int index, Function<String, String> change) {
    var fields = expression.split(" ", -1);
    fields[index] = change.apply(fields[index]);
    return String.join(" ", fields);
  }

  /** Quartz does not read on behind a name or a range of names. */
  private static String withoutSteps(String field) {
    return field.replaceAll("([A-Z])/\\d+", "$1");
  }

  /** Quartz has one n for all weekdays, and then looks at the smallest of them only. */
  private String firstOfAList(String field) {
    if (!field.contains(",") || !field.contains("#")) {
      return field;
    }
    var anyTime = CronOracle.of(dialect, "0 0 0 ? * " + field.replaceAll("#\\d", ""));
    var saturday = LocalDate.parse("2000-01-01").atStartOfDay();
    var smallest =
        anyTime.next(saturday, LAST_YEAR).orElseThrow().getDayOfWeek().getValue() % 7 + 1;
    return smallest + field.replaceAll(".*(#\\d).*", "$1");
  }

  /** To Spring a SUN is 7, the last of the numbers that its weekdays have. */
  private static String sundayLast(String field) {
    return field.replaceAll("(^|,)SUN/\\d+", "$1SUN");
  }
}
