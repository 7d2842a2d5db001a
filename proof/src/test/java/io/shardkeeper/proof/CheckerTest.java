package io.shardkeeper.proof;

import static org.assertj.core.api.Assertions.assertThat;

import io.shardkeeper.proof.Line.Kind;
import io.shardkeeper.run.Outcome;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;

/** Whoever checks is checked: small stories written by hand, each with one thing wrong. */
final class CheckerTest {
  private static final Task PLAIN = new Task("plain", 1_000, 1, 300, false, false, false);
  private static final Task ONCE = new Task("once", 1_000, 1, 300, true, false, false);
  private static final Task DISCARDS = new Task("discards", 1_000, 1, 1_300, false, true, false);
  private static final Task TRIES = new Task("tries", 1_000, 1, 100, false, false, true);

  private static final long ANNA = 1;
  private static final long BEN = 2;

  /** A story under construction: three seconds of one job, by clocks that begin at the same instant. */
  private static final class Draft {
    final Task task;
    final List<Line> lines = new ArrayList<>();
    final List<Decision> decisions = new ArrayList<>();
    final List<Kill> kills = new ArrayList<>();
    long executions;
    int attempt = 1;
    long token;

    Draft(Task task) {
      this.task = task;
    }

    static String run(long fire) {
      return "run-" + fire;
    }

    Line begin(long pid, long fire, long at) {
      executions++;
      token++;
      var line = new Line(
          Kind.START,
          task.job(),
          run(fire),
          fire,
          0,
          attempt,
          token,
          executions,
          "i" + pid,
          pid,
          at * 1_000_000,
          at,
          0,
          "");
      lines.add(line);
      return line;
    }

    Draft then(Line begun, Kind kind, long at, String result) {
      lines.add(begun.later(kind, at * 1_000_000, at, result));
      return this;
    }

    Line ran(long pid, long fire, long begin, long end) {
      Line begun = begin(pid, fire, begin);
      then(begun, Kind.END, end, Line.OK);
      return begun;
    }

    Draft told(long fire, Outcome outcome, Line... by) {
      List<Decision.Part> parts = new ArrayList<>();
      for (Line line : by) {
        parts.add(new Decision.Part(0, line.attempt(), outcome, Work.signature(line)));
      }
      long decided = by.length == 0 ? fire : lines.get(lines.size() - 1).wall() + 5;
      return told(fire, outcome, decided, parts);
    }

    Draft told(long fire, Outcome outcome, long decided, List<Decision.Part> parts) {
      String run = parts.isEmpty() ? "" : run(fire);
      decisions.add(new Decision(task.job(), fire, run, outcome, "because", parts, decided));
      return this;
    }

    /** It ran for 300 ms, and that is told. */
    Draft good(long pid, long fire) {
      return told(fire, Outcome.SUCCEEDED, ran(pid, fire, fire + 5, fire + 305));
    }

    Draft kill(long pid, long at) {
      kills.add(new Kill("i" + pid, pid, at * 1_000_000, at));
      return this;
    }

    List<String> findings() {
      return new Checker(new Story(
              List.of(task), 1_000, 4_000, Duration.ofMillis(4_500), kills, lines, decisions))
          .findings().stream().map(Checker.Finding::toString).toList();
    }

    void edit(int line, UnaryOperator<Line> change) {
      lines.set(line, change.apply(lines.get(line)));
    }
  }

  private static Draft good(Task task) {
    return new Draft(task).good(ANNA, 1_000).good(ANNA, 2_000).good(ANNA, 3_000);
  }

  @Test
  void findsNothingWhereNothingIs() {
    assertThat(good(PLAIN).findings()).isEmpty();
    assertThat(good(ONCE).findings()).isEmpty();
  }

  @Test
  void findsAMissingFire() {
    Draft draft = new Draft(PLAIN).good(ANNA, 1_000).good(ANNA, 3_000);

    assertThat(draft.findings())
        .singleElement()
        .asString()
        .startsWith("A fire is missing: plain was due at 1970-01-01T00:00:02Z");
  }

  @Test
  void findsADoubledFire() {
    Draft draft = good(PLAIN).told(2_000, Outcome.SKIPPED_OVERLAP);

    assertThat(draft.findings())
        .anyMatch(found ->
            found.startsWith("A fire is doubled: plain of 1970-01-01T00:00:02Z was decided 2 times")
                && found.contains("SKIPPED_OVERLAP"));
  }

  @Test
  void findsWhatWasNeverDue() {
    Draft draft = good(PLAIN).good(ANNA, 1_500).good(ANNA, 4_000);

    assertThat(draft.findings().stream().filter(found -> found.startsWith("Never due")))
        .hasSize(4);
  }

