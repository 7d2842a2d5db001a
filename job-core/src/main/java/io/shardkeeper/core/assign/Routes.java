package io.shardkeeper.core.assign;

import io.shardkeeper.core.layout.Instance;
import io.shardkeeper.core.layout.RunId;
import io.shardkeeper.job.Routing;
import io.shardkeeper.text.Quote;
import java.util.List;
import java.util.SplittableRandom;

/**
 * Who of the eligible instances gets one shard, by the route of the job. Not for several threads: {@code round-robin} and {@code spread}
 * remember in the {@link Spread} whom they chose; the others follow from their arguments.
 *
 * <p>Of a, b and c, for the runs 1, 2 and 3 of one shard: {@code round-robin} chooses a, b, c; {@code first} a, a, a; {@code spread} and
 * {@code consistent-hash} the same one each time; {@code random} any.
 */
public final class Routes {
  private static final List<String> KNOWN =
      List.of("spread", "round-robin", "random", "consistent-hash", "first", "last", "specified");

  private static final long FNV_OFFSET = 0xcbf29ce484222325L;
  private static final long FNV_PRIME = 0x100000001b3L;

  private final Spread spread;

  /**
   * Routes that remember.
   *
   * @param spread where they do
   */
  public Routes(Spread spread) {
    this.spread = spread;
  }

  /** Whether there is a route of this name. */
  public static boolean knows(String route) {
    return KNOWN.contains(route);
  }

  /** Sees that the route of a job is known, before it is asked for anything. */
  public static void check(String job, Routing routing) {
    if (!knows(routing.route())) {
      throw new IllegalArgumentException("Job '" + job + "' asks for route '"
          + Quote.of(routing.route()) + "'; there are " + String.join(", ", KNOWN));
    }
  }

  /**
   * Chooses the instance for a shard. It is the same one however often this is asked: whoever gives it the shard says so with {@link #went}.
   *
   * @param eligible not empty, sorted by id; for the route that specifies instances, only these
   * @throws IllegalArgumentException if the route is unknown or nobody is eligible
   */
  public Instance choose(
      Routing routing, RunId run, int shard, int total, List<Instance> eligible) {
    if (eligible.isEmpty()) {
      throw new IllegalArgumentException("Shard " + shard + " of run '" + run
          + "' cannot be routed to one of no instances; it takes one that is eligible");
    }
    return switch (routing.route()) {
      // Of the specified ones, too, each has its share: who wants one of them only names only one.
      case "spread", "specified" -> atHome(run.job(), shard, total, eligible);
      case "round-robin" -> next(run.job(), eligible);
      case "random" ->
        eligible.get(
            new SplittableRandom(hash(run.text() + '\n' + shard)).nextInt(eligible.size()));
      case "consistent-hash" -> heaviest(run.job() + '\n' + shard, eligible);
      case "first" -> eligible.get(0);
      case "last" -> eligible.get(eligible.size() - 1);
      default -> {
        check(run.job(), routing);
        throw new IllegalStateException(routing + " is known and leads nowhere");
      }
    };
  }

  private Instance atHome(String job, int shard, int total, List<Instance> eligible) {
    return atOrAfter(spread.home(job, shard, total, eligible), eligible);
  }

  /** A shard of a job goes to an instance. If that was its turn, and not an exception, the next one is next. */
  public void went(Routing routing, String job, Instance to, List<Instance> eligible) {
    if (routing.route().equals("round-robin")
        && !eligible.isEmpty()
        && next(job, eligible).equals(to)) {
      spread.setLast(job, to.id());
    }
  }

  /** By id, not by index: so the order is kept when instances come and go. */
  private Instance next(String job, List<Instance> eligible) {
    // The least text that comes after another is that with a character 0 behind it.
    return spread.last(job).map(last -> atOrAfter(last + '\0', eligible)).orElse(eligible.get(0));
  }

  /** The first instance with this id or a greater one; the first of all if there is none. */
  private static Instance atOrAfter(String id, List<Instance> eligible) {
    int low = 0;
    int high = eligible.size();
    while (low < high) {
      int middle = (low + high) >>> 1;
      if (eligible.get(middle).id().compareTo(id) < 0) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return eligible.get(low % eligible.size());
  }

  /**
   * Rendezvous hashing: each instance draws a number for the key, and the highest gets it. Who comes takes only what it draws highest for, and
   * who leaves loses only its own. By name, which an instance keeps when it starts again.
   */
  private static Instance heaviest(String key, List<Instance> eligible) {
    Instance heaviest = eligible.get(0);
    long weight = weight(key, heaviest);
    for (Instance instance : eligible.subList(1, eligible.size())) {
      long other = weight(key, instance);
      if (other > weight) {
        heaviest = instance;
        weight = other;
      }
    }
    return heaviest;
  }

  private static long weight(String key, Instance instance) {
    return new SplittableRandom(hash(instance.name() + '\n' + key)).nextLong();
  }

  /** FNV-1a. It tells texts apart, no more; SplittableRandom mixes. Never to be changed, or every key would move. */
  private static long hash(String text) {
    long hash = FNV_OFFSET;
    for (int i = 0; i < text.length(); i++) {
      hash = (hash ^ text.charAt(i)) * FNV_PRIME;
    }
    return hash;
  }
}
