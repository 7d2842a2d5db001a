package io.shardkeeper.proof;

import static java.util.stream.Collectors.groupingBy;

import io.shardkeeper.run.Outcome;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/**
 * Compares what the history tells with what the processes have written down themselves, and with what was due. It believes neither, and shares no rule
 * with the product. Of one thread.
 */
final class Checker {
  /** How late a shard may start when nothing is wrong, in milliseconds. */
  static final long LATE = 1_000;

  /** How early, by the rounding of clocks. */
  private static final long EARLY = 50;

  /** What was done so shortly before a kill may not have been told any more. */
  private static final long UNTOLD = 1_000;

  /** By how much the end of a run and the fire that was discarded because of it may miss each other: a shorter stall is not written down. */
  private static final long NEAR = HistoryFile.STALL.toMillis();

  private final Story story;
  private final List<Execution> executions;
  private final List<Finding> findings = new ArrayList<>();

  Checker(Story story) {
    this.story = story;
    this.executions = Execution.of(story.lines());
  }

  /**
   * A promise that was broken.
   *
   * @param what in plain words
   * @param evidence the lines that show it
   */
  record Finding(String what, List<String> evidence) {
    @Override
    public String toString() {
      return what + evidence.stream().reduce("", (all, line) -> all + "\n    " + line);
    }
  }

  /**
   * A shard that was cut short by a kill, and ran again.
   *
   * @param millis from the kill until it ran again
   */
  record Move(Kill kill, Execution cut, Execution again, long millis) {}

  /** All promises that were broken. */
  List<Finding> findings() {
    eachFireIsDecidedOnce();
    nothingRunsThatIsNotDue();
    outcomesAreTrue();
    atMostOnceIsAtMostOnce();
    nothingOverlaps();
    tokensGrow();
    eachEndIsTold();
    startsAreOnTime();
    whatWasCutShortRunsAgain();
    return List.copyOf(findings);
  }

  private void find(String what, Collection<?> evidence) {
    findings.add(new Finding(
        what,
        evidence.stream()
            .map(each -> each instanceof Line line ? line.json() : each.toString())
            .toList()));
  }

  // ------------------------------------------------------------------ fires and their outcomes

  private void eachFireIsDecidedOnce() {
    for (Task task : story.tasks()) {
      Map<Long, List<Decision>> told = new TreeMap<>(story.decisions().stream()
          .filter(decision -> decision.job().equals(task.job()))
          .collect(groupingBy(Decision::fire)));
      for (long fire : task.fires(story.from(), story.until())) {
        List<Decision> decisions = Optional.ofNullable(told.remove(fire)).orElse(List.of());
        if (decisions.isEmpty()) {
          find(
              "A fire is missing: " + task.job() + " was due at " + at(fire)
                  + ", and nothing tells what became of that",
              linesOf(task, fire));
        } else if (decisions.size() > 1) {
          find(
              "A fire is doubled: " + task.job() + " of " + at(fire) + " was decided "
                  + decisions.size() + " times",
              decisions);
        }
      }
      told.forEach((fire, decisions) ->
          find("Never due: " + task.job() + " at " + at(fire) + " was decided", decisions));
    }
  }

  private List<Line> linesOf(Task task, long fire) {
    return story.lines().stream()
        .filter(line ->
            line.kind() == Line.Kind.START && line.job().equals(task.job()) && line.fire() == fire)
        .toList();
  }

  private void nothingRunsThatIsNotDue() {
    for (Execution execution : executions) {
      Line start = execution.start();
      if (start.fire() < story.from()
          || start.fire() >= story.until()
          || start.fire() % task(start).period() != 0) {
        find(
            "Never due: " + start.job() + " at " + at(start.fire()) + " was started",
            List.of(start));
      }
    }
  }

  private Task task(Line line) {
    return task(line.job());
  }

