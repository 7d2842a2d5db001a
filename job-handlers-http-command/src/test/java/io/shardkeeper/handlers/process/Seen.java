package io.shardkeeper.handlers.process;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.stream.Stream;

/** What is to be seen on this machine, told by the machine and not by what is tested. */
public final class Seen {
  private static final long PATIENCE_SECONDS = 60;

  private Seen() {}

  /** The modes that work here: one everywhere, two where there are namespaces. */
  public static Stream<Isolation.Mode> modes() {
    return Isolation.probe(Isolation.Mode.AUTO, Machine.here()).namespace()
        ? Stream.of(Isolation.Mode.NAMESPACE, Isolation.Mode.TRACKED)
        : Stream.of(Isolation.Mode.TRACKED);
  }

  /** Waits for something that comes soon, unless it is broken. */
  public static void until(String what, BooleanSupplier holds) {
    long begin = System.nanoTime();
    while (!holds.getAsBoolean()) {
      assertThat(System.nanoTime() - begin)
          .as("waiting until " + what)
          .isLessThan(TimeUnit.SECONDS.toNanos(PATIENCE_SECONDS));
      LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(3));
    }
  }

  /** The processes of this machine that run with some text in their arguments. */
  public static List<String> processes(String marker) {
    List<String> found = new ArrayList<>();
    try (DirectoryStream<Path> all = Files.newDirectoryStream(Path.of("/proc"), "[0-9]*")) {
      for (Path process : all) {
        String line = read(process.resolve("cmdline"));
        String stat = read(process.resolve("stat"));
        boolean ended = stat.isEmpty() || "ZX".indexOf(stat.charAt(stat.lastIndexOf(')') + 2)) >= 0;
        if (line.contains(marker) && !ended) {
          found.add(process.getFileName() + " " + line.replace('\0', ' '));
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return found;
  }

  /** How many processes of this machine have a variable with some value. */
  public static long carrying(String name, String value) {
    long found = 0;
    try (DirectoryStream<Path> all = Files.newDirectoryStream(Path.of("/proc"), "[0-9]*")) {
      for (Path process : all) {
        List<String> variables = List.of(read(process.resolve("environ")).split("\0"));
        found += variables.contains(name + "=" + value) ? 1 : 0;
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return found;
  }

  private static String read(Path path) {
    try {
      return Files.readString(path, StandardCharsets.ISO_8859_1);
    } catch (IOException e) {
      return ""; // it has ended
    }
  }

  /** How many files a directory has; 0 if there is none. */
  public static long count(Path directory) {
    try (Stream<Path> files = Files.list(directory)) {
      return files.count();
    } catch (IOException e) {
      return 0;
    }
  }
}
