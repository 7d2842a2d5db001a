package io.shardkeeper.core.assign;

import io.shardkeeper.core.layout.Instance;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.stream.IntStream;

/** Instances for tests. */
final class Fleet {
  private Fleet() {}

  static Instance instance(String id, Map<String, String> labels, String... handlers) {
    var offered = new TreeMap<String, String>();
    for (String handler : handlers) {
      offered.put(handler, "");
    }
    return new Instance(id, "name-" + id, "host", offered, new TreeMap<>(labels), 1, "1", false);
  }

  static Instance instance(String id) {
    return instance(id, Map.of(), "x");
  }

  /** Instances with these ids, sorted. */
  static List<Instance> of(Collection<String> ids) {
    return ids.stream().sorted().map(Fleet::instance).toList();
  }

  static List<Instance> of(String... ids) {
    return of(Arrays.asList(ids));
  }

  /** Ids that are sorted: i000, i001... */
  static List<String> ids(int number) {
    return IntStream.range(0, number).mapToObj(i -> String.format("i%03d", i)).toList();
  }

  /** Each with a chance of 1 in 2, in order, but at least one. */
  static <T> List<T> some(List<T> of, SplittableRandom random) {
    List<T> some = of.stream().filter(one -> random.nextBoolean()).toList();
    return some.isEmpty() ? List.of(of.get(random.nextInt(of.size()))) : some;
  }
}
