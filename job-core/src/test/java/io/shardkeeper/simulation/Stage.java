package io.shardkeeper.simulation;

import io.shardkeeper.contract.SimulatedWorld;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/**
 * What all share that take part in a play: the fleet, the luck, a log of what was done to the fleet, and whether the bad luck is over.
 *
 * <p>All draw from the same luck, in the order in which things happen. So one draw more or less makes another play of every seed; whatever
 * must not do that draws from luck of its own.
 */
final class Stage {
  /** By how much a wall clock may be ahead or behind. */
  static final Duration SKEW = Duration.ofSeconds(20);

  final SimulatedFleet fleet;
  final Premise premise;
  final SplittableRandom random;

  private final List<String> log = new ArrayList<>();
  private boolean healed;

  Stage(SimulatedFleet fleet, Premise premise, SplittableRandom random) {
    this.fleet = fleet;
    this.premise = premise;
    this.random = random;
  }

  SimulatedWorld world() {
    return fleet.world();
  }

  /** A while of so many milliseconds at most, in nanoseconds. */
  long upTo(long millis) {
    return Duration.ofMillis(1 + random.nextLong(millis)).toNanos();
  }

  /** By how much a wall clock is off. */
  Duration skew() {
    return Duration.ofMillis(random.nextLong(2 * SKEW.toMillis())).minus(SKEW);
  }

  /** Whether bad luck is over. What was to happen to the fleet later than that does not happen any more. */
  boolean isHealed() {
    return healed;
  }

  void heal() {
    healed = true;
    note("healed");
  }

  void note(String what) {
    log.add(world().nanos() / 1_000_000 + " ms: " + what);
  }

  List<String> log() {
    return log;
  }
}
