package io.shardkeeper.core.mail;

import io.shardkeeper.core.json.Text;
import io.shardkeeper.core.layout.Layout;
import io.shardkeeper.core.layout.Rows;
import io.shardkeeper.core.layout.RunId;
import io.shardkeeper.core.ledger.Bytes;
import io.shardkeeper.core.ledger.NodePath;
import java.util.regex.Pattern;

/**
 * What a client asks an instance itself, past whoever coordinates: it stands in the inbox beside the tickets, and the instance takes it away with the
 * transaction that puts the {@link Reply} into the box of the client.
 *
 * <pre>
 *   /inbox/anna-1f/ask-c77-12        the question
 *   /commands/c77/reply-12           the answer, until the client has read it
 * </pre>
 *
 * @param client whose box the answer goes to
 * @param number tells apart the questions of a client
 * @param run about which run
 * @param shard about which of its shards; -1 for all that the instance has
 */
public record Question(String client, long number, About about, RunId run, int shard) {
  private static final Pattern CLIENT = Pattern.compile("[A-Za-z0-9-]{1,40}");

  /** What is asked. */
  public sealed interface About {
    /** How far the handlers of the run are. */
    record Progress() implements About {}

    /** Where the handler of the shard is at this moment. */
    record Stack() implements About {}

    /**
     * What the execution has logged.
     *
     * @param attempt which try of the shard; 0 for the latest
     * @param offset the byte at which to begin; a negative one counts from the end
     * @param most bytes of the answer, at most
     * @param patient whether to wait a little if there is nothing more yet
     */
    record Log(int attempt, long offset, int most, boolean patient) implements About {}
  }

  /** Whether a node in an inbox is a question. */
  public static boolean isOne(String name) {
    return name.startsWith(Layout.QUESTION);
  }

  /** Where it stands, if an instance is asked. */
  public NodePath in(String instance) {
    return Layout.INBOX.child(instance).child(Layout.QUESTION + client + '-' + number);
  }

  /** Where the answer stands. */
  public NodePath reply() {
    return Layout.COMMANDS.child(client).child(Layout.REPLY + number);
  }

  /** As it is stored. */
  public Bytes bytes() {
    return Text.object(out -> {
      Rows.version(out);
      out.name("client").value(client).name("number").value(number);
      out.name("run").value(run.text()).name("shard").value(shard);
      if (about instanceof About.Log log) {
        out.name("about").value("LOG").name("attempt").value(log.attempt());
        out.name("offset").value(log.offset()).name("most").value(log.most());
        out.name("wait").value(log.patient());
      } else {
        out.name("about").value(about instanceof About.Stack ? "STACK" : "PROGRESS");
      }
    });
  }

  /**
   * Reads what {@link #bytes} has written.
   *
   * @throws IllegalArgumentException if it cannot be read
   */
  public static Question read(Bytes data) {
    return Text.read(data, in -> {
      String client = "";
      long number = 0;
      String run = "";
      int shard = -1;
      String about = "";
      int attempt = 0;
      long offset = 0;
      int most = 0;
      boolean wait = false;
      while (in.hasNext()) {
        String name = in.nextName();
        if (Rows.isVersion(in, name, "A question")) {
          continue;
        }
        switch (name) {
          case "client" -> client = in.nextString();
          case "number" -> number = in.nextLong();
          case "run" -> run = in.nextString();
          case "shard" -> shard = in.nextInt();
          case "about" -> about = in.nextString();
          case "attempt" -> attempt = in.nextInt();
          case "offset" -> offset = in.nextLong();
          case "most" -> most = in.nextInt();
          case "wait" -> wait = in.nextBoolean();
          default -> in.skipValue();
        }
      }
      About what = switch (about) {
        case "PROGRESS" -> new About.Progress();
        case "STACK" -> new About.Stack();
        case "LOG" -> new About.Log(attempt, offset, most, wait);
        default -> throw new IllegalArgumentException("asks about nothing that is known here");
      };
      if (!CLIENT.matcher(client).matches()) {
        throw new IllegalArgumentException(
            "is asked by nobody who could be: a client has letters, digits and '-'");
      }
      return new Question(client, number, what, RunId.parse(run), shard);
    });
  }
}
