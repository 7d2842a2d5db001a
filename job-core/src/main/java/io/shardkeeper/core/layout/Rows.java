package io.shardkeeper.core.layout;

import com.google.gson.stream.JsonReader;
import com.google.gson.stream.JsonToken;
import com.google.gson.stream.JsonWriter;
import io.shardkeeper.core.json.NewerFormatException;
import io.shardkeeper.job.Limits;
import io.shardkeeper.run.Origin;
import java.io.IOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Assignments in rows, grouped by job: there are tens of thousands a second.
 *
 * <pre>
 *   {"job":"billing","generation":679,"revision":3,"total":2,"rows":[[0,0,1,875,10233], [1,0,1,875,10234,{"deaths":1}]]}
 *        shard, track, attempt, scheduled (ms after the base), token, and what is not usual ────────┘
 * </pre>
 *
 * <p>Where more is told of each assignment, it stands behind these in its row.
 */
public final class Rows {
  /** The format that is written and read here. */
  public static final int FORMAT = 1;

  private Rows() {}

  /** Something more at the end of a row. */
  public interface Tail<T> {
    void write(JsonWriter out, T told) throws IOException;
  }

  /** Reads the end of a row: what stands behind the assignment. */
  public interface TailReader<T> {
    T read(JsonReader in, Assignment assignment) throws IOException;
  }

  private record Group(String job, long generation, int revision, int total) {
    static Group of(RunPlan run) {
      return new Group(run.id().job(), run.id().generation(), run.revision(), run.total());
    }
  }

  /** The fields that every node has. */
  public static void version(JsonWriter out) throws IOException {
    out.name("v").value(FORMAT).name("minReader").value(FORMAT);
  }

  /** Handles the fields that every node has; says whether it was one of them. */
  public static boolean isVersion(JsonReader in, String name, String what) throws IOException {
    if (name.equals("v")) {
      in.skipValue();
      return true;
    }
    if (name.equals("minReader")) {
      int minReader = in.nextInt();
      if (minReader > FORMAT) {
        throw new NewerFormatException(what, minReader, FORMAT);
      }
      return true;
    }
    return false;
  }

  /** Writes assignments, each with a tail. */
  public static <T> void write(
      JsonWriter out,
      Instant base,
      Collection<T> all,
      Function<T, Assignment> assignment,
      Tail<T> tail)
      throws IOException {
    Map<Group, List<T>> groups = new LinkedHashMap<>();
    for (T each : all) {
      groups
          .computeIfAbsent(Group.of(assignment.apply(each).run()), group -> new ArrayList<>())
          .add(each);
    }
    out.name("jobs").beginArray();
    for (Map.Entry<Group, List<T>> entry : groups.entrySet()) {
      Group group = entry.getKey();
      out.beginObject();
      out.name("job").value(group.job()).name("generation").value(group.generation());
      out.name("revision").value(group.revision()).name("total").value(group.total());
      out.name("rows").beginArray();
      for (T each : entry.getValue()) {
        out.beginArray();
        writeRow(out, base, assignment.apply(each));
        tail.write(out, each);
        out.endArray();
      }
      out.endArray().endObject();
    }
    out.endArray();
  }

  private static void writeRow(JsonWriter out, Instant base, Assignment row) throws IOException {
    out.value(row.shard()).value(row.track()).value(row.attempt());
    out.jsonValue(Stamp.of(base, row.run().scheduledAt())).value(row.token());
    RunPlan run = row.run();
    boolean byFire = isByFire(run);
    boolean late = !row.due().equals(run.scheduledAt());
    RunPlan.Traits traits = run.traits();
    if (byFire
        && !late
        && row.deaths() == 0
        && traits.equals(RunPlan.Traits.NONE)
        && run.parameters().isEmpty()
        && run.origin().equals(Origin.NONE)) {
      return;
    }
    out.beginObject();
    if (!byFire) {
      out.name("kind").value(run.id().kind().name()).name("mark").value(run.id().mark());
    }
    if (late) {
      out.name("due").jsonValue(Stamp.of(base, row.due()));
    }
    if (row.deaths() > 0) {
      out.name("deaths").value(row.deaths());
    }
    if (row.moves() > 0) {
      out.name("moves")
          .value(row.moves()); // an older build passes over it, and takes each for a death
    }
    if (traits.bound()) {
      out.name("bound").value(true);
    }
    if (traits.prompt()) {
      out.name("prompt").value(true);
    }
    writeTexts(out, "parameters", run.parameters());
    Origins.write(out, run.origin());
    out.endObject();
  }

  private static boolean isByFire(RunPlan run) {
    return run.id().kind() == RunId.Kind.FIRE && run.id().isOf(run.scheduledAt());
  }

