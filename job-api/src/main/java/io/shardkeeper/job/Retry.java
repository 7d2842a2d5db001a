package io.shardkeeper.job;

import java.time.Duration;

/**
 * How often a shard that failed is tried again, and when. Only what failed is tried again.
 *
 * @param retries how often, after the first attempt
 * @param delay how long to wait before the first retry
 * @param factor by how much longer to wait before each further one
 * @param longest the longest wait
 * @param jitter by which part a wait may be longer or shorter, from 0 to 1
 * @param elsewhere whether to prefer another instance than the one that failed
 */
public record Retry(
    int retries,
    Duration delay,
    double factor,
    Duration longest,
    double jitter,
    boolean elsewhere) {
  private static final Duration DEFAULT_DELAY = Duration.ofSeconds(10);
  private static final Duration DEFAULT_LONGEST = Duration.ofMinutes(10);

  /** Checks the numbers. */
  public Retry {
    Limits.checkRange("A number of retries", retries, 0, Limits.RETRIES);
    Limits.checkWait("A delay before retries", delay, Duration.ofMillis(1));
    Limits.checkWait("The longest delay before retries", longest, delay);
    if (!(factor >= 1 && factor <= 100)) {
      throw new IllegalArgumentException(
          "A backoff factor of " + factor + " is out of range; it runs from 1 to 100");
    }
    if (!(jitter >= 0 && jitter <= 1)) {
      throw new IllegalArgumentException(
          "A jitter of retries of " + jitter + " is out of range; it runs from 0 to 1");
    }
  }

  /** What failed has failed. */
  public static Retry none() {
    return times(0);
  }

  /** So many retries: after 10 seconds, then after twice as long each time up to 10 minutes, give or take a fifth. */
  public static Retry times(int retries) {
    return new Retry(retries, DEFAULT_DELAY, 2, DEFAULT_LONGEST, 0.2, false);
  }

  /** The same, always after this delay. */
  public Retry every(Duration fixed) {
    return new Retry(retries, fixed, 1, fixed, jitter, elsewhere);
  }

  /** The same, after this delay, then after so many times as long, up to a longest. */
  public Retry backoff(Duration first, double newFactor, Duration newLongest) {
    return new Retry(retries, first, newFactor, newLongest, jitter, elsewhere);
  }

  /** The same, with waits longer or shorter by up to this part. */
  public Retry jitter(double part) {
    return new Retry(retries, delay, factor, longest, part, elsewhere);
  }

  /** The same, on another instance if there is one. */
  public Retry onAnotherInstance() {
    return new Retry(retries, delay, factor, longest, jitter, true);
  }
}
