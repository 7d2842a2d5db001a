package io.shardkeeper.handlers.process;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class IsolationTest {
  private static final Machine HERE = Machine.here();

  @TempDir
  Path work;

  private Path tool(String name, String script) throws IOException {
    Path tool = Files.writeString(work.resolve(name), "#!/bin/sh\n" + script + "\n");
    Files.setPosixFilePermissions(tool, PosixFilePermissions.fromString("rwxr-xr-x"));
    return tool;
  }

  private Machine with(int uid, Map<String, Path> other) {
    Map<String, Path> tools = new TreeMap<>(HERE.tools());
    tools.putAll(other);
    return new Machine(uid, tools);
  }

  @Test
  void whereNothingIsThereNothingHolds() {
    var none = new Machine(1_000, Map.of());

    Isolation isolation = Isolation.probe(Isolation.Mode.AUTO, none);

    assertThat(isolation.namespace()).isFalse();
    assertThat(isolation.told())
        .contains(
            "there is no setpriv, no unshare, no timeout, no cat", "if this process is killed");
    assertThatThrownBy(() -> Isolation.probe(Isolation.Mode.NAMESPACE, none))
        .hasMessageStartingWith(
            "isolation: found 'namespace', which does not work here: there is no setpriv");
    assertThat(isolation.argv(List.of("/bin/a", "b"), new Account("u", "g"), Limits.NONE))
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
    assertThatThrownBy(
            () -> Isolation.probe(Isolation.Mode.NAMESPACE, with(0, Map.of("unshare", unshare))))
        .hasMessageStartingWith("isolation: found 'namespace', which does not work here: ")
        .hasMessageContaining("Operation not permitted");
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
    assertThat(isolation.argv(List.of("/bin/a"), new Account("u", "g"), new Limits(1, 2, 3, 4)))
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
}
