package io.shardkeeper.core.plan;

import io.shardkeeper.core.books.Draft;
import io.shardkeeper.core.books.Fleet;
import io.shardkeeper.core.books.Lanes;
import io.shardkeeper.core.books.ParkingLot;
import io.shardkeeper.core.books.RunCard;
import io.shardkeeper.core.desk.Desk;
import io.shardkeeper.core.desk.JobCard;
import io.shardkeeper.core.desk.Rules;
import io.shardkeeper.core.layout.Instance;
import io.shardkeeper.core.layout.Lane;
import io.shardkeeper.core.layout.Parked;
import io.shardkeeper.core.layout.RunId;
import io.shardkeeper.core.layout.RunPlan;
import io.shardkeeper.core.mail.Ticket;
import io.shardkeeper.handler.Cancellation;
import io.shardkeeper.job.Overlap;
import io.shardkeeper.run.Outcome;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;

/** Decides when what is parked goes on, and when it has waited long enough. */
final class Waiting {
  /** How many of those that wait are looked at with each report. */
  private static final int SOME = 200;

  private final Desk desk;
  private final Rules rules;
  private final Draft draft;
  private final Fleet fleet;
  private final Lanes lanes;
  private final ParkingLot parking;
  private final Dispatch dispatch;
  private final Outcomes outcomes;

  private int turn;

  Waiting(Desk desk, Dispatch dispatch, Outcomes outcomes) {
    this.desk = desk;
    this.rules = desk.rules;
    this.draft = desk.draft;
    this.fleet = desk.fleet;
    this.lanes = desk.lanes;
    this.parking = desk.parking;
    this.dispatch = dispatch;
    this.outcomes = outcomes;
  }

  /** Looks at all whose time has come. */
  void wakeParked(Instant now) {
    for (Optional<ParkingLot.Card> due = parking.due(now);
        due.isPresent();
        due = parking.due(now)) {
      wake(due.get(), now);
    }
  }

  private void wake(ParkingLot.Card card, Instant now) {
    if (endIfPaused(card, now)) {
      return;
    }
    switch (card.item().cause().reason()) {
      case TIME -> {
        if (card.item() instanceof Parked.Shard shard) {
          lanes.free(shard.what().lane());
          giveUpIfStarved(card, shard, now);
        } else if (card.item() instanceof Parked.Start start) {
          restart(card, start, now);
        }
      }
      case INSTANCE -> {
        retryForInstance(card, now);
        releaseFreed(now);
        if (!card.isGone()) {
          outcomes.end(card, Outcome.NO_INSTANCE, card.item().cause().why(), now);
        }
      }
      case TURN -> {
        if (card.item() instanceof Parked.Shard shard) {
          turnComes(card, shard, now);
          giveUpIfStarved(card, shard, now);
        } else if (card.item() instanceof Parked.Start start) {
          turnComes(card, start, now);
        }
      }
    }
  }

  /** What waits of jobs that are paused, and has not been tried yet, does not run; but for what is to start later, when that may be over. */
  void endPaused(Predicate<RunId> runs, Instant now) {
    for (ParkingLot.Card card : parking.all(runs)) {
      if (!card.isGone() && card.item().cause().reason() != Parked.For.TIME) {
        endIfPaused(card, now);
      }
    }
  }

  private boolean endIfPaused(ParkingLot.Card card, Instant now) {
    JobCard job = desk.jobOf(card.item().run().id());
    boolean tried = card.item() instanceof Parked.Shard shard && shard.what().attempt() > 1;
    Instant due = card.item() instanceof Parked.Shard shard
        ? shard.what().due()
        : ((Parked.Start) card.item()).due();
    if (job == null || tried || !job.isHeld(due, now)) {
      return false;
    }
    outcomes.end(card, Outcome.SKIPPED_PAUSED, job.pause.sentence(), now);
    return true;
  }

