package io.shardkeeper.simulation;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/** Plays fleets under bad luck, and checks after each that every promise was kept. */
final class SwarmTest {
  private static final long FIRST = Long.getLong("shardkeeper.swarm.seed", 1);
  private static final int PLAYS = Integer.getInteger("shardkeeper.swarm.plays", 20);
  private static final int FIRES = Integer.getInteger("shardkeeper.swarm.fires", 500);

  @Test
  void whateverHappensThePromisesAreKept() {
    List<String> broken = new ArrayList<>();
    Map<String, Integer> sometimes = new TreeMap<>();
    for (long seed = FIRST; seed < FIRST + PLAYS; seed++) {
      var swarm = new Swarm(seed, FIRES);
      List<String> violations;
      try {
        violations = swarm.play();
      } catch (RuntimeException | Error e) {
        var trace = new java.io.StringWriter();
        e.printStackTrace(new java.io.PrintWriter(trace));
        violations = List.of(trace.toString());
      }
      swarm.sometimes().forEach((what, count) -> sometimes.merge(what, count, Integer::sum));
      if (!violations.isEmpty()) {
        broken.add("seed " + seed + " " + swarm.options() + "\n  "
            + String.join("\n  ", violations.subList(0, Math.min(6, violations.size())))
            + "\n  log: " + swarm.log());
      }
    }
    assertThat(broken)
        .as(() -> broken.size() + " of " + PLAYS + " plays broke a promise; play one again with "
            + "-Dtest=SwarmTest -DargLine='-Dshardkeeper.swarm.seed=<seed> -Dshardkeeper.swarm.plays=1'; "
            + sometimes)
        .isEmpty();
  }
}
