package io.shardkeeper.contract;

import io.shardkeeper.core.ledger.NodePath;

import io.shardkeeper.core.ledger.memory.Tree;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.function.Consumer;

/** One server of a simulated ensemble: the decisions that it has applied, and the clients that are connected to it. */
final class SimulatedServer {
  private final SimulatedWorld world;
  private final Tree tree = new Tree(this::changed);
  private final List<SimulatedConnection> connections = new ArrayList<>();
  private final Deque<Consumer<Tree>> coming = new ArrayDeque<>();
  private final Deque<Runnable> forwarding = new ArrayDeque<>();
  private boolean held;
  private boolean isolated;
  private long isolatedSince;
  private long applied;
  private long lastArrival;

  SimulatedServer(SimulatedWorld world) {
    this.world = world;
  }

  Tree tree() {
    return tree;
  }

  long applied() {
    return applied;
  }

  boolean isHeld() {
    return held;
  }

  /** Whether nobody is connected to it. */
  boolean isIdle() {
    return connections.isEmpty();
  }

  /** Nothing passes between it and the leader, until it is released. */
  void hold(boolean hold) {
    held = hold;
    if (!hold) {
      List<Runnable> kept = List.copyOf(forwarding);
      forwarding.clear();
      kept.forEach(Runnable::run);
      applyWhatCame();
      List.copyOf(connections).forEach(this::answer);
    }
  }

  /** The leader hears nothing of it any more, and it goes on answering from what it has; or that is over. */
  void isolate(boolean now) {
    hold(now);
    isolated = now;
    isolatedSince = world.nanos();
    for (SimulatedConnection connection : List.copyOf(connections)) {
      if (now) {
        world.sessionIsSilent(connection.session, isolatedSince);
      } else if (world.isAlive(connection.session)) {
        world.sessionSpeaks(connection.session, connection);
      } else {
        connection.broken();
      }
    }
  }

  /** When the leader heard last of those who are connected. */
  long lastHeard() {
    return isolated ? isolatedSince : world.nanos();
  }

  /** A decision of the leader, to be applied when it has come. */
  void receive(Consumer<Tree> decision, long lag) {
    lastArrival = Math.max(lastArrival, world.nanos() + lag);
    world.at(lastArrival, () -> {
      coming.add(decision);
      applyWhatCame();
    });
  }

  private void applyWhatCame() {
    while (!held && !coming.isEmpty()) {
      apply(coming.remove());
    }
  }

  void apply(Consumer<Tree> decision) {
    applied++;
    decision.accept(tree);
    List.copyOf(connections).forEach(this::answer);
  }

  private void changed(NodePath path) {
    for (SimulatedConnection connection : connections) {
      if (connection.watches(path)) {
        connection.down(() -> connection.client.changed(path));
      }
    }
  }

  void accept(SimulatedConnection connection) {
    connections.add(connection);
  }

  void forget(SimulatedConnection connection) {
    connections.remove(connection);
  }

  void breakAll() {
    List.copyOf(connections).forEach(SimulatedConnection::broken);
  }

  /** A request has come. */
  void arrive(SimulatedConnection connection, SimulatedRequest<?> request) {
    connection.requests.add(request);
    switch (request.kind) {
      case QUESTION -> request.needs(0);
      case BARRIER -> toLeader(() -> request.needs(world.decisions()));
      case WRITE -> toLeader(() -> world.decide(connection.session, request));
    }
    answer(connection);
  }

  private void toLeader(Runnable message) {
    if (held) {
      forwarding.add(message);
    } else {
      message.run();
    }
  }

  /** Answers what can be answered, in the order in which it was asked. */
  void answer(SimulatedConnection connection) {
    while (connection.isOpen()
        && !connection.requests.isEmpty()
        && connection.requests.element().canBeAnsweredAfter(applied)) {
      SimulatedRequest<?> request = connection.requests.remove();
      if (request.kind != SimulatedRequest.Kind.WRITE) {
        request.doOn(tree, world.clock().instant());
      }
      connection.down(() -> connection.client.answered(request));
    }
  }
}
