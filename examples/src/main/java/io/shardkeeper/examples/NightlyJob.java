package io.shardkeeper.examples;

import io.shardkeeper.config.Settings;
import io.shardkeeper.engine.Shardkeeper;
import io.shardkeeper.handler.Result;
import io.shardkeeper.handler.ShardingContext;
import io.shardkeeper.handler.ShardingJobHandler;
import io.shardkeeper.job.Job;
import io.shardkeeper.job.Retry;
import java.time.Duration;
import java.util.stream.LongStream;

/** A job declared in code: on weekdays, in three shards, tried again three times, given up after twenty minutes. */
public final class NightlyJob {
  static final Job SETTLE_ACCOUNTS = Job.builder("settle-accounts")
      .handler("accounts")
      .cron("0 30 2 ? * MON-FRI", "Europe/Berlin")
      .shards(3)
      .retry(Retry.times(3))
      .timeout(Duration.ofMinutes(20))
      .build();

  private NightlyJob() {}

  static Result settle(ShardingContext context) {
    long settled = 0;
    for (long account : LongStream.range(0, 1_000).toArray()) {
      context.cancellation().throwIfRequested();
      settled += context.shard().owns(account) ? 1 : 0; // here, a call of your store
    }
    return Result.ok(settled + " accounts settled");
  }

  static Shardkeeper start(Settings settings, Job job) {
    var accounts = ShardingJobHandler.of("accounts", "Settles accounts", NightlyJob::settle);
    return Shardkeeper.with(settings).handlers(accounts).jobs(job).start();
  }
}
