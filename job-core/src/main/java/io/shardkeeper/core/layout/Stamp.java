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

  /** Decimals of a millisecond, at most. */
  private static final int DECIMALS = 6;

  /** Digits of the milliseconds of whatever is not centuries away: with the decimals they fit into a long. */
  private static final int USUAL = 12;

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
    if (below == 0) {
      return Long.toString(millis);
    }
    // Before zero the decimals count backwards: half a millisecond behind -3 is -2.5.
    boolean before = millis < 0;
    int decimals = before ? NANOS - below : below;
    var text = new StringBuilder(24);
    if (before) {
      text.append('-');
    }
    text.append(before ? -(millis + 1) : millis).append('.');
    for (int digit = NANOS / 10, rest = decimals; rest > 0; digit /= 10) {
      text.append((char) ('0' + rest / digit));
      rest %= digit;
    }
    return text.toString();
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

  private static Instant withNanos(Instant base, String number) {
    if (number.length() > LONGEST || number.indexOf('e') >= 0 || number.indexOf('E') >= 0) {
      throw new NumberFormatException();
    }
    boolean before = number.charAt(0) == '-';
    int begin = before ? 1 : 0;
    int point = number.indexOf('.');
    int decimals = number.length() - point - 1;
    if (point - begin > USUAL || decimals > DECIMALS || !isPlain(number, begin, point)) {
      return far(base, number);
    }
    long nanos = 0;
    for (int i = begin; i < number.length(); i++) {
      nanos = i == point ? nanos : nanos * 10 + number.charAt(i) - '0';
    }
    for (int i = decimals; i < DECIMALS; i++) {
      nanos *= 10;
    }
    return base.plusNanos(before ? -nanos : nanos);
  }

  private static boolean isPlain(String number, int begin, int point) {
    for (int i = begin; i < number.length(); i++) {
      char c = number.charAt(i);
      if (i != point && (c < '0' || c > '9')) {
        return false;
      }
    }
    return true;
  }

  /** Nanoseconds of more than three hundred years are more than a long holds. */
  private static Instant far(Instant base, String number) {
    BigInteger[] parts = new BigDecimal(number)
        .movePointRight(DECIMALS)
        .toBigIntegerExact()
        .divideAndRemainder(NANOS_OF_SECOND);
    return base.plusSeconds(parts[0].longValueExact()).plusNanos(parts[1].longValueExact());
  }

  private static IllegalArgumentException wrong(String number, @Nullable RuntimeException cause) {
    return new IllegalArgumentException(
        "found " + Quote.of(number) + "; a number of milliseconds comes here", cause);
  }
}
