package io.shardkeeper.simulation;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * Plays fleets under bad luck, and checks after each that every promise was kept. A play that breaks one is played again by its seed:
 *
 * <pre>{@code ./mvnw test -pl job-api,job-core -Dtest=SwarmTest -Dshardkeeper.swarm.seed=<seed> -Dshardkeeper.swarm.plays=1}</pre>
 */
final class SwarmTest {
  private static final long FIRST = Long.getLong("shardkeeper.swarm.seed", 1);
  private static final int PLAYS = Integer.getInteger("shardkeeper.swarm.plays", 200);
  private static final int FIRES = Integer.getInteger("shardkeeper.swarm.fires", 5_000);

  /** What became of a play. */
  private record Played(long seed, String broken, Map<String, Integer> sometimes, int trace) {}

  @Test
  void whateverHappensThePromisesAreKept() throws Exception {
    playAll(FIRST, PLAYS);
  }

  @Test
  @Tag("soak")
  void whateverHappensForAnEveningThePromisesAreKept() throws Exception {
    playAll(100_000, 2_000);
  }

  @Test
  void theSameSeedPlaysTheSame() {
    for (long seed = FIRST; seed < FIRST + 2; seed++) {
      assertThat(play(seed, Math.min(FIRES, 500)).trace())
          .as("seed %d", seed)
          .isEqualTo(play(seed, Math.min(FIRES, 500)).trace());
    }
  }

  private static void playAll(long first, int plays) throws Exception {
    ExecutorService threads =
        Executors.newFixedThreadPool(Math.min(4, Runtime.getRuntime().availableProcessors()));
    try {
      List<Callable<Played>> all = LongStream.range(first, first + plays)
          .mapToObj(seed -> (Callable<Played>) () -> play(seed, FIRES))
          .toList();
      List<String> broken = new ArrayList<>();
      Map<String, Integer> sometimes = new TreeMap<>();
      for (Future<Played> future : threads.invokeAll(all)) {
        Played played = future.get();
        played.sometimes().forEach((what, count) -> sometimes.merge(what, count, Integer::sum));
        if (!played.broken().isEmpty()) {
          broken.add(played.broken());
        }
      }
      assertThat(broken)
          .as(
              "%d of %d plays of %d fires broke a promise; what happened: %s",
              broken.size(), plays, FIRES, sometimes)
          .isEmpty();
    } finally {
      threads.shutdownNow();
    }
  }

  private static Played play(long seed, int fires) {
    var swarm = new Swarm(seed, fires);
    List<String> violations;
    try {
      violations = swarm.play();
    } catch (RuntimeException | Error e) {
      var trace = new StringWriter();
      e.printStackTrace(new PrintWriter(trace));
      violations = List.of(trace.toString());
    }
    String broken = violations.isEmpty()
        ? ""
        : "seed " + seed + " " + swarm.options() + "\n  "
            + String.join("\n  ", violations.subList(0, Math.min(6, violations.size())))
            + "\n  bad luck: " + swarm.log();
    return new Played(seed, broken, swarm.sometimes(), swarm.trace());
  }
}
