package io.shardkeeper.job;

import java.util.Collections;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/**
 * Who of the eligible instances gets a shard.
 *
 * @param route the name of the route: one of these here, or one of your own
 * @param instances the names of instances: for {@code specified} those that may have it, for {@code failover} those that are tried first, in this
 *     order; else empty
 * @param without the names of instances that get nothing of the job
 * @param most how many instances are used at most; 0 for all
 */
public record Routing(String route, List<String> instances, Set<String> without, int most) {
  private static final String SPECIFIED = "specified";
  private static final String FAILOVER = "failover";

  /** Checks the names. */
  public Routing {
    Limits.checkName("A route", route);
    instances = List.copyOf(instances);
    without = Collections.unmodifiableSortedSet(new TreeSet<>(without));
    instances.forEach(instance -> Limits.checkName("An instance", instance));
    without.forEach(instance -> Limits.checkName("An instance that is kept out", instance));
    int least = route.equals(SPECIFIED) ? 1 : 0;
    int greatest = route.equals(SPECIFIED) || route.equals(FAILOVER) ? Limits.INSTANCES : 0;
    if (instances.size() < least || instances.size() > greatest) {
      throw new IllegalArgumentException("Route '" + route + "' names " + instances.size()
          + " instances; '" + SPECIFIED
          + "' takes 1 to " + Limits.INSTANCES + ", '" + FAILOVER + "' up to " + Limits.INSTANCES
          + ", every other route none");
    }
    if (without.size() > Limits.INSTANCES) {
      throw new IllegalArgumentException("A job keeps out " + without.size()
          + " instances by name; it may keep out " + Limits.INSTANCES
          + ": a filter on a label keeps out as many as you like");
    }
    Limits.checkRange("A number of instances that are used", most, 0, Limits.SHARDS);
  }

  /** A route that uses all instances. */
  public Routing(String route, List<String> instances) {
    this(route, instances, Set.of(), 0);
  }

  private Routing(String route) {
    this(route, List.of());
  }

  /** The same, but instances with these names get nothing. */
  public Routing without(String... names) {
    return new Routing(route, instances, Set.of(names), most);
  }

  /** The same, but no more instances than so many are used: always the same ones, as long as they live. */
  public Routing atMost(int newMost) {
    return new Routing(route, instances, without, newMost);
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

  /** The first that lives, in the order of these names; if none of them does, the first of the others in the order of their ids. */
  public static Routing failover(String... inOrder) {
    return new Routing(FAILOVER, List.of(inOrder));
  }

  /** The first in the order of their ids of which a slot is free; if none has a free slot, the least busy. */
  public static Routing busyOver() {
    return new Routing("busy-over");
  }

  /** The one with the least open for each of its slots. */
  public static Routing leastBusy() {
    return new Routing("least-busy");
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
