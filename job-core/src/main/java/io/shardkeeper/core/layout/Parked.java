package io.shardkeeper.core.layout;

import com.google.gson.stream.JsonReader;
import com.google.gson.stream.JsonToken;
import com.google.gson.stream.JsonWriter;
import io.shardkeeper.core.json.Text;
import io.shardkeeper.core.ledger.Bytes;
import io.shardkeeper.job.Limits;
import java.io.IOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;

/** What a node of what is parked holds: assignments and runs that nobody has yet, each with the reason. */
public record Parked(List<Item> items) {
  /** Copies the list. */
  public Parked {
    items = List.copyOf(items);
  }

  /** What something waits for. */
  public enum For {
    /** An instant: the delay before a retry, or a start at a later time. */
    TIME,
    /** Its turn: something of its lane is with another instance. */
    TURN,
    /** An instance that may have it. */
    INSTANCE
  }

  /** Something that waits. */
  public sealed interface Item {
    /** The run that it belongs to. */
    RunPlan run();

    /** Why, and how long. */
    Wait cause();
  }

  /**
   * Why something waits.
   *
   * @param reason for what
   * @param until for a time, when it is over; for an instance, when it is given up
   * @param why in a sentence
   */
  public record Wait(For reason, Instant until, String why) {}

  /**
   * One shard.
   *
   * @param what the assignment; its token is that of the execution before, if there was one
   * @param avoid the id of an instance that is to have it only if there is no other, or nothing
   * @param home of a run that is divided among instances the id of the one that it belongs to; or nothing
   */
  public record Shard(Assignment what, Wait cause, String avoid, String home) implements Item {
    /** One that may go anywhere. */
    public Shard(Assignment what, Wait cause, String avoid) {
      this(what, cause, avoid, "");
    }

    @Override
    public RunPlan run() {
      return what.run();
    }
  }

  /**
   * A run that is not divided into shards yet.
   *
   * @param due when it is to start
   * @param shards which shards are asked for; none means all
   */
  public record Start(RunPlan run, Instant due, List<Integer> shards, Wait cause) implements Item {
    /** Copies the list. */
    public Start {
      shards = List.copyOf(shards);
    }
  }

  /** An upper estimate of the bytes that an item takes. */
  public static int bytes(Item item) {
    int shards = item instanceof Start start ? start.shards().size() * 6 : 0;
    int home = item instanceof Shard shard ? shard.home().length() : 0;
    return 370
        + home
        + item.run().id().job().length()
        + item.run().bytes()
        + shards
        + Limits.bytes(item.cause().why());
  }

  /** As it is stored. */
  public Bytes bytes() {
    return Text.object(out -> {
      Rows.version(out);
      Instant base = Instant.EPOCH;
      List<Shard> shards = new ArrayList<>();
      List<Start> starts = new ArrayList<>();
      for (Item item : items) {
        if (item instanceof Shard shard) {
          shards.add(shard);
        } else if (item instanceof Start start) {
          starts.add(start);
        }
      }
      if (!shards.isEmpty()) {
        Rows.write(out, base, shards, Shard::what, (to, shard) -> {
          write(to, shard.cause());
          to.value(shard.avoid());
          if (!shard.home().isEmpty()) {
            to.beginObject().name("home").value(shard.home()).endObject();
          }
        });
      }
      if (!starts.isEmpty()) {
        out.name("starts").beginArray();
        for (Start start : starts) {
          write(out, start);
        }
        out.endArray();
      }
    });
  }

  private static void write(JsonWriter out, Wait cause) throws IOException {
    out.value(cause.reason().name()).jsonValue(Stamp.of(cause.until())).value(cause.why());
  }

  private static Wait readWait(JsonReader in) throws IOException {
    For reason = For.valueOf(in.nextString());
    return new Wait(reason, Stamp.read(in.nextString()), in.nextString());
  }

  private static void write(JsonWriter out, Start start) throws IOException {
    out.beginObject();
    Plans.write(out, start.run());
    out.name("due").jsonValue(Stamp.of(start.due()));
    Rows.writeNumbers(out, "shards", start.shards());
    out.name("cause").beginArray();
    write(out, start.cause());
    out.endArray();
    out.endObject();
  }

  /**
   * Reads what {@link #bytes} has written.
   *
   * @throws IllegalArgumentException if it cannot be read
   */
  public static Parked read(Bytes data) {
    return Text.read(data, in -> {
      List<Item> items = new ArrayList<>();
      while (in.hasNext()) {
        String name = in.nextName();
        if (Rows.isVersion(in, name, "What is parked")) {
          continue;
        }
        switch (name) {
          case "jobs" ->
            items.addAll(Rows.read(in, Instant.EPOCH, (same, assignment) -> {
              Wait cause = readWait(same);
              return new Shard(assignment, cause, same.nextString(), readHome(same));
            }));
          case "starts" -> {
            in.beginArray();
            while (in.hasNext()) {
              items.add(readStart(in));
            }
            in.endArray();
          }
          default -> in.skipValue();
        }
      }
      return new Parked(items);
    });
  }

  private static String readHome(JsonReader in) throws IOException {
    String home = "";
    if (in.peek() == JsonToken.BEGIN_OBJECT) {
      in.beginObject();
      while (in.hasNext()) {
        if (in.nextName().equals("home")) {
          home = in.nextString();
        } else {
          in.skipValue();
        }
      }
      in.endObject();
    }
    return home;
  }

  private static Start readStart(JsonReader in) throws IOException {
    var plan = new Plans();
    Instant due = Instant.EPOCH;
    List<Integer> shards = List.of();
    Wait cause = new Wait(For.TIME, Instant.EPOCH, "");
    in.beginObject();
    while (in.hasNext()) {
      String name = in.nextName();
      if (plan.isPart(in, name)) {
        continue;
      }
      switch (name) {
        case "due" -> due = Stamp.read(in.nextString());
        case "shards" -> shards = Rows.readNumbers(in);
        case "cause" -> {
          in.beginArray();
          cause = readWait(in);
          while (in.hasNext()) {
            in.skipValue();
          }
          in.endArray();
        }
        default -> in.skipValue();
      }
    }
    in.endObject();
    return new Start(plan.plan(), due, shards, cause);
  }
}
