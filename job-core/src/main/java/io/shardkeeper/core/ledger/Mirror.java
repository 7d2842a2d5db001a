package io.shardkeeper.core.ledger;

import io.shardkeeper.core.ledger.LedgerException.Kind;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.CompletionException;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A copy of a branch of the ledger that becomes equal to it after each change, whatever was missed in between. It reads what hints name,
 * reads everything where hints may have been lost, and tells apart what was changed and what was deleted and created again.
 *
 * <p>It lives on the executor of its ledger, as everything that a ledger tells: whoever calls it from elsewhere hands the call to that
 * executor. It asks a bounded number of questions at a time.
 */
public final class Mirror implements Subscription {
  /** Questions of a mirror under way, at most. */
  public static final int MOST_QUESTIONS = 500;

  private static final Logger LOG = LoggerFactory.getLogger(Mirror.class);

  private final Ledger ledger;
  private final NodePath root;
  private final Consumer<Change> told;
  private final Map<NodePath, Node> known = new TreeMap<>();

  /** What is still to be read, each once, in the order in which it came into doubt. */
  private final Map<NodePath, Doubt> doubts = new LinkedHashMap<>();

  /** Reads under way because of a hint: an earlier read may already show what the hint was about. */
  private final Map<NodePath, Integer> hintedReads = new HashMap<>();

  /** Reads under way, for whatever reason. */
  private final Map<NodePath, Integer> reads = new HashMap<>();

  private @Nullable Subscription watch;
  private int underWay;

  /** Questions under way about everything below some node. */
  private int sweeps;

  private boolean asking;

  /** The ledger did not answer; it is asked again when it says something. */
  private boolean unanswered;

  private boolean settled;
  private boolean everythingHinted;
  private boolean closed;
  private long surprises;

  /** Something that is different from what was known. */
  public sealed interface Change {
    /** A node is there. */
    record Appeared(NodePath path, Node node) implements Change {}

    /** A node has another content. */
    record Changed(NodePath path, Node before, Node node) implements Change {}

    /** A node is gone. Where another one took its place, that one appears next. */
    record Vanished(NodePath path, Node before) implements Change {}

    /** A node cannot be read, though the ledger answers. It stays as it was known, and is tried again by the next reconciliation. */
    record Unreadable(NodePath path, LedgerException why) implements Change {}

    /** Nothing is in doubt any more. */
    record Settled() implements Change {}
  }

  /**
   * Why a node is to be read.
   *
   * @param deep whether all that is below it is to be read too
   * @param hinted whether the ledger gave a reason; otherwise a difference is a surprise
   */
  private record Doubt(boolean deep, boolean hinted) {
    Doubt and(Doubt other) {
      return new Doubt(deep || other.deep, hinted || other.hinted);
    }
  }

  /** A mirror of a node and all below it. It shows nothing before {@link #start()}. */
  public Mirror(Ledger ledger, NodePath root, Consumer<Change> told) {
    this.ledger = ledger;
    this.root = root;
    this.told = told;
  }

  /** Begins to watch, and to read. */
  public void start() {
    watch = ledger.watch(root, this::hinted);
  }

  /** The nodes as far as they are known. */
  public Map<NodePath, Node> nodes() {
    return Collections.unmodifiableMap(known);
  }

  /** Whether nothing is in doubt: everything has been read, and no hint waits. */
  public boolean isSettled() {
    return settled;
  }

  /**
   * Whether no sibling of a node appears any more that has a smaller name: where names grow, and hints come in the order of what they are about, this needs
   * no pause in what happens.
   */
  public boolean isReadBefore(NodePath path) {
    return sweeps == 0
        && doubts.values().stream().noneMatch(Doubt::deep)
        && doubts.keySet().stream().noneMatch(other -> mayAppearBefore(other, path))
        && reads.keySet().stream().noneMatch(other -> mayAppearBefore(other, path));
  }

  private boolean mayAppearBefore(NodePath other, NodePath path) {
    return isBefore(other, path) && !known.containsKey(other);
  }

  private static boolean isBefore(NodePath one, NodePath other) {
    return one.compareTo(other) < 0 && one.parent().equals(other.parent());
  }

  /**
   * Reads everything again, though no hint said so: against whatever should not happen, and for what happens seldom (a node that could not
   * be read, credentials that were shut out for a while, a ledger that was too busy to be asked). Its owner calls it each minute or so.
   */
  public void reconcile() {
    unanswered = false;
    doubtAll(false);
    ask();
  }

  /** How many differences a reconciliation found of which there was no hint. More than none is a fault of the ledger. */
  public long surprises() {
    return surprises;
  }

  private void hinted(Hint hint) {
    unanswered = false;
    if (hint.below()) {
      everythingHinted = true;
      doubtAll(true);
    } else {
      doubt(hint.path(), new Doubt(false, true));
    }
    ask();
  }

