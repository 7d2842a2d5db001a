package io.shardkeeper.oracle;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

class DifferenceTest {

  @Test
  void thePageOnTriggersTellsAllOfThem() throws IOException {
    var rows = Files.readAllLines(Path.of("..", "docs", "triggers.md")).stream()
        .filter(line -> line.matches("\\| `[A-Z]+_[A-Z_]+` \\| .*"))
        .filter(
            line -> Arrays.stream(Difference.values()).anyMatch(it -> line.contains(it.name())));
    assertThat(rows)
        .containsExactlyElementsOf(Arrays.stream(Difference.values())
            .map(it -> "| `" + it + "` | " + it.reason.replace("*", "\\*") + " |")
            .toList());
  }
}
