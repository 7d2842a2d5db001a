package io.shardkeeper.core.ledger;

import io.shardkeeper.text.Quote;
import java.util.ArrayDeque;
import java.util.List;

/**
 * The place of a node: {@code /} or names, each behind a slash. Names are letters, digits, dot, underscore and hyphen, so that nobody's
 * text can lead elsewhere.
 *
 * @param text the path as it is written
 */
public record NodePath(String text) implements Comparable<NodePath> {
  /** The longest name, in characters. */
  public static final int NAME = 200;

  /** The longest path, in characters. */
  public static final int LONGEST = 1_000;

  /** The root of the tree. It is always there, and nobody writes it. */
  public static final NodePath ROOT = new NodePath("/");

  public NodePath {
    if (!text.equals("/")) {
      check(text);
    }
  }

  private static void check(String text) {
    if (text.length() > LONGEST) {
      throw wrong(text, "it is " + text.length() + " characters long; at most " + LONGEST);
    }
    if (!text.startsWith("/")) {
      throw wrong(text, "a path begins with a slash");
    }
    int start = 1;
    for (int i = 1; i <= text.length(); i++) {
      if (i == text.length() || text.charAt(i) == '/') {
        checkName(text, start, i);
        start = i + 1;
      } else if (!isPlain(text.charAt(i))) {
        throw wrong(text, "a name has letters, digits, '.', '_' and '-' only");
      }
    }
  }

  private static void checkName(String text, int start, int end) {
    int length = end - start;
    boolean dots = length <= 2 && text.substring(start, end).replace(".", "").isEmpty();
    if (dots) {
      throw wrong(text, "a name is neither empty nor '.' nor '..'");
    }
    if (length > NAME) {
      throw wrong(text, "a name has " + length + " characters; at most " + NAME);
    }
  }

  private static boolean isPlain(char c) {
    return (c >= 'a' && c <= 'z')
        || (c >= 'A' && c <= 'Z')
        || (c >= '0' && c <= '9')
        || c == '.'
        || c == '_'
        || c == '-';
  }

  private static IllegalArgumentException wrong(String text, String why) {
    return new IllegalArgumentException("Path '" + Quote.of(text) + "': " + why);
  }

  /** Whether a node may have that name. */
  public static boolean isName(String name) {
    return !name.isEmpty()
        && name.length() <= NAME
        && !name.equals(".")
        && !name.equals("..")
        && name.chars().allMatch(c -> isPlain((char) c));
  }

  /** Reads a path, such as {@code /coordinator/term}. */
  public static NodePath of(String text) {
    return new NodePath(text);
  }

  /** Whether there may be a node of that name below this one. Strangers may have made others, which are nobody's. */
  public boolean mayHave(String name) {
    return isName(name) && text.length() + 1 + name.length() <= LONGEST;
  }

  /** The node of that name below this one. */
  public NodePath child(String name) {
    return new NodePath(isRoot() ? "/" + name : text + "/" + name);
  }

  /** Whether this is the root. */
  public boolean isRoot() {
    return text.length() == 1;
  }

  /** The last name; of the root, nothing. */
  public String name() {
    return text.substring(text.lastIndexOf('/') + 1);
  }

  /** The node above; of the root, itself. */
  public NodePath parent() {
    int slash = text.lastIndexOf('/');
    return slash == 0 ? ROOT : new NodePath(text.substring(0, slash));
  }

  /** The nodes from the one right below the root down to this one: what has to be there before it can be. */
  public List<NodePath> lineage() {
    var lineage = new ArrayDeque<NodePath>();
    for (NodePath path = this; !path.isRoot(); path = path.parent()) {
      lineage.addFirst(path);
    }
    return List.copyOf(lineage);
  }

  /** Whether this is that node, or lies below it. */
  public boolean isWithin(NodePath other) {
    return other.isRoot()
        || (text.startsWith(other.text)
            && (text.length() == other.text.length() || text.charAt(other.text.length()) == '/'));
  }

  @Override
  public int compareTo(NodePath other) {
    return text.compareTo(other.text);
  }

  @Override
  public String toString() {
    return text;
  }
}