  private Task task(String job) {
    return story.tasks().stream()
        .filter(each -> each.job().equals(job))
        .findFirst()
        .orElseThrow(() -> new IllegalArgumentException("Nobody defined job " + job));
  }

  private void outcomesAreTrue() {
    for (Decision decision : story.decisions()) {
      Task task = task(decision.job());
      List<Execution> own = executions.stream()
          .filter(each ->
              each.start().job().equals(decision.job()) && each.start().fire() == decision.fire())
          .toList();
      switch (decision.outcome()) {
        case SUCCEEDED -> partsAreTrue(task, decision, own);
        case LOST, PARTIAL -> {
          if (task.atMostOnce()) {
            partsAreTrue(task, decision, own);
          } else {
            unexplained(decision);
          }
        }
        case SKIPPED_OVERLAP -> discardedWithReason(task, decision, own);
        default -> unexplained(decision);
      }
    }
  }

  private void unexplained(Decision decision) {
    find(
        "An outcome that nothing in this play explains: " + decision.job() + " of "
            + at(decision.fire()) + " ended " + decision.outcome(),
        List.of(decision));
  }

  private void partsAreTrue(Task task, Decision decision, List<Execution> own) {
    Set<Integer> shards = new HashSet<>();
    for (Decision.Part part : decision.parts()) {
      shards.add(part.shard());
      List<Execution> tries =
          own.stream().filter(each -> each.start().shard() == part.shard()).toList();
      boolean isTrue = part.outcome() == Outcome.SUCCEEDED
          ? tries.stream()
              .anyMatch(each -> each.end().isPresent()
                  && each.last().result().equals(Line.OK)
                  && Work.signature(each.start()).equals(part.text()))
          : part.outcome() == Outcome.LOST && mayBeLost(decision.fire(), tries);
      if (!isTrue) {
        find(
            "What is told is not true: of " + task.job() + " of " + at(decision.fire())
                + " shard " + part.shard() + " is told " + part.outcome()
                + ", and no process has written down what would be so",
            evidence(decision, tries));
      }
    }
    if (shards.size() != task.shards() || decision.parts().size() != task.shards()) {
      find(
          "Shards are missing or doubled: " + task.job() + " of " + at(decision.fire()) + " has "
              + task.shards() + ", and " + decision.parts().size() + " are told of",
          List.of(decision));
    }
  }

  /** It began on one that was killed, or was due there before its end was noticed: then nobody can know whether it had begun. */
  private boolean mayBeLost(long fire, List<Execution> tries) {
    return tries.isEmpty()
        ? story.kills().stream()
            .anyMatch(kill -> fire + LATE >= kill.wall()
                && fire
                    <= kill.wall() + story.bound().toMillis() + story.stalled(kill.wall(), fire))
        : tries.stream().anyMatch(each -> story.wasKilled(each.start().pid()));
  }

  private void discardedWithReason(Task task, Decision decision, List<Execution> own) {
    if (!task.discards()) {
      unexplained(decision);
    }
    if (!own.isEmpty()) {
      find(
          "Discarded and started: " + task.job() + " of " + at(decision.fire()),
          evidence(decision, own));
    }
    long fire = decision.fire();
    long near = NEAR + story.stalled(fire - LATE, fire + LATE);
    boolean busy = executions.stream()
        .filter(each -> each.start().job().equals(task.job()) && each.start().fire() < fire)
        .anyMatch(each -> each.last().wall() >= fire - near
            || (each.last().wall() >= fire - near - LATE && !isDecidedBefore(decision, each)));
    boolean afterKill = story.kills().stream()
        .anyMatch(kill ->
            fire >= kill.wall() - LATE && fire <= kill.wall() + story.bound().toMillis() + LATE);
    if (!busy && !afterKill) {
      find(
          "Discarded without a reason: " + task.job() + " of " + at(fire)
              + " is told to have found another run, and none ran",
          List.of(decision));
    }
  }

