package io.shardkeeper.core.instance;

import io.shardkeeper.core.execution.Executions;
import io.shardkeeper.core.layout.Assignment;
import io.shardkeeper.core.layout.Lane;
import io.shardkeeper.core.layout.RunPlan;
import io.shardkeeper.core.ledger.Subscription;
import io.shardkeeper.core.loop.FollowedClock;
import io.shardkeeper.core.loop.Loop;
import io.shardkeeper.core.mail.Ticket;
import io.shardkeeper.core.mail.Told;
import io.shardkeeper.handler.Cancellation;
import io.shardkeeper.job.Job;
import io.shardkeeper.job.Overlap;
import io.shardkeeper.run.Outcome;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.TreeSet;
import java.util.function.Predicate;

/**
 * What an instance has to start under one registration: what waits for its time, then for its turn in its lane, then for a slot. Lives on the loop.
 *
 * <pre>
 *   accepted ──its time──► due ──first of its lane, and that is free──► ready ──slot──► started
 *                           └──too many wait──► SKIPPED_OVERLAP
 * </pre>
 */
final class Agenda {
  private final Registration of;
  private final Workplace at;
  private final Loop loop;
  private final Executions executions;
  private final FollowedClock clock;
  private final Reporter reporter;

  /** Lanes in which something waits; those whose first could start, were a slot free. */
  private final Map<Lane, Queue> lanes = new LinkedHashMap<>();

  /** What has not started, by the token with which it was given. */
  private final Map<Long, Pending> pending = new LinkedHashMap<>();

  private final PriorityQueue<Timer> timers = new PriorityQueue<>();
  private final PriorityQueue<Pending> ready = new PriorityQueue<>(
      Comparator.comparing((Pending one) -> one.what.due()).thenComparing(one -> one.what.token()));
  private Subscription alarm = () -> {};
  private long alarmAt = Long.MAX_VALUE;

  /** What waits in a lane. */
  private static final class Queue {
    final PriorityQueue<Pending> waiting = new PriorityQueue<>();

    /** Tokens of what waits: the one that starts takes the smallest, so they grow in the order of execution. */
    final TreeSet<Long> tokens = new TreeSet<>();

    /** Those of which it is known that they are due, in the order of their runs. */
    int due;
  }

  /** An assignment that has not started. */
  private static final class Pending implements Comparable<Pending> {
    final Assignment what;
    final Job job;
    boolean due;

    /** Whether it is among those that are ready. */
    boolean offered;

    boolean gone;

    Pending(Assignment what, Job job) {
      this.what = what;
      this.job = job;
    }

    @Override
    public int compareTo(Pending other) {
      int byRun = RunPlan.IN_TURN.compare(what.run(), other.what.run());
      return byRun != 0 ? byRun : Long.compare(what.token(), other.what.token());
    }

    @Override
    public boolean equals(Object other) {
      return this == other;
    }

    @Override
    public int hashCode() {
      return System.identityHashCode(this);
    }
  }

  /** Something whose time is not there yet. */
  private record Timer(long nanos, long token, Pending pending) implements Comparable<Timer> {
    @Override
    public int compareTo(Timer other) {
      int byTime = Long.compare(nanos - other.nanos, 0);
      return byTime != 0 ? byTime : Long.compare(token, other.token);
    }
  }

  Agenda(Registration of, Workplace at, Reporter reporter) {
    this.of = of;
    this.at = at;
    this.loop = at.loop;
    this.executions = at.executions;
    this.clock = at.clock;
    this.reporter = reporter;
  }

  /** Starts nothing more by itself. */
  void close() {
    alarm.close();
  }

  /** Takes in an assignment: it starts when it is due, and its turn. */
  void accept(Assignment what, Job job) {
    var one = new Pending(what, job);
    pending.put(what.token(), one);
    Queue queue = lanes.computeIfAbsent(what.lane(), lane -> new Queue());
    queue.waiting.add(one);
    queue.tokens.add(what.token());
    long when = clock.nanosAt(what.due());
    if (when - loop.nanos() <= 0) {
      due(one);
    } else {
      timers.add(new Timer(when, what.token(), one));
      setAlarm();
    }
  }

  private void setAlarm() {
    Timer first = timers.peek();
    if (first != null && first.nanos() != alarmAt) {
      alarm.close();
      alarmAt = first.nanos();
      alarm = loop.at(alarmAt, this::ring);
    }
  }

  private void ring() {
    alarmAt = Long.MAX_VALUE;
    if (of.isOver()) {
      return;
    }
    long now = loop.nanos();
    while (!timers.isEmpty() && timers.peek().nanos() - now <= 0) {
      Pending one = timers.remove().pending();
      if (!one.gone) {
        due(one);
      }
    }
    setAlarm();
  }

  /** Its time has come: it starts, waits for its turn, or finds too many waiting. */
  private void due(Pending one) {
    one.due = true;
    Lane lane = one.what.lane();
    Queue queue = lanes.get(lane);
    if (queue == null) {
      return;
    }
    queue.due++;
    Overlap overlap = one.job.overlap();
    if (overlap.policy() == Overlap.Policy.COVER_EARLIER) {
      coverEarlier(one, lane, queue);
      return;
    }
    boolean busy = at.isTaken(lane);
    int limit = switch (overlap.policy()) {
      case SERIAL -> overlap.limit();
      case DISCARD_LATER -> 0;
      case COVER_EARLIER, ALLOW -> Overlap.DEFAULT_QUEUE;
    };
    // Of those that wait, the first is about to start if nothing of the lane runs.
    int waiting = queue.due - (busy ? 0 : 1);
    if (waiting > limit && one.what.attempt() == 1) {
      discard(one);
      notRun(
          one.what,
          Outcome.SKIPPED_OVERLAP,
          limit == 0
              ? "the run before it had not ended"
              : limit + " runs were waiting, and no more may");
      // What is first may be due though what was before it was not: another coordinator has
      // another clock.
      offer(lane);
      return;
    }
    if (!busy) {
      offer(lane);
    }
  }

