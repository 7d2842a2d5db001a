package io.shardkeeper.benchmarks.engine;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.shardkeeper.config.Settings;
import io.shardkeeper.engine.Shardkeeper;
import io.shardkeeper.handler.JobContext;
import io.shardkeeper.handler.JobHandler;
import io.shardkeeper.handler.Result;
import io.shardkeeper.zookeeper.SettingsFiles;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/** An instance in a process of its own, which answers questions on its standard input and ends with it. */
final class InstanceProcess implements AutoCloseable {
  /** Handlers that it offers. */
  static final String COUNT = "count";

  static final String HOLD = "hold";
  static final String STAMP = "stamp";

  /** The parameter of a run of {@link #STAMP}: the nanoseconds of the monotonic clock, which all processes share, at its request. */
  static final String ASKED = "asked";

  private static final String READY = "ready";

  private final Process process;
  private final BufferedReader answers;
  private final PrintStream questions;

  private InstanceProcess(Process process) {
    this.process = process;
    this.answers = new BufferedReader(new InputStreamReader(process.getInputStream(), UTF_8));
    this.questions = new PrintStream(process.getOutputStream(), true, UTF_8);
  }

  /** Starts one; it connects in the background. */
  static InstanceProcess start(String server, String namespace, String name) throws IOException {
    List<String> command = new ArrayList<>(List.of(
        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
        "-Xms2g",
        "-Xmx2g",
        "-XX:+AlwaysPreTouch",
        "-classpath",
        System.getProperty("java.class.path"),
        "-Dshardkeeper.zookeeper=" + server,
        "-Dshardkeeper.namespace=" + namespace,
        "-Dshardkeeper.instance.slots=500",
        "-Dshardkeeper.instance.name=" + name));
    String more = System.getProperty("bench.instance", "");
    if (!more.isEmpty()) {
      command.addAll(1, List.of(more.replace("NAME", name).split(" ")));
    }
    command.add(InstanceProcess.class.getName());
    var started = new InstanceProcess(new ProcessBuilder(command)
        .redirectError(ProcessBuilder.Redirect.INHERIT)
        .start());
    // What the JVM itself has to say comes before.
    for (String line = started.ask(READY); !line.equals(READY); ) {
      line = String.valueOf(started.answers.readLine());
    }
    return started;
  }

  /** Starts several, and waits until all of them are registered. */
  static List<InstanceProcess> start(String server, String namespace, int instances)
      throws IOException {
    List<InstanceProcess> all = new ArrayList<>();
    for (int i = 0; i < instances; i++) {
      all.add(start(server, namespace, "i" + i));
    }
    for (InstanceProcess one : all) {
      while (one.ask("id").isEmpty()) {
        Thread.onSpinWait();
      }
    }
    return all;
  }

  synchronized String ask(String question) throws IOException {
    questions.println(question);
    String answer = answers.readLine();
    if (answer == null) {
      throw new IllegalStateException("An instance has ended; its message stands above");
    }
    return answer;
  }

  /** Ends it as a power cut would. */
  void kill() throws InterruptedException {
    process.destroyForcibly().waitFor();
  }

  @Override
  public void close() {
    questions.close();
    try {
      if (!process.waitFor(30, TimeUnit.SECONDS)) {
        process.destroyForcibly().waitFor();
      }
    } catch (InterruptedException e) {
      process.destroyForcibly();
      Thread.currentThread().interrupt();
    }
  }

  // ------------------------------------------------------------------ in the process itself

  private record Counting(Delays delays) implements JobHandler {
    @Override
    public String name() {
      return COUNT;
    }

    @Override
    public String description() {
      return "counts how late it starts";
    }

    @Override
    public Result handle(JobContext context) {
      delays.add(Duration.between(context.scheduledAt(), Instant.now()).toNanos());
      return Result.ok();
    }
  }

  private record Holding(AtomicInteger held) implements JobHandler {
    @Override
    public String name() {
      return HOLD;
    }

    @Override
    public String description() {
      return "runs until it is cancelled";
    }

    @Override
    public Result handle(JobContext context) throws InterruptedException {
      held.incrementAndGet();
      try {
        TimeUnit.HOURS.sleep(1);
      } finally {
        held.decrementAndGet();
      }
      return Result.ok();
    }
  }

  private record Stamping(Delays delays) implements JobHandler {
    @Override
    public String name() {
      return STAMP;
    }

    @Override
    public String description() {
      return "tells how long ago it was asked for";
    }

    @Override
    public Result handle(JobContext context) {
      delays.add(System.nanoTime() - Long.parseLong(context.parameters().getOrDefault(ASKED, "0")));
      return Result.ok();
    }
  }

  /** Takes nothing: its settings are properties of the JVM. */
  public static void main(String[] args)
      throws IOException, InterruptedException, ExecutionException {
    var delays = new Delays();
    var stamps = new Delays();
    var held = new AtomicInteger();
    Settings settings = SettingsFiles.load();
    var in = new BufferedReader(new InputStreamReader(System.in, UTF_8));
    try (var shardkeeper = Shardkeeper.with(settings)
        .handlers(new Counting(delays), new Holding(held), new Stamping(stamps))
        .start()) {
      for (String question = in.readLine(); question != null; question = in.readLine()) {
        System.out.println(
            switch (question) {
              case READY -> READY;
              case "id" -> shardkeeper.instanceId().toCompletableFuture().get();
              case "coordinates" ->
                shardkeeper.isCoordinating().toCompletableFuture().get();
              case "delays" -> delays.take();
              case "stamps" -> stamps.take();
              case "held" -> held.get();
              case "threads" -> ManagementFactory.getThreadMXBean().getThreadCount();
              case "megabytes" -> megabytes();
              case "cpu" -> cpu();
              default -> "?";
            });
      }
    }
  }

  private static String megabytes() {
    System.gc();
    return String.valueOf(
        ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed() >> 20);
  }

  private static String cpu() {
    Duration cpu = ProcessHandle.current().info().totalCpuDuration().orElse(Duration.ZERO);
    return String.format(Locale.ROOT, "%.1f", cpu.toMillis() / 1e3);
  }
}
