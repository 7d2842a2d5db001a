package io.shardkeeper.house;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/**
 * A mistake that somebody could make, kept as a patch, and the tests that would notice.
 *
 * @param name of its file, without the ending
 * @param why what somebody believed who made it
 * @param modules those to be built, with commas
 * @param tests those to be run, with commas, in the form that Surefire takes
 * @param caughtBy the class of a test that must fail
 * @param patch the mistake
 */
record PlantedBug(
    String name, String why, String modules, String tests, String caughtBy, Patch patch) {
  private static final String ENDING = ".patch";

  PlantedBug {
    if (!name.matches("\\d\\d-[a-z-]+")) {
      throw new IllegalArgumentException(
          "Planted bug '" + name + "': its name should be like 01-what-is-wrong");
    }
    for (String test : tests.split(",", -1)) {
      if (!test.matches("\\w+(#[\\w+*?]+)?")) {
        throw new IllegalArgumentException("Planted bug '" + name + "': '" + test
            + "' should be like SomeTest or SomeTest#aMethod+another");
      }
    }
    if (!Stream.of(tests.split("[,#]", -1)).toList().contains(caughtBy)) {
      throw new IllegalArgumentException(
          "Planted bug '" + name + "': " + caughtBy + " cannot catch it, for it is not run");
    }
  }

  /** All that are kept, by name. */
  static List<PlantedBug> all(Path root) throws IOException {
    try (Stream<Path> files = Files.list(root.resolve("planted-bugs"))) {
      return files
          .filter(file -> file.toString().endsWith(ENDING))
          .sorted()
          .map(PlantedBug::read)
          .toList();
    }
  }

  private static PlantedBug read(Path file) {
    String name = file.getFileName().toString();
    try {
      List<String> lines = Files.readAllLines(file);
      return new PlantedBug(
          name.substring(0, name.length() - ENDING.length()),
          header(lines, "why"),
          header(lines, "modules"),
          header(lines, "tests"),
          header(lines, "caught-by"),
          Patch.of(lines));
    } catch (IOException | IllegalArgumentException e) {
      throw new AssertionError("Reading " + name + ": " + e.getMessage(), e);
    }
  }

  private static String header(List<String> lines, String key) {
    String start = "# " + key + ": ";
    return lines.stream()
        .takeWhile(line -> line.startsWith("#"))
        .filter(line -> line.startsWith(start))
        .map(line -> line.substring(start.length()).strip())
        .filter(value -> !value.isEmpty())
        .findFirst()
        .orElseThrow(
            () -> new IllegalArgumentException("It should begin with a line '" + start + "…'"));
  }

  @Override
  public String toString() {
    return name;
  }
}
