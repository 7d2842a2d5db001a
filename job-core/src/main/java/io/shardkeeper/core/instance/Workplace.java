package io.shardkeeper.core.instance;

import io.shardkeeper.core.execution.Executions;
import io.shardkeeper.core.layout.Assignment;
import io.shardkeeper.core.layout.Lane;
import io.shardkeeper.core.ledger.Ledger;
import io.shardkeeper.core.loop.FollowedClock;
import io.shardkeeper.core.loop.Loop;
import java.util.HashMap;
import java.util.Map;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/** What an instance works with, whatever its id: it outlives registrations, and so does what runs. Lives on the loop. */
final class Workplace {
  final Ledger ledger;
  final Loop loop;
  final InstanceLife.Profile profile;
  final Executions executions;
  final FollowedClock clock;
  final Definitions definitions;

  /** What runs, by the token that its execution took. */
  private final Map<Long, Running> running = new HashMap<>();

  private final Map<Lane, Running> taken = new HashMap<>();

  /** Something that runs, or was given up and has not returned. */
  record Running(Assignment what, Registration of, boolean atMostOnce) {}

  Workplace(
      Ledger ledger,
      Loop loop,
      InstanceLife.Profile profile,
      Executions executions,
      FollowedClock clock) {
    this.ledger = ledger;
    this.loop = loop;
    this.profile = profile;
    this.executions = executions;
    this.clock = clock;
    this.definitions = new Definitions(ledger, loop);
  }

  /** Whether something of a lane runs. */
  boolean isTaken(Lane lane) {
    return taken.containsKey(lane);
  }

  /** What runs of a lane. */
  @Nullable
  Running inLane(Lane lane) {
    return taken.get(lane);
  }

  void take(long token, Running one) {
    running.put(token, one);
    taken.put(one.what().lane(), one);
  }

  void free(Running one) {
    taken.remove(one.what().lane());
    running.values().remove(one);
  }

  @Nullable
  Running find(Assignment what) {
    Running one = taken.get(what.lane());
    return one != null && one.what().token() == what.token() ? one : null;
  }

  /** Everything that runs, with the tokens that it took. */
  void forEachRunning(BiConsumer<Long, Running> what) {
    running.forEach(what);
  }
}
