package io.shardkeeper.cron;

/**
 * An expression that cannot be read, or that could never fire.
 *
 * <p>The message names the expression, the field, the column (from 1), what was found, and what would be right.
 */
public final class CronSyntaxException extends IllegalArgumentException {
  private static final long serialVersionUID = 1;
  private static final int LONGEST_QUOTE = 80;

  private final int column;

  CronSyntaxException(String expression, int column, String problem) {
    super("Cron '" + quote(expression) + "': " + problem);
    this.column = column;
  }

  /** Where the mistake begins, counted from 1; 0 if it is the expression as a whole. */
  public int column() {
    return column;
  }

  /** Makes a stranger's text fit for a log line: cut to size, and without characters that move the cursor. */
  static String quote(String text) {
    var quoted = new StringBuilder();
    for (int i = 0; i < text.length() && i < LONGEST_QUOTE; i++) {
      char c = text.charAt(i);
      boolean plain = (c >= ' ' && c < 127) || Character.isLetterOrDigit(c);
      quoted.append(plain ? String.valueOf(c) : String.format("\\u%04x", (int) c));
    }
    return text.length() > LONGEST_QUOTE ? quoted + "..." : quoted.toString();
  }
}
