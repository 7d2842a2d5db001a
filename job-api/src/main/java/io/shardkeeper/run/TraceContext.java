package io.shardkeeper.run;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.regex.Pattern;

/**
 * To which trace some work belongs, as the W3C describes it: the values of two headers, to be handed on as they are.
 *
 * @param traceparent such as {@code 00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01}; empty if there is none
 * @param tracestate what tracing systems say beside it; usually empty
 */
public record TraceContext(String traceparent, String tracestate) {
  /** Characters of what tracing systems say, at most. */
  public static final int STATE = 512;

  /** No trace. */
  public static final TraceContext NONE = new TraceContext("", "");

  private static final Pattern FORM =
      Pattern.compile("00-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}");

  /** Checks the form of both. */
  public TraceContext {
    if (!traceparent.isEmpty() && !FORM.matcher(traceparent).matches()) {
      throw new IllegalArgumentException(
          "A traceparent of " + traceparent.length()
              + " characters has not the form 00-<32 hex digits>-<16 hex digits>-<2 hex digits>, in lower case and not all zero");
    }
    boolean plain = tracestate.chars().allMatch(c -> c >= ' ' && c <= '~');
    if (tracestate.length() > STATE || !plain || (traceparent.isEmpty() && !tracestate.isEmpty())) {
      throw new IllegalArgumentException("A tracestate of " + tracestate.length()
          + " characters cannot be kept; it has at most " + STATE
          + ", all of them printable ASCII, and stands beside a traceparent");
    }
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
