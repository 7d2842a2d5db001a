package io.shardkeeper.core.history;

import static io.shardkeeper.core.history.Histories.minute;
import static org.assertj.core.api.Assertions.assertThat;

import io.shardkeeper.core.history.FireAnswer.Open;
import io.shardkeeper.core.layout.RunId;
import io.shardkeeper.run.Outcome;
import io.shardkeeper.trigger.Trigger;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

final class FireAnswerTest {
  private static final Trigger EACH_MINUTE = Trigger.every(Duration.ofMinutes(1));

  private final List<Entry> entries = new ArrayList<>();
  private final List<Open> open = new ArrayList<>();
  private Trigger trigger = EACH_MINUTE;

  private FireAnswer ask(Instant at) {
    return FireAnswer.of(
        new FireAnswer.Known(trigger, minute(0), entries, open, minute(60), 2), at);
  }

  @Test
  void itSucceeded() {
    entries.add(Histories.ok("billing", 3));

    assertThat(ask(minute(3))).isInstanceOf(FireAnswer.Ended.class);
    assertThat(ask(minute(3)).sentence())
        .isEqualTo("The run of 2026-01-05T09:03:00Z ended at 2026-01-05T09:03:00.217Z: SUCCEEDED."
            + " It started at 2026-01-05T09:03:00.002Z on a-7f3k.");
  }

  @Test
  void whatWentOnTooLongIsTold() {
    entries.add(Histories.overrun("billing", 3, 0, Duration.ofMillis(3_100)));
    entries.add(Histories.ok("billing", 3));
    entries.add(Histories.overrun("billing", 4, 0, Duration.ofSeconds(9)));

    assertThat(ask(minute(3)).sentence())
        .endsWith(
            " on a-7f3k. Attempt 1 of shard 0 went on until 2026-01-05T09:03:23.100Z on a-7f3k,"
                + " PT3.1S after the lease of that had ended: something else may have run beside it.");

    entries.add(Histories.overrun("billing", 3, 1, Duration.ofSeconds(4)));
    assertThat(ask(minute(3)).sentence()).endsWith("beside it. So did 1 more.");
  }

  @Test
  void itFailed() {
    entries.add(Histories.failed("billing", 3));

    assertThat(ask(minute(3)).sentence()).contains("FAILED, because. It started at");
  }

  @Test
  void itEndedOnManyInstances() {
    Entry.Run run = Histories.ok("billing", 3);
    var parts = new ArrayList<Entry.Part>();
    for (int i = 0; i < 5; i++) {
      parts.add(new Entry.Part(i, "i" + i, 1, Outcome.SUCCEEDED, run.started(), run.decided(), ""));
    }
    entries.add(withParts(run, Outcome.SUCCEEDED, "", parts));
    entries.add(withParts(Histories.ok("billing", 4), Outcome.LOST, "", List.of()));

    assertThat(ask(minute(3)).sentence()).endsWith(" on 5 instances, i0 among them.");
    assertThat(ask(minute(4)).sentence()).endsWith("LOST. It started at 2026-01-05T09:04:00.002Z.");
  }

  private static Entry.Run withParts(
      Entry.Run run, Outcome outcome, String reason, List<Entry.Part> parts) {
    return new Entry.Run(
        run.id(), 1, run.scheduledAt(), run.started(), run.decided(), outcome, reason, 5, parts);
  }

  @Test
  void eachDecisionIsToldWithItsReason() {
    for (Outcome outcome : Outcome.values()) {
      if (outcome.isDecision()) {
        entries.clear();
        entries.add(new Entry.Skip(
            "billing",
            7,
            minute(3),
            minute(3),
            1,
            minute(3).plusMillis(4),
            outcome,
            "the run of 09:02:00Z had not ended."));
        assertThat(ask(minute(3)).sentence())
            .isEqualTo("The run of 2026-01-05T09:03:00Z was not started: " + outcome
                + ", the run of 09:02:00Z had not ended."
                + " That was decided at 2026-01-05T09:03:00.004Z.");

        entries.set(
            0, withParts(Histories.ok("billing", 3), outcome, "no room in the queue", List.of()));
        assertThat(ask(minute(3)).sentence())
            .isEqualTo("The run of 2026-01-05T09:03:00Z was not started: " + outcome
                + ", no room in the queue.");
      }
    }
  }

  @Test
  void aStretchAnswersForEachOfItsFires() {
    entries.add(Histories.skip("billing", 10, 20));

    for (int minute = 10; minute <= 20; minute++) {
      assertThat(ask(minute(minute))).isInstanceOf(FireAnswer.Skipped.class);
    }
    assertThat(ask(minute(15)).sentence())
        .isEqualTo(
            "The run of 2026-01-05T09:15:00Z was not started: SKIPPED_PAUSED, paused by ann."
                + " That holds for the 11 fires from 2026-01-05T09:10:00Z to 2026-01-05T09:20:00Z, and was decided at 2026-01-05T09:20:00.950Z.");
    assertThat(ask(minute(15).plusSeconds(1))).isInstanceOf(FireAnswer.NotAFire.class);
  }

  @Test
  void aStretchTooLongToCountSaysSo() {
    entries.add(new Entry.Skip(
        "billing", 7, minute(1), minute(9), -1, minute(9), Outcome.SKIPPED_MISFIRE, ""));

    assertThat(ask(minute(5)).sentence())
        .contains("SKIPPED_MISFIRE. That holds for all fires from");
  }

