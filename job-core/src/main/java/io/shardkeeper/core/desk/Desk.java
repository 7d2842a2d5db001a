package io.shardkeeper.core.desk;

import io.shardkeeper.core.books.Boxes;
import io.shardkeeper.core.books.Draft;
import io.shardkeeper.core.books.Fleet;
import io.shardkeeper.core.books.Keys;
import io.shardkeeper.core.books.Lanes;
import io.shardkeeper.core.books.Loaded;
import io.shardkeeper.core.books.ParkingLot;
import io.shardkeeper.core.books.Quarantine;
import io.shardkeeper.core.books.RunCard;
import io.shardkeeper.core.coordinator.Tenure;
import io.shardkeeper.core.layout.Assignment;
import io.shardkeeper.core.layout.Lane;
import io.shardkeeper.core.layout.Parked;
import io.shardkeeper.core.layout.RunId;
import io.shardkeeper.core.layout.RunPlan;
import java.time.Instant;
import java.util.BitSet;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What lies before a coordinator: the jobs, the runs that have no outcome yet, who has what, and what waits. Each change of what is parked goes into
 * the draft at once, so that memory and ledger do not part.
 */
public final class Desk {
  private static final Logger LOG = LoggerFactory.getLogger(Desk.class);

  public final long term;
  public final Rules rules;
  public final Draft draft;
  public final Fleet fleet = new Fleet();
  public final Lanes lanes = new Lanes();
  public final ParkingLot parking = new ParkingLot();
  public final Keys keys = new Keys();
  public final Boxes boxes;
  public final Quarantine quarantine;

  private final Map<String, JobCard> jobs = new HashMap<>();

  /** In the order in which they were met, and not in that of a hash, which is another one in each process: what is decided is the same wherever it is decided. */
  private final Map<RunId, RunCard> runs = new LinkedHashMap<>();

  /** Shards that are open by the standing of their run: of those that are nowhere else, nobody would ever hear again. */
  private final Map<RunId, BitSet> orphans = new TreeMap<>();

  /** Jobs whose definitions cannot be read. */
  private final Set<String> lost = new HashSet<>();

  private boolean roomAgain;
  private boolean someRoom;

