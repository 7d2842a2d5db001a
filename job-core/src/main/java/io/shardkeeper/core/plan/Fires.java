package io.shardkeeper.core.plan;

import io.shardkeeper.core.books.Draft;
import io.shardkeeper.core.books.Fleet;
import io.shardkeeper.core.desk.Desk;
import io.shardkeeper.core.desk.JobCard;
import io.shardkeeper.core.desk.Rules;
import io.shardkeeper.core.history.Entry;
import io.shardkeeper.core.layout.RunId;
import io.shardkeeper.core.layout.RunPlan;
import io.shardkeeper.job.Pause;
import io.shardkeeper.run.Outcome;
import io.shardkeeper.trigger.Trigger;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.PriorityQueue;
import java.util.TreeMap;

/** Decides which runs answer the fires of jobs, and writes down how far that is decided. */
final class Fires {
  /** Fires that are planned in one go, more or less: whoever has more to plan lets others have their turn in between. */
  private static final int MOST_AT_ONCE = 2_000;

  /** Open assignments of all instances together from which on there is much room. */
  private static final int LARGE = 10_000;

  private final Rules rules;
  private final Draft draft;
  private final Fleet fleet;
  private final Dispatch dispatch;
  private final PriorityQueue<JobCard> timetable = new PriorityQueue<>(Fires::inOrder);

  Fires(Desk desk, Dispatch dispatch) {
    this.rules = desk.rules;
    this.draft = desk.draft;
    this.fleet = desk.fleet;
    this.dispatch = dispatch;
  }

  /** By the next fire, then by name: spelled out, because it is asked a million times a second. */
  private static int inOrder(JobCard one, JobCard other) {
    int byTime = one.next.compareTo(other.next);
    return byTime != 0 ? byTime : one.name.compareTo(other.name);
  }

  /** Has the fires of a job planned, from what is decided of it on. */
  void put(JobCard job) {
    job.nextFrom(draft.cursor().decided(job.name));
    timetable.add(job);
  }

  /** Plans no more fires of a job. */
  void remove(JobCard job) {
    timetable.remove(job);
  }

  /**
   * How far ahead fires are planned. The fuller the inboxes are, the less: what is not planned costs nothing, and what finds a full inbox has to be
   * parked.
   *
   * @param lead how long before they are due, at least a tenth of the horizon
   * @param late how long after that: where next to no room is left, until they count as missed; if there is much room altogether, some seconds as
   *     soon as half of it is taken, because single instances are full before all are
   */
  record Pace(Duration lead, Duration late) {
    /** With so much taken of all room, from 0 to 1. */
    static Pace of(double fullness, boolean large, Rules rules) {
      Duration least = rules.horizon().dividedBy(10);
      if (fullness >= 0.95) {
        // Some time behind the threshold, and much at once: of what is missed only the last run.
        Duration threshold = rules.misfireThreshold();
        return new Pace(threshold, threshold.multipliedBy(2));
      }
      Duration lead = part(rules.horizon(), 1 - 4 * fullness);
      return new Pace(
          lead.compareTo(least) < 0 ? least : lead,
          large ? part(Rules.LEAST_THRESHOLD, Math.max(0, fullness - 0.5)) : Duration.ZERO);
    }

    private static Duration part(Duration whole, double part) {
      return Duration.ofMillis((long) (whole.toMillis() * part));
    }

    /** When to plan what is due then. */
    Instant planning(Instant due) {
      return due.minus(lead.dividedBy(2)).plus(late);
    }

    /** Until when everything is planned then: no more than a lead of what is not missed, because it may fill what was free. */
    Instant upTo(Instant first, Instant now) {
      Instant missed = now.minus(Rules.LEAST_THRESHOLD);
      Instant behind = (first.isBefore(missed) ? missed : first).plus(lead);
      Instant upTo = now.plus(lead).minus(late);
      return behind.isBefore(upTo) ? behind : upTo;
    }
  }

  private Pace pace() {
    boolean large = (long) rules.inboxLimit() * fleet.taking().size() >= LARGE;
    return Pace.of(fleet.fullness(rules.inboxLimit()), large, rules);
  }

