package io.shardkeeper.cron;

import io.shardkeeper.text.Quote;

/**
 * An expression that cannot be read, or that could never fire.
 *
 * <p>The message names the expression, the field, the column (from 1), what was found, and what would be right.
 */
public final class CronSyntaxException extends IllegalArgumentException {
  private static final long serialVersionUID = 1;

  private final int column;

  CronSyntaxException(String expression, int column, String problem) {
    super("Cron '" + Quote.of(expression) + "': " + problem);
    this.column = column;
  }

  /** Where the mistake begins, counted from 1; 0 if it is the expression as a whole. */
  public int column() {
    return column;
  }
}
