package io.shardkeeper.core.execution;

import java.nio.charset.StandardCharsets;

/**
 * The last bytes of what was said, in a ring. Threads share it; the lock guards the ring.
 *
 * <pre>
 *   [ 5 6 7 8 | 1 2 3 4 ]       said: 8 more than the ring holds; the oldest byte that is left stands at said % length
 * </pre>
 */
final class Tail {
  /** Stands before what is left, where something was left out. */
  static final String MARK = "[…]";

  private static final int MARK_BYTES = MARK.getBytes(StandardCharsets.UTF_8).length;

  private final Object lock = new Object();
  private final int most;
  private byte[] ring = new byte[0];
  private long said;

  /** Keeps so many bytes, the mark included. */
  Tail(int most) {
    this.most = most;
  }

  void add(byte[] bytes) {
    synchronized (lock) {
      if (ring.length < most) {
        ring = new byte[most]; // not before something is said: most executions are silent
      }
      int from = Math.max(0, bytes.length - most);
      said += from;
      for (int i = from; i < bytes.length; i++) {
        ring[(int) (said++ % most)] = bytes[i];
      }
    }
  }

  /** What is left, without the end of its last line. It begins with a line where one begins in it, and never with half a character. */
  String text() {
    byte[] left;
    boolean whole;
    synchronized (lock) {
      whole = said <= most;
      left = new byte[(int) Math.min(said, most)];
      for (int i = 0; i < left.length; i++) {
        left[i] = ring[(int) ((said - left.length + i) % most)];
      }
    }
    return whole ? text(left, 0) : cut(left);
  }

  private static String cut(byte[] left) {
    int from = Math.min(
        MARK_BYTES + 1, left.length); // the mark needs room, and so does the end of its line
    while (from < left.length && (left[from] & 0xC0) == 0x80) {
      from++; // in the middle of a character
    }
    for (int i = from; i < left.length; i++) {
      if (left[i - 1] == '\n') {
        return MARK + "\n" + text(left, i);
      }
    }
    return from == left.length ? "" : MARK + text(left, from);
  }

  private static String text(byte[] left, int from) {
    int end = left.length;
    while (end > from && left[end - 1] == '\n') {
      end--;
    }
    return new String(left, from, end - from, StandardCharsets.UTF_8);
  }
}
