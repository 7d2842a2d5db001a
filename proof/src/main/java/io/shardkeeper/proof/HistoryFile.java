package io.shardkeeper.proof;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.concurrent.TimeUnit;

/**
 * Where a process writes down what it does: appended, one write for each line, so that a process that is killed leaves whole lines. Threads may share
 * it.
 */
final class HistoryFile implements AutoCloseable {
  /** How often it is looked whether the process gets to run. */
  private static final Duration LOOK = Duration.ofMillis(50);

  /** What is told as a stall. */
  static final Duration STALL = Duration.ofMillis(100);

  private final String instance;
  private final long pid = ProcessHandle.current().pid();
  private final FileChannel file;
  private final Thread watch = new Thread(this::watch, "watches-for-stalls");

  private HistoryFile(String instance, FileChannel file) {
    this.instance = instance;
    this.file = file;
    watch.setDaemon(true);
  }

  /** Opens it, and tells of stalls from now on. */
  static HistoryFile open(Path path, String instance) throws IOException {
    var opened = new HistoryFile(
        instance,
        FileChannel.open(
            path, StandardOpenOption.CREATE, StandardOpenOption.WRITE, StandardOpenOption.APPEND));
    opened.watch.start();
    return opened;
  }

  void append(Line line) {
    ByteBuffer bytes = ByteBuffer.wrap((line.json() + '\n').getBytes(UTF_8));
    try {
      int length = bytes.remaining();
      if (file.write(bytes) != length) {
        throw new IOException("Half a line was written; the disk may be full");
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The beginning of an execution. */
  Line begin(
      String job, String run, long fire, int shard, int attempt, long token, long execution) {
    var line = new Line(
        Line.Kind.START,
        job,
        run,
        fire,
        shard,
        attempt,
        token,
        execution,
        instance,
        pid,
        System.nanoTime(),
        System.currentTimeMillis(),
        0,
        "");
    append(line);
    return line;
  }

  /** Something that becomes of an execution. */
  void then(Line begun, Line.Kind kind, String result) {
    append(begun.later(kind, System.nanoTime(), System.currentTimeMillis(), result));
  }

  /** A machine that is short of time makes everything late: that is nobody's fault, but must be known. */
  private void watch() {
    long before = System.nanoTime();
    try {
      while (true) {
        TimeUnit.NANOSECONDS.sleep(LOOK.toNanos());
        long now = System.nanoTime();
        long late = now - before - LOOK.toNanos();
        if (late > STALL.toNanos()) {
          append(new Line(
              Line.Kind.STALL,
              "",
              "",
              0,
              0,
              0,
              0,
              0,
              instance,
              pid,
              now,
              System.currentTimeMillis(),
              late / 1_000_000,
              ""));
        }
        before = now;
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt(); // it is closed
    }
  }

  @Override
  public void close() throws IOException {
    watch.interrupt();
    try {
      watch.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    file.close();
  }
}
