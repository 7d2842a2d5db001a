package io.shardkeeper.handlers;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.shardkeeper.config.InvalidSettingsException;
import io.shardkeeper.config.Key;
import io.shardkeeper.config.Settings;
import io.shardkeeper.core.json.Fields;
import io.shardkeeper.core.json.Json;
import io.shardkeeper.handler.Handler;
import io.shardkeeper.handler.ShardingDemo;
import io.shardkeeper.handlers.process.Machine;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class ReadyHandlersTest {
  @TempDir
  private Path directory;

  @Test
  void withoutAFileThereAreNone() {
    try (var ready = ReadyHandlers.of(Settings.sources("host-1").read())) {
      assertThat(ready.handlers()).isEmpty();
      assertThat(HandlersFile.none().allowed()).isEmpty();
    }
  }

  @Test
  void theFileOfTheSettingsIsRead() throws IOException {
    Path file = Files.writeString(directory.resolve("handlers.json"), "{\"version\": 1}");
    Settings settings = Settings.sources("host-1").set(Key.HANDLERS_FILE, file).read();
    try (var ready = ReadyHandlers.of(settings)) {
      assertThat(ready.handlers()).isEmpty();
    }

    Files.writeString(file, "{\"version\": 2}");
    assertThatThrownBy(() -> ReadyHandlers.of(settings))
        .isInstanceOf(InvalidSettingsException.class)
        .hasMessageContaining("version: found 2");
  }

  @Test
  void whatIsAllowedIsToldByItsNamesAndNoSecretIs() {
    String text = "{'http': {'allow': ['https://api.example.com', 'https://*.shop.example.com'],"
        + " 'credentials': {'billing': {'file': '/etc/billing/token'}}},"
        + " 'command': {'commands': {'backup': {'program': '/usr/local/bin/backup', 'environment': {'KEY': 'hunter2'}}},"
        + " 'scripts': {'allow': ['https://scripts.example.com']}}}";

    assertThat(
            HandlersFile.allowed(new Fields(Json.parse(text.replace('\'', '"')), "", told -> {})))
        .containsExactly(
            "http: https://api.example.com",
            "http: https://*.shop.example.com",
            "command: backup",
            "scripts from https://scripts.example.com");
  }

  @Test
  void whoeverHasSomethingToAllowOffersIt() throws IOException {
    Path file = Files.writeString(
        directory.resolve("handlers.json"), """
        {"version": 1, "http": {"allow": ["https://api.example.com"]},
         "command": {"isolation": "tracked", "work": "%s", "commands": {"list": {"program": "/bin/ls"}}}}
        """.formatted(directory.resolve("work")));

    try (var ready = ReadyHandlers.read(file)) {
      assertThat(ready.handlers()).extracting(Handler::name).containsExactly("http", "command");
      assertThat(ready.handlers())
          .allSatisfy(handler -> assertThat(handler.description()).isNotEmpty());
      assertThat(HandlersFile.read(file).allowed())
          .containsExactly("http: https://api.example.com", "command: list");
    }
  }

  @Test
  void aFileThatOthersMayWriteIsRefused() throws IOException {
    Path file = Files.writeString(directory.resolve("handlers.json"), "{\"version\": 1}");
    for (String rights : List.of("rw-rw-r--", "rw-r--rw-")) {
      Files.setPosixFilePermissions(file, PosixFilePermissions.fromString(rights));
      assertThat(refusal(file)).contains("may be written by others than its owner; chmod go-w");
    }
  }

  @Test
  void whoseFileItIsMayHaveThisProcessDoWhatHeLikes() {
    for (int self : new int[] {0, 1_000, -1}) {
      OwnFile.refuseOwner(0, self, "root");
      OwnFile.refuseOwner(-1, self, "?");
    }
    OwnFile.refuseOwner(1_000, 1_000, "app");
    assertThatThrownBy(() -> OwnFile.refuseOwner(1_000, 0, "app"))
        .hasMessageStartingWith("belongs to app, who could")
        .hasMessageContaining("chown it to root");
    assertThatThrownBy(() -> OwnFile.refuseOwner(1_000, 1_001, "app"))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void toReadTheFileStartsNothing() throws IOException {
    Path work = directory.resolve("work");
    Path file = Files.writeString(directory.resolve("handlers.json"), """
        {"version": 1, "command": {"work": "%s", "commands": {"list": {"program": "/bin/ls"}}}}
        """.formatted(work));

    HandlersFile read = HandlersFile.read(file);

    assertThat(read.offers()).containsExactly("command");
    assertThat(work).doesNotExist();
    read.open().close();
    assertThat(work).exists();
  }

  @Test
  void whatThisMachineCannotDoIsToldWhenItIsAskedFor() throws IOException {
    Path taken =
        Files.writeString(directory.resolve("taken"), "a file, where a directory would be");
    Path file = Files.writeString(directory.resolve("handlers.json"), """
        {"version": 1, "http": {"allow": ["https://api.example.com"]},
         "command": {"isolation": "tracked", "work": "%s",
           "scripts": {"allow": ["https://scripts.example.com"], "interpreters": {"sh": ["/bin/sh"]}}}}
        """.formatted(taken));
    HandlersFile read = HandlersFile.read(file);

    assertThatThrownBy(read::open)
        .isInstanceOf(InvalidSettingsException.class)
        .hasMessageContaining(taken.toString());
  }

  @Test
  void whatWasMadeIsClosedWhereALaterHandlerCannotBe() {
    List<String> closed = new ArrayList<>();
    var failure = new InvalidSettingsException(List.of("command: not here"));
    List<ReadyHandlers.Maker> makers = List.of(
        closing -> {
          closing.add(() -> closed.add("first"));
          return new ShardingDemo();
        },
        closing -> {
          closing.add(() -> closed.add("part of the second"));
          throw failure;
        },
        closing -> {
          closing.add(() -> closed.add("third"));
          return new ShardingDemo();
        });

    assertThatThrownBy(() -> ReadyHandlers.made(makers)).isSameAs(failure);

    assertThat(closed).containsExactly("first", "part of the second");
  }

  @Test
  void whatIsMadeIsClosedInTheOrderInWhichItWasMade() {
    List<String> closed = new ArrayList<>();
    var handler = new ShardingDemo();
    ReadyHandlers.Maker maker = closing -> {
      closing.add(() -> closed.add("what it waits for"));
      closing.add(() -> closed.add("the handler"));
      return handler;
    };

    try (var ready = ReadyHandlers.made(List.of(maker))) {
      assertThat(ready.handlers()).containsExactly(handler);
      assertThat(closed).isEmpty();
    }

    assertThat(closed).containsExactly("what it waits for", "the handler");
  }

  private HandlersFile isolated(String how) throws IOException {
    return HandlersFile.read(Files.writeString(
        directory.resolve("handlers.json"), """
        {"version": 1, "command": {"isolation": "%s", "work": "%s"}}
        """.formatted(how, directory.resolve("work"))));
  }

  /** A machine whose tools do what a script does. */
  private Machine machine(String unshare) throws IOException {
    Map<String, Path> tools = new TreeMap<>();
    tools.put("cat", Path.of("/bin/cat"));
    tools.put("timeout", Path.of("/bin/false"));
    tools.put("setpriv", tool("setpriv", "shift 3; exec \"$@\""));
    tools.put("unshare", tool("unshare", unshare));
    return new Machine(1_000, tools);
  }

  private Path tool(String name, String script) throws IOException {
    Path tool = Files.writeString(directory.resolve(name), "#!/bin/sh\n" + script + "\n");
    Files.setPosixFilePermissions(tool, PosixFilePermissions.fromString("rwxr-xr-x"));
    return tool;
  }

  @Test
  void whatIsPromisedOfTheMachineIsTried() throws IOException {
    Machine able = machine("echo 'NSpid: 7 2'");

    assertThat(isolated("namespace").probe(able).orElseThrow())
        .startsWith("Commands run in PID namespaces: ");
    assertThat(isolated("tracked").probe(able).orElseThrow())
        .startsWith("Commands are tracked, and no namespace holds them (it is asked for)");
    assertThat(isolated("tracked").probe().orElseThrow()).startsWith("Commands are tracked");
    assertThat(HandlersFile.none().probe()).isEmpty();
    assertThat(directory.resolve("work")).doesNotExist();
  }

  @Test
  void aMachineThatRefusesWhatIsPromisedIsToldWithWhatWouldDo() throws IOException {
    Machine refusing = machine("echo 'unshare failed: Operation not permitted'; exit 1");
    HandlersFile file = isolated("namespace");

    InvalidSettingsException refused =
        catchThrowableOfType(InvalidSettingsException.class, () -> file.probe(refusing));

    assertThat(refused.mistakes())
        .containsExactly(
            "command: isolation: found 'namespace', which does not work here: the attempt ended with code 1, and with"
                + " 'unshare failed: Operation not permitted'; it takes util-linux, coreutils and the right to make namespaces."
                + " Where they cannot be had, 'auto' tracks the processes of a command instead");
    assertThat(isolated("auto").probe(refusing).orElseThrow())
        .startsWith("Commands are tracked")
        .contains("Operation not permitted");
    assertThat(directory.resolve("work")).doesNotExist();
  }

  @Test
  void whatCannotBeReadIsRefusedWithItsName() throws IOException {
    Path file = directory.resolve("handlers.json");
    assertThat(refusal(file)).contains(file + ": cannot be read: ");
    assertThat(refusal(directory)).contains("is no file that can be read as a whole");
    Files.writeString(file, "[]");
    assertThat(refusal(file)).contains("a JSON object comes here");
    Files.writeString(file, " ".repeat(1_000_001));
    assertThat(refusal(file)).contains("has 1000001 bytes; at most 1000000 are read");
    Files.write(file, new byte[] {'{', (byte) 0xff, '}'});
    assertThat(refusal(file)).contains("cannot be read: ");
  }

  @Test
  void aWordThatIsNotUnderstoodMayBeARuleThatWouldNotBeKept() throws IOException {
    Path file = Files.writeString(directory.resolve("handlers.json"), """
        {"version": 1, "http": {"allow": ["https://api.example.com"], "only-get": true}, "ftp": {}}
        """);
    assertThat(refusal(file)).contains("only-get", "ftp", "which means nothing");
  }

  private static String refusal(Path file) {
    InvalidSettingsException refused = catchThrowableOfType(
        InvalidSettingsException.class, () -> ReadyHandlers.read(file).close());
    assertThat(refused.mistakes()).hasSize(1);
    return refused.mistakes().get(0);
  }
}