  /** Of what is due in a lane the latest takes the place of all others: those that run are ended, and it starts when they have. */
  private void coverEarlier(Pending one, Lane lane, Queue queue) {
    Workplace.Running running = at.inLane(lane);
    boolean later = queue.waiting.stream().anyMatch(other -> other.due && isLater(other.what, one))
        || (running != null && isLater(running.what(), one));
    if (later) {
      discard(one);
      notRun(one.what, Outcome.COVERED, "a later run took its place");
    } else {
      for (Pending other : List.copyOf(queue.waiting)) {
        if (isLater(one.what, other)) {
          discard(other);
          notRun(other.what, Outcome.COVERED, "a later run took its place");
        }
      }
      if (running != null) {
        at.forEachRunning((token, what) -> {
          if (what.equals(running)) {
            loop.execute(() -> executions.cancel(token, Cancellation.Reason.COVERED));
          }
        });
      }
    }
    offer(lane);
  }

  private static boolean isLater(Assignment what, Pending than) {
    return RunPlan.IN_TURN.compare(what.run(), than.what.run()) > 0;
  }

  /** Something may be first in a lane, and the lane free. */
  void offer(Lane lane) {
    Queue queue = lanes.get(lane);
    Pending first = queue == null ? null : queue.waiting.peek();
    if (first == null || !first.due || at.isTaken(lane) || first.offered) {
      return;
    }
    if (waitsForReport(first)) {
      return;
    }
    first.offered = true;
    ready.add(first);
    startReady();
  }

  /**
   * Whether it must not begin before a report is written. Were this process to die, whoever coordinates would take it for something that waits behind the one before,
   * and start it elsewhere.
   */
  private boolean waitsForReport(Pending one) {
    if (!one.job.atMostOnce() || reporter.isWrittenBefore(one.what)) {
      return false;
    }
    reporter.reportNow();
    return true;
  }

  /** Starts what is ready, as long as there are slots. */
  void startReady() {
    while (!ready.isEmpty() && executions.hasFreeSlot() && of.mayStart()) {
      Pending one = ready.remove();
      one.offered = false;
      if (!one.gone && !at.isTaken(one.what.lane()) && !waitsForReport(one)) {
        start(one);
      }
    }
  }

  private void start(Pending one) {
    Queue queue = lanes.get(one.what.lane());
    if (queue == null) {
      return;
    }
    long token = queue.tokens.first();
    queue.tokens.remove(token);
    remove(one);
    var execution = new Workplace.Running(one.what, of, one.job.atMostOnce());
    at.take(token, execution);
    try {
      executions.start(one.what, one.job, token);
    } catch (IllegalArgumentException e) {
      at.free(execution);
      notRun(one.what, one.what.notStarted(Outcome.REJECTED), String.valueOf(e.getMessage()));
      offer(one.what.lane());
    }
  }

  /** It waits no more. */
  private void remove(Pending one) {
    one.gone = true;
    pending.remove(one.what.token());
    Queue queue = lanes.get(one.what.lane());
    if (queue != null) {
      queue.waiting.remove(one);
      queue.due -= one.due ? 1 : 0;
      if (queue.waiting.isEmpty()) {
        lanes.remove(one.what.lane());
      }
    }
  }

  /** It will not start, so that one token is too many: the largest, because they have to grow. */
  private void discard(Pending one) {
    Queue queue = lanes.get(one.what.lane());
    if (queue != null) {
      queue.tokens.pollLast();
    }
    remove(one);
  }

  /** Tells the outcome of what does not start. */
  void notRun(Assignment what, Outcome outcome, String why) {
    reporter.tellNotCalled(new Told.Ended(what, outcome, why, what.due(), clock.instant(), true));
  }

  // ------------------------------------------------------------------ messages

  /** Ends what is left of a run, by request. */
  void end(Ticket.Message.End message) {
    for (Pending one : List.copyOf(pending.values())) {
      if (message.isAbout(one.what)) {
        discard(one);
        endedBefore(one.what, message);
        offer(one.what.lane());
      }
    }
    at.forEachRunning((token, one) -> {
      if (message.isAbout(one.what())) {
        loop.execute(() -> executions.cancel(token, message.reason()));
      }
    });
  }

  /** Tells of something that it was ended before it started. */
  void endedBefore(Assignment what, Ticket.Message.End message) {
    notRun(what, outcome(message.reason()), "ended by request before it started");
  }

  private Outcome outcome(Cancellation.Reason reason) {
    return reason == Cancellation.Reason.COVERED ? Outcome.COVERED : Outcome.KILLED;
  }

  /** Ends what has not started of a job that was deleted. */
  void drop(Ticket.Message.Drop message) {
    for (Pending one : List.copyOf(pending.values())) {
      if (message.isAbout(one.what)) {
        discard(one);
        notRun(one.what, one.what.notStarted(Outcome.SKIPPED_DELETED), "the job was deleted");
      }
    }
  }

  /** Hands back what has not started of a job that was changed. */
  void recall(Ticket.Message.Recall message) {
    handBack("its job was changed", message::isAbout);
  }

  /** Hands back all that has not started. */
  void handBack(String why) {
    handBack(why, what -> true);
  }

  private void handBack(String why, Predicate<Assignment> which) {
    for (Pending one : List.copyOf(pending.values())) {
      if (which.test(one.what)) {
        discard(one);
        reporter.tellNotCalled(new Told.HandedBack(one.what, why));
      }
    }
  }
}
