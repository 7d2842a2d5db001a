package io.shardkeeper.handlers.command;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.shardkeeper.config.InvalidSettingsException;
import io.shardkeeper.handler.Cancellation;
import io.shardkeeper.handler.Handlers;
import io.shardkeeper.handler.Result;
import io.shardkeeper.handlers.process.Account;
import io.shardkeeper.handlers.process.Isolation;
import io.shardkeeper.handlers.process.Machine;
import io.shardkeeper.handlers.process.Seen;
import io.shardkeeper.run.TraceContext;
import java.io.IOException;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

final class CommandHandlerTest {
  @TempDir
  Path work;

  static Stream<Isolation.Mode> modes() {
    return Seen.modes();
  }

  private String run(Isolation.Mode mode, String command, Stage.Execution execution)
      throws Exception {
    try (var handler = new CommandHandler(Stage.rules(Stage.section(work, mode, command)))) {
      String text = Stage.text(handler.handle(execution));
      assertThat(Seen.count(handler.place())).as("only the lock is left").isEqualTo(1);
      return text;
    }
  }

  private String shell(String script) throws IOException {
    return Stage.shell(work, "it", script);
  }

  @Test
  void itCanBeOffered() {
    try (var handler = new CommandHandler(Stage.rules("{'work': '" + work.resolve("w") + "'}"))) {
      assertThat(Handlers.of(handler).find("command")).contains(handler);
    }
  }

  @ParameterizedTest
  @MethodSource("modes")
  void theCodeDecides(Isolation.Mode mode) throws Exception {
    String exits =
        ", 'exits': {'3': 'ok: there was nothing to do', '75': 'failed: the store is busy', '4': 'ok', '0': 'failed'}";
    for (String[] one : new String[][] {
      {"exit 3", "Ok", "ended with code 3 (there was nothing to do) after PT"},
      {"exit 4", "Ok", "ended with code 4 after PT"},
      {"exit 75", "Failed", "ended with code 75 (the store is busy) after PT"},
      {"exit 0", "Failed", "ended with code 0 after PT"},
      {"exit 1", "Failed", "ended with code 1 after PT"},
      {"exit 255", "Failed", "ended with code 255 after PT"},
      {"kill -9 $$", "Failed", "was ended by SIGKILL (code 137) after PT"},
      {"kill -15 $$", "Failed", "was ended by SIGTERM (code 143) after PT"},
      {"kill -14 $$", "Failed", "was ended by SIGALRM (code 142) after PT"}
    }) {
      try (var handler =
          new CommandHandler(Stage.rules(Stage.section(work, mode, shell(one[0]) + exits)))) {
        var execution = Stage.Execution.of();
        Result result = handler.handle(execution);
        assertThat(execution.told)
            .as(one[0])
            .containsExactly((one[1].equals("Ok") ? "INFO " : "WARN ") + Stage.text(result));
        assertThat(result.getClass().getSimpleName()).as(one[0]).isEqualTo(one[1]);
        assertThat(Stage.text(result)).as(one[0]).startsWith("Command 'it' " + one[2]);
      }
    }
  }

  @ParameterizedTest
  @MethodSource("modes")
  void itSeesWhatItRunsForAndNothingElse(Isolation.Mode mode) throws Exception {
    String command =
        "'program': '/usr/bin/env', 'inherit': ['PATH', 'NO_SUCH_VARIABLE'], 'environment': {'LANG': 'C.UTF-8'}";
    var execution = new Stage.Execution(Map.of("command.name", "it"), "eu west;$(x)")
        .traced(new TraceContext(TraceContext.ofRun("r").traceparent(), "a=b"));

    assertThat(run(mode, command, execution)).contains("ended with code 0");

    assertThat(execution.lines.stream()
            .filter(line -> !line.startsWith("SHARDKEEPER_EXECUTION="))
            .sorted())
        .containsExactly(
            "LANG=C.UTF-8",
            "PATH=" + System.getenv("PATH"),
            "SHARDKEEPER_ATTEMPT=2",
            "SHARDKEEPER_DATA_TIME=2026-11-20T00:00:00Z",
            "SHARDKEEPER_JOB=nightly",
            "SHARDKEEPER_PARAMETER=eu west;$(x)",
            "SHARDKEEPER_RUN_ID=nightly-7",
            "SHARDKEEPER_SCHEDULED_AT=2026-11-21T02:30:00Z",
            "SHARDKEEPER_SHARD=1",
            "SHARDKEEPER_SHARDS=4",
            "SHARDKEEPER_TOKEN=99",
            "TRACEPARENT=" + TraceContext.ofRun("r").traceparent(),
            "TRACESTATE=a=b");
  }

