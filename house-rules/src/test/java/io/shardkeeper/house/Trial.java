package io.shardkeeper.house;

import java.io.File;
import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import javax.xml.parsers.DocumentBuilderFactory;
import javax.xml.parsers.ParserConfigurationException;
import org.w3c.dom.Document;
import org.w3c.dom.Element;
import org.w3c.dom.NodeList;
import org.xml.sax.SAXException;

/** A copy of the project, in which something may be changed and tests be run. Of one thread. */
final class Trial {
  /** A machine that has run the build needs less than one. */
  private static final Duration PATIENCE = Duration.ofMinutes(5);

  /** What is made, and what was. */
  private static final Set<String> LEFT_OUT = Set.of("target", ".git", ".idea");

  private final Path copy;
  private final Path log;

  private Trial(Path copy, Path log) {
    this.copy = copy;
    this.log = log;
  }

  /** One test that ran. */
  record Ran(String testClass, String test, boolean failed) {
    @Override
    public String toString() {
      return testClass + "." + test;
    }
  }

  /** A fresh copy of the sources. */
  static Trial of(Path root, String name) throws IOException {
    Path trials = root.resolve("house-rules/target/planted").toAbsolutePath().normalize();
    Path copy = trials.resolve(name);
    if (Files.exists(copy)) {
      delete(copy);
    }
    Files.createDirectories(copy);
    copy(root, copy);
    return new Trial(copy, trials.resolve(name + ".log"));
  }

  private static void delete(Path tree) throws IOException {
    List<Path> all;
    try (Stream<Path> found = Files.walk(tree)) {
      all = new ArrayList<>(found.toList());
    }
    for (int i = all.size() - 1; i >= 0; i--) { // what is below comes after what is above
      Files.delete(all.get(i));
    }
  }

  private static void copy(Path from, Path to) throws IOException {
    Files.walkFileTree(from, new SimpleFileVisitor<>() {
      @Override
      public FileVisitResult preVisitDirectory(Path folder, BasicFileAttributes attributes)
          throws IOException {
        if (LEFT_OUT.contains(folder.getFileName().toString())) {
          return FileVisitResult.SKIP_SUBTREE;
        }
        Files.createDirectories(to.resolve(from.relativize(folder)));
        return FileVisitResult.CONTINUE;
      }

      @Override
      public FileVisitResult visitFile(Path file, BasicFileAttributes attributes)
          throws IOException {
        Path copied = Files.copy(file, to.resolve(from.relativize(file)));
        if (Files.isExecutable(file) && !copied.toFile().setExecutable(true)) {
          throw new IOException("Copying " + file + ": the copy cannot be made executable");
        }
        return FileVisitResult.CONTINUE;
      }
    });
  }

  /** Changes the copy. */
  void plant(Patch patch) throws IOException {
    for (Patch.FileChange change : patch.files()) {
      Path file = copy.resolve(change.path());
      Files.writeString(file, change.applyTo(Files.readString(file)));
    }
  }

  /**
   * Builds modules of the copy without the checks, and runs tests in them. Nothing is fetched: the build that runs this has fetched it all.
   */
  List<Ran> run(String modules, String tests) throws IOException, InterruptedException {
    var command = new ProcessBuilder(
            "./mvnw",
            "-o",
            "-B",
            "-q",
            "-Pquickstart", // neither Error Prone, nor format, nor coverage
            "-Dmaven.test.skip=false",
            "-Dmaven.test.failure.ignore=true", // what failed is told by the reports, of all
            // modules
            "-Dsurefire.failIfNoSpecifiedTests=false",
            "-Dshardkeeper.swarm.plays=40", // enough for what is planted, and done in a minute
            "-Dshardkeeper.swarm.fires=500",
            "-pl",
            modules,
            "-Dtest=" + tests,
            "test")
        .directory(copy.toFile())
        .redirectErrorStream(true)
        .redirectOutput(log.toFile());
    repository().ifPresent(command.command()::add);
    command.environment().keySet().removeIf(Trial::speaksToTheOuterBuild);
    command.environment().put("JAVA_HOME", System.getProperty("java.home"));
    Process build = command.start();
    try {
      if (!build.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS)) {
        throw new AssertionError(copy.getFileName() + ": no end after " + PATIENCE
            + "; name fewer tests, and such as do not wait; see " + log);
      }
    } finally {
      build.descendants().forEach(ProcessHandle::destroyForcibly);
      build.destroyForcibly();
    }
    if (build.exitValue() != 0) {
      throw new AssertionError(copy.getFileName() + ": it did not come to tests; see " + log);
    }
    return reports();
  }

  /** The repository of the build that runs this, if Surefire tells it: another one may be empty. */
  private static Optional<String> repository() {
    return Optional.ofNullable(System.getProperty("localRepository"))
        .map(path -> "-Dmaven.repo.local=" + path);
  }

  /** Options of the outer build, and the sign that it runs where nothing is mended. Where the wrapper keeps Maven stays the same. */
  private static boolean speaksToTheOuterBuild(String variable) {
    return variable.equals("CI")
        || (variable.startsWith("MAVEN_") && !variable.equals("MAVEN_USER_HOME"));
  }

  private List<Ran> reports() throws IOException {
    List<Path> reports;
    try (Stream<Path> files = Files.walk(copy)) {
      reports = files
          .filter(file -> file.toString().contains("surefire-reports" + File.separator + "TEST-"))
          .sorted()
          .toList();
    }
    List<Ran> ran = new ArrayList<>();
    for (Path report : reports) {
      ran.addAll(read(report));
    }
    return ran;
  }

  private static List<Ran> read(Path report) throws IOException {
    Document document;
    try {
      document = DocumentBuilderFactory.newInstance().newDocumentBuilder().parse(report.toFile());
    } catch (ParserConfigurationException | SAXException e) {
      throw new IOException("Reading " + report, e);
    }
    NodeList cases = document.getElementsByTagName("testcase");
    return IntStream.range(0, cases.getLength())
        .mapToObj(cases::item)
        .map(Element.class::cast)
        .map(Trial::ran)
        .toList();
  }

  private static Ran ran(Element testcase) {
    String name = testcase.getAttribute("classname");
    boolean failed = Stream.of("failure", "error")
        .anyMatch(end -> testcase.getElementsByTagName(end).getLength() > 0);
    return new Ran(
        name.substring(name.lastIndexOf('.') + 1), testcase.getAttribute("name"), failed);
  }
}
