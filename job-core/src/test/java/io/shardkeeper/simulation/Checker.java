package io.shardkeeper.simulation;

import io.shardkeeper.contract.SimulatedWorld;
import io.shardkeeper.core.history.Entry;
import io.shardkeeper.core.layout.Layout;
import io.shardkeeper.core.layout.RunId;
import io.shardkeeper.handler.Result;
import io.shardkeeper.handler.ShardingContext;
import io.shardkeeper.job.Job;
import io.shardkeeper.job.Overlap;
import io.shardkeeper.run.Outcome;
import io.shardkeeper.trigger.Trigger;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** Watches a fleet from outside, and knows what must hold. It shares no line with what decides. */
final class Checker {
  private static final Duration GRACE = Duration.ofMillis(1_500);

  /** What ran when a process froze longer than its lease may go on for so long once it thaws. */
  private static final Duration AFTER_THAW = Duration.ofSeconds(1);

  /** How late a start may be when nothing is in its way. */
  private static final Duration PUNCTUAL = Duration.ofSeconds(1);

  /** How long it may take until a lane that one instance is done with goes on at another: a report, a decision, a ticket. */
  private static final Duration HAND_OVER = Duration.ofSeconds(1);

  /** A clock that follows another is behind by a hop, and in a storm a hop takes long. */
  private static final Duration A_SLOW_HOP = Duration.ofSeconds(1);

  private final SimulatedWorld world;
  private final Map<String, Job> jobs = new TreeMap<>();
  private final Map<String, Instant> since = new HashMap<>();
  private final Map<String, List<Execution>> running = new HashMap<>();
  private final Map<String, Execution> latest = new HashMap<>();
  private final Map<String, List<Execution>> byRun = new HashMap<>();
  private final List<Execution> all = new ArrayList<>();
  private final List<String> violations = new ArrayList<>();
  private Duration early = Duration.ofMillis(5);
  private Instant wellFrom = Instant.MAX;
  private final Map<SimulatedNode, Integer> calls = new HashMap<>();
  private final Map<SimulatedNode, Long> fullUntil = new HashMap<>();
  private final Map<String, Long> takenUntil = new HashMap<>();
  private final Map<SimulatedNode, Long> excused = new HashMap<>();
  private final Set<SimulatedNode> wasExcused = new HashSet<>();
  private final Map<SimulatedNode, Long> thaws = new HashMap<>();
  private long executions;
  private long fires;
  private int trace;
  private @Nullable Chronicle chronicle;
  private final Set<String> fleeting = new HashSet<>();
  private final Set<String> covering = new HashSet<>();
  private final Set<String> resharded = new HashSet<>();
  private final Set<Execution> overlapped = new LinkedHashSet<>();
  private final Set<String> pausable = new HashSet<>();
  private final Map<String, Long> pausedFrom = new HashMap<>();

  /** One call of the handler. */
  final class Execution {
    final SimulatedNode node;
    final String instance;
    final String job;
    final String run;
    final String jobAndGeneration;
    final String lane;
    final int shard;
    final int attempt;
    final long token;
    final boolean deaf;
    final ShardingContext context;
    final boolean excused;
    final long start = world.nanos();
    long end = Long.MAX_VALUE;
    boolean done;
    boolean cancelled;

    /** When it may be tried again, if it failed. */
    long notBefore = Long.MIN_VALUE;

    boolean asked;

    Execution(SimulatedNode node, ShardingContext context, boolean deaf) {
      this.node = node;
      this.instance = node.instance.id();
      this.job = context.jobName();
      this.run = context.runId();
      this.shard = context.shard().index();
      this.jobAndGeneration = run.substring(0, run.indexOf('.', job.length() + 1));
      this.lane = jobAndGeneration + "/" + shard;
      this.attempt = context.attempt();
      this.token = context.token();
      this.deaf = deaf;
      this.excused = isExcused(node);
      this.context = context;
    }

    void refused() {
      cancelled = true;
    }

    /** Its process has just thawed, and it has to take note first that it has lost its lease. */
    boolean isWaking() {
      long thawed = thaws.getOrDefault(node, Long.MIN_VALUE);
      return start < thawed && world.nanos() - thawed < AFTER_THAW.toNanos();
    }

