package io.shardkeeper.core.layout;

import io.shardkeeper.core.json.Text;
import io.shardkeeper.core.ledger.Bytes;
import java.time.Instant;

/**
 * How far the coordinator is. Every transaction of its sets it, in the version that the one before has made: so a later one cannot land
 * without the earlier.
 *
 * @param at fires before this instant are decided
 * @param job of the fires at this instant those are decided whose job comes before this one, or is this one, in the order of names
 * @param commits how many transactions coordinators have made: a number for the names of nodes
 * @param token the last number that was given to an assignment; its high bits are a generation
 */
public record Cursor(Instant at, String job, long commits, long token) {
  /** As it is stored. */
  public Bytes bytes() {
    return Text.object(out -> {
      Rows.version(out);
      out.name("at").jsonValue(Stamp.of(at)).name("job").value(job);
      out.name("commits").value(commits).name("token").value(token);
    });
  }

  /**
   * Reads what {@link #bytes} has written.
   *
   * @throws IllegalArgumentException if it cannot be read
   */
  public static Cursor read(Bytes data) {
    return Text.read(data, in -> {
      Instant at = Instant.EPOCH;
      String job = "";
      long commits = 0;
      long token = 0;
      while (in.hasNext()) {
        String name = in.nextName();
        if (Rows.isVersion(in, name, "The cursor")) {
          continue;
        }
        switch (name) {
          case "at" -> at = Stamp.read(in.nextString());
          case "job" -> job = in.nextString();
          case "commits" -> commits = in.nextLong();
          case "token" -> token = in.nextLong();
          default -> in.skipValue();
        }
      }
      return new Cursor(at, job, commits, token);
    });
  }
}
