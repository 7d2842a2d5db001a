package io.shardkeeper.core.json;

import com.google.gson.Strictness;
import com.google.gson.stream.JsonReader;
import com.google.gson.stream.JsonToken;
import com.google.gson.stream.JsonWriter;
import com.google.gson.stream.MalformedJsonException;
import io.shardkeeper.core.ledger.Bytes;
import java.io.EOFException;
import java.io.IOException;
import java.io.StringReader;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.time.DateTimeException;

/** JSON that is written and read piece by piece, where there is so much of it that no tree is made. */
public final class Text {
  private static final int DEEPEST = 32;

  private Text() {}

  /** Writes pieces. */
  @FunctionalInterface
  public interface Writing {
    void to(JsonWriter out) throws IOException;
  }

  /** Reads pieces. */
  @FunctionalInterface
  public interface Reading<T> {
    T from(JsonReader in) throws IOException;
  }

  /** What is written inside of one object. */
  public static Bytes object(Writing fields) {
    var text = new StringWriter(1_024);
    var out = new JsonWriter(text);
    try {
      out.setHtmlSafe(false);
      out.setSerializeNulls(false);
      out.beginObject();
      fields.to(out);
      out.endObject();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return Bytes.of(text.toString());
  }

  /**
   * What is read inside of one object. What it throws as IllegalStateException, DateTimeException or NumberFormatException is damage.
   *
   * @throws IllegalArgumentException if the text is damaged
   */
  public static <T> T read(Bytes data, Reading<T> fields) {
    try (var in = new JsonReader(new StringReader(data.text()))) {
      in.setStrictness(Strictness.STRICT);
      in.setNestingLimit(DEEPEST);
      in.beginObject();
      T read = fields.from(in);
      in.endObject();
      if (in.peek() != JsonToken.END_DOCUMENT) {
        throw new IllegalArgumentException("has more behind the end of its JSON object");
      }
      return read;
    } catch (NewerFormatException e) {
      throw e;
    } catch (MalformedJsonException
        | EOFException
        | IllegalStateException
        | DateTimeException
        | NumberFormatException e) {
      throw new IllegalArgumentException("is not what was written here: " + e.getMessage(), e);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
