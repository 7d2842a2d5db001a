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
import java.util.concurrent.atomic.AtomicInteger;
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
  private static final int PLAYS = Integer.getInteger("shardkeeper.swarm.plays", 140);
  private static final int FIRES = Integer.getInteger("shardkeeper.swarm.fires", 5_000);

  /** What happens only with some luck, and has to be seen to go well: if it does not happen, the plays prove nothing of it. */
  private static final List<String> SOMETIMES = List.of(
      "a handler is abandoned",
      "a run over several transactions",
      "a stretch of misfires",
      "a run is done again",
      "an abandoned handler returned",
      "an instance answered a question",
      "an instance leaves",
      "both builds coordinated in one play",
      "claim",
      "message Recall",
      "run COVERED",
      "shard COVERED is gone",
      "commit lost after its effect",
      "commit lost before its effect",
      "commit took effect long after it was lost",
      "coordinator died behind a report",
      "coordinator died behind a ticket",
      "coordinator died behind its claim",
      "ended long after it was due",
      "given again without an attempt",
      "handed back: leaving",
      "history merged: BUCKET",
      "history merged: PIECE",
      "key known",
      "key remembered",
      "kill answered",
      "message Drop",
      "message End",
      "message Drain",
      "message Leave",
      "moved untouched",
      "moved, though it may have started",
      "parked for TIME and released",
      "parked for TURN and released",
      "parked found by a new tenure",
      "report refused the second time",
      "request accepted",
      "retry at the same instance",
      "retry elsewhere",
      "run LOST",
      "run SKIPPED_DELETED",
      "run SKIPPED_PAUSED",
      "session expired",
      "session given up",
      "shard KILLED before it started",
      "shard LOST for that one",
      "shard LOST must not start twice",
      "shard SKIPPED_OVERLAP no more may",
      "shard SKIPPED_OVERLAP run before it had not ended",
      "shard TIMED_OUT ",
      "stale term refused",
      "standing found by a new tenure",
      "standing stored",
      "standing stored again",
      "two coordinate, as far as they know",
      "unknown commit that had been refused",
      "unknown commit that had landed",
      "unknown commit that had not come",
      "waited as long as a handler asked",
      "work yielded to a drain");

  /** Plays that break a promise after which no more is played: it takes long, and they tell enough. */
  private static final int ENOUGH = 5;

  /** What became of a play. */
  private record Played(String broken, Map<String, Integer> sometimes, long fires, int trace) {}

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
      var bad = new AtomicInteger();
      List<Callable<Played>> all = LongStream.range(first, first + plays)
          .mapToObj(seed -> (Callable<Played>) () -> {
            if (bad.get() >= ENOUGH) {
              return new Played("", Map.of(), 0, 0);
            }
            Played played = play(seed, FIRES);
            bad.addAndGet(played.broken().isEmpty() ? 0 : 1);
            return played;
          })
          .toList();
      List<String> broken = new ArrayList<>();
      Map<String, Integer> sometimes = new TreeMap<>();
      long fires = 0;
      for (Future<Played> future : threads.invokeAll(all)) {
        Played played = future.get();
        fires += played.fires();
        played.sometimes().forEach((what, count) -> sometimes.merge(what, count, Integer::sum));
        if (!played.broken().isEmpty()) {
          broken.add(played.broken());
        }
      }
      assertThat(broken)
          .as(
              "%d of at most %d plays of %d fires broke a promise; what happened: %s",
              broken.size(), plays, FIRES, sometimes)
          .isEmpty();
      if (System.getProperty("shardkeeper.swarm.plays") == null) {
        assertThat(fires).isGreaterThanOrEqualTo((long) plays * FIRES);
        assertThat(sometimes).containsKeys(SOMETIMES.toArray(String[]::new));
      }
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
        : "seed " + seed + " " + swarm.premise() + "\n  "
            + String.join("\n  ", violations.subList(0, Math.min(6, violations.size())))
            + "\n  bad luck: " + swarm.log();
    return new Played(broken, swarm.sometimes(), swarm.fires(), swarm.trace());
  }
}
