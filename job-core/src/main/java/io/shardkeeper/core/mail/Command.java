package io.shardkeeper.core.mail;

import com.google.gson.stream.JsonReader;
import com.google.gson.stream.JsonWriter;
import io.shardkeeper.core.json.NewerFormatException;
import io.shardkeeper.core.json.Text;
import io.shardkeeper.core.layout.Origins;
import io.shardkeeper.core.layout.Rows;
import io.shardkeeper.core.layout.RunId;
import io.shardkeeper.core.ledger.Bytes;
import io.shardkeeper.run.Origin;
import io.shardkeeper.text.Quote;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What a client asks of the coordinator, in one node.
 *
 * @param actor who asks, for people
 * @param requests what; the answer has one for each
 */
public record Command(String actor, List<Request> requests) {
  /** Requests of one command, at most. */
  public static final int MOST_REQUESTS = 1_000;

  /** Bytes of a command, at most. */
  public static final int MOST_BYTES = 128 * 1024;

  /** Commands of a client that are not answered yet, at most. */
  public static final int MOST_OPEN = 64;

  /** What a run may be asked to wait, at most: an instant so far ahead can still be counted. */
  public static final Duration LONGEST_WAIT = Duration.ofDays(366_000);

  /** Copies the list. */
  public Command {
    requests = List.copyOf(requests);
  }

  /** Something that is asked. */
  public sealed interface Request {
    /**
     * A run of a job.
     *
     * @param parameters instead of, or beside, what the job says
     * @param shards which shards; none means all
     * @param after how long after the coordinator has read it
     * @param key a name by which a request that is made again is recognised; empty if it has none
     * @param prompt whether somebody waits for its end
     * @param origin what else is special about it
     */
    record Start(
        String job,
        Map<String, String> parameters,
        List<Integer> shards,
        Duration after,
        String key,
        boolean prompt,
        Origin origin)
        implements Request {
      /** Copies maps and lists. */
      public Start {
        if (after.isNegative() || after.compareTo(LONGEST_WAIT) > 0) {
          throw new IllegalArgumentException("A run of job '" + Quote.of(job)
              + "' is to start after " + after + "; that runs from PT0S to " + LONGEST_WAIT);
        }
        parameters = Map.copyOf(parameters);
        shards = List.copyOf(shards);
      }
    }

    /** The end of a run, now. */
    record Kill(RunId run) implements Request {}

    /** The end of an instance, in good order. */
    record Drain(String instance) implements Request {}

    /** The outcome of a run, as soon as it has one. It stands alone in its command. */
    record Await(RunId run) implements Request {}

    /** Something that a newer version asks, and that is not understood here: it is refused. */
    record Unknown(String why) implements Request {}
  }

  /** As it is stored. */
  public Bytes bytes() {
    return Text.object(out -> {
      Rows.version(out);
      out.name("actor").value(actor).name("requests").beginArray();
      for (Request request : requests) {
        write(out, request);
      }
      out.endArray();
    });
  }

  private static void write(JsonWriter out, Request request) throws IOException {
    out.beginObject();
    if (request instanceof Request.Start start) {
      out.name("start").value(start.job());
      Rows.writeTexts(out, "parameters", start.parameters());
      Rows.writeNumbers(out, "shards", start.shards());
      if (!start.after().isZero()) {
        out.name("after").value(start.after().toString());
      }
      if (!start.key().isEmpty()) {
        out.name("key").value(start.key());
      }
      if (start.prompt()) {
        out.name("prompt").value(true);
      }
      Origins.write(out, start.origin());
    } else if (request instanceof Request.Kill kill) {
      out.name("kill").value(kill.run().text());
    } else if (request instanceof Request.Drain drain) {
      out.name("drain").value(drain.instance());
    } else if (request instanceof Request.Await await) {
      out.name("await").value(await.run().text());
    }
    out.endObject();
  }

  /**
   * Reads what {@link #bytes} has written. What only a newer version understands is read as {@link Request.Unknown}: whoever asks is to be told.
   *
   * @throws IllegalArgumentException if it cannot be read
   */
  public static Command read(Bytes data) {
    return Text.read(data, in -> {
      String actor = "";
      List<Request> requests = new ArrayList<>();
      NewerFormatException newer = null;
      while (in.hasNext()) {
        String name = in.nextName();
        switch (name) {
          case "minReader" -> newer = newer(in.nextInt());
          case "actor" -> actor = in.nextString();
          case "requests" -> {
            in.beginArray();
            while (in.hasNext()) {
              requests.add(newer == null ? readRequest(in) : unknown(in, newer));
            }
            in.endArray();
          }
          default -> in.skipValue();
        }
      }
      if (newer != null && requests.isEmpty()) {
        throw newer;
      }
      return new Command(actor, requests);
    });
  }

  private static @Nullable NewerFormatException newer(int minReader) {
    return minReader > Rows.FORMAT
        ? new NewerFormatException("A command", minReader, Rows.FORMAT)
        : null;
  }

  private static Request unknown(JsonReader in, NewerFormatException newer) throws IOException {
    in.skipValue();
    return new Request.Unknown(String.valueOf(newer.getMessage()));
  }

  private static Request readRequest(JsonReader in) throws IOException {
    String unknown = "";
    String start = "";
    String kill = "";
    String drain = "";
    String await = "";
    Map<String, String> parameters = Map.of();
    List<Integer> shards = List.of();
    Duration after = Duration.ZERO;
    String key = "";
    boolean prompt = false;
    var origins = new Origins();
    in.beginObject();
    while (in.hasNext()) {
      String name = in.nextName();
      if (origins.isPart(in, name)) {
        continue;
      }
      switch (name) {
        case "start" -> start = in.nextString();
        case "kill" -> kill = in.nextString();
        case "drain" -> drain = in.nextString();
        case "await" -> await = in.nextString();
        case "parameters" -> parameters = Rows.readTexts(in);
        case "shards" -> shards = Rows.readNumbers(in);
        case "after" -> after = Duration.parse(in.nextString());
        case "key" -> key = in.nextString();
        case "prompt" -> prompt = in.nextBoolean();
        default -> {
          unknown = unknown.isEmpty() ? Quote.of(name) : unknown;
          in.skipValue();
        }
      }
    }
    in.endObject();
    if (!kill.isEmpty()) {
      return new Request.Kill(RunId.parse(kill));
    }
    if (!drain.isEmpty()) {
      return new Request.Drain(drain);
    }
    if (!await.isEmpty()) {
      return new Request.Await(RunId.parse(await));
    }
    if (start.isEmpty() && !unknown.isEmpty()) {
      return new Request.Unknown("it takes a newer coordinator to carry out '" + unknown
          + "': bring all instances up to the version of the client");
    }
    if (start.isEmpty()) {
      throw new IllegalArgumentException(
          "holds a request that asks nothing; start, kill, drain or await comes here");
    }
    return new Request.Start(start, parameters, shards, after, key, prompt, origins.origin());
  }
}