  /** Whether an execution had been taken for ended when something else was decided: until then nobody else can know that it has. */
  private boolean isDecidedBefore(Decision other, Execution one) {
    return story.decisions().stream()
        .anyMatch(decision ->
            decision.run().equals(one.start().run()) && decision.decided() < other.decided());
  }

  private static List<Object> evidence(Decision decision, List<Execution> tries) {
    var all = new ArrayList<Object>(List.of(decision));
    tries.forEach(each -> all.add(each.start()));
    tries.forEach(each -> all.add(each.last()));
    return all;
  }

  // ------------------------------------------------------------------ what really ran

  private void atMostOnceIsAtMostOnce() {
    for (int i = 0; i < executions.size(); i++) {
      Execution one = executions.get(i);
      if (task(one.start()).atMostOnce()) {
        executions.subList(0, i).stream()
            .filter(one::sameRun)
            .findFirst()
            .ifPresent(before -> find(
                "Started twice: " + describe(one) + " may start at most once",
                List.of(before.start(), one.start())));
      }
    }
  }

  private void nothingOverlaps() {
    List<Execution> latest = new ArrayList<>(); // of each shard, what was seen last
    for (Execution one : executions) {
      Optional<Execution> before = latest.stream().filter(one::sameShard).findFirst();
      before
          .filter(other -> other.last().mono() > one.start().mono())
          .ifPresent(other -> find(
              "An overlap: " + describe(one) + " began "
                  + (other.last().mono() - one.start().mono()) / 1_000_000
                  + " ms before the last that is known of " + describe(other),
              List.of(other.start(), other.last(), one.start(), one.last())));
      if (before.isEmpty() || before.get().last().mono() < one.last().mono()) {
        before.ifPresent(latest::remove);
        latest.add(one);
      }
    }
  }

  private void tokensGrow() {
    List<Execution> latest = new ArrayList<>();
    for (Execution one : executions) {
      Optional<Execution> before = latest.stream().filter(one::sameShard).findFirst();
      before
          .filter(other -> other.start().token() >= one.start().token())
          .ifPresent(other -> find(
              "A token does not grow: " + describe(one) + " has " + one.start().token() + " after "
                  + other.start().token(),
              List.of(other.start(), one.start())));
      before.ifPresent(latest::remove);
      latest.add(one);
    }
  }

  private void eachEndIsTold() {
    for (Execution one : executions) {
      boolean killed = story.wasKilled(one.start().pid());
      if (one.end().isEmpty()) {
        if (!killed) {
          find(
              "It never ended, though its process was not killed: " + describe(one),
              List.of(one.start(), one.last()));
        }
      } else if (!isTold(one) && !isTriedAgain(one) && !diedBeforeItTold(one)) {
        find("An end that nothing tells of: " + describe(one), evidence(one));
      }
    }
  }

  private boolean isTold(Execution one) {
    return story.decisions().stream()
        .filter(decision -> decision.job().equals(one.start().job())
            && decision.fire() == one.start().fire()
            && decision.run().equals(one.start().run()))
        .flatMap(decision -> decision.parts().stream())
        .anyMatch(part -> part.shard() == one.start().shard()
            && part.text().equals(Work.signature(one.start()))
            && (part.outcome() == Outcome.SUCCEEDED) == one.last().result().equals(Line.OK));
  }

  private boolean isTriedAgain(Execution one) {
    return one.last().result().equals(Line.FAILED) && following(one).isPresent();
  }

  /** The next attempt. */
  private Optional<Execution> following(Execution one) {
    return executions.stream()
        .filter(one::sameRun)
        .filter(other -> other.start().attempt() > one.start().attempt())
        .findFirst();
  }

  private boolean diedBeforeItTold(Execution one) {
    return story.kills().stream()
        .anyMatch(kill -> kill.pid() == one.start().pid()
            && (kill.mono() - one.last().mono()) / 1_000_000 <= UNTOLD);
  }

