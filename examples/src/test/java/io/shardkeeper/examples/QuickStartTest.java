package io.shardkeeper.examples;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(180)
final class QuickStartTest {
  @Test
  void showsWhatRunsWhereAndHowItMoves(@TempDir Path directory) throws Exception {
    var printed = new ByteArrayOutputStream();
    var out = new PrintStream(printed, true, StandardCharsets.UTF_8);

    new QuickStart(directory, out).run(Optional.of(Duration.ofSeconds(40)));

    String all = printed.toString(StandardCharsets.UTF_8);
    assertThat(all)
        .as(all)
        .containsPattern(
            "(?m)^\\d\\d:\\d\\d:\\d\\d  (anna|ben|cleo) +sales-report +shard 1 of 3 \\(south\\)")
        .containsPattern("coordinates +in term 1")
        .containsPattern("sales-report +due .*: SUCCEEDED on ")
        .containsPattern("coffee-price +due .*: SUCCEEDED on ")
        .contains("coffee\": 2.80")
        .containsPattern("which-java +due .*: SUCCEEDED on ")
        .containsPattern("which-java +openjdk|which-java +java ")
        .containsPattern("slow-backup +due .*: SKIPPED_OVERLAP on \\w+, because ")
        .containsPattern("sales-report +PAUSED by a client until \\d\\d:\\d\\d:\\d\\d: ")
        .containsPattern("sales-report +due .*: SKIPPED_PAUSED, because paused by you at "
            + "\\d\\d:\\d\\d:\\d\\d until \\d\\d:\\d\\d:\\d\\d: the figures of the west are wrong")
        .containsPattern("sales-report +GOES ON by itself: .* due next at \\d\\d:\\d\\d:\\d\\d")
        .containsPattern("(anna|ben|cleo) +KILLED")
        .containsPattern("(anna|ben|cleo) +starts +anew, and")
        .containsPattern("(anna|ben|cleo) +DRAINED +by a client")
        .containsPattern("(anna|ben|cleo) +leaves +and takes nothing new")
        .containsPattern("(anna|ben|cleo) +has ended +by itself")
        .contains("Draining")
        .contains("Read on:");
    assertThat(all.lines().filter(line -> line.contains("is gone"))).hasSize(5);
    List<String> lines = all.lines().toList();
    assertThat(between(lines, "PAUSED by a client", "GOES ON").stream().skip(1))
        .as("nothing of it begins while it is paused, but what was planned that second")
        .filteredOn(line -> line.contains("  sales-report   shard"))
        .hasSizeLessThanOrEqualTo(3);
    int killed = first(lines, "KILLED");
    String victim = lines.get(killed).substring(10, 15);
    String begun = lines.subList(0, killed).stream()
        .filter(line -> line.contains(victim + "  sales-report"))
        .reduce((one, other) -> other)
        .map(line -> line.substring(line.indexOf("shard"), line.indexOf(", attempt")))
        .orElseThrow();
    assertThat(lines.subList(killed, lines.size()))
        .as("what it had begun moves")
        .anyMatch(line -> line.contains(begun + ", attempt 2") && !line.contains(victim));
    assertThat(lines.subList(first(lines, "DRAINED"), lines.size()))
        .as("who leaves costs nobody an attempt")
        .noneMatch(line -> line.contains("sales-report   shard") && !line.endsWith("attempt 1"));
    assertThat(all).doesNotContain("ERROR").doesNotContain("Exception");
  }

  private static int first(List<String> lines, String part) {
    return IntStream.range(0, lines.size())
        .filter(line -> lines.get(line).contains(part))
        .findFirst()
        .orElseThrow();
  }

  private static List<String> between(List<String> lines, String from, String to) {
    return lines.subList(first(lines, from), first(lines, to));
  }
}
