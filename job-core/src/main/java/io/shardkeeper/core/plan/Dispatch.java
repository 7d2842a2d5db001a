package io.shardkeeper.core.plan;

import io.shardkeeper.core.assign.Division;
import io.shardkeeper.core.assign.Eligibility;
import io.shardkeeper.core.assign.Routes;
import io.shardkeeper.core.books.Draft;
import io.shardkeeper.core.books.Fleet;
import io.shardkeeper.core.books.Lanes;
import io.shardkeeper.core.books.ParkingLot;
import io.shardkeeper.core.books.RunCard;
import io.shardkeeper.core.desk.Desk;
import io.shardkeeper.core.desk.JobCard;
import io.shardkeeper.core.desk.Rules;
import io.shardkeeper.core.history.Entry;
import io.shardkeeper.core.layout.Assignment;
import io.shardkeeper.core.layout.Instance;
import io.shardkeeper.core.layout.Lane;
import io.shardkeeper.core.layout.Parked;
import io.shardkeeper.core.layout.RunId;
import io.shardkeeper.core.layout.RunPlan;
import io.shardkeeper.core.mail.Ticket;
import io.shardkeeper.handler.Cancellation;
import io.shardkeeper.job.Overlap;
import io.shardkeeper.job.Sharding;
import io.shardkeeper.run.Outcome;
import java.time.Instant;
import java.util.BitSet;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Decides who gets a shard, and whether now: what must wait is parked. */
final class Dispatch {
  private static final Logger LOG = LoggerFactory.getLogger(Dispatch.class);

  private final Desk desk;
  private final Rules rules;
  private final Draft draft;
  private final Fleet fleet;
  private final Lanes lanes;
  private final Routes routes;
  private final Outcomes outcomes;

  Dispatch(Desk desk, Routes routes, Outcomes outcomes) {
    this.desk = desk;
    this.rules = desk.rules;
    this.draft = desk.draft;
    this.fleet = desk.fleet;
    this.lanes = desk.lanes;
    this.routes = routes;
    this.outcomes = outcomes;
  }

  /** Starts a run whose time has come, or parks it until then. */
  void startOrPark(
      JobCard job, RunPlan run, Instant due, List<Integer> shards, String why, Instant now) {
    if (due.isAfter(now.plus(rules.horizon()))) {
      hold(job, run, due, shards, new Parked.Wait(Parked.For.TIME, due, why), now);
    } else {
      startRun(job, run, due, shards, now);
    }
  }

  /** Has a run wait that is not divided yet. */
  private void hold(
      JobCard job, RunPlan run, Instant due, List<Integer> shards, Parked.Wait cause, Instant now) {
    desk.begun(job, new RunCard(run));
    desk.park(new Parked.Start(run, due, shards, cause), now);
  }

  /** A run does not begin, because its job is paused. */
  private void refusePaused(
      JobCard job, RunPlan undivided, Instant due, List<Integer> asked, Instant now) {
    RunCard known = desk.find(undivided.id());
    RunCard card = known == null ? new RunCard(undivided) : known;
    desk.begun(job, card);
    card.undivided(asked);
    String why = job.pause.sentence();
    outcomes.finish(card, new Entry.Part(0, "", 1, Outcome.SKIPPED_PAUSED, due, now, why), now);
  }

