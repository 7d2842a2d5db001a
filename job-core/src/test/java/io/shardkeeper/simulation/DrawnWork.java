package io.shardkeeper.simulation;

import io.shardkeeper.handler.Result;
import io.shardkeeper.handler.ShardingContext;
import java.time.Duration;
import java.util.SplittableRandom;

/**
 * What the work of a play is like. That follows from the seed, the run, the shard and the attempt, and from nothing that happens: whoever
 * carries out an attempt, and whenever, finds the same work.
 */
final class DrawnWork implements SimulatedFleet.Behaviour {
  private final long seed;
  private final Premise premise;
  private Runnable onPoison = () -> {};

  DrawnWork(long seed, Premise premise) {
    this.seed = seed;
    this.premise = premise;
  }

  /** Has somebody told when an instance begins to carry out what is poison to it. */
  void onPoison(Runnable told) {
    onPoison = told;
  }

  private SplittableRandom lot(ShardingContext context) {
    return new SplittableRandom(seed * 31
        + context.runId().hashCode() * 17L
        + context.shard().index() * 7L
        + context.attempt());
  }

  private boolean isPoison(String run) {
    return premise.poison() && run.hashCode() % 150 == 0;
  }

  /** Half of what is done is done in no time. Where somebody dies of it, it takes some. */
  @Override
  public boolean isInstant(String run, int shard) {
    return ((run.hashCode() ^ shard) & 1) == 0 && !isPoison(run);
  }

  @Override
  public long length(ShardingContext context) {
    SplittableRandom lot = lot(context);
    if (isPoison(context.runId())) {
      onPoison.run();
    }
    return Duration.ofMillis(millis(lot, isDeaf(context))).toNanos();
  }

  private static long millis(SplittableRandom lot, boolean deaf) {
    if (deaf) {
      return 300 + lot.nextLong(3_000);
    }
    if (lot.nextInt(60) == 0) {
      return 3_000 + lot.nextLong(6_000); // longer than a session timeout
    }
    return switch (lot.nextInt(10)) {
      case 0 -> 300 + lot.nextLong(2_000);
      case 1 -> 50 + lot.nextLong(500);
      default -> 1 + lot.nextLong(30);
    };
  }

  @Override
  public boolean isDeaf(ShardingContext context) {
    return premise.deaf() && lot(context).split().nextInt(50) == 0;
  }

  @Override
  public Result result(ShardingContext context) {
    SplittableRandom lot = lot(context).split();
    lot.nextInt();
    return switch (lot.nextInt(12)) {
      case 0 ->
        Result.failed(
            "bad luck", Duration.ofMillis(lot.nextInt(3) == 0 ? 1 + lot.nextLong(4_000) : 0));
      case 1 -> throw new WorseLuck();
      default -> Result.ok("done");
    };
  }

  /** Without a trace, which would be told and kept: a play must not depend on the line on which this stands. */
  private static final class WorseLuck extends RuntimeException {
    private static final long serialVersionUID = 1;

    WorseLuck() {
      super("worse luck", null, false, false);
    }
  }
}