  /** Reads what {@link #write} has written. */
  public static <T> List<T> read(JsonReader in, Instant base, TailReader<T> tail)
      throws IOException {
    List<T> all = new ArrayList<>();
    in.beginArray();
    while (in.hasNext()) {
      readGroup(in, base, tail, all);
    }
    in.endArray();
    return all;
  }

  private static <T> void readGroup(JsonReader in, Instant base, TailReader<T> tail, List<T> all)
      throws IOException {
    String job = "";
    long generation = 0;
    int revision = 0;
    int total = 0;
    in.beginObject();
    while (in.hasNext()) {
      switch (in.nextName()) {
        case "job" -> job = Limits.checkName("A job", in.nextString());
        case "generation" -> generation = in.nextLong();
        case "revision" -> revision = in.nextInt();
        case "total" -> total = in.nextInt();
        case "rows" -> {
          in.beginArray();
          while (in.hasNext()) {
            in.beginArray();
            all.add(tail.read(in, readRow(in, base, job, generation, revision, total)));
            while (in.hasNext()) {
              in.skipValue(); // a newer version tells more
            }
            in.endArray();
          }
          in.endArray();
        }
        default -> in.skipValue();
      }
    }
    in.endObject();
  }

  private static Assignment readRow(
      JsonReader in, Instant base, String job, long generation, int revision, int total)
      throws IOException {
    int shard = in.nextInt();
    int track = in.nextInt();
    int attempt = in.nextInt();
    Instant scheduled = Stamp.read(base, in.nextString());
    long token = in.nextLong();
    Unusual unusual =
        in.peek() == JsonToken.BEGIN_OBJECT ? Unusual.read(in, base) : Unusual.NOTHING;
    RunId id = unusual.mark == null
        ? RunId.fire(job, generation, scheduled)
        : new RunId(job, generation, unusual.kind, unusual.mark);
    var plan = new RunPlan(
        id,
        revision,
        total,
        scheduled,
        unusual.parameters,
        new RunPlan.Traits(unusual.bound, unusual.prompt),
        unusual.origins.origin());
    return new Assignment(
        plan,
        shard,
        track,
        attempt,
        unusual.deaths,
        Math.min(unusual.moves, unusual.deaths),
        unusual.due == null ? scheduled : unusual.due,
        token);
  }

  /** What most assignments do not have. */
  private static final class Unusual {
    private static final Unusual NOTHING = new Unusual();

    private RunId.Kind kind = RunId.Kind.FIRE;
    private @Nullable String mark;
    private @Nullable Instant due;
    private int deaths;
    private int moves;
    private boolean bound;
    private boolean prompt;
    private Map<String, String> parameters = Map.of();
    private final Origins origins = new Origins();

    static Unusual read(JsonReader in, Instant base) throws IOException {
      var unusual = new Unusual();
      in.beginObject();
      while (in.hasNext()) {
        String name = in.nextName();
        if (unusual.origins.isPart(in, name)) {
          continue;
        }
        switch (name) {
          case "kind" -> unusual.kind = RunId.Kind.valueOf(in.nextString());
          case "mark" -> unusual.mark = in.nextString();
          case "due" -> unusual.due = Stamp.read(base, in.nextString());
          case "deaths" -> unusual.deaths = in.nextInt();
          case "moves" -> unusual.moves = in.nextInt();
          case "bound" -> unusual.bound = in.nextBoolean();
          case "prompt" -> unusual.prompt = in.nextBoolean();
          case "parameters" -> unusual.parameters = readTexts(in);
          default -> in.skipValue();
        }
      }
      in.endObject();
      return unusual;
    }
  }

  /** An object of texts, where there are any. */
  public static void writeTexts(JsonWriter out, String name, Map<String, String> texts)
      throws IOException {
    if (!texts.isEmpty()) {
      out.name(name).beginObject();
      for (Map.Entry<String, String> text : texts.entrySet()) {
        out.name(text.getKey()).value(text.getValue());
      }
      out.endObject();
    }
  }

  /** What {@link #writeTexts} has written. */
  public static Map<String, String> readTexts(JsonReader in) throws IOException {
    Map<String, String> texts = new LinkedHashMap<>();
    in.beginObject();
    while (in.hasNext()) {
      texts.put(in.nextName(), in.nextString());
    }
    in.endObject();
    return texts;
  }

  /** A list of numbers, where there are any. */
  public static void writeNumbers(JsonWriter out, String name, Collection<Integer> numbers)
      throws IOException {
    if (!numbers.isEmpty()) {
      out.name(name).beginArray();
      for (int number : numbers) {
        out.value(number);
      }
      out.endArray();
    }
  }

  /** What {@link #writeNumbers} has written. */
  public static List<Integer> readNumbers(JsonReader in) throws IOException {
    List<Integer> numbers = new ArrayList<>();
    in.beginArray();
    while (in.hasNext()) {
      numbers.add(in.nextInt());
    }
    in.endArray();
    return numbers;
  }
}