  private void doubtAll(boolean hinted) {
    doubt(root, new Doubt(true, hinted));
    // What is gone is in no list; it is read because it was known.
    known.keySet().forEach(path -> doubt(path, new Doubt(false, hinted)));
  }

  private void doubt(NodePath path, Doubt why) {
    settled = false;
    doubts.merge(path, why, Doubt::and);
  }

  private void ask() {
    if (asking) {
      return; // an answer that came at once: the loop below goes on
    }
    asking = true;
    while (!closed && !unanswered && underWay < MOST_QUESTIONS && !doubts.isEmpty()) {
      Map.Entry<NodePath, Doubt> next = doubts.entrySet().iterator().next();
      NodePath path = next.getKey();
      Doubt why = next.getValue();
      doubts.remove(path);
      underWay++;
      sweeps += why.deep() ? 1 : 0;
      count(reads, path);
      if (why.hinted()) {
        count(hintedReads, path);
      }
      ledger.read(path).whenComplete((node, failure) -> {
        sweeps -= why.deep() ? 1 : 0;
        uncount(reads, path);
        if (why.hinted()) {
          uncount(hintedReads, path);
        }
        if (ended(path, why, failure)) {
          compare(path, why, node);
          ask();
        }
      });
    }
    asking = false;
    settleIfDone();
  }

  private static void count(Map<NodePath, Integer> reads, NodePath path) {
    reads.merge(path, 1, Integer::sum);
  }

  private static void uncount(Map<NodePath, Integer> reads, NodePath path) {
    reads.computeIfPresent(path, (same, count) -> count == 1 ? null : count - 1);
  }

  /** Whether an answer came that can be used. */
  private boolean ended(NodePath path, Doubt why, @Nullable Throwable failure) {
    underWay--;
    if (closed) {
      return false;
    }
    if (failure == null) {
      unanswered = false;
      return true;
    }
    LedgerException refusal = refusal(failure);
    if (refusal.kind() == Kind.UNAVAILABLE || refusal.kind() == Kind.BUSY) {
      // Not asked again now: the next connection begins with a hint that everything may have
      // changed, and where there is room again, there is a hint, too.
      unanswered = true;
      doubt(path, why);
    } else {
      tell(new Change.Unreadable(path, refusal));
      ask();
    }
    return false;
  }

  private static LedgerException refusal(Throwable failure) {
    Throwable cause = failure instanceof CompletionException ? failure.getCause() : failure;
    if (cause instanceof LedgerException refusal) {
      return refusal;
    }
    throw new IllegalStateException("A ledger ends its answers with LedgerException only", cause);
  }

  private void compare(NodePath path, Doubt why, Optional<Node> answer) {
    Node before = known.get(path);
    if (answer.isEmpty()) {
      if (before != null) {
        known.remove(path);
        differs(path, why, new Change.Vanished(path, before));
      }
      return;
    }
    Node node = answer.get();
    known.put(path, node);
    // Told by the creation: one that was deleted and created again has version 0, as it may have
    // had before.
    boolean replaced = before != null && before.creation() != node.creation();
    if (before != null && replaced) {
      differs(path, why, new Change.Vanished(path, before));
    }
    if (before == null || replaced) {
      differs(path, why, new Change.Appeared(path, node));
    } else if (!node.isSameAs(before)) {
      differs(path, why, new Change.Changed(path, before, node));
    }
    if (node.children() > 0 && (why.deep() || before == null || replaced)) {
      list(path, why);
    }
  }

  private void differs(NodePath path, Doubt why, Change change) {
    Doubt since = doubts.get(path);
    boolean hinted =
        why.hinted() || hintedReads.containsKey(path) || (since != null && since.hinted());
    if (!hinted && !everythingHinted) {
      surprises++;
    }
    tell(change);
  }

  private void list(NodePath path, Doubt why) {
    underWay++;
    sweeps++;
    ledger.list(path).whenComplete((names, failure) -> {
      sweeps--;
      if (ended(path, new Doubt(true, why.hinted()), failure)) {
        for (String name : names.orElse(List.of())) {
          doubt(path.child(name), new Doubt(true, why.hinted()));
        }
        ask();
      }
    });
  }

  private void settleIfDone() {
    if (!settled && !closed && underWay == 0 && doubts.isEmpty()) {
      settled = true;
      everythingHinted = false;
      tell(new Change.Settled());
    }
  }

  private void tell(Change change) {
    try {
      told.accept(change);
    } catch (RuntimeException e) {
      LOG.error("A listener failed on {}; the mirror goes on", change, e);
    }
  }

  @Override
  public void close() {
    closed = true;
    if (watch != null) {
      watch.close();
    }
  }
}