  private List<Object> evidence(Execution one) {
    var all = new ArrayList<Object>(List.of(one.start(), one.last()));
    story.decisions().stream()
        .filter(decision -> decision.run().equals(one.start().run()))
        .forEach(all::add);
    return all;
  }

  // ------------------------------------------------------------------ when it ran

  private void startsAreOnTime() {
    for (int i = 0; i < executions.size(); i++) {
      Execution one = executions.get(i);
      long started = one.start().wall();
      if (started < one.start().fire() - EARLY) {
        find("Before its time: " + describe(one), List.of(one.start()));
      }
      // Whatever waits for the one before is late when that has ended.
      long ready = one.start().fire();
      for (Execution before : executions.subList(0, i)) {
        if (before.sameShard(one) && before.end().isPresent()) {
          boolean retried = before.sameRun(one) && before.last().result().equals(Line.FAILED);
          ready = Math.max(ready, before.last().wall() + (retried ? Task.LONGEST_RETRY : 0));
        }
      }
      long late = started - ready - story.stalled(ready, started);
      if (late > LATE && !isWithinFault(started)) {
        find(
            "Late: " + describe(one) + " could have started at " + at(ready) + ", and did "
                + (started - ready) + " ms later",
            List.of(one.start()));
      }
    }
  }

  private boolean isWithinFault(long started) {
    return story.kills().stream()
        .anyMatch(kill -> started >= kill.wall()
            && started - kill.wall() - story.stalled(kill.wall(), started)
                <= story.bound().toMillis());
  }

  private void whatWasCutShortRunsAgain() {
    for (Kill kill : story.kills()) {
      for (Execution cut : cutShort(kill)) {
        Optional<Execution> again = following(cut);
        if (again.isEmpty()) {
          find(
              "It was cut short and did not run again: " + describe(cut),
              List.of(kill, cut.start(), cut.last()));
        }
      }
    }
    for (Move move : moves()) {
      long late = move.millis()
          - workedMeanwhile(move)
          - story.stalled(move.kill().wall(), move.again().start().wall());
      if (late > story.bound().toMillis()) {
        find(
            "It moved too late: " + describe(move.cut()) + " ran again " + move.millis()
                + " ms after the kill; at most " + story.bound().toMillis()
                + ", and as long as earlier runs of the shard took meanwhile",
            List.of(move.kill(), move.cut().last(), move.again().start()));
      }
    }
  }

  /** An earlier run whose end could not be told any more is done again first. */
  private long workedMeanwhile(Move move) {
    return executions.stream()
        .filter(move.again()::sameShard)
        .filter(each -> each.start().mono() > move.kill().mono()
            && each.start().mono() < move.again().start().mono())
        .mapToLong(each -> (each.last().mono() - each.start().mono()) / 1_000_000)
        .sum();
  }

  /** What ran on an instance when it was killed, and may run again. */
  private List<Execution> cutShort(Kill kill) {
    return executions.stream()
        .filter(each -> each.start().pid() == kill.pid() && each.end().isEmpty())
        .filter(each -> !task(each.start()).atMostOnce())
        .toList();
  }

  /** Whether all that a kill has cut short, and may run again, does so. */
  boolean hasMoved(Kill kill) {
    return cutShort(kill).stream().allMatch(each -> following(each).isPresent());
  }

  /** What moved because of a kill. */
  List<Move> moves() {
    return story.kills().stream()
        .flatMap(kill -> cutShort(kill).stream()
            .flatMap(cut -> following(cut).stream()
                .map(again ->
                    new Move(kill, cut, again, (again.start().mono() - kill.mono()) / 1_000_000))))
        .sorted(Comparator.comparingLong(Move::millis))
        .toList();
  }

  private static String describe(Execution one) {
    Line start = one.start();
    return start.job() + " of " + at(start.fire()) + ", shard " + start.shard() + ", attempt "
        + start.attempt() + " on " + start.instance();
  }

  private static String at(long millis) {
    return Instant.ofEpochMilli(millis).toString();
  }
}
