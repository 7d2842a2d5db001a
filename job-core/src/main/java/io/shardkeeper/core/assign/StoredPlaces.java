package io.shardkeeper.core.assign;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import io.shardkeeper.core.json.Fields;
import io.shardkeeper.core.json.Json;
import io.shardkeeper.core.layout.Layout;
import io.shardkeeper.core.ledger.Bytes;
import io.shardkeeper.job.Limits;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map.Entry;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * A bucket of places as it is stored.
 *
 * <pre>
 *   {"v":1, "minReader":1, "instances":["a1","b7"], "jobs":{"billing":[0,1,0]}, "last":{"mail":"b7"}}
 * </pre>
 *
 * @param homes of each job, the instance for each shard; {@link #NOWHERE} if it has none
 * @param last of each job that goes round, the instance that was chosen last
 */
record StoredPlaces(SortedMap<String, List<String>> homes, SortedMap<String, String> last) {
  /** The home of a shard that has none. */
  static final String NOWHERE = "";

  private static final int FORMAT = 1;

  /** Copies the maps. */
  StoredPlaces {
    homes = Collections.unmodifiableSortedMap(new TreeMap<>(homes));
    last = Collections.unmodifiableSortedMap(new TreeMap<>(last));
  }

  Bytes bytes() {
    if (homes.isEmpty() && last.isEmpty()) {
      return Bytes.NONE;
    }
    var ids = new TreeSet<String>();
    homes.values().forEach(ids::addAll);
    ids.remove(NOWHERE);
    var instances = new JsonArray();
    var numbers = new TreeMap<String, Integer>();
    numbers.put(NOWHERE, -1);
    for (String id : ids) {
      numbers.put(id, instances.size());
      instances.add(id);
    }
    var jobs = new JsonObject();
    homes.forEach((job, shards) -> {
      var places = new JsonArray();
      shards.forEach(id -> places.add(numbers.get(id)));
      jobs.add(job, places);
    });
    var rounds = new JsonObject();
    last.forEach(rounds::addProperty);
    var object = new JsonObject();
    object.addProperty("v", FORMAT);
    object.addProperty("minReader", FORMAT);
    object.add("instances", instances);
    object.add("jobs", jobs);
    object.add("last", rounds);
    return Bytes.of(object.toString());
  }

  /** Reads what {@link #bytes} has written, and of something else as much as makes sense: what is missing costs moves, nothing else. */
  static StoredPlaces read(int bucket, Bytes stored) {
    var homes = new TreeMap<String, List<String>>();
    var last = new TreeMap<String, String>();
    try {
      JsonObject object = Json.parse(stored.text());
      var fields = new Fields(object, "", mistake -> {});
      if (fields.number("minReader", FORMAT) <= FORMAT) {
        List<String> instances = fields.list("instances", "ids", id -> id);
        for (Entry<String, JsonElement> job : members(object, "jobs")) {
          if (Layout.bucket(job.getKey()) == bucket
              && job.getValue() instanceof JsonArray places
              && !places.isEmpty()
              && places.size() <= Limits.SHARDS) {
            homes.put(job.getKey(), homes(places, instances));
          }
        }
        fields.texts("last").forEach((job, id) -> {
          if (Layout.bucket(job) == bucket) {
            last.put(job, id);
          }
        });
      }
    } catch (IllegalArgumentException e) {
      // No JSON: as if it were empty.
    }
    return new StoredPlaces(homes, last);
  }

  private static Iterable<Entry<String, JsonElement>> members(JsonObject object, String name) {
    return object.get(name) instanceof JsonObject inside ? inside.entrySet() : List.of();
  }

  private static List<String> homes(JsonArray places, List<String> instances) {
    var homes = new ArrayList<String>(places.size());
    places.forEach(place -> homes.add(home(place, instances)));
    return homes;
  }

  private static String home(JsonElement place, List<String> instances) {
    try {
      int number = place.getAsBigDecimal().intValueExact();
      return number >= 0 && number < instances.size() ? instances.get(number) : NOWHERE;
    } catch (IllegalArgumentException
        | ArithmeticException
        | IllegalStateException
        | UnsupportedOperationException e) {
      return NOWHERE;
    }
  }
}
