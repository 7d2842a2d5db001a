package io.shardkeeper.handlers.http;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.Locale.ROOT;

import io.shardkeeper.handlers.fields.Template;
import io.shardkeeper.handlers.fields.Template.Piece;
import io.shardkeeper.job.Limits;
import io.shardkeeper.text.Quote;
import java.util.function.UnaryOperator;
import java.util.regex.Pattern;

/**
 * Fills values into texts, each escaped for where it stands, so that it stays a value. Where it could become more it is refused. Not for several threads:
 * one is made for each text that is filled.
 *
 * <pre>
 *   https://host/orders/{id}?by={who}     id = a/all, who = a&amp;b      https://host/orders/a%2Fall?by=a%26b
 *   {"name": "{name}", "count": {n}}      name = a"b,  n = 7         {"name": "a\"b", "count": 7}
 * </pre>
 */
abstract class Escape {
  /** What JSON has outside of quotes. */
  private static final Pattern SCALAR =
      Pattern.compile("true|false|null|-?(?:0|[1-9][0-9]*)(?:\\.[0-9]+)?(?:[eE][+-]?[0-9]+)?");

  /** A step of a path that leads elsewhere: some servers cut it at a semicolon first. */
  private static final Pattern DOTS = Pattern.compile("(?:\\.|%2[eE]){0,2}(?:;.*)?");

  /** The same where some proxy has made slashes of what was escaped; there a step may be empty. */
  private static final Pattern HIDDEN_DOTS = Pattern.compile(
      "(?:.*(?:[/\\\\]|%2[fF]|%5[cC]))?(?:\\.|%2[eE]){1,2}(?:(?:[/\\\\;]|%2[fF]|%5[cC]|%3[bB]).*)?");

  /** Sees a piece of the text as it stands. */
  abstract void text(String text);

  /**
   * What is written for a value.
   *
   * @throws IllegalArgumentException if it cannot stand here
   */
  abstract String value(String value);

  /**
   * Looks at the whole.
   *
   * @throws IllegalArgumentException if it cannot be sent
   */
  void end() {}

  /**
   * Fills a text.
   *
   * @param most how many characters it may become
   * @throws IllegalArgumentException if a value is missing, or cannot stand where it is to, or the whole becomes too long
   */
  final String fill(Template template, UnaryOperator<String> values, int most) {
    var filled = new StringBuilder();
    for (Piece piece : template.pieces()) {
      if (piece instanceof Piece.Text text) {
        text(text.text());
        filled.append(text.text());
      } else if (piece instanceof Piece.Place place) {
        String value = values.apply(place.name());
        try {
          Limits.checkText("it", value);
          filled.append(value(value));
        } catch (IllegalArgumentException e) {
          throw new IllegalArgumentException(
              "{" + Quote.of(place.name()) + "}: " + e.getMessage(), e);
        }
      }
      if (filled.length() > most) {
        throw new IllegalArgumentException("becomes longer than " + most + " characters");
      }
    }
    end();
    return filled.toString();
  }

  // ------------------------------------------------------------ for each place one

  /** For the value of a header. */
  static Escape header() {
    return new Escape() {
      @Override
      void text(String text) {
        checkHeader(text);
      }

      @Override
      String value(String value) {
        checkHeader(value);
        return value;
      }
    };
  }

  /** For a text in which nothing means anything. */
  static Escape none() {
    return new Escape() {
      @Override
      void text(String text) {}

      @Override
      String value(String value) {
        return value;
      }
    };
  }

  /** For the body of a content type. */
  static Escape body(String contentType) {
    String type = contentType.split(";", 2)[0].strip().toLowerCase(ROOT);
    String subtype = type.substring(type.indexOf('/') + 1);
    if (subtype.equals("json") || subtype.endsWith("+json") || subtype.equals("x-ndjson")) {
      return new InJson();
    }
    if (type.equals("application/x-www-form-urlencoded")) {
      return new InForm();
    }
    boolean xml = subtype.equals("xml") || subtype.endsWith("+xml") || subtype.equals("html");
    return xml ? new InXml() : none();
  }

  /** For a URL. */
  static Escape url() {
    return new InUrl();
  }

  private static class InForm extends Escape {
    @Override
    void text(String text) {
      for (int i = text.indexOf('%'); i >= 0; i = text.indexOf('%', i + 1)) {
        if (!Url.isEscape(text, i)) {
          throw new IllegalArgumentException(
              "has a '%' without two hexadecimal digits behind it; as a character it is written %25");
        }
      }
    }

    @Override
    String value(String value) {
      return percent(value);
    }
  }

  /** Behind the host only. What a step of the path becomes is looked at when it is whole. */
  private static final class InUrl extends InForm {
    private final StringBuilder before = new StringBuilder();
    private boolean behindTheHost;
    private boolean inQuery;
    private boolean stepHasValue;

