package io.shardkeeper.simulation;

import io.shardkeeper.job.Job;
import io.shardkeeper.job.JobBuilder;
import io.shardkeeper.job.Limits;
import io.shardkeeper.job.Misfire;
import io.shardkeeper.job.Overlap;
import io.shardkeeper.job.Retry;
import io.shardkeeper.job.Routing;
import io.shardkeeper.job.Sharding;
import io.shardkeeper.trigger.Trigger;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/** The jobs of a play: how often they fire is known from the beginning, all else is drawn when they are defined. */
final class DrawnJobs {
  private static final Duration SHORTEST_PLAY = Duration.ofMinutes(1);

  private final SimulatedFleet fleet;
  private final SplittableRandom random;

  /** Which jobs have work that yields to a drain is drawn on its own. */
  private final SplittableRandom drains;

  private final List<Duration> periods = new ArrayList<>();
  private final List<Job> defined = new ArrayList<>();

  DrawnJobs(Stage stage, SplittableRandom drains) {
    this.fleet = stage.fleet;
    this.random = stage.random;
    this.drains = drains;
    for (int i = 0; i < stage.premise.jobs(); i++) {
      periods.add(stage.premise.pace().period(random));
    }
  }

  /** How long it takes until all of them together have fired so many times. */
  Duration span(int fires) {
    double each = periods.stream().mapToDouble(period -> 1e9 / period.toNanos()).sum();
    return Duration.ofMillis(Math.max(SHORTEST_PLAY.toMillis(), (long) (1_000 * fires / each)));
  }

  /** One more is there, and fires until {@code end}. */
  void define(int number, Instant end) {
    Job job = draw(number, end);
    fleet.define(job);
    defined.add(job);
  }

  /** Those that were defined, as they were in the beginning. */
  List<Job> defined() {
    return defined;
  }

  Job any(SplittableRandom luck) {
    return defined.get(luck.nextInt(defined.size()));
  }

  private Job draw(int number, Instant end) {
    JobBuilder job = Job.builder("job-" + number)
        .handler(drains.nextInt(3) == 0 ? "yields" : "work")
        .trigger(Trigger.every(periods.get(number)).until(end))
        .history(Limits.HISTORY)
        .sharding(sharding())
        .routing(routing())
        .overlap(overlap())
        .misfire(misfire());
    if (random.nextInt(4) == 0) {
      job.atMostOnce();
    } else if (random.nextBoolean()) {
      job.retry(retry());
    }
    if (random.nextInt(4) == 0) {
      job.timeout(Duration.ofMillis(500));
    }
    return job.build();
  }

  private Sharding sharding() {
    return switch (random.nextInt(5)) {
      case 0 -> Sharding.shards(random.nextInt(8) == 0 ? 16 : 1 + random.nextInt(6));
      case 1 -> Sharding.all();
      default -> Sharding.one();
    };
  }

  private Routing routing() {
    return switch (random.nextInt(10)) {
      case 0 -> Routing.roundRobin();
      case 1 -> Routing.random();
      case 2 -> Routing.consistentHash();
      case 3 -> Routing.first();
      case 4 -> Routing.last();
      case 7 -> Routing.leastBusy();
      case 8 -> random.nextBoolean() ? Routing.busyOver() : Routing.failover("n1");
      case 9 -> Routing.spread().atMost(1 + random.nextInt(3));
      default -> Routing.spread();
    };
  }

  private Overlap overlap() {
    Overlap overlap = switch (random.nextInt(6)) {
      case 0 -> Overlap.discardLater();
      case 1 -> Overlap.serial(random.nextInt(4));
      case 2 -> Overlap.allow(3);
      case 3 -> Overlap.coverEarlier();
      default -> Overlap.serial();
    };
    return random.nextInt(4) == 0 ? overlap.perRun() : overlap;
  }

  private Misfire misfire() {
    return switch (random.nextInt(3)) {
      case 0 -> Misfire.skip();
      case 1 -> Misfire.fireAll(5);
      default -> Misfire.fireOnce();
    };
  }

  private Retry retry() {
    Retry retry =
        Retry.times(1 + random.nextInt(3)).every(Duration.ofMillis(100 + random.nextLong(3_000)));
    return random.nextBoolean() ? retry.onAnotherInstance() : retry;
  }

  // ------------------------------------------------------------------ what becomes of one

  /** A job as somebody may have edited it, of which the checker is told what it has to know. */
  Job edited(Job job) {
    JobBuilder edited = job.toBuilder()
        .parameter("edition", "edition " + fleet.number())
        .overlap(another(job.overlap(), job.name()));
    if (job.sharding() instanceof Sharding.Fixed && random.nextInt(3) == 0) {
      fleet.checker().reshards(job.name());
      edited.shards(1 + random.nextInt(6));
    }
    return edited.build();
  }

  /** Now and then another policy: of those by which nothing overlaps. */
  private Overlap another(Overlap overlap, String job) {
    if (overlap.policy() == Overlap.Policy.ALLOW || random.nextInt(3) > 0) {
      return overlap;
    }
    List<Overlap> some = List.of(
        Overlap.serial(), Overlap.serial(2), Overlap.discardLater(), Overlap.coverEarlier());
    Overlap other = some.get(random.nextInt(some.size()));
    if (other.policy() == Overlap.Policy.COVER_EARLIER) {
      fleet.checker().covers(job);
    }
    return overlap.scope() == Overlap.Scope.RUN ? other.perRun() : other;
  }
}
