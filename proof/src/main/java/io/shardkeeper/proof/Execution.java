package io.shardkeeper.proof;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A handler that really ran, as it wrote that down itself.
 *
 * @param start its first line
 * @param last its last one: the end, or the last sign of life of a process that died
 */
record Execution(Line start, Line last) {
  /** The executions that lines tell of, in the order in which they started. */
  static List<Execution> of(Collection<Line> lines) {
    Map<List<Long>, Execution> found = new LinkedHashMap<>();
    for (Line line : lines) {
      if (line.kind() != Line.Kind.STALL) {
        found.merge(
            List.of(line.pid(), line.execution()),
            new Execution(line, line),
            (begun, more) -> new Execution(begun.start, line));
      }
    }
    var all = new ArrayList<>(found.values());
    all.sort(Comparator.comparingLong(execution -> execution.start.mono()));
    return all;
  }

  Optional<Line> end() {
    return last.kind() == Line.Kind.END ? Optional.of(last) : Optional.empty();
  }

  /** Whether both are of one shard of one job, of whatever run. */
  boolean sameShard(Execution other) {
    return start.job().equals(other.start.job()) && start.shard() == other.start.shard();
  }

  /** Whether both try the same. */
  boolean sameRun(Execution other) {
    return sameShard(other) && start.run().equals(other.start.run());
  }
}
