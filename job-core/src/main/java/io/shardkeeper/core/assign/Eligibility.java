package io.shardkeeper.core.assign;

import static java.util.stream.Collectors.joining;

import io.shardkeeper.core.layout.Instance;
import io.shardkeeper.job.Filter;
import io.shardkeeper.job.Job;
import io.shardkeeper.job.Sharding;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.function.Predicate;

/**
 * Which living instances may have shards of a job.
 *
 * @param instances those, sorted by id
 * @param why a sentence for people that says at which condition none was left; empty unless there are no instances
 */
public record Eligibility(List<Instance> instances, String why) {
  /** As many names as a sentence bears. */
  private static final int MOST_NAMES = 10;

  private static final Condition TAKING =
      new Condition(instance -> !instance.draining(), "take", "takes", "new work");

  /** Copies the list. */
  public Eligibility {
    instances = List.copyOf(instances);
    if (instances.isEmpty() == why.isEmpty()) {
      throw new IllegalArgumentException(instances.size() + " instances are eligible, because: '"
          + why + "'; a reason is given if there are none, and only then");
    }
  }

  /** One condition after the other: the first at which none is left is the reason. */
  public static Eligibility of(Job job, Collection<Instance> living) {
    if (living.isEmpty()) {
      return nobody("no instance is there");
    }
    List<Instance> left = living.stream()
        .filter(TAKING.test())
        .sorted(Comparator.comparing(Instance::id))
        .toList();
    if (left.isEmpty()) {
      return nobody(
          living.size() == 1
              ? "the only instance is draining"
              : "all of the " + living.size() + " instances are draining");
    }
    var passed = new ArrayList<Condition>();
    if (left.size() < living.size()) {
      passed.add(TAKING); // a sentence speaks of it only if it made a difference
    }
    for (Condition condition : conditions(job)) {
      List<Instance> passing = left.stream().filter(condition.test()).toList();
      if (passing.isEmpty()) {
        return nobody(none(left.size(), passed, condition));
      }
      left = passing;
      passed.add(condition);
    }
    List<String> names =
        job.routing().route().equals("specified") ? job.routing().instances() : List.of();
    List<Instance> named = names.isEmpty()
        ? left
        : left.stream().filter(instance -> names.contains(instance.name())).toList();
    if (!named.isEmpty()) {
      int most = job.routing().most();
      boolean all = most == 0 || named.size() <= most;
      return new Eligibility(all ? named : Routes.heaviest(job.name(), most, named), "");
    }
    boolean lives = living.stream().map(Instance::name).anyMatch(names::contains);
    String are = left.size() == 1 ? " is " : " is among ";
    return nobody("none of the instances " + list(names)
        + (lives ? are + those(left.size(), passed) : " lives"));
  }

  /** The same for something that is for one instance only, by its id or its name; any may have what names none. */
  public Eligibility only(String instance) {
    if (instance.isEmpty() || instances.isEmpty()) {
      return this;
    }
    List<Instance> that = instances.stream()
        .filter(one -> one.id().equals(instance) || one.name().equals(instance))
        .toList();
    return that.isEmpty()
        ? nobody("it is for instance " + instance + " only, which is not there or may not have it")
        : new Eligibility(that, "");
  }

  private static Eligibility nobody(String why) {
    return new Eligibility(List.of(), why);
  }

  private static List<Condition> conditions(Job job) {
    var conditions = new ArrayList<Condition>();
    conditions.add(new Condition(
        instance -> instance.handlers().containsKey(job.handler()),
        "offer",
        "offers",
        "handler '" + job.handler() + "'"));
    Set<String> without = job.routing().without();
    if (!without.isEmpty()) {
      conditions.add(new Condition(
          instance -> !without.contains(instance.name()),
          "are",
          "is",
          "not among those kept out by name, " + list(List.copyOf(without))));
    }
    if (!job.filter().labels().isEmpty()) {
      conditions.add(labels(job.filter()));
    }
    if (job.sharding() instanceof Sharding.Filtered filtered) {
      conditions.add(labels(filtered.condition()));
    }
    return conditions;
  }

  private static Condition labels(Filter filter) {
    return new Condition(
        instance -> filter.passes(instance.labels()), "have", "has", filter.toString());
  }

  private static String none(int number, List<Condition> passed, Condition condition) {
    return number == 1
        ? those(1, passed) + " does not " + condition.many() + " " + condition.what()
        : "none of " + those(number, passed) + " " + condition.one() + " " + condition.what();
  }

  /** For instance "the 2 instances that offer handler 'x' and have zone == 'a'". */
  private static String those(int number, List<Condition> passed) {
    String what = passed.stream()
        .map(condition ->
            (number == 1 ? condition.one() : condition.many()) + " " + condition.what())
        .collect(joining(" and "));
    return (number == 1 ? "the only instance" : "the " + number + " instances")
        + (what.isEmpty() ? "" : " that " + what);
  }

  private static String list(List<String> names) {
    int more = names.size() - MOST_NAMES;
    return more <= 0
        ? String.join(", ", names)
        : String.join(", ", names.subList(0, MOST_NAMES)) + " and " + more + " more";
  }

  /** What an instance must fulfil; it is told with the verb for many instances, or for one, and with the rest of the sentence. */
  private record Condition(Predicate<Instance> test, String many, String one, String what) {}
}
