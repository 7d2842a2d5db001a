package io.shardkeeper.job;

import java.util.List;

/**
 * Who of the eligible instances gets a shard.
 *
 * @param route the name of the route: one of these here, or one of your own
 * @param instances the names of instances, for the route that specifies them; else empty
 */
public record Routing(String route, List<String> instances) {
  private static final String SPECIFIED = "specified";

  /** Checks the names. */
  public Routing {
    Limits.checkName("A route", route);
    instances = List.copyOf(instances);
    instances.forEach(instance -> Limits.checkName("An instance", instance));
    if (instances.isEmpty() == route.equals(SPECIFIED) || instances.size() > Limits.INSTANCES) {
      throw new IllegalArgumentException(
          "Route '" + route + "' names " + instances.size() + " instances; '" + SPECIFIED
              + "' takes 1 to " + Limits.INSTANCES + ", every other route none");
    }
  }

  private Routing(String route) {
    this(route, List.of());
  }

  /** Evenly over all instances, counting the shards of all jobs, with as few moves as possible. */
  public static Routing spread() {
    return new Routing("spread");
  }

  /** One after the other, in the order of their ids. */
  public static Routing roundRobin() {
    return new Routing("round-robin");
  }

  /** Any, by lot. */
  public static Routing random() {
    return new Routing("random");
  }

  /** The same for the same job and shard, as long as it lives. */
  public static Routing consistentHash() {
    return new Routing("consistent-hash");
  }

  /** The first in the order of their ids. */
  public static Routing first() {
    return new Routing("first");
  }

  /** The last in the order of their ids. */
  public static Routing last() {
    return new Routing("last");
  }

  /** One of those with these names. */
  public static Routing specified(String... instances) {
    return new Routing(SPECIFIED, List.of(instances));
  }

  /** A route of your own. */
  public static Routing named(String route) {
    return new Routing(route);
  }
}
