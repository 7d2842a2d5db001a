package io.shardkeeper.core.desk;

import io.shardkeeper.calendar.Calendar;
import io.shardkeeper.calendar.Calendars;
import io.shardkeeper.core.assign.Division;
import io.shardkeeper.core.assign.Eligibility;
import io.shardkeeper.core.assign.Routes;
import io.shardkeeper.core.books.Fleet;
import io.shardkeeper.core.definition.JobDocument;
import io.shardkeeper.core.layout.Instance;
import io.shardkeeper.core.layout.Parked;
import io.shardkeeper.core.layout.RunPlan;
import io.shardkeeper.job.Job;
import io.shardkeeper.job.Overlap;
import io.shardkeeper.job.Pause;
import io.shardkeeper.trigger.NarrowedTrigger;
import io.shardkeeper.trigger.Trigger;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What the coordinator knows of a job. */
public final class JobCard {
  private static final Logger LOG = LoggerFactory.getLogger(JobCard.class);

  public final String name;
  public final long generation;
  public final int revision;
  public final Job job;
  public final Instant since;

  /** When it gets no new runs, by the clock of whoever coordinates. */
  public Pause pause;

  /** When it is due, with its calendars as they were looked up last. */
  public Trigger trigger;

  /** The next fire that is not decided. */
  public Instant next = Trigger.NEVER;

  /** Runs that have no outcome yet. */
  public int inFlight;

  /** Of those, runs that were divided into shards; and into how many. */
  public int divided;

  public int total;

  /** Whether some of them overlap as the job allowed before, and does not allow any more. */
  public boolean overlapping;

  /** Whether it was told that nobody runs it. */
  public boolean wanting;

  private List<Calendar> calendars;
  private boolean calendarsGone;
  private @Nullable Eligibility eligibility;
  private long eligibilityOf = -1;

  /**
   * A job as it is defined.
   *
   * @param generation the creation of its node
   * @param revision the version of its node
   * @throws IllegalArgumentException if it asks for a calendar or a route that is not there
   */
  public JobCard(String name, long generation, int revision, JobDocument document, Rules rules) {
    this.name = name;
    this.generation = generation;
    this.revision = revision;
    job = document.job();
    pause = document.pause();
    Routes.check(name, job.routing(), rules.routers());
    calendars = find(job.trigger(), rules.calendars());
    trigger = job.trigger().with(rules.calendars());
    since = document.since();
  }

  /** Takes over from what it was before it was changed what it has under way. */
  public void takeOver(JobCard before) {
    inFlight = before.inFlight;
    divided = before.divided;
    total = before.total;
    overlapping = !mayOverlap() && (before.overlapping || before.mayOverlap());
  }

  /** Whether a run that is due then must not begin now, or later, because the job is paused. */
  public boolean isHeld(Instant due, Instant now) {
    return pause.isAt(due) || pause.isAt(due.isAfter(now) ? due : now);
  }

  /** From which fire on, if at all, it is the other way round than with an earlier one: held, or not. */
  public Instant pauseTurns(Instant fire, Instant now) {
    if (pause.isAt(now) && fire.isBefore(pause.until())) {
      return pause.until(); // what is late does not begin either
    }
    return fire.isBefore(pause.from())
        ? pause.from()
        : fire.isBefore(pause.until()) ? pause.until() : Trigger.NEVER;
  }

  /** Whether other rules hold for what waits than before it was changed. */
  public boolean isOtherwise(JobCard changed, Instant now) {
    return !job.overlap().equals(changed.job.overlap())
        || (changed.pause.isAt(now) && !pause.equals(changed.pause));
  }

  /** Whether executions of the same shard may run at the same time. */
  public boolean mayOverlap() {
    return job.overlap().policy() == Overlap.Policy.ALLOW;
  }

  /** Why a run that has so many shards must not begin before others of the job have ended, whole; nothing if it may. */
  public Optional<String> heldUp(Optional<Division> division, List<Fleet.Open> busy) {
    boolean perRun = isPerRun();
    int atOnce = mayOverlap() ? job.overlap().limit() : 1;
    if (!mayOverlap()
        && busy.stream()
            .anyMatch(one ->
                perRun || overlapping || isOtherwise(division, one.what().run().total()))) {
      return Optional.of("a handler of an earlier run has not returned");
    }
    if (divided == 0) {
      overlapping = false;
      return Optional.empty();
    }
    if (perRun && divided >= atOnce) {
      return Optional.of(divided == 1 ? "a run is under way" : divided + " runs are under way");
    }
    if (mayOverlap()) {
      return Optional.empty();
    }
    if (overlapping) {
      return Optional.of("runs are under way that were allowed to overlap");
    }
    return isOtherwise(division, total)
        ? Optional.of("a run is under way that has " + total + " shards")
        : Optional.empty();
  }

