package io.shardkeeper.simulation;

import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;

/** Who is in a play, and of which build: some join later, and from those who have begun to leave nothing is expected any more. */
final class Cast {
  private static final int MOST = 6;

  private final Stage stage;
  private final SimulatedFleet fleet;
  private final SplittableRandom builds;
  private final Set<SimulatedNode> left = new HashSet<>();

  /** Of which builds those were that coordinated. */
  private final Set<Boolean> led = new HashSet<>();

  Cast(Stage stage, SplittableRandom builds) {
    this.stage = stage;
    this.fleet = stage.fleet;
    this.builds = builds;
  }

  /** Whether the next one is of the build that comes after this one. */
  boolean isNewer() {
    return stage.premise.builds() && builds.nextBoolean();
  }

  void join() {
    SimulatedNode node = fleet.add(
        "n" + fleet.nodes().size(),
        stage.premise.skews() ? stage.skew() : Duration.ZERO,
        stage.random.nextInt(4) == 0 ? 2 : 20,
        SimulatedNode.Offer.YIELDS,
        isNewer());
    node.instance.whenToldToLeave(() -> leave(node));
  }

  /** Whether one more would be no crowd. */
  boolean hasRoom() {
    return fleet.living().size() < MOST;
  }

  /** Leaves in good order, after which its process ends. */
  void leave(SimulatedNode node) {
    stage.note("leave of " + node);
    left.add(node);
    node.instance
        .leave()
        .whenComplete((done, failure) -> stage.world().after(1_000, () -> {
          if (!node.isDead()) {
            node.crash();
          }
        }));
  }

  /** Those who live and have not begun to leave. */
  List<SimulatedNode> staying() {
    return fleet.living().stream().filter(node -> !left.contains(node)).toList();
  }

  /** Whether that is an instance that has begun to leave. */
  boolean hasLeft(String instance) {
    return left.stream().anyMatch(node -> node.instance.id().equals(instance));
  }

  /** Somebody has just claimed the role. */
  void claimed(SimulatedNode node) {
    led.add(node.newer);
    if (led.size() > 1) {
      stage.world().happened("both builds coordinated in one play");
    }
  }
}
