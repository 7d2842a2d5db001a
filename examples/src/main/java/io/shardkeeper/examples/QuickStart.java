package io.shardkeeper.examples;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.Comparator;
import java.util.stream.Stream;

/** What {@code ./mvnw -Pquickstart} starts: as much of Shardkeeper as there is, and a word on where to look next. */
public final class QuickStart {
  private QuickStart() {}

  /** Takes an expression and a zone for {@link NextFires}. */
  public static void main(String[] args) throws Exception {
    System.out.println();
    System.out.println(
        "Shardkeeper so far: triggers that are exactly right, and a ledger on ZooKeeper. Jobs that run and a console follow.");
    System.out.println();
    var fires = new NextFires(Clock.systemUTC(), System.out);
    fires.run(args);
    System.out.println();
    System.out.println("And what a mistake looks like:");
    System.out.println();
    fires.run("0 0 25 * * ?");
    System.out.println();
    System.out.println("Who decides, when there are three who could:");
    System.out.println();
    Path directory = Files.createTempDirectory("shardkeeper-quickstart");
    new WhoDecides(Clock.systemUTC(), System.out).run(directory);
    delete(directory);
    System.out.println();
    System.out.println(
        "Try your own:    ./mvnw -Pquickstart -Dcron='0 9 * * MON#1' -Dzone=America/New_York");
    System.out.println("Read on:         docs/triggers.md, docs/architecture.md");
    System.out.println("Copy from:       examples/src/main/java/io/shardkeeper/examples");
    System.out.println("Run all tests:   ./mvnw verify");
    System.out.println();
  }

  private static void delete(Path directory) throws IOException {
    try (Stream<Path> files = Files.walk(directory)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(file);
      }
    }
  }
}
