package io.shardkeeper.simulation;

import io.shardkeeper.contract.SimulatedWorld.Weather;
import io.shardkeeper.core.layout.Layout;
import io.shardkeeper.handler.Result;
import io.shardkeeper.handler.ShardingContext;
import io.shardkeeper.job.Job;
import io.shardkeeper.job.JobBuilder;
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
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;

/** One play of a simulated fleet under bad luck: everything follows from the seed. */
final class Swarm implements SimulatedFleet.Behaviour {
  private static final Duration MIN = Duration.ofMillis(1);

  private final long seed;
  private final SplittableRandom random;
  private final SimulatedFleet fleet;
  private final List<String> log = new ArrayList<>();
  private final Options options;
  private Instant end = Instant.MAX;
  private boolean healed;

  /** What a seed decides on. */
  record Options(
      Weather weather,
      int nodes,
      int jobs,
      Duration span,
      Duration between,
      boolean crashes,
      boolean freezes,
      boolean cuts,
      boolean expiries,
      boolean skews,
      boolean slow,
      boolean deaf) {
    static Options of(SplittableRandom random, int fires) {
      int jobs = 1 + random.nextInt(12);
      boolean storm = random.nextInt(4) == 0;
      Weather weather = storm
          ? new Weather(3, Duration.ofMillis(5), Duration.ofMillis(200), 3, 3, 3, 1, 0, 0)
          : new Weather(3, Duration.ofMillis(2), Duration.ofMillis(20), 1, 1, 1, 0, 0, 0);
      Duration span = Duration.ofMillis(Math.max(60_000, 1_000L * fires / jobs));
      return new Options(
          random.nextInt(6) == 0 ? Weather.CALM : weather,
          1 + random.nextInt(5),
          jobs,
          span,
          Duration.ofSeconds(4 + random.nextInt(30)),
          random.nextBoolean(),
          random.nextBoolean(),
          random.nextBoolean(),
          random.nextBoolean(),
          random.nextBoolean(),
          random.nextInt(3) == 0,
          random.nextInt(3) == 0);
    }
  }

  Swarm(long seed, int fires) {
    this.seed = seed;
    this.random = new SplittableRandom(seed);
    this.options = Options.of(random, fires);
    this.fleet = new SimulatedFleet(random.nextLong(), options.weather(), this);
  }

  Options options() {
    return options;
  }

  Map<String, Integer> sometimes() {
    return new TreeMap<>(fleet.world().sometimes());
  }

  List<String> log() {
    return log;
  }

  /** Plays it, and tells what was violated. */
  List<String> play() {
    if (options.skews()) {
      fleet.checker().clocksMayBeAhead(Duration.ofSeconds(21));
    }
    try (fleet) {
      for (int i = 0; i < options.nodes(); i++) {
        addNode(i);
      }
      Instant begin = fleet.world().clock().instant();
      end = begin.plus(options.span());
      for (int i = 0; i < options.jobs(); i++) {
        fleet.define(job(i));
      }
      long until = fleet.world().nanos() + options.span().toNanos();
      while (fleet.world().nanos() < until) {
        fleet
            .world()
            .run(Duration.ofMillis(1 + random.nextLong(2 * options.between().toMillis())));
        misfortune();
      }
      heal();
      boolean quiet = quiesce();
      if (!quiet) {
        fleet.checker().violated("not quiet long after the end: " + leftovers());
      }
      fleet.checker().checkHistory(fleet.history(), end);
      return fleet.checker().violations();
    }
  }

  private boolean quiesce() {
    // The clock of who coordinates may be behind by so much.
    fleet.world().run(options.skews() ? Duration.ofSeconds(50) : Duration.ofSeconds(5));
    for (int i = 0; i < 60; i++) {
      fleet.world().run(Duration.ofSeconds(5));
      if (leftovers().isEmpty()) {
        return true;
      }
    }
    return false;
  }

  private String leftovers() {
    var all = new StringBuilder();
    fleet
        .below(Layout.INBOX)
        .forEach((path, node) ->
            all.append(path).append('=').append(node.data().text()).append(' '));
    if (all.length() > 0) {
      fleet
          .insist(() -> fleet.admin().list(Layout.INBOX))
          .orElse(List.of())
          .forEach(name -> fleet
              .insist(() -> fleet.admin().read(Layout.INBOX.child(name)))
              .ifPresent(node -> all.insert(0, name + " says " + node.data().text() + " ")));
    }
    fleet.below(Layout.REPORTS).keySet().forEach(path -> all.append(path).append(' '));
    fleet.below(Layout.RUNS).keySet().forEach(path -> all.append(path).append(' '));
    fleet
        .world()
        .await(fleet.admin().list(Layout.PARKED))
        .orElse(List.of())
        .forEach(name -> all.append("parked ").append(name).append(' '));
    return all.toString();
  }

  private void addNode(int number) {
    Duration skew =
        options.skews() ? Duration.ofMillis(random.nextLong(40_000) - 20_000) : Duration.ZERO;
    fleet.add("n" + number, skew, random.nextInt(4) == 0 ? 2 : 20);
  }

