package io.shardkeeper.core.mail;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.Random;
import org.junit.jupiter.api.Test;

/** The end of a log, as it comes with an outcome. */
final class LogEndTest {
  @Test
  void theMarkTellsHowMuchWasLeftOut() {
    assertThat(LogEnd.read(LogEnd.mark(12_190) + "\nend")).isEqualTo(new LogEnd(12_190, "end"));
    assertThat(LogEnd.read(LogEnd.mark(7) + "of a line")).isEqualTo(new LogEnd(7, "of a line"));
    assertThat(LogEnd.read("[…]\nof an older build"))
        .isEqualTo(new LogEnd(-1, "of an older build"));
    assertThat(LogEnd.read("whole [… 7 bytes]")).isEqualTo(new LogEnd(0, "whole [… 7 bytes]"));
    assertThat(LogEnd.read("")).isEqualTo(new LogEnd(0, ""));
  }

  @Test
  void aShorterEndCountsOn() {
    String lines = "first\nsecond €\n" + "x".repeat(40);
    assertThat(LogEnd.shortened(lines, 100)).isEqualTo(lines);
    assertThat(LogEnd.shortened("[… 100 bytes]\n" + "x".repeat(50) + "\nlast", 50))
        .isEqualTo("[… 151 bytes]\nlast");
    assertThat(LogEnd.shortened("[…]\n" + "x".repeat(50) + "\nlast", 50)).isEqualTo("[…]\nlast");
    String emoji = new String(Character.toChars(0x1F600));
    LogEnd cut = LogEnd.read(LogEnd.shortened(emoji.repeat(41), 60));
    assertThat(cut.text()).matches("(" + emoji + ")+");
    assertThat(cut.leftOut() + cut.text().getBytes(UTF_8).length).isEqualTo(41 * 4);
  }

  @Test
  void pagesOfItGiveEachByteOnce() {
    long seed = System.nanoTime();
    var random = new Random(seed);
    for (int i = 0; i < 500; i++) {
      var text = new StringBuilder();
      for (int n = random.nextInt(60); n > 0; n--) {
        text.appendCodePoint(new int[] {'a', 'ä', '€', 0x1F600}[random.nextInt(4)]);
      }
      var end = new LogEnd(random.nextInt(100), text.toString());
      var read = new StringBuilder();
      LogEnd.Part part = end.from(0, 1 + random.nextInt(20));
      assertThat(part.missing()).as("seed %d", seed).isEqualTo(end.leftOut());
      read.append(part.text());
      while (part.next() < part.size()) {
        long at = part.next();
        part = end.from(at, 1 + random.nextInt(20));
        assertThat(part.offset()).as("seed %d", seed).isEqualTo(at);
        assertThat(part.missing()).as("seed %d", seed).isZero();
        read.append(part.text());
      }
      assertThat(read.toString()).as("seed %d", seed).isEqualTo(text + "\n");
    }
  }

  @Test
  void theLastBytesOfItAreCutBetweenCharacters() {
    var end = new LogEnd(100, "12€456");
    assertThat(end.from(-6, 6)).isEqualTo(new LogEnd.Part(105, 0, "456\n", 109, 109));
    assertThat(end.from(-1_000, 4)).isEqualTo(new LogEnd.Part(0, 100, "12", 102, 109));
    assertThat(end.from(500, 4)).isEqualTo(new LogEnd.Part(109, 0, "", 109, 109));
  }
}
