package io.shardkeeper.core.execution;

import static io.shardkeeper.handler.Cancellation.Reason.DRAINING;
import static io.shardkeeper.handler.Cancellation.Reason.LEASE_LOST;

import io.shardkeeper.core.layout.Assignment;
import io.shardkeeper.core.layout.RunId;
import io.shardkeeper.core.ledger.Subscription;
import io.shardkeeper.core.loop.Workers;
import io.shardkeeper.core.mail.Told;
import io.shardkeeper.handler.Cancellation;
import io.shardkeeper.handler.Handler;
import io.shardkeeper.handler.JobHandler;
import io.shardkeeper.handler.Result;
import io.shardkeeper.handler.ShardingJobHandler;
import io.shardkeeper.job.Job;
import io.shardkeeper.listener.ExecutionEnd;
import io.shardkeeper.listener.ExecutionView;
import io.shardkeeper.run.Outcome;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.MDC;

/**
 * One try of one shard here. It lives on the loop, but for {@link #work}, which is run by a thread of the workers and shares with the
 * loop only the call, the log and what the context holds.
 *
 * <pre>
 *   waiting ──► called                                  the thread moves it
 *      └──────► revoked                                 the loop moves it: it was cancelled so early that the handler is never called
 *
 *   running ───────────────────► over                   the loop moves it, and tells; asked to yield, it is still running
 *      └──► cancelled ─────────► over
 *               └──► given up ─► over                   the outcome is told when it is given up, the return when it is over
 * </pre>
 */
final class Execution {
  private static final Logger LOG = LoggerFactory.getLogger(Execution.class);

  private static final String NOT_CALLED = "It was cancelled before its handler was called";

  private static final String YIELDED = "The instance is leaving, and another one can go on";

  /** Whether the handler is called: decided by whoever is first. */
  private enum Call {
    WAITING,
    CALLED,
    REVOKED
  }

  /** What the handler made of it. */
  private record End(Outcome outcome, String text, Duration retryAfter) {
    private End(Outcome outcome, String text) {
      this(outcome, text, Duration.ZERO);
    }
  }

  private final AtomicReference<Call> call = new AtomicReference<>(Call.WAITING);
  private final List<Subscription> timers = new ArrayList<>();
  private final Executions owner;
  private final Assignment assignment;
  private final Job job;
  private final Handler handler;
  private final long token;
  private final Fence fence;
  private final EndRequest request;
  private final RunLog log;
  private final ExecutionContext context;
  private final Instant started;
  private Workers.@Nullable Work work;
  private boolean cancelled;
  private volatile boolean unfinished;
  private volatile boolean neverCalled;
  private boolean outcomeTold;
  private boolean over;

  Execution(
      Executions owner, Assignment assignment, Job job, Handler handler, long token, Fence fence) {
    this.owner = owner;
    this.assignment = assignment;
    this.job = job;
    this.handler = handler;
    this.token = token;
    this.fence = fence;
    this.request = new EndRequest(fence, this::fencedByItself);
    this.log = owner.workshop.log(owner.loop, assignment);
    this.context = new ExecutionContext(assignment, job, token, request, log);
    this.started = owner.clock.instant();
  }

  Assignment assignment() {
    return assignment;
  }

  long token() {
    return token;
  }

  Executions.HowFar howFar() {
    return context.howFar();
  }

  /** Whether it is of a run, and of one of its shards; -1 stands for any. */
  boolean isOf(RunId run, int shard) {
    return assignment.run().id().equals(run) && (shard < 0 || assignment.shard() == shard);
  }

  /** Where its handler is. */
  String stack() {
    return work == null ? "" : SafeText.cut(work.stack(), Executions.STACK_BYTES);
  }

  private String name() {
    return assignment.run().id().text() + "/" + assignment.shard();
  }

  /** Has the handler called. */
  void begin() {
    if (!job.timeout().isZero()) {
      after(job.timeout(), () -> cancel(Cancellation.Reason.TIMED_OUT));
    }
    work = owner.workers.start(name(), this::work);
  }

  /** Has it end. Only the first reason counts, and none if its outcome is told. */
  void cancel(Cancellation.Reason reason) {
    if (over || cancelled) {
      return;
    }
    // Refused if the handler has found the lease lapsed before: then that is the reason, and its
    // end begins here all the same.
    request.request(reason);
    cancelled = true;
    if (call.compareAndSet(Call.WAITING, Call.REVOKED)) {
      log.close();
      over(this::tellRevoked);
      return;
    }
    Duration interruptAfter = owner.patience.interruptAfter();
    after(interruptAfter, this::interrupt);
    after(interruptAfter.plus(owner.patience.abandonAfter()), this::giveUp);
    runActions();
  }