  @Test
  void findsAnOverlap() {
    Draft draft = new Draft(PLAIN).good(ANNA, 1_000);
    draft.told(2_000, Outcome.SUCCEEDED, draft.ran(ANNA, 2_000, 2_005, 3_105));
    draft.told(3_000, Outcome.SUCCEEDED, draft.ran(BEN, 3_000, 3_005, 3_305));

    assertThat(draft.findings())
        .singleElement()
        .asString()
        .startsWith(
            "An overlap: plain of 1970-01-01T00:00:03Z, shard 0, attempt 1 on i2 began 100 ms before")
        .contains("\"mono\":3105000000");
  }

  @Test
  void findsAnOverlapWithTheLastSignOfLifeOfTheDead() {
    Draft draft = new Draft(PLAIN).good(ANNA, 1_000).good(ANNA, 2_000);
    Line cut = draft.begin(ANNA, 3_000, 3_005);
    draft.then(cut, Kind.TICK, 3_155, "").kill(ANNA, 3_160);
    draft.attempt = 2;
    draft.told(3_000, Outcome.SUCCEEDED, draft.ran(BEN, 3_000, 3_100, 3_400));

    assertThat(draft.findings()).singleElement().asString().startsWith("An overlap: ");
  }

  @Test
  void findsAnOverlapBehindALongOne() {
    Draft draft = new Draft(PLAIN);
    draft.told(1_000, Outcome.SUCCEEDED, draft.ran(ANNA, 1_000, 1_005, 3_205));
    draft.told(2_000, Outcome.SUCCEEDED, draft.ran(BEN, 2_000, 2_005, 2_305));
    draft.told(3_000, Outcome.SUCCEEDED, draft.ran(BEN, 3_000, 3_005, 3_305));

    assertThat(draft.findings().stream().filter(found -> found.startsWith("An overlap")))
        .as("the third overlaps with the first, too")
        .hasSize(2);
  }

  @Test
  void findsATokenThatDoesNotGrow() {
    Draft draft = new Draft(PLAIN).good(ANNA, 1_000).good(ANNA, 2_000);
    draft.token -= 2;
    draft.good(BEN, 3_000);

    assertThat(draft.findings())
        .singleElement()
        .asString()
        .startsWith(
            "A token does not grow: plain of 1970-01-01T00:00:03Z, shard 0, attempt 1 on i2 has 1 after 2");
  }

  @Test
  void findsAnEndThatNothingTellsOf() {
    Draft draft = new Draft(PLAIN).good(ANNA, 1_000).good(ANNA, 2_000);
    draft.attempt = 2;
    draft.ran(BEN, 2_000, 2_400, 2_700);
    draft.attempt = 1;
    draft.good(ANNA, 3_000);

    assertThat(draft.findings())
        .singleElement()
        .asString()
        .startsWith(
            "An end that nothing tells of: plain of 1970-01-01T00:00:02Z, shard 0, attempt 2");
  }

  @Test
  void findsWhatNeverEnded() {
    Draft draft = good(PLAIN);
    draft.lines.remove(draft.lines.size() - 1);

    assertThat(draft.findings()).anyMatch(found -> found.startsWith("It never ended"));
  }

  @Test
  void findsAnOutcomeThatIsNotTrue() {
    Draft draft = good(PLAIN);
    draft.edit(3, line -> line.later(Kind.END, line.mono(), line.wall(), Line.FAILED));

    assertThat(draft.findings())
        .anyMatch(found ->
            found.startsWith("What is told is not true: of plain of 1970-01-01T00:00:02Z"));
  }

  @Test
  void findsShardsThatAreNotToldOf() {
    Draft draft = new Draft(new Task("plain", 1_000, 2, 300, false, false, false))
        .good(ANNA, 1_000)
        .good(ANNA, 2_000)
        .good(ANNA, 3_000);

    assertThat(draft.findings())
        .hasSize(3)
        .allMatch(found -> found.startsWith("Shards are missing or doubled"));
  }

  @Test
  void findsAnOutcomeThatNothingExplains() {
    Draft draft = new Draft(PLAIN).good(ANNA, 1_000).good(ANNA, 2_000);
    draft.told(3_000, Outcome.SKIPPED_MISFIRE);

    assertThat(draft.findings())
        .singleElement()
        .asString()
        .startsWith("An outcome that nothing in this play explains: plain")
        .contains("SKIPPED_MISFIRE");
  }

  @Test
  void findsALateStart() {
    Draft draft = new Draft(PLAIN).good(ANNA, 1_000).good(ANNA, 2_000);
    draft.told(3_000, Outcome.SUCCEEDED, draft.ran(ANNA, 3_000, 4_200, 4_500));

    assertThat(draft.findings())
        .singleElement()
        .asString()
        .startsWith("Late: ")
        .contains("1200 ms");
  }

