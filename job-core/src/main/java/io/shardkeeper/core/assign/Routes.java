package io.shardkeeper.core.assign;

import io.shardkeeper.core.layout.Instance;
import io.shardkeeper.core.layout.RunId;
import io.shardkeeper.job.Routing;
import io.shardkeeper.routing.Candidate;
import io.shardkeeper.routing.Routers;
import io.shardkeeper.text.Quote;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.function.ToIntFunction;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Who of the eligible instances gets one shard, by the route of the job. Not for several threads: {@code round-robin} and {@code spread}
 * remember in the {@link Spread} whom they chose; the others follow from their arguments.
 *
 * <p>Of a, b and c, for the runs 1, 2 and 3 of one shard: {@code round-robin} chooses a, b, c; {@code first} a, a, a; {@code spread} and
 * {@code consistent-hash} the same one each time; {@code random} any.
 */
public final class Routes {
  private static final Logger LOG = LoggerFactory.getLogger(Routes.class);

  private static final List<String> KNOWN = List.of(
      "spread",
      "round-robin",
      "random",
      "consistent-hash",
      "first",
      "last",
      "specified",
      "failover",
      "busy-over",
      "least-busy");

  private static final long FNV_OFFSET = 0xcbf29ce484222325L;
  private static final long FNV_PRIME = 0x100000001b3L;

  private final Spread spread;
  private final Routers own;
  private final ToIntFunction<Instance> open;

  /**
   * Routes that remember.
   *
   * @param spread where they do
   * @param own routes beside those that are always there
   * @param open how much an instance has that has not ended
   */
  public Routes(Spread spread, Routers own, ToIntFunction<Instance> open) {
    this.spread = spread;
    this.own = own;
    this.open = open;
  }

  /** Whether there is a route of this name. */
  public static boolean knows(String route) {
    return KNOWN.contains(route);
  }

  /** Sees that the route of a job is known, before it is asked for anything. */
  public static void check(String job, Routing routing, Routers own) {
    if (!knows(routing.route()) && own.find(routing.route()).isEmpty()) {
      throw new IllegalArgumentException("Job '" + job + "' asks for route '"
          + Quote.of(routing.route()) + "'; there are " + String.join(", ", KNOWN)
          + ", and those that an application adds");
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
      case "failover" -> firstOf(routing.instances(), eligible);
      case "busy-over" ->
        eligible.stream()
            .filter(instance -> open.applyAsInt(instance) < instance.slots())
            .findFirst()
            .orElseGet(() -> leastBusy(eligible));
      case "least-busy" -> leastBusy(eligible);
      default ->
        byOwn(routing, run, shard, eligible).orElseGet(() -> {
          check(run.job(), routing, own);
          return atHome(run.job(), shard, total, eligible);
        });
    };
  }

  private static Instance firstOf(List<String> names, List<Instance> eligible) {
    return names.stream()
        .flatMap(name -> eligible.stream().filter(instance -> instance.name().equals(name)))
        .findFirst()
        .orElse(eligible.get(0));
  }

  private Instance leastBusy(List<Instance> eligible) {
    return Collections.min(
        eligible,
        Comparator.comparingDouble(
            instance -> open.applyAsInt(instance) / (double) Math.max(1, instance.slots())));
  }

  /** Asks a route that an application has added. Whatever it does, the shard goes to somebody. */
  private Optional<Instance> byOwn(Routing routing, RunId run, int shard, List<Instance> eligible) {
    return own.find(routing.route()).flatMap(router -> {
      List<Candidate> candidates = eligible.stream().map(this::candidate).toList();
      try {
        Candidate chosen = router.choose(run.job(), run.text(), shard, candidates);
        int index = candidates.indexOf(chosen);
        if (index >= 0) {
          return Optional.of(eligible.get(index));
        }
        LOG.error(
            "Route '{}' chose {} for {}, which is none of the candidates",
            routing.route(),
            chosen,
            run);
      } catch (RuntimeException e) {
        LOG.error("Route '{}' failed for {}", routing.route(), run, e);
      }
      return Optional.empty();
    });
  }

  private Candidate candidate(Instance instance) {
    return new Candidate(
        instance.id(),
        instance.name(),
        instance.host(),
        instance.labels(),
        instance.slots(),
        open.applyAsInt(instance));
  }

  /** So many of some instances, always the same ones of a job as long as they live; sorted by id. */
  static List<Instance> heaviest(String job, int most, List<Instance> eligible) {
    return eligible.stream()
        .sorted(Comparator.<Instance>comparingLong(instance -> weight(job, instance))
            .reversed()
            .thenComparing(Instance::id))
        .limit(most)
        .sorted(Comparator.comparing(Instance::id))
        .toList();
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
