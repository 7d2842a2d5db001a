package io.shardkeeper.core.layout;

import io.shardkeeper.text.Quote;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/** Instants as numbers: milliseconds, with decimals only where an instant lies between two of them. */
public final class Stamp {
  private static final int NANOS = 1_000_000;
  private static final BigInteger NANOS_OF_SECOND = BigInteger.valueOf(1_000_000_000);

  /** Characters of a number with decimals, at most. */
  private static final int LONGEST = 40;

  /** Seconds before or after 1970, at most: of two instants that were read, one can be written by the other. */
  private static final long FARTHEST = Long.MAX_VALUE / 1_000 / 4;

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
      Instant read = number.indexOf('.') < 0
          ? base.plusMillis(Long.parseLong(number))
          : withNanos(base, number);
      if (Math.abs(read.getEpochSecond()) <= FARTHEST) {
        return read;
      }
    } catch (ArithmeticException | DateTimeException | NumberFormatException e) {
      throw wrong(number, e);
    }
    throw wrong(number, null);
  }

  /** Nanoseconds of more than three hundred years are more than a long holds. */
  private static Instant withNanos(Instant base, String number) {
    if (number.length() > LONGEST || number.indexOf('e') >= 0 || number.indexOf('E') >= 0) {
      throw new NumberFormatException();
    }
    BigInteger[] parts = new BigDecimal(number)
        .movePointRight(6)
        .toBigIntegerExact()
        .divideAndRemainder(NANOS_OF_SECOND);
    return base.plusSeconds(parts[0].longValueExact()).plusNanos(parts[1].longValueExact());
  }

  private static IllegalArgumentException wrong(String number, @Nullable RuntimeException cause) {
    return new IllegalArgumentException(
        "found " + Quote.of(number) + "; a number of milliseconds comes here", cause);
  }
}