  /** Lays out what stands in the ledger. */
  public Desk(Tenure tenure, Rules rules, Loaded loaded) {
    this.term = tenure.term();
    this.rules = rules;
    this.draft = new Draft(tenure, loaded.cursor(), loaded.cursorVersion());
    this.boxes = new Boxes(draft);
    this.quarantine = new Quarantine(draft);
    loaded.runs().forEach(card -> {
      runs.put(card.plan().id(), card);
      if (loaded.isWhole()) {
        orphans.put(card.plan().id(), (BitSet) card.open().clone());
      }
    });
    loaded.open().forEach(this::adopt);
    loaded.parked().forEach(this::adopt);
    draft.adopt(loaded.parked());
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

  private void adopt(ParkingLot.Place place) {
    for (ParkingLot.Card card : parking.adopt(place)) {
      settleIn(card);
      if (card.item() instanceof Parked.Shard shard) {
        found(shard.what());
      } else {
        run(card.item().run());
      }
    }
  }

  /** A shard that has no outcome yet is somewhere. */
  private void found(Assignment what) {
    run(what.run()).open().set(what.shard());
    BitSet lost = orphans.get(what.run().id());
    if (lost != null) {
      lost.clear(what.shard());
    }
  }

  /** Shards of stored runs that are nowhere. Asked once. */
  public Map<RunId, BitSet> takeOrphans() {
    Map<RunId, BitSet> taken = new TreeMap<>(orphans);
    orphans.clear();
    return taken;
  }

  // ------------------------------------------------------------------ jobs

  public Collection<JobCard> jobs() {
    return Collections.unmodifiableCollection(jobs.values());
  }

  /** The job of a name, whichever generation of it. */
  public @Nullable JobCard job(String name) {
    return jobs.get(name);
  }

  /** The job that a run is of; nobody if that was deleted, though there may be another of its name. */
  public @Nullable JobCard jobOf(RunId run) {
    return job(run.job(), run.generation());
  }

  /** The job whose shards are in a lane, as above. */
  public @Nullable JobCard jobOf(Lane lane) {
    return job(lane.job(), lane.generation());
  }

  private @Nullable JobCard job(String name, long generation) {
    JobCard card = jobs.get(name);
    return card != null && card.generation == generation ? card : null;
  }

  /** Takes in a job, and hands out what it was before. */
  public @Nullable JobCard put(JobCard card) {
    return jobs.put(card.name, card);
  }

  public @Nullable JobCard removeJob(String name) {
    return jobs.remove(name);
  }

  // ------------------------------------------------------------------ runs

  public Collection<RunCard> runs() {
    return Collections.unmodifiableCollection(runs.values());
  }

  public @Nullable RunCard find(RunId run) {
    return runs.get(run);
  }

  /** The card of a run, a new one if there is none. */
  public RunCard run(RunPlan plan) {
    return runs.computeIfAbsent(plan.id(), id -> new RunCard(plan));
  }

  /** A run has begun; it may have been there before, undivided. */
  public void begun(JobCard job, RunCard run) {
    if (runs.putIfAbsent(run.plan().id(), run) == null) {
      job.inFlight++;
    }
  }

  /** A run is divided now: its new card takes the place of the former. */
  public void replace(RunCard run) {
    runs.put(run.plan().id(), run);
  }

  /** A run has its outcome. */
  public void closed(RunCard run) {
    RunId id = run.plan().id();
    runs.remove(id);
    JobCard job = jobOf(id);
    if (job != null) {
      job.inFlight--;
      job.divided -= run.plan().total() > 0 ? 1 : 0;
      Lane line = Lane.ofRuns(id);
      if (lanes.find(line) != null) {
        lanes.free(line);
      }
    }
  }

  /** The runs of a job that are divided into shards, and have no outcome yet. */
  public List<RunCard> underWay(JobCard job) {
    return runs.values().stream()
        .filter(run -> run.plan().total() > 0 && job.equals(jobOf(run.plan().id())))
        .toList();
  }

  /** A job is gone; perhaps its definition only cannot be read for a while, and its runs go on. */
  public void lost(String job, boolean goesOn) {
    if (goesOn) {
      lost.add(job);
    } else {
      lost.remove(job);
    }
  }

  /** A job is there that was not: if it was only lost, its runs are counted anew. */
  public void found(JobCard job) {
    if (lost.remove(job.name)) {
      countInFlight();
    }
  }

  /** Counts anew which runs each job has under way. */
  public void countInFlight() {
    for (JobCard job : jobs.values()) {
      job.inFlight = 0;
      job.divided = 0;
    }
    for (RunCard run : runs.values()) {
      JobCard job = jobOf(run.plan().id());
      if (job != null) {
        job.inFlight++;
        divided(job, run);
      }
    }
    lanes.tracks().forEach(lane -> {
      JobCard job = jobOf(lane);
      if (job != null && !job.mayOverlap()) {
        job.overlapping = true;
      }
    });
  }

  /** A run of a job is divided into shards. */
  public void divided(JobCard job, RunCard run) {
    if (run.plan().total() > 0) {
      job.divided++;
      job.total = run.plan().total();
    }
  }

  // ------------------------------------------------------------------ what is parked

  /** Has a shard wait. */
  public void waitFor(
      Parked.For reason, Assignment what, Instant until, String why, String avoid, Instant now) {
    park(new Parked.Shard(what, new Parked.Wait(reason, until, why), avoid), now);
  }

  /** Has a shard that belongs to an instance wait for that one, durably. */
  public void waitAtHome(
      Parked.For reason, Assignment what, Instant until, String why, String home, Instant now) {
    park(new Parked.Shard(what, new Parked.Wait(reason, until, why), "", home), now);
  }

  /** Has something wait, durably. */
  public void park(Parked.Item item, Instant now) {
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
    Parked.Wait cause = card.item().cause();
    laneOf(card).ifPresent(lane -> {
      lanes.card(lane).waiting().add(card);
      lanes.free(lane);
    });
    Instant wake = switch (cause.reason()) {
      case TIME -> cause.until().minus(rules.horizon().dividedBy(2));
      case INSTANCE, TURN -> cause.until();
    };
    parking.wake(card, wake);
  }

  /** Where something that is parked stands in line: a shard always, a run if it waits for its turn. */
  private static Optional<Lane> laneOf(ParkingLot.Card card) {
    if (card.item() instanceof Parked.Shard shard) {
      return Optional.of(shard.what().lane());
    }
    return card.item().cause().reason() == Parked.For.TURN
        ? Optional.of(Lane.ofRuns(card.item().run().id()))
        : Optional.empty();
  }

  /** What was parked waits no more: what becomes of it belongs into the same transaction. */
  public void unpark(ParkingLot.Card card) {
    laneOf(card).ifPresent(lane -> {
      lanes.card(lane).waiting().remove(card);
      lanes.free(lane);
    });
    parking.remove(card);
    draft.unpark(card);
  }

  // ------------------------------------------------------------------ who has what

  /** An instance has an assignment no more, unless its handler is still busy. */
  public void leave(Fleet.Open open, boolean busy) {
    if (busy) {
      fleet.busy(open);
      return;
    }
    fleet.take(open);
    // All who wait are not asked at once: who is full gets room with each report, and many may
    // wait.
    int load = fleet.load(open.instance());
    roomAgain |= load == rules.inboxLimit() * 9 / 10;
    someRoom |= load < rules.inboxLimit();
    Lane lane = open.what().lane();
    JobCard job = jobOf(open.what().run().id());
    boolean mayBeTaken = job != null && job.mayOverlap() && parking.isInTurn(job.name);
    if (lanes.take(lane) || mayBeTaken) {
      lanes.free(lane);
    }
    if (lane.track() > 0 && lanes.find(lane.onTrack(0)) != null) {
      lanes.free(lane.onTrack(0)); // it may have waited for whatever might overlap
    }
    Lane line = Lane.ofRuns(open.what().run().id());
    if (lanes.find(line) != null) {
      lanes.free(line); // its handler may be the last one for which a run has waited
    }
  }

  /** Whether an instance has room for a few since this was asked last. */
  public boolean takeSomeRoom() {
    boolean taken = someRoom;
    someRoom = false;
    return taken;
  }

  /** Whether an instance has room that had none when this was asked last. */
  public boolean takeRoomAgain() {
    boolean taken = roomAgain;
    roomAgain = false;
    return taken;
  }
}
