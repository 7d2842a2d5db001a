package io.shardkeeper.examples;

import io.shardkeeper.config.Key;
import io.shardkeeper.config.Settings;
import io.shardkeeper.engine.Shardkeeper;
import io.shardkeeper.handler.Result;
import io.shardkeeper.handler.ShardingContext;
import io.shardkeeper.handler.ShardingJobHandler;
import io.shardkeeper.job.Job;
import io.shardkeeper.zookeeper.SettingsFiles;
import java.time.Duration;

/**
 * A service that ends in good order, whoever ends it. Its work is done in items that take a moment each.
 *
 * <pre>
 *   SIGTERM, as Kubernetes sends it ─┐
 *   close(), by the service itself ──┼─► takes nothing new ─► what runs ends, up to the grace ─► what runs longer is cancelled ─► gone
 *   drain(), by some client ─────────┘
 * </pre>
 *
 * <p>What Kubernetes needs to know is one number: {@code terminationGracePeriodSeconds} has to be more than the grace, {@code
 * shardkeeper.interrupt-after} and {@code shardkeeper.abandon-after} together, here 20 + 2 + 10 seconds, and some for the last words: 40.
 */
public final class GracefulService {
  private static final Duration AN_ITEM = Duration.ofMillis(100);

  static final Job INVOICES = Job.builder("invoices")
      .handler("invoices")
      .every(Duration.ofMinutes(1))
      .parameter("items", "50")
      .build();

  private GracefulService() {}

  /** Does one item after the other. Between two of them it may be told to end: the items that are done are done. */
  static Result send(ShardingContext context) throws InterruptedException {
    int items = Integer.parseInt(context.parameters().getOrDefault("items", "0"));
    for (int item = 0; item < items; item++) {
      context.cancellation().throwIfRequested(); // the grace is over, or the run was killed
      Thread.sleep(AN_ITEM.toMillis()); // here, a call of your mail server
      context.progress().report(item + 1, items);
    }
    return Result.ok(items + " invoices sent");
  }

  static Shardkeeper start(Settings settings) {
    var handler = ShardingJobHandler.of("invoices", "Sends invoices", GracefulService::send);
    return Shardkeeper.with(settings).handlers(handler).jobs(INVOICES).start();
  }

  /** Nothing is left to be done here: the process lives until it is asked to end, and ends by itself when a client has it leave. */
  public static void main(String[] args) {
    start(SettingsFiles.sources().set(Key.GRACE, Duration.ofSeconds(20)).read());
  }
}
