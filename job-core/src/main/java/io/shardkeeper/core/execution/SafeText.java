package io.shardkeeper.core.execution;

import io.shardkeeper.job.Limits;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What is kept of a text that nobody has checked, such as the message of an exception. Line breaks stay; a tab becomes a space; whatever
 * else controls rather than shows (terminals, the direction of writing, halves of characters) is told by its number. What does not fit is
 * cut, and marked.
 */
final class SafeText {
  /** Stands at the end of a text of which something was cut off. */
  static final String MARK = " [...]";

  /** How much of an exception is told: in a report it stands beside many others, in a log it is what one looks for. */
  private record Depth(int causes, int frames, int framesOfACause) {
    static final Depth REPORT = new Depth(5, 12, 4);
    static final Depth LOG = new Depth(10, 100, 20);
  }

  private final StringBuilder kept = new StringBuilder();
  private final int room;
  private final String tab;
  private int bytes;
  private boolean full;

  private SafeText(int room, String tab) {
    this.room = room - MARK.length();
    this.tab = tab;
  }

  /** As much of a text as fits into so many bytes, as they are counted where it is stored. */
  static String cut(String text, int most) {
    return new SafeText(most, " ").add(text).toString();
  }

  /** The same for a log, in which columns may be set by tabs. */
  static String logged(String text, int most) {
    return new SafeText(most, "\t").add(text).toString();
  }

  /**
   * An exception for people: its class, its message, where it was thrown, and the same of what caused it. It never throws, whatever the
   * exception does when it is asked.
   *
   * <pre>
   *   java.lang.IllegalStateException: no account 17
   *     at com.example.Billing.settle(Billing.java:80)
   *     ...
   *   Caused by: java.sql.SQLException: ...
   * </pre>
   */
  static String of(Throwable thrown, int most) {
    return of(thrown, most, Depth.REPORT);
  }

  /** The same for a log: with more of the places. */
  static String trace(Throwable thrown, int most) {
    return of(thrown, most, Depth.LOG);
  }

  private static String of(Throwable thrown, int most, Depth depth) {
    try {
      var text = new SafeText(most, " ");
      Set<Throwable> told = Collections.newSetFromMap(new IdentityHashMap<>());
      @Nullable Throwable next = thrown;
      while (next != null && told.size() < depth.causes && told.add(next)) {
        text.add(told.size() == 1 ? "" : "\nCaused by: ").add(next.getClass().getName());
        // A message that fills all the room would hide where it was thrown.
        String message = next.getMessage();
        if (message != null) {
          text.add(": ").add(cut(message, most / 4));
        }
        text.addFrames(
            next.getStackTrace(), told.size() == 1 ? depth.frames : depth.framesOfACause);
        next = next.getCause();
      }
      return text.toString();
    } catch (Throwable e) {
      // Out of memory once more, or an exception that throws when it is asked for its message.
      return thrown.getClass().getName();
    }
  }

  private void addFrames(StackTraceElement[] frames, int most) {
    for (int i = 0; i < frames.length && i < most; i++) {
      add("\n  at ").add(frames[i].toString());
    }
    if (frames.length > most) {
      add("\n  ...");
    }
  }

  private SafeText add(String text) {
    for (int i = 0; i < text.length() && !full; i++) {
      int c = text.codePointAt(i);
      add(c);
      i += Character.charCount(c) - 1;
    }
    return this;
  }

  private void add(int c) {
    String shown = shown(c);
    int cost = Limits.bytes(shown);
    if (bytes + cost > room) {
      full = true;
      kept.append(MARK);
    } else {
      bytes += cost;
      kept.append(shown);
    }
  }

  private String shown(int c) {
    if (c == '\t') {
      return tab;
    }
    return switch (Character.getType(c)) {
      case Character.CONTROL -> c == '\n' ? "\n" : c == '\r' ? "" : String.format("\\u%04x", c);
      case Character.FORMAT,
          Character.LINE_SEPARATOR,
          Character.PARAGRAPH_SEPARATOR,
          Character.SURROGATE,
          Character.PRIVATE_USE,
          Character.UNASSIGNED -> String.format("\\u%04x", c);
      default -> Character.toString(c);
    };
  }

  @Override
  public String toString() {
    return kept.toString();
  }
}
