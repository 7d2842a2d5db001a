package io.shardkeeper.handlers.command;

import static org.assertj.core.api.Assertions.assertThat;

import io.shardkeeper.handler.Result;
import io.shardkeeper.handlers.process.Isolation;
import io.shardkeeper.handlers.process.Seen;
import java.io.IOException;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * What somebody may write into a job to have more done than he may: it arrives at the program as it stands there, byte by byte, and does nothing on
 * the way.
 */
final class PayloadTest {
  private static final String COOKIE = "SHARDKEEPER_EXECUTION";

  @TempDir
  Path work;

  /** What would be there if one of them had been carried out. */
  private static final String CANARY = "canary";

  private static final Map<String, List<String>> PAYLOADS = Map.ofEntries(
      Map.entry(
          "an end of the command, and another one",
          List.of(
              "a; touch canary",
              ";touch canary",
              "a & touch canary",
              "a && touch canary",
              "a || touch canary",
              "a | touch canary",
              "a |& touch canary",
              "a\n touch canary",
              "a\r\ntouch canary",
              "a\rtouch canary",
              ") touch canary (",
              "} ; touch canary ; {",
              "a; touch canary #",
              "a;;touch canary",
              "! touch canary",
              "&& touch canary &&",
              "2>&1; touch canary",
              "exec touch canary",
              "a%0Atouch canary",
              "a\u2028touch canary")),
      Map.entry(
          "quotes",
          List.of(
              "'",
              "\"",
              "''",
              "\"\"",
              "'; touch canary; '",
              "\"; touch canary; \"",
              "'\"'\"'; touch canary",
              "\\'; touch canary",
              "\\\"; touch canary",
              "\\",
              "\\\\",
              "a\\ b",
              "$'touch\\x20canary'",
              "`",
              "it's",
              "a\"b'c`d")),
      Map.entry(
          "substitutions",
          List.of(
              "$(touch canary)",
              "`touch canary`",
              "${PATH}",
              "$PATH",
              "$$",
              "$0",
              "$@",
              "$*",
              "$((1+1))",
              "${IFS}touch${IFS}canary",
              "<(touch canary)",
              ">(touch canary)",
              "${x:-$(touch canary)}",
              "$[1+1]",
              "{a,b}",
              "~",
              "~root",
              "%PATH%",
              "%{PATH}",
              "#{`touch canary`}",
              "${jndi:ldap://localhost/a}",
              "{{7*7}}",
              "{run.id}",
              "{v}")),
      Map.entry(
          "names of files",
          List.of(
              "*",
              "?",
              "[a-z]*",
              "*.sh",
              "/*",
              "../../../../etc/passwd",
              "/etc/shadow",
              "..",
              ".",
              "/dev/null",
              "//",
              "C:\\Windows",
              "file:///etc/passwd",
              "/proc/self/environ",
              "....//....//etc/passwd",
              "%2e%2e%2f",
              "..%c0%af")),
      Map.entry(
          "redirections",
          List.of(
              "> canary", ">> canary", "< /etc/passwd", "<<EOF", "<<< canary", "1>canary", ">&2")),
      Map.entry(
          "what looks like an option",
          List.of(
              "-",
              "--",
              "-rf",
              "--help",
              "--output=canary",
              "-c",
              "-c touch canary",
              "--exec=touch canary",
              "-oProxyCommand=touch canary",
              "-e",
              "@canary",
              "+x",
              "/c")),
      Map.entry(
          "what looks like a variable",
          List.of(
              "LD_PRELOAD=canary",
              "PATH=.",
              "IFS=x",
              "A=b touch canary",
              "() { :; }; touch canary",
              "BASH_ENV=canary",
              "SHARDKEEPER_TOKEN=1")),
      Map.entry(
          "forms of other languages",
          List.of(
              "%s%s%s%n",
              "%x%x%x",
              "%1$s",
              "\\x41\\n",
              "\\u0041",
              "\\0",
              "&#59;",
              "' OR '1'='1",
              "<script>alert(1)</script>",
              "{\"a\": 1}",
              "1e309",
              "NaN",
              "null")),
      Map.entry(
          "nothing, and spaces",
          List.of(
              "", " ", "  ", "\t", "\n", "\n\n", " a", "a ", "a  b", "\u00a0", "\u3000", "\ufeff")),
      Map.entry(
          "characters that control",
          List.of(
              "\u0001",
              "\u0007",
              "\b",
              "\u001b[31m",
              "\u001b]0;x\u0007",
              "\u007f",
              "\u0085",
              "\u0003",
              "\u001a",
              "\u202e",
              "\u200b",
              "a\u000bb",
              "a\fb")),
      Map.entry(
          "characters of the world",
          List.of(
              "ä",
              "\u00e9",
              "e\u0301",
              "€",
              "中文",
              "\ud83d\ude00",
              "\ud83d\udc69\u200d\ud83d\udcbb",
              "ﬀ",
              "İ",
              "ß",
              "；touch canary",
              "＄（touch canary）",
              "‘touch canary’",
              "ʼ",
              "\uffff",
              "\udbff\udfff",
              "мир",
              "שלום",
              "ﷺ")),
      Map.entry(
          "much",
          List.of(
              "a".repeat(4_096),
              " ".repeat(4_096),
              ";".repeat(4_096),
              "$(".repeat(2_048),
              "€".repeat(4_096),
              "\n".repeat(4_096),
              "../".repeat(1_365),
              "'".repeat(4_095))));

