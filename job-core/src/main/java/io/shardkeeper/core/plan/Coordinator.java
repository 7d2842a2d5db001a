package io.shardkeeper.core.plan;

import io.shardkeeper.core.assign.Division;
import io.shardkeeper.core.assign.Eligibility;
import io.shardkeeper.core.assign.Routes;
import io.shardkeeper.core.assign.Spread;
import io.shardkeeper.core.coordinator.Tenure;
import io.shardkeeper.core.definition.NotCarriedOut;
import io.shardkeeper.core.history.Compaction;
import io.shardkeeper.core.history.Entry;
import io.shardkeeper.core.history.Retention;
import io.shardkeeper.core.layout.Assignment;
import io.shardkeeper.core.layout.Cursor;
import io.shardkeeper.core.layout.Instance;
import io.shardkeeper.core.layout.Lane;
import io.shardkeeper.core.layout.Layout;
import io.shardkeeper.core.layout.Parked;
import io.shardkeeper.core.layout.RunId;
import io.shardkeeper.core.layout.RunPlan;
import io.shardkeeper.core.ledger.Bytes;
import io.shardkeeper.core.ledger.NodePath;
import io.shardkeeper.core.ledger.Transaction;
import io.shardkeeper.core.mail.Box;
import io.shardkeeper.core.mail.Command;
import io.shardkeeper.core.mail.Command.Request;
import io.shardkeeper.core.mail.Report;
import io.shardkeeper.core.mail.Ticket;
import io.shardkeeper.core.mail.Told;
import io.shardkeeper.handler.Cancellation;
import io.shardkeeper.job.Job;
import io.shardkeeper.job.Overlap;
import io.shardkeeper.job.Retry;
import io.shardkeeper.job.Sharding;
import io.shardkeeper.run.Outcome;
import io.shardkeeper.trigger.Trigger;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Comparator;
import java.util.Deque;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.PriorityQueue;
import java.util.Set;
import java.util.SortedSet;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What is decided in one tenure. Events go in, transactions come out; nothing else happens, no clock is read, and the same events give the same
 * transactions. Its memory runs ahead of the ledger: whoever commits the transactions drops it as a whole when one of them does not land.
 *
 * <pre>
 *   fire ──► run ──► assignments ──► ticket ──► report ──► outcome
 *                        └──► parked ──┘   ◄── retry, moved ─┘
 * </pre>
 *
 * <p>Not for several threads.
 */
public final class Coordinator {
  private static final Logger LOG = LoggerFactory.getLogger(Coordinator.class);

  private final Rules rules;
  private final long term;
  private final Fleet fleet = new Fleet();
  private final Lanes lanes = new Lanes();
  private final ParkingLot parking = new ParkingLot();
  private final Spread spread;
  private final Routes routes;
  private final Draft draft;

  private final Map<String, JobCard> jobs = new HashMap<>();
  private final PriorityQueue<JobCard> timetable = new PriorityQueue<>(
      Comparator.comparing((JobCard card) -> card.next).thenComparing(card -> card.name));
  private final Map<RunId, RunCard> runs = new HashMap<>();
  private final Map<String, Box> boxes = new TreeMap<>();
  private final Keys keys = new Keys();

  /** Shards that are open by the standing of their run: of those that are nowhere else, nobody would ever hear again. */
  private final Map<RunId, BitSet> orphans = new TreeMap<>();

  /** Lanes that became free, and whose waiting may go on. */
  private final Deque<Lane> freed = new ArrayDeque<>();

  /** Bytes of something that belongs into one transaction, as a rule. */
  private static final int UNIT = 60_000;

  /** Lanes in which nothing is open, and something waits all the same: for its time, or for an instance with room. */
  private final Set<Lane> starved = new LinkedHashSet<>();

  private boolean jobsKnown;
  private boolean fleetChanged;
  private boolean roomAgain;
  private long stale;
  private long setAside;

  /** Instances of which a report was set aside. */
  private final SortedSet<String> toAudit = new TreeSet<>();

  /** Begins a tenure with what stands in the ledger. */
  public Coordinator(Tenure tenure, Rules rules, Branches read) {
    Loaded loaded = Loaded.of(read);
    this.term = tenure.term();
    this.rules = rules;
    this.spread = loaded.spread();
    this.routes = new Routes(spread);
    this.draft = new Draft(tenure, loaded.cursor(), loaded.cursorVersion());
    loaded.runs().forEach(card -> {
      runs.put(card.plan.id(), card);
      orphans.put(card.plan.id(), (BitSet) card.open.clone());
    });
    loaded.open().forEach(this::adopt);
    loaded.parked().forEach(this::adopt);
    loaded.keys().forEach(keys::load);
  }

  private void adopt(Fleet.Open open) {
    Assignment what = open.what();
    fleet.give(open.instance(), what);
    lanes.give(what.lane(), open.instance());
    if (open.busy()) {
      fleet.busy(open);
    } else {
      found(what);
    }
  }

  /** A shard that has no outcome yet is somewhere. */
  private void found(Assignment what) {
    run(what.run()).open.set(what.shard());
    BitSet lost = orphans.get(what.run().id());
    if (lost != null) {
      lost.clear(what.shard());
    }
  }

  private void adopt(ParkingLot.Place place) {
    for (ParkingLot.Card read : List.copyOf(place.cards)) {
      place.cards.remove(read);
      ParkingLot.Card card = parking.add(read.item);
      card.place = place;
      place.cards.add(card);
      settleIn(card);
      if (card.item instanceof Parked.Shard shard) {
        found(shard.what());
      } else {
        run(card.item.run());
      }
    }
  }

  private RunCard run(RunPlan plan) {
    return runs.computeIfAbsent(plan.id(), id -> new RunCard(plan));
  }

  // ------------------------------------------------------------------ what is asked of it

  /** Everything that was there when the tenure began has been told: from here on fires are planned. */
  public void ready(Instant now) {
    jobsKnown = true;
    for (JobCard job : jobs.values()) {
      job.inFlight = 0;
    }
    for (RunCard run : runs.values()) {
      JobCard job = jobOf(run.plan.id());
      if (job != null) {
        job.inFlight++;
      }
    }
    planFires(now); // a window that was begun is ended before anything else happens
    orphans.forEach((id, lost) -> adoptOrphans(id, lost, now));
    orphans.clear();
    for (JobCard job : List.copyOf(jobs.values())) {
      startDelayed(job, now, now);
    }
    for (String id : fleet.holders()) {
      if (fleet.find(id) == null) {
        step(new Event.InstanceGone(id), now);
      }
    }
    step(new Event.TimePassed(), now);
  }

