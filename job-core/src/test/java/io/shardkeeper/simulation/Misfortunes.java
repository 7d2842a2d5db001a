package io.shardkeeper.simulation;

import io.shardkeeper.contract.SimulatedWorld;
import java.time.Duration;
import java.util.List;

/**
 * The bad luck of a play, as far as it is not in the weather: what befalls processes, their connections, sessions, clocks and servers. Most
 * of it strikes at any time; some has a sense for the moment, and strikes behind a decision, behind a claim, or at work that is poison.
 *
 * <p>Each misfortune draws for itself whether and how it strikes, after it has seen that the premise allows it.
 */
final class Misfortunes {
  /** When a play has had so many processes, nobody dies of poison any more: it would take for ever. */
  private static final int MOST_PROCESSES = 60;

  /** How long after a claim one looks whether the loading is done. */
  private static final long SOON = 200_000;

  private final Stage stage;
  private final Cast cast;
  private final Premise premise;
  private final SimulatedFleet fleet;
  private final SimulatedWorld world;

  Misfortunes(Stage stage, Cast cast) {
    this.stage = stage;
    this.cast = cast;
    this.premise = stage.premise;
    this.fleet = stage.fleet;
    this.world = stage.world();
  }

  /** One of them, to one of those who live; if nobody does, somebody joins. */
  void strike() {
    List<SimulatedNode> living = fleet.living();
    if (living.isEmpty()) {
      cast.join();
      return;
    }
    SimulatedNode node = living.get(stage.random.nextInt(living.size()));
    switch (stage.random.nextInt(12)) {
      case 0 -> crash(node);
      case 1 -> freeze(node);
      case 2 -> cut(node);
      case 3 -> expire(node);
      case 4 -> join();
      case 5 -> silence(node);
      case 6 -> leave(node);
      case 7 -> setClock(node);
      case 8 -> blackout();
      case 9 -> latchErrs(node);
      default -> split(node); // the two that are left
    }
  }

  /** From here on all is well: whoever lives is connected and goes on, and somebody is there. */
  void end() {
    stage.heal();
    world.calmDown();
    fleet.living().forEach(node -> fleet.latchErrs(node, false));
    for (SimulatedNode node : fleet.living()) {
      thaw(node);
      world.unstall(node.ledger);
      world.heal(node.ledger);
    }
    if (cast.staying().isEmpty()) {
      cast.join();
    }
  }

  // ------------------------------------------------------------------ at any time

  private void crash(SimulatedNode node) {
    if (!premise.crashes()) {
      return;
    }
    boolean last = fleet.living().size() == 1;
    stage.note("crash of " + node);
    node.crash();
    if (last || stage.random.nextInt(3) > 0) {
      world.after(stage.upTo(10_000), () -> {
        if (!stage.isHealed()) {
          cast.join();
        }
      });
    }
  }

  private void freeze(SimulatedNode node) {
    if (premise.freezes() && !node.isFrozen() && node.ledger.session().isConnected()) {
      long span = stage.upTo(stage.random.nextBoolean() ? 1_000 : 9_000);
      stage.note("freeze of " + node + " for " + millis(span));
      node.freeze();
      world.stall(node.ledger);
      world.after(span, () -> thaw(node));
    }
  }

  private void thaw(SimulatedNode node) {
    if (!node.isDead() && node.isFrozen()) {
      world.unstall(node.ledger);
      node.thaw();
    }
  }

  private void cut(SimulatedNode node) {
    if (premise.cuts()) {
      long span = stage.upTo(stage.random.nextBoolean() ? 500 : 9_000);
      stage.note("cut of " + node + " for " + millis(span));
      cut(node, span);
    }
  }

  private void cut(SimulatedNode node, long span) {
    world.cut(node.ledger);
    world.after(span, () -> {
      if (!node.isDead()) {
        world.heal(node.ledger);
      }
    });
  }

  private void expire(SimulatedNode node) {
    if (premise.expiries()) {
      stage.note("expiry of " + node);
      fleet.checker().expired(node);
      world.expire(node.ledger);
    }
  }

