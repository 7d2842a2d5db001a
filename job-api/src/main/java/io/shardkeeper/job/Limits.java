package io.shardkeeper.job;

import io.shardkeeper.text.Quote;
import java.time.Duration;
import java.util.regex.Pattern;

/** What a definition may hold at the most. The table in {@code docs/limits.md} is checked against these. */
public final class Limits {
  /** Characters of the name of a job, a handler, a calendar or a route. */
  public static final int NAME = 100;

  /** Bytes, as UTF-8, of one parameter, of all parameters of a job together, and of a result. */
  public static final int ITEM_BYTES = 64 * 1024;

  /** Parameters of a job. */
  public static final int PARAMETERS = 200;

  /** Labels of a job. */
  public static final int LABELS = 50;

  /** Characters of the name or the value of a label. */
  public static final int LABEL = 200;

  /** Shards of a run. */
  public static final int SHARDS = 10_000;

  /** Runs that wait behind one another under {@link Overlap.Policy#SERIAL}. */
  public static final int QUEUE = 10_000;

  /** Runs at the same time under {@link Overlap.Policy#ALLOW}. */
  public static final int AT_ONCE = 1_000;

  /** Missed fires that {@link Misfire.Policy#FIRE_ALL} makes up for. */
  public static final int MADE_UP = 10_000;

  /** Retries of a shard. */
  public static final int RETRIES = 100;

  /** Instances that a route may name. */
  public static final int INSTANCES = 100;

  /** Characters of a description. */
  public static final int DESCRIPTION = 1_000;

  /** Characters of an owner. */
  public static final int OWNER = 200;

  /** The highest priority; 0 is the lowest. */
  public static final int PRIORITY = 9;

  /** Runs kept of a job. */
  public static final int HISTORY = 10_000;

  /** The longest timeout, wait or window. */
  public static final Duration WAIT = Duration.ofDays(366);

  private static final Pattern NAME_PATTERN = Pattern.compile("[A-Za-z0-9._-]{1," + NAME + "}");

  private Limits() {}

  /**
   * A name that can stand in a path, a log line and a page as it is.
   *
   * @throws IllegalArgumentException if it cannot
   */
  public static String checkName(String what, String name) {
    // "." and ".." are fine names by the pattern, and mean something else in a path.
    if (!NAME_PATTERN.matcher(name).matches() || name.equals(".") || name.equals("..")) {
      throw new IllegalArgumentException(what + " cannot be called '" + Quote.of(name)
          + "'; a name has 1 to " + NAME + " letters, digits, dots, dashes and underscores");
    }
    return name;
  }

  /** The bytes that a text takes where it is stored: as UTF-8, in JSON. */
  public static int bytes(String text) {
    int bytes = 0;
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c < ' ' || c == '\u2028' || c == '\u2029') {
        bytes += 6; // escaped by its number
      } else if (c == '"' || c == '\\' || Character.isSurrogate(c)) {
        bytes += 2; // escaped, or half of four
      } else {
        bytes += c < 0x80 ? 1 : c < 0x800 ? 2 : 3;
      }
    }
    return bytes;
  }

  /**
   * Refuses half characters, which no store gives back as they were.
   *
   * @throws IllegalArgumentException if there is one
   */
  public static void checkText(String what, String text) {
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (Character.isHighSurrogate(c)
          && i + 1 < text.length()
          && Character.isLowSurrogate(text.charAt(i + 1))) {
        i++;
      } else if (Character.isSurrogate(c)) {
        throw new IllegalArgumentException(what + " has half a character at " + (i + 1)
            + "; a character beyond \\uffff takes two, a high and a low surrogate");
      }
    }
  }

  static void checkRange(String what, long found, long min, long max) {
    if (found < min || found > max) {
      throw new IllegalArgumentException(
          what + " of " + found + " is out of range; it runs from " + min + " to " + max);
    }
  }

  static void checkWait(String what, Duration found, Duration min) {
    if (found.compareTo(min) < 0 || found.compareTo(WAIT) > 0) {
      throw new IllegalArgumentException(
          what + " of " + found + " is out of range; it runs from " + min + " to " + WAIT);
    }
  }
}
