package io.shardkeeper.routing;

import java.util.Map;
import java.util.Optional;

/** Routes of your own, by their names. */
@FunctionalInterface
public interface Routers {
  /** There are none. */
  Routers NONE = name -> Optional.empty();

  /** The route of a name. */
  Optional<Router> find(String name);

  /** These. */
  static Routers of(Map<String, Router> routers) {
    Map<String, Router> copy = Map.copyOf(routers);
    return name -> Optional.ofNullable(copy.get(name));
  }
}
