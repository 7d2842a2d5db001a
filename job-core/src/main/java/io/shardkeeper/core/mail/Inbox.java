package io.shardkeeper.core.mail;

import io.shardkeeper.core.json.Text;
import io.shardkeeper.core.layout.Rows;
import io.shardkeeper.core.ledger.Bytes;
import java.util.Collections;
import java.util.SortedSet;
import java.util.TreeSet;

/**
 * What an instance keeps in the node of its inbox: what its tickets do not tell. Each of its reports writes it, in the version that the one
 * before has made; so whoever changes or deletes the node fences the instance.
 *
 * @param report the number of its last report
 * @param reported tokens that are reported and still stand in a ticket, because others of the ticket are not
 * @param busy tokens that have ended, but whose handlers have not returned
 */
public record Inbox(long report, SortedSet<Long> reported, SortedSet<Long> busy) {
  /** Of an instance that has reported nothing yet. */
  public static final Inbox EMPTY =
      new Inbox(0, Collections.emptySortedSet(), Collections.emptySortedSet());

  /** Copies the sets. */
  public Inbox {
    reported = Collections.unmodifiableSortedSet(new TreeSet<>(reported));
    busy = Collections.unmodifiableSortedSet(new TreeSet<>(busy));
  }

  /** Whether something of a ticket is still the instance's: not reported, or ended and not returned. */
  public boolean has(long token) {
    return busy.contains(token) || !reported.contains(token);
  }

  /** As it is stored. */
  public Bytes bytes() {
    return Text.object(out -> {
      Rows.version(out);
      out.name("report").value(report);
      out.name("reported").beginArray();
      for (long token : reported) {
        out.value(token);
      }
      out.endArray().name("busy").beginArray();
      for (long token : busy) {
        out.value(token);
      }
      out.endArray();
    });
  }

  /**
   * Reads what {@link #bytes} has written.
   *
   * @throws IllegalArgumentException if it cannot be read
   */
  public static Inbox read(Bytes data) {
    return Text.read(data, in -> {
      long report = 0;
      var reported = new TreeSet<Long>();
      var busy = new TreeSet<Long>();
      while (in.hasNext()) {
        String name = in.nextName();
        if (Rows.isVersion(in, name, "An inbox")) {
          continue;
        }
        switch (name) {
          case "report" -> report = in.nextLong();
          case "reported", "busy" -> {
            in.beginArray();
            while (in.hasNext()) {
              (name.equals("busy") ? busy : reported).add(in.nextLong());
            }
            in.endArray();
          }
          default -> in.skipValue();
        }
      }
      return new Inbox(report, reported, busy);
    });
  }
}
