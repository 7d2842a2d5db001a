package io.shardkeeper.examples;

import io.shardkeeper.config.Settings;
import io.shardkeeper.engine.Shardkeeper;
import io.shardkeeper.handler.ShardingDemo;
import io.shardkeeper.handlers.ReadyHandlers;
import io.shardkeeper.job.Job;
import io.shardkeeper.job.JobBuilder;
import io.shardkeeper.job.Overlap;
import io.shardkeeper.job.Retry;
import io.shardkeeper.zookeeper.SettingsFiles;
import java.time.Duration;

/** One of the three instances of {@link QuickStart}. It lives until it is asked to end. */
public final class QuickStartInstance {
  private QuickStartInstance() {}

  /** Takes nothing: its settings are properties of the JVM. */
  public static void main(String[] args) {
    Job report = demo("sales-report", 5)
        .shards(3, "0=north,1=south,2=west")
        .parameter("sleep", "2s")
        .build();
    Job flaky = demo("flaky-import", 7)
        .parameter("fail", "33%")
        .retry(Retry.times(3).every(Duration.ofSeconds(1)).onAnotherInstance())
        .build();
    Job slow = demo("slow-backup", 4)
        .parameter("sleep", "6s")
        .overlap(Overlap.discardLater())
        .build();
    Job price = Job.builder("coffee-price")
        .handler("http")
        .every(Duration.ofSeconds(10))
        .parameter(
            "http.url",
            System.getProperty("quickstart.neighbour") + "/prices?due={run.scheduled-at}")
        .build();
    Job java = Job.builder("which-java")
        .handler("command")
        .every(Duration.ofSeconds(15))
        .parameter("command.name", "which-java")
        .build();
    Settings settings = SettingsFiles.load();
    Shardkeeper.with(settings)
        .handlers(new ShardingDemo())
        .handlers(ReadyHandlers.of(settings).handlers())
        .jobs(report, flaky, slow, price, java)
        .start();
  }

  private static JobBuilder demo(String name, int seconds) {
    return Job.builder(name).handler(ShardingDemo.NAME).every(Duration.ofSeconds(seconds));
  }
}