    void did(Result result) {
      done = result instanceof Result.Ok;
      if (result instanceof Result.Failed failed) {
        Duration usual = jobs.get(job).retry().delay();
        long least = (long) (usual.toNanos() * (1 - jobs.get(job).retry().jitter()));
        long asks = failed.retryAfter().toNanos();
        asked = asks > least;
        notBefore = world.nanos() + Math.max(least, asks);
      }
    }

    /** Whether what it came to is told, or will be: its instance has not lost its session. */
    boolean isTold() {
      return !cancelled && world.peekBelow(Layout.INSTANCES).contains(instance);
    }

    @Override
    public String toString() {
      return run + "/" + shard + " attempt " + attempt + " token " + token + " on " + node
          + " from " + start / 1_000_000 + " to " + (end == Long.MAX_VALUE ? "?" : end / 1_000_000)
          + " ms";
    }
  }

  Checker(SimulatedWorld world) {
    this.world = world;
  }

  /** Somebody reads along in the ledger. */
  void readsAlong(Chronicle who) {
    chronicle = who;
  }

  /** A job comes and goes: not each of its fires is decided. */
  void comesAndGoes(String job) {
    fleeting.add(job);
  }

  /** At times a later run of a job takes the place of an earlier one. */
  void covers(String job) {
    covering.add(job);
  }

  /** A job has now this number of shards, and now that. */
  void reshards(String job) {
    resharded.add(job);
  }

  /** Something that runs, if anything does. */
  Optional<Execution> someRunning(SplittableRandom random) {
    List<Execution> now = running.values().stream()
        .flatMap(List::stream)
        .sorted(Comparator.comparingLong(one -> one.token))
        .toList();
    return now.isEmpty() ? Optional.empty() : Optional.of(now.get(random.nextInt(now.size())));
  }

  /** Somebody may pause a job. */
  void mayBePaused(String job) {
    pausable.add(job);
  }

  /** From then on nothing of a job starts for the first time, because it is paused and everybody knows. */
  void pausedFrom(String job, long nanos) {
    pausedFrom.put(job, nanos);
  }

  private static boolean isPerRun(@Nullable Job job) {
    return job != null
        && job.overlap().scope() == Overlap.Scope.RUN
        && job.overlap().policy() != Overlap.Policy.ALLOW;
  }

  /** Runs of some jobs must not overlap as wholes. */
  private void checkWholeRuns(Execution execution) {
    running.forEach((lane, others) -> {
      if (lane.startsWith(execution.jobAndGeneration + "/")) {
        for (Execution other : others) {
          boolean givenUp = other.deaf && !other.instance.equals(other.node.instance.id());
          boolean excused =
              givenUp || other.isWaking() || isExcused(other.node) || isExcused(execution.node);
          if (!other.run.equals(execution.run) && !excused) {
            violated("overlap of runs: " + other + " and " + execution);
          }
        }
      }
    });
  }

  boolean isFleeting(String job) {
    return fleeting.contains(job);
  }

  /** Clocks of coordinators may be ahead by so much. */
  void clocksMayBeAhead(Duration by) {
    early = by;
  }

  /** From here on there is no bad luck, and none left over: whatever is due starts when it is due, if it can. */
  void wellFrom(Instant when) {
    wellFrom = when;
  }

  void violated(String what) {
    violations.add("at " + world.nanos() / 1_000_000 + " ms: " + what);
  }

  List<String> violations() {
    return violations;
  }

  long executions() {
    return executions;
  }

  /** How many fires were decided, as the history tells. */
  long fires() {
    return fires;
  }

  /** The calls of the handlers for a job, in their order. */
  List<Execution> executions(String job) {
    return all.stream().filter(one -> one.job.equals(job)).toList();
  }

  /** The jobs that there are. */
  Set<String> jobs() {
    return jobs.keySet();
  }

  void defined(Job job, Instant at) {
    jobs.put(job.name(), job);
    if (job.overlap().policy() == Overlap.Policy.COVER_EARLIER) {
      covers(job.name());
    }
    since.putIfAbsent(job.name(), at);
  }

