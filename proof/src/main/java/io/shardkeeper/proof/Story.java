package io.shardkeeper.proof;

import java.time.Duration;
import java.util.Comparator;
import java.util.List;

/**
 * All that is known of a play when it is over.
 *
 * @param tasks the jobs
 * @param from the first instant at which they are due, in milliseconds of the epoch
 * @param until the first at which they are no longer
 * @param bound how long it may take until the work of an instance that was killed runs elsewhere
 * @param kills who was killed
 * @param lines what the processes have written down, each in its order
 * @param decisions what the history tells
 */
record Story(
    List<Task> tasks,
    long from,
    long until,
    Duration bound,
    List<Kill> kills,
    List<Line> lines,
    List<Decision> decisions) {
  Story {
    tasks = List.copyOf(tasks);
    kills = List.copyOf(kills);
    lines = List.copyOf(lines);
    decisions = List.copyOf(decisions);
  }

  /** For how many milliseconds between two instants of the wall clock some process did not get to run. */
  long stalled(long begin, long end) {
    List<Line> stalls = lines.stream()
        .filter(line -> line.kind() == Line.Kind.STALL)
        .sorted(Comparator.comparingLong(line -> line.wall() - line.millis()))
        .toList();
    long sum = 0;
    long counted = begin;
    for (Line stall : stalls) {
      long first = Math.max(counted, stall.wall() - stall.millis());
      long last = Math.min(end, stall.wall());
      if (last > first) {
        sum += last - first;
        counted = last;
      }
    }
    return sum;
  }

  /** What a process of this number was, if it was killed. */
  boolean wasKilled(long pid) {
    return kills.stream().anyMatch(kill -> kill.pid() == pid);
  }
}
