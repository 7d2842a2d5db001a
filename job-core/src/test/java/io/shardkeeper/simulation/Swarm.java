package io.shardkeeper.simulation;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.TreeMap;

/**
 * One play of a simulated fleet under bad luck: everything follows from the seed.
 *
 * <pre>
 *   premise ─► jobs are defined ─► misfortunes, visitors ─► healed ─► well ─► last fire ─► quiet ─► tidy, and each fire has its record
 *                                  again and again
 * </pre>
 */
final class Swarm {
  /** Twice the session timeout, a tick and ten seconds after all is well again, everything goes its way. */
  private static final Duration RECOVERY = Duration.ofMillis(16_500);

  private static final Duration AFTER_RECOVERY = Duration.ofSeconds(10);

  /** Those that come later have fewer fires, for which the others go on longer. */
  private static final Duration FOR_LATE_ONES = Duration.ofSeconds(12);

  private final Premise premise;
  private final SimulatedFleet fleet;
  private final Stage stage;
  private final Cast cast;
  private final DrawnJobs jobs;
  private final Duration span;
  private final Misfortunes misfortunes;
  private final Aftermath aftermath;
  private final SplittableRandom days;

  Swarm(long seed, int fires) {
    var random = new SplittableRandom(seed);
    // Of their own: what else a seed decides on stays as it was.
    var builds = new SplittableRandom(~seed);
    this.days = new SplittableRandom(~seed * 31);
    var drains = new SplittableRandom(~seed * 37);
    this.premise = Premise.of(random, fires, builds.nextInt(3) == 0, days.nextBoolean());
    var work = new DrawnWork(seed, premise);
    this.fleet = new SimulatedFleet(random.nextLong(), premise.weather(), work);
    if (premise.narrow()) {
      fleet.inboxLimit(Math.max(10, premise.jobs()));
    }
    this.stage = new Stage(fleet, premise, random);
    this.cast = new Cast(stage, builds);
    this.jobs = new DrawnJobs(stage, drains);
    this.span = jobs.span(fires);
    this.misfortunes = new Misfortunes(stage, cast);
    this.aftermath = new Aftermath(stage, cast, jobs);
    fleet.onDecision(misfortunes::decided);
    fleet.onClaim(node -> {
      cast.claimed(node);
      misfortunes.claimed(node);
    });
    work.onPoison(misfortunes::poisoned);
  }

  Premise premise() {
    return premise;
  }

  Map<String, Integer> sometimes() {
    return new TreeMap<>(fleet.world().sometimes());
  }

  /** A number that differs when anything that was done differs. */
  int trace() {
    return fleet.checker().trace();
  }

  /** How many fires were decided, and how many calls of handlers there were. */
  long fires() {
    return fleet.checker().fires();
  }

  long executions() {
    return fleet.checker().executions();
  }

  /** What was done to the fleet, and when. */
  List<String> log() {
    return stage.log();
  }

  /** Plays it, and tells what was violated. */
  List<String> play() {
    if (premise.skews()) {
      fleet.checker().clocksMayBeAhead(Stage.SKEW.plusSeconds(1));
    }
    try (fleet) {
      for (int i = 0; i < premise.nodes(); i++) {
        cast.join();
      }
      Instant end = now().plus(span).plus(FOR_LATE_ONES);
      defineJobs(end);
      Optional<Visitors> visitors =
          premise.asks() ? Optional.of(new Visitors(stage, cast, jobs, days)) : Optional.empty();
      Instant wellFrom = end.minus(RECOVERY).minus(AFTER_RECOVERY);
      long until = fleet.world().nanos() + Duration.between(now(), wellFrom).toNanos();
      while (fleet.world().nanos() < until) {
        long next = stage.upTo(2 * premise.between().toMillis());
        fleet.world().run(Duration.ofNanos(Math.min(next, until - fleet.world().nanos())));
        misfortunes.strike();
        visitors.ifPresent(Visitors::come);
      }
      Instant healedAt = now();
      misfortunes.end();
      visitors.ifPresent(Visitors::resumeAll);
      fleet.world().run(RECOVERY);
      aftermath.checkWell(healedAt);
      visitors.ifPresent(Visitors::pauseSome);
      fleet.world().run(Duration.between(now(), end));
      aftermath.checkQuiet();
      visitors.ifPresent(Visitors::checkAnswered);
      aftermath.checkTidy();
      fleet.checker().checkHistory(fleet.history(), end);
      return fleet.checker().violations();
    }
  }

  private Instant now() {
    return fleet.world().clock().instant();
  }

  /** Some are there from the beginning, the others come one by one. */
  private void defineJobs(Instant end) {
    int later = premise.jobs() / 3;
    for (int i = 0; i < premise.jobs(); i++) {
      if (i >= premise.jobs() - later) {
        fleet.world().run(Duration.ofMillis(stage.random.nextLong(24_000 / later)));
      }
      jobs.define(i, end);
    }
  }
}
