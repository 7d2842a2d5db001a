package io.shardkeeper.examples;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.InstantSource;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class WhoDecidesTest {
  @Test
  void whoWasDeposedDecidesNoMore(@TempDir Path directory) throws Exception {
    var printed = new ByteArrayOutputStream();
    var out = new PrintStream(printed, true, StandardCharsets.UTF_8);
    new WhoDecides(InstantSource.system(), out).run(directory);
    assertThat(printed.toString(StandardCharsets.UTF_8).lines())
        .hasSize(4)
        .anyMatch(line -> line.matches("\\w+ coordinates in term 1: its decision is APPLIED"))
        .anyMatch(line -> line.matches("\\w+ takes over in term 2: its decision is APPLIED"))
        .anyMatch(line ->
            line.matches("\\w+ has not noticed, and decides in term 1: .*CONFLICT.*VERSION.*"));
  }
}
