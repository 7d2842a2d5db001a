package io.shardkeeper.text;

/** Makes a stranger's text fit for a message: cut to size, on one line, and without characters that move a cursor. */
public final class Quote {
  private static final int LONGEST = 80;

  private Quote() {}

  /** The text, or as much of it as fits; what is not plain is told by its number. */
  public static String of(String text) {
    var quoted = new StringBuilder();
    for (int i = 0; i < text.length() && i < LONGEST; i++) {
      char c = text.charAt(i);
      boolean plain = (c >= ' ' && c < 127) || Character.isLetterOrDigit(c);
      quoted.append(plain ? String.valueOf(c) : String.format("\\u%04x", (int) c));
    }
    return text.length() > LONGEST ? quoted + "..." : quoted.toString();
  }

  /** The whole text on one line, in whatever script it is written; only what controls rather than shows is told by its number. */
  public static String line(String text) {
    return shown(text, "");
  }

  /** The whole text, with some characters as they are though they control: the end of a line, for one. */
  public static String shown(String text, String kept) {
    var shown = new StringBuilder(text.length());
    text.codePoints().forEach(c -> {
      if (isShown(c) || kept.indexOf(c) >= 0) {
        shown.appendCodePoint(c);
      } else {
        shown.append(String.format("\\u%04x", c));
      }
    });
    return shown.toString();
  }

  private static boolean isShown(int c) {
    return switch (Character.getType(c)) {
      case Character.CONTROL,
          Character.FORMAT,
          Character.LINE_SEPARATOR,
          Character.PARAGRAPH_SEPARATOR,
          Character.SURROGATE,
          Character.PRIVATE_USE,
          Character.UNASSIGNED -> false;
      default -> true;
    };
  }
}
