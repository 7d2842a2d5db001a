package io.shardkeeper.core.ledger;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.BiConsumer;

/** Reads a whole branch once, with a bounded number of questions at a time. Lives on the executor of its ledger. */
public final class BranchReader {
  private static final int MOST_QUESTIONS = 500;

  private final Ledger ledger;
  private final Map<NodePath, Node> found = new TreeMap<>();
  private final Deque<NodePath> toRead = new ArrayDeque<>();
  private final CompletableFuture<Map<NodePath, Node>> all = new CompletableFuture<>();
  private int underWay;
  private boolean asking;

  private BranchReader(Ledger ledger, NodePath root) {
    this.ledger = ledger;
    toRead.add(root);
  }

  /** The nodes of a branch, its root included; none if that is not there. Fails if a question is not answered. */
  public static CompletionStage<Map<NodePath, Node>> read(Ledger ledger, NodePath root) {
    var reader = new BranchReader(ledger, root);
    reader.ask();
    return reader.all;
  }

  private void ask() {
    if (asking) {
      return; // an answer that came at once: the loop below goes on
    }
    asking = true;
    while (!all.isDone() && underWay < MOST_QUESTIONS && !toRead.isEmpty()) {
      NodePath path = toRead.remove();
      underWay++;
      ledger
          .read(path)
          .whenComplete((node, failure) ->
              answered(failure, node, (BiConsumer<NodePath, Node>) this::keep, path));
    }
    asking = false;
    if (underWay == 0 && toRead.isEmpty()) {
      all.complete(found);
    }
  }

  private void answered(
      Throwable failure, Optional<Node> node, BiConsumer<NodePath, Node> keep, NodePath path) {
    underWay--;
    if (failure != null) {
      all.completeExceptionally(failure);
      return;
    }
    node.ifPresent(present -> keep.accept(path, present));
    ask();
  }

  private void keep(NodePath path, Node node) {
    found.put(path, node);
    if (node.children() > 0) {
      underWay++;
      ledger.list(path).whenComplete((names, failure) -> {
        underWay--;
        if (failure != null) {
          all.completeExceptionally(failure);
          return;
        }
        for (String name : names.orElse(List.of())) {
          if (path.mayHave(name)) {
            toRead.add(path.child(name));
          }
        }
        ask();
      });
    }
  }
}
