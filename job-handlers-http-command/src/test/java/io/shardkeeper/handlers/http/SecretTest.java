package io.shardkeeper.handlers.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import io.shardkeeper.handlers.http.Secret.Beginning;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import java.util.function.IntFunction;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Secrets that come back in other letters. */
@Timeout(120)
final class SecretTest {
  /** In how many ways a character is written. */
  private static final List<IntFunction<String>> WAYS = List.of(
      c -> String.valueOf((char) c),
      c -> "\\" + (char) c,
      c -> String.format("\\u%04x", c),
      c -> String.format("\\u%04X", c),
      c -> String.format("%%%02x", c),
      c -> String.format("%%%02X", c),
      c -> "&#" + c + ";",
      c -> String.format("&#%07d;", c),
      c -> String.format("&#x%x;", c),
      c -> String.format("&#X%06X;", c),
      c -> switch (c) {
        case '&' -> "&amp;";
        case '<' -> "&lt;";
        case '>' -> "&gt;";
        case '"' -> "&quot;";
        case '\'' -> "&apos;";
        case ' ' -> "+";
        case '\t' -> "\\t";
        default -> String.valueOf((char) c);
      });

  @Test
  void eachCharacterMayBeWrittenInAnyWay() {
    long seed = new Random().nextLong();
    var random = new Random(seed);
    for (int round = 0; round < 2_000; round++) {
      var secret = new StringBuilder();
      var written = new StringBuilder();
      int length = 1 + random.nextInt(30);
      for (int i = 0; i < length; i++) {
        // Those that begin an escape come often.
        char c = random.nextBoolean()
            ? "\\%&;u2/+ \t#<>\"'".charAt(random.nextInt(15))
            : (char) (' ' + random.nextInt(95));
        secret.append(c);
        written.append(WAYS.get(random.nextInt(WAYS.size())).apply(c));
      }
      assertThat(new Secret(secret.toString()).hiddenIn("\u00e4" + written + "\u00fc"))
          .as("seed " + seed + ", " + secret + " as " + written)
          .isEqualTo("\u00e4[hidden]\u00fc");
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "ab/c+d=",
        "ab\\/c+d=",
        "ab/c\\u002bd\\u003d",
        "ab\\u002Fc\\u002Bd\\u003D",
        "ab%2fc%2bd%3d",
        "ab&#47;c&#x2b;d&#61;"
      })
  void whatIsCommonIsHidden(String written) {
    assertThat(new Secret("ab/c+d=").hiddenIn("got '" + written + "'")).isEqualTo("got '[hidden]'");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "ab/c+d",
        "AB/C+D=",
        "ab%2",
        "ab%zzc+d=",
        "ab&#47",
        "ab&#;c+d=",
        "ab&sol;c+d=",
        "ab\\u002",
        "ab\\",
        "ab&",
        "ab%",
        "&#999999999999999;"
      })
  void whatIsAnotherTextStays(String other) {
    assertThat(new Secret("ab/c+d=").hiddenIn(other)).isEqualTo(other);
    assertThat(Secret.NONE.hiddenIn(other)).isEqualTo(other);
  }

  @Test
  void partsAreHiddenInShortTexts() {
    var secret = new Secret("Canary/4711/0815");
    assertThat(secret.partsHiddenIn("x canary\\/4711 y")).isEqualTo("x [hidden] y");
    assertThat(secret.partsHiddenIn("x 4711%2f0815")).isEqualTo("x [hidden]");
    assertThat(secret.partsHiddenIn("canary")).isEqualTo("canary");
    assertThat(new Secret("key").partsHiddenIn("a KEY")).isEqualTo("a [hidden]");
    assertThat(secret.toString()).isEqualTo("Secret");
  }

  @Test
  void aBeginningDoesNotEndWithinASecret() {
    var secret = new Secret("canary");
    String escaped = "&#x00063;&#0000097;nary";
    for (int before = 0; before < 40; before++) {
      String text = "x".repeat(before) + escaped + "y".repeat(100);
      Beginning beginning = secret.beginning(text, 20);
      String right = before < 20 ? "x".repeat(before) + "[hidden]" : "x".repeat(20);
      assertThat(beginning.text()).startsWith(right).doesNotContain("&", "a", "c");
      int end = Math.max(20, before < 20 ? before + escaped.length() : 0);
      assertThat(beginning.more()).isEqualTo(text.length() - end);
    }
    // What is hidden makes the text shorter, and nothing comes up for it from behind what was
    // searched: 20 characters, and 10 for each of the six of the secret.
    assertThat(secret.beginning("canary".repeat(50), 20)).isEqualTo(new Beginning("[hidden]", 222));
  }

  @Test
  void aSearchTakesNoMoreStepsThanItMay() {
    String ampersands = "&".repeat(1 << 20);
    String backslashes = "\\".repeat(1 << 20);
    assertThatCode(() ->
            org.junit.jupiter.api.Assertions.assertTimeout(Duration.ofSeconds(60), () -> {
              new Secret("\\".repeat(500)).beginning(backslashes, 2_000);
              new Secret("&".repeat(500)).beginning(ampersands, 2_000);
              new Secret("x").hiddenIn(ampersands);
            }))
        .doesNotThrowAnyException();
  }
}
