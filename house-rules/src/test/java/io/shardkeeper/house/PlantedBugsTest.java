package io.shardkeeper.house;

import static java.util.stream.Collectors.joining;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.TestFactory;

/**
 * Whether the tests would notice: each planted bug is put into a copy of the project, and a test must fail there. It takes the time of
 * one build for each, so only the profile "planted" runs it.
 */
@Tag("planted")
final class PlantedBugsTest {
  private static final Path ROOT = Path.of("..");

  /** How the names of those begin that are planted: all of them, unless somebody is writing one. */
  private static final String ONLY = System.getProperty("planted", "");

  @TestFactory
  Stream<DynamicTest> theTestsNotice() throws IOException {
    List<PlantedBug> bugs =
        PlantedBug.all(ROOT).stream().filter(bug -> bug.name().startsWith(ONLY)).toList();
    return Stream.concat(
        Stream.of(DynamicTest.dynamicTest("without a bug, all is well", () -> isSound(bugs))),
        bugs.stream().map(bug -> DynamicTest.dynamicTest(bug.name(), () -> isNoticed(bug))));
  }

  /** What fails anyway proves nothing, and neither does what does not run. */
  private static void isSound(List<PlantedBug> bugs) throws IOException, InterruptedException {
    List<Trial.Ran> ran = Trial.of(ROOT, "00-sound")
        .run(union(bugs, PlantedBug::modules), union(bugs, PlantedBug::tests));
    tell("00-sound", ran);
    assertThat(ran).filteredOn(Trial.Ran::failed).isEmpty();
    assertThat(ran)
        .extracting(Trial.Ran::testClass)
        .containsAll(bugs.stream().map(PlantedBug::caughtBy).toList());
  }

  private static void isNoticed(PlantedBug bug) throws IOException, InterruptedException {
    Trial trial = Trial.of(ROOT, bug.name());
    trial.plant(bug.patch());
    List<Trial.Ran> ran = trial.run(bug.modules(), bug.tests());
    tell(bug.name(), ran);
    assertThat(ran)
        .as("Somebody believed: %s. No test of %s noticed", bug.why(), bug.caughtBy())
        .anyMatch(test -> test.failed() && test.testClass().equals(bug.caughtBy()));
  }

  private static void tell(String name, List<Trial.Ran> ran) {
    List<Trial.Ran> failed = ran.stream().filter(Trial.Ran::failed).toList();
    System.out.printf(
        "%s: %d of %d tests failed%s%n",
        name, failed.size(), ran.size(), failed.isEmpty() ? "" : ", first " + failed.get(0));
  }

  private static String union(List<PlantedBug> bugs, Function<PlantedBug, String> property) {
    Set<String> all = new LinkedHashSet<>();
    bugs.forEach(bug -> all.addAll(List.of(property.apply(bug).split(",", -1))));
    return all.stream().collect(joining(","));
  }
}
