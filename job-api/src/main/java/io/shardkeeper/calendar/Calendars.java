package io.shardkeeper.calendar;

import java.util.Map;
import java.util.Optional;

/** Finds calendars by the names that triggers use. */
@FunctionalInterface
public interface Calendars {
  /** The calendar of a name. */
  Optional<Calendar> find(String name);

  /** These calendars. */
  static Calendars of(Map<String, Calendar> calendars) {
    Map<String, Calendar> copy = Map.copyOf(calendars);
    return name -> Optional.ofNullable(copy.get(name));
  }
}
