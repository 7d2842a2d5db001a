package io.shardkeeper.handler;

import io.shardkeeper.job.Limits;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/** The handlers that an instance offers, by name. Immutable. */
public final class Handlers {
  /** Characters of a description. */
  public static final int DESCRIPTION = 200;

  private final SortedMap<String, Handler> byName;

  private Handlers(SortedMap<String, Handler> byName) {
    this.byName = Collections.unmodifiableSortedMap(byName);
  }

  /**
   * These handlers.
   *
   * @throws IllegalArgumentException naming each handler whose name or description will not do
   */
  public static Handlers of(Collection<? extends Handler> handlers) {
    var byName = new TreeMap<String, Handler>();
    var mistakes = new ArrayList<String>();
    for (Handler handler : handlers) {
      check(handler, mistakes);
      Handler other = byName.putIfAbsent(handler.name(), handler);
      if (other != null) {
        mistakes.add("Two handlers are called '" + handler.name() + "': "
            + other.getClass().getName() + " and " + handler.getClass().getName());
      }
    }
    if (!mistakes.isEmpty()) {
      throw new IllegalArgumentException(
          "These handlers cannot be offered:\n  - " + String.join("\n  - ", mistakes));
    }
    return new Handlers(byName);
  }

  /** These handlers. */
  public static Handlers of(Handler... handlers) {
    return of(List.of(handlers));
  }

  private static void check(Handler handler, List<String> mistakes) {
    try {
      Limits.checkName("A handler", handler.name());
    } catch (IllegalArgumentException e) {
      mistakes.add(e.getMessage() + " (" + handler.getClass().getName() + ")");
    }
    String description = handler.description();
    if (description.isBlank()
        || description.length() > DESCRIPTION
        || description.chars().anyMatch(Character::isISOControl)) {
      mistakes.add("Handler '" + handler.name() + "' needs a description of one line, with 1 to "
          + DESCRIPTION + " characters");
    }
  }

  /** The handler of a name. */
  public Optional<Handler> find(String name) {
    return Optional.ofNullable(byName.get(name));
  }

  /** All of them, by name. */
  public Map<String, Handler> byName() {
    return byName;
  }
}
