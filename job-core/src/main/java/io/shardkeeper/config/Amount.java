package io.shardkeeper.config;

import java.time.Duration;

/** Durations and sizes as people write them in files: {@code 10s}, {@code 64KB}. */
public final class Amount {
  /** What comes where a duration is asked for. */
  public static final String DURATION = "a duration such as 10s, 500ms, 2m";

  /** What comes where a size is asked for. */
  public static final String SIZE = "a size such as 64MB, 512KB, 1GB";

  private Amount() {}

  /**
   * A duration.
   *
   * @throws IllegalArgumentException if the text is none
   */
  public static Duration duration(String text) {
    return Kind.DURATION.parse(text);
  }

  /**
   * A size in bytes.
   *
   * @throws IllegalArgumentException if the text is none
   */
  public static long size(String text) {
    return Kind.SIZE_IN_BYTES.parse(text);
  }
}
