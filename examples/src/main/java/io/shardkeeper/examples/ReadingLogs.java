package io.shardkeeper.examples;

import io.shardkeeper.client.JobClient;
import io.shardkeeper.client.LogRequest;
import io.shardkeeper.client.Rerun;
import io.shardkeeper.client.RunResult;
import io.shardkeeper.config.Settings;
import io.shardkeeper.engine.Shardkeeper;
import io.shardkeeper.handler.Result;
import io.shardkeeper.handler.ShardingContext;
import io.shardkeeper.handler.ShardingJobHandler;
import io.shardkeeper.job.Job;
import io.shardkeeper.trigger.Trigger;
import io.shardkeeper.view.LogPage;
import io.shardkeeper.view.RunProgress;
import io.shardkeeper.zookeeper.SettingsFiles;
import java.io.PrintStream;
import java.util.Set;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/** A handler that tells what it does, and somebody who looks on from elsewhere: how far it is, what it logs, where it is, and once more what failed. */
public final class ReadingLogs {
  static final Job IMPORT = Job.builder("import")
      .handler("import")
      .trigger(Trigger.manual())
      .shards(2, "0=north,1=south")
      .build();

  private static final int FILES = 30;

  /** Regions whose files cannot be read. */
  private final Set<String> broken = ConcurrentHashMap.newKeySet();

  private final PrintStream out;

  ReadingLogs(PrintStream out) {
    this.out = out;
    broken.add("south");
  }

  // ------------------------------------------------------------------ what runs

  private Result read(ShardingContext context) throws InterruptedException {
    String region = context.shard().parameter();
    for (int file = 1; file <= FILES; file++) {
      context.cancellation().throwIfRequested();
      Thread.sleep(200); // here, what takes its time
      context.log().info("read file {} of the {}", file, region);
      context.progress().report(file, FILES);
      if (file == FILES / 2 && broken.contains(region)) {
        context.log().warn("file {} of the {} is broken", file, region);
        return Result.failed("file " + file + " of the " + region + " is broken");
      }
    }
    return Result.ok(FILES + " files of the " + region);
  }

  Shardkeeper start(Settings settings) {
    var handler = ShardingJobHandler.of("import", "Reads the files of a region", this::read);
    return Shardkeeper.with(settings).handlers(handler).jobs(IMPORT).start();
  }

  // ------------------------------------------------------------------ who looks on

  /** Waits for the end of a run, and says up to then how far it is. The consumer is called on the thread of the engine, so it must not block. */
  CompletionStage<RunResult> watch(JobClient client, String run, Runnable begun) {
    return client.await(run, progress -> {
      if (hasBegun(progress, 0)) {
        begun.run();
      }
      out.println("progress: " + howFar(progress));
    });
  }

  private static boolean hasBegun(RunProgress progress, int shard) {
    return progress.shards().stream().anyMatch(one -> one.shard() == shard && one.done() > 0);
  }

  private static String howFar(RunProgress progress) {
    long done =
        progress.shards().stream().mapToLong(RunProgress.ShardProgress::done).sum();
    return done + " files, " + progress.shards().size() + " shards at work";
  }

  /** Follows what a shard logs, page by page and try by try, until its outcome is known. It blocks, so it does not belong on the thread of the engine. */
  void follow(JobClient client, String run, int shard) throws Exception {
    LogRequest next = LogRequest.of(run).shard(shard).everyTry();
    boolean complete = false;
    while (!complete) {
      LogPage page = await(client.log(next));
      out.print(page.text());
      next = next.after(page); // answered after a second at the latest
      complete = page.complete();
    }
  }

  /** Does once more what failed: the same parameters, about the data of the same time, only the shards that did not succeed. */
  static CompletionStage<RunResult> again(JobClient client, String run) {
    return client.rerun(Rerun.of(run).onlyFailedShards()).thenCompose(client::await);
  }

  /** All of it, one after the other. */
  void show(Shardkeeper shardkeeper) throws Exception {
    await(shardkeeper.declared());
    JobClient client = shardkeeper.client();
    var begun = new CountDownLatch(1);
    String run = await(client.start(IMPORT.name()));
    CompletionStage<RunResult> end = watch(client, run, begun::countDown);
    begun.await();
    out.println(await(client.stack(run, 0)).lines().findFirst().orElse(""));
    follow(client, run, 0);
    RunResult result = await(end);
    out.println(result.outcome() + ": " + result.text());
    broken.clear(); // somebody has mended it
    RunResult again = await(again(client, run));
    out.println("once more: " + again.outcome() + ": " + again.text());
  }

  private static <T> T await(CompletionStage<T> answer) throws Exception {
    return answer.toCompletableFuture().get(30, TimeUnit.SECONDS);
  }

  /** Plays it once, on the ZooKeeper that the settings name, or on one in this process. */
  public static void main(String[] args) throws Exception {
    var example = new ReadingLogs(System.out);
    try (var shardkeeper = example.start(SettingsFiles.load())) {
      example.show(shardkeeper);
    }
  }
}
