package io.shardkeeper.examples;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** An instance in a process of its own, and whoever reads what it says. */
final class InstanceProcess {
  /** How long it may be silent before its work moves on. */
  static final Duration SESSION = Duration.ofSeconds(6);

  /** For what it said at the end to be read. */
  private static final Duration READ = Duration.ofSeconds(2);

  /** A line of its log: level, logger, text. */
  private static final Pattern LINE = Pattern.compile("([A-Z]{4,5}) (\\S+) - (.*)");

  private final String name;
  private final Process process;
  private final Scoreboard board;
  private final Thread reader;
  private final BlockingQueue<String> works = new LinkedBlockingQueue<>();

  private InstanceProcess(String name, Process process, Scoreboard board) {
    this.name = name;
    this.process = process;
    this.board = board;
    this.reader = new Thread(this::read, "reads-" + name);
    reader.setDaemon(true);
  }

  /** Where instances live: whom they ask what to do, and what is beside them. */
  record Place(String zooKeeper, Neighbour neighbour) {}

  static InstanceProcess start(String name, Place place, Scoreboard board) throws IOException {
    Process process = new ProcessBuilder(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-Xmx64m",
            "-XX:TieredStopAtLevel=1",
            "-Dshardkeeper.zookeeper=" + place.zooKeeper(),
            "-Dshardkeeper.namespace=" + QuickStart.NAMESPACE,
            "-Dshardkeeper.instance.name=" + name,
            "-Dshardkeeper.session-timeout=" + SESSION.toSeconds() + "s",
            "-Dshardkeeper.tick=500ms",
            "-Dshardkeeper.log.dir="
                + System.getProperty("quickstart.directory", "target/quickstart") + "-logs",
            "-Dshardkeeper.handlers.file=" + place.neighbour().file().toAbsolutePath(),
            "-Dquickstart.neighbour=" + place.neighbour().address(),
            "-Dorg.slf4j.simpleLogger.log.io.shardkeeper.job=info",
            "-classpath",
            System.getProperty("java.class.path"),
            QuickStartInstance.class.getName())
        .redirectErrorStream(true)
        .start();
    var instance = new InstanceProcess(name, process, board);
    instance.reader.start();
    return instance;
  }

  private void read() {
    try (var lines = new BufferedReader(
        new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        Matcher parts = LINE.matcher(line);
        if (!parts.matches()) {
          board.line(name, "", line);
        } else if (parts.group(1).equals("INFO")) {
          works.add(parts.group(2));
          board.line(name, parts.group(2), parts.group(3));
        } else {
          board.line(name, parts.group(1), parts.group(3));
        }
      }
    } catch (IOException e) {
      if (process.isAlive()) {
        throw new UncheckedIOException(e);
      }
    }
  }

  /** Waits until it begins something of a job. */
  void awaitWork(String job, Duration most) throws InterruptedException {
    works.clear();
    long end = System.nanoTime() + most.toNanos();
    String work = "";
    while (work != null && !work.equals(job)) {
      work = works.poll(end - System.nanoTime(), TimeUnit.NANOSECONDS);
    }
  }

  /** Asks it to end, as SIGTERM does. What it says is read to the end: by its handle, because the process itself would hang up. */
  void terminate() {
    process.toHandle().destroy();
  }

  /** Ends it on the spot. */
  void kill() throws InterruptedException {
    process.toHandle().destroyForcibly();
    reader.join(READ.toMillis());
  }

  /** Whether it ended in time. */
  boolean await(Duration most) throws InterruptedException {
    boolean ended = process.waitFor(most.toMillis(), TimeUnit.MILLISECONDS);
    reader.join(READ.toMillis());
    return ended;
  }
}
