package io.shardkeeper.core.mail;

import com.google.gson.stream.JsonReader;
import io.shardkeeper.core.json.Text;
import io.shardkeeper.core.layout.Assignment;
import io.shardkeeper.core.layout.Rows;
import io.shardkeeper.core.layout.RunId;
import io.shardkeeper.core.layout.Stamp;
import io.shardkeeper.core.ledger.Bytes;
import io.shardkeeper.handler.Cancellation;
import java.io.IOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;

/**
 * What one transaction tells one instance: assignments, and messages about others.
 *
 * @param term in which it was written
 * @param sent when, by the clock of the coordinator: whoever reads it learns how that clock stands
 * @param assignments what to do
 * @param messages what else
 */
public record Ticket(
    long term, Instant sent, List<Assignment> assignments, List<Message> messages) {
  /** Copies the lists. */
  public Ticket {
    assignments = List.copyOf(assignments);
    messages = List.copyOf(messages);
  }

  /** Something to be known about assignments that an instance has. */
  public sealed interface Message {
    /**
     * A run is to end, for a reason.
     *
     * @param shard which of its shards; -1 for all that the instance has
     */
    record End(RunId run, int shard, Cancellation.Reason reason) implements Message {
      /** A whole run is to end. */
      public End(RunId run, Cancellation.Reason reason) {
        this(run, -1, reason);
      }

      /** Whether it is about an assignment. */
      public boolean isAbout(Assignment what) {
        return what.run().id().equals(run) && (shard < 0 || shard == what.shard());
      }
    }

    /**
     * What has not started of a job is to be handed back: other rules hold for it now.
     *
     * @param bound whether that holds for what can go nowhere else, too
     */
    record Recall(String job, long generation, boolean bound) implements Message {
      /** Whether it is about an assignment. */
      public boolean isAbout(Assignment what) {
        return what.run().id().isOf(job, generation)
            && (bound || !what.run().traits().bound());
      }
    }

    /** A job is gone: what has not started is not to start. */
    record Drop(String job, long generation) implements Message {
      /** Whether it is about an assignment. */
      public boolean isAbout(Assignment what) {
        return what.run().id().isOf(job, generation);
      }
    }

    /** The instance is to leave. */
    record Drain() implements Message {}

    /** The instance is leaving, nothing of it is open, and nothing more will come: it may go. */
    record Leave() implements Message {}
  }

  /** As it is stored. */
  public Bytes bytes() {
    return Text.object(out -> {
      Rows.version(out);
      out.name("term").value(term).name("sent").jsonValue(Stamp.of(sent));
      if (!messages.isEmpty()) {
        out.name("messages").beginArray();
        for (Message message : messages) {
          out.beginObject();
          if (message instanceof Message.End end) {
            // Who knows nothing of parts must not take one for the whole.
            out.name(end.shard() < 0 ? "end" : "endPart")
                .value(end.run().text())
                .name("reason")
                .value(end.reason().name());
            if (end.shard() >= 0) {
              out.name("shard").value(end.shard());
            }
          } else if (message instanceof Message.Recall recall) {
            out.name("recall").value(recall.job()).name("generation").value(recall.generation());
            if (recall.bound()) {
              out.name("bound").value(true);
            }
          } else if (message instanceof Message.Drop drop) {
            out.name("drop").value(drop.job()).name("generation").value(drop.generation());
          } else {
            out.name(message instanceof Message.Drain ? "drain" : "leave").value(true);
          }
          out.endObject();
        }
        out.endArray();
      }
      if (!assignments.isEmpty()) {
        Rows.write(out, sent, assignments, assignment -> assignment, (same, assignment) -> {});
      }
    });
  }

  /**
   * Reads what {@link #bytes} has written.
   *
   * @throws IllegalArgumentException if it cannot be read
   */
  public static Ticket read(Bytes data) {
    return Text.read(data, in -> {
      long term = 0;
      Instant sent = Instant.EPOCH;
      List<Assignment> assignments = List.of();
      List<Message> messages = new ArrayList<>();
      while (in.hasNext()) {
        String name = in.nextName();
        if (Rows.isVersion(in, name, "A ticket")) {
          continue;
        }
        switch (name) {
          case "term" -> term = in.nextLong();
          case "sent" -> sent = Stamp.read(in.nextString());
          case "messages" -> readMessages(in, messages);
          case "jobs" -> assignments = Rows.read(in, sent, (same, assignment) -> assignment);
          default -> in.skipValue();
        }
      }
      return new Ticket(term, sent, assignments, messages);
    });
  }

  private static void readMessages(JsonReader in, List<Message> messages) throws IOException {
    in.beginArray();
    while (in.hasNext()) {
      String end = "";
      String reason = "";
      String drop = "";
      String recall = "";
      int shard = -1;
      long generation = 0;
      boolean bound = false;
      boolean drain = false;
      boolean leave = false;
      in.beginObject();
      while (in.hasNext()) {
        switch (in.nextName()) {
          case "end", "endPart" -> end = in.nextString();
          case "reason" -> reason = in.nextString();
          case "shard" -> shard = in.nextInt();
          case "drop" -> drop = in.nextString();
          case "recall" -> recall = in.nextString();
          case "generation" -> generation = in.nextLong();
          case "bound" -> bound = in.nextBoolean();
          case "drain" -> drain = in.nextBoolean();
          case "leave" -> leave = in.nextBoolean();
          default -> in.skipValue();
        }
      }
      in.endObject();
      if (!end.isEmpty()) {
        messages.add(new Message.End(RunId.parse(end), shard, Cancellation.Reason.valueOf(reason)));
      } else if (!recall.isEmpty()) {
        messages.add(new Message.Recall(recall, generation, bound));
      } else if (!drop.isEmpty()) {
        messages.add(new Message.Drop(drop, generation));
      } else if (drain) {
        messages.add(new Message.Drain());
      } else if (leave) {
        messages.add(new Message.Leave());
      } // else a message of a newer version, which says by its minReader whether it must be
      // understood
    }
    in.endArray();
  }
}
