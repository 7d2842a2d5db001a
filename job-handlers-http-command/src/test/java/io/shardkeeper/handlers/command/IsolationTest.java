package io.shardkeeper.handlers.command;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.shardkeeper.config.InvalidSettingsException;
import io.shardkeeper.handlers.command.Surroundings.Account;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class IsolationTest {
  private static final Isolation.Tools HERE = Isolation.Tools.ofThisMachine();

  @TempDir
  Path work;

  private Path tool(String name, String script) throws IOException {
    Path tool = Files.writeString(work.resolve(name), "#!/bin/sh\n" + script + "\n");
    Files.setPosixFilePermissions(tool, PosixFilePermissions.fromString("rwxr-xr-x"));
    return tool;
  }

  private Isolation.Tools with(int uid, Map<String, Path> other) {
    Map<String, Path> tools = new TreeMap<>(HERE.found());
    tools.putAll(other);
    return new Isolation.Tools(uid, tools);
  }

  private Surroundings surroundings(Account account, Surroundings.Limits limits) {
    return new Surroundings(
        Map.of(),
        List.of(),
        null,
        Duration.ofMinutes(1),
        Duration.ZERO,
        1,
        new Exits(Map.of()),
        account,
        limits);
  }

  @Test
  void whereNothingIsThereNothingHolds() {
    var none = new Isolation.Tools(1_000, Map.of());

    Isolation isolation = Isolation.probe(Isolation.Mode.AUTO, none);

    assertThat(isolation.namespace()).isFalse();
    assertThat(isolation.told())
        .contains(
            "there is no setpriv, no unshare, no timeout, no cat", "if this process is killed");
    assertThatThrownBy(() -> Isolation.probe(Isolation.Mode.NAMESPACE, none))
        .hasMessageStartingWith(
            "isolation: found 'namespace', which does not work here: there is no setpriv");
    assertThat(isolation.argv(
            List.of("/bin/a", "b"), surroundings(new Account("u", "g"), Surroundings.Limits.NONE)))
        .containsExactly(
            "setpriv",
            "--reuid=u",
            "--regid=g",
            "--clear-groups",
            "--no-new-privs",
            "--pdeathsig",
            "KILL",
            "--",
            "/bin/a",
            "b");
  }

  @Test
  void aMachineThatMakesNoNamespacesTracks() throws IOException {
    Path unshare = tool("unshare", "echo 'unshare failed: Operation not permitted'; exit 1");

    Isolation isolation = Isolation.probe(Isolation.Mode.AUTO, with(0, Map.of("unshare", unshare)));

    assertThat(isolation.namespace()).isFalse();
    assertThat(isolation.told())
        .contains(
            "the attempt ended with code 1, and with 'unshare failed: Operation not permitted'");
    var rules = Stage.rules("{'isolation': 'namespace', 'work': '" + work.resolve("work") + "'}");
    var host = CommandHandler.Host.ofThisMachine();
    assertThatThrownBy(() -> new CommandHandler(
            rules,
            null,
            new CommandHandler.Host(
                with(0, Map.of("unshare", unshare)),
                host.environment(),
                host.carried(),
                host.ids(),
                host.nanos(),
                host.threads())))
        .isInstanceOf(InvalidSettingsException.class)
        .hasMessageContaining("command: isolation: found 'namespace', which does not work here");
  }

  @Test
  void aToolThatDoesNotHoldIsNotBelieved() throws IOException {
    Path unshare = tool("unshare", "echo 'NSpid:\t1'");
    assertThat(Isolation.probe(Isolation.Mode.AUTO, with(0, Map.of("unshare", unshare)))
            .namespace())
        .isFalse();
  }

  @Test
  void aToolThatIsNoProgramIsNoReasonToFail() throws IOException {
    Path text = Files.writeString(work.resolve("text"), "no program");
    assertThat(Isolation.probe(Isolation.Mode.AUTO, with(0, Map.of("setpriv", text)))
            .told())
        .contains("Cannot run program", "if this process is killed");
  }

  @Test
  void whoIsNotRootTakesAUserNamespaceAlong() throws IOException {
    Path unshare = tool(
        "unshare",
        "echo \"NSpid: 7 2\"; for a in \"$@\"; do echo \"$a\"; done > '" + work + "/given'");
    Isolation isolation = Isolation.probe(
        Isolation.Mode.NAMESPACE,
        with(
            1_000, Map.of("unshare", unshare, "setpriv", tool("setpriv", "shift 3; exec \"$@\""))));

    assertThat(isolation.namespace()).isTrue();
    assertThat(Files.readAllLines(work.resolve("given")))
        .containsSubsequence(
            "--user", "--map-current-user", "--pid", "--fork", "--kill-child=KILL", "--mount-proc");
    assertThat(isolation.argv(
            List.of("/bin/a"),
            surroundings(new Account("u", "g"), new Surroundings.Limits(1, 2, 3, 4))))
        .containsSubsequence(
            "--foreground",
            "0",
            "--as=1",
            "--nproc=2",
            "--nofile=3",
            "--cpu=4:6",
            "--",
            "--reuid=u",
            "--",
            "/bin/a")
        .doesNotContain("--pdeathsig=KILL");
  }

  @Test
  void anInterruptedAttemptIsNone() throws IOException {
    Path unshare = tool("unshare", "exec sleep 5");
    Thread.currentThread().interrupt();
    Isolation isolation = Isolation.probe(Isolation.Mode.AUTO, with(0, Map.of("unshare", unshare)));
    assertThat(Thread.interrupted()).isTrue();
    assertThat(isolation.namespace()).isFalse();
  }

  @Test
  void whoseAFileIs() {
    assertThat(Isolation.Tools.uid(work)).isEqualTo(HERE.uid());
    assertThat(Isolation.Tools.uid(work.resolve("none"))).isEqualTo(-1);
  }

  @Test
  void aUserOfItsOwnHasADirectoryOfItsOwn() throws Exception {
    String command = "'program': '/usr/bin/id', 'arguments': ['-un'], 'user': 'nobody'";
    if (HERE.uid() != 0) {
      // Without being root: refused when the file is read, and that is all there is to see.
      assertThat(Stage.mistakes("{'commands': {'it': {" + command + "}}}"))
          .anyMatch(mistake -> mistake.contains("only root can run a program as somebody else"));
      return;
    }
    Path open = Files.createTempDirectory("shardkeeper-test-");
    Files.setPosixFilePermissions(open, PosixFilePermissions.fromString("rwxr-xr-x"));
    try {
      for (Isolation.Mode mode : Stage.modes().toList()) {
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
          assertThat(Stage.count(handler.place())).isEqualTo(1);
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
}