  Execution started(SimulatedNode node, ShardingContext context, boolean deaf) {
    executions++;
    var execution = new Execution(node, context, deaf);
    all.add(execution);
    Job job = jobs.get(execution.job);
    boolean mayOverlap = job != null && job.overlap().policy() == Overlap.Policy.ALLOW;
    List<Execution> others = running.computeIfAbsent(execution.lane, lane -> new ArrayList<>());
    for (Execution other : others) {
      // A handler that takes no notice keeps its lane, unless its instance was given up.
      boolean givenUp = other.deaf && !other.instance.equals(other.node.instance.id());
      boolean excused =
          givenUp || other.isWaking() || isExcused(other.node) || isExcused(execution.node);
      if (!excused && !mayOverlap) {
        violated("overlap of a shard: " + other + " and " + execution);
      }
      if (!mayOverlap && !isExcused(execution.node)) {
        overlapped.add(other);
      }
    }
    if (isPerRun(job)) {
      checkWholeRuns(execution);
    }
    others.add(execution);
    Chronicle ledger = chronicle;
    if (ledger != null
        && !isExcused(execution.node)
        && ledger.isOver(execution.run, execution.shard)) {
      violated("started though its outcome is known: " + execution);
    }
    Execution before = latest.get(execution.lane);
    if (before != null
        && before.token >= execution.token
        && !mayOverlap
        && !isExcused(before.node)
        && !isExcused(execution.node)) {
      violated("a token does not grow: " + before + " before " + execution);
    }
    if (before == null || before.token < execution.token) {
      latest.put(execution.lane, execution);
    }
    List<Execution> ofRun = byRun.computeIfAbsent(execution.run, run -> new ArrayList<>());
    ofRun.add(execution);
    if (context.scheduledAt().isAfter(world.clock().instant().plus(early))) {
      violated("started before it was due at " + context.scheduledAt() + ": " + execution);
    }
    boolean paused = pausedFrom.getOrDefault(execution.job, Long.MAX_VALUE) < execution.start;
    if (paused && execution.attempt == 1 && !fleeting.contains(execution.job)) {
      violated("started though its job is paused: " + execution);
    }
    checkPunctuality(execution);
    checkEdition(execution);
    calls.merge(node, 1, Integer::sum);
    List<Execution> ofShard =
        ofRun.stream().filter(one -> one.shard == execution.shard).toList();
    boolean excused = ofShard.stream().anyMatch(one -> wasExcused.contains(one.node));
    checkPatience(execution, ofShard);
    if (job != null && job.atMostOnce() && ofShard.size() > 1 && !excused) {
      violated("started twice though at most once: " + ofShard);
    }
    return execution;
  }

  /** What failed is not tried again before its job wants that, nor before its handler does. */
  private void checkPatience(Execution execution, List<Execution> ofShard) {
    for (Execution before : ofShard) {
      if (before.attempt + 1 == execution.attempt
          && before.notBefore > before.end
          && before.isTold()) {
        if (execution.start < before.notBefore - early.plus(A_SLOW_HOP).toNanos()) {
          violated("tried again " + (before.notBefore - execution.start) / 1_000_000
              + " ms too early: " + before + " and " + execution);
        } else if (before.asked) {
          world.happened("waited as long as a handler asked");
        }
      }
    }
  }

  /** What was planned by one revision of its job is not carried out by another. */
  private void checkEdition(Execution execution) {
    String runs = execution.context.parameters().getOrDefault("edition", "");
    Chronicle ledger = chronicle;
    if (ledger != null) {
      ledger
          .edition(execution.run, execution.shard, execution.instance)
          .filter(planned -> !planned.equals(runs))
          .ifPresent(planned -> violated(
              "planned by '" + planned + "', carried out by '" + runs + "': " + execution));
    }
  }

  /** What starts late had to wait for its lane or for a slot until just now. */
  private void checkPunctuality(Execution execution) {
    Instant due = execution.context.scheduledAt();
    Instant now = world.clock().instant();
    long justNow = execution.start - HAND_OVER.toNanos();
    if (due.isAfter(wellFrom)
        && isFire(execution.run)
        && execution.attempt == 1
        && now.isAfter(due.plus(PUNCTUAL))
        && takenUntil.getOrDefault(laneOf(execution), Long.MIN_VALUE) < justNow
        && fullUntil.getOrDefault(execution.node, Long.MIN_VALUE) < justNow
        && !fleeting.contains(execution.job)) {
      violated("started " + Duration.between(due, now).toMillis()
          + " ms late, though its lane and its instance were free: " + execution);
    }
  }

