package io.shardkeeper.simulation;

import io.shardkeeper.contract.SimulatedWorld.Weather;
import java.time.Duration;
import java.util.List;
import java.util.SplittableRandom;

/**
 * What a seed decides on before a play begins: how much there is of everything, and what may happen. It stands next to the seed of a play
 * that broke a promise, so that one sees at once what that play had to do with, and what not.
 *
 * @param nodes how many instances there are in the beginning
 * @param jobs how many jobs there are in the end
 * @param between how long it is from one misfortune to the next, on average
 * @param crashes whether processes die
 * @param freezes whether processes stand still, and go on
 * @param cuts whether connections break, and come back
 * @param expiries whether sessions are ended by strangers
 * @param skews whether wall clocks are off
 * @param deaf whether some work takes no notice when it is to end
 * @param asks whether there are visitors
 * @param silences whether connections say no more for a while
 * @param leaves whether instances leave in good order
 * @param blackouts whether all connections break at once
 * @param poison whether some runs kill whoever carries them out
 * @param narrow whether inboxes are soon full
 * @param errors whether a latch names two
 * @param splits whether servers lose their leader
 * @param builds whether some are of the build that comes after this one
 * @param operates whether visitors do what operators do, too
 */
record Premise(
    Weather weather,
    int nodes,
    int jobs,
    Pace pace,
    Duration between,
    boolean crashes,
    boolean freezes,
    boolean cuts,
    boolean expiries,
    boolean skews,
    boolean deaf,
    boolean asks,
    boolean silences,
    boolean leaves,
    boolean blackouts,
    boolean poison,
    boolean narrow,
    boolean errors,
    boolean splits,
    boolean builds,
    boolean operates) {
  /** Inboxes that are soon full are among what is played unless somebody wants none of them. */
  private static final boolean NARROW =
      !"false".equals(System.getProperty("shardkeeper.swarm.narrow"));

  /** How the fires of a play come: from few jobs or from many. Time in which nothing is due is time in which nothing is shown. */
  enum Pace {
    /** A few jobs with hardly a pause. */
    DENSE(2, 7, 100, 400),
    /** Some jobs, each about once a second. */
    STEADY(8, 32, 500, 1_500),
    /** Many jobs, each now and then. */
    WIDE(30, 120, 1_000, 10_000);

    private final int fewest;
    private final int most;
    private final long shortest;
    private final long longest;

    Pace(int fewest, int most, long shortest, long longest) {
      this.fewest = fewest;
      this.most = most;
      this.shortest = shortest;
      this.longest = longest;
    }

    /** How many jobs; a short play has fewer. */
    int jobs(SplittableRandom random, int fires) {
      int number = fewest + random.nextInt(most - fewest + 1);
      return Math.max(1, fires < 2_000 ? number / 3 : number);
    }

    Duration period(SplittableRandom random) {
      return Duration.ofMillis(shortest + random.nextLong(longest - shortest));
    }
  }

  static Premise of(SplittableRandom random, int fires, boolean builds, boolean operates) {
    Pace pace = List.of(Pace.values()).get(random.nextInt(Pace.values().length));
    boolean storm = random.nextInt(4) == 0;
    Weather weather = storm
        ? new Weather(3, Duration.ofMillis(5), Duration.ofMillis(200), 3, 3, 3, 1, 0, 0)
        : new Weather(3, Duration.ofMillis(2), Duration.ofMillis(20), 1, 1, 1, 0, 0, 0);
    return new Premise(
        random.nextInt(6) == 0 ? Weather.CALM : weather,
        1 + random.nextInt(5),
        pace.jobs(random, fires),
        pace,
        Duration.ofSeconds(2 + random.nextInt(12)),
        random.nextBoolean(),
        random.nextBoolean(),
        random.nextBoolean(),
        random.nextBoolean(),
        random.nextBoolean(),
        random.nextInt(3) == 0,
        random.nextBoolean(),
        random.nextBoolean(),
        random.nextBoolean(),
        random.nextInt(3) == 0,
        random.nextInt(4) == 0,
        random.nextInt(4) == 0 && NARROW,
        random.nextBoolean(),
        random.nextBoolean(),
        builds,
        operates);
  }
}