  /** Asks it to let another instance go on, if it yields and another one may. Harmless if it has ended, or is to end. */
  void yieldToDrain() {
    boolean elsewhere = !job.atMostOnce() && !assignment.run().traits().bound();
    if (over || !elsewhere || !yields() || !request.requestYield()) {
      return;
    }
    if (call.compareAndSet(Call.WAITING, Call.REVOKED)) {
      log.close();
      over(this::tellRevoked);
      return;
    }
    runActions();
  }

  /** A stranger's word, asked for on the loop: what it throws must not keep the instance from leaving. */
  private boolean yields() {
    try {
      return handler.yieldsToDrain();
    } catch (RuntimeException e) {
      LOG.error("Handler '{}' cannot say whether it yields; it has the grace", job.handler(), e);
      return false;
    }
  }

  private void runActions() {
    List<Runnable> actions = request.takeActions();
    if (!actions.isEmpty()) {
      Workers.Work hook =
          owner.workers.start(name() + " is to end", () -> actions.forEach(EndRequest::run));
      // Outlives the execution: an action that blocks must not keep a thread for good.
      Duration patience = owner.patience.interruptAfter().plus(owner.patience.abandonAfter());
      owner.loop.at(owner.loop.nanos() + patience.toNanos(), hook::interrupt);
    }
  }

  private void interrupt() {
    if (work != null) {
      work.interrupt();
    }
  }

  /** The handler does not return, and nobody waits for it any longer; its slot and its lane stay taken. */
  private void giveUp() {
    LOG.warn(
        "Job '{}', run {}, shard {}: the handler has not returned {} after it was cancelled ({}) and interrupted. Its slot stays taken until it does",
        job.name(),
        assignment.run().id(),
        assignment.shard(),
        owner.patience.abandonAfter(),
        request.requested());
    Cancellation.Reason reason = request.requested();
    if (reason == null || isFenced() || (reason == DRAINING && !job.atMostOnce())) {
      return; // No outcome: whoever gets the shard next waits for its return, or for the end of the
      // session.
    }
    outcomeTold = true;
    owner.listener.ended(ended(new End(outcome(reason), why(reason)), started, false));
  }

  /** What runs on a thread of the workers. */
  private void work() {
    if (!call.compareAndSet(Call.WAITING, Call.CALLED)) {
      return;
    }
    End end = callHandler();
    try {
      owner.loop.execute(() -> returned(end));
    } catch (RejectedExecutionException e) {
      LOG.debug("The engine has ended; the end of {} is told to nobody", name());
    }
  }

  private End callHandler() {
    try {
      log.begin();
      MDC.put("job", job.name());
      MDC.put("run", assignment.run().id().text());
      MDC.put("shard", String.valueOf(assignment.shard()));
      MDC.put("attempt", String.valueOf(assignment.attempt()));
      if (context.cancellation().isRequested()) {
        return notCalled();
      }
      return owner.outside.isEmpty() ? end(handle()) : callBetweenListeners();
    } catch (Throwable e) {
      return threw(e);
    } finally {
      MDC.clear(); // what the handler left there, too: the thread goes on to somebody else's work
      log.end();
    }
  }

  private End callBetweenListeners() {
    ExecutionView view = context.view(job.handler());
    owner.outside.tellBegin("executionBegins", listener -> listener.executionBegins(view));
    End end;
    try {
      // They may take long; and an interrupt that was meant for the handler may have met them.
      boolean tooLate = context.cancellation().isRequested();
      end = tooLate ? notCalled() : end(handle());
    } catch (Throwable e) {
      end = threw(e);
    }
    Cancellation.Reason reason = request.isYielding() && !unfinished ? null : request.requested();
    var told = new ExecutionEnd(reason == null ? end.outcome() : outcome(reason), end.text());
    owner.outside.tellEnd("executionEnded", listener -> listener.executionEnded(view, told));
    return end;
  }

  /** Errors too: the handler is a stranger's, and its end has to be told whatever it was. */
  private End threw(Throwable what) {
    unfinished = what instanceof CancellationException;
    return new End(Outcome.FAILED, SafeText.of(what, Executions.FAILURE_BYTES));
  }