  private void join() {
    if (cast.hasRoom()) {
      stage.note("join");
      cast.join();
    }
  }

  private void silence(SimulatedNode node) {
    if (premise.silences() && !node.isFrozen() && node.ledger.session().isConnected()) {
      long span = stage.upTo(9_000);
      stage.note("silence for " + node + " for " + millis(span));
      world.stall(node.ledger);
      world.after(span, () -> {
        if (!node.isDead() && !node.isFrozen()) {
          world.unstall(node.ledger);
        }
      });
    }
  }

  private void leave(SimulatedNode node) {
    if (premise.leaves() && fleet.living().size() > 1 && !node.isFrozen()) {
      cast.leave(node);
    }
  }

  private void setClock(SimulatedNode node) {
    if (premise.skews()) {
      stage.note("clock of " + node + " is set");
      node.setClock(stage.skew());
    }
  }

  private void blackout() {
    if (premise.blackouts() && stage.random.nextInt(3) == 0) {
      long span = stage.upTo(40_000);
      stage.note("blackout for " + millis(span));
      fleet.living().forEach(node -> cut(node, span));
    }
  }

  private void latchErrs(SimulatedNode node) {
    if (premise.errors()) {
      stage.note("the latch errs about " + node);
      fleet.latchErrs(node, true);
      world.after(stage.upTo(5_000), () -> fleet.latchErrs(node, false));
    }
  }

  /** A server that hears no more of its leader notices after some ticks. */
  private void split(SimulatedNode node) {
    if (premise.splits()
        && !node.isFrozen()
        && world.isolate(node.ledger, Duration.ofSeconds(2).toNanos() + stage.upTo(5_000))) {
      stage.note("the server of " + node + " is cut from its leader");
    }
  }

  private static String millis(long nanos) {
    return nanos / 1_000_000 + " ms";
  }

  // ------------------------------------------------------------------ with a sense for the moment

  /** Somebody has just had something decided: now and then he dies of it, or hears nothing for a moment. */
  void decided(SimulatedNode node) {
    if (stage.isHealed()
        || !premise.crashes()
        || stage.random.nextInt(1_500) > 0
        || fleet.living().size() < 2) {
      return;
    }
    boolean dies = stage.random.nextBoolean();
    world.after(stage.upTo(3), () -> {
      if (node.isDead() || stage.isHealed()) {
        return;
      }
      stage.note((dies ? "death of " : "short cut of ") + node + " behind a decision");
      if (dies) {
        dieAndReplace(node, stage.upTo(5_000));
      } else {
        cut(node, stage.upTo(300));
      }
    });
  }

  /** Somebody has just claimed the role: now and then he dies as soon as he leads, and has decided nothing. */
  void claimed(SimulatedNode node) {
    if (premise.crashes() && stage.random.nextInt(40) == 0) {
      dieLeading(node, 500);
    }
  }

  private void dieLeading(SimulatedNode node, int patience) {
    world.after(SOON, () -> {
      if (node.isDead() || stage.isHealed() || patience == 0 || fleet.living().size() < 2) {
        return;
      }
      if (node.coordinating.isLeading()) {
        stage.note("death of " + node + " behind its claim");
        dieAndReplace(node, stage.upTo(5_000));
      } else {
        dieLeading(node, patience - 1);
      }
    });
  }

  /** Somebody begins to carry out what is poison: he dies of it, and so does the next one to whom it is given. */
  void poisoned() {
    SimulatedNode.Nap nap = fleet.current;
    if (nap == null || stage.isHealed() || fleet.nodes().size() >= MOST_PROCESSES) {
      return;
    }
    SimulatedNode node = nap.node();
    world.after(stage.upTo(20), () -> {
      if (!node.isDead() && !stage.isHealed()) {
        stage.note("death of " + node + " by poison");
        dieAndReplace(node, stage.upTo(2_000));
      }
    });
  }

  private void dieAndReplace(SimulatedNode node, long after) {
    node.crash();
    world.after(after, () -> {
      if (!stage.isHealed() && cast.hasRoom()) {
        cast.join();
      }
    });
  }
}
