package io.shardkeeper.handlers.command;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.shardkeeper.handler.Cancellation;
import io.shardkeeper.handler.Result;
import io.shardkeeper.handlers.process.Isolation;
import io.shardkeeper.handlers.process.Seen;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Whatever a program starts ends with it, and with whoever started it. */
final class EndOfTheTreeTest {
  @TempDir
  Path work;

  static Stream<Isolation.Mode> modes() {
    return Seen.modes();
  }

  /** A time to sleep that nobody else on this machine sleeps, so that its sleepers are found. */
  private final String marker =
      "86400." + ProcessHandle.current().pid() + System.identityHashCode(this);

  /** A program that ignores SIGTERM, with a child that does so too, has a session of its own, and has forgotten its parents. */
  private String stubborn(String andThen) {
    return """
        trap '' TERM
        setsid sh -c 'trap "" TERM; sh -c "sleep MARKER & echo 1 > DIR/detached" & exit 0' &
        setsid sh -c 'trap "" TERM; echo 1 > DIR/child; exec sleep MARKER' &
        while [ ! -e DIR/detached ] || [ ! -e DIR/child ]; do sleep 0.01; done
        echo ready
        """.replace("MARKER", marker).replace("DIR", work.toString())
        + andThen.replace("MARKER", marker);
  }

  private CommandHandler handler(Isolation.Mode mode, String script, String more)
      throws IOException {
    String section = Stage.section(
        work,
        mode,
        Stage.shell(work, "it", script) + "" + more
            + (more.contains("grace") ? "" : ", 'grace': '300ms'"));
    return new CommandHandler(Stage.rules(section));
  }

  private void assertNobodyIsLeft() {
    assertThat(Seen.processes(marker)).isEmpty();
  }

  @ParameterizedTest
  @MethodSource("modes")
  void aTimeoutEndsIt(Isolation.Mode mode) throws Exception {
    try (var handler = handler(mode, stubborn("exec sleep MARKER"), ", 'timeout': '1s'")) {
      var execution = Stage.Execution.of();

      Result result = handler.handle(execution);

      assertThat(Stage.text(result)).startsWith("Command 'it' took longer than PT1S and was ended");
      assertThat(result).isInstanceOf(Result.Failed.class);
      assertThat(execution.told)
          .singleElement()
          .asString()
          .startsWith("WARN Command 'it' took longer than PT1S")
          .doesNotContain("ready");
      assertNobodyIsLeft();
    }
  }

  @ParameterizedTest
  @MethodSource("modes")
  void aKillEndsIt(Isolation.Mode mode) throws Exception {
    try (var handler = handler(mode, stubborn("exec sleep MARKER"), "")) {
      var execution = Stage.Execution.of();
      CompletableFuture<Result> result = started(handler, execution);
      Seen.until("all of them sleep", () -> Seen.processes(marker).size() >= 3);

      execution.request.make(Cancellation.Reason.KILLED);

      assertThat(Stage.text(result.get()))
          .matches(
              "(?s)Command 'it' was ended after PT.*, because the work is to end: KILLED\nready");
      assertNobodyIsLeft();
    }
  }

  @ParameterizedTest
  @MethodSource("modes")
  void nobodyIsPoliteWhenAnotherInstanceMayStartTheSameWork(Isolation.Mode mode) throws Exception {
    try (var handler = handler(mode, stubborn("exec sleep MARKER"), ", 'grace': '10m'")) {
      var execution = Stage.Execution.of();
      CompletableFuture<Result> result = started(handler, execution);

      execution.request.make(Cancellation.Reason.LEASE_LOST);

      assertThat(Stage.text(result.get(2, TimeUnit.MINUTES)))
          .contains("because the work is to end: LEASE_LOST");
      assertNobodyIsLeft();
    }
  }

  @ParameterizedTest
  @MethodSource("modes")
  void anInterruptEndsIt(Isolation.Mode mode) throws Exception {
    try (var handler = handler(mode, stubborn("exec sleep MARKER"), "")) {
      var execution = Stage.Execution.of();
      var thread = new AtomicReference<Thread>();
      CompletableFuture<Result> result = started(handler, execution, thread);

      Objects.requireNonNull(thread.get()).interrupt();

      assertThatThrownBy(result::get)
          .isInstanceOf(ExecutionException.class)
          .hasCauseInstanceOf(InterruptedException.class);
      assertThat(execution.told)
          .containsExactly("WARN Command 'it' was ended, because its thread was interrupted");
      assertNobodyIsLeft();
    }
  }

  @ParameterizedTest
  @MethodSource("modes")
  void closingTheHandlerEndsIt(Isolation.Mode mode) throws Exception {
    var handler = handler(mode, stubborn("exec sleep MARKER"), "");
    var execution = Stage.Execution.of();
    CompletableFuture<Result> result = started(handler, execution);

    handler.close();

    assertNobodyIsLeft();
    assertThat(Stage.text(result.get())).contains("because its handler is closed");
    var late = Stage.Execution.of();
    assertThat(Stage.text(handler.handle(late))).contains("is closed");
    assertThat(late.told).containsExactly("WARN Command 'it' is not run: its handler is closed");
    assertThat(Seen.count(work.resolve("work"))).isZero();
  }

