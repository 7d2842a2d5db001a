package io.shardkeeper.agent;

import static org.assertj.core.api.Assertions.assertThat;

import io.shardkeeper.config.InvalidSettingsException;
import io.shardkeeper.handlers.HandlersFile;
import io.shardkeeper.run.Outcome;
import io.shardkeeper.view.InstanceView;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.Function;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What an agent answers to those who start it. */
@Timeout(180)
final class AgentTest {
  private static final String TWO_KEYS =
      "shardkeeper.zookeeper=zk1:2181/apps\nshardkeeper.namespace=billing\nshardkeeper.instance.name=host-1\n";

  @TempDir
  private Path directory;

  private final ByteArrayOutputStream out = new ByteArrayOutputStream();
  private final ByteArrayOutputStream err = new ByteArrayOutputStream();
  private final Agent agent = on(HandlersFile::probe);

  private Agent on(Function<HandlersFile, Optional<String>> host) {
    return new Agent(
        new PrintStream(out, true, StandardCharsets.UTF_8),
        new PrintStream(err, true, StandardCharsets.UTF_8),
        host);
  }

  private String properties(String text) {
    return Neighbour.write(directory, "shardkeeper.properties", text).toString();
  }

  private String said() {
    return out.toString(StandardCharsets.UTF_8);
  }

  private String complained() {
    return err.toString(StandardCharsets.UTF_8);
  }

  @ParameterizedTest
  @ValueSource(strings = {"--help", "-h"})
  void tellsHowItIsUsed(String option) {
    assertThat(agent.run("--check", option, "whatever")).isEqualTo(Agent.DONE);
    assertThat(said())
        .startsWith("usage: java -jar shardkeeper-agent.jar [--check] [shardkeeper.properties]")
        .contains("143");
  }

  @Test
  void tellsItsVersion() {
    assertThat(agent.run("--version", "--check")).isEqualTo(Agent.DONE);
    assertThat(said())
        .isEqualToIgnoringNewLines("shardkeeper-agent of a build that is not packaged");
  }

  @Test
  void whatThereIsNotIsRefused() {
    assertThat(agent.run("--chekc")).isEqualTo(Agent.WRONG);
    assertThat(complained())
        .contains("There is no option --chekc; there are --check, --version, --help")
        .contains("usage:");
    assertThat(agent.run("a", "b")).isEqualTo(Agent.WRONG);
    assertThat(complained()).contains("There are 2 files, a and b");
    assertThat(agent.run("\0")).isEqualTo(Agent.WRONG);
    assertThat(complained()).contains("no path of a file");
    assertThat(said()).isEmpty();
  }

  @Test
  void aFileThatIsNotThereIsAMistake() {
    Path missing = directory.resolve("missing.properties");
    assertThat(agent.run(missing.toString())).isEqualTo(Agent.WRONG);
    assertThat(complained())
        .contains("file " + missing + " cannot be read")
        .doesNotContain("\tat ");
  }

  @Test
  void tellsWhatItWouldBe() {
    assertThat(agent.run("--check", properties(TWO_KEYS))).isEqualTo(Agent.DONE);
    assertThat(said().lines())
        .containsExactly(
            "An agent would be 'host-1' in namespace 'billing' at zk1:2181/apps",
            "It would offer sharding-demo",
            "It would allow nothing: shardkeeper.handlers.file is not set");
    assertThat(complained()).isEmpty();
  }

  @Test
  void handlersAreFoundBesideThePropertiesThatNameThem() {
    Path handlers = Neighbour.write(directory, "handlers.json", "{\"version\": 1}");
    String file = properties(TWO_KEYS + "shardkeeper.handlers.file=handlers.json\n");

    assertThat(agent.run("--check", file)).as(complained()).isEqualTo(Agent.DONE);
    assertThat(said()).contains("It would allow nothing: " + handlers + " allows nothing");
  }

  @Test
  void tellsWhatItWouldAllow() {
    Neighbour.write(directory, "handlers.json", """
        {"version": 1, "http": {"allow": ["https://api.example.com"]},
         "command": {"isolation": "tracked", "work": "WORK", "commands": {"list": {"program": "/bin/ls"}},
           "scripts": {"allow": ["https://scripts.example.com"], "interpreters": {"sh": ["/bin/sh"]}}}}
        """.replace(
            "WORK", directory.resolve("work").toString()));
    String file = properties(TWO_KEYS + "shardkeeper.handlers.file=handlers.json\n");

    assertThat(agent.run("--check", file)).as(complained()).isEqualTo(Agent.DONE);
    assertThat(said())
        .contains(
            "It would offer command, http, sharding-demo",
            "http: https://api.example.com",
            "command: list",
            "scripts from https://scripts.example.com",
            "Tried on this host: Commands are tracked, and no namespace holds them (it is asked for)");
    assertThat(directory.resolve("work")).doesNotExist();
  }