  @ParameterizedTest
  @MethodSource("modes")
  void itRunsInAFreshDirectoryThatIsGoneAfterwards(Isolation.Mode mode) throws Exception {
    var execution = Stage.Execution.of();
    run(
        mode,
        shell(
            "pwd; ls -A; touch a; mkdir -p b/c; ln -s / b/root; touch b/c/d; ls -ld . | cut -c1-10; cat; echo end"),
        execution);

    assertThat(execution.lines).hasSize(3).endsWith("drwx------", "end");
    assertThat(Path.of(execution.lines.get(0)))
        .doesNotExist()
        .startsWithRaw(work.toRealPath().resolve("work"));
    assertThat(Path.of("/etc")).exists();
  }

  @ParameterizedTest
  @MethodSource("modes")
  void orInOneThatStays(Isolation.Mode mode) throws Exception {
    Path stays = Files.createDirectory(work.resolve("stays"));
    run(mode, shell("touch a") + ", 'directory': '" + stays + "'", Stage.Execution.of());
    assertThat(stays.resolve("a")).exists();
  }

  @ParameterizedTest
  @MethodSource("modes")
  void aLineIsLoggedWhileItRuns(Isolation.Mode mode) throws Exception {
    var execution = Stage.Execution.of();
    String command = shell("echo first; while [ ! -e DIR/go ]; do sleep 0.01; done; echo second >&2"
        .replace("DIR", work.toString()));
    try (var handler = new CommandHandler(Stage.rules(Stage.section(work, mode, command)))) {
      CompletableFuture<String> result = CompletableFuture.supplyAsync(() -> {
        try {
          return Stage.text(handler.handle(execution));
        } catch (InterruptedException e) {
          throw new IllegalStateException(e);
        }
      });
      Seen.until("the first line is there", () -> !execution.lines.isEmpty());
      assertThat(execution.lines).containsExactly("first");
      assertThat(result).isNotDone();

      Files.createFile(work.resolve("go"));

      assertThat(result.get()).endsWith("\nfirst\nsecond");
      assertThat(execution.told)
          .as("without what was said")
          .containsExactly("INFO " + result.get().lines().findFirst().orElseThrow());
      assertThat(execution.lines).containsExactly("first", "second");
    }
  }

  @ParameterizedTest
  @MethodSource("modes")
  void whoSaysMuchIsHeardToTheEndAndKeptInPart(Isolation.Mode mode) throws Exception {
    var execution = Stage.Execution.of();
    // 100 MB of zeros, without the end of a line.
    String text = run(
        mode,
        shell("head -c 104857600 /dev/zero; printf 'the end'") + ", 'output': '8KB'",
        execution);

    assertThat(execution.lines)
        .hasSize(4)
        .contains("[...] 104849415 bytes of output were left out; at most 8192 are kept");
    assertThat(text).contains("ended with code 0").endsWith("the end").hasSizeLessThan(7_000);
  }

  @ParameterizedTest
  @MethodSource("modes")
  void whatIsNotThereWhenItIsCalledIsToldSo(Isolation.Mode mode) throws Exception {
    Path program = Files.writeString(work.resolve("program"), "#!/bin/sh\nexit 0\n");
    Files.setPosixFilePermissions(program, PosixFilePermissions.fromString("rwxr-xr-x"));
    CommandRules rules = Stage.rules(Stage.section(work, mode, "'program': '" + program + "'"));
    try (var handler = new CommandHandler(rules)) {
      assertThat(handler.handle(Stage.Execution.of())).isInstanceOf(Result.Ok.class);
      Files.delete(program);
      assertThat(Stage.text(handler.handle(Stage.Execution.of())))
          .isEqualTo(
              "Command 'it' cannot be run: " + program
                  + " was there when the file of the instance was read, and is no longer, or may no longer be executed");
    }
  }