  @Test
  void findsAStartBeforeItsTime() {
    Draft draft = new Draft(PLAIN).good(ANNA, 1_000).good(ANNA, 2_000);
    draft.told(3_000, Outcome.SUCCEEDED, draft.ran(ANNA, 3_000, 2_900, 3_200));

    assertThat(draft.findings()).singleElement().asString().startsWith("Before its time: ");
  }

  @Test
  void lateIsExcusedByTheRunBeforeByAKillAndByAMachineWithoutTime() {
    Draft behind = new Draft(PLAIN);
    behind.told(1_000, Outcome.SUCCEEDED, behind.ran(ANNA, 1_000, 1_005, 5_000));
    behind.told(2_000, Outcome.SUCCEEDED, behind.ran(ANNA, 2_000, 5_010, 5_310));
    behind.told(3_000, Outcome.SUCCEEDED, behind.ran(ANNA, 3_000, 5_320, 5_620));
    assertThat(behind.findings()).isEmpty();

    Draft late = new Draft(PLAIN).good(ANNA, 1_000).good(ANNA, 2_000);
    late.told(3_000, Outcome.SUCCEEDED, late.ran(ANNA, 3_000, 4_200, 4_500));
    late.lines.add(
        new Line(Kind.STALL, "", "", 0, 0, 0, 0, 0, "i1", ANNA, 4_100_000_000L, 4_100, 900, ""));
    assertThat(late.findings()).isEmpty();

    late.lines.remove(late.lines.size() - 1);
    assertThat(late.kill(BEN, 2_500).findings()).isEmpty();
  }

  @Test
  void findsASecondStartOfWhatStartsAtMostOnce() {
    Draft draft = good(ONCE);
    draft.attempt = 2;
    Line again = draft.begin(BEN, 2_000, 2_500);
    draft.then(again, Kind.END, 2_800, Line.OK);

    assertThat(draft.findings())
        .anyMatch(
            found -> found.startsWith(
                "Started twice: once of 1970-01-01T00:00:02Z, shard 0, attempt 2 on i2 may start at most once"));
  }

  @Test
  void whatStartsAtMostOnceIsLostWithItsInstanceAndNotOtherwise() {
    Draft draft = new Draft(ONCE).good(ANNA, 1_000).good(ANNA, 2_000);
    Line cut = draft.begin(ANNA, 3_000, 3_005);
    draft.told(3_000, Outcome.LOST, cut);

    assertThat(draft.findings()).anyMatch(found -> found.startsWith("What is told is not true"));
    assertThat(draft.kill(ANNA, 3_100).findings()).isEmpty();
  }

  @Test
  void whatMayHaveStartedOnTheDeadIsLostWithItAndWhatWasDueLaterIsNot() {
    Draft draft = good(ONCE);
    draft.decisions.remove(2);
    draft.lines.subList(4, 6).clear();
    var lost = new Decision.Part(0, 1, Outcome.LOST, "its instance is gone");
    draft.told(3_000, Outcome.LOST, 3_005, List.of(lost));

    assertThat(draft.kill(BEN, 2_500).findings()).isEmpty();
    draft.kills.clear();
    assertThat(draft.kill(BEN, -2_000).findings())
        .singleElement()
        .asString()
        .startsWith("What is told is not true");
  }

  @Test
  void whatIsCutShortRunsAgainInTime() {
    Draft draft = new Draft(PLAIN).good(ANNA, 1_000).good(ANNA, 2_000);
    Line cut = draft.begin(ANNA, 3_000, 3_005);
    draft.then(cut, Kind.TICK, 3_055, "").kill(ANNA, 3_100).told(3_000, Outcome.LOST);
    assertThat(draft.findings())
        .anyMatch(found -> found.startsWith("It was cut short and did not run again"));

    draft.decisions.remove(draft.decisions.size() - 1);
    draft.attempt = 2;
    draft.told(3_000, Outcome.SUCCEEDED, draft.ran(BEN, 3_000, 7_000, 7_300));
    assertThat(draft.findings()).isEmpty();
  }

  @Test
  void findsWhatMovesTooLate() {
    Draft draft = new Draft(PLAIN).good(ANNA, 1_000).good(ANNA, 2_000);
    Line cut = draft.begin(ANNA, 3_000, 3_005);
    draft.then(cut, Kind.TICK, 3_055, "").kill(ANNA, 3_100);
    draft.attempt = 2;
    draft.told(3_000, Outcome.SUCCEEDED, draft.ran(BEN, 3_000, 7_700, 8_000));

    assertThat(draft.findings())
        .anyMatch(found -> found.startsWith("It moved too late: ") && found.contains("4600 ms"));
  }