  /** When the next fire has to be planned, if there is one. */
  Optional<Instant> next() {
    if (isInWindow()) {
      return Optional.of(draft.cursor().at());
    }
    JobCard first = timetable.peek();
    return first == null || first.next.equals(Trigger.NEVER)
        ? Optional.empty()
        : Optional.of(pace().planning(first.next));
  }

  /** Whether a window is begun and not ended: it took more than one go, or who began it is gone. */
  private boolean isInWindow() {
    return !draft.cursor().job().isEmpty();
  }

  /** Plans ahead, if it is time for the next fire, or a window is begun. */
  void planFires(Instant now) {
    JobCard first = timetable.peek();
    Instant at = draft.cursor().at();
    Instant upTo = draft.cursor().upTo();
    if (!isInWindow()) {
      if (first == null || first.next.equals(Trigger.NEVER)) {
        return;
      }
      Pace pace = pace();
      if (pace.planning(first.next).isAfter(now)) {
        return;
      }
      Instant ahead = pace.upTo(first.next, now);
      upTo = ahead.isAfter(at) ? ahead : at;
    }
    planUpTo(at, upTo, now);
  }

  private void planUpTo(Instant at, Instant upTo, Instant now) {
    JobCard first = timetable.peek();
    var due = new TreeMap<String, JobCard>();
    for (JobCard card = first; card != null && card.next.isBefore(upTo); card = timetable.peek()) {
      due.put(card.name, card);
      timetable.remove();
    }
    int planned = 0;
    for (JobCard card : due.values()) {
      // The cursor tells where it goes on.
      if (planned < MOST_AT_ONCE) {
        planned += planFires(card, at, upTo, now);
      }
      timetable.add(card);
    }
    if (planned < MOST_AT_ONCE) {
      draft.cursor(upTo, upTo, "", upTo);
    }
    draft.moved();
  }

  /** Decides all that was due before an instant, however full it is; whether that is done, because it may take more than one go. */
  boolean decideUpTo(Instant now) {
    planFires(now);
    JobCard first = timetable.peek();
    if (!isInWindow() && first != null && first.next.isBefore(now)) {
      planUpTo(draft.cursor().at(), now, now);
      first = timetable.peek();
    }
    if (isInWindow() || (first != null && first.next.isBefore(now))) {
      return false;
    }
    if (draft.cursor().at().isBefore(now)) {
      draft.cursor(now, now, "", now);
      draft.moved();
    }
    return true;
  }

  /** A window of time whose fires are being decided: from, to. */
  private record Window(Instant at, Instant upTo) {}

  /** Plans the fires of a job, and says how many it were. */
  private int planFires(JobCard job, Instant at, Instant upTo, Instant now) {
    var window = new Window(at, upTo);
    int planned = 1;
    while (job.next.isBefore(upTo)) {
      boolean held = job.isHeld(job.next, now);
      Instant turn = job.pauseTurns(job.next, now);
      Instant end = turn.isBefore(upTo) ? turn : upTo;
      if (held) {
        skipPaused(job, window, end, now);
      } else {
        planned += planUnpaused(job, window, end, now);
      }
    }
    return planned;
  }

  private int planUnpaused(JobCard job, Window window, Instant end, Instant now) {
    int planned = 0;
    Instant cutoff = now.minus(job.misfireThreshold(rules));
    if (job.next.isBefore(cutoff)) {
      planMissed(job, window, end, cutoff, now);
    }
    while (job.next.isBefore(end)) {
      Instant fire = job.next;
      draft.begin(Draft.UNIT, now);
      job.next = job.after(fire);
      moveTo(job, window);
      dispatch.startRun(job, plan(job, fire), fire, List.of(), now);
      draft.end();
      planned++;
    }
    return planned;
  }

  /** The fires of a job are decided up to its next one. */
  private void moveTo(JobCard job, Window window) {
    Instant next = job.next.isBefore(window.upTo()) ? job.next : window.upTo();
    draft.cursor(window.at(), window.upTo(), job.name, next);
  }

