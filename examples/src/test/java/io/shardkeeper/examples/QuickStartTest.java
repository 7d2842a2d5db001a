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

    new QuickStart(directory, out).run(Optional.of(Duration.ofSeconds(36)));

    String all = printed.toString(StandardCharsets.UTF_8);
    assertThat(all)
        .as(all)
        .containsPattern(
            "(?m)^\\d\\d:\\d\\d:\\d\\d  (anna|ben|cleo) +sales-report +shard 1 of 3 \\(south\\)")
        .containsPattern("coordinates +in term 1")
        .containsPattern("sales-report +due .*: SUCCEEDED on ")
        .containsPattern("slow-backup +due .*: SKIPPED_OVERLAP on \\w+, because ")
        .containsPattern("(anna|ben|cleo) +KILLED")
        .containsPattern("(anna|ben|cleo) +starts +anew")
        .contains("Draining")
        .contains("Read on:");
    assertThat(all.lines().filter(line -> line.contains("is gone"))).hasSize(4);
    List<String> lines = all.lines().toList();
    int killed = IntStream.range(0, lines.size())
        .filter(line -> lines.get(line).contains("KILLED"))
        .findFirst()
        .orElseThrow();
    String victim = lines.get(killed).substring(10, 15);
    String begun = lines.subList(0, killed).stream()
        .filter(line -> line.contains(victim + "  sales-report"))
        .reduce((one, other) -> other)
        .map(line -> line.substring(line.indexOf("shard"), line.indexOf(", attempt")))
        .orElseThrow();
    assertThat(lines.subList(killed, lines.size()))
        .as("what it had begun moves")
        .anyMatch(line -> line.contains(begun + ", attempt 2") && !line.contains(victim));
    assertThat(all).doesNotContain("ERROR").doesNotContain("Exception");
  }
}
