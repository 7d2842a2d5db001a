package io.shardkeeper.contract;

import io.shardkeeper.core.ledger.NodePath;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.LinkedHashSet;
import java.util.Set;

/**
 * A connection of a simulated client with a simulated server, for one session. What is said on it arrives in its order, later, or not at
 * all once it broke.
 */
final class SimulatedConnection {
  final SimulatedLedger client;
  final SimulatedServer server;
  final long session;

  /** At the server: what is not answered yet, and what is watched. */
  final Deque<SimulatedRequest<?>> requests = new ArrayDeque<>();

  final Set<NodePath> watches = new LinkedHashSet<>();

  private final SimulatedWorld world;
  private final Deque<Runnable> heldUp = new ArrayDeque<>();
  private final Deque<Runnable> heldDown = new ArrayDeque<>();
  private boolean open = true;
  private boolean stalled;
  private boolean answersHeld;
  private long silentSince;
  private long lastUp;
  private long lastDown;

  SimulatedConnection(
      SimulatedWorld world, SimulatedLedger client, SimulatedServer server, long session) {
    this.world = world;
    this.client = client;
    this.server = server;
    this.session = session;
  }

  boolean isOpen() {
    return open;
  }

  /** Whether its client is to hear of a change of a node. */
  boolean watches(NodePath path) {
    for (NodePath root : watches) {
      if (path.isWithin(root)) {
        return true;
      }
    }
    return false;
  }

  /** When the server heard of the client last. */
  long lastHeard() {
    return stalled ? Math.min(silentSince, server.lastHeard()) : server.lastHeard();
  }

  /** From the client to the server. */
  void up(Runnable arrival) {
    lastUp = Math.max(lastUp, world.nanos() + world.latency());
    world.at(lastUp, () -> {
      if (stalled) {
        heldUp.add(arrival);
      } else if (open) {
        arrival.run();
      }
    });
  }

  /** From the server to the client. */
  void down(Runnable arrival) {
    long seen = server.applied();
    lastDown = Math.max(lastDown, world.nanos() + world.latency());
    world.at(lastDown, () -> {
      Runnable delivery = () -> {
        client.sees(seen);
        arrival.run();
      };
      if (open && (stalled || answersHeld)) {
        heldDown.add(delivery);
      } else if (open) {
        delivery.run();
      }
    });
  }

  void holdAnswers(boolean hold) {
    answersHeld = hold;
    deliver(heldDown);
  }

  void stall(boolean stall) {
    if (stall && !stalled) {
      silentSince = world.nanos();
      // A client gives a silent server up after two thirds of the session timeout.
      world.after(SimulatedWorld.TIMEOUT.toNanos() * 2 / 3, () -> {
        if (stalled && open) {
          broken();
        }
      });
    }
    stalled = stall;
    deliver(heldUp);
    deliver(heldDown);
  }

  private void deliver(Deque<Runnable> held) {
    boolean through = !stalled && (held == heldUp || !answersHeld);
    while (open && through && !held.isEmpty()) {
      held.remove().run();
    }
  }

  /** The client hangs up: what it said before still arrives. */
  void closeBehindWhatWasSaid() {
    up(this::broken);
  }

  /** It is no more, and both ends notice. */
  void broken() {
    if (open) {
      open = false;
      server.forget(this);
      world.sessionIsSilent(session, lastHeard());
      client.disconnected(this);
    }
  }
}
