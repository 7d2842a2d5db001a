package io.shardkeeper.run;

import io.shardkeeper.text.Quote;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * To which trace some work belongs, as the W3C describes it: the values of two headers, to be handed on as they are. A traceparent of a later version than 00 is read as
 * far as it is known, and handed on as version 00, with what that says of being sampled.
 *
 * @param traceparent such as {@code 00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01}; empty if there is none
 * @param tracestate what tracing systems say beside it; usually empty
 */
public record TraceContext(String traceparent, String tracestate) {
  /** Characters of what tracing systems say, at most. */
  public static final int STATE = 512;

  /** No trace. */
  public static final TraceContext NONE = new TraceContext("", "");

  private static final String IDS = "(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-";

  private static final Pattern FORM = Pattern.compile("00-" + IDS + "[0-9a-f]{2}");

  /** What may come after version 00: the same four fields, and perhaps others behind them. Version ff is forbidden. */
  private static final Pattern LATER =
      Pattern.compile("(?!00|ff)[0-9a-f]{2}-(" + IDS + ")[0-9a-f]([0-9a-f])(?:-.*)?");

  /** Checks the form of both. */
  public TraceContext {
    if (!traceparent.isEmpty()) {
      traceparent = known(traceparent);
    }
    boolean plain = tracestate.chars().allMatch(c -> c >= ' ' && c <= '~');
    if (tracestate.length() > STATE || !plain || (traceparent.isEmpty() && !tracestate.isEmpty())) {
      throw new IllegalArgumentException("A tracestate of " + tracestate.length()
          + " characters cannot be kept; it has at most " + STATE
          + ", all of them printable ASCII, and stands beside a traceparent");
    }
  }

  /** A traceparent of version 00 as it is, and one of a later version as one of version 00. */
  private static String known(String traceparent) {
    Matcher later = LATER.matcher(traceparent);
    if (later.matches()) {
      boolean sampled = Character.digit(later.group(2).charAt(0), 16) % 2 == 1;
      return "00-" + later.group(1) + (sampled ? "01" : "00");
    }
    if (!FORM.matcher(traceparent).matches()) {
      throw new IllegalArgumentException(
          "The traceparent '" + Quote.of(traceparent)
              + "' has not the form 00-<32 hex digits>-<16 hex digits>-<2 hex digits>, in lower case and not all zero; from version 01 to fe there may be more behind that");
    }
    return traceparent;
  }

  /** A trace without more. */
  public static TraceContext of(String traceparent) {
    return new TraceContext(traceparent, "");
  }

  /** The trace of a run for which none was given: always the same for the same run, so that all of its shards are found together. */
  public static TraceContext ofRun(String runId) {
    try {
      byte[] digest =
          MessageDigest.getInstance("SHA-256").digest(runId.getBytes(StandardCharsets.UTF_8));
      String hex = HexFormat.of().formatHex(digest);
      return of("00-" + hex.substring(0, 32) + '-' + hex.substring(32, 48) + "-01");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("Every Java has SHA-256", e);
    }
  }

  /** Whether there is no trace. */
  public boolean isEmpty() {
    return traceparent.isEmpty();
  }

  /** The 32 digits by which all that belongs together is found; empty if there is no trace. */
  public String traceId() {
    return traceparent.isEmpty() ? "" : traceparent.substring(3, 35);
  }
}