  /** What has waited for its time, or its turn, and then for too long for an instance, does not run. */
  private void giveUpIfStarved(ParkingLot.Card card, Parked.Shard shard, Instant now) {
    JobCard job = desk.jobOf(shard.run().id());
    Lanes.Card lane = lanes.find(shard.what().lane());
    if (job == null || lane == null || lane.starvedSince().isEmpty()) {
      return;
    }
    Instant end = dispatch.givenUp(job, shard.what(), lane.starvedSince().get());
    if (end.isAfter(now)) {
      if (card.equals(lane.waiting().first())) {
        parking.wake(card, end); // its job lets it wait longer than it did when it began
      }
    } else {
      lanes.free(shard.what().lane());
      releaseFreed(now);
      if (!card.isGone()) {
        List<Instance> eligible = job.eligibility(fleet, shard).instances();
        String why = eligible.isEmpty()
            ? job.eligibility(fleet, shard).why()
            : "none of those who may run it has room";
        String before = shard.what().attempt() > 1 ? "; " + shard.cause().why() : "";
        outcomes.end(card, Outcome.NO_INSTANCE, why + before, now);
      }
    }
  }

  /** Starts a run that was parked as a whole. */
  private void restart(ParkingLot.Card card, Parked.Start start, Instant now) {
    JobCard job = desk.jobOf(start.run().id());
    if (job == null) {
      outcomes.end(card, Outcome.SKIPPED_DELETED, "the job was deleted", now);
      return;
    }
    draft.beginUnparking(card, now);
    desk.unpark(card);
    dispatch.startRun(job, start.run(), start.due(), start.shards(), now);
    draft.end();
  }

  /** Other instances are eligible now, or have room. */
  void retryForInstance(Instant now) {
    for (ParkingLot.Card card : parking.wantingInstance()) {
      retryForInstance(card, now);
      releaseFreed(now);
      if (fleet.taking().stream().noneMatch(dispatch::hasRoom)) {
        return; // who waits behind it is asked again as soon as there is room
      }
    }
    lanes.freeStarved();
  }

  /** Somebody has room for a few: some of those that wait are looked at, and others the next time. */
  void retrySome(Instant now) {
    List<ParkingLot.Card> wanting = parking.wantingInstance();
    for (int i = 0; i < Math.min(SOME, wanting.size()); i++) {
      retryForInstance(wanting.get(Math.floorMod(turn++, wanting.size())), now);
    }
    lanes.freeStarved(SOME);
  }

  /** A job is there, maybe another than before. */
  void retryForInstance(String job, Instant now) {
    lanes.freeStarved();
    for (ParkingLot.Card waiting : parking.wantingInstance()) {
      if (waiting.item().run().id().job().equals(job)) {
        retryForInstance(waiting, now);
      }
    }
  }

  private void retryForInstance(ParkingLot.Card card, Instant now) {
    JobCard job = desk.jobOf(card.item().run().id());
    if (card.isGone()
        || (job != null && job.eligibility(fleet, card.item()).instances().isEmpty())) {
      return;
    }
    if (card.item() instanceof Parked.Start start) {
      restart(card, start, now);
    } else if (card.item() instanceof Parked.Shard shard) {
      lanes.free(shard.what().lane());
    }
  }

  /** What waits for its turn is due: the job says what becomes of it, and of what is before it. */
  private void turnComes(ParkingLot.Card card, Parked.Shard shard, Instant now) {
    JobCard job = desk.jobOf(shard.run().id());
    Lane lane = shard.what().lane();
    Lanes.Card line = lanes.card(lane);
    int before = line.waiting().headSet(card).size();
    if (job == null || card.isGone()) {
      return;
    }
    boolean free = line.isFree() && before == 0;
    if (job.job.overlap().policy() == Overlap.Policy.COVER_EARLIER) {
      if (!free || !dispatch.isApart(job, lane)) {
        dispatch.cover(job, lane, shard.run(), now);
        coverWaiting(line, card, now);
      }
    } else if (!free && shard.what().attempt() == 1) {
      refuseIfCrowded(card, before, job, now);
    }
  }