    @Override
    void text(String text) {
      super.text(text);
      for (int i = 0; i < text.length(); i++) {
        char c = text.charAt(i);
        if (!behindTheHost) {
          before.append(c);
          int host = before.indexOf("://") + 3;
          behindTheHost = host > 2 && before.length() > host && (c == '/' || c == '?');
          inQuery = behindTheHost && c == '?';
          if (behindTheHost) {
            before.setLength(0);
          }
        } else if (!inQuery && (c == '/' || c == '?')) {
          endOfStep();
          inQuery = c == '?';
        } else if (!inQuery) {
          before.append(c);
        }
      }
    }

    @Override
    String value(String value) {
      if (!behindTheHost) {
        throw new IllegalArgumentException(
            "stands in scheme, host or port, which say who is called and cannot be filled in; values come behind the slash that follows the host");
      }
      String written = super.value(value);
      if (!inQuery) {
        before.append(written);
        stepHasValue = true;
      }
      return written;
    }

    /** A step of the path is in {@link #before}. */
    private void endOfStep() {
      if (stepHasValue
          && (DOTS.matcher(before).matches() || HIDDEN_DOTS.matcher(before).matches())) {
        throw new IllegalArgumentException(
            "a step of the path becomes '" + before
                + "', which leads elsewhere; a value there is not empty, and has no '.' or '..' between slashes");
      }
      before.setLength(0);
      stepHasValue = false;
    }

    @Override
    void end() {
      endOfStep();
    }
  }

  private static final class InJson extends Escape {
    private boolean quoted;
    private boolean escaped;

    @Override
    void text(String text) {
      for (int i = 0; i < text.length(); i++) {
        char c = text.charAt(i);
        if (escaped) {
          escaped = false;
        } else if (quoted && c == '\\') {
          escaped = true;
        } else if (c == '"') {
          quoted = !quoted;
        }
      }
    }

    @Override
    String value(String value) {
      if (escaped) {
        throw new IllegalArgumentException("stands behind a \\, which would change its meaning");
      }
      if (!quoted && !SCALAR.matcher(value).matches()) {
        throw new IllegalArgumentException(
            "stands outside of quotes, where only a number, true, false or null can be filled in; a text comes between quotes");
      }
      return quoted ? json(value) : value;
    }
  }

  private static final class InXml extends Escape {
    private boolean tag;
    private char quote;

    @Override
    void text(String text) {
      for (int i = 0; i < text.length(); i++) {
        char c = text.charAt(i);
        if (!tag) {
          tag = c == '<';
        } else if (quote != 0) {
          quote = c == quote ? 0 : quote;
        } else if (c == '"' || c == '\'') {
          quote = c;
        } else {
          tag = c != '>';
        }
      }
    }

    @Override
    String value(String value) {
      if (tag && quote == 0) {
        throw new IllegalArgumentException(
            "stands inside of a tag; values come between tags, or between the quotes of an attribute");
      }
      return xml(value);
    }
  }

  // ------------------------------------------------------------ characters

  /** Everything as %XX but letters, digits and -._~ */
  static String percent(String value) {
    var written = new StringBuilder();
    for (byte b : value.getBytes(UTF_8)) {
      char c = (char) (b & 0xff);
      if (isAlphanumeric(c) || "-._~".indexOf(c) >= 0) {
        written.append(c);
      } else {
        written.append(String.format("%%%02X", (int) c));
      }
    }
    return written.toString();
  }

  /** As it stands between the quotes of JSON. */
  static String json(String value) {
    var written = new StringBuilder();
    for (int i = 0; i < value.length(); i++) {
      char c = value.charAt(i);
      if (c == '"' || c == '\\') {
        written.append('\\').append(c);
      } else if (c < ' ' || c == 127 || c == '\u2028' || c == '\u2029') {
        written.append(String.format("\\u%04x", (int) c));
      } else {
        written.append(c);
      }
    }
    return written.toString();
  }

  private static String xml(String value) {
    var written = new StringBuilder();
    for (int i = 0; i < value.length(); i++) {
      char c = value.charAt(i);
      if (c == '<' || c == '>' || c == '&' || c == '"' || c == '\'' || c == '\t' || c == '\n'
          || c == '\r') {
        written.append("&#").append((int) c).append(';');
      } else if (c < ' ' || c == '\ufffe' || c == '\uffff') {
        throw new IllegalArgumentException("has " + name(c) + ", which XML cannot hold");
      } else {
        written.append(c);
      }
    }
    return written.toString();
  }

  /**
   * Refuses what would be more than the value of a header.
   *
   * @throws IllegalArgumentException without the value itself, which may be a secret
   */
  static void checkHeader(String value) {
    for (int i = 0; i < value.length(); i++) {
      char c = value.charAt(i);
      if (c != '\t' && (c < ' ' || c > '~')) {
        throw new IllegalArgumentException("has " + name(c) + " at " + (i + 1)
            + "; in a header stand visible ASCII characters, spaces and tabs");
      }
    }
  }

  static boolean isAlphanumeric(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
  }

  /** A character in a message. */
  static String name(char c) {
    return c > ' ' && c <= '~'
        ? "the character " + c
        : String.format("the character \\u%04x", (int) c);
  }
}
