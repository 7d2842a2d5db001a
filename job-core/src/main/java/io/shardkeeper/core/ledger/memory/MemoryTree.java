package io.shardkeeper.core.ledger.memory;

import io.shardkeeper.core.ledger.Ledger;
import io.shardkeeper.core.ledger.NodePath;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.function.Function;

/**
 * A tree in this process, for as many clients as open it. Threads may share it. One lock covers the tree and all its clients; it is held
 * for memory only, and nothing of a listener runs under it.
 */
public final class MemoryTree {
  private final InstantSource clock;
  private final Object lock = new Object();
  private final List<MemoryLedger> clients = new ArrayList<>();
  private final Tree tree = new Tree(this::changed);
  private long sessions;

  /** An empty tree, whose time is that of a clock. */
  public MemoryTree(InstantSource clock) {
    this.clock = clock;
  }

  /** A client with a session of its own, which is told everything by an executor. */
  public Ledger open(Executor events) {
    synchronized (lock) {
      var client = new MemoryLedger(this, events, newSession());
      clients.add(client);
      return client;
    }
  }

  /** Takes away the containers that had nodes below them and have none any more. */
  public void reapContainers() {
    use(present -> {
      present.reapContainers();
      return true;
    });
  }

  /** Does something under the lock, and tells the clients afterwards. */
  <T> T use(Function<Tree, T> work) {
    List<MemoryLedger> told;
    T result;
    synchronized (lock) {
      result = work.apply(tree);
      told = List.copyOf(clients);
    }
    told.forEach(MemoryLedger::wake);
    return result;
  }

  InstantSource clock() {
    return clock;
  }

  /** The id of a session that never was. Called under the lock. */
  long newSession() {
    return ++sessions;
  }

  /** Called under the lock. */
  void forget(MemoryLedger client) {
    clients.remove(client);
  }

  /** Called by the tree, under the lock. */
  private void changed(NodePath path) {
    clients.forEach(client -> client.changed(path));
  }
}
