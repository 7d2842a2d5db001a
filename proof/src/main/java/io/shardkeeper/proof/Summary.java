package io.shardkeeper.proof;

import static java.util.stream.Collectors.counting;
import static java.util.stream.Collectors.groupingBy;

import io.shardkeeper.run.Outcome;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/** What happened in a play, in a few lines for people. */
final class Summary {
  private Summary() {}

  static String of(Story story) {
    List<Execution> executions = Execution.of(story.lines());
    var lines = new ArrayList<String>();
    lines.add(String.format(
        Locale.ROOT,
        "%.0f s, %d processes, %d executions, %d lines of their own",
        (story.until() - story.from()) / 1e3,
        story.lines().stream().map(Line::pid).distinct().count(),
        executions.size(),
        story.lines().size()));
    for (Task task : story.tasks()) {
      Map<Outcome, Long> outcomes = new TreeMap<>(story.decisions().stream()
          .filter(decision -> decision.job().equals(task.job()))
          .collect(groupingBy(Decision::outcome, counting())));
      List<Execution> own = executions.stream()
          .filter(execution -> execution.start().job().equals(task.job()))
          .toList();
      lines.add(String.format(
          Locale.ROOT,
          "%-12s %3d fires due, decided %s; longest silence %.1f s; %d started at a later attempt",
          task.job(),
          task.fires(story.from(), story.until()).size(),
          outcomes,
          silence(own) / 1e3,
          own.stream().filter(execution -> execution.start().attempt() > 1).count()));
    }
    for (Kill kill : story.kills()) {
      lines.add(kill.instance() + " was killed at " + Instant.ofEpochMilli(kill.wall()));
    }
    for (Checker.Move move : new Checker(story).moves()) {
      lines.add(String.format(
          Locale.ROOT,
          "moved        %s shard %d from %s to %s, %.1f s after the kill",
          move.cut().start().job(),
          move.cut().start().shard(),
          move.cut().start().instance(),
          move.again().start().instance(),
          move.millis() / 1e3));
    }
    long stalled = story.stalled(story.from(), story.until());
    if (stalled > 0) {
      lines.add("For " + stalled + " ms some process did not get to run");
    }
    return String.join("\n", lines);
  }

  /** The longest time between two starts, in milliseconds. */
  private static long silence(List<Execution> executions) {
    long longest = 0;
    for (int i = 1; i < executions.size(); i++) {
      longest = Math.max(
          longest,
          (executions.get(i).start().mono() - executions.get(i - 1).start().mono()) / 1_000_000);
    }
    return longest;
  }
}