  /** A run that waits for others of its job, whole, is due. */
  private void turnComes(ParkingLot.Card card, Parked.Start start, Instant now) {
    releaseRuns(Lane.ofRuns(start.run().id()), now);
    JobCard job = desk.jobOf(start.run().id());
    if (job == null || card.isGone()) {
      return;
    }
    Lanes.Card line = lanes.card(Lane.ofRuns(start.run().id()));
    if (job.job.overlap().policy() == Overlap.Policy.COVER_EARLIER) {
      coverWaiting(line, card, now);
      for (RunCard run : desk.underWay(job)) {
        RunId id = run.plan().id();
        if (run.ending().isEmpty() && RunPlan.IN_TURN.compare(run.plan(), start.run()) < 0) {
          draft.begin(run.bytes() + 1_000 + 400 * fleet.holders().size(), now);
          run.end(Outcome.COVERED);
          draft.standing(run);
          dispatch.tell(id::equals, new Ticket.Message.End(id, Cancellation.Reason.COVERED), now);
          draft.end();
          outcomes.endParked(run, now);
        }
      }
      releaseRuns(Lane.ofRuns(start.run().id()), now);
    } else {
      refuseIfCrowded(card, line.waiting().headSet(card).size(), job, now);
    }
  }

  private void coverWaiting(Lanes.Card line, ParkingLot.Card by, Instant now) {
    List.copyOf(line.waiting().headSet(by))
        .forEach(
            earlier -> outcomes.end(earlier, Outcome.COVERED, "a later run took its place", now));
  }

  /** Other rules hold for a job: what is due of it is looked at again. */
  void lookAgain(JobCard job, Instant now) {
    List<ParkingLot.Card> all = parking.all(run -> run.isOf(job.name, job.generation));
    if (job.mayOverlap()) {
      // There may be more tracks than before: what can begin is not too much.
      freeLanes(all);
      releaseFreed(now);
    }
    for (ParkingLot.Card card : all) {
      Parked.Wait cause = card.item().cause();
      if (cause.reason() == Parked.For.TURN && !card.isGone() && !cause.until().isAfter(now)) {
        wake(card, now);
      }
    }
    freeLanes(all);
  }

  private void freeLanes(List<ParkingLot.Card> of) {
    of.stream()
        .filter(card -> !card.isGone())
        .map(ParkingLot.Card::item)
        .filter(Parked.Shard.class::isInstance)
        .map(shard -> ((Parked.Shard) shard).what().lane())
        .distinct()
        .forEach(lanes::free);
  }

  /** What finds more waiting than its job lets wait does not run. */
  private void refuseIfCrowded(ParkingLot.Card card, int before, JobCard job, Instant now) {
    int limit = queue(job.job.overlap());
    if (before >= limit) {
      String why = limit == 0
          ? "the run before it had not ended"
          : limit + " runs were waiting, and no more may";
      outcomes.end(card, Outcome.SKIPPED_OVERLAP, why, now);
    }
  }

  /** Lets begin what waits for others of its job, whole, as far as nothing is in its way any more. */
  private void releaseRuns(Lane lane, Instant now) {
    Lanes.Card line = lanes.find(lane);
    while (line != null && !line.waiting().isEmpty()) {
      ParkingLot.Card first = line.waiting().first();
      if (!(first.item() instanceof Parked.Start start)
          || start.due().isAfter(now.plus(rules.horizon()))) {
        return;
      }
      if (!dispatch.mayBegin(desk.jobOf(start.run().id()), start.run())) {
        return;
      }
      restart(first, start, now);
    }
    lanes.tidy(lane);
  }

  /** How many may wait in a lane. */
  private static int queue(Overlap overlap) {
    return switch (overlap.policy()) {
      case SERIAL -> overlap.limit();
      case DISCARD_LATER -> 0;
      case COVER_EARLIER, ALLOW -> Overlap.DEFAULT_QUEUE;
    };
  }

  /** Lets go on what waits in lanes that became free. */
  void releaseFreed(Instant now) {
    for (Lane lane = lanes.takeFreed(); lane != null; lane = lanes.takeFreed()) {
      if (lane.isOfRuns()) {
        releaseRuns(lane, now);
        continue;
      }
      Lanes.Card card = lanes.find(lane);
      while (card != null
          && !card.waiting().isEmpty()
          && mayGo(card, card.waiting().first(), now)) {
        release(card.waiting().first(), now);
      }
      if (card != null && card.isFree() && !card.waiting().isEmpty()) {
        lanes.starve(lane);
        expectEnd(card, now);
      }
      lanes.tidy(lane);
      takeOver(lane, now);
    }
  }