  @Test
  void whatTheSystemRefusesIsToldSo() throws Exception {
    Path stays = Files.createDirectory(work.resolve("stays"));
    CommandRules rules = Stage.rules(Stage.section(
        work, Isolation.Mode.TRACKED, "'program': '/bin/sh', 'directory': '" + stays + "'"));
    try (var handler = new CommandHandler(rules)) {
      Files.delete(stays);
      var execution = Stage.Execution.of();
      assertThat(Stage.text(handler.handle(execution)))
          .startsWith("Command 'it' could not be run: java.io.IOException: Cannot run program");
      assertThat(execution.told)
          .singleElement()
          .asString()
          .startsWith("WARN Command 'it' could not be run: ");
    }
  }

  @ParameterizedTest
  @MethodSource("modes")
  void limitsAreThoseOfTheKernel(Isolation.Mode mode) throws Exception {
    var execution = Stage.Execution.of();
    run(
        mode,
        shell("ulimit -n; ulimit -v; ulimit -t")
            + ", 'limits': {'files': 33, 'memory': '1GB', 'cpu': '7s'}",
        execution);
    assertThat(execution.lines).containsExactly("33", "1048576", "7");
    String text =
        run(mode, shell("while :; do :; done") + ", 'limits': {'cpu': '1s'}", Stage.Execution.of());
    assertThat(text).startsWith("Command 'it' was ended by SIGXCPU (code 152)");
  }

  @Test
  void whatIsCancelledBeforeItStartsDoesNotStart() throws Exception {
    var execution = Stage.Execution.of();
    execution.request.make(Cancellation.Reason.DRAINING);
    assertThat(run(Isolation.Mode.TRACKED, shell("touch " + work + "/started"), execution))
        .contains("because the work is to end: DRAINING");
    assertThat(execution.told).singleElement().asString().startsWith("WARN ").endsWith("DRAINING");
    assertThat(work.resolve("started")).doesNotExist();
  }

  @Test
  void allMistakesOfAJobAreToldAtOnce() throws Exception {
    String command =
        "'program': '/bin/sh', 'arguments': ['{a}', '{b}', '{run.parameter}', '{c}'], 'slots': {'a': {'date': true},"
            + " 'b': {'text': '.*'}, 'run.parameter': {'text': '[a-z]+', 'default': 'eu'}, 'c': {'choice': ['x', 'y']}}";
    assertThat(run(
            Isolation.Mode.TRACKED,
            command,
            Stage.Execution.of("command.nam", "x", "command.argument.1", "x", "b", "-x", "c", "z")))
        .isEqualTo(
            "The job cannot be run: command.argument.1 means nothing here; known are [command.name]; and command.nam means nothing here;"
                + " known are [command.name]; and parameter 'a' is missing; a day such as 2026-01-31 comes here; and parameter 'c': found 'z';"
                + " one of x, y comes here; and parameter 'b': found '-x', which begins with a dash and could be taken for an option;"
                + " another value comes here, or the argument -- before it in the file of the instance");
    var nameless = new Stage.Execution(Map.of(), "");
    assertThat(run(Isolation.Mode.TRACKED, command, nameless))
        .isEqualTo("The job cannot be run: command.name is missing; one of [it] comes here");
    assertThat(nameless.told)
        .containsExactly(
            "WARN The job cannot be run: command.name is missing; one of [it] comes here");
    assertThat(run(
            Isolation.Mode.TRACKED, command, new Stage.Execution(Map.of("command.name", "rm"), "")))
        .isEqualTo(
            "The job cannot be run: command.name: found 'rm'; one of [it] comes here: the file of the instance says what there is");
    try (var nothing = new CommandHandler(Stage.rules("{'work': '" + work.resolve("w") + "'}"))) {
      assertThat(Stage.text(nothing.handle(Stage.Execution.of())))
          .contains("one of the commands of this instance, which has none, comes here");
    }
  }

  @Test
  void aParameterThatFillsNothingIsMentioned() throws Exception {
    var execution = Stage.Execution.of("tarqet", "s3");
    run(Isolation.Mode.TRACKED, shell("exit 0"), execution);
    assertThat(execution.lines)
        .containsExactly("Parameter 'tarqet' fills no slot of command 'it', which has []");
  }

