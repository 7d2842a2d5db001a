package io.shardkeeper.cron;

import io.shardkeeper.text.Quote;
import java.time.Duration;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** The macro that is no cron expression, and that people write where one is asked for: {@code @every 1h30m}. */
public final class EveryMacro {
  private static final String NAME = "@every";
  private static final Pattern PERIOD = Pattern.compile(
      "(?:(\\d{1,9})d)?(?:(\\d{1,9})h)?(?:(\\d{1,9})m)?(?:(\\d{1,9})s)?(?:(\\d{1,9})ms)?");

  private EveryMacro() {}

  /**
   * The period of an {@code @every} macro; nothing if the text is no such macro.
   *
   * @throws CronSyntaxException if it is one, with a period that cannot be read
   */
  public static Optional<Duration> period(String text) {
    String macro =
        text.length() > Cron.MOST_CHARACTERS ? "" : text.strip().toLowerCase(Locale.ROOT);
    if (!macro.startsWith(NAME)) {
      return Optional.empty();
    }
    String written = macro.substring(NAME.length()).strip();
    var parts = PERIOD.matcher(written);
    Duration period = Duration.ZERO;
    if (parts.matches()) {
      period = Duration.ofDays(number(parts.group(1)))
          .plusHours(number(parts.group(2)))
          .plusMinutes(number(parts.group(3)))
          .plusSeconds(number(parts.group(4)))
          .plusMillis(number(parts.group(5)));
    }
    if (period.isZero()) {
      throw new CronSyntaxException(
          text,
          1,
          "@every found "
              + (written.isEmpty() ? "no period" : "'" + Quote.of(written) + "'")
              + "; a period is written 90s, 1h30m, 500ms or 2d, and is longer than nothing");
    }
    return Optional.of(period);
  }

  private static long number(@Nullable String digits) {
    return digits == null ? 0 : Long.parseLong(digits);
  }
}
