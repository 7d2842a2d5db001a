package io.shardkeeper.core.json;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonNull;
import com.google.gson.JsonObject;
import com.google.gson.JsonPrimitive;
import com.google.gson.Strictness;
import com.google.gson.stream.JsonReader;
import com.google.gson.stream.JsonToken;
import com.google.gson.stream.MalformedJsonException;
import io.shardkeeper.text.Quote;
import java.io.EOFException;
import java.io.IOException;
import java.io.StringReader;
import java.io.UncheckedIOException;
import java.math.BigDecimal;
import java.util.Map.Entry;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** JSON as we take it from others: strictly by its standard, not too deep, and no name twice in one object. */
public final class Json {
  private static final int DEEPEST = 32;
  private static final int LONGEST_NUMBER = 30;
  private static final Pattern PLACE = Pattern.compile("line \\d+ column \\d+");

  private Json() {}

  /**
   * Reads a text.
   *
   * @throws IllegalArgumentException if it is not one JSON object
   */
  public static JsonObject parse(String text) {
    try (var reader = new JsonReader(new StringReader(text))) {
      reader.setStrictness(Strictness.STRICT);
      reader.setNestingLimit(DEEPEST);
      if (reader.peek() != JsonToken.BEGIN_OBJECT) {
        throw new IllegalArgumentException("found " + reader.peek() + "; a JSON object comes here");
      }
      JsonObject object = readObject(reader);
      if (reader.peek() != JsonToken.END_DOCUMENT) {
        throw new IllegalArgumentException("found more behind the end of the JSON object");
      }
      return object;
    } catch (MalformedJsonException | EOFException e) {
      throw new IllegalArgumentException("is not JSON" + place(e), e);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Where the reader stopped. Its own message advises the programmer to be less strict. */
  private static String place(IOException e) {
    Matcher place = PLACE.matcher(String.valueOf(e.getMessage()));
    return place.find() ? " from " + place.group() + " on" : "";
  }

  private static JsonElement read(JsonReader reader) throws IOException {
    return switch (reader.peek()) {
      case BEGIN_OBJECT -> readObject(reader);
      case BEGIN_ARRAY -> readArray(reader);
      case STRING -> new JsonPrimitive(reader.nextString());
      case NUMBER -> readNumber(reader.nextString());
      case BOOLEAN -> new JsonPrimitive(reader.nextBoolean());
      default -> {
        reader.nextNull();
        yield JsonNull.INSTANCE;
      }
    };
  }

  private static JsonPrimitive readNumber(String written) {
    if (written.length() > LONGEST_NUMBER) {
      throw new IllegalArgumentException("has a number of " + written.length() + " digits");
    }
    return new JsonPrimitive(new BigDecimal(written));
  }

  private static JsonObject readObject(JsonReader reader) throws IOException {
    var object = new JsonObject();
    reader.beginObject();
    while (reader.hasNext()) {
      String name = reader.nextName();
      if (object.has(name)) {
        throw new IllegalArgumentException("has '" + Quote.of(name) + "' twice in one object");
      }
      object.add(name, read(reader));
    }
    reader.endObject();
    return object;
  }

  private static JsonArray readArray(JsonReader reader) throws IOException {
    var array = new JsonArray();
    reader.beginArray();
    while (reader.hasNext()) {
      array.add(read(reader));
    }
    reader.endArray();
    return array;
  }

  /** Adds to an object what it lacks and another has, in the objects inside them too. */
  public static void addMissing(JsonObject to, JsonObject from) {
    for (Entry<String, JsonElement> entry : from.entrySet()) {
      JsonElement present = to.get(entry.getKey());
      if (present == null) {
        to.add(entry.getKey(), entry.getValue().deepCopy());
      } else if (present.isJsonObject() && entry.getValue().isJsonObject()) {
        addMissing(present.getAsJsonObject(), entry.getValue().getAsJsonObject());
      }
    }
  }
}