  private End notCalled() {
    neverCalled = true;
    unfinished = true;
    return new End(Outcome.FAILED, NOT_CALLED);
  }

  private @Nullable Result handle() throws Exception {
    if (handler instanceof JobHandler plain) {
      return plain.handle(context);
    }
    return ((ShardingJobHandler) handler).handle(context);
  }

  private End end(@Nullable Result result) {
    if (result instanceof Result.Ok ok) {
      return new End(Outcome.SUCCEEDED, ok.text());
    }
    if (result instanceof Result.Failed failed) {
      return new End(Outcome.FAILED, failed.reason(), failed.retryAfter());
    }
    return new End(
        Outcome.FAILED,
        "Handler '" + job.handler()
            + "' returned null; it should return Result.ok(...) or Result.failed(...)");
  }

  /** Runs on the thread that found the lease lapsed. */
  private void fencedByItself() {
    try {
      owner.loop.execute(() -> cancel(LEASE_LOST));
    } catch (RejectedExecutionException e) {
      LOG.debug("The engine has ended; {} is cancelled all the same", name());
    }
  }

  /** The handler has returned, or thrown. */
  private void returned(End end) {
    over(() -> {
      Instant now = owner.clock.instant();
      Cancellation.Reason reason = request.requested();
      if (outcomeTold || isFenced()) {
        owner.listener.returned(new Told.Returned(assignment, now, !neverCalled));
      } else if (reason == null || (request.isYielding() && !unfinished)) {
        owner.listener.ended(ended(end, started, true));
      } else if (request.isYielding()) {
        owner.listener.handedBack(new Told.HandedBack(assignment.moved(), YIELDED));
      } else if (reason == DRAINING && !job.atMostOnce()) {
        owner.listener.handedBack(new Told.HandedBack(assignment.afterDeath(), why(reason)));
      } else {
        String last = (end.outcome() == Outcome.SUCCEEDED ? "returned" : "failed")
            + (end.text().isEmpty() ? "" : ": " + end.text());
        String text = why(reason) + ". Then its handler " + last;
        owner.listener.ended(ended(
            new End(outcome(reason), SafeText.cut(text, Executions.FAILURE_BYTES)), started, true));
      }
    });
  }

  /** The handler was not called, and will not be. */
  private void tellRevoked() {
    Cancellation.Reason reason = request.requested();
    if (reason == null || isFenced()) {
      owner.listener.returned(new Told.Returned(assignment, owner.clock.instant(), false));
    } else if (reason == DRAINING) {
      String why = request.isYielding() ? YIELDED : why(reason);
      owner.listener.handedBack(new Told.HandedBack(assignment, why));
    } else {
      owner.listener.ended(ended(new End(outcome(reason), why(reason)), assignment.due(), true));
    }
  }

  /** Whether nothing may be told in the name of the session in which it began. */
  private boolean isFenced() {
    return request.requested() == LEASE_LOST || fence.lapsed();
  }

  /** In whole milliseconds: nobody's clock is better, and what is told of a million runs stays short. */
  private Told.Ended ended(End end, Instant since, boolean returned) {
    return new Told.Ended(
        assignment,
        end.outcome(),
        end.text(),
        log.tail(),
        since.truncatedTo(ChronoUnit.MILLIS),
        owner.clock.instant().truncatedTo(ChronoUnit.MILLIS),
        returned,
        end.retryAfter());
  }

  private static Outcome outcome(Cancellation.Reason reason) {
    return switch (reason) {
      case KILLED -> Outcome.KILLED;
      case TIMED_OUT -> Outcome.TIMED_OUT;
      case COVERED -> Outcome.COVERED;
      case LEASE_LOST, DRAINING -> Outcome.LOST;
    };
  }

  private String why(Cancellation.Reason reason) {
    return switch (reason) {
      case KILLED -> "Somebody ended it";
      case TIMED_OUT -> "It took longer than the " + job.timeout() + " that its job allows";
      case COVERED -> "A later run took its place";
      case LEASE_LOST -> "The instance may have lost its session";
      case DRAINING -> "The instance is leaving, and could not wait any longer";
    };
  }

  private void after(Duration wait, Runnable what) {
    timers.add(owner.loop.at(owner.loop.nanos() + wait.toNanos(), what));
  }

  /** Frees the slot, and tells what is to be told. */
  private void over(Runnable telling) {
    over = true;
    timers.forEach(Subscription::close);
    owner.release(this);
    try {
      telling.run();
    } finally {
      owner.listener.slotFree();
    }
  }
}
