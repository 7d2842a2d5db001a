package io.shardkeeper.core.mail;

import com.google.gson.stream.JsonReader;
import com.google.gson.stream.JsonToken;
import com.google.gson.stream.JsonWriter;
import io.shardkeeper.core.json.Text;
import io.shardkeeper.core.layout.Assignment;
import io.shardkeeper.core.layout.Rows;
import io.shardkeeper.core.layout.Stamp;
import io.shardkeeper.core.ledger.Bytes;
import io.shardkeeper.run.Outcome;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;

/**
 * What one transaction of an instance tells the coordinator.
 *
 * @param base by which its instants are written
 * @param told what became of assignments
 */
public record Report(Instant base, List<Told> told) {
  private static final String OK = "ok";
  private static final String BACK = "handed back";
  private static final String RETURNED = "returned";

  /** Copies the list. */
  public Report {
    told = List.copyOf(told);
  }

  /** As it is stored. */
  public Bytes bytes() {
    return Text.object(out -> {
      Rows.version(out);
      out.name("base").jsonValue(Stamp.of(base));
      Rows.write(out, base, told, Told::what, this::write);
    });
  }

  /*
   *   "ok", started, ended            "FAILED", started, ended, text            "TIMED_OUT", started, ended, text, still busy
   *   "ok", started, ended, text, false, log
   *   "FAILED", started, ended, text, 120000                                 milliseconds that a retry is to wait at least
   *   "handed back", why              "returned", at              "returned", until, instance, from
   */
  private void write(JsonWriter out, Told each) throws IOException {
    if (each instanceof Told.Ended ended) {
      boolean plain = ended.outcome() == Outcome.SUCCEEDED;
      out.value(plain ? OK : ended.outcome().name());
      out.jsonValue(Stamp.of(base, ended.started())).jsonValue(Stamp.of(base, ended.ended()));
      boolean more = !ended.returned() || !ended.log().isEmpty();
      if (!ended.text().isEmpty() || more) {
        out.value(ended.text());
      }
      if (more) {
        out.value(!ended.returned());
      }
      if (!ended.log().isEmpty()) {
        out.value(ended.log());
      }
      if (!ended.retryAfter().isZero()) {
        out.value(ended.retryAfter().toMillis());
      }
    } else if (each instanceof Told.HandedBack back) {
      out.value(BACK).value(back.why());
    } else if (each instanceof Told.Returned returned) {
      out.value(RETURNED).jsonValue(Stamp.of(base, returned.at()));
    } else if (each instanceof Told.Overran overran) {
      // An older build finds that something returned that has no token which it knows, and passes
      // over it.
      out.value(RETURNED).jsonValue(Stamp.of(base, overran.until()));
      out.value(overran.instance()).jsonValue(Stamp.of(base, overran.from()));
    }
  }

  /**
   * Reads what {@link #bytes} has written.
   *
   * @throws IllegalArgumentException if it cannot be read
   */
  public static Report read(Bytes data) {
    return Text.read(data, in -> {
      Instant base = Instant.EPOCH;
      List<Told> told = List.of();
      while (in.hasNext()) {
        String name = in.nextName();
        if (Rows.isVersion(in, name, "A report")) {
          continue;
        }
        switch (name) {
          case "base" -> base = Stamp.read(in.nextString());
          case "jobs" -> {
            Instant known = base;
            told = Rows.read(in, base, (same, assignment) -> readTold(same, known, assignment));
          }
          default -> in.skipValue();
        }
      }
      return new Report(base, told);
    });
  }

  private static Told readTold(JsonReader in, Instant base, Assignment what) throws IOException {
    String code = in.nextString();
    switch (code) {
      case BACK -> {
        return new Told.HandedBack(what, in.nextString());
      }
      case RETURNED -> {
        Instant at = Stamp.read(base, in.nextString());
        if (in.peek() != JsonToken.STRING) {
          return new Told.Returned(what, at);
        }
        String instance = in.nextString();
        return new Told.Overran(what, instance, Stamp.read(base, in.nextString()), at);
      }
      default -> {
        Outcome outcome = code.equals(OK) ? Outcome.SUCCEEDED : Outcome.valueOf(code);
        Instant started = Stamp.read(base, in.nextString());
        Instant ended = Stamp.read(base, in.nextString());
        String text = in.peek() == JsonToken.STRING ? in.nextString() : "";
        boolean busy = in.peek() == JsonToken.BOOLEAN && in.nextBoolean();
        String log = in.peek() == JsonToken.STRING ? in.nextString() : "";
        Duration retryAfter =
            in.peek() == JsonToken.NUMBER ? Duration.ofMillis(in.nextLong()) : Duration.ZERO;
        return new Told.Ended(what, outcome, text, log, started, ended, !busy, retryAfter);
      }
    }
  }
}