  /** Whether runs are divided otherwise by now. */
  private static boolean isOtherwise(Optional<Division> division, int total) {
    return division.isPresent() && !division.get().bound() && division.get().total() != total;
  }

  /** Whether its runs are what may not overlap, and not their shards. */
  public boolean isPerRun() {
    return job.overlap().scope() == Overlap.Scope.RUN;
  }

  private static List<Calendar> find(Trigger trigger, Calendars among) {
    return trigger instanceof NarrowedTrigger narrowed
        ? Stream.concat(narrowed.only().stream(), narrowed.except().stream())
            .flatMap(name -> among.find(name).stream())
            .toList()
        : List.of();
  }

  /** Whether the names of its calendars stand for others than when they were looked up last. Those that are gone are kept to. */
  public boolean hasOther(Calendars among) {
    try {
      List<Calendar> found = find(job.trigger(), among);
      Trigger unused = job.trigger().with(among); // names the calendar that is gone
      calendarsGone = false;
      return !found.equals(calendars);
    } catch (RuntimeException e) {
      if (!calendarsGone) {
        LOG.error("Job '{}' keeps to the calendars that it has: {}", name, e.getMessage());
      }
      calendarsGone = true;
      return false;
    }
  }

  /** Keeps to the calendars that its names stand for now. */
  public void lookUp(Calendars among) {
    LOG.info("Job '{}' has other calendars from here on", name);
    calendars = find(job.trigger(), among);
    trigger = job.trigger().with(among);
  }

  /** Sets the next fire: the first one at an instant, or later. */
  public void nextFrom(Instant decided) {
    Instant from = since.isAfter(decided) ? since : decided;
    next = after(from.minusNanos(1));
  }

  /** The first fire later than an instant. A trigger that fails names none: the others must not suffer. */
  public Instant after(Instant at) {
    try {
      return trigger.after(at);
    } catch (RuntimeException e) {
      LOG.error("Job '{}' is planned no further, because its trigger failed at {}", name, at, e);
      return Trigger.NEVER;
    }
  }

  /** The last fire earlier than an instant. */
  public Instant before(Instant at) {
    try {
      return trigger.before(at);
    } catch (RuntimeException e) {
      LOG.error(
          "Job '{}' does not make up for what it missed, because its trigger failed at {}",
          name,
          at,
          e);
      return Trigger.NEVER_BEFORE;
    }
  }

  /** The pause between its runs, if that is what starts them. */
  public Optional<Duration> delay() {
    Trigger base = trigger instanceof NarrowedTrigger narrowed ? narrowed.base() : trigger;
    return base instanceof Trigger.FixedDelay fixed ? Optional.of(fixed.delay()) : Optional.empty();
  }

  public Duration misfireThreshold(Rules rules) {
    Duration own = job.misfire().threshold();
    return own.isZero() ? rules.misfireThreshold() : own;
  }

  /** Who may have shards of one of its runs: that may be for one instance only. */
  public Eligibility eligibility(Fleet fleet, RunPlan run) {
    return eligibility(fleet).only(run.origin().instance());
  }

  /** Who may have something that waits. */
  public Eligibility eligibility(Fleet fleet, Parked.Item waiting) {
    return waiting instanceof Parked.Shard shard && !shard.home().isEmpty()
        ? atHome(fleet, shard.home())
        : eligibility(fleet, waiting.run());
  }

  /** Whether an instance may have what belongs to it; how many may be used does not matter for that. */
  public Eligibility atHome(Fleet fleet, String id) {
    List<Instance> that =
        fleet.taking().stream().filter(one -> one.id().equals(id)).toList();
    return Eligibility.of(job, that);
  }

  public Eligibility eligibility(Fleet fleet) {
    Eligibility known = eligibility;
    if (known == null || eligibilityOf != fleet.version()) {
      known = Eligibility.of(job, fleet.taking());
      eligibility = known;
      eligibilityOf = fleet.version();
    }
    return known;
  }
}
