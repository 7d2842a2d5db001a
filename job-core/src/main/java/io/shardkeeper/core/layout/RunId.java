package io.shardkeeper.core.layout;

import io.shardkeeper.job.Limits;
import io.shardkeeper.text.Quote;
import java.math.BigInteger;
import java.time.Instant;

/**
 * Which run: it follows from the job and from what asked for the run, so that whoever plans it again after a crash gives it the same name.
 *
 * <pre>
 *   billing.2a7.f.lx3k9qd4        job, its generation, kind, mark
 * </pre>
 *
 * @param job the name of the job
 * @param generation tells apart jobs of the same name that were deleted and created again
 * @param kind what asked for the run
 * @param mark for fires the instant, for requests their name; letters, digits, '-' and '_'
 */
public record RunId(String job, long generation, Kind kind, String mark)
    implements Comparable<RunId> {
  /** What asked for a run. */
  public enum Kind {
    /** A fire of its trigger. */
    FIRE('f'),
    /** The delay after the run before it. */
    DELAY('d'),
    /** Somebody, by request. */
    REQUEST('r');

    private final char letter;

    Kind(char letter) {
      this.letter = letter;
    }
  }

  /** Characters of a mark, at most. */
  public static final int MARK = 60;

  /** Checks the mark. */
  public RunId {
    if (mark.isEmpty() || mark.length() > MARK || !isPlain(mark)) {
      throw new IllegalArgumentException("The mark of a run cannot be '" + mark + "'; it has 1 to "
          + MARK + " letters, digits, '-' and '_'");
    }
  }

  private static boolean isPlain(String mark) {
    for (int i = 0; i < mark.length(); i++) {
      if (!isPlain(mark.charAt(i))) {
        return false;
      }
    }
    return true;
  }

  private static boolean isPlain(char c) {
    return (c >= 'a' && c <= 'z')
        || (c >= '0' && c <= '9')
        || (c >= 'A' && c <= 'Z')
        || c == '-'
        || c == '_';
  }

  /** The run of a fire. */
  public static RunId fire(String job, long generation, Instant at) {
    return new RunId(job, generation, Kind.FIRE, mark(at));
  }

  /** The run of a fixed delay that starts at an instant. */
  public static RunId delay(String job, long generation, Instant at) {
    return new RunId(job, generation, Kind.DELAY, mark(at));
  }

  /** A run by request. */
  public static RunId request(String job, long generation, String mark) {
    return new RunId(job, generation, Kind.REQUEST, mark);
  }

  /** An instant as a mark: its number of nanoseconds. */
  public static String mark(Instant at) {
    boolean near = Math.abs(at.getEpochSecond()) < Long.MAX_VALUE / 1_000_000_001;
    String nanos = near
        ? Long.toString(at.getEpochSecond() * 1_000_000_000 + at.getNano(), 36)
        : BigInteger.valueOf(at.getEpochSecond())
            .multiply(BigInteger.valueOf(1_000_000_000))
            .add(BigInteger.valueOf(at.getNano()))
            .toString(36);
    return nanos.replace('-', '_');
  }

  /** Whether it is a run of a job, and not of another one of that name. */
  public boolean isOf(String ofJob, long ofGeneration) {
    return generation == ofGeneration && job.equals(ofJob);
  }

  /** Whether it has the mark of an instant. */
  public boolean isOf(Instant at) {
    long seconds = at.getEpochSecond();
    if (seconds < 0 || seconds > Long.MAX_VALUE / 1_000_000_001 || mark.charAt(0) == '0') {
      return mark.equals(mark(at));
    }
    // The same without a text: this is asked for each run that is written.
    long rest = seconds * 1_000_000_000 + at.getNano();
    for (int i = mark.length() - 1; i >= 0; i--) {
      if (mark.charAt(i) != Character.forDigit((int) (rest % 36), 36)) {
        return false;
      }
      rest /= 36;
    }
    return rest == 0;
  }

  /** As it is written. */
  public String text() {
    return job + '.' + Long.toString(generation, 36) + '.' + kind.letter + '.' + mark;
  }

  /**
   * Reads what {@link #text} has written.
   *
   * @throws IllegalArgumentException if it is no run id
   */
  public static RunId parse(String text) {
    try {
      int third = text.lastIndexOf('.');
      int second = text.lastIndexOf('.', third - 1);
      int first = text.lastIndexOf('.', second - 1);
      String letter = text.substring(second + 1, third);
      for (Kind kind : Kind.values()) {
        if (letter.equals(String.valueOf(kind.letter))) {
          long generation = Long.parseLong(text.substring(first + 1, second), 36);
          String job = Limits.checkName("A job", text.substring(0, first));
          return new RunId(job, generation, kind, text.substring(third + 1));
        }
      }
    } catch (IndexOutOfBoundsException | NumberFormatException e) {
      // Told below, like every other text that is none.
    }
    throw new IllegalArgumentException(
        "'" + Quote.of(text)
            + "' is no run id; one is written job.generation.kind.mark, as listed with the runs of a job");
  }

  @Override
  public int compareTo(RunId other) {
    return text().compareTo(other.text());
  }

  @Override
  public String toString() {
    return text();
  }
}