  /** A track in which there is nothing takes over what waits on another one: what is before it there may be long, or wait for its next try. */
  private void takeOver(Lane shard, Instant now) {
    JobCard job = parking.isInTurn(shard.job()) ? desk.jobOf(shard) : null;
    if (job == null || !job.mayOverlap() || !dispatch.isApart(job, shard)) {
      return;
    }
    ParkingLot.Card first = null;
    boolean waits = false;
    boolean free = false;
    for (int track = 0; track < job.job.overlap().limit(); track++) {
      Lanes.Card line = lanes.find(shard.onTrack(track));
      free |= lanes.load(shard.onTrack(track)) == 0;
      for (ParkingLot.Card card : line == null ? Set.<ParkingLot.Card>of() : line.waiting()) {
        waits |= isForAnyTrack(card);
        if (isForAnyTrack(card) && isWanted(job, card)) {
          first = first == null || card.compareTo(first) < 0 ? card : first;
          break;
        }
      }
    }
    if (free && first != null) {
      release(first, now);
    } else if (free && waits) {
      lanes.starve(shard); // until somebody has room
    }
  }

  /** Whether something waits for its turn, and was not begun: what was begun stays on its track. */
  private static boolean isForAnyTrack(ParkingLot.Card card) {
    return card.item() instanceof Parked.Shard shard
        && shard.cause().reason() == Parked.For.TURN
        && shard.what().attempt() == 1;
  }

  /** Whether somebody who may run something has room for it. */
  private boolean isWanted(JobCard job, ParkingLot.Card card) {
    return job.eligibility(fleet, card.item()).instances().stream().anyMatch(dispatch::hasRoom);
  }

  /** Nothing is in the way of what waits first in a lane but that nobody takes it: that may last for so long, and no longer. */
  private void expectEnd(Lanes.Card lane, Instant now) {
    ParkingLot.Card first = lane.waiting().first();
    if (first.item() instanceof Parked.Shard shard) {
      if (isEarly(shard, now)) {
        lane.relieve();
        return;
      }
      JobCard job = desk.jobOf(shard.run().id());
      boolean news = lane.starve(now);
      if (news && job != null && shard.cause().reason() != Parked.For.INSTANCE) {
        Instant since = lane.starvedSince().orElse(now);
        parking.wake(first, dispatch.givenUp(job, shard.what(), since));
      }
    }
  }

  private boolean isEarly(Parked.Shard shard, Instant now) {
    Parked.Wait cause = shard.cause();
    return cause.reason() == Parked.For.TIME && cause.until().isAfter(now.plus(rules.horizon()));
  }

  /** Whether what waits first in a lane need not wait any longer. */
  private boolean mayGo(Lanes.Card lane, ParkingLot.Card first, Instant now) {
    if (!(first.item() instanceof Parked.Shard shard)) {
      return false;
    }
    JobCard job = desk.jobOf(shard.run().id());
    if (job == null) {
      return true; // to its end
    }
    List<Instance> eligible = job.eligibility(fleet, shard).instances();
    if (eligible.isEmpty() && !shard.home().isEmpty()) {
      return true; // to its end: nobody else may have it
    }
    if (isEarly(shard, now)
        || eligible.stream().noneMatch(dispatch::hasRoom)
        || !dispatch.isApart(job, shard.what().lane())) {
      return false;
    }
    // Only the spread gives the same answer for one run after the other, so only with it one can
    // follow another to where that went.
    return lane.isFree()
        || (job.job.routing().route().equals("spread")
            && shard.avoid().isEmpty()
            && fleet.load(lane.holder()) < rules.inboxLimit()
            && dispatch.choose(job, shard.what(), eligible, "").id().equals(lane.holder()));
  }

  private void release(ParkingLot.Card card, Instant now) {
    draft.beginUnparking(card, now);
    desk.unpark(card);
    if (card.item() instanceof Parked.Shard shard) {
      dispatch.release(desk.jobOf(shard.run().id()), shard, now);
    }
    draft.end();
  }
}
