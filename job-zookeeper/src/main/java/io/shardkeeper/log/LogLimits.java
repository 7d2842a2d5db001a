package io.shardkeeper.log;

/**
 * How much of what handlers log is kept.
 *
 * @param days how many days back, beside the present one; 0 writes no files
 * @param most what one execution may write, in bytes; a line that says so may follow
 * @param budget what all files may take together, in bytes, each counted in whole blocks of a disk
 */
public record LogLimits(int days, long most, long budget) {
  /** Checks the numbers. */
  public LogLimits {
    if (days < 0 || most < 1 || budget < 1) {
      throw new IllegalArgumentException("Logs cannot be kept for " + days + " days, in files of "
          + most + " bytes, with a budget of " + budget
          + " bytes; days are 0 or more, and the other two are positive");
    }
  }
}
