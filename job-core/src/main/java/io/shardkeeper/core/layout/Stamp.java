package io.shardkeeper.core.layout;

import java.math.BigDecimal;
import java.time.Instant;

/** Instants as numbers: milliseconds since 1970, with decimals only where an instant lies between two of them. */
public final class Stamp {
  private static final int NANOS = 1_000_000;

  private Stamp() {}

  /** An instant as a number of JSON. */
  public static String of(Instant instant) {
    int below = instant.getNano() % NANOS;
    long millis = Math.floorDiv(instant.getNano(), NANOS)
        + Math.multiplyExact(instant.getEpochSecond(), 1_000L);
    return below == 0
        ? Long.toString(millis)
        : new BigDecimal(millis).add(BigDecimal.valueOf(below, 6)).toPlainString();
  }

  /**
   * The instant of a number.
   *
   * @throws IllegalArgumentException if it is none
   */
  public static Instant read(String number) {
    try {
      if (number.indexOf('.') < 0) {
        return Instant.ofEpochMilli(Long.parseLong(number));
      }
      BigDecimal nanos = new BigDecimal(number).movePointRight(6);
      long all = nanos.longValueExact();
      return Instant.ofEpochSecond(
          Math.floorDiv(all, 1_000_000_000L), Math.floorMod(all, 1_000_000_000L));
    } catch (ArithmeticException e) {
      throw new IllegalArgumentException(
          "found " + number + "; an instant in milliseconds comes here", e);
    }
  }
}
