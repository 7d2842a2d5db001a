package io.shardkeeper.core.client;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/** Jobs that would start each other for ever. */
final class Cycle {
  private Cycle() {}

  /**
   * The way from a job back to itself, each one started by the one behind it. With billing after orders, and orders after billing, it is
   * {@code billing, orders, billing}.
   *
   * @param follows which jobs each job follows
   */
  static Optional<List<String>> of(String job, Map<String, Set<String>> follows) {
    Deque<List<String>> ways = new ArrayDeque<>(List.of(List.of(job)));
    Set<String> seen = new HashSet<>();
    while (!ways.isEmpty()) {
      List<String> way = ways.remove();
      for (String before : follows.getOrDefault(way.get(way.size() - 1), Set.of())) {
        List<String> longer = Stream.concat(way.stream(), Stream.of(before)).toList();
        if (before.equals(job)) {
          return Optional.of(longer);
        }
        if (seen.add(before)) {
          ways.add(longer);
        }
      }
    }
    return Optional.empty();
  }
}
