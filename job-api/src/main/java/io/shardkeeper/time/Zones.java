package io.shardkeeper.time;

import io.shardkeeper.text.Quote;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.time.zone.ZoneRulesProvider;
import java.util.Locale;
import java.util.Optional;
import java.util.TreeSet;
import java.util.regex.Pattern;

/** Names of time zones: those of the IANA database, and nothing else. */
public final class Zones {
  private static final Pattern OFFSET =
      Pattern.compile("(?:GMT|UTC|UT)?([+-])(\\d{1,2})(?::?(\\d{2}))?(?::?\\d{2})?");
  private static final int FARTHEST_TYPO = 2;

  private Zones() {}

  /**
   * The zone of a name.
   *
   * @throws IllegalArgumentException if the IANA database has no such name; the message says what to write instead
   */
  public static ZoneId of(String name) {
    if (ZoneRulesProvider.getAvailableZoneIds().contains(name)) {
      return ZoneId.of(name);
    }
    throw new IllegalArgumentException(
        "Zone '" + Quote.of(name) + "' is not in the IANA database: " + advice(name));
  }

  /**
   * The same zone, if its name is one of the IANA database.
   *
   * @throws IllegalArgumentException if it is an offset or another name of a zone
   */
  public static ZoneId checked(ZoneId zone) {
    return zone.equals(ZoneOffset.UTC) ? of("UTC") : of(zone.getId());
  }

  private static String advice(String name) {
    var offset = OFFSET.matcher(name.toUpperCase(Locale.ROOT));
    if (offset.matches()) {
      return "name a place, such as "
          + offsetAdvice(offset.group(1), offset.group(2), offset.group(3));
    }
    String longName = ZoneId.SHORT_IDS.get(name);
    if (longName != null && ZoneRulesProvider.getAvailableZoneIds().contains(longName)) {
      return "write " + longName;
    }
    return nearest(name)
        .map(near -> "did you mean " + near + "?")
        .orElse("names look like Europe/Berlin or UTC");
  }

  private static String offsetAdvice(String sign, String hours, String minutes) {
    int hour = Integer.parseInt(hours);
    String place = switch (sign + hour) {
      case "+8" -> "Asia/Shanghai";
      case "+9" -> "Asia/Tokyo";
      case "+5" -> "Asia/Kolkata";
      case "-5" -> "America/New_York";
      case "-8" -> "America/Los_Angeles";
      default -> "Europe/Berlin";
    };
    boolean wholeHours = minutes == null || minutes.equals("00");
    String fixed = "Etc/GMT" + (sign.equals("+") ? "-" : "+") + hour;
    return wholeHours && ZoneRulesProvider.getAvailableZoneIds().contains(fixed)
        ? place + "; a fixed offset is written " + fixed
            + " in the IANA database, its sign turned round"
        : place;
  }

  /** The known name that takes the fewest changed letters to get to, if these are few. */
  private static Optional<String> nearest(String name) {
    if (name.length() > 50) {
      return Optional.empty();
    }
    String wanted = name.toLowerCase(Locale.ROOT);
    String best = null;
    int fewest = FARTHEST_TYPO + 1;
    for (String known : new TreeSet<>(ZoneRulesProvider.getAvailableZoneIds())) {
      int typos = typos(wanted, known.toLowerCase(Locale.ROOT));
      if (typos < fewest) {
        fewest = typos;
        best = known;
      }
    }
    return Optional.ofNullable(best);
  }

  private static int typos(String a, String b) {
    if (Math.abs(a.length() - b.length()) > FARTHEST_TYPO) {
      return FARTHEST_TYPO + 1;
    }
    int[] row = new int[b.length() + 1];
    for (int j = 0; j <= b.length(); j++) {
      row[j] = j;
    }
    for (int i = 1; i <= a.length(); i++) {
      int diagonal = row[0];
      row[0] = i;
      for (int j = 1; j <= b.length(); j++) {
        int change = diagonal + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
        diagonal = row[j];
        row[j] = Math.min(change, 1 + Math.min(row[j], row[j - 1]));
      }
    }
    return row[b.length()];
  }
}
