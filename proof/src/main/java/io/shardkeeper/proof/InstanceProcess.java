package io.shardkeeper.proof;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.shardkeeper.engine.Shardkeeper;
import io.shardkeeper.zookeeper.SettingsFiles;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;

/**
 * An instance in a process of its own. It answers questions on its standard input, and dies on the spot when that ends: so it never outlives who
 * started it.
 */
final class InstanceProcess implements AutoCloseable {
  static final String NAMESPACE = "proof";

  private static final String ID = "id";
  private static final String COORDINATES = "coordinates";
  private static final String END = "end";
  private static final String ANSWER = "answer ";

  private static final String FILE = "proof.file";
  private static final String NAME = "shardkeeper.instance.name";

  private final String name;
  private final Process process;
  private final Tail tail;
  private final BufferedReader answers;
  private final PrintStream questions;

  private InstanceProcess(String name, Process process, Tail tail) {
    this.name = name;
    this.process = process;
    this.tail = tail;
    this.answers = new BufferedReader(new InputStreamReader(process.getInputStream(), UTF_8));
    this.questions = new PrintStream(process.getOutputStream(), true, UTF_8);
  }

  /** Starts one; it connects in the background. Its history and its log get the name of its incarnation. */
  static InstanceProcess start(
      String name,
      int incarnation,
      String zooKeeper,
      Path directory,
      Duration session,
      Duration tick)
      throws IOException {
    Path file = directory.resolve(name + "-" + incarnation + ".jsonl");
    Process process = new ProcessBuilder(List.of(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-Xmx96m",
            "-XX:TieredStopAtLevel=1",
            "-XX:+UseSerialGC",
            "-Dshardkeeper.zookeeper=" + zooKeeper,
            "-Dshardkeeper.namespace=" + NAMESPACE,
            "-D" + NAME + "=" + name,
            "-Dshardkeeper.session-timeout=" + session.toMillis() + "ms",
            "-Dshardkeeper.tick=" + tick.toMillis() + "ms",
            "-D" + FILE + "=" + file,
            "-classpath",
            System.getProperty("java.class.path"),
            InstanceProcess.class.getName()))
        .redirectError(directory.resolve(name + "-" + incarnation + ".log").toFile())
        .start();
    return new InstanceProcess(name, process, new Tail(file));
  }

  String name() {
    return name;
  }

  long pid() {
    return process.pid();
  }

  /** What it has written down so far. */
  List<Line> lines() throws IOException {
    return tail.lines();
  }

  /** Whether it is registered. */
  boolean isRegistered() throws IOException {
    return !ask(ID).isEmpty();
  }

  boolean isCoordinating() throws IOException {
    return Boolean.parseBoolean(ask(COORDINATES));
  }

  private String ask(String question) throws IOException {
    questions.println(question);
    // What the JVM itself has to say comes between.
    for (String line = answers.readLine(); line != null; line = answers.readLine()) {
      if (line.startsWith(ANSWER)) {
        return line.substring(ANSWER.length());
      }
    }
    throw new IllegalStateException(
        "Instance " + name + " has ended by itself; its log stands beside its history");
  }

  /** Ends it by SIGKILL, and tells when that was. */
  Kill kill() throws InterruptedException {
    var kill = new Kill(name, pid(), System.nanoTime(), System.currentTimeMillis());
    process.destroyForcibly().waitFor();
    return kill;
  }

  /** Asks it to drain; whether it did in time, and without complaint. */
  boolean drain(Duration most) throws InterruptedException {
    questions.println(END);
    return process.waitFor(most.toMillis(), TimeUnit.MILLISECONDS) && process.exitValue() == 0;
  }

  /** Says no more, as whoever has died does; whether it ended because of that. */
  boolean hangUp(Duration most) throws InterruptedException {
    questions.close();
    return process.waitFor(most.toMillis(), TimeUnit.MILLISECONDS);
  }

  @Override
  public void close() {
    process.destroyForcibly();
  }

  // ------------------------------------------------------------------ in the process itself

  /** Takes nothing: its settings are properties of the JVM. */
  public static void main(String[] args)
      throws IOException, InterruptedException, ExecutionException {
    var in = new BufferedReader(new InputStreamReader(System.in, UTF_8));
    try (var file = HistoryFile.open(
            Path.of(Optional.ofNullable(System.getProperty(FILE)).orElseThrow()),
            Optional.ofNullable(System.getProperty(NAME)).orElseThrow());
        var shardkeeper =
            Shardkeeper.with(SettingsFiles.load()).handlers(new Work(file)).start()) {
      for (String question = in.readLine(); !END.equals(question); question = in.readLine()) {
        if (question == null) {
          Runtime.getRuntime()
              .halt(1); // nobody is there any more: no drain, which would take a while
        }
        System.out.println(ANSWER
            + (ID.equals(question)
                ? shardkeeper.instanceId().toCompletableFuture().get()
                : shardkeeper.isCoordinating().toCompletableFuture().get()));
      }
    }
  }
}
