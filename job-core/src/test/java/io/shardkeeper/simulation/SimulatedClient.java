package io.shardkeeper.simulation;

import io.shardkeeper.client.JobClient;
import io.shardkeeper.contract.NewerBuild;
import io.shardkeeper.contract.SimulatedWorld;
import io.shardkeeper.core.client.LedgerClient;
import io.shardkeeper.core.ledger.Ledger;
import io.shardkeeper.core.ledger.Subscription;
import io.shardkeeper.core.loop.Loop;
import java.time.Instant;

/** Somebody who asks a simulated fleet for something, and has good luck himself. */
final class SimulatedClient implements Loop {
  final Ledger ledger;
  final JobClient jobs;

  private final SimulatedWorld world;
  private long lastTask;

  SimulatedClient(SimulatedFleet fleet) {
    this(fleet, false);
  }

  /** Somebody who may be of the build that comes after this one. */
  SimulatedClient(SimulatedFleet fleet, boolean newer) {
    this.world = fleet.world();
    this.ledger = world.open(this);
    this.jobs = new LedgerClient(
        newer ? new NewerBuild(ledger) : ledger,
        this,
        "ann",
        () -> "c-" + fleet.number(),
        fleet.calendars(),
        fleet.routers());
  }

  @Override
  public long nanos() {
    return world.nanos();
  }

  @Override
  public Instant wall() {
    return world.clock().instant();
  }

  @Override
  public void execute(Runnable task) {
    lastTask = Math.max(lastTask, world.nanos() + 1_000);
    world.at(lastTask, task);
  }

  @Override
  public Subscription at(long nanos, Runnable what) {
    boolean[] closed = {false};
    world.at(Math.max(nanos, world.nanos() + 1_000), () -> {
      if (!closed[0]) {
        what.run();
      }
    });
    return () -> closed[0] = true;
  }
}
