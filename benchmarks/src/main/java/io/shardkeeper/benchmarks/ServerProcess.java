package io.shardkeeper.benchmarks;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.shardkeeper.zookeeper.EmbeddedZooKeeper;
import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * A ZooKeeper in a process of its own, in a directory that goes with it. It lives as long as its standard input is open: so it ends when
 * it is closed, and also when whoever started it ends in any other way.
 */
public final class ServerProcess implements AutoCloseable {
  private static final long LONGEST_CLOSE_SECONDS = 30;

  private final Process process;
  private final Path directory;
  private final String connectString;

  private ServerProcess(Process process, Path directory, String connectString) {
    this.process = process;
    this.directory = directory;
    this.connectString = connectString;
  }

  /** Starts one that waits for the disk before it acknowledges a write, or does not. */
  public static ServerProcess start(boolean durable) throws IOException {
    Path directory = Files.createTempDirectory("shardkeeper-bench");
    Process process = new ProcessBuilder(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-Xms1g",
            "-Xmx1g",
            "-XX:+AlwaysPreTouch",
            "-classpath",
            System.getProperty("java.class.path"),
            ServerProcess.class.getName(),
            directory.toString(),
            String.valueOf(durable))
        .redirectError(ProcessBuilder.Redirect.INHERIT)
        .start();
    String connectString =
        new BufferedReader(new InputStreamReader(process.getInputStream(), UTF_8)).readLine();
    var server = new ServerProcess(process, directory, String.valueOf(connectString));
    if (connectString == null) {
      server.close();
      throw new IllegalStateException("The server did not start; its message stands above");
    }
    return server;
  }

  public String connectString() {
    return connectString;
  }

  @Override
  public void close() throws IOException {
    process.getOutputStream().close();
    try {
      if (!process.waitFor(LONGEST_CLOSE_SECONDS, TimeUnit.SECONDS)) {
        process.destroyForcibly().waitFor();
      }
    } catch (InterruptedException e) {
      process.destroyForcibly();
      Thread.currentThread().interrupt();
    }
    remove(directory);
  }

  /** The server itself: takes its directory, and whether it is durable; prints where it listens. */
  public static void main(String[] args) throws IOException {
    Path directory = Path.of(args[0]);
    EmbeddedZooKeeper server =
        EmbeddedZooKeeper.in(directory).durable(Boolean.parseBoolean(args[1])).start();
    // However this process ends, short of being killed.
    Runtime.getRuntime().addShutdownHook(new Thread(() -> {
      server.close();
      remove(directory);
    }));
    System.out.println(server.connectString());
    while (System.in.read() >= 0) {
      // Nobody writes; the end is what is waited for.
    }
  }

  private static void remove(Path directory) {
    if (Files.exists(directory)) {
      try (Stream<Path> files = Files.walk(directory)) {
        List<File> deepestFirst =
            files.sorted(Comparator.reverseOrder()).map(Path::toFile).toList();
        deepestFirst.forEach(File::delete);
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }
}