  /** Fires of a job that is paused do not run: one stretch of them, which joins the one before when the history is merged. */
  private void skipPaused(JobCard job, Window window, Instant end, Instant now) {
    Instant first = job.next;
    Instant last = job.before(end);
    if (last.isBefore(first)) {
      job.next = Trigger.NEVER; // its trigger fails
      return;
    }
    draft.begin(600 + 2 * Pause.NOTE, now);
    job.next = job.after(last);
    moveTo(job, window);
    long fires = count(job.trigger, first, last);
    String why = job.pause.sentence();
    draft.history(new Entry.Skip(
        job.name, job.generation, first, last, fires, now, Outcome.SKIPPED_PAUSED, why));
    draft.end();
  }

  /**
   * Fires that nobody was there to decide: the latest of them run, as many as the job wants; the others are one stretch. Where a pause was
   * in between, those behind it are later.
   */
  private void planMissed(JobCard job, Window window, Instant end, Instant cutoff, Instant now) {
    Instant before = cutoff.isBefore(end) ? cutoff : end;
    Instant last = job.before(before);
    if (last.isBefore(job.next)) {
      job.next = Trigger.NEVER; // its trigger fails
      return;
    }
    int limit = job.job.misfire().limit() - madeUpLater(job, before, cutoff, now);
    Deque<Instant> made = new ArrayDeque<>();
    for (Instant fire = last;
        made.size() < limit && !fire.isBefore(job.next) && !isTooOld(fire, job, now);
        fire = job.before(fire)) {
      made.addFirst(fire);
    }
    Instant walk = made.isEmpty() ? last : job.before(made.getFirst());
    if (!walk.isBefore(job.next)) {
      draft.begin(600, now);
      Instant first = job.next;
      job.next = made.isEmpty() ? job.after(last) : made.getFirst();
      moveTo(job, window);
      String reason = "decided " + Duration.between(walk, now).toSeconds()
          + " s after the last of them was due, more than "
          + job.misfireThreshold(rules).toSeconds()
          + " s; policy " + job.job.misfire().policy();
      draft.history(new Entry.Skip(
          job.name,
          job.generation,
          first,
          walk,
          count(job.trigger, first, walk),
          now,
          Outcome.SKIPPED_MISFIRE,
          reason));
      draft.end();
    }
    while (!made.isEmpty()) {
      Instant fire = made.removeFirst();
      draft.begin(Draft.UNIT, now);
      job.next = made.isEmpty() ? job.after(last) : made.getFirst();
      moveTo(job, window);
      dispatch.startRun(job, plan(job, fire), fire, List.of(), now);
      draft.end();
    }
    job.next = job.after(last);
  }

  /** How many of the fires that a job wants made up for come later than some, and not within its pause. */
  private static int madeUpLater(JobCard job, Instant from, Instant cutoff, Instant now) {
    int later = 0;
    Instant walk = job.before(cutoff);
    while (later < job.job.misfire().limit() && !walk.isBefore(from) && !isTooOld(walk, job, now)) {
      boolean held = job.isHeld(walk, now);
      later += held ? 0 : 1;
      walk = job.before(held && job.pause.from().isBefore(walk) ? job.pause.from() : walk);
    }
    return later;
  }

  /** Whether a fire was missed so long ago that it is not made up for. */
  private static boolean isTooOld(Instant fire, JobCard job, Instant now) {
    return fire.isBefore(now.minus(job.job.misfire().window()));
  }

  /** Writes down that fires of a job were not decided when it changed, or was deleted: nobody will run them. */
  void skip(JobCard job, Instant before, Outcome outcome, String why, Instant now) {
    Instant last = job.before(before);
    if (last.isBefore(job.next)) {
      return; // they are planned ahead, as a rule
    }
    draft.begin(600, now);
    long fires = count(job.trigger, job.next, last);
    draft.history(
        new Entry.Skip(job.name, job.generation, job.next, last, fires, now, outcome, why));
    draft.end();
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
  void startDelayed(JobCard job, Instant at, Instant now) {
    if (job.delay().isEmpty() || job.inFlight > 0) {
      return;
    }
    Instant start = at.isBefore(job.since) ? job.since : at;
    if (!job.trigger.admits(start) || job.isHeld(start, now)) {
      return; // a job that is paused is given a start when that is over
    }
    var run = new RunPlan(
        RunId.delay(job.name, job.generation, start),
        job.revision,
        0,
        start,
        Map.of(),
        new RunPlan.Traits(false, true));
    dispatch.startOrPark(job, run, start, List.of(), "", now);
  }
}
