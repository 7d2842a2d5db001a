package io.shardkeeper.log;

import io.shardkeeper.core.execution.RunLogs;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/** Reads some of a file in UTF-8, and divides no character. */
final class Pages {
  /** The longest character takes so many bytes: a page has room for one, or reading would not get on. */
  private static final int LONGEST_CHARACTER = 4;

  private Pages() {}

  /** A page of a file, which may grow while it is read, if it is not ended. */
  static RunLogs.Page read(Path file, int attempt, boolean ended, long offset, int most)
      throws IOException {
    try (FileChannel channel =
        FileChannel.open(file, StandardOpenOption.READ, LinkOption.NOFOLLOW_LINKS)) {
      long size = channel.size();
      long from = offset < 0 ? Math.max(0, size + offset) : Math.min(offset, size);
      int room = Math.max(LONGEST_CHARACTER, Math.min(most, RunLogs.PAGE_BYTES));
      byte[] bytes = read(channel, from, (int) Math.min(room, size - from));
      int begin = from == 0 ? 0 : begin(bytes);
      boolean isLast = ended && from + bytes.length == size;
      int end = isLast ? bytes.length : end(bytes, begin);
      String text = new String(bytes, begin, end - begin, StandardCharsets.UTF_8);
      return new RunLogs.Page(
          attempt, from + begin, text, from + end, size, ended && from + end == size);
    }
  }

  private static byte[] read(FileChannel channel, long from, int length) throws IOException {
    ByteBuffer buffer = ByteBuffer.allocate(length);
    while (buffer.hasRemaining() && channel.read(buffer, from + buffer.position()) >= 0) {
      // The rest comes with the next read.
    }
    byte[] bytes = new byte[buffer.position()];
    buffer.flip().get(bytes);
    return bytes;
  }

  /** Where the first whole character begins. */
  private static int begin(byte[] bytes) {
    int begin = 0;
    while (begin < bytes.length && begin < LONGEST_CHARACTER - 1 && isInside(bytes[begin])) {
      begin++;
    }
    return begin;
  }

  /** Where the last whole character ends. */
  private static int end(byte[] bytes, int begin) {
    int last = bytes.length - 1;
    while (last > begin && last > bytes.length - LONGEST_CHARACTER && isInside(bytes[last])) {
      last--;
    }
    if (last < begin || last + length(bytes[last]) <= bytes.length) {
      return bytes.length;
    }
    return last;
  }

  private static boolean isInside(byte b) {
    return (b & 0xC0) == 0x80;
  }

  /** How many bytes a character takes that begins so. */
  private static int length(byte first) {
    int unsigned = first & 0xFF;
    return unsigned < 0xC0 ? 1 : unsigned < 0xE0 ? 2 : unsigned < 0xF0 ? 3 : LONGEST_CHARACTER;
  }
}
