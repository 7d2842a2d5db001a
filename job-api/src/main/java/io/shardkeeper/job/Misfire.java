package io.shardkeeper.job;

import java.time.Duration;

/**
 * What becomes of fires that are decided too late, because nobody was there to decide them.
 *
 * @param policy what to do
 * @param limit for FIRE_ALL, how many of the latest are made up for; else 1 or 0
 * @param threshold how late is too late; zero means: as the session timeout of the namespace asks, at least ten seconds
 * @param window older fires are not made up for
 */
public record Misfire(Policy policy, int limit, Duration threshold, Duration window) {
  /** Older fires are not made up for unless said otherwise. */
  public static final Duration DEFAULT_WINDOW = Duration.ofDays(7);

  /** What FIRE_ALL makes up for unless said otherwise. */
  public static final int DEFAULT_LIMIT = 100;

  private static final Duration SHORTEST_THRESHOLD = Duration.ofSeconds(10);

  /** What to do with fires that were missed. */
  public enum Policy {
    /** None of them runs. */
    SKIP,
    /** One run makes up for all. */
    FIRE_ONCE,
    /** Each of them runs. */
    FIRE_ALL
  }

  /** Checks the numbers. */
  public Misfire {
    switch (policy) {
      case SKIP -> Limits.checkRange("The limit of SKIP", limit, 0, 0);
      case FIRE_ONCE -> Limits.checkRange("The limit of FIRE_ONCE", limit, 1, 1);
      case FIRE_ALL ->
        Limits.checkRange("A number of fires to make up for", limit, 1, Limits.MADE_UP);
    }
    if (!threshold.isZero()) {
      Limits.checkWait("A misfire threshold", threshold, SHORTEST_THRESHOLD);
    }
    // A fire older than the window is not made up for: a window below the threshold would leave
    // none.
    Limits.checkWait(
        "A catch-up window", window, threshold.isZero() ? SHORTEST_THRESHOLD : threshold);
  }

  /** None of the missed fires runs. */
  public static Misfire skip() {
    return new Misfire(Policy.SKIP, 0, Duration.ZERO, DEFAULT_WINDOW);
  }

  /** One run makes up for all missed fires. */
  public static Misfire fireOnce() {
    return new Misfire(Policy.FIRE_ONCE, 1, Duration.ZERO, DEFAULT_WINDOW);
  }

  /** The latest missed fires run, at most so many. */
  public static Misfire fireAll(int atMost) {
    return new Misfire(Policy.FIRE_ALL, atMost, Duration.ZERO, DEFAULT_WINDOW);
  }

  /** The same, with another idea of what is too late. */
  public Misfire after(Duration newThreshold) {
    return new Misfire(policy, limit, newThreshold, window);
  }

  /** The same, for fires not older than this. */
  public Misfire within(Duration newWindow) {
    return new Misfire(policy, limit, threshold, newWindow);
  }
}
