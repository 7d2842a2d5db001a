package io.shardkeeper.examples;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import org.junit.jupiter.api.Test;

final class NextFiresTest {
  private final ByteArrayOutputStream printed = new ByteArrayOutputStream();
  private final NextFires example = new NextFires(
      () -> Instant.parse("2026-03-06T12:00:00Z"),
      new PrintStream(printed, true, StandardCharsets.UTF_8));

  @Test
  void printsTheNextTenFires() {
    assertThat(example.run("0 30 2 * * ?", "America/New_York")).isTrue();
    assertThat(output().lines().filter(line -> line.matches("  \\w{3} 20.*"))).hasSize(10);
    assertThat(output())
        .startsWith("The next fires of '0 30 2 * * ?' in America/New_York:")
        .contains("Sun 2026-03-08 03:00:00 -04:00  gap")
        .contains("note: fires on the hour or half hour")
        .contains("note: 2026-03-08T02:30 in America/New_York does not happen");
  }

  @Test
  void explainsAMistake() {
    assertThat(example.run("0 30 25 * * ?", "Europe/Berlin")).isFalse();
    assertThat(output()).contains("hour (column 6): found '25'; hours run from 0 to 23");
  }

  @Test
  void explainsAWrongZone() {
    assertThat(example.run("@daily", "CEST")).isFalse();
    assertThat(output()).contains("Zone 'CEST' is not in the IANA database");
  }

  @Test
  void explainsWhatAShellHasDone() {
    assertThat(example.run("0", "30", "2", "pom.xml", "?")).isFalse();
    assertThat(output()).contains("in quotation marks");
  }

  @Test
  void showsAGoodOneAndABadOneByItself() {
    assertThat(example.run()).isTrue();
    assertThat(output()).contains("MON-FRI").contains("found '25'");
  }

  @Test
  void readsIntervalsAndDraws() {
    assertThat(example.run("@every 90s")).isTrue();
    assertThat(example.run("H H * * *", "UTC")).isTrue();
  }

  private String output() {
    return printed.toString(StandardCharsets.UTF_8);
  }
}
