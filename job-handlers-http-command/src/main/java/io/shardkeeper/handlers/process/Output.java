package io.shardkeeper.handlers.process;

import io.shardkeeper.text.Quote;
import java.nio.charset.StandardCharsets;
import java.util.function.Consumer;

/**
 * What a program says: line by line into a log, as much as is kept, and the last of it. For one thread, but for {@link #mute}.
 *
 * <pre>
 *   bytes ──► lines of at most 4 KB ──► the log, up to a bound
 *     └─────► the last ones, whatever the bound
 * </pre>
 */
final class Output {
  /** Bytes of a line; a longer one is divided. */
  static final int LINE = 4_096;

  /** Characters of the end that are told in a result. */
  static final int LAST = 1_000;

  private static final int LAST_BYTES = LAST * 4;

  private final Consumer<String> log;
  private final long most;
  private final byte[] line = new byte[LINE];
  private final byte[] last = new byte[LAST_BYTES];
  private int lineLength;
  private int lastLength;
  private long said;
  private long leftOut;
  private volatile boolean muted;

  Output(Consumer<String> log, long most) {
    this.log = log;
    this.most = most;
  }

  /** What was read. */
  void add(byte[] bytes, int length) {
    if (muted) {
      return;
    }
    int kept = (int) Math.min(length, most - Math.min(most, said));
    for (int i = 0; i < kept; i++) {
      if (bytes[i] == '\n') {
        flush(lineLength);
      } else {
        line[lineLength++] = bytes[i];
        if (lineLength == LINE) {
          flush(wholeCharacters());
        }
      }
    }
    said += length;
    if (kept < length) {
      if (leftOut == 0) {
        end();
        log.accept("[...] at most " + most + " bytes of output are kept; what follows is left out");
      }
      leftOut += length - kept;
    }
    keepLast(bytes, length);
  }

  /** Nothing more is kept: what is said from now on is said by who is killed, or by who killed. */
  void mute() {
    muted = true;
  }

  /** There is no more. */
  void close() {
    end();
    if (leftOut > 0) {
      log.accept(
          "[...] " + leftOut + " bytes of output were left out; at most " + most + " are kept");
    }
  }

  private void end() {
    if (lineLength > 0) {
      flush(lineLength);
    }
  }

  private void flush(int length) {
    int end = length > 0 && line[length - 1] == '\r' ? length - 1 : length;
    String text = new String(line, 0, end, StandardCharsets.UTF_8);
    System.arraycopy(line, length, line, 0, lineLength - length);
    lineLength -= length;
    log.accept(Quote.shown(text, "\t"));
  }

  /** Up to where a full line can be cut without cutting a character. */
  private int wholeCharacters() {
    for (int back = 1; back <= 3; back++) {
      int b = line[LINE - back] & 0xFF;
      if (b >= 0xC0) {
        int needed = b >= 0xF0 ? 4 : b >= 0xE0 ? 3 : 2;
        return needed > back ? LINE - back : LINE;
      }
      if (b < 0x80) {
        return LINE;
      }
    }
    return LINE;
  }

  private void keepLast(byte[] bytes, int length) {
    int from = Math.max(0, length - LAST_BYTES);
    int added = length - from;
    int stays = Math.min(lastLength, LAST_BYTES - added);
    System.arraycopy(last, lastLength - stays, last, 0, stays);
    System.arraycopy(bytes, from, last, stays, added);
    lastLength = stays + added;
  }

  /** The last characters of all that was said, kept or not. */
  String last() {
    int from = 0;
    while (said > lastLength && from < lastLength && (last[from] & 0xC0) == 0x80) {
      from++; // in the middle of a character
    }
    String text = new String(last, from, lastLength - from, StandardCharsets.UTF_8).stripTrailing();
    int characters = text.codePointCount(0, text.length());
    if (characters > LAST) {
      text = text.substring(text.offsetByCodePoints(0, characters - LAST));
    }
    return Quote.shown(text, "\t\n");
  }
}