  private void adoptOrphans(RunId id, BitSet lost, Instant now) {
    RunCard run = runs.get(id);
    JobCard job = jobOf(id);
    for (int shard = lost.nextSetBit(0);
        run != null && shard >= 0;
        shard = lost.nextSetBit(shard + 1)) {
      var what = new Assignment(run.plan, shard, 0, 1, 0, run.plan.scheduledAt(), 0);
      draft.begin(UNIT, now);
      if (run.killed) {
        end(what, Outcome.KILLED, "killed by request before it started", "", now);
      } else {
        again(job, what, "", now);
      }
      draft.end();
    }
  }

  /** Takes in what happened. */
  public void step(Event event, Instant now) {
    if (event instanceof Event.JobSeen seen) {
      jobSeen(seen, now);
    } else if (event instanceof Event.JobGone gone) {
      jobGone(gone, now);
    } else if (event instanceof Event.InstanceSeen seen) {
      fleetChanged |= fleet.put(seen.instance());
      letGo(seen.instance().id(), now);
    } else if (event instanceof Event.InstanceGone gone) {
      fleetChanged |= fleet.remove(gone.id());
    } else if (event instanceof Event.Leftovers leftovers) {
      moveOn(leftovers, now);
    } else if (event instanceof Event.Audited audited) {
      giveUp(audited, now);
    } else if (event instanceof Event.ReportSeen seen) {
      report(seen, now);
    } else if (event instanceof Event.ClientSeen seen) {
      boxes.put(seen.client(), seen.box());
    } else if (event instanceof Event.ClientGone gone) {
      boxes.remove(gone.client());
      runs.values().forEach(run -> run.waiters.removeIf(w -> w.client().equals(gone.client())));
    } else if (event instanceof Event.CommandSeen seen) {
      command(seen, now);
    }
    if (jobsKnown) {
      goOn(now);
    }
  }

  /** What follows from all that was taken in. */
  private void goOn(Instant now) {
    if (fleetChanged) {
      settleSpread();
    }
    if (fleetChanged || roomAgain) {
      fleetChanged = false;
      roomAgain = false;
      parking.wantingInstance().forEach(card -> retryForInstance(card, now));
      freed.addAll(starved);
      starved.clear();
    }
    releaseFreed(now);
    planFires(now);
    wakeParked(now);
    releaseFreed(now);
  }

  /** The transactions that make true what was decided, in their order. */
  public List<Transaction> take(Instant now) {
    spread.takeUrgent().forEach(bucket -> writePlaces(bucket, now));
    return draft.take(now);
  }

  /** Adds the places of shards to what is written, now and then: losing them costs moves, and nothing else. */
  public void keepPlaces(Instant now) {
    spread.takeChanged().forEach(bucket -> writePlaces(bucket, now));
  }

  private void writePlaces(int bucket, Instant now) {
    Bytes places = spread.bucket(bucket);
    draft.begin(places.length() + 200, now);
    NodePath path = Layout.PLACES.child(Layout.bucketName(bucket));
    draft.act(places.length() + 200, (to, number) -> to.set(path, places, Transaction.ANY_VERSION));
    draft.end();
  }

  /** Segments of the history that were merged: new for old. */
  public void replaceHistory(Compaction.Written merged, Instant now) {
    int bytes = merged.created().values().stream()
        .mapToInt(content -> content.length() + 250)
        .sum();
    draft.begin(bytes + 250 * merged.deleted().size(), now);
    merged
        .created()
        .forEach((name, content) ->
            draft.act(content.length() + 250, (to, number) -> to.create(name.path(), content)));
    merged
        .deleted()
        .forEach(name ->
            draft.act(250, (to, number) -> to.delete(name.path(), Transaction.ANY_VERSION)));
    draft.end();
  }

  /** What is kept of a job. Of one that is gone, as much as of one that does not say. */
  public Retention retention(String name) {
    JobCard job = jobs.get(name);
    return job == null
        ? new Retention(Job.DEFAULT_HISTORY, Trigger.manual())
        : new Retention(job.job.history(), job.trigger);
  }

  /** Forgets outer keys that are a day old. */
  public void sweepKeys(Instant now) {
    for (Keys.Known old : keys.sweep(now)) {
      draft.begin(300, now);
      draft.act(200, (to, number) -> to.delete(old.path(), Transaction.ANY_VERSION));
      draft.end();
    }
  }

  /** When it has to be told that time passed, if nothing else happens before. */
  public Optional<Instant> nextWake() {
    Optional<Instant> parked = parking.next();
    JobCard first = timetable.peek();
    if (first == null || first.next.equals(Trigger.NEVER)) {
      return parked;
    }
    Instant fire = first.next.minus(rules.horizon().dividedBy(2));
    return parked.isPresent() && parked.get().isBefore(fire) ? parked : Optional.of(fire);
  }

  /** Instances whose inboxes have to be looked at, because a report of theirs was set aside since this was asked last. */
  public SortedSet<String> takeToAudit() {
    SortedSet<String> taken = new TreeSet<>(toAudit);
    toAudit.clear();
    return taken;
  }

  /** How far it is. */
  public Cursor cursor() {
    return draft.cursor();
  }

  /** Reports and commands that were about nothing that is open: repeated ones, or those of somebody who was replaced. */
  public long stale() {
    return stale;
  }

  /** Runs that have no outcome yet. */
  public int runsInFlight() {
    return runs.size();
  }

  // ------------------------------------------------------------------ definitions

