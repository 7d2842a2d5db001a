package io.shardkeeper.core.layout;

import com.google.gson.stream.JsonReader;
import com.google.gson.stream.JsonWriter;
import java.io.IOException;
import java.time.Instant;
import java.util.Map;

/** The fields of a planned run, inside of an object that may have others. */
public final class Plans {
  private String run = "";
  private int revision;
  private int total;
  private Instant scheduled = Instant.EPOCH;
  private Map<String, String> parameters = Map.of();
  private boolean bound;
  private boolean prompt;
  private final Origins origins = new Origins();

  /** Fields of which none was read yet. */
  public Plans() {}

  /** Writes the fields of a run. */
  public static void write(JsonWriter out, RunPlan run) throws IOException {
    out.name("run").value(run.id().text()).name("revision").value(run.revision());
    out.name("total").value(run.total()).name("scheduled").jsonValue(Stamp.of(run.scheduledAt()));
    if (run.traits().bound()) {
      out.name("bound").value(true);
    }
    if (run.traits().prompt()) {
      out.name("prompt").value(true);
    }
    Rows.writeTexts(out, "parameters", run.parameters());
    Origins.write(out, run.origin());
  }

  /** Reads the value of a field, if it is one of these. */
  public boolean isPart(JsonReader in, String name) throws IOException {
    switch (name) {
      case "run" -> run = in.nextString();
      case "revision" -> revision = in.nextInt();
      case "total" -> total = in.nextInt();
      case "scheduled" -> scheduled = Stamp.read(in.nextString());
      case "bound" -> bound = in.nextBoolean();
      case "prompt" -> prompt = in.nextBoolean();
      case "parameters" -> parameters = Rows.readTexts(in);
      default -> {
        return origins.isPart(in, name);
      }
    }
    return true;
  }

  /** The run whose fields were read. */
  public RunPlan plan() {
    return new RunPlan(
        RunId.parse(run),
        revision,
        total,
        scheduled,
        parameters,
        new RunPlan.Traits(bound, prompt),
        origins.origin());
  }
}
