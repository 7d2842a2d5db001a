package io.shardkeeper.handlers.command;

import static org.assertj.core.api.Assertions.assertThat;

import io.shardkeeper.handler.Result;
import io.shardkeeper.handlers.process.Isolation;
import io.shardkeeper.handlers.process.Seen;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

final class ScriptsTest {
  private static final String URL = "https://scripts.example.com/clean.sh";
  private static final String SCRIPT = """
      ls -l "$0" | cut -c1-10
      echo "$0"
      for a in "$@"; do echo "<$a>"; done
      exit 4
      """;

  @TempDir
  Path work;

  private final List<String> fetched = new ArrayList<>();

  static Stream<Isolation.Mode> modes() {
    return Seen.modes();
  }

  private static String sha256(String text) throws Exception {
    return HexFormat.of()
        .formatHex(
            MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8)));
  }

  private CommandRules rules(Isolation.Mode mode) {
    return Stage.rules("{'isolation': '" + mode.name().toLowerCase(Locale.ROOT) + "', 'work': '"
        + work.resolve("work")
        + "', 'scripts': {'allow': ['https://scripts.example.com', 'http://10.0.0.1:8080'], 'inherit': ['PATH'],"
        + " 'interpreters': {'sh': ['/bin/sh', '-e']}, 'most': '10KB', 'exits': {'4': 'ok'}}}");
  }

  private Result run(Isolation.Mode mode, Stage.Execution execution) throws Exception {
    CommandHandler.ScriptSource source = (url, most, timeout, cancellation) -> {
      assertThat(most).isEqualTo(10 * 1024);
      assertThat(timeout).isEqualTo(Duration.ofSeconds(30));
      assertThat(cancellation).isSameAs(execution.cancellation());
      fetched.add(url);
      if (url.endsWith("gone.sh")) {
        throw new IOException("404");
      }
      return (url.endsWith("large.sh") ? "x".repeat(20_000) : SCRIPT)
          .getBytes(StandardCharsets.UTF_8);
    };
    try (var handler = new CommandHandler(rules(mode), source)) {
      Result result = handler.handle(execution);
      assertThat(Seen.count(handler.place())).isEqualTo(1);
      return result;
    }
  }

  private static Stage.Execution execution(String url, String sha256, String... more) {
    Map<String, String> parameters = new TreeMap<>(
        Map.of("command.script", url, "command.sha256", sha256, "command.interpreter", "sh"));
    for (int i = 0; i < more.length; i += 2) {
      parameters.put(more[i], more[i + 1]);
    }
    return new Stage.Execution(parameters, "");
  }

  @ParameterizedTest
  @MethodSource("modes")
  void itRunsIfItIsTheOneThatWasReviewed(Isolation.Mode mode) throws Exception {
    Stage.Execution execution = execution(
        URL,
        sha256(SCRIPT).toUpperCase(Locale.ROOT),
        "command.argument.1",
        "-x $(touch canary)",
        "command.argument.2",
        "",
        "command.argument.3",
        "*",
        "other",
        "is not looked at");

    Result result = run(mode, execution);

    assertThat(result).isInstanceOf(Result.Ok.class);
    assertThat(Stage.text(result)).startsWith("Script " + URL + " ended with code 4 after PT");
    assertThat(execution.lines)
        .hasSize(5)
        .contains("-r--------", "<-x $(touch canary)>", "<>", "<*>");
    assertThat(execution.lines.get(1)).endsWith("/script");
    assertThat(Path.of(execution.lines.get(1))).doesNotExist();
  }

  @ParameterizedTest
  @MethodSource("modes")
  void anotherOneIsNotEvenWritten(Isolation.Mode mode) throws Exception {
    Stage.Execution execution = execution(URL, "0".repeat(64));

    assertThat(Stage.text(run(mode, execution)))
        .isEqualTo("Script " + URL + " is not run: its checksum is " + sha256(SCRIPT)
            + ", and the job says " + "0".repeat(64)
            + "; if the change was reviewed, put the new one into the job");
    assertThat(execution.lines).isEmpty();
    assertThat(execution.told)
        .singleElement()
        .asString()
        .startsWith("WARN Script " + URL + " is not run: its checksum is");
  }

  @Test
  void whatLetsItComeIsToldNowhere() throws Exception {
    for (String checksum : List.of(sha256(SCRIPT), "0".repeat(64))) {
      Stage.Execution execution = execution(URL + "?token=s3cret", checksum);
      String text = Stage.text(run(Isolation.Mode.TRACKED, execution));
      assertThat(text).startsWith("Script " + URL + " ").doesNotContain("s3cret");
      assertThat(String.join("\n", execution.told)).contains(URL).doesNotContain("s3cret");
    }
    assertThat(fetched).containsOnly(URL + "?token=s3cret");
    assertThat(Stage.text(
            run(Isolation.Mode.TRACKED, execution("gopher://a.example.com/?token=s3cret", "0"))))
        .contains("found 'gopher://a.example.com/', which is no http or https URL")
        .doesNotContain("s3cret");
  }

  @Test
  void whatDoesNotComeOrIsTooLargeIsToldSo() throws Exception {
    assertThat(Stage.text(run(
            Isolation.Mode.TRACKED,
            execution("https://scripts.example.com/gone.sh", "0".repeat(64)))))
        .isEqualTo(
            "Script https://scripts.example.com/gone.sh could not be run: java.io.IOException: 404");
    assertThat(Stage.text(run(
            Isolation.Mode.TRACKED,
            execution("https://scripts.example.com/large.sh", "0".repeat(64)))))
        .endsWith("is not run: it has 20000 bytes; at most 10240 are taken");
  }

  @Test
  void allMistakesAreToldAtOnce() throws Exception {
    var execution = new Stage.Execution(
        Map.of(
            "command.script", "https://elsewhere.example.com/a.sh",
            "command.sha256", "abc",
            "command.interpreter", "perl",
            "command.argument.2", "a\0",
            "command.argument.01", "a",
            "command.timeout", "5m"),
        "");
    assertThat(Stage.text(run(Isolation.Mode.TRACKED, execution)))
        .isEqualTo(
            "The job cannot be run: command.argument.01 means nothing here; known are [command.interpreter, command.script, command.sha256] and command.argument.1 and so on;"
                + " and command.timeout means nothing here; known are [command.interpreter, command.script, command.sha256] and command.argument.1 and so on;"
                + " and command.script: may not be called from here: https://elsewhere.example.com is not in the list 'allow' of this instance's file;"
                + " and command.sha256: found 'abc'; the 64 hex digits that sha256sum prints for the script come here;"
                + " and command.interpreter: found 'perl'; one of [sh] comes here;"
                + " and command.argument.2 has no command.argument.1 before it; arguments are numbered from 1 without a gap;"
                + " and command.argument.2: found a NUL, which no argument can hold");
    assertThat(Stage.text(
            run(Isolation.Mode.TRACKED, new Stage.Execution(Map.of("command.script", URL), ""))))
        .contains("command.sha256 is missing", "command.interpreter is missing; one of [sh]");
    assertThat(Stage.text(run(
            Isolation.Mode.TRACKED,
            new Stage.Execution(Map.of("command.script", URL, "command.name", "x"), ""))))
        .contains("command.name and command.script stand beside each other");
    assertThat(fetched).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "#!/bin/sh\nrm -rf /",
        "echo hello",
        "file:///etc/passwd",
        "data:text/plain,ls",
        "/etc/passwd",
        "javascript:1",
        "jar:https://scripts.example.com/a.jar!/a",
        "gopher://x/"
      })
  void nothingIsRunThatStandsInTheJobItself(String script) throws Exception {
    assertThat(Stage.text(run(Isolation.Mode.TRACKED, execution(script, "0".repeat(64)))))
        .contains(
            "which is no http or https URL; a script is not written into a job",
            "give its URL and checksum");
    assertThat(fetched).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"ftp://scripts.example.com/a", "FTPS://scripts.example.com/a", "sftp://x/a"})
  void ftpIsNotSpoken(String url) throws Exception {
    assertThat(Stage.text(run(Isolation.Mode.TRACKED, execution(url, "0".repeat(64)))))
        .contains("which is not spoken here", "serve the file by https");
    assertThat(fetched).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "http://scripts.example.com/a",
        "https://scripts.example.com.evil.example/a",
        "https://scripts.example.com:444/a",
        "https://user@scripts.example.com/a",
        "https://scripts.example.com@evil.example/a",
        "https:scripts.example.com/a",
        "https:///a",
        "https://evil.example/https://scripts.example.com/a",
        "http://10.0.0.1/a",
        "https://evil.example#@scripts.example.com/a",
        "https://scripts_example.com/a"
      })
  void fromElsewhereNothingIsTaken(String url) throws Exception {
    assertThat(Stage.text(run(Isolation.Mode.TRACKED, execution(url, "0".repeat(64)))))
        .startsWith("The job cannot be run: command.script: ");
    assertThat(fetched).isEmpty();
  }

  @Test
  void whoHasNoScriptsOrNoSourceOfThemSaysSo() throws Exception {
    try (var none = new CommandHandler(
        Stage.rules("{'work': '" + work.resolve("work") + "', 'isolation': 'tracked'}"))) {
      assertThat(Stage.text(none.handle(execution(URL, "0".repeat(64)))))
          .contains("this instance runs no scripts");
    }
    try (var unwired = new CommandHandler(rules(Isolation.Mode.TRACKED))) {
      assertThat(Stage.text(unwired.handle(execution(URL, "0".repeat(64)))))
          .isEqualTo("Script " + URL
              + " cannot be fetched: this handler was made without a source of scripts");
    }
  }
}
