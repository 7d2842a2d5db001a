package io.shardkeeper.view;

/**
 * Which state of a definition: for "change it, if nobody else has".
 *
 * @param generation tells apart jobs of the same name that were deleted and created again
 * @param number how often it was changed since it was created
 */
public record Revision(long generation, int number) {
  /** As in {@code 2a7-3}. */
  @Override
  public String toString() {
    return Long.toString(generation, 36) + "-" + number;
  }

  /**
   * Reads what {@link #toString} has written.
   *
   * @throws IllegalArgumentException if it is no revision
   */
  public static Revision parse(String text) {
    int dash = text.lastIndexOf('-');
    try {
      return new Revision(
          Long.parseLong(text.substring(0, Math.max(0, dash)), 36),
          Integer.parseInt(text.substring(dash + 1)));
    } catch (NumberFormatException e) {
      throw new IllegalArgumentException(
          "This is no revision; one is written generation-number, as told with the job", e);
    }
  }
}
