package io.shardkeeper.agent;

import static org.assertj.core.api.Assertions.assertThat;

import io.shardkeeper.run.Outcome;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** The agent as a process of its own, and how that ends. */
@Timeout(180)
final class AgentProcessTest {
  /** What a JVM ends with that was asked to end by SIGTERM, and did: 128 and the number of the signal. */
  private static final int BY_SIGTERM = 143;

  @TempDir
  private Path directory;

  /** A process, and where it writes. */
  private record Started(Process process, Path out, Path err) implements AutoCloseable {
    int awaitEnd() throws InterruptedException {
      assertThat(process.waitFor(60, TimeUnit.SECONDS)).as("it ends").isTrue();
      return process.exitValue();
    }

    @Override
    public void close() {
      process.destroyForcibly();
    }
  }

  private Started start(String... arguments) throws IOException {
    Path out = directory.resolve("out.txt");
    Path err = directory.resolve("err.txt");
    List<String> command = new ArrayList<>(List.of(
        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
        "-Xmx64m",
        "-XX:TieredStopAtLevel=1",
        "-classpath",
        System.getProperty("java.class.path"),
        Agent.class.getName()));
    command.addAll(List.of(arguments));
    ProcessBuilder builder = new ProcessBuilder(command)
        .directory(directory.toFile())
        .redirectOutput(out.toFile())
        .redirectError(err.toFile());
    builder.environment().keySet().removeIf(name -> name.startsWith("SHARDKEEPER_"));
    return new Started(builder.start(), out, err);
  }

  @Test
  void worksAndEndsWithZeroWhenAClientHasItLeave() throws Exception {
    try (var neighbour = new Neighbour(directory)) {
      neighbour.properties("");
      try (Started agent = start()) { // the file of the directory in which it is started
        neighbour.awaitAgent();
        assertThat(neighbour.runDemo().outcome()).isEqualTo(Outcome.SUCCEEDED);

        assertThat(Neighbour.await(neighbour.client().drain("agent"))).isTrue();

        assertThat(agent.awaitEnd()).as("%s", Files.readString(agent.err())).isZero();
        assertThat(agent.out()).isEmptyFile();
        assertThat(Files.readAllLines(agent.err()))
            .as("an event, a line")
            .anyMatch(line -> line.endsWith("; it offers sharding-demo"))
            .anyMatch(line -> line.endsWith("This agent has left"))
            .allMatch(line -> line.matches("\\d{4}-\\d\\d-\\d\\dT\\S+ (INFO|WARN) .+"));
      }
    }
  }

  @Test
  @DisabledOnOs(value = OS.WINDOWS, disabledReason = "there is no SIGTERM")
  void finishesWhatRunsWhenItIsAskedToEnd() throws Exception {
    try (var neighbour = new Neighbour(directory)) {
      String file = neighbour.properties("").toString();
      try (Started agent = start(file)) {
        neighbour.awaitAgent();
        neighbour.runDemo();

        agent.process().destroy(); // SIGTERM

        assertThat(agent.awaitEnd()).isEqualTo(BY_SIGTERM);
        assertThat(Files.readString(agent.err())).contains("has left");
        Neighbour.until(
            "the agent to be gone",
            () -> Neighbour.await(neighbour.client().instances()).size() == 1);
      }
    }
  }

  @Test
  void aWrongConfigurationEndsItWithTwo() throws Exception {
    Files.writeString(directory.resolve("shardkeeper.properties"), "shardkeeper.grace=soon");
    try (Started agent = start()) {
      assertThat(agent.awaitEnd()).isEqualTo(Agent.WRONG);
      assertThat(Files.readString(agent.err()))
          .startsWith("The configuration has 3 mistakes:")
          .doesNotContain("\tat ");
    }
  }
}
