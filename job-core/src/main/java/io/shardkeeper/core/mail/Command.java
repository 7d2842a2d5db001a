package io.shardkeeper.core.mail;

import com.google.gson.stream.JsonReader;
import com.google.gson.stream.JsonWriter;
import io.shardkeeper.core.json.Text;
import io.shardkeeper.core.layout.Rows;
import io.shardkeeper.core.layout.RunId;
import io.shardkeeper.core.ledger.Bytes;
import io.shardkeeper.text.Quote;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

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
     */
    record Start(
        String job,
        Map<String, String> parameters,
        List<Integer> shards,
        Duration after,
        String key,
        boolean prompt)
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

    /** The outcome of a run, as soon as it has one. It stands alone in its command. */
    record Await(RunId run) implements Request {}
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
      if (!start.parameters().isEmpty()) {
        out.name("parameters").beginObject();
        for (Map.Entry<String, String> parameter : start.parameters().entrySet()) {
          out.name(parameter.getKey()).value(parameter.getValue());
        }
        out.endObject();
      }
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
    } else if (request instanceof Request.Kill kill) {
      out.name("kill").value(kill.run().text());
    } else if (request instanceof Request.Await await) {
      out.name("await").value(await.run().text());
    }
    out.endObject();
  }

  /**
   * Reads what {@link #bytes} has written.
   *
   * @throws IllegalArgumentException if it cannot be read
   */
  public static Command read(Bytes data) {
    return Text.read(data, in -> {
      String actor = "";
      List<Request> requests = new ArrayList<>();
      while (in.hasNext()) {
        String name = in.nextName();
        if (Rows.isVersion(in, name, "A command")) {
          continue;
        }
        switch (name) {
          case "actor" -> actor = in.nextString();
          case "requests" -> {
            in.beginArray();
            while (in.hasNext()) {
              requests.add(readRequest(in));
            }
            in.endArray();
          }
          default -> in.skipValue();
        }
      }
      return new Command(actor, requests);
    });
  }

  private static Request readRequest(JsonReader in) throws IOException {
    String start = "";
    String kill = "";
    String await = "";
    Map<String, String> parameters = Map.of();
    List<Integer> shards = List.of();
    Duration after = Duration.ZERO;
    String key = "";
    boolean prompt = false;
    in.beginObject();
    while (in.hasNext()) {
      switch (in.nextName()) {
        case "start" -> start = in.nextString();
        case "kill" -> kill = in.nextString();
        case "await" -> await = in.nextString();
        case "parameters" -> parameters = Rows.readTexts(in);
        case "shards" -> shards = Rows.readNumbers(in);
        case "after" -> after = Duration.parse(in.nextString());
        case "key" -> key = in.nextString();
        case "prompt" -> prompt = in.nextBoolean();
        default -> in.skipValue();
      }
    }
    in.endObject();
    if (!kill.isEmpty()) {
      return new Request.Kill(RunId.parse(kill));
    }
    if (!await.isEmpty()) {
      return new Request.Await(RunId.parse(await));
    }
    if (start.isEmpty()) {
      throw new IllegalArgumentException(
          "holds a request that asks nothing; start, kill or await comes here");
    }
    return new Request.Start(start, parameters, shards, after, key, prompt);
  }
}
