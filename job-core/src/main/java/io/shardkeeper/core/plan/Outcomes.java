package io.shardkeeper.core.plan;

import io.shardkeeper.core.books.Boxes;
import io.shardkeeper.core.books.Draft;
import io.shardkeeper.core.books.ParkingLot;
import io.shardkeeper.core.books.RunCard;
import io.shardkeeper.core.desk.Desk;
import io.shardkeeper.core.desk.JobCard;
import io.shardkeeper.core.history.Entry;
import io.shardkeeper.core.layout.Assignment;
import io.shardkeeper.core.layout.Parked;
import io.shardkeeper.core.layout.RunId;
import io.shardkeeper.core.mail.Box;
import io.shardkeeper.run.Outcome;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Ends shards, and the runs whose last shard has ended. */
final class Outcomes {
  private static final Logger LOG = LoggerFactory.getLogger(Outcomes.class);

  private final Desk desk;
  private final Draft draft;
  private final Boxes boxes;
  private final Sequel sequel;

  /** What the end of a run may start: the next one, where a pause lies between them. */
  interface Sequel {
    void startDelayed(JobCard job, Instant at, Instant now);
  }

  Outcomes(Desk desk, Sequel sequel) {
    this.desk = desk;
    this.draft = desk.draft;
    this.boxes = desk.boxes;
    this.sequel = sequel;
  }

  /** Ends what is parked. */
  void end(ParkingLot.Card card, Outcome outcome, String why, Instant now) {
    draft.beginUnparking(card, now);
    desk.unpark(card);
    if (card.item() instanceof Parked.Start start) {
      endStart(start, outcome, why, now);
    } else if (card.item() instanceof Parked.Shard shard) {
      end(shard.what(), outcome, why, "", now);
    }
    draft.end();
  }

  /** Ends what is parked of a run that is to end. */
  void endParked(RunCard run, Instant now) {
    RunId id = run.plan().id();
    Outcome as = run.ending().orElseThrow();
    for (ParkingLot.Card card : desk.parking.all(id::equals)) {
      end(card, as, run.whyEnding() + " before it started", now);
    }
  }

  private void endStart(Parked.Start start, Outcome outcome, String why, Instant now) {
    RunCard run = desk.run(start.run());
    run.undivided(start.shards());
    finish(run, new Entry.Part(0, "", 1, outcome, start.due(), now, why), now);
  }

  /** Ends a shard without an execution. */
  void end(Assignment what, Outcome outcome, String why, String instance, Instant now) {
    RunCard run = desk.find(what.run().id());
    if (run == null || !run.open().get(what.shard())) {
      return;
    }
    boolean mapped = outcome.isDecision() && outcome != Outcome.COVERED;
    Outcome named = mapped ? what.notStarted(outcome) : outcome;
    String reason = named == outcome ? why : "attempt " + what.attempt() + " did not start: " + why;
    var part =
        new Entry.Part(what.shard(), instance, what.attempt(), named, what.due(), now, reason);
    finish(run, part, now);
  }

  /** A part of a run has ended. */
  void finish(RunCard run, Entry.Part part, Instant now) {
    run.done(part);
    if (run.isClosed()) {
      close(run, now);
    } else {
      keepStanding(run);
    }
  }

  /** Stores how a run stands, where the tickets do not tell it. */
  void keepStanding(RunCard run) {
    if (run.isPartlyDone()) {
      draft.standing(run);
    }
  }

  private void close(RunCard run, Instant now) {
    RunId id = run.plan().id();
    desk.closed(run);
    draft.standingGone(run);
    draft.history(run.entry(now));
    LOG.debug("{} ended {} {}", id, run.outcome(), run.reason());
    for (RunCard.Waiter waiter : run.waiters()) {
      boxes.answer(waiter.client(), waiter.number(), List.of(ended(run)));
    }
    JobCard job = desk.jobOf(id);
    if (job != null) {
      Optional<Duration> delay = job.delay();
      if (delay.isPresent() && job.inFlight == 0) {
        sequel.startDelayed(job, run.lastEnd(now).plus(delay.get()), now);
      }
    }
  }

  private static Box.Answer ended(RunCard run) {
    return new Box.Answer(Box.Answer.Kind.ENDED, run.plan().id().text(), run.outcome(), run.text());
  }
}
