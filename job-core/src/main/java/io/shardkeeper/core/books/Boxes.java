package io.shardkeeper.core.books;

import io.shardkeeper.core.layout.Layout;
import io.shardkeeper.core.ledger.NodePath;
import io.shardkeeper.core.ledger.Transaction;
import io.shardkeeper.core.mail.Box;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** The clients that the coordinator knows, and what each of them was answered. */
public final class Boxes {
  private final Map<String, Box> boxes = new TreeMap<>();
  private final Draft draft;

  public Boxes(Draft draft) {
    this.draft = draft;
  }

  public void put(String client, Box box) {
    boxes.put(client, box);
  }

  public void remove(String client) {
    boxes.remove(client);
  }

  /** What a client was answered so far. */
  public Box of(String client) {
    return boxes.getOrDefault(client, Box.EMPTY);
  }

  /** Adds the answers to a part of a command; the command stays. */
  public void add(String client, long number, List<Box.Answer> answers) {
    Box next = of(client).with(number, answers);
    boxes.put(client, next);
    draft.box(Layout.COMMANDS.child(client), next);
  }

  /** Adds all the answers to a command, and takes that away. */
  public void answer(String client, long number, List<Box.Answer> answers) {
    Box known = boxes.get(client);
    if (known == null) {
      return; // the client is gone, and its box with it
    }
    NodePath path = Layout.COMMANDS.child(client);
    Box next = known.with(number, answers);
    boxes.put(client, next);
    draft.box(path, next);
    draft.act(
        200, (to, commit) -> to.delete(path.child(Layout.number(number)), Transaction.ANY_VERSION));
  }
}
