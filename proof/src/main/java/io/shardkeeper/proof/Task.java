package io.shardkeeper.proof;

import io.shardkeeper.job.Job;
import io.shardkeeper.job.JobBuilder;
import io.shardkeeper.job.Overlap;
import io.shardkeeper.job.Retry;
import io.shardkeeper.trigger.Trigger;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;

/**
 * A job of the play, in the words of the {@link Checker}: so plain that it needs no line of the product to know when it is due.
 *
 * @param job its name
 * @param period it is due where the milliseconds of the epoch divide by this
 * @param shards how many
 * @param lasts how long its handler works
 * @param atMostOnce whether a shard may start at most once
 * @param discards whether a fire that finds its predecessor running is discarded; else it waits
 * @param fails whether each third fire fails at its first attempt, and is tried again
 */
record Task(
    String job,
    long period,
    int shards,
    long lasts,
    boolean atMostOnce,
    boolean discards,
    boolean fails) {
  /** The longest wait before a retry. */
  static final long LONGEST_RETRY = 600;

  private static final Duration RETRY = Duration.ofMillis(500);
  private static final int KEPT = 1_000;

  /** The four jobs of the play. */
  static final List<Task> ALL = List.of(
      new Task("each-second", 1_000, 3, 400, false, false, false),
      new Task("too-long", 500, 1, 700, false, true, false),
      new Task("once", 1_000, 3, 300, true, false, false),
      new Task("tries", 1_000, 1, 150, false, false, true));

  /** Whether a run fails at an attempt. */
  boolean fails(long fire, int attempt) {
    return fails && attempt == 1 && fire / period % 3 == 0;
  }

  /** All its fires from an instant up to another, found as a child would: by looking at each millisecond. */
  List<Long> fires(long from, long until) {
    var fires = new ArrayList<Long>();
    for (long at = from; at < until; at++) {
      if (at % period == 0) {
        fires.add(at);
      }
    }
    return fires;
  }

  /** The definition that the product gets. */
  Job definition(Instant from) {
    JobBuilder builder = Job.builder(job)
        .handler(Work.NAME)
        .trigger((period == 1_000
                ? Trigger.cron("* * * * * ?")
                : Trigger.every(Duration.ofMillis(period)))
            .from(from))
        .shards(shards)
        .atMostOnce(atMostOnce)
        .history(KEPT);
    if (discards) {
      builder.overlap(Overlap.discardLater());
    }
    if (fails) {
      builder.retry(Retry.times(3).every(RETRY).jitter(0.2));
    }
    return builder.build();
  }
}
