package io.shardkeeper.core.layout;

import java.math.BigDecimal;
import java.time.Duration;
import java.time.Instant;

/** Instants as numbers: milliseconds, with decimals only where an instant lies between two of them. */
public final class Stamp {
  private static final int NANOS = 1_000_000;
  private static final long NANOS_OF_SECOND = 1_000_000_000;

  private Stamp() {}

  /** An instant as milliseconds since 1970. */
  public static String of(Instant instant) {
    return text(instant.getEpochSecond(), instant.getNano());
  }

  /** An instant as milliseconds since a base. */
  public static String of(Instant base, Instant instant) {
    Duration since = Duration.between(base, instant);
    return text(since.getSeconds(), since.getNano());
  }

  private static String text(long seconds, int nanos) {
    long millis = Math.addExact(Math.multiplyExact(seconds, 1_000L), nanos / NANOS);
    int below = nanos % NANOS;
    return below == 0
        ? Long.toString(millis)
        : BigDecimal.valueOf(millis).add(BigDecimal.valueOf(below, 6)).toPlainString();
  }

  /**
   * The instant that is so many milliseconds after 1970.
   *
   * @throws IllegalArgumentException if the number is none
   */
  public static Instant read(String number) {
    return read(Instant.EPOCH, number);
  }

  /**
   * The instant that is so many milliseconds after a base.
   *
   * @throws IllegalArgumentException if the number is none
   */
  public static Instant read(Instant base, String number) {
    try {
      if (number.indexOf('.') < 0) {
        return base.plusMillis(Long.parseLong(number));
      }
      long nanos = new BigDecimal(number).movePointRight(6).longValueExact();
      return base.plusSeconds(Math.floorDiv(nanos, NANOS_OF_SECOND))
          .plusNanos(Math.floorMod(nanos, NANOS_OF_SECOND));
    } catch (ArithmeticException | NumberFormatException e) {
      throw new IllegalArgumentException(
          "found " + number + "; a number of milliseconds comes here", e);
    }
  }
}
