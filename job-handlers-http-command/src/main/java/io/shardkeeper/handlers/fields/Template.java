package io.shardkeeper.handlers.fields;

import java.util.ArrayList;
import java.util.List;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.function.UnaryOperator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A text with places that are filled in. Immutable.
 *
 * <pre>
 *   {"order": "{order}", "due": "{run.scheduled-at}"}     two places; other braces are braces
 * </pre>
 */
public final class Template {
  /** A name in braces; whatever else stands in braces is text, as in JSON. */
  private static final Pattern PLACE =
      Pattern.compile("\\{([A-Za-z][A-Za-z0-9_-]*(?:\\.[A-Za-z0-9_-]+)*)}");

  /** A piece of it: text as it stands, or the name of a place. */
  public sealed interface Piece {
    /** What stands there. */
    record Text(String text) implements Piece {}

    /** What is filled in. */
    record Place(String name) implements Piece {}
  }

  private final List<Piece> pieces;

  private Template(List<Piece> pieces) {
    this.pieces = List.copyOf(pieces);
  }

  /** What a text says. */
  public static Template of(String text) {
    List<Piece> pieces = new ArrayList<>();
    Matcher places = PLACE.matcher(text);
    int end = 0;
    while (places.find()) {
      if (places.start() > end) {
        pieces.add(new Piece.Text(text.substring(end, places.start())));
      }
      pieces.add(new Piece.Place(places.group(1)));
      end = places.end();
    }
    if (end < text.length()) {
      pieces.add(new Piece.Text(text.substring(end)));
    }
    return new Template(pieces);
  }

  /** Its pieces, in their order. */
  public List<Piece> pieces() {
    return pieces;
  }

  /** The names of its places. */
  public SortedSet<String> names() {
    var names = new TreeSet<String>();
    for (Piece piece : pieces) {
      if (piece instanceof Piece.Place place) {
        names.add(place.name());
      }
    }
    return names;
  }

  /** The text with its places filled in: each value comes as it is to stand there. */
  public String fill(UnaryOperator<String> values) {
    var filled = new StringBuilder();
    for (Piece piece : pieces) {
      if (piece instanceof Piece.Text text) {
        filled.append(text.text());
      } else if (piece instanceof Piece.Place place) {
        filled.append(values.apply(place.name()));
      }
    }
    return filled.toString();
  }
}
