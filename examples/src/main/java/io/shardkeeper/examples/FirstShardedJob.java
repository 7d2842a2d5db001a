package io.shardkeeper.examples;

import io.shardkeeper.engine.Shardkeeper;
import io.shardkeeper.handler.Result;
import io.shardkeeper.handler.ShardingContext;
import io.shardkeeper.handler.ShardingJobHandler;

/** A handler that cleans up one region at a time. The job that asks for it stands in src/main/first/shardkeeper.properties. */
public final class FirstShardedJob implements ShardingJobHandler {
  @Override
  public String name() {
    return "clean-up";
  }

  @Override
  public String description() {
    return "Cleans up the region that it is given";
  }

  @Override
  public Result handle(ShardingContext context) {
    context.log().info("cleaning up {}", context.shard().parameter());
    return Result.ok("cleaned up " + context.shard().parameter());
  }

  /** Runs until it is asked to end; started three times with a ZooKeeper of your own, each gets a region. */
  public static void main(String[] args) {
    Shardkeeper.start(new FirstShardedJob());
  }
}