  static Stream<Isolation.Mode> modes() {
    return Seen.modes();
  }

  private static List<String> of(String kind) {
    return Objects.requireNonNull(PAYLOADS.get(kind));
  }

  private static List<String> all() {
    return PAYLOADS.values().stream().flatMap(List::stream).sorted().toList();
  }

  /** The program writes down how it was called, by whom, and in which company; it starts cat for that, once it has looked around. */
  private String section(Isolation.Mode mode) throws IOException {
    Path script = Files.writeString(work.resolve("it.sh"), """
        for p in /proc/[0-9]*; do echo $p; done > DIR/processes
        cat /proc/$$/cmdline > DIR/arguments
        cat /proc/$$/environ > DIR/environment
        """.replace("DIR", work.toString()));
    return Stage.section(
        work,
        mode,
        "'program': '/bin/sh', 'arguments': ['" + script + "', '--', '{v}', '--v={v}'],"
            + "'slots': {'v': {'text': '(?s).*'}}, 'inherit': ['PATH']");
  }

  private List<String> expected(String payload) {
    return List.of("/bin/sh", work.resolve("it.sh").toString(), "--", payload, "--v=" + payload);
  }

  private byte[] bytes(List<String> arguments) {
    return arguments.stream()
        .map(argument -> argument + "\0")
        .collect(Collectors.joining())
        .getBytes(StandardCharsets.UTF_8);
  }

  @Test
  void thereAreManyOfThem() {
    assertThat(Set.copyOf(all())).hasSize(all().size()).hasSizeGreaterThanOrEqualTo(110);
  }

  @ParameterizedTest
  @MethodSource("modes")
  void eachArrivesAsItIs(Isolation.Mode mode) throws Exception {
    Charset carried = CommandHandler.Host.ofThisMachine().carried();
    List<String> ids = new ArrayList<>();
    int arrived = 0;
    try (var handler = new CommandHandler(Stage.rules(section(mode)))) {
      for (String payload : all()) {
        Result result = handler.handle(Stage.Execution.of("v", payload));

        if (!carried.newEncoder().canEncode(payload)) {
          // This machine's tests run in a place without characters; the test below goes to another
          // one.
          assertThat(Stage.text(result)).contains("start it with LC_ALL=C.UTF-8");
          continue;
        }
        arrived++;
        assertThat(result).as(payload).isInstanceOf(Result.Ok.class);
        assertThat(Files.readAllBytes(work.resolve("arguments")))
            .as(payload)
            .isEqualTo(bytes(expected(payload)));
        ids.add(assertTheEnvironmentIsKnown(payload));
        if (mode == Isolation.Mode.NAMESPACE
            && Files.readString(work.resolve("processes")).contains("/proc/1\n")) {
          assertThat(Files.readAllLines(work.resolve("processes"))).hasSizeLessThanOrEqualTo(2);
        }
      }
      ids.forEach(id -> assertThat(Seen.carrying(COOKIE, id)).isZero());
    }
    assertThat(arrived).isGreaterThanOrEqualTo(110);
    assertNothingWasDone();
  }

