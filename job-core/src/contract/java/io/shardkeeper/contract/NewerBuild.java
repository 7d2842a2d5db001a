package io.shardkeeper.contract;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import io.shardkeeper.core.definition.JobDocument;
import io.shardkeeper.core.layout.Layout;
import io.shardkeeper.core.ledger.Bytes;
import io.shardkeeper.core.ledger.CommitResult;
import io.shardkeeper.core.ledger.Hint;
import io.shardkeeper.core.ledger.Ledger;
import io.shardkeeper.core.ledger.Node;
import io.shardkeeper.core.ledger.NodePath;
import io.shardkeeper.core.ledger.Session;
import io.shardkeeper.core.ledger.Subscription;
import io.shardkeeper.core.ledger.Transaction;
import io.shardkeeper.core.ledger.Transaction.Step;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletionStage;
import java.util.function.Consumer;

/**
 * A ledger as the next build of the product would write to it: the format is one higher, the least reader is the same, and there is more in
 * everything than this build knows. What it reads it is given as it stands: who writes the new form reads both.
 *
 * <pre>
 *   {"v":1,"minReader":1,"base":7,"jobs":[{"job":"bill","rows":[[0,0,1,5,9]]}]}
 *   {"v":2,"minReader":1,"newer":{...},"base":7,"jobs":[{"job":"bill","rows":[[0,0,1,5,9,{"newer":..}]],"newer":..}]}
 * </pre>
 *
 * <p>Objects in lists have a field more, rows an object more at their end, tickets a message that nobody knows, and definitions a field in
 * each of their parts. Maps have not: a key of theirs is no field.
 */
public final class NewerBuild implements Ledger {
  public static final int FORMAT = JobDocument.FORMAT + 1;

  /** The field that only the newer build knows. */
  public static final String FIELD = "newer";

  private final Ledger ledger;

  public NewerBuild(Ledger ledger) {
    this.ledger = ledger;
  }

  // ------------------------------------------------------------------ what is written

  @Override
  public CompletionStage<CommitResult> commit(Transaction transaction) {
    return ledger.commit(newer(transaction));
  }

  /** The same in the newer form; as it is where that would be too large. */
  private static Transaction newer(Transaction transaction) {
    Transaction.Builder steps = Transaction.builder();
    try {
      for (Step step : transaction.steps()) {
        if (step instanceof Step.Check check) {
          steps.check(check.path(), check.version());
        } else if (step instanceof Step.Create create) {
          steps.create(create.path(), newer(create.path(), create.data()), create.lifetime());
        } else if (step instanceof Step.Put put) {
          steps.set(put.path(), newer(put.path(), put.data()), put.version());
        } else if (step instanceof Step.Delete delete) {
          steps.delete(delete.path(), delete.version());
        }
      }
    } catch (IllegalArgumentException e) {
      return transaction;
    }
    return steps.build();
  }

  /** A content in the newer form, if it is one that has a form. */
  static Bytes newer(NodePath path, Bytes data) {
    return data.text().startsWith("{\"v\":")
        ? Bytes.of(
            newer(path, JsonParser.parseString(data.text()).getAsJsonObject()).toString())
        : data;
  }

  private static JsonObject newer(NodePath path, JsonObject old) {
    boolean definition = path.isWithin(Layout.JOBS);
    var object = new JsonObject();
    for (Map.Entry<String, JsonElement> entry : old.entrySet()) {
      JsonElement value = entry.getValue();
      if (!entry.getKey().equals(FIELD)) {
        grow(value);
      }
      if (entry.getKey().equals("messages") && value instanceof JsonArray messages) {
        messages.add(more());
      }
      boolean part = value.isJsonObject()
          && !entry.getKey().equals("parameters")
          && !entry.getKey().equals("labels");
      if (definition && part) {
        addTo(value.getAsJsonObject());
      }
      object.add(entry.getKey(), value);
      if (entry.getKey().equals("minReader")) {
        addTo(object);
      }
    }
    object.addProperty("v", FORMAT);
    if (old.has(FIELD)) {
      object.add(FIELD, old.get(FIELD)); // what it has written before, or somebody has kept for it
    }
    return object;
  }

  private static void grow(JsonElement element) {
    if (element instanceof JsonArray array) {
      for (JsonElement item : array) {
        grow(item);
        if (item instanceof JsonArray row) {
          row.add(more());
        } else if (item instanceof JsonObject object) {
          addTo(object);
        }
      }
    } else if (element instanceof JsonObject object) {
      object.entrySet().stream()
          .filter(entry -> !entry.getKey().equals(FIELD)) // what it has written itself is as it is
          .forEach(entry -> grow(entry.getValue()));
    }
  }

  private static void addTo(JsonObject object) {
    if (!object.has(FIELD)) {
      object.add(FIELD, more().get(FIELD));
    }
  }

  /** Something of each kind. */
  private static JsonObject more() {
    var inside = new JsonArray();
    inside.add(7.5);
    inside.add("text");
    inside.add(true);
    inside.add(new JsonObject());
    var more = new JsonObject();
    more.add(FIELD, inside);
    return more;
  }

  // ------------------------------------------------------------------ all else

  @Override
  public CompletionStage<Optional<Node>> read(NodePath path) {
    return ledger.read(path);
  }

  @Override
  public CompletionStage<Optional<List<String>>> list(NodePath path) {
    return ledger.list(path);
  }

  @Override
  public CompletionStage<Void> barrier() {
    return ledger.barrier();
  }

  @Override
  public Subscription watch(NodePath root, Consumer<Hint> told) {
    return ledger.watch(root, told);
  }

  @Override
  public Session session() {
    return ledger.session();
  }

  @Override
  public Subscription onSession(Consumer<Session> told) {
    return ledger.onSession(told);
  }

  @Override
  public CompletionStage<Void> endSession() {
    return ledger.endSession();
  }

  @Override
  public void close() {
    ledger.close();
  }
}