  /** Divides a run into shards, and gives each to somebody; or has it wait for others of its job, or for somebody. */
  void startRun(JobCard job, RunPlan undivided, Instant due, List<Integer> asked, Instant now) {
    if (job.isHeld(due, now)) {
      refusePaused(job, undivided, due, asked, now);
      return;
    }
    Eligibility eligible = job.eligibility(fleet, undivided);
    Optional<Division> divided = eligible.instances().isEmpty()
        ? Optional.empty()
        : Optional.of(Division.of(job.job.sharding(), eligible.instances().size()));
    Optional<String> held = heldUp(job, undivided, divided);
    if (held.isPresent()) {
      hold(job, undivided, due, asked, new Parked.Wait(Parked.For.TURN, due, held.get()), now);
      return;
    }
    if (divided.isEmpty()) {
      if (!job.wanting && !fleet.taking().isEmpty()) {
        job.wanting = true;
        LOG.warn("Job '{}' has nobody to run it: {}", job.name, eligible.why());
      }
      Instant later = due.isAfter(now) ? due : now;
      Instant until = later.plus(job.misfireThreshold(rules));
      var cause = new Parked.Wait(Parked.For.INSTANCE, until, eligible.why());
      hold(job, undivided, due, asked, cause, now);
      return;
    }
    job.wanting = false;
    Division division = divided.get();
    var run = new RunPlan(
        undivided.id(),
        job.revision,
        division.total(),
        undivided.scheduledAt(),
        undivided.parameters(),
        new RunPlan.Traits(division.bound(), undivided.traits().prompt()),
        undivided.origin());
    var card = new RunCard(run);
    RunCard before = desk.find(run.id());
    if (before != null) {
      card.takeOver(before);
      desk.replace(card);
    } else {
      desk.begun(job, card);
    }
    desk.divided(job, card);
    for (int shard = 0; shard < division.total(); shard++) {
      if (asked.isEmpty() || asked.contains(shard)) {
        card.open().set(shard);
      }
    }
    int each = Draft.bytes(new Assignment(run, 0, 0, 1, 0, due, 0));
    boolean large = each * card.open().cardinality() > Draft.UNIT;
    if (large) {
      // It takes several transactions: the first one says which shards there are, and who begins a
      // tenure looks for those that are nowhere.
      draft.standing(card);
    }
    BitSet toGive = (BitSet) card.open().clone();
    if (!toGive.isEmpty()) {
      draft.begun(run, toGive.cardinality());
    }
    for (int shard = toGive.nextSetBit(0); shard >= 0; shard = toGive.nextSetBit(shard + 1)) {
      var what = new Assignment(run, shard, track(job, run.id(), shard), 1, 0, due, 0);
      Instance to = division.bound()
          ? eligible.instances().get(shard)
          : choose(job, what, eligible.instances(), "");
      if (large) {
        draft.cut(now);
      }
      give(job, what, to, false, now);
    }
    if (toGive.isEmpty()) {
      String why = "none of the shards asked for is among its " + division.total();
      outcomes.finish(card, new Entry.Part(0, "", 1, Outcome.REJECTED, due, now, why), now);
    }
  }

  /** Whether a run that waits for others of its job, whole, need not wait any longer for those. */
  boolean mayBegin(@Nullable JobCard job, RunPlan run) {
    if (job == null) {
      return true; // to its end
    }
    int eligible = job.eligibility(fleet, run).instances().size();
    Optional<Division> divided =
        eligible == 0 ? Optional.empty() : Optional.of(Division.of(job.job.sharding(), eligible));
    return heldUp(job, run, divided).isEmpty();
  }

  /** Why a run has to wait for others of its job, whole. */
  private Optional<String> heldUp(JobCard job, RunPlan run, Optional<Division> division) {
    Optional<String> held = job.heldUp(division, fleet.busyOf(job.name, job.generation));
    if (held.isEmpty() && job.isPerRun() && isBehindOneWithoutInstance(run)) {
      return Optional.of("an earlier run waits for an instance");
    }
    Lanes.Card line = lanes.find(Lane.ofRuns(run.id()));
    boolean behind = line != null
        && !line.waiting().isEmpty()
        && RunPlan.IN_TURN.compare(run, line.waiting().first().item().run()) > 0;
    return held.isEmpty() && behind ? Optional.of("an earlier run waits") : held;
  }

  private boolean isBehindOneWithoutInstance(RunPlan run) {
    return desk.parking.wantingInstance().stream()
        .map(ParkingLot.Card::item)
        .filter(Parked.Start.class::isInstance)
        .anyMatch(item -> item.run().id().isOf(run.id().job(), run.id().generation())
            && RunPlan.IN_TURN.compare(item.run(), run) < 0);
  }

