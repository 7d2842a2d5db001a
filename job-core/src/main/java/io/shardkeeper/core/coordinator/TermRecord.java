package io.shardkeeper.core.coordinator;

import com.google.gson.JsonObject;
import io.shardkeeper.core.json.Fields;
import io.shardkeeper.core.json.Json;
import io.shardkeeper.core.json.NewerFormatException;
import io.shardkeeper.core.ledger.Bytes;
import io.shardkeeper.core.ledger.Node;

/**
 * What stands in the node of the term, and in that of its holder.
 *
 * @param term the number of a tenure
 * @param holder who has it
 */
record TermRecord(long term, String holder) {
  /** The format that is written and read here. */
  private static final int FORMAT = 1;

  /** More tenures than there will ever be: a number above it is damage too, and the next one must still be higher. */
  private static final long MOST = 1L << 50;

  static final TermRecord NOBODY = new TermRecord(0, "");

  Bytes bytes() {
    var object = new JsonObject();
    object.addProperty("v", FORMAT);
    object.addProperty("minReader", FORMAT);
    object.addProperty("term", term);
    object.addProperty("holder", holder);
    return Bytes.of(object.toString());
  }

  /**
   * Reads the term. The node was set once for each term that there ever was, so a number below that is damage, and so is what is no JSON:
   * terms only grow, even when somebody edits them.
   *
   * @throws NewerFormatException if it takes a newer version to read it
   */
  static TermRecord read(Node node) {
    long least = node.version();
    try {
      var mistakes = new StringBuilder();
      var fields = new Fields(Json.parse(node.data().text()), "", mistakes::append);
      int minReader = fields.number("minReader", FORMAT);
      if (minReader > FORMAT) {
        throw new NewerFormatException("The term of the coordinator", minReader, FORMAT);
      }
      long term = fields.whole("term", 0);
      boolean possible = term >= least && term < MOST;
      return new TermRecord(possible ? term : least, fields.text("holder", ""));
    } catch (NewerFormatException e) {
      throw e;
    } catch (IllegalArgumentException e) {
      return new TermRecord(least, "");
    }
  }
}
