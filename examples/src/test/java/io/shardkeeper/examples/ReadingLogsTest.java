package io.shardkeeper.examples;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(120)
final class ReadingLogsTest {
  @Test
  void showsWhatRunsAndDoesAgainWhatFailed(@TempDir Path directory) throws Exception {
    var printed = new ByteArrayOutputStream();
    var example = new ReadingLogs(new PrintStream(printed, true, StandardCharsets.UTF_8));
    try (var stage = new Stage(directory);
        var running = example.start(stage.settings().read())) {
      example.show(running);
    }

    List<String> lines = printed.toString(StandardCharsets.UTF_8).lines().toList();
    assertThat(lines.stream().filter(line -> line.contains("INFO  read file")))
        .as("the log of one shard, each line once")
        .hasSize(30)
        .doesNotHaveDuplicates()
        .allMatch(line -> line.endsWith(" of the north"));
    assertThat(lines)
        .anyMatch(line -> line.matches("progress: \\d+ files, [12] shards at work"))
        .anyMatch(line -> line.matches("shardkeeper-examples-handler-\\d+.*import.* is .*"))
        .anyMatch(line -> line.startsWith("PARTIAL: "));
    assertThat(lines.get(lines.size() - 1)).startsWith("once more: SUCCEEDED: ");
  }
}
