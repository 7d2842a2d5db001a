package io.shardkeeper.core.layout;

import com.google.gson.JsonObject;
import io.shardkeeper.core.json.Fields;
import io.shardkeeper.core.json.Json;
import io.shardkeeper.core.json.NewerFormatException;
import io.shardkeeper.core.ledger.Bytes;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * A node that runs jobs, in one session, as it registered.
 *
 * @param id never used again
 * @param name stable over restarts
 * @param host where it runs
 * @param handlers the handlers that it offers, with what each of them does
 * @param labels what filters ask for
 * @param slots how many executions it runs at the same time
 * @param version of the application
 * @param draining whether it takes nothing new, because it is leaving
 */
public record Instance(
    String id,
    String name,
    String host,
    SortedMap<String, String> handlers,
    SortedMap<String, String> labels,
    int slots,
    String version,
    boolean draining) {
  /** The format that is written and read here. */
  public static final int FORMAT = 1;

  /** Copies the maps. */
  public Instance {
    handlers = Collections.unmodifiableSortedMap(new TreeMap<>(handlers));
    labels = Collections.unmodifiableSortedMap(new TreeMap<>(labels));
  }

  /** As it is stored. */
  public Bytes bytes() {
    var object = new JsonObject();
    object.addProperty("v", FORMAT);
    object.addProperty("minReader", FORMAT);
    object.addProperty("name", name);
    object.addProperty("host", host);
    object.add("handlers", texts(handlers));
    object.add("labels", texts(labels));
    object.addProperty("slots", slots);
    object.addProperty("version", version);
    if (draining) {
      object.addProperty("draining", true);
    }
    return Bytes.of(object.toString());
  }

  /** The same, leaving. */
  public Instance leaving() {
    return new Instance(id, name, host, handlers, labels, slots, version, true);
  }

  private static JsonObject texts(SortedMap<String, String> map) {
    var object = new JsonObject();
    map.forEach(object::addProperty);
    return object;
  }

  /**
   * Reads what {@link #bytes} has written.
   *
   * @throws NewerFormatException if it takes a newer version to read it
   * @throws IllegalArgumentException if it cannot be read
   */
  public static Instance read(String id, Bytes data) {
    List<String> mistakes = new ArrayList<>();
    var fields = new Fields(Json.parse(data.text()), "", mistakes::add);
    int minReader = fields.number("minReader", FORMAT);
    if (minReader > FORMAT) {
      throw new NewerFormatException("Instance '" + id + "'", minReader, FORMAT);
    }
    var instance = new Instance(
        id,
        fields.text("name", id),
        fields.text("host", ""),
        new TreeMap<>(fields.texts("handlers")),
        new TreeMap<>(fields.texts("labels")),
        fields.number("slots", 1),
        fields.text("version", ""),
        fields.flag("draining", false));
    if (!mistakes.isEmpty()) {
      throw new IllegalArgumentException("Instance '" + id + "': " + String.join("; ", mistakes));
    }
    return instance;
  }
}
