package io.shardkeeper.core.plan;

import io.shardkeeper.calendar.Calendars;
import io.shardkeeper.core.assign.Division;
import io.shardkeeper.core.assign.Routes;
import io.shardkeeper.core.assign.Spread;
import io.shardkeeper.core.books.Branches;
import io.shardkeeper.core.books.Draft;
import io.shardkeeper.core.books.Fleet;
import io.shardkeeper.core.books.Keys;
import io.shardkeeper.core.books.Loaded;
import io.shardkeeper.core.books.ParkingLot;
import io.shardkeeper.core.books.RunCard;
import io.shardkeeper.core.coordinator.Tenure;
import io.shardkeeper.core.desk.Desk;
import io.shardkeeper.core.desk.JobCard;
import io.shardkeeper.core.desk.Rules;
import io.shardkeeper.core.history.Compaction;
import io.shardkeeper.core.history.Retention;
import io.shardkeeper.core.history.SegmentName;
import io.shardkeeper.core.layout.Cursor;
import io.shardkeeper.core.layout.Instance;
import io.shardkeeper.core.layout.Layout;
import io.shardkeeper.core.layout.RunId;
import io.shardkeeper.core.ledger.Bytes;
import io.shardkeeper.core.ledger.Node;
import io.shardkeeper.core.ledger.NodePath;
import io.shardkeeper.core.ledger.Transaction;
import io.shardkeeper.core.mail.Ticket;
import io.shardkeeper.handler.Cancellation.Reason;
import io.shardkeeper.job.Job;
import io.shardkeeper.run.Outcome;
import io.shardkeeper.trigger.Trigger;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Predicate;
import java.util.stream.Stream;
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

  private final Desk desk;
  private final Draft draft;
  private final Fleet fleet;
  private final Spread spread;
  private final Outcomes outcomes;
  private final Dispatch dispatch;
  private final Fires fires;
  private final Waiting waiting;
  private final Reports reports;
  private final Failover failover;
  private final Requests requests;

  /** Pauses of jobs that end by themselves, by when they do. */
  private final TreeMap<Instant, Set<String>> pausesEnd = new TreeMap<>();

  /** What stands in the way of the standing of a run. */
  private final Map<NodePath, Node> unreadable;

  private boolean jobsKnown;

  /** Whether all reports that were there when the tenure began are consumed: until then it is not known what has ended. */
  private boolean heard;

  private boolean fleetChanged;

  /** Begins a tenure with what stands in the ledger. */
  public Coordinator(Tenure tenure, Rules rules, Branches read) {
    Loaded loaded = Loaded.of(read);
    this.unreadable = loaded.unreadable();
    this.desk = new Desk(tenure, rules, loaded);
    this.draft = desk.draft;
    this.fleet = desk.fleet;
    this.spread = loaded.spread();
    this.outcomes = new Outcomes(desk, this::startDelayed);
    this.dispatch = new Dispatch(
        desk, new Routes(spread, rules.routers(), instance -> fleet.load(instance.id())), outcomes);
    this.fires = new Fires(desk, dispatch);
    this.waiting = new Waiting(desk, dispatch, outcomes);
    this.reports = new Reports(desk, dispatch, outcomes);
    this.failover = new Failover(desk, dispatch, outcomes);
    this.requests = new Requests(desk, dispatch, outcomes);
  }

  /** Has each transaction come with what it decides, because somebody wants to be told. */
  public void listen() {
    draft.listen();
  }

  /** What has ended may have another start: the one call from below upwards. */
  private void startDelayed(JobCard job, Instant at, Instant now) {
    fires.startDelayed(job, at, now);
  }

  // ------------------------------------------------------------------ what happens

  /** Everything that was there when the tenure began has been told: from here on fires are planned. */
  public void ready(Instant now) {
    jobsKnown = true;
    unreadable.forEach(
        (path, node) -> setAside(path, node.data(), "the standing of a run cannot be read", now));
    desk.countInFlight();
    fires.planFires(now); // a window that was begun is ended before anything else happens
    requests.endParked(now);
    tellAgain(now);
    failover.adoptOrphans(now);
    for (JobCard job : List.copyOf(desk.jobs())) {
      fires.startDelayed(job, now, now);
    }
    for (String id : fleet.holders()) {
      if (fleet.find(id) == null) {
        step(new Event.InstanceGone(id), now);
      }
    }
    step(new Event.TimePassed(), now);
  }

  /** Whoever decided before may not have come to tell it: told twice it does no harm. */
  private void tellAgain(Instant now) {
    Set<String> changed = new TreeSet<>();
    for (String holder : fleet.holders()) {
      Set<RunId> told = new TreeSet<>();
      for (Fleet.Open open : fleet.openOf(holder)) {
        RunId id = open.what().run().id();
        RunCard run = desk.find(id);
        Outcome as = run == null ? null : run.ending().orElse(null);
        if (as != null && fleet.find(holder) != null && told.add(id)) {
          Reason reason = as == Outcome.COVERED ? Reason.COVERED : Reason.KILLED;
          draft.begin(400, now);
          draft.message(holder, new Ticket.Message.End(id, reason));
          draft.end();
        }
        JobCard job = desk.jobOf(id);
        if (job != null && job.revision != open.what().run().revision() && changed.add(job.name)) {
          recall(job, now);
        }
      }
    }
  }

  /** Takes in what happened. */
  public void step(Event event, Instant now) {
    if (event instanceof Event.AllHeard) {
      heard = true;
      waiting.endPaused(run -> true, now);
    } else if (event instanceof Event.JobSeen seen) {
      jobSeen(seen, now);
    } else if (event instanceof Event.JobGone gone) {
      jobGone(gone, now);
    } else if (event instanceof Event.InstanceSeen seen) {
      fleetChanged |= fleet.put(seen.instance());
      dispatch.letGo(seen.instance().id(), now);
    } else if (event instanceof Event.InstanceGone gone) {
      fleetChanged |= fleet.remove(gone.id());
    } else if (event instanceof Event.Leftovers leftovers) {
      failover.moveOn(leftovers, now);
    } else if (event instanceof Event.Audited audited) {
      failover.giveUp(audited, now);
    } else if (event instanceof Event.ReportSeen seen) {
      reports.report(seen, now);
    } else if (event instanceof Event.ClientSeen seen) {
      desk.boxes.put(seen.client(), seen.box());
    } else if (event instanceof Event.ClientGone gone) {
      requests.forget(gone.client());
    } else if (event instanceof Event.CommandSeen seen) {
      requests.command(seen, now);
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
    boolean roomAgain = desk.takeRoomAgain();
    if (fleetChanged || roomAgain) {
      fleetChanged = false;
      waiting.retryForInstance(now);
    } else if (desk.takeSomeRoom()) {
      waiting.retrySome(now);
    }
    waiting.releaseFreed(now);
    endPauses(now);
    fires.planFires(now);
    if (heard) {
      waiting.wakeParked(now);
      waiting.releaseFreed(now);
    }
  }

  // ------------------------------------------------------------------ what is written

  /** The transactions that make true what was decided, in their order. */
  public List<Draft.Decided> take(Instant now) {
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

  /** Segments of the history that were written since this was asked last, so that nobody has to read them; some may be missing. */
  public Map<SegmentName, Compaction.Made> takeSegments() {
    return draft.takeSegments();
  }

  /** Segments of the history that were merged: new for old. */
  public void replaceHistory(Compaction.Written merged, Instant now) {
    int bytes = merged.created().values().stream()
        .mapToInt(made -> made.data().length() + 250)
        .sum();
    draft.begin(bytes + 250 * merged.deleted().size(), now);
    merged
        .created()
        .forEach((name, made) -> draft.act(
            made.data().length() + 250, (to, number) -> to.create(name.path(), made.data())));
    merged
        .deleted()
        .forEach(name ->
            draft.act(250, (to, number) -> to.delete(name.path(), Transaction.ANY_VERSION)));
    draft.end();
  }

  /** What is kept of a job. Of one that is gone, as much as of one that does not say. */
  public Retention retention(String name) {
    JobCard job = desk.job(name);
    return job == null
        ? new Retention(Job.DEFAULT_HISTORY, Trigger.manual())
        : new Retention(job.job.history(), job.trigger);
  }

  /** Looks the calendars of jobs up again: where there is another one now, the fires from now on follow it. */
  public void lookUpCalendars(Instant now) {
    Calendars among = desk.rules.calendars();
    List<JobCard> others =
        desk.jobs().stream().filter(job -> job.hasOther(among)).toList();
    // What was due by the former ones is decided by these, and what was not stays undone.
    if (others.isEmpty() || !fires.decideUpTo(now)) {
      return;
    }
    for (JobCard job : others) {
      fires.remove(job);
      job.lookUp(among);
      fires.put(job);
      fires.startDelayed(job, now, now);
    }
  }

  /** Forgets outer keys that are a day old. */
  public void sweepKeys(Instant now) {
    for (Keys.Known old : desk.keys.sweep(now)) {
      draft.begin(300, now);
      draft.act(200, (to, number) -> to.delete(old.path(), Transaction.ANY_VERSION));
      draft.end();
    }
  }

  /** When it has to be told that time passed, if nothing else happens before. */
  public Optional<Instant> nextWake() {
    Optional<Instant> parked = desk.parking.next();
    Optional<Instant> fire = fires.next();
    Optional<Instant> goesOn =
        pausesEnd.isEmpty() ? Optional.empty() : Optional.of(pausesEnd.firstKey());
    return Stream.of(parked, fire, goesOn).flatMap(Optional::stream).min(Instant::compareTo);
  }

  /** Instances whose inboxes have to be looked at, because a report of theirs was set aside since this was asked last. */
  public SortedSet<String> takeToAudit() {
    return desk.quarantine.takeToAudit();
  }

  /** Sets aside what could not be handled, so that everything else goes on. */
  public void setAside(NodePath path, Bytes data, String why, Instant now) {
    desk.quarantine.setAside(path, data, why, now);
  }

  /** How far it is. */
  public Cursor cursor() {
    return draft.cursor();
  }

  /** Reports and commands that were about nothing that is open: repeated ones, or those of somebody who was replaced. */
  public long stale() {
    return reports.stale() + requests.stale();
  }

  /** Runs that have no outcome yet. */
  public int runsInFlight() {
    return desk.runs().size();
  }

  // ------------------------------------------------------------------ definitions

  private void jobSeen(Event.JobSeen seen, Instant now) {
    JobCard card;
    try {
      card =
          new JobCard(seen.name(), seen.generation(), seen.revision(), seen.document(), desk.rules);
    } catch (IllegalArgumentException e) {
      LOG.error("Job '{}' is not planned until it is mended: {}", seen.name(), e.getMessage());
      jobGone(
          new Event.JobGone(seen.name(), "it cannot be planned: " + e.getMessage(), false), now);
      return;
    }
    card.pause = card.pause.seenAt(now);
    JobCard before = desk.put(card);
    if (card.pause.isAt(now) && !card.pause.until().equals(Trigger.NEVER)) {
      pausesEnd.computeIfAbsent(card.pause.until(), end -> new TreeSet<>()).add(card.name);
    }
    if (before == null && jobsKnown) {
      desk.found(card);
    }
    if (before != null) {
      fires.remove(before);
      if (before.generation != card.generation) {
        fires.skip(before, now, Outcome.SKIPPED_DELETED, "the job was deleted", now);
      } else if (!before.since.equals(card.since)) {
        String why = "the trigger was changed before it was decided";
        fires.skip(before, card.since, Outcome.SKIPPED_MISFIRE, why, now);
      }
      if (before.generation == card.generation) {
        card.takeOver(before);
      } else {
        spread.forget(card.name);
      }
    }
    fires.put(card);
    if (before != null && before.generation == card.generation && before.isOtherwise(card, now)) {
      recall(card, now);
    }
    if (jobsKnown) {
      fires.startDelayed(card, now, now);
      waiting.retryForInstance(card.name, now);
    }
  }

  /** What instances have of a job and have not started comes back: it goes out again by other rules. */
  private void recall(JobCard job, Instant now) {
    // What can go nowhere else stays where it is, unless it is not to start at all.
    boolean paused = job.pause.isAt(now);
    var message = new Ticket.Message.Recall(job.name, job.generation, paused);
    Predicate<RunId> ofIt = run -> run.isOf(job.name, job.generation);
    dispatch.tell(ofIt, message, now);
    if (heard) {
      waiting.endPaused(ofIt, now);
      waiting.lookAgain(job, now);
    }
  }

  /** Jobs whose pause is over go on: where a trigger names no instants, somebody has to give them a start. */
  private void endPauses(Instant now) {
    while (!pausesEnd.isEmpty() && !pausesEnd.firstKey().isAfter(now)) {
      for (String name : pausesEnd.pollFirstEntry().getValue()) {
        JobCard job = desk.job(name);
        if (job != null && !job.pause.isAt(now)) {
          LOG.info("Job '{}' goes on: its pause is over", name);
          fires.startDelayed(job, now, now);
        }
      }
    }
  }

  private void jobGone(Event.JobGone gone, Instant now) {
    JobCard card = desk.removeJob(gone.name());
    desk.lost(gone.name(), !gone.forGood());
    if (card == null) {
      return;
    }
    fires.remove(card);
    if (gone.forGood()) {
      fires.skip(card, now, Outcome.SKIPPED_DELETED, gone.why(), now);
    }
    spread.forget(card.name);
    Predicate<RunId> ofIt = run -> run.isOf(card.name, card.generation);
    for (ParkingLot.Card parked : desk.parking.all(ofIt)) {
      outcomes.end(parked, Outcome.SKIPPED_DELETED, gone.why(), now);
    }
    dispatch.tell(ofIt, new Ticket.Message.Drop(card.name, card.generation), now);
  }

  /** Has the shards of all jobs spread over those who may have them now. */
  private void settleSpread() {
    var shapes = new TreeMap<String, Spread.Shape>();
    for (JobCard job : desk.jobs()) {
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
}