  private Job job(int number) {
    long period = options.slow() ? 1_000 + random.nextLong(9_000) : 500 + random.nextLong(1_000);
    Trigger trigger = Trigger.every(Duration.ofMillis(period)).until(end);
    JobBuilder job = Job.builder("job-" + number).handler("work").trigger(trigger);
    switch (random.nextInt(4)) {
      case 0 -> job.shards(1 + random.nextInt(6));
      case 1 -> job.sharding(Sharding.all());
      default -> job.sharding(Sharding.one());
    }
    switch (random.nextInt(7)) {
      case 0 -> job.routing(Routing.roundRobin());
      case 1 -> job.routing(Routing.random());
      case 2 -> job.routing(Routing.consistentHash());
      case 3 -> job.routing(Routing.first());
      case 4 -> job.routing(Routing.last());
      default -> job.routing(Routing.spread());
    }
    switch (random.nextInt(5)) {
      case 0 -> job.overlap(Overlap.discardLater());
      case 1 -> job.overlap(Overlap.serial(random.nextInt(4)));
      case 2 -> job.overlap(Overlap.allow(3));
      default -> job.overlap(Overlap.serial());
    }
    switch (random.nextInt(3)) {
      case 0 -> job.misfire(Misfire.skip());
      case 1 -> job.misfire(Misfire.fireAll(5));
      default -> job.misfire(Misfire.fireOnce());
    }
    if (random.nextInt(4) == 0) {
      job.atMostOnce();
    } else if (random.nextBoolean()) {
      Retry retry =
          Retry.times(1 + random.nextInt(3)).every(Duration.ofMillis(100 + random.nextLong(3_000)));
      job.retry(random.nextBoolean() ? retry.onAnotherInstance() : retry);
    }
    if (random.nextInt(4) == 0) {
      job.timeout(Duration.ofMillis(500));
    }
    return job.build();
  }

  // ------------------------------------------------------------------ bad luck

  private void misfortune() {
    List<SimulatedNode> living = fleet.living();
    if (living.isEmpty()) {
      addNode(fleet.nodes().size());
      return;
    }
    SimulatedNode node = living.get(random.nextInt(living.size()));
    switch (random.nextInt(7)) {
      case 0 -> {
        if (options.crashes()) {
          note("crash of " + node);
          node.crash();
          if (living.size() == 1 || random.nextInt(3) > 0) {
            fleet.world().after(upTo(10_000), () -> {
              if (!healed) {
                addNode(fleet.nodes().size());
              }
            });
          }
        }
      }
      case 1 -> {
        if (options.freezes() && !node.isFrozen() && node.ledger.session().isConnected()) {
          long span = upTo(random.nextBoolean() ? 1_000 : 9_000);
          note("freeze of " + node + " for " + span / 1_000_000 + " ms");
          node.freeze();
          fleet.world().stall(node.ledger);
          fleet.world().after(span, () -> thaw(node));
        }
      }
      case 2 -> {
        if (options.cuts()) {
          long span = upTo(random.nextBoolean() ? 500 : 9_000);
          note("cut of " + node + " for " + span / 1_000_000 + " ms");
          fleet.world().cut(node.ledger);
          fleet.world().after(span, () -> {
            if (!node.isDead()) {
              fleet.world().heal(node.ledger);
            }
          });
        }
      }
      case 3 -> {
        if (options.expiries()) {
          note("expiry of " + node);
          fleet.checker().expired(node);
          fleet.world().expire(node.ledger);
        }
      }
      case 4 -> {
        if (fleet.living().size() < 6) {
          note("join");
          addNode(fleet.nodes().size());
        }
      }
      default -> {
        // Nothing happens, for once.
      }
    }
  }

  private void thaw(SimulatedNode node) {
    if (!node.isDead() && node.isFrozen()) {
      fleet.world().unstall(node.ledger);
      node.thaw();
    }
  }

  private void note(String what) {
    log.add(fleet.world().nanos() / 1_000_000 + " ms: " + what);
  }

  private long upTo(long millis) {
    return (1 + random.nextLong(millis)) * MIN.toNanos();
  }

  private void heal() {
    healed = true;
    note("healed");
    fleet.world().calmDown();
    for (SimulatedNode node : fleet.living()) {
      thaw(node);
      fleet.world().heal(node.ledger);
    }
    if (fleet.living().isEmpty()) {
      addNode(fleet.nodes().size());
    }
  }

  // ------------------------------------------------------------------ what the work is like

  private SplittableRandom lot(ShardingContext context) {
    return new SplittableRandom(seed * 31
        + context.runId().hashCode() * 17L
        + context.shard().index() * 7L
        + context.attempt());
  }

  @Override
  public long length(ShardingContext context) {
    SplittableRandom lot = lot(context);
    long millis = switch (lot.nextInt(10)) {
      case 0 -> 300 + lot.nextLong(2_000);
      case 1 -> 50 + lot.nextLong(500);
      default -> 1 + lot.nextLong(30);
    };
    return millis * MIN.toNanos();
  }

  @Override
  public boolean isDeaf(ShardingContext context) {
    return options.deaf() && lot(context).split().nextInt(50) == 0;
  }

  @Override
  public Result result(ShardingContext context) {
    SplittableRandom lot = lot(context).split();
    lot.nextInt();
    return switch (lot.nextInt(12)) {
      case 0 -> Result.failed("bad luck");
      case 1 -> throw new IllegalStateException("worse luck");
      default -> Result.ok("done");
    };
  }
}
