package io.shardkeeper.handlers.process;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What whoever wants a program run has to know, and nothing of handlers. */
final class ProgramsTest {
  private final List<String> lines = new CopyOnWriteArrayList<>();

  @TempDir
  private Path directory;

  private Programs programs(Isolation.Mode mode) throws IOException {
    return Programs.in(directory.resolve("work"), Isolation.probe(mode, Machine.here()));
  }

  private static Execution begun(Programs programs) throws IOException {
    return Objects.requireNonNull(programs.begin(null, Duration.ofMillis(200)));
  }

  private static Program shell(Duration timeout, String script) {
    return new Program(
        List.of("/bin/sh", "-c", script),
        Map.of("PATH", "/usr/bin:/bin", "WORD", "hello"),
        null,
        timeout,
        1_000,
        Limits.NONE);
  }

  @ParameterizedTest
  @MethodSource("io.shardkeeper.handlers.process.Seen#modes")
  void aProgramRunsInADirectoryOfItsOwnAndTellsHowItEnded(Isolation.Mode mode) throws Exception {
    try (Programs programs = programs(mode);
        Execution execution = begun(programs)) {
      Path script = execution.script(new byte[] {'x'});

      End end = execution.run(shell(Duration.ofMinutes(1), "echo $WORD; ls; exit 7"), lines::add);

      assertThat(end.why()).isEqualTo(End.Why.BY_ITSELF);
      assertThat(end.code()).isEqualTo(7);
      assertThat(end.nobodyLeft()).isTrue();
      assertThat(end.said()).isEqualTo("hello\nscript");
      assertThat(lines).containsExactly("hello", "script");
      assertThat(script).exists();
    }
    assertThat(Seen.count(directory.resolve("work"))).isZero();
  }

  @ParameterizedTest
  @MethodSource("io.shardkeeper.handlers.process.Seen#modes")
  void whatTakesTooLongIsEnded(Isolation.Mode mode) throws Exception {
    String marker = "86400." + ProcessHandle.current().pid() + System.identityHashCode(this);
    try (Programs programs = programs(mode);
        Execution execution = begun(programs)) {
      End end = execution.run(
          shell(Duration.ofMillis(500), "trap '' TERM; sleep " + marker + " & sleep " + marker),
          lines::add);

      assertThat(end.why()).isEqualTo(End.Why.TIMED_OUT);
      assertThat(end.nobodyLeft()).isTrue();
      assertThat(Seen.processes(marker)).isEmpty();
    }
  }

  @Test
  void theFirstReasonToEndCountsAndNothingIsStartedBehindIt() throws Exception {
    try (Programs programs = programs(Isolation.Mode.TRACKED);
        Execution execution = begun(programs)) {
      execution.end(End.Why.LEASE_LOST);
      execution.end(End.Why.CANCELLED);

      Path started = directory.resolve("started");
      End end = execution.run(shell(Duration.ofMinutes(1), "touch " + started), lines::add);

      assertThat(end.why()).isEqualTo(End.Why.LEASE_LOST);
      assertThat(end.code()).isEqualTo(-1);
      assertThat(started).doesNotExist();
    }
  }

  @Test
  void whatIsClosedBeginsNothing() throws Exception {
    Programs programs = programs(Isolation.Mode.TRACKED);
    programs.close();

    assertThat(programs.begin(null, Duration.ZERO)).isNull();
    assertThat(Seen.count(directory.resolve("work"))).isZero();
  }

  @Test
  void aPlaceThatIsGoneIsNoPlace() throws Exception {
    Programs programs = programs(Isolation.Mode.TRACKED);
    try (var files = Files.list(programs.place())) {
      for (Path file : files.toList()) {
        Files.delete(file);
      }
    }
    Files.delete(programs.place());

    assertThatThrownBy(() -> programs.begin(null, Duration.ZERO)).isInstanceOf(IOException.class);
    programs.close(); // and waits for nobody
  }
}
