package io.shardkeeper.core.mail;

import io.shardkeeper.core.json.Text;
import io.shardkeeper.core.layout.Rows;
import io.shardkeeper.core.ledger.Bytes;
import java.util.ArrayList;
import java.util.List;

/** What an instance answers to a {@link Question}. */
public sealed interface Reply {
  /** There is nothing to tell, for a reason. */
  record Nothing(String why) implements Reply {}

  /** It is asked too much at once, or the answer found no place: to be asked again. */
  record Busy() implements Reply {}

  /** How far handlers are. */
  record Progress(List<Said> said) implements Reply {
    /** Copies the list. */
    public Progress {
      said = List.copyOf(said);
    }
  }

  /** The last that one handler said: how many items of how many are done, and what is going on. */
  record Said(int shard, int attempt, long done, long total, String note) {}

  /** Where a handler is. */
  record Stack(String text) implements Reply {}

  /**
   * A page of what an execution has logged.
   *
   * @param attempt of which try it is
   * @param offset the byte at which it begins
   * @param next the byte at which the next page begins
   * @param size how many bytes there are
   * @param complete whether it reaches the end, and nothing more comes
   */
  record Log(int attempt, long offset, String text, long next, long size, boolean complete)
      implements Reply {}

  /** As it is stored. */
  default Bytes bytes() {
    return Text.object(out -> {
      Rows.version(out);
      if (this instanceof Nothing nothing) {
        out.name("nothing").value(nothing.why());
      } else if (this instanceof Busy) {
        out.name("busy").value(true);
      } else if (this instanceof Stack stack) {
        out.name("stack").value(stack.text());
      } else if (this instanceof Log log) {
        out.name("log").value(log.text()).name("attempt").value(log.attempt());
        out.name("offset").value(log.offset()).name("next").value(log.next());
        out.name("size").value(log.size()).name("complete").value(log.complete());
      } else if (this instanceof Progress progress) {
        out.name("progress").beginArray();
        for (Said said : progress.said()) {
          out.beginArray().value(said.shard()).value(said.attempt());
          out.value(said.done()).value(said.total()).value(said.note()).endArray();
        }
        out.endArray();
      }
    });
  }

  /**
   * Reads what {@link #bytes} has written.
   *
   * @throws IllegalArgumentException if it cannot be read
   */
  static Reply read(Bytes data) {
    return Text.read(data, in -> {
      Reply reply = new Nothing("its answer cannot be understood here");
      String log = null;
      int attempt = 0;
      long offset = 0;
      long next = 0;
      long size = 0;
      boolean complete = false;
      while (in.hasNext()) {
        String name = in.nextName();
        if (Rows.isVersion(in, name, "An answer")) {
          continue;
        }
        switch (name) {
          case "nothing" -> reply = new Nothing(in.nextString());
          case "busy" -> {
            in.skipValue();
            reply = new Busy();
          }
          case "stack" -> reply = new Stack(in.nextString());
          case "progress" -> {
            List<Said> said = new ArrayList<>();
            in.beginArray();
            while (in.hasNext()) {
              in.beginArray();
              said.add(new Said(
                  in.nextInt(), in.nextInt(), in.nextLong(), in.nextLong(), in.nextString()));
              while (in.hasNext()) {
                in.skipValue();
              }
              in.endArray();
            }
            in.endArray();
            reply = new Progress(said);
          }
          case "log" -> log = in.nextString();
          case "attempt" -> attempt = in.nextInt();
          case "offset" -> offset = in.nextLong();
          case "next" -> next = in.nextLong();
          case "size" -> size = in.nextLong();
          case "complete" -> complete = in.nextBoolean();
          default -> in.skipValue();
        }
      }
      return log == null ? reply : new Log(attempt, offset, log, next, size, complete);
    });
  }
}
