package io.shardkeeper.handlers.command;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.shardkeeper.handlers.fields.RunFields;
import io.shardkeeper.handlers.process.Account;
import io.shardkeeper.handlers.process.Isolation;
import io.shardkeeper.handlers.process.Limits;
import io.shardkeeper.handlers.process.Machine;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class CommandRulesTest {
  private static final Path TRUE = Path.of("/bin/sh");
  private static final Machine NOTHING = new Machine(1_000, Map.of());
  private static final Machine ROOT = new Machine(0, Map.of("setpriv", TRUE, "prlimit", TRUE));

  @TempDir
  Path work;

  @Test
  void allThatIsSaidIsUnderstood() {
    CommandRules rules = Stage.rules("""
        {"isolation": "tracked", "work": "DIR/../other", "commands": {"backup": {
          "program": "/bin/sh",
          "arguments": ["--to", "{target}", "--day={day}", "{run.id}", "--", "{file}", "{count}", "{run.parameter}"],
          "slots": {"target": {"choice": ["s3", "disk"]}, "day": {"date": true, "default": "2026-01-31"},
            "file": {"text": "[a-z0-9_]{1,40}"}, "count": {"number": {"from": -1, "to": 100}}, "run.parameter": {"text": ".*"}},
          "environment": {"LANG": "C.UTF-8"}, "inherit": ["PATH"], "directory": "/tmp",
          "timeout": "10m", "grace": "0s", "output": "64KB", "exits": {"3": "ok: nothing to do"},
          "limits": {"memory": "512MB", "processes": 50, "files": 256, "cpu": "5m"}}},
         "scripts": {"allow": ["https://scripts.example.com", "http://Other.example.com:80", "https://x.example.com:8443"],
           "networks": ["10.0.0.0/8"], "interpreters": {"sh": ["/bin/sh", "-e"]}, "most": "2MB", "timeout": "1m"}}
        """.replace("DIR", work.toString()));

    Command backup = Objects.requireNonNull(rules.commands().get("backup"));
    assertThat(backup.slots()).hasSize(5);
    assertThat(backup.surroundings().timeout()).isEqualTo(Duration.ofMinutes(10));
    assertThat(backup.surroundings().grace()).isZero();
    assertThat(backup.surroundings().output()).isEqualTo(65_536);
    assertThat(backup.surroundings().directory()).isEqualTo(Path.of("/tmp"));
    assertThat(backup.surroundings().limits()).isEqualTo(new Limits(536_870_912, 50, 256, 300));
    assertThat(rules.isolation()).isEqualTo(Isolation.Mode.TRACKED);
    assertThat(rules.work()).isEqualTo(work.resolveSibling("other"));
    assertThat(rules.scriptOrigins().orElseThrow())
        .hasToString("Origins[https://scripts.example.com, http://other.example.com,"
            + " https://x.example.com:8443][10.0.0.0/8]");
    Scripts scripts = Objects.requireNonNull(rules.scripts());
    assertThat(scripts.most()).isEqualTo(2 << 20);
    assertThat(scripts.interpreters()).containsEntry("sh", List.of("/bin/sh", "-e"));
  }

  @Test
  void whatIsLeftOutRunsNothingAndHasModestBounds() {
    assertThat(Stage.rules("{}").commands()).isEmpty();
    assertThat(Stage.rules("{}").scriptOrigins()).isEmpty();
    assertThat(Stage.rules("{}").isolation()).isEqualTo(Isolation.Mode.AUTO);

    Surroundings plain = Objects.requireNonNull(
            Stage.rules("{'commands': {'it': {'program': '/bin/sh'}}}")
                .commands()
                .get("it"))
        .surroundings();
    assertThat(plain.timeout()).isEqualTo(Duration.ofHours(1));
    assertThat(plain.grace()).isEqualTo(Duration.ofSeconds(5));
    assertThat(plain.output()).isEqualTo(64 * 1024);
    assertThat(plain.environment()).isEmpty();
    assertThat(plain.directory()).isNull();
    assertThat(plain.account()).isNull();
    assertThat(plain.limits()).isEqualTo(Limits.NONE);
  }

  @Test
  void allMistakesAreToldAtOnce() throws Exception {
    Path plain = Files.writeString(work.resolve("plain"), "");
    List<String> mistakes = Stage.mistakes("""
        {"isolation": "jail", "work": "here", "commands": {
          "no program": {},
          "relative": {"program": "backup"},
          "gone": {"program": "/no/such/program"},
          "directory": {"program": "/tmp"},
          "plain": {"program": "PLAIN"},
          "broken": {"program": "/bin/\\u0000sh"},
          "places": {"program": "/bin/sh",
            "arguments": ["{a}{b}", "{a}-tail", "{nobody}", "{run.parameter}", "{run.nothing}", "{run.id}", "{command.x}", "{dash}", "\\u0000"],
            "slots": {"a": {"text": ".*"}, "b": {"text": "("}, "run.id": {"date": true}, "command.x": {"date": true},
              "unused": {"date": true}, "dash": {"choice": ["-v"]}}},
          "slots": {"program": "/bin/sh", "arguments": ["{a}", "{b}", "{c}", "{d}", "{e}", "{f}", "{g}"],
            "slots": {"a": {}, "b": {"date": true, "text": "x"}, "c": {"choice": []}, "d": {"number": {"from": 1}},
              "e": {"number": {"from": 2, "to": 1}}, "f": {"date": true, "default": "2026-02-30"}, "g": {"choice": ["\\u0000"]}}},
          "around": {"program": "/bin/sh", "environment": {"A-B": "c", "SHARDKEEPER_TOKEN": "1", "N": "\\u0000"}, "inherit": ["TRACEPARENT"],
            "directory": "/no/such", "timeout": "0s", "grace": "1h", "output": "1GB",
            "exits": {"256": "ok", "-1": "ok", "3": "perhaps"}, "user": "nobody", "limits": {"files": 10}},
          "group": {"program": "/bin/sh", "group": "backup", "directory": "relative"}},
         "scripts": {"allow": ["ftp://x.example.com", "https://user@x.example.com", "https://x.example.com/a", "not a url"],
           "interpreters": {"none": [], "gone": ["/no/such"]}}}
        """.replace("PLAIN", plain.toString()), NOTHING);

    assertThat(String.join("\n", mistakes))
        .contains(
            "command.commands.no program: A command cannot be called 'no program'",
            "command.commands.no program.program: is missing",
            "command.commands.relative.program: found 'backup'; an absolute path comes here",
            "command.commands.gone.program: found /no/such/program, which does not exist",
            "command.commands.directory.program: found /tmp, which is no file",
            "which this process may not execute; chmod a+x allows it",
            "command.commands.broken.program: found '/bin/\\u0000sh'; an absolute path comes here",
            "command.commands.places.arguments.1: found '{a}{b}'; a place is",
            "command.commands.places.arguments.2: found '{a}-tail'; a place is",
            "command.commands.places.arguments.3: found {nobody}, which is no slot; it needs a type, or is one of [run.attempt,",
            "command.commands.places.arguments.4: found {run.parameter}, which is no slot; the parameter of a shard is written by the author of a job",
            "command.commands.places.arguments.5: found {run.nothing}, which is no slot",
            "command.commands.places.arguments.6: found a slot 'run.id', a name that means something else",
            "command.commands.places.arguments.7: found a slot 'command.x'",
            "command.commands.places.arguments.8: a choice of slot 'dash' begins with a dash",
            "command.commands.places.arguments.9: found a NUL",
            "command.commands.places.slots.b.text: found \"(\"; a regular expression of Java comes here",
            "command.commands.places.slots.unused: no argument uses it",
            "command.commands.slots.slots.a: found 0 types; a slot has one of choice, text, number, date",
            "command.commands.slots.slots.b: found 2 types",
            "command.commands.slots.slots.c.choice: nothing can be chosen",
            "command.commands.slots.slots.d.number: both 'from' and 'to' come here",
            "command.commands.slots.slots.e.number: found from 2 to 1, between which no number lies",
            "command.commands.slots.slots.f.default: found '2026-02-30'; a day such as 2026-01-31 comes here",
            "command.commands.slots.slots.g.choice: found a NUL",
            "command.commands.around.environment: found 'A-B'; the name of a variable",
            "command.commands.around.environment: found SHARDKEEPER_TOKEN, which tells a program what it runs for",
            "command.commands.around.environment: the value of N has a NUL",
            "command.commands.around.inherit: found TRACEPARENT",
            "command.commands.around.directory: found /no/such, which is no directory",
            "command.commands.around.timeout: found PT0S; it runs from PT0.001S to PT8784H",
            "command.commands.around.grace: found PT1H; it runs from PT0S to PT10M",
            "command.commands.around.output: found 1073741824; it runs from 1 to 16777216",
            "command.commands.around.exits.256: is no code with which a program ends",
            "command.commands.around.exits.-1: is no code",
            "command.commands.around.exits.3: found 'perhaps'; 'ok', 'failed', or one of them with a text",
            "command.commands.around.user: needs setpriv of util-linux",
            "command.commands.around.limits: needs prlimit of util-linux",
            "command.commands.group.group: found 'backup' without a user",
            "command.commands.group.directory: found 'relative'; an absolute path comes here",
            "command.scripts.allow: 'ftp://x.example.com' ",
            "command.scripts.allow: 'https://user@x.example.com' ",
            "command.scripts.allow: 'https://x.example.com/a' has something behind the host",
            "command.scripts.allow: 'not a url' ",
            "command.scripts.interpreters.none: the absolute path of a program comes here",
            "command.scripts.interpreters.gone: found /no/such, which does not exist",
            "command.isolation: found \"jail\"; one of auto, namespace, tracked comes here",
            "command.work: found 'here'; an absolute path comes here");
    if (!Files.isExecutable(plain)) {
      assertThat(mistakes).hasSize(48);
    }
  }

  @Test
  void onlyRootMakesItselfSomebodyElse() {
    String section = "{'commands': {'it': {'program': '/bin/sh', 'user': 'USER'}}}";
    assertThat(Stage.mistakes(section.replace("USER", "nobody"), new Machine(1_000, ROOT.tools())))
        .containsExactly(
            "command.commands.it.user: only root can run a program as somebody else, and this process is not root; leave it out to run it as this process");
    assertThat(Stage.mistakes(section.replace("USER", "nobody"), ROOT)).isEmpty();
    assertThat(Stage.mistakes(section.replace("USER", "root' , 'group': 'daemon"), ROOT))
        .isEmpty();
    assertThat(Stage.mistakes(section.replace("USER", "who-is-that"), ROOT))
        .containsExactly(
            "command.commands.it.user: found 'who-is-that', whom /etc/passwd does not know");
    assertThat(Stage.mistakes(section.replace("USER", "-x"), ROOT))
        .containsExactly("command.commands.it.user: found '-x' and '', which are no names");
    assertThat(new Account("a", "b")).isEqualTo(new Account("a", "b"));
  }

  @Test
  void nobodyLeadsWhatIsStillRootBeforeHisProgram() {
    List<String> leading = List.of(
        "LD_PRELOAD",
        "LD_LIBRARY_PATH",
        "LD_AUDIT",
        "GLIBC_TUNABLES",
        "GCONV_PATH",
        "LANGUAGE",
        "LOCPATH",
        "NLSPATH",
        "MALLOC_TRACE",
        "RES_OPTIONS",
        "HOSTALIASES");
    String command =
        "{'commands': {'it': {'program': '/bin/sh', 'environment': {'NAME': '/srv/x', 'TMPDIR': '/tmp'}, 'inherit': ['NAME', 'PATH']MORE}}}";
    for (String name : leading) {
      String mistake = "found " + name
          + ", by which that user could lead what still runs as root before the program, so that it is not given beside 'user'; a script that sets it and starts the program may be the program";
      String named = command.replace("NAME", name);
      assertThat(Stage.mistakes(named.replace("MORE", ", 'user': 'nobody'"), ROOT))
          .containsExactly(
              "command.commands.it.environment: " + mistake,
              "command.commands.it.inherit: " + mistake);
      assertThat(Stage.mistakes(named.replace("MORE", ""), ROOT)).isEmpty();
    }
    assertThat(Stage.mistakes(
            "{'scripts': {'allow': ['https://a.example.com'], 'interpreters': {'sh': ['/bin/sh']}, 'user': 'nobody', 'inherit': ['LD_PRELOAD']}}",
            ROOT))
        .singleElement()
        .asString()
        .startsWith("command.scripts.inherit: found LD_PRELOAD, by which");
    assertThat(Stage.mistakes(
            command.replace("NAME", "OLD_PATH").replace("MORE", ", 'user': 'nobody'"), ROOT))
        .isEmpty();
  }

  @Test
  void accountsAreReadWhateverTheirCharacters() throws Exception {
    Path accounts = work.resolve("passwd");
    Files.write(
        accounts,
        "m\u00fcller:x:1:2:M\u00fcller:/:/bin/sh\nbackup:x:34:35::/:/bin/sh\nbroken:x\n"
            .getBytes(StandardCharsets.ISO_8859_1));
    assertThat(Surroundings.account("backup", "", accounts)).isEqualTo(new Account("backup", "35"));
    assertThatThrownBy(() -> Surroundings.account("broken", "", accounts))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith("cannot be looked up in " + accounts);
    for (Path unreadable : List.of(work, work.resolve("none"))) {
      assertThatThrownBy(() -> Surroundings.account("backup", "", unreadable))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageStartingWith("cannot be looked up in " + unreadable);
    }
  }

  @Test
  void aLimitUnderWhichNothingRunsIsAMistake() {
    String section = "{'commands': {'it': {'program': '/bin/sh', 'limits': {'memory': 'MEMORY'}}}}";
    assertThat(Stage.mistakes(section.replace("MEMORY", "512"), ROOT))
        .containsExactly(
            "command.commands.it.limits.memory: found 512; it runs from 1048576 to 9223372036854775807");
    assertThat(Stage.mistakes(section.replace("MEMORY", "1MB"), ROOT)).isEmpty();
  }

  @Test
  void whatWouldFailInEachRunIsSaidWhenTheFileIsRead() {
    String section =
        "{'commands': {'it': {'program': '/bin/sh', 'arguments': [ARGUMENTS'{v}'], 'slots': {'v': SLOT}}}}";
    String why =
        " of slot 'v' begins with a dash, where a program reads options; write it behind a text, or put the argument -- before it";
    Map.of(
            "{'number': {'from': -1, 'to': 5}}", "a number below 0",
            "{'text': '.*', 'default': '-x'}", "the default",
            "{'choice': ['a', '-v']}", "a choice")
        .forEach((slot, what) -> {
          String dashed = section.replace("SLOT", slot);
          assertThat(Stage.mistakes(dashed.replace("ARGUMENTS", "")))
              .containsExactly("command.commands.it.arguments.1: " + what + why);
          assertThat(Stage.mistakes(dashed.replace("ARGUMENTS", "'--', "))).isEmpty();
          assertThat(Stage.mistakes(dashed.replace("ARGUMENTS", "").replace("'{v}'", "'--v={v}'")))
              .isEmpty();
        });
    for (String slot :
        List.of("{'number': {'from': 0, 'to': 5}}", "{'text': '.*', 'default': 'x'}")) {
      assertThat(Stage.mistakes(section.replace("SLOT", slot).replace("ARGUMENTS", "")))
          .isEmpty();
    }
  }

  @Test
  void aScriptNeedsSomethingThatRunsIt() {
    assertThat(Stage.mistakes("{'scripts': {'allow': ['https://a.example.com']}}"))
        .containsExactly(
            "command.scripts.interpreters: names none; one comes here, such as \"sh\": [\"/bin/sh\"]");
  }

  @Test
  void whatMayBeFilledInWithoutASlotIsWhatARunHas() {
    RunFields run = RunFields.of(Stage.Execution.of());
    Command.RUN.forEach(name -> assertThat(run.apply(name)).isNotBlank());
    assertThat(run.apply(Command.SHARD_PARAMETER)).isEmpty();
  }
}
