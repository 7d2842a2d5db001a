package io.shardkeeper.handlers.http;

import java.util.Arrays;
import java.util.BitSet;

/**
 * A secret that is looked for in what a stranger says, who may send back what he got. Immutable. It is recognized however JSON, a URL or XML would write
 * it, and each of its characters in another way:
 *
 * <pre>
 *   /     \/     &#92;u002f  &#92;u002F     %2f  %2F     &amp;#47;  &amp;#x2f;  &amp;#X2F;     and &amp;amp; &amp;lt; &amp;gt; &amp;quot; &amp;apos;
 * </pre>
 *
 * <p>A search takes at most so many steps as the text has characters, for each character of the secret.
 */
final class Secret {
  /** Nothing is hidden. */
  static final Secret NONE = new Secret("");

  private static final String HIDDEN = "[hidden]";

  /** Characters of a part that is hidden where it stands without the rest. */
  private static final int PART = 8;

  /** The most characters that are read as one: an ampersand, a hash, seven digits and a semicolon. */
  private static final int WIDEST = 10;

  private final String text;

  Secret(String text) {
    this.text = text;
  }

  /** The beginning of a text, in which a secret does not stand, and how many characters are left out behind it. */
  record Beginning(String text, int more) {}

  /** What is sent. */
  String plain() {
    return text;
  }

  boolean isNone() {
    return text.isEmpty();
  }

  /** A text in which this does not stand. */
  String hiddenIn(String whole) {
    return beginning(whole, whole.length()).text;
  }

  /**
   * The beginning of a text, which may be so large that nobody wants to search all of it.
   *
   * @param most how many characters of it; more where that would be in the middle of this
   */
  Beginning beginning(String whole, int most) {
    // All that begins in what is told ends in what is searched.
    long far = (long) most + (long) WIDEST * text.length();
    String searched = whole.substring(0, (int) Math.min(whole.length(), far));
    var found = new BitSet();
    if (!isNone()) {
      new Search(searched, text, false, found).run();
    }
    int end = Math.min(searched.length(), most);
    if (end > 0 && found.get(end - 1)) {
      end = found.nextClearBit(end);
    } else if (end > 0
        && end < whole.length()
        && Character.isHighSurrogate(whole.charAt(end - 1))) {
      end--; // no half characters
    }
    return new Beginning(without(found, searched.substring(0, end)), whole.length() - end);
  }

  /** The same for a short text that may have been cut or written in other letters on its way: no eight characters of this stand in it. */
  String partsHiddenIn(String whole) {
    var found = new BitSet();
    if (!isNone()) {
      int length = Math.min(PART, text.length());
      for (int from = 0; from + length <= text.length(); from++) {
        new Search(whole, text.substring(from, from + length), true, found).run();
      }
    }
    return without(found, whole);
  }

  private static String without(BitSet found, String text) {
    var rest = new StringBuilder();
    int at = 0;
    while (at < text.length()) {
      int begin = found.nextSetBit(at);
      int end = begin < 0 || begin > text.length() ? text.length() : begin;
      rest.append(text, at, end);
      at = end;
      if (at < text.length()) {
        rest.append(HIDDEN);
        at = found.nextClearBit(at);
      }
    }
    return rest.toString();
  }

  /** Without what it holds. */
  @Override
  public String toString() {
    return "Secret";
  }

  /**
   * One search, for one thread. It goes through the secret once, and knows of each place in the text how early one may have begun to read to have come there
   * with what was read of the secret: two ways to the same place are one from there on.
   */
  private static final class Search {
    private final String text;
    private final String sought;
    private final boolean anyCase;
    private final BitSet found;

    /** Where one has come, and for each of these places where one began; -1 for others. */
    private int[] places;

    private int[] begins;
    private int count;

    /** The same with one character more. */
    private int[] nextPlaces;

    private int[] nextBegins;
    private int nextCount;

    Search(String text, String sought, boolean anyCase, BitSet found) {
      this.text = text;
      this.sought = sought;
      this.anyCase = anyCase;
      this.found = found;
      int size = text.length() + 1;
      this.places = new int[size];
      this.begins = new int[size];
      this.nextPlaces = new int[size];
      this.nextBegins = new int[size];
      Arrays.setAll(places, i -> i);
      Arrays.setAll(begins, i -> i < text.length() ? i : -1);
      Arrays.fill(nextBegins, -1);
      this.count = text.length();
    }

    /** Notes the places of all characters that are what is sought. */
    void run() {
      for (int i = 0; i < sought.length() && count > 0; i++) {
        for (int k = 0; k < count; k++) {
          if (places[k] < text.length()) {
            step(places[k], begins[places[k]], sought.charAt(i));
          }
        }
        turn();
      }
      for (int k = 0; k < count; k++) {
        found.set(begins[places[k]], places[k]);
      }
    }

    private void turn() {
      int[] oldPlaces = places;
      int[] oldBegins = begins;
      for (int k = 0; k < count; k++) {
        oldBegins[oldPlaces[k]] = -1;
      }
      places = nextPlaces;
      begins = nextBegins;
      count = nextCount;
      nextPlaces = oldPlaces;
      nextBegins = oldBegins;
      nextCount = 0;
    }

    private void reach(int place, int begin) {
      if (nextBegins[place] < 0) {
        nextPlaces[nextCount++] = place;
        nextBegins[place] = begin;
      } else {
        nextBegins[place] = Math.min(nextBegins[place], begin);
      }
    }

    /** Reads one character in all ways in which it may be written. */
    private void step(int at, int begin, char c) {
      char first = text.charAt(at);
      if (is(first, c) || (first == '+' && c == ' ')) {
        reach(at + 1, begin);
      }
      if (first == '\\' && at + 1 < text.length()) {
        char second = text.charAt(at + 1);
        if (is(second, c) || (second == 't' && c == '\t')) {
          reach(at + 2, begin);
        }
        if (second == 'u' && is(number(at + 2, at + 6, 16), c)) {
          reach(at + 6, begin);
        }
      } else if (first == '%' && is(number(at + 1, at + 3, 16), c)) {
        reach(at + 3, begin);
      } else if (first == '&') {
        int end = at + 1;
        int last = Math.min(text.length(), at + WIDEST) - 1;
        while (end < last && text.charAt(end) != ';') {
          end++;
        }
        if (end <= last && text.charAt(end) == ';' && is(entity(at + 1, end), c)) {
          reach(end + 1, begin);
        }
      }
    }

    private boolean is(int read, char c) {
      return read == c
          || (anyCase
              && read >= 0
              && Character.toLowerCase(Character.toUpperCase(read))
                  == Character.toLowerCase(Character.toUpperCase(c)));
    }

    /** A character of XML, between its ampersand and its semicolon; -1 if it is none. */
    private int entity(int from, int to) {
      if (text.startsWith("#", from)) {
        boolean hex = text.startsWith("x", from + 1) || text.startsWith("X", from + 1);
        return hex ? number(from + 2, to, 16) : number(from + 1, to, 10);
      }
      return switch (text.substring(from, to)) {
        case "amp" -> '&';
        case "lt" -> '<';
        case "gt" -> '>';
        case "quot" -> '"';
        case "apos" -> '\'';
        default -> -1;
      };
    }

    /** A number of few digits; -1 if it is none. */
    private int number(int from, int to, int radix) {
      if (from >= to || to > text.length()) {
        return -1;
      }
      int number = 0;
      for (int i = from; i < to; i++) {
        int digit = Character.digit(text.charAt(i), radix);
        if (digit < 0) {
          return -1;
        }
        number = number * radix + digit;
      }
      return number;
    }
  }
}