  private void jobSeen(Event.JobSeen seen, Instant now) {
    JobCard card;
    try {
      card = new JobCard(seen, rules);
    } catch (IllegalArgumentException e) {
      LOG.error("Job '{}' is not planned until it is mended: {}", seen.name(), e.getMessage());
      jobGone(new Event.JobGone(seen.name(), "it cannot be planned: " + e.getMessage()), now);
      return;
    }
    JobCard before = jobs.put(card.name, card);
    if (before != null) {
      timetable.remove(before);
      if (before.generation == card.generation) {
        card.inFlight = before.inFlight;
      } else {
        spread.forget(card.name);
      }
    }
    card.nextFrom(draft.cursor().decided(card.name));
    timetable.add(card);
    if (jobsKnown) {
      startDelayed(card, now, now);
      freed.addAll(starved);
      starved.clear();
      for (ParkingLot.Card waiting : parking.wantingInstance()) {
        if (waiting.item.run().id().job().equals(card.name)) {
          retryForInstance(waiting, now);
        }
      }
    }
  }

  private void jobGone(Event.JobGone gone, Instant now) {
    JobCard card = jobs.remove(gone.name());
    if (card == null) {
      return;
    }
    timetable.remove(card);
    spread.forget(card.name);
    Predicate<RunId> ofIt =
        run -> run.job().equals(card.name) && run.generation() == card.generation;
    for (ParkingLot.Card waiting : parking.all(ofIt)) {
      end(waiting, Outcome.SKIPPED_DELETED, gone.why(), now);
    }
    tell(ofIt, new Ticket.Message.Drop(card.name, card.generation), now);
  }