  /** Whether a run that waits for its turn, and is due, takes the place of what an assignment belongs to. */
  boolean isCovered(@Nullable JobCard job, Assignment what, Instant now) {
    return isFollowed(job, what, later -> !later.scheduledAt().isAfter(now));
  }

  /** Whether a run that takes the place of earlier ones is planned behind an assignment: there is no time for another try. */
  boolean isFollowed(@Nullable JobCard job, Assignment what) {
    return isFollowed(job, what, later -> true);
  }

  private boolean isFollowed(@Nullable JobCard job, Assignment what, Predicate<RunPlan> which) {
    if (job == null || job.job.overlap().policy() != Overlap.Policy.COVER_EARLIER) {
      return false;
    }
    Lanes.Card card = lanes.find(what.lane());
    Predicate<RunPlan> follows =
        run -> RunPlan.IN_TURN.compare(run, what.run()) > 0 && which.test(run);
    return card != null
        && (card.waiting().stream().anyMatch(other -> follows.test(other.item().run()))
            || fleet.openOf(card.holder(), what.lane()).stream()
                .anyMatch(other -> !other.busy() && follows.test(other.what().run())));
  }

  /** Has everything of a lane that is with an instance, and earlier than a run, end for that; on whichever track it was begun. */
  void cover(JobCard job, Lane lane, RunPlan by, Instant now) {
    cover(lane, by, now);
    if (job.overlapping) {
      for (Lane other : lanes.tracks()) {
        if (other.equals(lane.onTrack(other.track())) && !other.equals(lane)) {
          cover(other, by, now);
        }
      }
    }
  }

  private void cover(Lane lane, RunPlan by, Instant now) {
    String holder = lanes.card(lane).holder();
    for (Fleet.Open open : fleet.openOf(holder, lane)) {
      Assignment what = open.what();
      boolean is = !open.busy() && RunPlan.IN_TURN.compare(what.run(), by) < 0;
      if (is && fleet.find(holder) != null) {
        draft.begin(400, now);
        RunId run = what.run().id();
        draft.message(
            holder, new Ticket.Message.End(run, what.shard(), Cancellation.Reason.COVERED));
        draft.end();
      }
    }
  }

  /** The track of what goes out again: the job may allow more or less than when it went out first. */
  private int trackAnew(JobCard job, Assignment what) {
    boolean same = what.track() < (job.mayOverlap() ? job.job.overlap().limit() : 1);
    boolean wider = job.mayOverlap() && what.attempt() == 1;
    return same && !wider ? what.track() : track(job, what.run().id(), what.shard());
  }

  /** Whether nothing of a shard is open that was begun when it might overlap, and may not any more. */
  boolean isApart(JobCard job, Lane lane) {
    return !job.overlapping
        || lanes.tracks().stream()
            .noneMatch(other ->
                other.equals(lane.onTrack(other.track())) && !lanes.card(other).isFree());
  }

  /** Where executions of a shard may overlap: the one with the least in it. */
  private int track(JobCard job, RunId run, int shard) {
    Overlap overlap = job.job.overlap();
    if (overlap.policy() != Overlap.Policy.ALLOW) {
      return 0;
    }
    int best = 0;
    int least = Integer.MAX_VALUE;
    for (int track = 0; track < overlap.limit() && least > 0; track++) {
      int load = lanes.load(new Lane(run.job(), run.generation(), shard, track));
      if (load < least) {
        best = track;
        least = load;
      }
    }
    return best;
  }

  /** Gives something that waited to somebody: to whom it belongs, if it belongs to anybody. */
  void release(@Nullable JobCard job, Parked.Shard shard, Instant now) {
    if (job == null || shard.home().isEmpty()) {
      again(job, shard.what(), shard.avoid(), now);
    } else {
      String before = shard.what().attempt() > 1 ? "; " + shard.cause().why() : "";
      againThere(job, shard.what(), shard.home(), before, now);
    }
  }

