package io.shardkeeper.examples;

import io.shardkeeper.handler.Result;
import io.shardkeeper.handler.ShardingContext;
import io.shardkeeper.handler.ShardingJobHandler;
import io.shardkeeper.job.Job;
import io.shardkeeper.job.Retry;
import java.time.Duration;
import java.util.stream.LongStream;

/** A handler that settles the accounts of its shard, and the job that asks for it each night. */
public final class FirstJob implements ShardingJobHandler {
  /** Each weekday at 02:30 in Berlin, in three shards, tried again three times. */
  public static final Job SETTLE_ACCOUNTS = Job.builder("settle-accounts")
      .handler("accounts")
      .cron("0 30 2 ? * MON-FRI", "Europe/Berlin")
      .shards(3)
      .retry(Retry.times(3))
      .timeout(Duration.ofMinutes(20))
      .build();

  @Override
  public String name() {
    return "accounts";
  }

  @Override
  public String description() {
    return "Settles the accounts of the day";
  }

  @Override
  public Result handle(ShardingContext context) {
    long settled = 0;
    for (long account : LongStream.range(0, 1_000).toArray()) {
      context.cancellation().throwIfRequested();
      if (context.shard().owns(account)) {
        settled++; // a real one would call its store here, with context.token()
      }
    }
    return Result.ok(settled + " accounts settled");
  }
}