  /** Tells something to each instance that has a shard of one of these runs. */
  private void tell(Predicate<RunId> runs, Ticket.Message message, Instant now) {
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

  private @Nullable JobCard jobOf(RunId run) {
    JobCard card = jobs.get(run.job());
    return card != null && card.generation == run.generation() ? card : null;
  }

  // ------------------------------------------------------------------ fires

  private void planFires(Instant now) {
    Instant soon = now.plus(rules.horizon());
    Instant mustBeBefore = now.plus(rules.horizon().dividedBy(2));
    boolean inWindow = !draft.cursor().job().isEmpty();
    JobCard first = timetable.peek();
    if (!inWindow && (first == null || first.next.isAfter(mustBeBefore))) {
      return;
    }
    Instant at = draft.cursor().at();
    Instant upTo = inWindow ? draft.cursor().upTo() : soon.isAfter(at) ? soon : at;
    var due = new TreeMap<String, JobCard>();
    for (JobCard card = timetable.peek();
        card != null && card.next.isBefore(upTo);
        card = timetable.peek()) {
      due.put(card.name, card);
      timetable.remove();
    }
    for (JobCard card : due.values()) {
      planFires(card, at, upTo, now);
      timetable.add(card);
    }
    draft.cursor(upTo, upTo, "", upTo);
    draft.moved();
    if (inWindow) {
      planFires(now);
    }
  }

  private void planFires(JobCard job, Instant at, Instant upTo, Instant now) {
    Instant cutoff = now.minus(job.misfireThreshold(rules));
    if (job.next.isBefore(cutoff)) {
      planMissed(job, at, upTo, cutoff, now);
    }
    while (job.next.isBefore(upTo)) {
      Instant fire = job.next;
      draft.begin(UNIT, now);
      job.next = job.after(fire);
      draft.cursor(at, upTo, job.name, job.next.isBefore(upTo) ? job.next : upTo);
      startRun(job, plan(job, fire), fire, List.of(), now);
      draft.end();
    }
  }

  /** Fires that nobody was there to decide: the latest of them run, as many as the job wants; the others are one stretch. */
  private void planMissed(JobCard job, Instant at, Instant upTo, Instant cutoff, Instant now) {
    Instant last = job.before(cutoff.isBefore(upTo) ? cutoff : upTo);
    Instant oldest = now.minus(job.job.misfire().window());
    Deque<Instant> made = new ArrayDeque<>();
    Instant walk = last;
    while (made.size() < job.job.misfire().limit()
        && !walk.isBefore(job.next)
        && !walk.isBefore(oldest)) {
      made.addFirst(walk);
      walk = job.before(walk);
    }
    if (!walk.isBefore(job.next)) {
      draft.begin(600, now);
      Instant resumed = made.isEmpty() ? job.after(last) : made.getFirst();
      draft.cursor(at, upTo, job.name, resumed.isBefore(upTo) ? resumed : upTo);
      String reason = "decided " + Duration.between(walk, now).toSeconds()
          + " s after the last of them was due, more than "
          + job.misfireThreshold(rules).toSeconds()
          + " s; policy " + job.job.misfire().policy();
      draft.history(new Entry.Skip(
          job.name,
          job.generation,
          job.next,
          walk,
          count(job.trigger, job.next, walk),
          now,
          Outcome.SKIPPED_MISFIRE,
          reason));
      draft.end();
    }
    while (!made.isEmpty()) {
      Instant fire = made.removeFirst();
      draft.begin(UNIT, now);
      job.next = made.isEmpty() ? job.after(last) : made.getFirst();
      draft.cursor(at, upTo, job.name, job.next.isBefore(upTo) ? job.next : upTo);
      startRun(job, plan(job, fire), fire, List.of(), now);
      draft.end();
    }
    job.next = job.after(last);
  }

  /** How many fires there are from one to another; -1 if too many to count. */
  private static long count(Trigger trigger, Instant first, Instant last) {
    long fires = 1;
    for (Instant at = first; at.isBefore(last); fires++) {
      if (fires == 1_000) {
        return -1;
      }
      at = trigger.after(at);
    }
    return fires;
  }

  private static RunPlan plan(JobCard job, Instant fire) {
    RunId id = RunId.fire(job.name, job.generation, fire);
    return new RunPlan(id, job.revision, 0, fire, Map.of(), RunPlan.Traits.NONE);
  }

  /** A job with a fixed delay of which nothing is open and nothing waits is given a start. */
  private void startDelayed(JobCard job, Instant at, Instant now) {
    if (job.delay().isEmpty() || job.inFlight > 0) {
      return;
    }
    Instant start = at.isBefore(job.since) ? job.since : at;
    if (!job.trigger.admits(start)) {
      return;
    }
    var run = new RunPlan(
        RunId.delay(job.name, job.generation, start),
        job.revision,
        0,
        start,
        Map.of(),
        new RunPlan.Traits(false, true));
    startOrPark(job, run, start, List.of(), "", now);
  }

  // ------------------------------------------------------------------ runs

  /** Starts a run whose time has come, or parks it until then. */
  private void startOrPark(
      JobCard job, RunPlan run, Instant due, List<Integer> shards, String why, Instant now) {
    if (due.isAfter(now.plus(rules.horizon()))) {
      begun(job, new RunCard(run));
      park(new Parked.Start(run, due, shards, new Parked.Wait(Parked.For.TIME, due, why)), now);
    } else {
      startRun(job, run, due, shards, now);
    }
  }

  private void begun(JobCard job, RunCard run) {
    if (runs.putIfAbsent(run.plan.id(), run) == null) {
      job.inFlight++;
    }
  }

  /** Divides a run into shards, and gives each to somebody. */
  private void startRun(
      JobCard job, RunPlan undivided, Instant due, List<Integer> asked, Instant now) {
    Eligibility eligible = job.eligibility(fleet);
    if (eligible.instances().isEmpty()) {
      begun(job, new RunCard(undivided));
      Instant later = due.isAfter(now) ? due : now;
      Instant until = later.plus(job.misfireThreshold(rules));
      park(
          new Parked.Start(
              undivided, due, asked, new Parked.Wait(Parked.For.INSTANCE, until, eligible.why())),
          now);
      return;
    }
    Division division = Division.of(job.job.sharding(), eligible.instances().size());
    var run = new RunPlan(
        undivided.id(),
        job.revision,
        division.total(),
        undivided.scheduledAt(),
        undivided.parameters(),
        new RunPlan.Traits(division.bound(), undivided.traits().prompt()));
    var card = new RunCard(run);
    RunCard before = runs.get(run.id());
    if (before != null) {
      card.waiters.addAll(before.waiters);
      card.killed = before.killed;
      runs.put(run.id(), card);
    } else {
      begun(job, card);
    }
    for (int shard = 0; shard < division.total(); shard++) {
      if (asked.isEmpty() || asked.contains(shard)) {
        card.open.set(shard);
      }
    }
    int each = Draft.bytes(new Assignment(run, 0, 0, 1, 0, due, 0));
    boolean large = each * card.open.cardinality() > UNIT;
    if (large) {
      // It takes several transactions: the first one says which shards there are, and who begins a
      // tenure looks for those that are nowhere.
      draft.standing(card);
    }
    BitSet toGive = (BitSet) card.open.clone();
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
      finish(card, new Entry.Part(0, "", 1, Outcome.REJECTED, due, now, why), now);
    }
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

  private Instance choose(JobCard job, Assignment what, List<Instance> eligible, String avoid) {
    List<Instance> among = eligible;
    if (!avoid.isEmpty() && eligible.size() > 1) {
      among = eligible.stream().filter(instance -> !instance.id().equals(avoid)).toList();
    }
    if (among.size() == eligible.size()) {
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

  /**
   * Gives an assignment to an instance, or has it wait where that must not be now.
   *
   * @param turn whether it is its turn, whatever waits in its lane
   */
  private void give(JobCard job, Assignment what, Instance to, boolean turn, Instant now) {
    Lane lane = what.lane();
    Lanes.Card card = lanes.card(lane);
    boolean clear =
        (turn || card.waiting.isEmpty()) && (card.isFree() || card.holder.equals(to.id()));
    if (!clear) {
      String why = card.isFree()
          ? "an earlier run of shard " + what.shard() + " waits"
          : "shard " + what.shard() + " is still with instance " + card.holder;
      waitFor(Parked.For.TURN, what, what.due(), why, "", now);
      return;
    }
    if (fleet.load(to.id()) >= rules.inboxLimit()) {
      String why = "instance " + to.id() + " has " + rules.inboxLimit()
          + " open assignments, and gets no more";
      waitFor(Parked.For.INSTANCE, what, givenUp(job, what, now), why, "", now);
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

  private void waitFor(
      Parked.For reason, Assignment what, Instant until, String why, String avoid, Instant now) {
    park(new Parked.Shard(what, new Parked.Wait(reason, until, why), avoid), now);
  }

  /** Until when an assignment waits for an instance. What has been with one before waits longer: somebody may come back. */
  private Instant givenUp(JobCard job, Assignment what, Instant now) {
    Instant later = what.due().isAfter(now) ? what.due() : now;
    return later.plus(what.deaths() > 0 ? job.job.misfire().window() : job.misfireThreshold(rules));
  }

  // ------------------------------------------------------------------ what is parked

  private void park(Parked.Item item, Instant now) {
    draft.begin(Parked.bytes(item), now);
    LOG.debug(
        "{} waits for {}: {}",
        item.run().id(),
        item.cause().reason(),
        item.cause().why());
    ParkingLot.Card card = parking.add(item);
    draft.park(card);
    settleIn(card);
    draft.end();
  }

  /** Has a parked item stand where it is found again when its time has come. */
  private void settleIn(ParkingLot.Card card) {
    Parked.Wait cause = card.item.cause();
    if (card.item instanceof Parked.Shard shard) {
      Lane lane = shard.what().lane();
      lanes.card(lane).waiting.add(card);
      freed.add(lane);
    }
    Instant wake = switch (cause.reason()) {
      case TIME -> cause.until().minus(rules.horizon().dividedBy(2));
      case INSTANCE, TURN -> cause.until();
    };
    parking.wake(card, wake);
  }

  private void unpark(ParkingLot.Card card) {
    if (card.item instanceof Parked.Shard shard) {
      Lane lane = shard.what().lane();
      lanes.card(lane).waiting.remove(card);
      freed.add(lane);
    }
    parking.remove(card);
    draft.unpark(card);
  }

  /** Begins what takes something out of the parking lot: the node in which it stands is written anew. */
  private void beginUnparking(ParkingLot.Card card, Instant now) {
    ParkingLot.Place place = card.place;
    int rest = place == null
        ? 0
        : place.cards.stream().mapToInt(left -> Parked.bytes(left.item)).sum();
    draft.begin(rest + 2 * Parked.bytes(card.item) + 1_000, now);
  }

  private void wakeParked(Instant now) {
    for (Optional<ParkingLot.Card> due = parking.due(now);
        due.isPresent();
        due = parking.due(now)) {
      wake(due.get(), now);
    }
  }

  private void wake(ParkingLot.Card card, Instant now) {
    switch (card.item.cause().reason()) {
      case TIME -> {
        if (card.item instanceof Parked.Shard shard) {
          freed.add(shard.what().lane());
        } else if (card.item instanceof Parked.Start start) {
          restart(card, start, now);
        }
      }
      case INSTANCE -> end(card, Outcome.NO_INSTANCE, card.item.cause().why(), now);
      case TURN -> refuseIfCrowded(card, now);
    }
  }

  /** Starts a run that was parked as a whole. */
  private void restart(ParkingLot.Card card, Parked.Start start, Instant now) {
    JobCard job = jobOf(start.run().id());
    if (job == null) {
      end(card, Outcome.SKIPPED_DELETED, "the job was deleted", now);
      return;
    }
    beginUnparking(card, now);
    unpark(card);
    startRun(job, start.run(), start.due(), start.shards(), now);
    draft.end();
  }

  /** Gives an assignment to somebody once more; it goes before all that is due later. */
  private void again(@Nullable JobCard job, Assignment what, String avoid, Instant now) {
    if (job == null) {
      end(what, Outcome.SKIPPED_DELETED, "the job was deleted", "", now);
      return;
    }
    Assignment anew = what.byRevision(job.revision);
    List<Instance> eligible = job.eligibility(fleet).instances();
    if (eligible.isEmpty()) {
      String why = job.eligibility(fleet).why();
      waitFor(Parked.For.INSTANCE, anew, givenUp(job, what, now), why, avoid, now);
      return;
    }
    Instance to = choose(job, anew, eligible, avoid);
    List<Instance> roomy = eligible.stream().filter(this::hasRoom).toList();
    if (!hasRoom(to) && !roomy.isEmpty() && lanes.card(anew.lane()).isFree()) {
      // Whoever is full would be chosen again and again. A home is for all the runs of a shard:
      // this
      // one is elsewhere, and the home stays.
      to = elsewhere(anew, roomy);
    }
    give(job, anew, to, isFirst(anew), now);
  }

  private boolean hasRoom(Instance instance) {
    return fleet.load(instance.id()) < rules.inboxLimit();
  }

  /** Whether nothing that waits in its lane was due earlier. */
  private boolean isFirst(Assignment what) {
    Lanes.Card lane = lanes.card(what.lane());
    if (lane.waiting.isEmpty()) {
      return true;
    }
    Parked.Item first = lane.waiting.first().item;
    int byTime = what.run().scheduledAt().compareTo(first.run().scheduledAt());
    return byTime < 0 || (byTime == 0 && what.run().id().compareTo(first.run().id()) <= 0);
  }

  private void retryForInstance(ParkingLot.Card card, Instant now) {
    JobCard job = jobOf(card.item.run().id());
    if (card.gone || (job != null && job.eligibility(fleet).instances().isEmpty())) {
      return;
    }
    if (card.item instanceof Parked.Start start) {
      restart(card, start, now);
    } else if (card.item instanceof Parked.Shard shard) {
      freed.add(shard.what().lane());
    }
  }

  /** What waits for its turn when it is due, and finds more waiting than the job lets wait, does not run. */
  private void refuseIfCrowded(ParkingLot.Card card, Instant now) {
    if (!(card.item instanceof Parked.Shard shard)) {
      return;
    }
    JobCard job = jobOf(shard.run().id());
    Lanes.Card lane = lanes.card(shard.what().lane());
    if (job == null) {
      return;
    }
    int limit = queue(job.job.overlap());
    int before = lane.waiting.headSet(card).size();
    boolean fresh = shard.what().attempt() == 1;
    boolean taken = !lane.isFree() || before > 0;
    if (fresh && taken && before >= limit) {
      String why = limit == 0
          ? "the run before it had not ended"
          : limit + " runs were waiting, and no more may";
      end(card, Outcome.SKIPPED_OVERLAP, why, now);
    }
  }

  /** How many may wait in a lane. */
  static int queue(Overlap overlap) {
    return switch (overlap.policy()) {
      case SERIAL -> overlap.limit();
      case DISCARD_LATER -> 0;
      case COVER_EARLIER, ALLOW -> Overlap.DEFAULT_QUEUE;
    };
  }

  private void releaseFreed(Instant now) {
    while (!freed.isEmpty()) {
      Lane lane = freed.remove();
      Lanes.Card card = lanes.find(lane);
      while (card != null && !card.waiting.isEmpty() && mayGo(card, card.waiting.first(), now)) {
        release(card.waiting.first(), now);
      }
      if (card != null && card.isFree() && !card.waiting.isEmpty()) {
        starved.add(lane);
      }
      lanes.tidy(lane);
    }
  }

  /** Whether what waits first in a lane need not wait any longer. */
  private boolean mayGo(Lanes.Card lane, ParkingLot.Card first, Instant now) {
    if (!(first.item instanceof Parked.Shard shard)) {
      return false;
    }
    JobCard job = jobOf(shard.run().id());
    if (job == null) {
      return true; // to its end
    }
    Parked.Wait cause = shard.cause();
    boolean early =
        cause.reason() == Parked.For.TIME && cause.until().isAfter(now.plus(rules.horizon()));
    List<Instance> eligible = job.eligibility(fleet).instances();
    if (early || eligible.stream().noneMatch(this::hasRoom)) {
      return false;
    }
    // Only the spread gives the same answer when it is asked twice, so only with it one can follow
    // another to where that went.
    return lane.isFree()
        || (job.job.routing().route().equals("spread")
            && shard.avoid().isEmpty()
            && fleet.load(lane.holder) < rules.inboxLimit()
            && choose(job, shard.what(), eligible, "").id().equals(lane.holder));
  }

  private void release(ParkingLot.Card card, Instant now) {
    beginUnparking(card, now);
    unpark(card);
    if (card.item instanceof Parked.Shard shard) {
      again(jobOf(shard.run().id()), shard.what(), shard.avoid(), now);
    }
    draft.end();
  }

  // ------------------------------------------------------------------ reports

  private void report(Event.ReportSeen seen, Instant now) {
    NodePath path = Layout.REPORTS.child(seen.instance()).child(Layout.number(seen.number()));
    Report report;
    try {
      report = Report.read(seen.data());
    } catch (IllegalArgumentException e) {
      setAside(
          path,
          seen.data(),
          "a report of instance " + seen.instance() + ": " + e.getMessage(),
          now);
      return;
    }
    // What follows from an entry takes at most as much as the entry, twice: in the history and for
    // who waits.
    draft.begin(2 * seen.data().length() + 300 * report.told().size() + 1_000, now);
    draft.act(200, (to, number) -> to.delete(path, Transaction.ANY_VERSION));
    for (Told told : report.told()) {
      consume(told, seen.instance(), now);
    }
    draft.end();
    letGo(seen.instance(), now);
  }

  private void consume(Told told, String instance, Instant now) {
    Fleet.Open open = fleet.find(told.what().token());
    if (open == null) {
      // Whatever was in a report when this tenure began counts as open since then: this one was
      // told before.
      stale++;
      return;
    }
    if (told instanceof Told.Ended ended) {
      leave(open, !ended.returned());
      ended(ended, instance, now);
    } else if (told instanceof Told.HandedBack back) {
      leave(open, false);
      handedBack(back, instance, now);
    } else {
      leave(open, false);
    }
  }

  private void handedBack(Told.HandedBack back, String instance, Instant now) {
    RunCard run = runs.get(back.what().run().id());
    if (run != null && run.killed) {
      // It was on its way back when somebody killed it: there was nobody any more to tell that.
      end(back.what(), Outcome.KILLED, "killed by request; " + back.why(), instance, now);
    } else {
      // To somebody else if there is one: who hands it back has a reason.
      again(jobOf(back.what().run().id()), back.what(), instance, now);
    }
  }

  private void leave(Fleet.Open open, boolean busy) {
    if (busy) {
      fleet.busy(open);
      return;
    }
    roomAgain |= fleet.load(open.instance()) >= rules.inboxLimit();
    fleet.take(open);
    Lane lane = open.what().lane();
    if (lanes.take(lane)) {
      freed.add(lane);
    }
  }

  private void ended(Told.Ended told, String instance, Instant now) {
    Assignment what = told.what();
    RunCard run = runs.get(what.run().id());
    if (run == null || !run.open.get(what.shard())) {
      stale++;
      return;
    }
    JobCard job = jobOf(what.run().id());
    Retry retry = job == null ? Retry.none() : job.job.retry();
    boolean again = told.outcome() == Outcome.FAILED
        && !run.killed
        && what.attempt() - what.deaths() <= retry.retries();
    if (again) {
      Instant at = told.ended().plus(delay(retry, what));
      String why = "attempt " + what.attempt() + " failed: " + RunCard.firstLine(told.text());
      waitFor(Parked.For.TIME, what.retried(at), at, why, retry.elsewhere() ? instance : "", now);
      keepStanding(run);
      return;
    }
    finish(
        run,
        new Entry.Part(
            what.shard(),
            instance,
            what.attempt(),
            told.outcome(),
            told.started(),
            told.ended(),
            told.text()),
        now);
  }

  /** How long to wait before the next attempt: longer each time, and a little different for each. */
  private static Duration delay(Retry retry, Assignment what) {
    int failures = what.attempt() - what.deaths();
    double nanos = Math.min(
        (double) retry.delay().toNanos() * Math.pow(retry.factor(), failures - 1.0),
        (double) retry.longest().toNanos());
    // The same for whoever asks: after a crash the answer must not be another one.
    var lot = new SplittableRandom(
        what.run().id().text().hashCode() * 31L + what.shard() * 7919L + failures);
    double jitter = 1 + retry.jitter() * (2 * lot.nextDouble() - 1);
    return Duration.ofNanos((long) (nanos * jitter));
  }

  private void end(ParkingLot.Card card, Outcome outcome, String why, Instant now) {
    beginUnparking(card, now);
    unpark(card);
    if (card.item instanceof Parked.Start start) {
      endStart(start, outcome, why, now);
    } else if (card.item instanceof Parked.Shard shard) {
      end(shard.what(), outcome, why, "", now);
    }
    draft.end();
  }

  private void endStart(Parked.Start start, Outcome outcome, String why, Instant now) {
    RunCard run = run(start.run());
    finish(run, new Entry.Part(0, "", 1, outcome, start.due(), now, why), now);
  }

  /** Ends a shard without an execution. */
  private void end(Assignment what, Outcome outcome, String why, String instance, Instant now) {
    RunCard run = runs.get(what.run().id());
    if (run != null && run.open.get(what.shard())) {
      finish(
          run,
          new Entry.Part(
              what.shard(),
              instance,
              what.attempt(),
              outcome == Outcome.SKIPPED_DELETED ? what.withoutItsJob() : outcome,
              what.due(),
              now,
              why),
          now);
    }
  }

  private void finish(RunCard run, Entry.Part part, Instant now) {
    run.done(part);
    if (run.isClosed()) {
      close(run, now);
    } else {
      keepStanding(run);
    }
  }

  private void keepStanding(RunCard run) {
    if (run.isPartlyDone()) {
      draft.standing(run);
    }
  }

  private void close(RunCard run, Instant now) {
    RunId id = run.plan.id();
    runs.remove(id);
    draft.standingGone(run);
    draft.history(run.entry(now));
    LOG.debug("{} ended {} {}", id, run.outcome(), run.reason());
    for (RunCard.Waiter waiter : run.waiters) {
      answer(waiter.client(), waiter.number(), List.of(ended(run)));
    }
    JobCard job = jobOf(id);
    if (job != null) {
      job.inFlight--;
      Optional<Duration> delay = job.delay();
      if (delay.isPresent() && job.inFlight == 0) {
        startDelayed(job, run.lastEnd(now).plus(delay.get()), now);
      }
    }
  }

  private static Box.Answer ended(RunCard run) {
    return new Box.Answer(Box.Answer.Kind.ENDED, run.plan.id().text(), run.outcome(), run.text());
  }

  // ------------------------------------------------------------------ instances that are gone

  /** Tells an instance that is leaving that it may go, once nothing of it is open: nothing more will come. */
  private void letGo(String id, Instant now) {
    Instance instance = fleet.find(id);
    if (instance != null && instance.draining() && fleet.load(id) == 0) {
      draft.begin(400, now);
      draft.message(id, new Ticket.Message.Leave());
      draft.end();
    }
  }

  /** What an instance has told of in a report that nobody could read. */
  private void giveUp(Event.Audited audited, Instant now) {
    for (Fleet.Open open : fleet.openOf(audited.id())) {
      long token = open.what().token();
      if (token <= audited.upTo() && !audited.open().contains(token)) {
        draft.begin(UNIT, now);
        leave(open, false);
        if (!open.busy()) {
          String why = "what instance " + audited.id() + " told of it could not be read";
          end(open.what(), Outcome.LOST, why, audited.id(), now);
        }
        draft.end();
      }
    }
  }

  private void moveOn(Event.Leftovers left, Instant now) {
    left.tickets().forEach((name, ticket) -> moveOn(left.id(), name, ticket, now));
    // What is open by our memory, and in no ticket: somebody has deleted or damaged one.
    for (Fleet.Open open : fleet.openOf(left.id())) {
      draft.begin(UNIT, now);
      leave(open, false);
      if (!open.busy()) {
        moveOn(open.what(), left.id(), false, now);
      }
      draft.end();
    }
    draft.begin(800, now);
    NodePath id = Layout.INSTANCES.child(left.id());
    draft.act(400, (to, number) -> to.checkAbsent(id));
    if (left.inbox()) {
      NodePath inbox = Layout.INBOX.child(left.id());
      draft.act(200, (to, number) -> to.delete(inbox, Transaction.ANY_VERSION));
    }
    if (left.reports()) {
      NodePath reports = Layout.REPORTS.child(left.id());
      draft.act(200, (to, number) -> to.delete(reports, Transaction.ANY_VERSION));
    }
    draft.end();
  }

  /** Moves on what is open of a ticket, whole: it goes in the same transaction. */
  private void moveOn(String instance, String name, Ticket ticket, Instant now) {
    int size = ticket.assignments().stream().mapToInt(Draft::bytes).sum();
    draft.begin(2 * size + 1_000, now);
    NodePath path = Layout.INBOX.child(instance).child(name);
    draft.act(200, (to, number) -> to.delete(path, Transaction.ANY_VERSION));
    for (Ticket.Message message : ticket.messages()) {
      RunCard run = message instanceof Ticket.Message.End end ? runs.get(end.run()) : null;
      if (run != null && ((Ticket.Message.End) message).reason() == Cancellation.Reason.KILLED) {
        run.killed = true;
      }
    }
    for (Assignment what : ticket.assignments()) {
      Fleet.Open open = fleet.find(what.token());
      if (open != null && open.instance().equals(instance)) {
        leave(open, false);
        if (!open.busy()) {
          // Only by the clock by which it was given can one tell that it cannot have started.
          boolean untouched = ticket.term() == term && open.what().due().isAfter(now);
          moveOn(open.what(), instance, untouched, now);
        }
      }
    }
    draft.end();
  }

  /** Decides what becomes of a shard whose instance is gone. */
  private void moveOn(Assignment what, String instance, boolean untouched, Instant now) {
    RunCard run = runs.get(what.run().id());
    if (run == null) {
      return;
    }
    JobCard job = jobOf(what.run().id());
    if (run.killed) {
      end(what, Outcome.KILLED, "killed, and its instance " + instance + " is gone", instance, now);
    } else if (job == null) {
      end(
          what,
          untouched ? Outcome.SKIPPED_DELETED : Outcome.LOST,
          "its instance " + instance + " is gone, and the job was deleted",
          instance,
          now);
    } else if (what.run().traits().bound()) {
      end(
          what,
          Outcome.LOST,
          "its instance " + instance + " is gone, and it was for that one",
          instance,
          now);
    } else if (untouched) {
      again(job, what, "", now);
    } else if (job.job.atMostOnce()) {
      end(
          what,
          Outcome.LOST,
          "its instance " + instance + " is gone, and it must not start twice",
          instance,
          now);
    } else if (what.deaths() + 1 >= Rules.MOST_DEATHS) {
      end(
          what,
          Outcome.LOST,
          "its instance " + instance + " is gone, the " + Rules.MOST_DEATHS
              + "rd one that died while it had it",
          instance,
          now);
    } else {
      again(job, what.afterDeath(), "", now);
    }
  }

  private void settleSpread() {
    var shapes = new TreeMap<String, Spread.Shape>();
    for (JobCard job : jobs.values()) {
      String route = job.job.routing().route();
      boolean placed = route.equals("spread") || route.equals("specified");
      List<Instance> eligible = job.eligibility(fleet).instances();
      if (!placed || eligible.isEmpty()) {
        continue;
      }
      Division division = Division.of(job.job.sharding(), eligible.size());
      if (!division.bound()) {
        shapes.put(
            job.name,
            new Spread.Shape(
                division.total(), eligible.stream().map(Instance::id).toList()));
      }
    }
    spread.settle(shapes);
  }

  // ------------------------------------------------------------------ requests

  private void command(Event.CommandSeen seen, Instant now) {
    NodePath box = Layout.COMMANDS.child(seen.client());
    NodePath path = box.child(Layout.number(seen.number()));
    Command command;
    try {
      command = Command.read(seen.data());
    } catch (IllegalArgumentException e) {
      setAside(
          path, seen.data(), "a command of client " + seen.client() + ": " + e.getMessage(), now);
      return;
    }
    Box known = boxes.getOrDefault(seen.client(), Box.EMPTY);
    boolean waits =
        command.requests().size() == 1 && command.requests().get(0) instanceof Request.Await;
    if (waits) {
      await(((Request.Await) command.requests().get(0)).run(), seen.client(), seen.number(), now);
      return;
    }
    List<Box.Answer> answers = new ArrayList<>(known.to(seen.number()));
    boolean forgotten = answers.isEmpty() && known.isAnswered(seen.number());
    if (forgotten || answers.size() >= command.requests().size()) {
      stale++;
      draft.begin(400, now);
      draft.act(200, (to, number) -> to.delete(path, Transaction.ANY_VERSION));
      draft.end();
      return;
    }
    // It may take several transactions. Each of them has the answers so far, the last one takes the
    // command away, and who
    // begins a tenure in between goes on behind what is answered.
    while (answers.size() < command.requests().size()) {
      draft.begin(UNIT + 3_000, now);
      int index = answers.size();
      String name = seen.client() + "-" + seen.number() + "-" + index;
      Request request = command.requests().get(index);
      Box.Answer answer = brief(consider(request, name, now), command.requests().size());
      answers.add(answer);
      Box next = boxes.getOrDefault(seen.client(), Box.EMPTY).with(seen.number(), answers);
      boxes.put(seen.client(), next);
      draft.box(box, next);
      if (answers.size() == command.requests().size()) {
        draft.act(200, (to, number) -> to.delete(path, Transaction.ANY_VERSION));
      }
      if (request instanceof Request.Start start && answer.kind() == Box.Answer.Kind.ACCEPTED) {
        start(start, RunId.parse(answer.run()), now); // last: a large run may be cut
      }
      draft.end();
    }
  }

  /** An answer that leaves room for those to the other requests of its command. */
  private static Box.Answer brief(Box.Answer answer, int requests) {
    int most = Math.max(100, Box.MOST_BYTES / 2 / requests);
    return answer.text().length() <= most
        ? answer
        : Box.Answer.of(answer.kind(), answer.run(), answer.text().substring(0, most) + Box.CUT);
  }

  /** The answer to a request. A run that is accepted is still to be started. */
  private Box.Answer consider(Request request, String name, Instant now) {
    if (request instanceof Request.Start start) {
      return consider(start, name, now);
    }
    return request instanceof Request.Kill kill
        ? kill(kill.run(), now)
        : refused("a wait for a run stands alone in its command");
  }

  private void await(RunId run, String client, long number, Instant now) {
    RunCard card = runs.get(run);
    if (card != null) {
      card.waiters.add(new RunCard.Waiter(client, number));
    } else {
      draft.begin(2_000, now);
      answer(client, number, List.of(refused("run " + run + " is not under way")));
      draft.end();
    }
  }

  private void answer(String client, long number, List<Box.Answer> answers) {
    Box known = boxes.get(client);
    if (known == null) {
      return; // the client is gone, and its box with it
    }
    NodePath path = Layout.COMMANDS.child(client);
    Box next = known.with(number, answers);
    boxes.put(client, next);
    draft.box(path, next);
    draft.act(
        200, (to, commit) -> to.delete(path.child(Layout.number(number)), Transaction.ANY_VERSION));
  }

  private static Box.Answer refused(String why) {
    return Box.Answer.of(Box.Answer.Kind.REFUSED, "", why);
  }

  private Box.Answer consider(Request.Start asked, String name, Instant now) {
    JobCard job = jobs.get(asked.job());
    if (job == null) {
      return refused("there is no job '" + asked.job() + "'");
    }
    Optional<String> missing = NotCarriedOut.why(job.job);
    if (missing.isPresent()) {
      return refused(missing.get());
    }
    Optional<String> known =
        asked.key().isEmpty() ? Optional.empty() : keys.run(keyOf(job, asked.key()));
    if (known.isPresent()) {
      return Box.Answer.of(Box.Answer.Kind.KNOWN, known.get(), "");
    }
    if (!asked.key().isEmpty() && keys.isFull()) {
      return refused("the keys of " + Keys.MOST
          + " requests are remembered, each for a day; ask without a key, or later");
    }
    Instant due = now.plus(asked.after());
    if (!job.trigger.admits(due)) {
      return refused(
          "job '" + job.name + "' has no life, or a calendar keeps it from running, at " + due);
    }
    if (job.job.sharding() instanceof Sharding.Fixed fixed
        && asked.shards().stream().anyMatch(shard -> shard < 0 || shard >= fixed.total())) {
      return refused("job '" + job.name + "' has shards 0 to " + (fixed.total() - 1)
          + "; asked for were " + asked.shards());
    }
    RunId id = RunId.request(job.name, job.generation, name);
    return Box.Answer.of(Box.Answer.Kind.ACCEPTED, id.text(), "");
  }

  private void start(Request.Start asked, RunId id, Instant now) {
    JobCard job = jobOf(id);
    if (job == null) {
      return; // it was there a moment ago, when the request was considered
    }
    Instant due = now.plus(asked.after());
    var run = new RunPlan(
        id, job.revision, 0, due, asked.parameters(), new RunPlan.Traits(false, asked.prompt()));
    if (!asked.key().isEmpty()) {
      remember(keyOf(job, asked.key()), id.text(), now);
    }
    startOrPark(job, run, due, asked.shards(), "asked for at " + due, now);
  }

  private static String keyOf(JobCard job, String key) {
    return job.name + "." + job.generation + "." + key;
  }

  private void remember(String key, String run, Instant now) {
    Keys.Known one = keys.remember(key, run, now, draft.cursor().commits() + 1);
    Bytes stored = one.bytes();
    draft.act(stored.length() + 200, (to, number) -> to.create(one.path(), stored));
  }

  private Box.Answer kill(RunId id, Instant now) {
    RunCard run = runs.get(id);
    if (run == null) {
      return refused("run " + id + " is not under way");
    }
    run.killed = true;
    for (ParkingLot.Card card : parking.all(id::equals)) {
      end(card, Outcome.KILLED, "killed by request before it started", now);
    }
    if (!run.isClosed()) {
      draft.standing(run);
      tell(id::equals, new Ticket.Message.End(id, Cancellation.Reason.KILLED), now);
    }
    return Box.Answer.of(Box.Answer.Kind.ENDING, id.text(), "");
  }

  // ------------------------------------------------------------------ what cannot be understood

  /** Sets aside what could not be handled, so that everything else goes on. */
  public void setAside(NodePath path, Bytes data, String why, Instant now) {
    LOG.error(
        "Found what cannot be handled at {}: {}; it is set aside in {}",
        path,
        why,
        Layout.QUARANTINE);
    Bytes kept = data.length() <= 64 * 1024 ? data : Bytes.of("(" + data.length() + " bytes)");
    if (path.isWithin(Layout.REPORTS)) {
      toAudit.add(path.parent().name());
    }
    draft.begin(kept.length() + 600, now);
    String name = Layout.number(draft.cursor().commits() + 1) + "-" + ++setAside;
    draft.act(kept.length() + 400, (to, number) -> {
      to.create(Layout.QUARANTINE.child(name), kept);
      to.delete(path, Transaction.ANY_VERSION);
    });
    draft.end();
  }
}