  /** Gives an assignment to somebody once more; it goes before all that is due later. */
  void again(@Nullable JobCard job, Assignment what, String avoid, Instant now) {
    if (job == null) {
      outcomes.end(what, Outcome.SKIPPED_DELETED, "the job was deleted", "", now);
      return;
    }
    if (isCovered(job, what, now)) {
      outcomes.end(what, Outcome.COVERED, "a later run took its place", "", now);
      return;
    }
    if (what.attempt() == 1 && job.isHeld(what.due(), now)) {
      outcomes.end(what, Outcome.SKIPPED_PAUSED, job.pause.sentence(), "", now);
      return;
    }
    Assignment anew = what.byRevision(job.revision).onTrack(trackAnew(job, what));
    List<Instance> eligible = job.eligibility(fleet, what.run()).instances();
    if (eligible.isEmpty()) {
      String why = job.eligibility(fleet, what.run()).why();
      desk.waitFor(Parked.For.INSTANCE, anew, givenUp(job, what, now), why, avoid, now);
      return;
    }
    Instance to = choose(job, anew, eligible, avoid);
    List<Instance> roomy = eligible.stream().filter(this::hasRoom).toList();
    if (!hasRoom(to) && !roomy.isEmpty() && lanes.card(anew.lane()).isFree()) {
      // Whoever is full would be chosen again and again. A home is for all the runs of a shard:
      // this one is elsewhere, and the home stays.
      to = elsewhere(anew, roomy);
    }
    give(job, anew, to, isFirst(anew), now);
  }

  /**
   * Gives an assignment that belongs to one instance to that once more.
   *
   * @param before what is to be told besides if that may not have it
   */
  void againThere(JobCard job, Assignment what, String instance, String before, Instant now) {
    Optional<Instance> to = job.atHome(fleet, instance).instances().stream().findFirst();
    if (isCovered(job, what, now)) {
      outcomes.end(what, Outcome.COVERED, "a later run took its place", "", now);
    } else if (what.attempt() == 1 && job.isHeld(what.due(), now)) {
      outcomes.end(what, Outcome.SKIPPED_PAUSED, job.pause.sentence(), "", now);
    } else if (to.isPresent()) {
      Assignment anew = what.byRevision(job.revision).onTrack(trackAnew(job, what));
      give(job, anew, to.get(), isFirst(anew), now);
    } else {
      String why = "instance " + instance + " takes nothing more, and it was for that one" + before;
      outcomes.end(what, Outcome.NO_INSTANCE, why, "", now);
    }
  }

  /** Who gets a shard, of those who may: if possible somebody else than who is to be avoided. */
  Instance choose(JobCard job, Assignment what, List<Instance> eligible, String avoid) {
    List<Instance> among = eligible;
    if (!avoid.isEmpty() && eligible.size() > 1) {
      among = eligible.stream().filter(instance -> !instance.id().equals(avoid)).toList();
    }
    if (!what.run().origin().instance().isEmpty()) {
      return eligible.get(0); // a home is for the runs that may go anywhere
    }
    // Of a run that had more shards than the job has now, some have no home any more.
    if (among.size() == eligible.size() && what.shard() < total(job, what)) {
      return routes.choose(
          job.job.routing(), what.run().id(), what.shard(), total(job, what), eligible);
    }
    // A home is for all the runs of a shard: an exception must not move it.
    return elsewhere(what, among);
  }

  private static Instance elsewhere(Assignment what, List<Instance> among) {
    int position = Math.floorMod(what.run().id().text().hashCode() + what.shard(), among.size());
    return among.get(position);
  }

  private static int total(JobCard job, Assignment what) {
    return job.job.sharding() instanceof Sharding.Fixed fixed
        ? fixed.total()
        : Math.max(1, what.run().total());
  }

