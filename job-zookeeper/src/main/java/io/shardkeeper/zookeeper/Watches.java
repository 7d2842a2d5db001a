package io.shardkeeper.zookeeper;

import io.shardkeeper.core.ledger.NodePath;
import io.shardkeeper.core.ledger.adapter.HintRelay;
import io.shardkeeper.core.ledger.adapter.Mailbox;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.Collectors;
import org.apache.zookeeper.AddWatchMode;
import org.apache.zookeeper.KeeperException.Code;
import org.apache.zookeeper.WatchedEvent;
import org.apache.zookeeper.Watcher;
import org.apache.zookeeper.Watcher.Event.EventType;
import org.apache.zookeeper.Watcher.WatcherType;
import org.apache.zookeeper.ZooKeeper;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The watches of a ledger. One of ZooKeeper's persistent recursive watches stands for all of ours on a node. Those tell nothing of what
 * happened while there was no connection; so after each connection they are placed once more, and only then everything may have changed:
 * what happens afterwards is told.
 */
final class Watches {
  private static final Logger LOG = LoggerFactory.getLogger(Watches.class);
  private static final Duration PAUSE = Duration.ofSeconds(1);

  private final ZooKeeperSettings settings;
  private final Connection connection;
  private final Mailbox mailbox;
  private final List<HintRelay> relays = new CopyOnWriteArrayList<>();

  /** Keeps the placing and the taking away of one watch apart; held for memory, and while a request is queued. */
  private final Object lock = new Object();

  /** One object: ZooKeeper tells watchers apart by identity, and would call each new one once more. */
  private final Watcher watcher = this::changed;

  Watches(ZooKeeperSettings settings, Connection connection, Mailbox mailbox) {
    this.settings = settings;
    this.connection = connection;
    this.mailbox = mailbox;
  }

  void add(HintRelay relay) {
    synchronized (lock) {
      relays.add(relay);
      ZooKeeper present = connection.connected();
      if (present != null) {
        place(present, relay.root());
      }
    }
  }

  void remove(HintRelay relay) {
    synchronized (lock) {
      relays.remove(relay);
      ZooKeeper present = connection.connected();
      boolean last = relays.stream().noneMatch(other -> other.root().equals(relay.root()));
      if (present != null && last) {
        present.removeAllWatches(
            settings.full(relay.root()),
            WatcherType.PersistentRecursive,
            true,
            (rc, path, context) -> {
              // If the connection broke, the server has forgotten it anyway.
            },
            null);
      }
    }
  }

  /** There is a connection again. */
  void placeAll(ZooKeeper present) {
    synchronized (lock) {
      Set<NodePath> roots = relays.stream().map(HintRelay::root).collect(Collectors.toSet());
      roots.forEach(root -> place(present, root));
    }
  }

  private void place(ZooKeeper present, NodePath root) {
    present.addWatch(
        settings.full(root),
        watcher,
        AddWatchMode.PERSISTENT_RECURSIVE,
        (rc, path, context) -> placed(present, root, rc),
        null);
  }

  private void placed(ZooKeeper present, NodePath root, int rc) {
    if (rc == Code.OK.intValue()) {
      relays.stream()
          .filter(relay -> relay.root().equals(root))
          .forEach(HintRelay::everythingChanged);
      mailbox.wake();
    } else if (connection.isConnected(present) && !Codes.isLost(rc)) {
      LOG.warn(
          "{}: watching {} failed ({}); trying again in {}", settings, root, Code.get(rc), PAUSE);
      connection.later(PAUSE, () -> place(present, root));
    }
  }

  /** Runs on ZooKeeper's event thread. */
  private void changed(WatchedEvent event) {
    if (event.getType() == EventType.None || event.getPath() == null) {
      return; // of the connection, which tells it itself
    }
    settings.within(event.getPath()).ifPresent(path -> {
      relays.forEach(relay -> relay.changed(path));
      mailbox.wake();
    });
  }

  /** There is room for questions again. */
  void askAgain() {
    relays.forEach(relay -> relay.changed(relay.root()));
    mailbox.wake();
  }

  void close() {
    relays.forEach(HintRelay::mute);
    relays.clear();
  }
}