  @Test
  void whatMovesWaitsForEarlierRunsThatHaveToBeDoneAgain() {
    Draft draft = new Draft(PLAIN).good(ANNA, 1_000);
    draft.ran(ANNA, 2_000, 2_005, 3_005);
    draft.begin(ANNA, 3_000, 3_010);
    draft.kill(ANNA, 3_100);
    draft.attempt = 2;
    draft.told(2_000, Outcome.SUCCEEDED, draft.ran(BEN, 2_000, 7_000, 8_000));
    draft.told(3_000, Outcome.SUCCEEDED, draft.ran(BEN, 3_000, 8_010, 8_310));

    assertThat(draft.findings()).isEmpty();
  }

  @Test
  void whatWasDoneJustBeforeAKillMayHaveToBeDoneAgain() {
    Draft draft = new Draft(PLAIN).good(ANNA, 1_000).good(ANNA, 2_000);
    draft.ran(ANNA, 3_000, 3_005, 3_305);
    draft.attempt = 2;
    draft.told(3_000, Outcome.SUCCEEDED, draft.ran(BEN, 3_000, 7_000, 7_300));

    assertThat(draft.findings())
        .anyMatch(found -> found.startsWith("An end that nothing tells of"));
    assertThat(draft.kill(ANNA, 3_400).findings()).isEmpty();
  }

  @Test
  void discardsOnlyWhereSomethingRan() {
    Draft draft = new Draft(DISCARDS);
    draft.told(1_000, Outcome.SUCCEEDED, draft.ran(ANNA, 1_000, 1_005, 2_305));
    draft.told(2_000, Outcome.SKIPPED_OVERLAP);
    assertThat(draft.good(ANNA, 3_000).findings()).isEmpty();

    Draft wrong = new Draft(DISCARDS);
    wrong.told(1_000, Outcome.SUCCEEDED, wrong.ran(ANNA, 1_000, 1_005, 1_305));
    wrong.told(2_000, Outcome.SKIPPED_OVERLAP);
    assertThat(wrong.good(ANNA, 3_000).findings())
        .singleElement()
        .asString()
        .startsWith("Discarded without a reason: discards of 1970-01-01T00:00:02Z");
  }

  @Test
  void discardsWhereWhatHadEndedWasNotYetKnownToHaveEnded() {
    Draft draft = new Draft(DISCARDS);
    Line one = draft.ran(ANNA, 1_000, 1_005, 1_705);
    var part = new Decision.Part(0, 1, Outcome.SUCCEEDED, Work.signature(one));
    draft.told(1_000, Outcome.SUCCEEDED, 2_005, List.of(part));
    draft.told(2_000, Outcome.SKIPPED_OVERLAP);
    assertThat(draft.good(ANNA, 3_000).findings()).isEmpty();

    draft.decisions.remove(0);
    draft.told(1_000, Outcome.SUCCEEDED, 1_995, List.of(part));
    assertThat(draft.findings())
        .singleElement()
        .asString()
        .startsWith("Discarded without a reason: discards of 1970-01-01T00:00:02Z");
  }

  @Test
  void whatFailedIsTriedAgain() {
    Draft draft = new Draft(TRIES).good(ANNA, 1_000).good(ANNA, 2_000);
    Line failed = draft.begin(ANNA, 3_000, 3_005);
    draft.then(failed, Kind.END, 3_105, Line.FAILED);
    draft.attempt = 2;
    draft.told(3_000, Outcome.SUCCEEDED, draft.ran(BEN, 3_000, 3_700, 3_800));
    assertThat(draft.findings()).isEmpty();
    assertThat(TRIES.fails(3_000, 1)).isTrue();
    assertThat(TRIES.fails(3_000, 2)).isFalse();
    assertThat(TRIES.fails(4_000, 1)).isFalse();
  }

  @Test
  void saysInFewWordsWhatHappened() {
    Draft draft = new Draft(PLAIN).good(ANNA, 1_000).good(ANNA, 2_000);
    Line cut = draft.begin(ANNA, 3_000, 3_005);
    draft.kill(ANNA, 3_100);
    draft.attempt = 2;
    draft.told(3_000, Outcome.SUCCEEDED, draft.ran(BEN, 3_000, 7_000, 7_300));

    assertThat(Summary.of(new Story(
            List.of(PLAIN),
            1_000,
            4_000,
            Duration.ofSeconds(5),
            draft.kills,
            draft.lines,
            draft.decisions)))
        .contains("3 fires due, decided {SUCCEEDED=3}; longest silence 4.0 s")
        .contains("moved        plain shard 0 from i1 to i2, 3.9 s after the kill");
    assertThat(cut.token()).isEqualTo(3);
  }
}