  /** Whether nothing that waits in its lane was due earlier. */
  private boolean isFirst(Assignment what) {
    Lanes.Card lane = lanes.card(what.lane());
    if (lane.waiting().isEmpty()) {
      return true;
    }
    return RunPlan.IN_TURN.compare(what.run(), lane.waiting().first().item().run()) <= 0;
  }

  /** Whether an instance may be given more. */
  boolean hasRoom(Instance instance) {
    return fleet.load(instance.id()) < rules.inboxLimit();
  }

  /**
   * Gives an assignment to an instance, or has it wait where that must not be now.
   *
   * @param turn whether it is its turn, whatever waits in its lane
   */
  private void give(JobCard job, Assignment what, Instance to, boolean turn, Instant now) {
    Lane lane = what.lane();
    Lanes.Card card = lanes.card(lane);
    boolean apart = isApart(job, lane);
    boolean clear = apart
        && (turn || card.waiting().isEmpty())
        && (card.isFree() || card.holder().equals(to.id()));
    if (!clear) {
      String why = apart ? whyNot(card, what) : "what was allowed to overlap has not ended";
      waitThere(Parked.For.TURN, what, to, what.due(), why, now);
      return;
    }
    // Not before: what waits for its turn is routed when it goes.
    if (what.run().origin().instance().isEmpty()) {
      routes.went(job.job.routing(), job.name, to, job.eligibility(fleet).instances());
    }
    if (fleet.load(to.id()) >= rules.inboxLimit()) {
      String why = "instance " + to.id() + " has " + rules.inboxLimit()
          + " open assignments, and gets no more";
      waitThere(Parked.For.INSTANCE, what, to, givenUp(job, what, now), why, now);
      return;
    }
    Assignment given = what.withToken(draft.nextToken());
    fleet.give(to.id(), given);
    lanes.give(lane, to.id());
    draft.ticket(to.id(), given);
    LOG.debug(
        "{} shard {} attempt {} goes to {} with token {}",
        what.run().id(),
        what.shard(),
        what.attempt(),
        to.id(),
        given.token());
  }

  private void waitThere(
      Parked.For reason, Assignment what, Instance to, Instant until, String why, Instant now) {
    if (what.run().traits().bound()) {
      desk.waitAtHome(reason, what, until, why, to.id(), now);
    } else {
      desk.waitFor(reason, what, until, why, "", now);
    }
  }

  private static String whyNot(Lanes.Card lane, Assignment what) {
    return lane.isFree()
        ? "an earlier run of shard " + what.shard() + " waits"
        : "shard " + what.shard() + " is still with instance " + lane.holder();
  }

  /**
   * Until when an assignment waits for an instance. What was begun before waits longer: somebody may come back. But what is for one instance only
   * would keep all others of its shard waiting for that one.
   */
  Instant givenUp(JobCard job, Assignment what, Instant now) {
    Instant later = what.due().isAfter(now) ? what.due() : now;
    boolean anybody =
        what.run().origin().instance().isEmpty() && !what.run().traits().bound();
    return later.plus(
        what.attempt() > 1 && anybody ? job.job.misfire().window() : job.misfireThreshold(rules));
  }

  /** Tells an instance that is leaving that it may go, once nothing of it is open: nothing more will come. */
  void letGo(String id, Instant now) {
    Instance instance = fleet.find(id);
    if (instance != null && instance.draining() && fleet.load(id) == 0) {
      draft.begin(400, now);
      draft.message(id, new Ticket.Message.Leave());
      draft.end();
    }
  }

  /** Tells something to each instance that has a shard of one of these runs. */
  void tell(Predicate<RunId> runs, Ticket.Message message, Instant now) {
    for (String holder : fleet.holders()) {
      boolean has = fleet.openOf(holder).stream()
          .anyMatch(open -> runs.test(open.what().run().id()));
      if (has && fleet.find(holder) != null) {
        draft.begin(400, now);
        draft.message(holder, message);
        draft.end();
      }
    }
  }
}
