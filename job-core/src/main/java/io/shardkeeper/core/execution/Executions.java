package io.shardkeeper.core.execution;

import io.shardkeeper.core.layout.Assignment;
import io.shardkeeper.core.layout.Lane;
import io.shardkeeper.core.layout.RunId;
import io.shardkeeper.core.loop.Listeners;
import io.shardkeeper.core.loop.Loop;
import io.shardkeeper.core.loop.Workers;
import io.shardkeeper.core.mail.Reply;
import io.shardkeeper.core.mail.Told;
import io.shardkeeper.handler.Cancellation;
import io.shardkeeper.handler.Handler;
import io.shardkeeper.handler.Handlers;
import io.shardkeeper.job.Job;
import java.time.Duration;
import java.time.InstantSource;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * What runs on this instance. It calls handlers on the threads of the workers, cancels them, and tells what became of them; it knows no
 * ledger. It lives on the loop: whoever calls it is there, and the listener is called there.
 *
 * <p><b>What ends how.</b> A result that reaches the loop before a cancellation is the outcome. After a cancellation it no longer is, even
 * if the handler has done all its work: then the first reason decides.
 *
 * <pre>
 *   first reason      is told
 *   none              ended: SUCCEEDED or FAILED, by what the handler returned or threw
 *   asked to yield    the same; handed back if it threw a CancellationException, or was not called
 *   TIMED_OUT         ended: TIMED_OUT
 *   KILLED            ended: KILLED
 *   COVERED           ended: COVERED
 *   DRAINING          handed back, once it has returned; of a job that runs at most once, ended: LOST, if the handler was called
 *   LEASE_LOST        returned, and nothing else: what it did is not told in the name of a session that may be lost
 * </pre>
 *
 * <p>The lease is looked at when something is to be told, too: if it lapsed, the last line applies, whatever came first.
 *
 * <p><b>What is cancelled.</b> At once its context says so, and what the handler left with {@link Cancellation#onRequest} is run, on a
 * thread of the workers that takes no slot, because it may block; then its thread is interrupted; then it is given up: its outcome is told
 * as that of a handler that has not returned. Its slot and its lane stay taken until it does. An outcome is told once, and nothing but the
 * return follows it. One whose handler was not called yet ends at once, and the handler is never called.
 *
 * <p><b>What yields.</b> Work whose handler {@linkplain Handler#yieldsToDrain says so} is asked first, when the instance begins to leave: its context says
 * DRAINING, but nobody interrupts it or gives it up, and it may still end as if nothing had been. A cancellation that follows is one like any other. Nobody else
 * could go on with what is to run at most once, or is for this instance: that is not asked.
 */
public final class Executions {
  /** What is kept of an exception that a handler throws, in bytes. */
  public static final int FAILURE_BYTES = 4 * 1024;

  /** What is told of where a handler is, in bytes. */
  static final int STACK_BYTES = 32 * 1024;

  private final Map<Long, Execution> taken = new LinkedHashMap<>();
  private final Handlers handlers;
  private final int slots;
  private Fence fence;

  final Loop loop;
  final Workshop workshop;
  final Workers workers;
  final Patience patience;
  final InstantSource clock;
  final Listener listener;
  final Listeners outside;

  /**
   * How long handlers are waited for that are to end.
   *
   * @param interruptAfter from the request to the interrupt: time to end in good order
   * @param abandonAfter from the interrupt until it is given up
   */
  public record Patience(Duration interruptAfter, Duration abandonAfter) {
    /** Until the interrupt, unless said otherwise. */
    public static final Duration INTERRUPT_AFTER = Duration.ofMillis(250);

    /** From the interrupt on, unless said otherwise. */
    public static final Duration ABANDON_AFTER = Duration.ofSeconds(10);

    /** As long as it is unless said otherwise. */
    public static final Patience DEFAULT = new Patience(INTERRUPT_AFTER, ABANDON_AFTER);

    /** Checks that neither is negative. */
    public Patience {
      if (interruptAfter.isNegative() || abandonAfter.isNegative()) {
        throw new IllegalArgumentException("Patience with handlers that are to end cannot be "
            + interruptAfter + " and " + abandonAfter + "; zero or more is possible");
      }
    }
  }

  /**
   * Where handlers work.
   *
   * @param workers on whose threads they are called
   * @param logs where what they log is kept
   * @param tail how much of the end of that stays in memory, in bytes
   */
  public record Workshop(Workers workers, RunLogs logs, int tail) {
    /** Checks the tail. */
    public Workshop {
      if (tail < 0) {
        throw new IllegalArgumentException(
            "The end of a log cannot have " + tail + " bytes; none is 0");
      }
    }

    /** Threads, and nothing that keeps what is logged but the end of it. */
    public static Workshop of(Workers workers) {
      return new Workshop(workers, RunLogs.NONE, RunLog.TAIL_BYTES);
    }

    /** The log of an execution. Its lines bear the wall clock, which, other than that of the coordinator, any thread may read. */
    RunLog log(Loop loop, Assignment what) {
      return new RunLog(loop::wall, tail, logs.open(what));
    }
  }

  /** The last that a handler said of how far it is; all of it zero and empty if it said nothing. */
  public record HowFar(long done, long total, String note) {
    /** Nothing was said. */
    public static final HowFar NOTHING_SAID = new HowFar(0, 0, "");
  }

  /** Who is told, on the loop. All assignments told are the ones that were given to {@link #start}. */
  public interface Listener {
    /** It ended: that is its final outcome. Whether its handler has returned stands in it. */
    void ended(Told.Ended told);

    /**
     * A handler has returned whose outcome was told before, or will never be told from here, because the lease is lost. Who goes on under
     * the same session all the same has to hand the latter back.
     */
    void returned(Told.Returned told);

    /** Its handler has returned, or was never called, and somebody else is to start it. */
    void handedBack(Told.HandedBack told);

    /** A slot became free. Follows each of the others but an outcome without a return. */
    void slotFree();
  }

  /**
   * Nothing runs, and nothing may: first a lease has to begin.
   *
   * @param loop where it lives
   * @param workshop where handlers are called
   * @param handlers what can be called
   * @param patience with handlers that are to end
   * @param slots how many may run at the same time
   * @param clock the clock of the coordinator, as far as it is known here; read on the loop
   * @param listener is told what becomes of executions
   * @param outside those of the application: they are told of calls of handlers, on the threads of these
   */
  public Executions(
      Loop loop,
      Workshop workshop,
      Handlers handlers,
      Patience patience,
      int slots,
      InstantSource clock,
      Listener listener,
      Listeners outside) {
    this.loop = loop;
    this.workshop = workshop;
    this.workers = workshop.workers();
    this.handlers = handlers;
    this.patience = patience;
    this.slots = slots;
    this.clock = clock;
    this.listener = listener;
    this.outside = outside;
    this.fence = Fence.closed(loop);
  }

  /** A session began, whose lease ends then unless it is renewed. What runs since before it stays fenced. */
  public void leaseBegins(long nanos) {
    leaseLapsed();
    fence = new Fence(loop, nanos);
  }

  /** The lease was renewed, and now ends then. One that has lapsed before is not revived: what runs is cancelled. */
  public void leaseUntil(long nanos) {
    if (fence.lapsed()) {
      leaseLapsed();
    } else {
      fence.moveTo(nanos);
    }
  }

  /** The lease is lost: what runs is cancelled, and nothing of it will be told but that it has returned. */
  public void leaseLapsed() {
    fence.close();
    cancelAll(Cancellation.Reason.LEASE_LOST);
  }

  /** Whether something may be started. */
  public boolean hasFreeSlot() {
    return taken.size() < slots;
  }

  /** How many slots are taken, those of handlers that were given up included. */
  public int running() {
    return taken.size();
  }

  /** The tokens of what takes a slot, in the order of their starts. */
  public List<Long> tokens() {
    return List.copyOf(taken.keySet());
  }

  /** The lanes that are taken. */
  public Set<Lane> lanes() {
    return taken.values().stream()
        .map(execution -> execution.assignment().lane())
        .collect(Collectors.toUnmodifiableSet());
  }

  /** How far an execution is; nothing if it does not run. */
  public Optional<HowFar> howFar(long token) {
    return Optional.ofNullable(taken.get(token)).map(Execution::howFar);
  }

  /** Which try of a shard runs here; 0 if it does not. */
  public int attempt(RunId run, int shard) {
    return taken.values().stream()
        .filter(one -> one.isOf(run, shard))
        .mapToInt(one -> one.assignment().attempt())
        .max()
        .orElse(0);
  }

  /** How far the handlers of a run are that are here, in the order of their starts. */
  public List<Reply.Said> said(RunId run, int shard) {
    return taken.values().stream()
        .filter(one -> one.isOf(run, shard))
        .map(one -> new Reply.Said(
            one.assignment().shard(),
            one.assignment().attempt(),
            one.howFar().done(),
            one.howFar().total(),
            one.howFar().note()))
        .toList();
  }

  /** Where the handler of a shard is at this moment; nothing if it has no thread here. */
  public Optional<String> stack(RunId run, int shard) {
    return taken.values().stream()
        .filter(one -> one.isOf(run, shard))
        .map(Execution::stack)
        .filter(stack -> !stack.isEmpty())
        .findFirst();
  }

  /** Where handlers are called, and what they log is kept. */
  public Workshop workshop() {
    return workshop;
  }

  /**
   * Has a handler called, now. Whoever asks has made sure that the lease holds and that nothing of the lane runs. If no such handler is
   * offered here, it is handed back, a little later.
   *
   * @param token the number of the execution: it may be another than that of the assignment
   * @throws IllegalArgumentException if the run has no such shard; nothing has begun
   * @throws IllegalStateException if no slot is free, or if the token is in use
   */
  public void start(Assignment assignment, Job job, long token) {
    String what =
        "Job '" + job.name() + "', run " + assignment.run().id() + ", shard " + assignment.shard();
    if (!hasFreeSlot()) {
      throw new IllegalStateException(
          what + " cannot start: all of the " + slots + " slots are taken");
    }
    if (taken.containsKey(token)) {
      throw new IllegalStateException(
          what + " cannot start: its token " + token + " is that of something that runs");
    }
    Optional<Handler> handler = handlers.find(job.handler());
    if (handler.isEmpty()) {
      var back = new Told.HandedBack(
          assignment,
          "Handler '" + job.handler() + "' is not offered here; offered are "
              + handlers.byName().keySet());
      loop.execute(() -> listener.handedBack(back));
      return;
    }
    var execution = new Execution(this, assignment, job, handler.get(), token, fence);
    taken.put(token, execution);
    execution.begin();
  }

  /**
   * Asks an execution to end. Harmless if it has ended, or was asked before. If its handler was not called yet, the listener is called
   * before this returns.
   */
  public void cancel(long token, Cancellation.Reason reason) {
    Execution execution = taken.get(token);
    if (execution != null) {
      execution.cancel(reason);
    }
  }

  /** Asks all to end. */
  public void cancelAll(Cancellation.Reason reason) {
    tokens().forEach(token -> cancel(token, reason));
  }

  /** Asks what yields to let another instance go on, as soon as it can. Whose handler was not called yet is handed back before this returns. */
  public void yieldAll() {
    List.copyOf(taken.values()).forEach(Execution::yieldToDrain);
  }

  /** It takes no slot any more. */
  void release(Execution execution) {
    taken.remove(execution.token());
  }
}
