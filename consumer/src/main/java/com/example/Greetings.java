package com.example;

import io.shardkeeper.engine.Shardkeeper;
import io.shardkeeper.handler.Result;
import io.shardkeeper.handler.ShardingJobHandler;
import io.shardkeeper.job.Job;
import io.shardkeeper.zookeeper.SettingsFiles;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;

public final class Greetings {
  public static void main(String[] args) throws InterruptedException {
    var greeted = new CountDownLatch(3);
    var handler = ShardingJobHandler.of("greet", "Greets a region", context -> {
      System.out.println("Hello, " + context.shard().parameter());
      greeted.countDown();
      return Result.ok();
    });
    var job = Job.builder("greetings").handler("greet").every(Duration.ofSeconds(2))
        .shards(3, "0=north,1=south,2=west").build();
    var settings = SettingsFiles.load(); // shardkeeper.properties
    try (var shardkeeper = Shardkeeper.with(settings).handlers(handler).jobs(job).start()) {
      greeted.await();
    }
  }
}