  @ParameterizedTest
  @MethodSource("modes")
  void aLogThatThrowsEndsTheCommand(Isolation.Mode mode) throws Exception {
    String marker = "86400.77" + ProcessHandle.current().pid();
    String command = shell("echo a; exec sleep " + marker);
    var execution = new Stage.Execution(Map.of("command.name", "it"), "") {
      @Override
      public org.slf4j.Logger log() {
        throw new IllegalStateException("no log");
      }
    };
    try (var handler = new CommandHandler(Stage.rules(Stage.section(work, mode, command)))) {
      assertThatThrownBy(() -> handler.handle(execution)).hasRootCauseMessage("no log");
      Seen.until("it has ended", () -> Seen.processes(marker).isEmpty());
    }
  }

  @Test
  void aPlaceOfSomebodyElseIsRefused() throws Exception {
    Path open = Files.createDirectory(work.resolve("open"));
    Files.setPosixFilePermissions(open, PosixFilePermissions.fromString("rwxrwxrwx"));
    assertThatThrownBy(() -> new CommandHandler(Stage.rules("{'work': '" + open + "'}")))
        .isInstanceOf(InvalidSettingsException.class)
        .hasMessageContaining("with rwxrwxrwx; a directory of this process comes here");
    assertThat(Seen.count(open)).isZero();

    Path link =
        Files.createSymbolicLink(work.resolve("link"), Files.createDirectory(work.resolve("real")));
    assertThatThrownBy(() -> new CommandHandler(Stage.rules("{'work': '" + link + "'}")))
        .isInstanceOf(InvalidSettingsException.class);
  }

  @Test
  void whatThisMachineCannotDoIsRefused() {
    var rules = Stage.rules("{'isolation': 'namespace', 'work': '" + work.resolve("work") + "'}");
    var here = CommandHandler.Host.ofThisMachine();
    var bare =
        new CommandHandler.Host(new Machine(1_000, Map.of()), here.environment(), here.carried());

    assertThatThrownBy(() -> new CommandHandler(rules, null, bare))
        .isInstanceOf(InvalidSettingsException.class)
        .hasMessageContaining("command: isolation: found 'namespace', which does not work here");
    assertThat(work.resolve("work")).doesNotExist();
  }

  @Test
  void aUserOfItsOwnHasADirectoryOfItsOwn() throws Exception {
    String command = "'program': '/usr/bin/id', 'arguments': ['-un'], 'user': 'nobody'";
    if (Machine.here().uid() != 0) {
      // Without being root: refused when the file is read, and that is all there is to see.
      assertThat(Stage.mistakes("{'commands': {'it': {" + command + "}}}"))
          .anyMatch(mistake -> mistake.contains("only root can run a program as somebody else"));
      return;
    }
    Path open = Files.createTempDirectory("shardkeeper-test-");
    Files.setPosixFilePermissions(open, PosixFilePermissions.fromString("rwxr-xr-x"));
    try {
      for (Isolation.Mode mode : Seen.modes().toList()) {
        var execution = Stage.Execution.of();
        Path script = Files.writeString(
            open.resolve("it.sh"),
            "id -un; id -Gn; ls -ld . | cut -d' ' -f1,3; touch here && echo written; grep NoNewPrivs /proc/$$/status");
        String section = Stage.section(
            open,
            mode,
            "'program': '/bin/sh', 'arguments': ['" + script
                + "'], 'user': 'nobody', 'inherit': ['PATH']");
        try (var handler = new CommandHandler(Stage.rules(section))) {
          assertThat(Stage.text(handler.handle(execution))).contains("ended with code 0");
          assertThat(Seen.count(handler.place())).isEqualTo(1);
        }
        assertThat(execution.lines)
            .containsExactly("nobody", "nogroup", "drwx------ nobody", "written", "NoNewPrivs:\t1");
        Files.delete(script);
      }
    } finally {
      Files.deleteIfExists(open.resolve("work"));
      Files.delete(open);
    }
    assertThat(Objects.requireNonNull(Stage.rules("{'commands': {'it': {" + command + "}}}")
                .commands()
                .get("it"))
            .surroundings()
            .account())
        .isEqualTo(new Account("nobody", "65534"));
  }

  @Test
  void charactersAreHandedOnAsThisJavaDoesIt() {
    assertThat(CommandHandler.Host.charset(17, "ANSI_X3.4-1968"))
        .isEqualTo(Charset.defaultCharset());
    assertThat(CommandHandler.Host.charset(21, "ANSI_X3.4-1968"))
        .isEqualTo(StandardCharsets.US_ASCII);
    assertThat(CommandHandler.Host.charset(21, "UTF-8")).isEqualTo(StandardCharsets.UTF_8);
  }
}
