package io.shardkeeper.core.json;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonPrimitive;
import io.shardkeeper.text.Quote;
import java.math.BigDecimal;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalTime;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.BiFunction;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The fields of a JSON object, as a reader asks for them. It reports what has the wrong type, goes on with the default, and
 * remembers which fields nobody asked for. Not for several threads.
 */
public final class Fields {
  private final JsonObject object;
  private final String path;
  private final Consumer<String> mistakes;
  private final Set<String> asked = new LinkedHashSet<>();
  private final Map<String, Fields> inside = new LinkedHashMap<>();

  public Fields(JsonObject object, String path, Consumer<String> mistakes) {
    this.object = object;
    this.path = path;
    this.mistakes = mistakes;
  }

  public boolean has(String name) {
    return object.has(name);
  }

  /** The names of all fields. */
  public List<String> names() {
    return List.copyOf(object.keySet());
  }

  /** What nobody asked for, with the objects in which it stands. */
  public JsonObject unknown() {
    var unknown = new JsonObject();
    for (String name : object.keySet()) {
      Fields nested = inside.get(name);
      if (!asked.contains(name)) {
        unknown.add(name, object.get(name).deepCopy());
      } else if (nested != null && !nested.unknown().isEmpty()) {
        unknown.add(name, nested.unknown());
      }
    }
    return unknown;
  }

  public String text(String name, String otherwise) {
    return get(name, "a text", Fields::asText, otherwise);
  }

  public boolean flag(String name, boolean otherwise) {
    return get(
        name, "true or false", e -> primitive(e).isBoolean() ? e.getAsBoolean() : null, otherwise);
  }

  public int number(String name, int otherwise) {
    return get(name, "a whole number", e -> asNumber(e).intValueExact(), otherwise);
  }

  public long whole(String name, long otherwise) {
    return get(name, "a whole number", e -> asNumber(e).longValueExact(), otherwise);
  }

  public double fraction(String name, double otherwise) {
    return get(name, "a number", e -> asNumber(e).doubleValue(), otherwise);
  }

  public Duration duration(String name, Duration otherwise) {
    return get(name, "a duration such as PT1M30S", e -> Duration.parse(asText(e)), otherwise);
  }

  public Instant instant(String name, Instant otherwise) {
    return get(
        name, "an instant such as 2026-11-21T02:30:00Z", e -> Instant.parse(asText(e)), otherwise);
  }

  public LocalTime time(String name, LocalTime otherwise) {
    return get(name, "a time of the day such as 22:00", e -> LocalTime.parse(asText(e)), otherwise);
  }

  public <E extends Enum<E>> E oneOf(String name, Class<E> type, E otherwise) {
    String known = "one of " + Arrays.toString(type.getEnumConstants());
    return get(name, known, e -> Enum.valueOf(type, asText(e)), otherwise);
  }

  /** What is made of a text; whatever refuses it is reported. */
  public <T> T parsed(String name, String expected, Function<String, T> read, T otherwise) {
    return get(name, expected, e -> read.apply(asText(e)), otherwise);
  }

  public <T> List<T> list(String name, String expected, Function<String, T> read) {
    Function<JsonElement, List<T>> all = e -> {
      var items = new ArrayList<T>();
      for (JsonElement item : asArray(e)) {
        items.add(read.apply(asText(item)));
      }
      return items;
    };
    return get(name, "a list of " + expected, all, List.of());
  }

  public Map<String, String> texts(String name) {
    Function<JsonElement, Map<String, String>> all = e -> {
      var texts = new LinkedHashMap<String, String>();
      asObject(e).entrySet().forEach(entry -> texts.put(entry.getKey(), asText(entry.getValue())));
      return texts;
    };
    return get(name, "an object of texts", all, Map.of());
  }

  /** What is made of the object in a field; whatever refuses it is reported. */
  public <T> T nested(String name, Function<Fields, T> read, T otherwise) {
    JsonObject found = get(name, "an object", Fields::asObject, new JsonObject());
    if (!object.has(name) || !object.get(name).isJsonObject()) {
      return otherwise;
    }
    var fields = new Fields(found, path + name + ".", mistakes);
    inside.put(name, fields);
    return attempt(name, () -> read.apply(fields), otherwise);
  }

  /** What is made of each of the objects in a field, under the name of each. */
  public <T> Map<String, T> each(String name, BiFunction<String, Fields, T> read) {
    Map<String, T> all = new LinkedHashMap<>();
    Boolean unused = nested(
        name,
        objects -> {
          for (String key : objects.object.keySet()) {
            objects
                .nested(key, fields -> Optional.of(read.apply(key, fields)), Optional.<T>empty())
                .ifPresent(made -> all.put(key, made));
          }
          return true;
        },
        true);
    return all;
  }

  /** What is made of a field; whatever refuses it is reported under its name. */
  public <T> T attempt(String name, Supplier<T> read, T otherwise) {
    return attemptAt(path + name, read, otherwise);
  }

  /** What is made of several fields; whatever refuses it is reported under the name of this object. */
  public <T> T attempt(Supplier<T> read, T otherwise) {
    return attemptAt(path.substring(0, path.length() - 1), read, otherwise);
  }

  private <T> T attemptAt(String place, Supplier<T> read, T otherwise) {
    try {
      return read.get();
    } catch (IllegalArgumentException e) {
      mistakes.accept(place + ": " + e.getMessage());
      return otherwise;
    }
  }

  private <T> T get(
      String name, String expected, Function<JsonElement, @Nullable T> read, T otherwise) {
    asked.add(name);
    JsonElement element = object.get(name);
    if (element == null) {
      return otherwise;
    }
    try {
      T value = read.apply(element);
      if (value != null) {
        return value;
      }
    } catch (IllegalArgumentException | ArithmeticException | DateTimeException e) {
      // Told below, with what would be right: the texts of these exceptions know the type only.
    }
    mistakes.accept(
        path + name + ": found " + Quote.of(element.toString()) + "; " + expected + " comes here");
    return otherwise;
  }

  private static JsonPrimitive primitive(JsonElement element) {
    if (!element.isJsonPrimitive()) {
      throw new IllegalArgumentException();
    }
    return element.getAsJsonPrimitive();
  }

  private static String asText(JsonElement element) {
    if (!primitive(element).isString()) {
      throw new IllegalArgumentException();
    }
    return element.getAsString();
  }

  private static BigDecimal asNumber(JsonElement element) {
    if (!primitive(element).isNumber()) {
      throw new IllegalArgumentException();
    }
    return element.getAsBigDecimal();
  }

  private static JsonArray asArray(JsonElement element) {
    if (!element.isJsonArray()) {
      throw new IllegalArgumentException();
    }
    return element.getAsJsonArray();
  }

  private static JsonObject asObject(JsonElement element) {
    if (!element.isJsonObject()) {
      throw new IllegalArgumentException();
    }
    return element.getAsJsonObject();
  }
}
