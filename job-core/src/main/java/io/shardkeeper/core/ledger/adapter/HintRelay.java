package io.shardkeeper.core.ledger.adapter;

import io.shardkeeper.core.ledger.Hint;
import io.shardkeeper.core.ledger.NodePath;
import io.shardkeeper.core.ledger.Subscription;
import java.util.HashSet;
import java.util.Set;
import java.util.function.Consumer;

/**
 * Passes the hints of one watch on, through a mailbox. A node that changes again before its hint was passed on gets no second one, and
 * where too many wait, one hint stands for all: so a slow listener costs little memory. Each has its own place in the mailbox: whoever has several
 * watches hears of a definition before the request that came behind it. Threads share it; its own lock is held for memory only.
 */
public final class HintRelay implements Subscription {
  /** Hints that wait, at most; beyond them, "everything may have changed". */
  public static final int MOST_WAITING = 10_000;

  private final NodePath root;
  private final Consumer<Hint> told;
  private final Mailbox mailbox;
  private final Consumer<HintRelay> onClose;

  private final Object lock = new Object();
  private final Set<NodePath> waiting = new HashSet<>();
  private boolean everything;
  private boolean closed;

  public HintRelay(
      NodePath root, Consumer<Hint> told, Mailbox mailbox, Consumer<HintRelay> onClose) {
    this.root = root;
    this.told = told;
    this.mailbox = mailbox;
    this.onClose = onClose;
  }

  /** The node whose changes, and those below it, this passes on. */
  public NodePath root() {
    return root;
  }

  /** A node may have changed; if it is not below the root of this watch, nothing happens. {@link Mailbox#wake} follows. */
  public void changed(NodePath path) {
    if (path.isWithin(root)) {
      offer(path, false);
    }
  }

  /** Everything may have changed. {@link Mailbox#wake} follows. */
  public void everythingChanged() {
    offer(root, true);
  }

  private void offer(NodePath path, boolean all) {
    synchronized (lock) {
      if (closed || everything) {
        return;
      }
      if (all || waiting.size() == MOST_WAITING) {
        everything = true;
        waiting.clear();
        mailbox.put(this::passOnEverything);
      } else if (waiting.add(path)) {
        mailbox.put(() -> passOn(path));
      }
    }
  }

  /** At the first of the places of what it stands for: not behind what comes behind that. */
  private void passOnEverything() {
    synchronized (lock) {
      if (closed || !everything) {
        return;
      }
      everything = false;
    }
    told.accept(new Hint(root, true));
  }

  private void passOn(NodePath path) {
    boolean waits;
    synchronized (lock) {
      waits = waiting.remove(path);
    }
    if (waits) {
      told.accept(new Hint(path, false));
    } else {
      passOnEverything();
    }
  }

  private boolean isClosed() {
    synchronized (lock) {
      return closed;
    }
  }

  /** Passes nothing on any more, not even what waits. */
  public void mute() {
    synchronized (lock) {
      closed = true;
      waiting.clear();
    }
  }

  @Override
  public void close() {
    if (!isClosed()) {
      mute();
      onClose.accept(this);
    }
  }
}