  @ParameterizedTest
  @MethodSource("modes")
  void itsOwnEndEndsWhatItLeaves(Isolation.Mode mode) throws Exception {
    try (var handler = handler(mode, stubborn("exit 0"), "")) {
      var execution = Stage.Execution.of();

      Result result = handler.handle(execution);

      assertThat(Stage.text(result)).startsWith("Command 'it' ended with code 0 after");
      assertNobodyIsLeft();
    }
  }

  @ParameterizedTest
  @MethodSource("modes")
  void whoListensIsAskedAndNotKilled(Isolation.Mode mode) throws Exception {
    String script = "trap 'echo asked; exit 9' TERM\necho ready\nwhile :; do sleep 0.01; done\n";
    try (var handler = handler(mode, script, ", 'grace': '1m'")) {
      var execution = Stage.Execution.of();
      CompletableFuture<Result> result = started(handler, execution);

      execution.request.make(Cancellation.Reason.KILLED);

      assertThat(Stage.text(result.get())).contains("KILLED").endsWith("asked");
    }
  }

  @ParameterizedTest
  @MethodSource("modes")
  void nobodyWaitsForAGraceThatIsNotNeeded(Isolation.Mode mode) throws Exception {
    String section = Stage.section(
        work,
        mode,
        Stage.shell(work, "it", "sleep MARKER & echo ready; sleep MARKER".replace("MARKER", marker))
            + ", 'grace': '10m'");
    try (var handler = new CommandHandler(Stage.rules(section))) {
      var execution = Stage.Execution.of();
      CompletableFuture<Result> result = started(handler, execution);
      long begin = System.nanoTime();

      execution.request.make(Cancellation.Reason.KILLED);

      assertThat(Stage.text(result.get())).contains("KILLED");
      assertThat(Duration.ofNanos(System.nanoTime() - begin)).isLessThan(Duration.ofMinutes(1));
      assertNobodyIsLeft();
    }
  }

  @ParameterizedTest
  @MethodSource("modes")
  void aChildThatClearsItsEnvironmentIsSeenAmongItsFamily(Isolation.Mode mode) throws Exception {
    String script = "trap '' TERM\nenv -i sh -c 'trap \"\" TERM; echo ready; exec sleep MARKER'\n"
        .replace("MARKER", marker);
    try (var handler = handler(mode, script, "")) {
      var execution = Stage.Execution.of();
      CompletableFuture<Result> result = started(handler, execution);

      execution.request.make(Cancellation.Reason.KILLED);

      assertThat(Stage.text(result.get())).contains("KILLED");
      assertNobodyIsLeft();
    }
  }

  @ParameterizedTest
  @MethodSource("modes")
  void theDeathOfTheProcessEndsIt(Isolation.Mode mode) throws Exception {
    String section = Stage.section(
        work,
        mode,
        Stage.shell(
            work,
            "it",
            stubborn("echo 1 > DIR/up\nexec sleep MARKER".replace("DIR", work.toString()))));
    Path file = Files.writeString(work.resolve("section.json"), section);
    Process instance = InstanceOfItsOwn.start(file, List.of());
    try {
      Seen.until("the command runs", () -> Files.exists(work.resolve("up")));
      Seen.until("it sleeps", () -> Seen.processes(marker).size() >= 3);
    } finally {
      instance.destroyForcibly();
    }
    assertThat(instance.waitFor()).isEqualTo(137);

    if (mode == Isolation.Mode.NAMESPACE) {
      Seen.until("nobody is left", () -> Seen.processes(marker).isEmpty());
    }
    // What is only tracked is ended by the next start; either way the directories are taken away.
    assertThat(Seen.count(work.resolve("work"))).isEqualTo(1);
    new CommandHandler(Stage.rules(section)).close();
    assertNobodyIsLeft();
    assertThat(Seen.count(work.resolve("work"))).isZero();
  }

  @Test
  void whatAnotherProcessHoldsIsLeftAlone() throws Exception {
    Path section = Files.writeString(
        work.resolve("section.json"),
        Stage.section(
            work,
            Isolation.Mode.TRACKED,
            Stage.shell(
                work,
                "it",
                "touch DIR/up; while [ ! -e DIR/go ]; do sleep 0.01; done"
                    .replace("DIR", work.toString()))));
    Process instance = InstanceOfItsOwn.start(section, List.of());
    try {
      Seen.until("it runs", () -> Files.exists(work.resolve("up")));
      new CommandHandler(Stage.rules(Files.readString(section))).close();
      assertThat(Seen.count(work.resolve("work"))).isEqualTo(1);
      Files.createFile(work.resolve("go"));
      assertThat(instance.waitFor()).isZero();
    } finally {
      instance.destroyForcibly();
    }
    assertThat(Files.readString(work.resolve("told"))).contains("ended with code 0");
    assertThat(Seen.count(work.resolve("work"))).isZero();
  }

  private static CompletableFuture<Result> started(
      CommandHandler handler, Stage.Execution execution) {
    return started(handler, execution, new AtomicReference<>());
  }

  private static CompletableFuture<Result> started(
      CommandHandler handler, Stage.Execution execution, AtomicReference<Thread> where) {
    var result = new CompletableFuture<Result>();
    var thread = new Thread(() -> {
      try {
        result.complete(handler.handle(execution));
      } catch (Throwable e) {
        result.completeExceptionally(e);
      }
    });
    thread.setDaemon(true);
    where.set(thread);
    thread.start();
    Seen.until("it is ready", () -> execution.lines.contains("ready") || result.isDone());
    assertThat(execution.lines).contains("ready");
    return result;
  }
}
