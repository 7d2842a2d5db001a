package io.shardkeeper.core.instance;

import io.shardkeeper.core.layout.Lane;
import io.shardkeeper.core.layout.RunPlan;
import io.shardkeeper.core.mail.Told;
import java.util.Collections;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * What is told, and stands in no report yet: were the instance to die, its inbox would tell that it still has it. Whoever coordinates then takes what comes behind it in
 * its lane for something that has not begun.
 *
 * <p>So what runs at most once waits until nothing unwritten is before it. What was never called, and has its turn behind it, is in nobody's way: else a lane whose fires
 * come so fast that some are skipped all the time would never go on. Lives on the loop.
 */
final class Unwritten {
  /** Of which lanes something is told that had been called: that may have its turn behind another one, and have been before it all the same. How much. */
  private final Map<Lane, Integer> called = new HashMap<>();

  /** Of which lanes something is told that never was; its runs, and how often. */
  private final Map<Lane, TreeMap<RunPlan, Integer>> notCalled = new HashMap<>();

  private final Set<Told> allNotCalled = Collections.newSetFromMap(new IdentityHashMap<>());

  /** Something is told whose handler was called, or may have been. */
  void called(Told told) {
    called.merge(told.what().lane(), 1, Integer::sum);
  }

  /** Something is told whose handler was never called. */
  void notCalled(Told told) {
    allNotCalled.add(told);
    notCalled
        .computeIfAbsent(told.what().lane(), lane -> new TreeMap<>(RunPlan.IN_TURN))
        .merge(told.what().run(), 1, Integer::sum);
  }

  /** Something that was told stands in a report. */
  void written(Told told) {
    Lane lane = told.what().lane();
    if (allNotCalled.remove(told)) {
      notCalled.computeIfPresent(lane, (same, runs) -> {
        runs.computeIfPresent(told.what().run(), (run, count) -> less(count));
        return runs.isEmpty() ? null : runs;
      });
    } else {
      called.computeIfPresent(lane, (same, count) -> less(count));
    }
  }

  private static @Nullable Integer less(int count) {
    return count == 1 ? null : count - 1;
  }

  /** Whether something is before a run in a lane. */
  boolean isBefore(Lane lane, RunPlan run) {
    TreeMap<RunPlan, Integer> runs = notCalled.get(lane);
    return called.containsKey(lane)
        || (runs != null && RunPlan.IN_TURN.compare(runs.firstKey(), run) < 0);
  }
}
