package io.shardkeeper.config;

import io.shardkeeper.cron.EveryMacro;
import io.shardkeeper.job.Filter;
import io.shardkeeper.job.Limits;
import java.nio.file.Path;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * What kind of value comes somewhere: how it is read, written and told. Immutable.
 *
 * @param unit what stands in the column of units
 * @param expected what comes there, for messages
 * @param read the value of a text; null if it is none, and an IllegalArgumentException if more can be said
 * @param write the text of a value
 * @param order how values are compared with the least and the most that are allowed
 * @param secret whether what somebody wrote must not be told, because it may be a password in the wrong place
 */
record Kind<T>(
    String unit,
    String expected,
    Function<String, @Nullable T> read,
    Function<T, String> write,
    Comparator<T> order,
    boolean secret) {
  private static final int LONGEST_TEXT = 100;
  private static final int LONGEST_ADDRESS = 10_000;
  private static final Pattern ZERO = Pattern.compile("0(?:ms|s|m|h|d)");
  private static final Pattern WHOLE = Pattern.compile("-?[0-9]{1,9}");
  private static final Pattern SIZE = Pattern.compile("([0-9]{1,18})(KB|MB|GB)?");
  private static final Pattern VARIABLE_NAME = Pattern.compile("[A-Za-z_][A-Za-z0-9_]*");

  static final Kind<Duration> DURATION = ordered(
      "duration", Amount.DURATION, Kind::duration, Duration::toString, Comparator.naturalOrder());

  static final Kind<Long> SIZE_IN_BYTES = Kind.<Long>ordered(
      "size", Amount.SIZE, Kind::size, Object::toString, Comparator.naturalOrder());

  static final Kind<Boolean> FLAG =
      plain("true, false", "true or false", Kind::flag, Object::toString);

  static final Kind<Double> FRACTION = plain(
      "number",
      "a number such as 2 or 0.5",
      text -> text.matches("-?[0-9]{1,9}(?:\\.[0-9]{1,9})?") ? Double.parseDouble(text) : null,
      Object::toString);

  static final Kind<Instant> INSTANT = plain(
      "instant", "an instant such as 2026-11-21T02:30:00Z", Instant::parse, Instant::toString);

  static final Kind<List<String>> LIST = plain(
      "names", "names with commas between them", Kind::list, names -> String.join(",", names));

  static final Kind<String> NAME =
      plain("name", "a name", text -> Limits.checkName("It", text), Function.identity());

  static final Kind<String> TEXT = plain(
      "text",
      "a text of 1 to " + LONGEST_TEXT + " characters on one line",
      text -> isLine(text, LONGEST_TEXT) ? text : null,
      Function.identity());

  static final Kind<String> ADDRESS = plain(
      "servers",
      "'embedded', or servers such as zk1:2181,zk2:2181",
      text -> isLine(text, LONGEST_ADDRESS) ? text : null,
      Function.identity());

  static final Kind<SortedMap<String, String>> LABELS =
      plain("labels", "labels such as zone=a,disk=ssd", Kind::labels, Kind::labels);

  static final Kind<Path> PATH =
      plain("path", "the path of a file or a directory", Kind::path, Path::toString);

  /** A path beside which somebody may write the password itself. */
  static final Kind<Path> SECRET_PATH = PATH.kept();

  /** The name of a variable, in whose place somebody may write the password itself. */
  static final Kind<String> VARIABLE = Kind.<String>plain(
          "variable",
          "the name of a variable of the environment",
          text -> VARIABLE_NAME.matcher(text).matches() ? text : null,
          Function.identity())
      .kept();

  /** Whole numbers of something. */
  static Kind<Integer> number(String unit) {
    return Kind.<Integer>ordered(
        unit,
        "a whole number",
        text -> WHOLE.matcher(text).matches() ? Integer.valueOf(text) : null,
        Object::toString,
        Comparator.naturalOrder());
  }

  /** One of a few words. */
  static <E extends Enum<E>> Kind<E> oneOf(Class<E> type) {
    List<E> all = Arrays.asList(type.getEnumConstants());
    String words = all.stream().map(Kind::word).collect(Collectors.joining(", "));
    return plain(
        words,
        "one of " + words,
        text ->
            all.stream().filter(value -> word(value).equals(text)).findFirst().orElse(null),
        Kind::word);
  }

  private static String word(Enum<?> value) {
    return value.name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  private static <T> Kind<T> plain(
      String unit, String expected, Function<String, @Nullable T> read, Function<T, String> write) {
    return ordered(unit, expected, read, write, Comparator.comparing(write));
  }

  private static <T> Kind<T> ordered(
      String unit,
      String expected,
      Function<String, @Nullable T> read,
      Function<T, String> write,
      Comparator<T> order) {
    return new Kind<>(unit, expected, read, write, order, false);
  }

  private Kind<T> kept() {
    return new Kind<>(unit, expected, read, write, order, true);
  }

  /**
   * The value of a text.
   *
   * @throws IllegalArgumentException if it has none; the message says what comes there, and does not repeat the text if that is secret
   */
  T parse(String text) {
    T value;
    try {
      value = read.apply(text.strip());
    } catch (DateTimeException | ArithmeticException e) {
      value = null; // told below, with what would be right
    }
    if (value == null) {
      throw new IllegalArgumentException(expected + " comes here");
    }
    return value;
  }

  private static @Nullable Duration duration(String text) {
    if (text.regionMatches(true, 0, "P", 0, 1)) {
      return Duration.parse(text);
    }
    if (ZERO.matcher(text).matches()) {
      return Duration.ZERO;
    }
    try {
      return EveryMacro.period("@every " + text).orElse(null);
    } catch (IllegalArgumentException e) {
      return null; // its message speaks of a macro that nobody has written
    }
  }

  private static @Nullable Long size(String text) {
    Matcher matcher = SIZE.matcher(text.toUpperCase(Locale.ROOT).replace(" ", ""));
    if (!matcher.matches()) {
      return null;
    }
    long number = Long.parseLong(matcher.group(1));
    String unit = matcher.group(2);
    if (unit == null) {
      return number;
    }
    return switch (unit) {
      case "KB" -> Math.multiplyExact(number, 1L << 10);
      case "MB" -> Math.multiplyExact(number, 1L << 20);
      default -> Math.multiplyExact(number, 1L << 30);
    };
  }

  private static @Nullable Boolean flag(String text) {
    return switch (text.toLowerCase(Locale.ROOT)) {
      case "true" -> true;
      case "false" -> false;
      default -> null;
    };
  }

  private static @Nullable List<String> list(String text) {
    List<String> items = Arrays.stream(text.split(",", -1)).map(String::strip).toList();
    return items.contains("") ? null : items;
  }

  private static @Nullable SortedMap<String, String> labels(String text) {
    var labels = new TreeMap<String, String>();
    for (String item : text.split(",", -1)) {
      int sign = item.indexOf('=');
      if (sign < 0) {
        return null;
      }
      String label = item.substring(0, sign).strip();
      if (labels.put(label, item.substring(sign + 1).strip()) != null) {
        throw new IllegalArgumentException(
            "label '" + label + "' stands here twice; an instance has one value for each");
      }
    }
    return new Filter(labels).labels(); // a label that no filter can ask for is of no use
  }

  private static String labels(Map<String, String> labels) {
    return labels.entrySet().stream()
        .map(label -> label.getKey() + "=" + label.getValue())
        .collect(Collectors.joining(","));
  }

  private static @Nullable Path path(String text) {
    try {
      return text.isEmpty() ? null : Path.of(text);
    } catch (IllegalArgumentException e) {
      return null; // its message repeats the text
    }
  }

  private static boolean isLine(String text, int longest) {
    return !text.isEmpty()
        && text.length() <= longest
        && text.chars().noneMatch(Character::isISOControl);
  }
}