  /** What has to be free before something starts: the shard, or the job. */
  private String laneOf(Execution execution) {
    Job job = jobs.get(execution.job);
    // Runs with other numbers of shards wait for each other as wholes.
    boolean whole = resharded.contains(execution.job);
    return whole || (job != null && job.overlap().scope() == Overlap.Scope.RUN)
        ? execution.jobAndGeneration
        : execution.lane;
  }

  private static boolean isFire(String run) {
    return RunId.parse(run).kind() == RunId.Kind.FIRE;
  }

  /** The session of a node was ended by a stranger, under its feet: for a moment it may do what somebody else does already. */
  void expired(SimulatedNode node) {
    excused.put(node, world.nanos() + GRACE.toNanos());
    wasExcused.add(node);
  }

  /** A process goes on where it was frozen. */
  void thawed(SimulatedNode node) {
    thaws.put(node, world.nanos());
  }

  private boolean isExcused(SimulatedNode node) {
    return node.isFrozen() || excused.getOrDefault(node, 0L) > world.nanos();
  }

  int trace() {
    return trace;
  }

  void ended(Execution execution) {
    execution.end = world.nanos();
    trace = trace * 31 + execution.toString().hashCode();
    running.getOrDefault(execution.lane, new ArrayList<>()).remove(execution);
    takenUntil.put(execution.lane, execution.end);
    takenUntil.put(execution.jobAndGeneration, execution.end);
    if (calls.merge(execution.node, -1, Integer::sum) >= execution.node.slots - 1) {
      fullUntil.put(execution.node, execution.end);
    }
  }

  void crashed(SimulatedNode node) {
    running.values().forEach(list -> list.removeIf(execution -> execution.node == node));
  }

  /** It is recorded that a call of a handler went on when its instance had lost its lease. */
  void overran(Entry.Overrun told) {
    boolean is = all.stream()
        .anyMatch(one -> one.run.equals(told.run().text())
            && one.shard == told.shard()
            && one.attempt == told.attempt()
            && one.instance.equals(told.instance())
            && one.end != Long.MAX_VALUE
            && told.until().isAfter(told.from()));
    if (!is) {
      violated("told to have gone on too long, though it did not: " + told);
    }
  }

  /** What something else ran beside is named in the record, as soon as it has returned: unless its process died before, or has left. */
  private void checkOverruns() {
    for (Execution call : overlapped) {
      boolean tells = !call.node.isDead() && !call.node.instance.id().isEmpty();
      boolean known = call.end != Long.MAX_VALUE && !wasExcused.contains(call.node);
      Chronicle ledger = chronicle;
      if (tells && known && ledger != null && !ledger.isOverrun(call)) {
        violated("something else ran beside it, and the record does not tell: " + call);
      }
    }
  }

  /** After everything has ended: each fire has one record, and each record is true. */
  void checkHistory(List<Entry> history, Instant end) {
    Map<String, Set<Instant>> decided = new HashMap<>();
    Set<String> runs = new HashSet<>();
    for (Entry entry : history) {
      checkWell(entry);
      Set<Instant> known = decided.computeIfAbsent(entry.job(), job -> new HashSet<>());
      if (entry instanceof Entry.Run run) {
        if (!runs.add(run.id().text())) {
          violated("two records of run " + run.id());
        }
        if (run.id().kind() == RunId.Kind.FIRE
            && !known.add(run.scheduledAt())
            && !fleeting.contains(run.job())) {
          violated("two decisions on the fire of " + entry.job() + " at " + run.scheduledAt());
        }
        checkRun(run);
      } else if (entry instanceof Entry.Skip skip) {
        if (skip.first().isBefore(since.getOrDefault(skip.job(), Instant.MIN))) {
          violated(
              "a decision on fires of " + skip.job() + " before there was such a job: " + skip);
          continue; // there may be thousands of years of them
        }
        Trigger trigger = jobs.get(skip.job()).trigger();
        long count = 0;
        for (Instant at = skip.first(); !at.isAfter(skip.last()); at = trigger.after(at)) {
          count++;
          if (!known.add(at) && !fleeting.contains(skip.job())) {
            violated("two decisions on the fire of " + entry.job() + " at " + at);
          }
        }
        if (skip.fires() >= 0 && skip.fires() != count) {
          violated("a stretch says " + skip.fires() + " and has " + count + ": " + skip);
        }
      }
    }
    running.values().stream()
        .flatMap(List::stream)
        .forEach(one -> violated("still runs long after the end: " + one));
    checkOverruns();
    fires = decided.values().stream().mapToLong(Set::size).sum();
    jobs.forEach((name, job) -> {
      if (fleeting.contains(name)) {
        return;
      }
      for (Instant at : decided.getOrDefault(name, Set.of())) {
        if (at.isBefore(since.get(name))) {
          violated("a decision on a fire of " + name + " before there was such a job: " + at);
        }
      }
      Instant from =
          since.get(name).plusSeconds(3).plus(early); // until then it may not have been known
      Set<Instant> left = decided.getOrDefault(name, Set.of());
      for (Instant at = job.trigger().after(from);
          at.isBefore(end);
          at = job.trigger().after(at)) {
        if (!left.remove(at)) {
          violated("no decision on the fire of " + name + " at " + at);
        }
      }
      left.removeIf(at -> !at.isAfter(from));
      if (!left.isEmpty()) {
        violated("decisions on what is no fire of " + name + ": " + left);
      }
    });
  }

