package io.shardkeeper.job;

import io.shardkeeper.text.Quote;
import java.util.Collections;
import java.util.Map;
import java.util.Map.Entry;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * A condition on the labels of an instance, such as {@code zone == 'a' && disk == 'ssd'}. It compares, and nothing else: no
 * text of a filter ever becomes code.
 *
 * @param labels what the labels must be; with none, every instance passes
 */
public record Filter(SortedMap<String, String> labels) {
  /** How long a condition may be. */
  public static final int MOST_CHARACTERS = 16_000;

  private static final Filter NONE = new Filter(Collections.emptySortedMap());

  /** Checks the names of the labels. */
  public Filter {
    labels = Collections.unmodifiableSortedMap(new TreeMap<>(labels));
    Limits.checkRange("A number of conditions", labels.size(), 0, Limits.LABELS);
    labels.keySet().forEach(label -> Limits.checkName("A label", label));
    labels.values().forEach(value -> {
      Limits.checkText("The value of a label", value);
      if (value.length() > Limits.LABEL || value.indexOf('\'') >= 0) {
        throw new IllegalArgumentException("A label cannot be compared with '" + Quote.of(value)
            + "'; a value has at most " + Limits.LABEL + " characters and no quotation mark");
      }
    });
  }

  /** The filter that every instance passes. */
  public static Filter none() {
    return NONE;
  }

  /**
   * Reads a condition: {@code label == 'value'}, several joined by {@code &&}.
   *
   * @throws IllegalArgumentException if it cannot be read; the message names the column
   */
  public static Filter parse(String condition) {
    if (condition.length() > MOST_CHARACTERS) {
      throw new IllegalArgumentException("A filter of " + condition.length()
          + " characters is too long; at most " + MOST_CHARACTERS + " are read");
    }
    return new Filter(new Parser(condition).read());
  }

  /** Whether an instance with these labels passes. */
  public boolean passes(Map<String, String> instanceLabels) {
    return labels.entrySet().stream()
        .allMatch(wanted -> wanted.getValue().equals(instanceLabels.get(wanted.getKey())));
  }

  /** The condition, as it can be read again. */
  @Override
  public String toString() {
    return labels.entrySet().stream().map(Filter::term).collect(Collectors.joining(" && "));
  }

  private static String term(Entry<String, String> wanted) {
    return wanted.getKey() + " == '" + wanted.getValue() + "'";
  }

  /** Reads a condition from left to right. */
  private static final class Parser {
    private final String text;
    private int at;

    Parser(String text) {
      this.text = text;
    }

    SortedMap<String, String> read() {
      var labels = new TreeMap<String, String>();
      do {
        skipBlanks();
        int start = at;
        String label = readLabel();
        skipBlanks();
        expect("==");
        skipBlanks();
        String value = readQuoted();
        if (labels.put(label, value) != null) {
          throw mistake(start, "found '" + label + "' again; each label is compared once");
        }
        skipBlanks();
      } while (more());
      return labels;
    }

    private boolean more() {
      if (at == text.length()) {
        return false;
      }
      expect("&&");
      return true;
    }

    private String readLabel() {
      int start = at;
      while (at < text.length()
          && (Character.isLetterOrDigit(text.charAt(at)) || "._-".indexOf(text.charAt(at)) >= 0)) {
        at++;
      }
      if (start == at) {
        throw mistake(at, "found " + found() + "; a label's name comes here, as in zone == 'a'");
      }
      return text.substring(start, at);
    }

    private String readQuoted() {
      int end = at < text.length() && text.charAt(at) == '\'' ? text.indexOf('\'', at + 1) : -1;
      if (end < 0) {
        throw mistake(
            at,
            "found " + found()
                + "; a value in single quotation marks comes here, as in zone == 'a'");
      }
      String value = text.substring(at + 1, end);
      at = end + 1;
      return value;
    }

    private void expect(String sign) {
      if (!text.startsWith(sign, at)) {
        throw mistake(
            at,
            "found " + found() + "; " + sign + " comes here, as in zone == 'a' && disk == 'ssd'");
      }
      at += sign.length();
    }

    private void skipBlanks() {
      while (at < text.length() && text.charAt(at) == ' ') {
        at++;
      }
    }

    private String found() {
      return at == text.length() ? "the end" : "'" + Quote.of(text.substring(at)) + "'";
    }

    private IllegalArgumentException mistake(int position, String problem) {
      return new IllegalArgumentException(
          "Filter \"" + Quote.of(text) + "\", column " + (position + 1) + ": " + problem);
    }
  }
}