  private String assertTheEnvironmentIsKnown(String payload) throws IOException {
    String[] variables =
        Files.readString(work.resolve("environment"), StandardCharsets.UTF_8).split("\0");
    Set<String> names = Arrays.stream(variables)
        .map(variable -> variable.substring(0, variable.indexOf('=')))
        .collect(Collectors.toCollection(TreeSet::new));
    assertThat(names)
        .as(payload)
        .containsExactly(
            "PATH",
            "SHARDKEEPER_ATTEMPT",
            "SHARDKEEPER_DATA_TIME",
            "SHARDKEEPER_EXECUTION",
            "SHARDKEEPER_JOB",
            "SHARDKEEPER_PARAMETER",
            "SHARDKEEPER_RUN_ID",
            "SHARDKEEPER_SCHEDULED_AT",
            "SHARDKEEPER_SHARD",
            "SHARDKEEPER_SHARDS",
            "SHARDKEEPER_TOKEN");
    return Arrays.stream(variables)
        .filter(variable -> variable.startsWith(COOKIE + "="))
        .map(variable -> variable.substring(COOKIE.length() + 1))
        .findFirst()
        .orElseThrow();
  }

  private void assertNothingWasDone() throws IOException {
    try (Stream<Path> files = Files.walk(work)) {
      assertThat(files.map(Path::getFileName).map(Path::toString)).doesNotContain(CANARY);
    }
    assertThat(Path.of(CANARY)).doesNotExist();
  }

  @Test
  void charactersOfTheWorldArriveWhereTheProcessHasThem() throws Exception {
    List<String> payloads = of("characters of the world");
    // What arrives is written down one after the other.
    Path script = Files.writeString(
        work.resolve("it.sh"), "cat /proc/$$/cmdline >> " + work + "/arguments\n");
    Path section = Files.writeString(
        work.resolve("section.json"),
        Stage.section(
            work,
            Isolation.Mode.AUTO,
            "'program': '/bin/sh', 'arguments': ['" + script + "', '--', '{v}', '--v={v}'],"
                + "'slots': {'v': {'text': '(?s).*'}}, 'inherit': ['PATH']"));

    Process instance = InstanceOfItsOwn.start(section, payloads, Map.of("LC_ALL", "C.UTF-8"));

    assertThat(instance.waitFor()).isZero();
    List<String> expected = new ArrayList<>();
    payloads.forEach(payload -> expected.addAll(expected(payload)));
    assertThat(Files.readAllBytes(work.resolve("arguments"))).isEqualTo(bytes(expected));
  }

  @Test
  void whereTheProcessHasNoCharactersTheyAreRefusedAndNotReplaced() throws Exception {
    Path section = Files.writeString(work.resolve("section.json"), section(Isolation.Mode.AUTO));

    Process instance = InstanceOfItsOwn.start(section, List.of("a;€"), Map.of("LC_ALL", "C"));

    assertThat(instance.waitFor()).isZero();
    assertThat(Files.readString(work.resolve("told")))
        .contains("parameter 'v': found 'a;\\u20ac'", "start it with LC_ALL=C.UTF-8");
    assertThat(work.resolve("arguments")).doesNotExist();
  }

  @ParameterizedTest
  @MethodSource("modes")
  void whatNoArgumentCanHoldIsRefused(Isolation.Mode mode) throws Exception {
    try (var handler = new CommandHandler(Stage.rules(section(mode)))) {
      assertThat(Stage.text(handler.handle(Stage.Execution.of("v", "a\0b"))))
          .contains("found a NUL");
      assertThat(Stage.text(handler.handle(Stage.Execution.of("v", "\ud83d"))))
          .contains("found '\\ud83d'");
      assertThat(Stage.text(handler.handle(Stage.Execution.of("v", "a".repeat(4_097)))))
          .contains("found 4097 characters; at most 4096 come here");
      assertThat(work.resolve("arguments")).doesNotExist();
    }
  }

  @Test
  void anOptionIsRefusedWhereOneCouldBe() throws Exception {
    String section = Stage.section(
        work,
        Isolation.Mode.TRACKED,
        "'program': '/bin/echo', 'arguments': ['{v}', '--day={d}', '{v}'],"
            + "'slots': {'v': {'text': '(?s).*'}, 'd': {'text': '.*', 'default': '-x'}}");
    try (var handler = new CommandHandler(Stage.rules(section))) {
      for (String option : of("what looks like an option")) {
        Result result = handler.handle(Stage.Execution.of("v", option));
        if (option.startsWith("-")) {
          assertThat(Stage.text(result))
              .as(option)
              .startsWith("The job cannot be run: parameter 'v': found '" + option)
              .contains("could be taken for an option");
        } else {
          assertThat(result).as(option).isInstanceOf(Result.Ok.class);
        }
      }
    }
  }
}
