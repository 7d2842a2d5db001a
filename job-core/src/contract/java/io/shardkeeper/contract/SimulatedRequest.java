package io.shardkeeper.contract;

import io.shardkeeper.core.ledger.LedgerException;

import io.shardkeeper.core.ledger.memory.Tree;
import java.time.Instant;
import java.util.function.BiFunction;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** One thing that a simulated client asks, on its way to a server and back. */
final class SimulatedRequest<T> {
  /** What has to happen before it can be answered. */
  enum Kind {
    /** Nothing: it is answered from what the server has applied, after all that came before on the connection. */
    QUESTION,
    /** The leader has to be asked how far it is, and the server to be as far. */
    BARRIER,
    /** The leader has to decide, and the server to apply that. */
    WRITE
  }

  private static final long NOT_KNOWN = Long.MAX_VALUE;

  final Kind kind;
  private final BiFunction<Tree, Instant, T> work;
  private final Consumer<T> answered;
  private final Consumer<@Nullable LedgerException> unanswered;
  private long needs = NOT_KNOWN;
  private @Nullable Runnable answer;

  /**
   * A request.
   *
   * @param work what is asked of a tree, or done to it
   * @param unanswered told that there will be no answer, with a reason if the server gave one
   */
  SimulatedRequest(
      Kind kind,
      BiFunction<Tree, Instant, T> work,
      Consumer<T> answered,
      Consumer<@Nullable LedgerException> unanswered) {
    this.kind = kind;
    this.work = work;
    this.answered = answered;
    this.unanswered = unanswered;
  }

  /** A server that has applied so many decisions may answer. */
  void needs(long decisions) {
    needs = decisions;
  }

  boolean canBeAnsweredAfter(long decisions) {
    return needs <= decisions;
  }

  /** Asks or does it. The answer is that of the tree that was asked first: for a write, the leader's. */
  void doOn(Tree tree, Instant at) {
    Runnable result = attempt(tree, at);
    if (answer == null) {
      answer = result;
    }
  }

  private Runnable attempt(Tree tree, Instant at) {
    try {
      T result = work.apply(tree, at);
      return () -> answered.accept(result);
    } catch (LedgerException e) {
      return () -> unanswered.accept(e);
    }
  }

  /** Tells why there will be no answer. */
  void refuse(LedgerException reason) {
    unanswered.accept(reason);
  }

  /** Tells the answer, or that there is none. */
  void tell(boolean arrived) {
    if (arrived && answer != null) {
      answer.run();
    } else {
      unanswered.accept(null);
    }
  }
}
