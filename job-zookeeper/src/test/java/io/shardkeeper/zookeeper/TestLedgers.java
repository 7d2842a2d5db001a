package io.shardkeeper.zookeeper;

import io.shardkeeper.core.ledger.Ledger;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledThreadPoolExecutor;

/** Ledgers with settings that a test chooses, and the threads that they need. All are closed together. Of one thread. */
final class TestLedgers implements AutoCloseable {
  private final List<ZooKeeperLedger> ledgers = new ArrayList<>();
  private final ExecutorService events =
      Executors.newSingleThreadExecutor(ZooKeeperWorld.daemon("test-events"));
  private final ScheduledThreadPoolExecutor housekeeping =
      new ScheduledThreadPoolExecutor(2, ZooKeeperWorld.daemon("test-housekeeping"));

  /** A ledger, connected or not. */
  ZooKeeperLedger open(ZooKeeperSettings settings) {
    ZooKeeperLedger ledger = ZooKeeperLedger.open(settings, events, housekeeping);
    ledgers.add(ledger);
    return ledger;
  }

  /** A ledger that is connected. */
  ZooKeeperLedger connected(ZooKeeperSettings settings) {
    ZooKeeperLedger ledger = open(settings);
    RealTime.until("a connection with " + settings, () -> ledger.session().isConnected());
    RealTime.await(ledger.barrier()); // what belongs to a new connection is done
    return ledger;
  }

  @Override
  public void close() {
    ledgers.forEach(Ledger::close);
    events.shutdownNow();
    housekeeping.shutdownNow();
  }
}