  /** Whether somebody asked for its end. What had failed by then failed, and is not tried again. */
  private boolean isKilled(Entry.Run run) {
    return run.outcome() == Outcome.KILLED
        || (chronicle != null && chronicle.isKilled(run.id().text()));
  }

  /** When all is well nothing is lost, and nothing comes too late. */
  private void checkWell(Entry entry) {
    if (fleeting.contains(entry.job())) {
      return;
    }
    boolean paused = (entry instanceof Entry.Skip skip && skip.outcome() == Outcome.SKIPPED_PAUSED)
        || (entry instanceof Entry.Run run && run.outcome() == Outcome.SKIPPED_PAUSED);
    if (paused && !pausable.contains(entry.job())) {
      violated("skipped as paused, though nobody has paused it: " + entry);
    }
    if (entry instanceof Entry.Skip skip && !paused && skip.last().isAfter(wellFrom)) {
      violated("skipped, though all was well: " + skip);
    }
    if (entry instanceof Entry.Run run
        && run.scheduledAt().isAfter(wellFrom)
        && run.id().kind() == RunId.Kind.FIRE
        && (run.outcome() == Outcome.LOST || run.outcome() == Outcome.NO_INSTANCE)) {
      violated("ended " + run.outcome() + ", though all was well: " + run);
    }
  }

  private void checkRun(Entry.Run run) {
    List<Execution> done = byRun.getOrDefault(run.id().text(), List.of());
    Job job = jobs.get(run.job());
    if (job != null
        && !run.outcome().isDecision()
        && run.id().kind() == RunId.Kind.FIRE
        && job.sharding() instanceof io.shardkeeper.job.Sharding.Fixed fixed
        && !resharded.contains(run.job())
        && run.shards() != fixed.total()) {
      violated("run " + run.id() + " tells of " + run.shards() + " shards of " + fixed.total());
    }
    for (Entry.Part part : run.parts()) {
      if (job != null
          && part.outcome() == Outcome.FAILED
          && !part.text().contains("did not start")
          && !fleeting.contains(run.job())
          && !covering.contains(run.job())
          && !isKilled(run)) {
        long tries =
            done.stream().filter(one -> one.shard == part.shard() && !one.done).count();
        if (tries < job.retry().retries() + 1L) {
          violated("run " + run.id() + " failed after " + tries + " attempts: " + part);
        }
      }
    }
    if (run.outcome() == Outcome.SUCCEEDED) {
      boolean whole = run.given().total() == 0;
      for (int shard = 0; shard < run.shards(); shard++) {
        // Who asks for some of the shards gets so many; as long as they are few it is told which.
        int wanted = whole || shard >= run.parts().size()
            ? shard
            : run.parts().get(shard).shard();
        if (done.stream().noneMatch(one -> one.shard == wanted && one.done)) {
          violated("run " + run.id() + " is told to have succeeded, but nobody did shard " + shard);
        }
      }
    }
    // Whose session a stranger has ended starts what is not its own any more, for a moment.
    boolean ran = done.stream().anyMatch(one -> !one.excused);
    boolean decided = run.outcome().isDecision() && run.outcome() != Outcome.COVERED;
    if (run.outcome() == Outcome.COVERED && !covering.contains(run.job())) {
      violated("covered, though its job does not do that: " + run);
    }
    if (decided && ran && run.shards() == 1) {
      violated("run " + run.id() + " is told not to have run (" + run.outcome() + "), but " + done);
    }
  }
}
