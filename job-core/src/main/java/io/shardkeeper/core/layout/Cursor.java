package io.shardkeeper.core.layout;

import io.shardkeeper.core.json.Text;
import io.shardkeeper.core.ledger.Bytes;
import java.time.Instant;

/**
 * How far the coordinator is. Every transaction of its sets it, in the version that the one before has made: so a later one cannot land
 * without the earlier.
 *
 * <p>Fires are decided window by window, and within a window job by job in the order of names, so that a window may take several
 * transactions:
 *
 * <pre>
 *                 at                   jobAt            upTo
 *   archive  ─────┼─────────────────────┼────────────────┤   before the job: decided up to the end of the window
 *   billing  ─────┼─────────────────────┤                │   the job: decided up to jobAt
 *   cleanup  ─────┤                     ┊                │   behind the job: decided up to the start
 * </pre>
 *
 * @param at the start of the window: every fire before it is decided
 * @param upTo the end of the window
 * @param job the job at which it is; empty if it is at none
 * @param jobAt how far it is with that job
 * @param commits how many transactions coordinators have made: a number for the names of nodes
 * @param token the last number that was given to an assignment; its high bits are a generation
 */
public record Cursor(
    Instant at, Instant upTo, String job, Instant jobAt, long commits, long token) {
  /** Of a coordinator that begins at an instant, before the first transaction of all. */
  public static Cursor from(Instant at) {
    return new Cursor(at, at, "", at, 0, 0);
  }

  /** The instant before which the fires of a job are decided. */
  public Instant decided(String name) {
    int order = job.isEmpty() ? 1 : name.compareTo(job);
    return order > 0 ? at : order < 0 ? upTo : jobAt;
  }

  /** As it is stored. */
  public Bytes bytes() {
    return Text.object(out -> {
      Rows.version(out);
      out.name("at").jsonValue(Stamp.of(at));
      if (!job.isEmpty()) {
        out.name("upTo").jsonValue(Stamp.of(upTo)).name("job").value(job);
        out.name("jobAt").jsonValue(Stamp.of(jobAt));
      }
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
      Instant upTo = Instant.EPOCH;
      String job = "";
      Instant jobAt = Instant.EPOCH;
      long commits = 0;
      long token = 0;
      while (in.hasNext()) {
        String name = in.nextName();
        if (Rows.isVersion(in, name, "The cursor")) {
          continue;
        }
        switch (name) {
          case "at" -> at = Stamp.read(in.nextString());
          case "upTo" -> upTo = Stamp.read(in.nextString());
          case "job" -> job = in.nextString();
          case "jobAt" -> jobAt = Stamp.read(in.nextString());
          case "commits" -> commits = in.nextLong();
          case "token" -> token = in.nextLong();
          default -> in.skipValue();
        }
      }
      return job.isEmpty()
          ? new Cursor(at, at, "", at, commits, token)
          : new Cursor(at, upTo, job, jobAt, commits, token);
    });
  }
}