  @Test
  void tellsWhatItsHostRefuses() {
    Neighbour.write(directory, "handlers.json", """
        {"version": 1, "command": {"isolation": "namespace", "commands": {"list": {"program": "/bin/ls"}}}}
        """);
    String file = properties(TWO_KEYS + "shardkeeper.handlers.file=handlers.json\n");
    String why = "command: isolation: found 'namespace', which does not work here: not permitted";

    Agent refused = on(handlers -> {
      assertThat(handlers.allowed()).containsExactly("command: list");
      throw new InvalidSettingsException(List.of(why));
    });

    assertThat(refused.run("--check", file)).isEqualTo(Agent.WRONG);
    assertThat(complained()).contains(why).doesNotContain("\tat ");
    assertThat(said()).isEmpty();
  }

  @Test
  void nobodyIsJoinedBySilence() {
    assertThat(agent.run(properties("shardkeeper.instance.name=host-1"))).isEqualTo(Agent.WRONG);
    assertThat(complained())
        .contains("2 mistakes")
        .contains("shardkeeper.zookeeper is not set: an agent joins others")
        .contains("shardkeeper.namespace is not set");
  }

  @Test
  void aServerOfItsOwnIsForThoseWhoAskForIt() {
    String file = properties("shardkeeper.zookeeper=embedded\nshardkeeper.instance.name=host-1");
    assertThat(agent.run("--check", file)).isEqualTo(Agent.DONE);
    assertThat(said()).contains("'host-1' in namespace 'default' at embedded");
  }

  @Test
  void allMistakesOfBothFilesAreToldAndNoSecretIs() {
    Neighbour.write(directory, "handlers.json", "{\"version\": 7, \"everything\": true}");
    String file = properties(
        TWO_KEYS
            + "shardkeeper.grace=soon\nshardkeeper.instance.slosts=3\nshardkeeper.handlers.file=handlers.json\n"
            + "shardkeeper.credentials.file=me:hunter2\nshardkeeper.credentials.environment=NOT_THERE\n");

    assertThat(agent.run("--check", file)).isEqualTo(Agent.WRONG);
    assertThat(complained())
        .contains("5 mistakes")
        .contains("shardkeeper.grace")
        .contains("did you mean shardkeeper.instance.slots?")
        .contains("one of the two has to go")
        .contains("found 7; this build reads version 1")
        .contains("everything")
        .doesNotContain("hunter2")
        .doesNotContain("\tat ");
    assertThat(said()).isEmpty();
  }

  @Test
  void whatOnlyLooksRightIsToldBesideTheHandlers() {
    Neighbour.write(directory, "handlers.json", "{\"version\": 7}");
    String file = properties(TWO_KEYS
        + "shardkeeper.handlers.file=handlers.json\nshardkeeper.credentials.file=me:hunter2\n");

    assertThat(agent.run(file)).isEqualTo(Agent.WRONG);
    assertThat(complained())
        .contains("2 mistakes")
        .contains("shardkeeper.credentials.file")
        .contains("found 7")
        .doesNotContain("hunter2");
  }

  @Test
  void whatIsRightAndCannotStartIsAFailure() {
    Neighbour.write(directory, "in-the-way", "no directory");
    String file = properties(
        "shardkeeper.zookeeper=embedded\nshardkeeper.instance.name=host-1\nshardkeeper.embedded.directory=in-the-way");
    assertThat(agent.run(file)).isEqualTo(Agent.FAILED);
    assertThat(complained()).as("it stands in the log").isEmpty();
  }

  @Test
  void runsJobsUntilAClientHasItLeave() {
    ExecutorService thread = Executors.newSingleThreadExecutor();
    try (var neighbour = new Neighbour(directory)) {
      String file = neighbour.properties("").toString();
      var ended = CompletableFuture.supplyAsync(() -> agent.run(file), thread);
      neighbour.awaitAgent();

      var run = neighbour.runDemo();
      assertThat(run.outcome()).isEqualTo(Outcome.SUCCEEDED);
      assertThat(run.parts()).hasSize(2).allMatch(part -> part.instance().startsWith("agent-"));
      assertThat(Neighbour.await(neighbour.client().instances()))
          .filteredOn(one -> one.name().equals("agent"))
          .extracting(InstanceView::draining)
          .containsExactly(false);

      assertThat(Neighbour.await(neighbour.client().drain("agent"))).isTrue();
      assertThat(Neighbour.await(ended)).isEqualTo(Agent.DONE);
      assertThat(complained()).isEmpty();
      assertThat(directory.resolve("logs")).as("beside the file that names it").isDirectory();
    } finally {
      thread.shutdownNow();
    }
  }
}
