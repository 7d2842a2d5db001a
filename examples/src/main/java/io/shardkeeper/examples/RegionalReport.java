package io.shardkeeper.examples;

import io.shardkeeper.config.Settings;
import io.shardkeeper.engine.Shardkeeper;
import io.shardkeeper.handler.Result;
import io.shardkeeper.handler.ShardingContext;
import io.shardkeeper.handler.ShardingJobHandler;
import io.shardkeeper.job.Job;
import java.time.Duration;

/** A parameter for each shard, one for all of them, and a filter: only instances with the label disk=ssd get any. */
public final class RegionalReport {
  static final Job REPORT = Job.builder("regional-report")
      .handler("report")
      .every(Duration.ofSeconds(1))
      .shards(3, "0=north,1=south,2=west")
      .parameter("currency", "EUR")
      .filter("disk == 'ssd'")
      .build();

  private RegionalReport() {}

  static Result write(ShardingContext context) {
    return Result.ok("the sales of the " + context.shard().parameter() + " in "
        + context.parameters().get("currency"));
  }

  /** The labels stand in the settings: shardkeeper.instance.labels=disk=ssd. */
  static Shardkeeper start(Settings settings) {
    var report = ShardingJobHandler.of("report", "Reports the sales", RegionalReport::write);
    return Shardkeeper.with(settings).handlers(report).jobs(REPORT).start();
  }
}
