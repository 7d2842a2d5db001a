package io.shardkeeper.core.mail;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.shardkeeper.job.Limits;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The end of what an execution has logged, as it comes with its outcome.
 *
 * <pre>
 *   [… 12190 bytes]                                      what was left out; older builds say "[…]"
 *   2026-11-22T09:50:52.123Z INFO  settled 17 accounts
 * </pre>
 *
 * @param leftOut how many bytes were logged before the text; -1 if that is not known
 * @param text what was logged last, without the mark and the end of its last line
 */
public record LogEnd(long leftOut, String text) {
  private static final Pattern MARK = Pattern.compile("\\[…(?: ([0-9]{1,18}) bytes)?]\n?");

  /** A mark takes so many bytes at most, with the end of its line. */
  private static final int MARK_BYTES = 32;

  /** What stands before a text of which something was left out. */
  public static String mark(long leftOut) {
    return leftOut < 0 ? "[…]" : "[… " + leftOut + " bytes]";
  }

  /** Understands what came with an outcome. */
  public static LogEnd read(String told) {
    Matcher mark = MARK.matcher(told);
    if (!mark.lookingAt()) {
      return new LogEnd(0, told);
    }
    long leftOut = mark.group(1) == null ? -1 : Long.parseLong(mark.group(1));
    return new LogEnd(leftOut, told.substring(mark.end()));
  }

  /** The end of what came with an outcome, in so many bytes: from a line on, if one begins in it. */
  public static String shortened(String told, int most) {
    if (Limits.bytes(told) <= most) {
      return told;
    }
    LogEnd end = read(told);
    String kept = end.text;
    while (Limits.bytes(kept) > most - MARK_BYTES) {
      kept = kept.substring(Math.max(1, kept.length() / 4));
    }
    int line = kept.indexOf('\n') + 1;
    kept = line > 0
        ? kept.substring(line)
        : !kept.isEmpty() && Character.isLowSurrogate(kept.charAt(0)) ? kept.substring(1) : kept;
    long gone = (long) end.text.getBytes(UTF_8).length - kept.getBytes(UTF_8).length;
    return mark(end.leftOut < 0 ? -1 : end.leftOut + gone) + (line > 0 ? "\n" : "") + kept;
  }

  /**
   * Some of the text, cut as a file is.
   *
   * @param offset of what was logged in all, where it begins
   * @param missing how many bytes behind that were left out
   * @param text what is there of the rest
   * @param next where the next part begins
   * @param size how many bytes were logged in all
   */
  public record Part(long offset, long missing, String text, long next, long size) {}

  /**
   * Some of it.
   *
   * @param offset of what was logged in all; a negative one counts from the end. Where it is not known how much was left out, it is taken for nothing
   * @param most bytes, at most; a character is never divided, and one at least is there
   */
  public Part from(long offset, int most) {
    byte[] bytes = (text + '\n').getBytes(UTF_8);
    long before = Math.max(0, leftOut);
    long size = before + bytes.length;
    long from = offset < 0 ? Math.max(0, size + offset) : Math.min(offset, size);
    int begin = (int) Math.max(0, from - before);
    while (begin < bytes.length && isInside(bytes[begin])) {
      begin++;
    }
    int end = (int) Math.min(bytes.length, begin + (long) Math.max(4, most));
    while (end < bytes.length && isInside(bytes[end])) {
      end--;
    }
    long missing = Math.max(0, before - from);
    return new Part(
        missing > 0 ? from : before + begin,
        missing,
        new String(bytes, begin, end - begin, UTF_8),
        before + end,
        size);
  }

  private static boolean isInside(byte b) {
    return (b & 0xC0) == 0x80;
  }
}
