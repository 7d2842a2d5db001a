package io.shardkeeper.proof;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The real thing: three processes on a ZooKeeper, two of which are killed in the middle of their work. */
@Timeout(
    value = 300,
    threadMode =
        Timeout.ThreadMode.SEPARATE_THREAD) // whoever waits for a process cannot be interrupted
final class ThreeProcessesTest {
  /** What was written stays until the next time, for whoever wants to know more. */
  private static final Path DIRECTORY = Path.of("target", "proof");

  @Test
  void killsLoseNothingAndDoubleNothing(@TempDir Path data) throws Exception {
    long seed = Long.getLong("shardkeeper.seed", System.nanoTime());
    try (var play = new Play(emptied(DIRECTORY), data, seed)) {
      play.start("anna", "ben", "cleo");
      play.awaitCoordinator();
      play.defineJobs();
      play.awaitEnds(3);

      Kill first = play.killAtWork(play::follower);
      play.awaitMove(first);
      play.start(first.instance());
      play.awaitEndOn(first.instance());

      Kill second = play.killAtWork(play::awaitCoordinator);
      play.awaitCoordinator();
      long silent = (System.nanoTime() - second.mono()) / 1_000_000;
      play.awaitMove(second);
      play.start(second.instance());
      play.awaitEndOn(second.instance());
      play.awaitEnds(2);

      play.stopJobs();
      play.awaitQuiet();
      Story story = play.story();
      List<String> toldOtherwise = play.whatTheClientTellsOtherwise(story);
      boolean leftWell = play.drain();
      Story whole = play.story();

      var checker = new Checker(whole);
      List<Checker.Finding> findings = checker.findings();
      String summary = "Seed " + seed + "; what the processes wrote down stands in " + DIRECTORY
          + "\n" + Summary.of(whole) + "\n" + second.instance()
          + " coordinated: somebody else did " + silent / 1e3 + " s after it was killed";
      System.out.println(summary);
      assertThat(findings).as(summary).isEmpty();
      assertThat(toldOtherwise)
          .as("what the client tells otherwise than the history")
          .isEmpty();
      assertThat(checker.moves().stream().map(Checker.Move::kill).distinct())
          .as("each kill has cut something short")
          .containsExactlyInAnyOrder(first, second);
      assertThat(silent - whole.stalled(second.wall(), second.wall() + silent))
          .as("milliseconds without a coordinator")
          .isLessThanOrEqualTo(Play.BOUND.toMillis());
      assertThat(whole.decisions()).as("what is decided stays").isEqualTo(story.decisions());
      assertThat(leftWell).as("who lives leaves in good order").isTrue();
    }
  }

  private static Path emptied(Path directory) throws IOException {
    Files.createDirectories(directory);
    try (Stream<Path> files = Files.list(directory)) {
      for (Path file : files.toList()) {
        Files.delete(file);
      }
    }
    return directory;
  }
}
