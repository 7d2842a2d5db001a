package io.shardkeeper.handler;

import java.time.Duration;
import java.time.format.DateTimeParseException;
import java.util.Locale;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * A handler to try things with: it tells in the log which share it was given, and is slow or fails if it is asked to. Threads may share it.
 *
 * <p>Parameters of the job, or of a single request:
 *
 * <pre>
 *   sleep    1500ms, 2s, 1m: how long each shard takes; it ends at once when it is cancelled
 *   fail     2: the first two attempts of each shard fail; always: all do; 30%: three of ten attempts do
 * </pre>
 *
 * <p>Which attempts of 30% fail follows from run, shard and attempt, and from nothing else: the same ones fail again if they are played again.
 */
public final class ShardingDemo implements ShardingJobHandler {
  /** The name by which jobs ask for it. */
  public static final String NAME = "sharding-demo";

  private static final String SLEEP = "sleep";
  private static final String FAIL = "fail";

  /** One that does as it is asked to. */
  public ShardingDemo() {}

  @Override
  public String name() {
    return NAME;
  }

  @Override
  public String description() {
    return "Tells its share in the log; the parameters 'sleep' and 'fail' make it slow or fail";
  }

  @Override
  public Result handle(ShardingContext context) throws InterruptedException {
    Shard shard = context.shard();
    Duration sleep = sleep(context.parameters().getOrDefault(SLEEP, "0s"));
    String share = "shard " + shard.index() + " of " + shard.total()
        + (shard.parameter().isEmpty() ? "" : " (" + shard.parameter() + ")");
    context.log().info("{}, attempt {}", share, context.attempt());
    boolean fails = fails(context.parameters().getOrDefault(FAIL, "0"), context);
    if (!sleep.isZero()) {
      var cancelled = new CountDownLatch(1);
      context.cancellation().onRequest(cancelled::countDown);
      if (cancelled.await(sleep.toNanos(), TimeUnit.NANOSECONDS)) {
        context.cancellation().throwIfRequested();
      }
    }
    return fails
        ? Result.failed(share + " failed in attempt " + context.attempt() + ", as it was asked to")
        : Result.ok(share);
  }

  private static boolean fails(String fail, ShardingContext context) {
    if (fail.equals("always")) {
      return true;
    }
    boolean part = fail.endsWith("%");
    int number;
    try {
      number = Integer.parseInt(part ? fail.substring(0, fail.length() - 1) : fail);
    } catch (NumberFormatException e) {
      throw wrong(FAIL, fail, "a number of attempts, 'always', or a part such as 30%", e);
    }
    if (!part) {
      return context.attempt() <= number;
    }
    String drawn = context.runId() + '/' + context.shard().index() + '/' + context.attempt();
    // Neighbours have hashes that lie close together: a large odd factor spreads them.
    return Integer.remainderUnsigned((drawn.hashCode() * 0x9E3779B1) >>> 8, 100) < number;
  }

  private static Duration sleep(String sleep) {
    String lower = sleep.toLowerCase(Locale.ROOT);
    try {
      return lower.endsWith("ms")
          ? Duration.ofMillis(Long.parseLong(lower.substring(0, lower.length() - 2)))
          : Duration.parse("PT" + lower);
    } catch (DateTimeParseException | NumberFormatException e) {
      throw wrong(SLEEP, sleep, "a duration such as 1500ms, 2s, 1m", e);
    }
  }

  private static IllegalArgumentException wrong(
      String parameter, String found, String right, Exception cause) {
    return new IllegalArgumentException(
        "Parameter " + parameter + " = '" + found + "': here comes " + right, cause);
  }
}
