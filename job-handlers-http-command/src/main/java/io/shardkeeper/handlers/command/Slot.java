package io.shardkeeper.handlers.command;

import io.shardkeeper.core.json.Fields;
import io.shardkeeper.text.Quote;
import java.time.DateTimeException;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;
import org.jspecify.annotations.Nullable;

/**
 * What a job may fill in at one place of a command. Immutable.
 *
 * <pre>
 *   {"choice": ["s3", "disk"]}                     one of these words
 *   {"text": "[a-z0-9_]{1,40}"}                    a text that this pattern matches as a whole
 *   {"number": {"from": 1, "to": 100}}             a whole number
 *   {"date": true, "default": "2026-01-31"}        a day; this one if the job gives none
 * </pre>
 *
 * @param type what fits
 * @param otherwise what stands there if the job gives nothing; null if the job must give something
 */
record Slot(Type type, @Nullable String otherwise) {
  /** Characters of a value. */
  static final int LONGEST = 4_096;

  /** How often a pattern may look at a character of a value: some patterns never come to an end. */
  static final int LOOKS = 1_000_000;

  /** What fits into a slot. */
  sealed interface Type {
    /**
     * Whether a value fits.
     *
     * @throws IllegalArgumentException if that cannot be found out
     */
    boolean takes(String value);

    /** What would be right. */
    String right();

    /** One of a few words. */
    record Choice(List<String> words) implements Type {
      /** Checks that there is one. */
      public Choice {
        words = List.copyOf(words);
        if (words.isEmpty()) {
          throw new IllegalArgumentException("nothing can be chosen; at least one word comes here");
        }
        if (words.stream().anyMatch(word -> word.indexOf(0) >= 0)) {
          throw new IllegalArgumentException("found a NUL, which no argument can hold");
        }
      }

      @Override
      public boolean takes(String value) {
        return words.contains(value);
      }

      @Override
      public String right() {
        return "one of " + Quote.of(String.join(", ", words));
      }
    }

    /** A text that a pattern matches as a whole. */
    record Text(Pattern pattern) implements Type {
      @Override
      public boolean takes(String value) {
        try {
          return pattern.matcher(new Patience(value)).matches();
        } catch (ImpatientException e) {
          throw hopeless(value, "after " + LOOKS + " looks at its characters");
        } catch (StackOverflowError e) {
          throw hopeless(value, "with the stack of its thread");
        }
      }

      /** Whether the value fits is not known: that is a mistake of the pattern. */
      private IllegalArgumentException hopeless(String value, String where) {
        return new IllegalArgumentException(
            "found '" + Quote.of(value) + "', with which the pattern "
                + Quote.of(pattern.pattern()) + " has come to no end " + where
                + "; a pattern that repeats nothing which repeats or chooses itself comes into the file of the instance");
      }

      @Override
      public String right() {
        return "a text that matches " + Quote.of(pattern.pattern());
      }
    }

    /** A whole number, written as one writes it. */
    record Whole(long from, long to) implements Type {
      private static final Pattern FORM = Pattern.compile("0|-?[1-9][0-9]{0,17}");

      /** Checks that there is one. */
      public Whole {
        if (from > to) {
          throw new IllegalArgumentException(
              "found from " + from + " to " + to + ", between which no number lies");
        }
      }

      @Override
      public boolean takes(String value) {
        if (!FORM.matcher(value).matches()) {
          return false;
        }
        long number = Long.parseLong(value);
        return number >= from && number <= to;
      }

      @Override
      public String right() {
        return "a whole number from " + from + " to " + to;
      }
    }

    /** A day. */
    record Date() implements Type {
      private static final Pattern FORM = Pattern.compile("[0-9]{4}-[0-9]{2}-[0-9]{2}");

      @Override
      public boolean takes(String value) {
        try {
          return FORM.matcher(value).matches()
              && LocalDate.parse(value).toString().equals(value);
        } catch (DateTimeException e) {
          return false; // the 30th of February
        }
      }

      @Override
      public String right() {
        return "a day such as 2026-01-31";
      }
    }
  }

  /** What stands for a slot that could not be read: the file is refused anyway. */
  private static final Type NONE = new Type.Choice(List.of("any"));

  /** Reads one; what is wrong is reported, and does not hide what is wrong elsewhere. */
  static Slot read(Fields fields) {
    Slot slot = new Slot(type(fields), null);
    if (!fields.has("default")) {
      return slot;
    }
    String otherwise = fields.text("default", "");
    return fields.attempt(
        "default",
        () -> {
          slot.check(otherwise);
          return new Slot(slot.type, otherwise);
        },
        slot);
  }

  private static Type type(Fields fields) {
    List<Type> types = new ArrayList<>();
    if (fields.has("choice")) {
      List<String> words = fields.list("choice", "texts", word -> word);
      types.add(fields.attempt("choice", () -> new Type.Choice(words), NONE));
    }
    if (fields.has("text")) {
      types.add(fields.parsed("text", "a regular expression of Java", Slot::text, NONE));
    }
    if (fields.has("number")) {
      types.add(fields.nested("number", Slot::number, NONE));
    }
    if (fields.flag("date", false)) {
      types.add(new Type.Date());
    }
    return fields.attempt(
        () -> {
          if (types.size() != 1) {
            throw new IllegalArgumentException(
                "found " + types.size() + " types; a slot has one of choice, text, number, date");
          }
          return types.get(0);
        },
        NONE);
  }

  private static Type text(String pattern) {
    try {
      return new Type.Text(Pattern.compile(pattern));
    } catch (PatternSyntaxException | StackOverflowError e) {
      throw new IllegalArgumentException("no regular expression", e);
    }
  }

  private static Type number(Fields fields) {
    if (!fields.has("from") || !fields.has("to")) {
      throw new IllegalArgumentException("both 'from' and 'to' come here: they are whole numbers");
    }
    return new Type.Whole(fields.whole("from", 0), fields.whole("to", Long.MAX_VALUE));
  }

  /**
   * Refuses a value that does not fit.
   *
   * @throws IllegalArgumentException saying what would be right; the value itself is quoted
   */
  void check(String value) {
    if (value.length() > LONGEST) {
      throw new IllegalArgumentException(
          "found " + value.length() + " characters; at most " + LONGEST + " come here");
    }
    if (value.indexOf(0) >= 0) {
      throw new IllegalArgumentException("found a NUL, which no argument can hold");
    }
    if (!type.takes(value)) {
      throw new IllegalArgumentException(
          "found '" + Quote.of(value) + "'; " + type.right() + " comes here");
    }
  }

  /** Thrown through a pattern that does not come to an end. */
  private static final class ImpatientException extends RuntimeException {
    private static final long serialVersionUID = 1;

    ImpatientException() {
      super("A pattern has looked " + LOOKS + " times", null, false, false);
    }
  }

  /** A text that can be looked at only so often. */
  private static final class Patience implements CharSequence {
    private final String text;
    private int looks;

    Patience(String text) {
      this.text = text;
    }

    @Override
    public char charAt(int index) {
      if (++looks > LOOKS) {
        throw new ImpatientException();
      }
      return text.charAt(index);
    }

    @Override
    public int length() {
      return text.length();
    }

    @Override
    public CharSequence subSequence(int start, int end) {
      return text.subSequence(start, end);
    }

    @Override
    public String toString() {
      return text;
    }
  }
}
