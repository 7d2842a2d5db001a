package io.shardkeeper.core.execution;

import io.shardkeeper.core.mail.LogEnd;
import java.nio.charset.StandardCharsets;

/**
 * The last bytes of what was said, in a ring. Threads share it; the lock guards the ring.
 *
 * <pre>
 *   [ 5 6 7 8 | 1 2 3 4 ]       said: 8 more than the ring holds; the oldest byte that is left stands at said % length
 * </pre>
 */
final class Tail {
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
    long all;
    synchronized (lock) {
      all = said;
      left = new byte[(int) Math.min(said, most)];
      for (int i = 0; i < left.length; i++) {
        left[i] = ring[(int) ((said - left.length + i) % most)];
      }
    }
    return all <= most ? text(left, 0) : cut(left, all);
  }

  private static String cut(byte[] left, long all) {
    // The mark needs room, and so does the end of its line.
    int room = LogEnd.mark(all).getBytes(StandardCharsets.UTF_8).length + 1;
    int from = Math.min(room, left.length);
    long before = all - left.length;
    while (from < left.length && (left[from] & 0xC0) == 0x80) {
      from++; // in the middle of a character
    }
    for (int i = from; i < left.length; i++) {
      if (left[i - 1] == '\n') {
        return LogEnd.mark(before + i) + "\n" + text(left, i);
      }
    }
    return from == left.length ? "" : LogEnd.mark(before + from) + text(left, from);
  }

  private static String text(byte[] left, int from) {
    int end = left.length;
    while (end > from && left[end - 1] == '\n') {
      end--;
    }
    return new String(left, from, end - from, StandardCharsets.UTF_8);
  }
}
