package io.shardkeeper.handlers.process;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

final class OutputTest {
  private final List<String> lines = new ArrayList<>();

  private Output output(long most) {
    return new Output(lines::add, most);
  }

  private static void say(Output output, String text) {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    output.add(bytes, bytes.length);
  }

  @Test
  void aLineIsLoggedWhenItEnds() {
    Output output = output(1_000);
    say(output, "on");
    assertThat(lines).isEmpty();
    say(output, "e\r\n\ntwo\nthr");
    assertThat(lines).containsExactly("one", "", "two");
    say(output, "ee");
    output.close();
    assertThat(lines).containsExactly("one", "", "two", "three");
    assertThat(output.last()).isEqualTo("one\\u000d\n\ntwo\nthree");
  }

  @Test
  void aLongLineIsDividedBetweenCharacters() {
    for (String unit : List.of("a", "ä", "€", "\ud83d\ude00")) {
      for (int before = 0; before < 4; before++) {
        lines.clear();
        Output output = output(100_000);
        String text = "x".repeat(before) + unit.repeat(3_000);
        say(output, text + "\n");
        assertThat(String.join("", lines)).isEqualTo(text);
        assertThat(lines)
            .allSatisfy(line -> assertThat(line.getBytes(StandardCharsets.UTF_8))
                .hasSizeLessThanOrEqualTo(Output.LINE));
      }
    }
  }

  @Test
  void whatControlsIsToldByItsNumber() {
    Output output = output(1_000);
    say(output, "a\tb\u0000c\u001b[31md\u202ee\u0085f\u2028g\n");
    assertThat(lines).containsExactly("a\tb\\u0000c\\u001b[31md\\u202ee\\u0085f\\u2028g");
  }

  @Test
  void bytesThatAreNoCharactersAreReplaced() {
    Output output = output(100_000);
    output.add(new byte[] {'a', (byte) 0xFF, (byte) 0xC3, 'b', '\n'}, 5);
    assertThat(lines).containsExactly("a\ufffd\ufffdb");
    lines.clear();
    byte[] odd = new byte[9_000];
    java.util.Arrays.fill(odd, (byte) 0x80);
    output.add(odd, odd.length);
    output.close();
    assertThat(lines).hasSize(3);
  }

  @Test
  void whatIsTooMuchIsCountedAndTheEndOfItIsKept() {
    Output output = output(10);
    say(output, "12345\n789");
    assertThat(lines).containsExactly("12345");
    say(output, "0abc");
    say(output, "d\nthe end\n");
    output.close();

    assertThat(lines)
        .containsExactly(
            "12345",
            "7890",
            "[...] at most 10 bytes of output are kept; what follows is left out",
            "[...] 13 bytes of output were left out; at most 10 are kept");
    assertThat(output.last()).isEqualTo("12345\n7890abcd\nthe end");
  }

  @Test
  void theLastCharactersAreWhole() {
    Output output = output(1);
    say(output, "€".repeat(2_000));
    assertThat(output.last()).isEqualTo("€".repeat(1_000));
    byte[] much = "\ud83d\ude00".repeat(5_000).getBytes(StandardCharsets.UTF_8);
    output.add(much, much.length);
    say(output, "x");
    assertThat(output.last()).isEqualTo("\ud83d\ude00".repeat(999) + "x");
  }

  @Test
  void whoIsMutedIsNotHeard() {
    Output output = output(100);
    output.mute();
    say(output, "Killed\n");
    output.close();
    assertThat(lines).isEmpty();
    assertThat(output.last()).isEmpty();
  }
}