  @Test
  void whatIsOpenIsTold() {
    open.add(new Open(
        RunId.fire("billing", 7, minute(3)), minute(3), "waiting", "", "all slots are taken."));
    open.add(new Open(RunId.fire("billing", 7, minute(4)), minute(4), "running", "a-7f3k", ""));

    assertThat(ask(minute(3)).sentence())
        .isEqualTo(
            "The run of 2026-01-05T09:03:00Z has not ended: it is waiting, all slots are taken.");
    assertThat(ask(minute(4)).sentence())
        .isEqualTo("The run of 2026-01-05T09:04:00Z has not ended: it is running on a-7f3k.");
  }

  @Test
  void theFireComesBeforeARequestOfTheSameInstant() {
    var request = new Entry.Run(
        RunId.request("billing", 7, "by-ann"),
        1,
        minute(3),
        minute(3),
        minute(3),
        Outcome.SUCCEEDED,
        "",
        1,
        List.of());
    entries.add(request);
    assertThat(ask(minute(3))).as("nothing else is known").isInstanceOf(FireAnswer.Ended.class);

    entries.add(Histories.skip("billing", 3, 3));
    assertThat(ask(minute(3))).isInstanceOf(FireAnswer.Skipped.class);

    open.add(new Open(RunId.fire("billing", 7, minute(3)), minute(3), "running", "a", ""));
    assertThat(ask(minute(3))).isInstanceOf(FireAnswer.StillOpen.class);

    entries.add(Histories.failed("billing", 3));
    assertThat(ask(minute(3)).sentence()).contains("FAILED");
  }

  @Test
  void anOpenRequestIsToldWhereNothingElseIs() {
    open.add(new Open(
        RunId.request("billing", 7, "by-ann"), minute(3).plusSeconds(7), "running", "a", ""));

    assertThat(ask(minute(3).plusSeconds(7))).isInstanceOf(FireAnswer.StillOpen.class);
  }

  @Test
  void anInstantBetweenFiresIsNone() {
    assertThat(ask(minute(3).plusSeconds(1)).sentence())
        .isEqualTo("2026-01-05T09:03:01Z is not a fire of the job: the one before it is at"
            + " 2026-01-05T09:03:00Z, and the one after it at 2026-01-05T09:04:00Z.");
    trigger = Trigger.manual();
    assertThat(ask(minute(3)).sentence()).endsWith("there is none before it, and none after it.");
    assertThat(ask(Instant.MAX)).isInstanceOf(FireAnswer.NotAFire.class);
    assertThat(ask(Instant.MIN)).isInstanceOf(FireAnswer.Before.class);
  }

  @Test
  void timesAreToldAsTheJobsPeopleKnowThem() {
    trigger = Trigger.cron("0 0 3 * * ?", "Europe/Berlin");

    assertThat(ask(Instant.parse("2026-01-06T02:00:00Z")).sentence())
        .startsWith(
            "The run of 2026-01-06T02:00:00Z (2026-01-06T03:00 Europe/Berlin) is not decided");
  }

  @Test
  void theFutureIsNotDecided() {
    assertThat(ask(minute(60)))
        .as("the cursor is decided")
        .isInstanceOf(FireAnswer.Unaccounted.class);
    assertThat(ask(minute(61)).sentence())
        .isEqualTo("The run of 2026-01-05T10:01:00Z is not decided yet:"
            + " fires are decided up to 2026-01-05T10:00:00Z.");
  }

  @Test
  void beforeTheJobWasDefinedThereIsNothing() {
    assertThat(ask(minute(-1)).sentence())
        .isEqualTo("There was no run of 2026-01-05T08:59:00Z: the job is due from"
            + " 2026-01-05T09:00:00Z on, since when it has been defined.");
  }

  @Test
  void whatIsOlderThanAllIsNoLongerKept() {
    for (int i = 0; i < 10; i++) {
      entries.add(Histories.ok("billing", i));
    }
    entries.add(Histories.skip("billing", 10, 12));
    List<Entry> kept = Retention.apply(entries, 2);
    entries.clear();
    entries.addAll(kept);

    assertThat(ask(minute(3)).sentence())
        .isEqualTo(
            "What became of the run of 2026-01-05T09:03:00Z is no longer kept:"
                + " the history holds the last 2 runs, failures and skipped stretches of the job,"
                + " the oldest of them of 2026-01-05T09:08:00Z, unless its budget is used up; of older ones it holds sums.");
    assertThat(ask(minute(3).plusSeconds(1))).isInstanceOf(FireAnswer.NotAFire.class);
    assertThat(ask(minute(8))).isInstanceOf(FireAnswer.Ended.class);
  }

  @Test
  void sumsOfAnEarlierJobOfTheNameAnswerToo() {
    entries.add(Entry.Sum.of(Histories.ok("billing", -5)));

    assertThat(ask(minute(-5)).sentence())
        .contains("no longer kept")
        .doesNotContain("the oldest of them");
  }

  @Test
  void whatNothingTellsOfIsSaidOpenly() {
    assertThat(ask(minute(3)).sentence())
        .startsWith("Nothing tells what became of the run of 2026-01-05T09:03:00Z");
  }
}
