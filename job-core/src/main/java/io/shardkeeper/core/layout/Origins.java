package io.shardkeeper.core.layout;

import com.google.gson.stream.JsonReader;
import com.google.gson.stream.JsonWriter;
import io.shardkeeper.run.Origin;
import io.shardkeeper.run.TraceContext;
import java.io.IOException;
import java.time.Instant;

/** What a request says of a run beside its parameters, as fields inside of an object that may have others. What is not said is left out. */
public final class Origins {
  private Origin origin = Origin.NONE;

  /** Fields of which none was read yet. */
  public Origins() {}

  /** Writes the fields. */
  public static void write(JsonWriter out, Origin origin) throws IOException {
    if (!origin.rerunOf().isEmpty()) {
      out.name("rerunOf").value(origin.rerunOf());
    }
    if (!origin.dataTime().equals(Origin.WHEN_DUE)) {
      out.name("data").jsonValue(Stamp.of(origin.dataTime()));
    }
    if (!origin.instance().isEmpty()) {
      out.name("on").value(origin.instance());
    }
    if (!origin.trace().isEmpty()) {
      out.name("trace").beginArray().value(origin.trace().traceparent());
      out.value(origin.trace().tracestate()).endArray();
    }
  }

  /** Reads the value of a field, if it is one of these. */
  public boolean isPart(JsonReader in, String name) throws IOException {
    switch (name) {
      case "rerunOf" -> {
        String of = in.nextString();
        origin = new Origin(of, origin.dataTime(), origin.instance(), origin.trace());
      }
      case "data" -> {
        Instant time = Stamp.read(in.nextString());
        origin = origin.about(time);
      }
      case "on" -> origin = origin.on(in.nextString());
      case "trace" -> {
        in.beginArray();
        origin = origin.in(new TraceContext(in.nextString(), in.nextString()));
        in.endArray();
      }
      default -> {
        return false;
      }
    }
    return true;
  }

  /** What was read. */
  public Origin origin() {
    return origin;
  }
}
