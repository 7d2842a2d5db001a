package io.shardkeeper.core.engine;

import io.shardkeeper.core.layout.Layout;
import io.shardkeeper.core.ledger.BranchReader;
import io.shardkeeper.core.ledger.CommitResult;
import io.shardkeeper.core.ledger.Ledger;
import io.shardkeeper.core.ledger.NodePath;
import io.shardkeeper.core.ledger.Transaction;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Takes away what strangers have put below nodes that come and go: no transaction with the going of such a node would ever land. Where that cannot be
 * done, the node is remembered as blocked, and stays. Lives on the loop.
 */
final class Clearing {
  private static final Logger LOG = LoggerFactory.getLogger(Clearing.class);

  private final Ledger ledger;
  private final Set<NodePath> blocked;

  Clearing(Ledger ledger, Set<NodePath> blocked) {
    this.ledger = ledger;
    this.blocked = blocked;
  }

  /** A transaction was refused: what was in its way, as far as strangers have put it there, is taken away. */
  void clear(Transaction refused, CommitResult result) {
    if (result.refusal() == CommitResult.Refusal.NOT_EMPTY
        && refused.steps().get(result.step()) instanceof Transaction.Step.Delete delete) {
      NodePath path = delete.path();
      CompletionStage<Void> unused = BranchReader.read(ledger, path)
          .thenCompose(found -> take(found.keySet().stream()
              .filter(below -> !below.equals(path) && !Layout.isOurs(below))
              .sorted(Comparator.reverseOrder()) // what is below comes behind
              .toList()))
          .thenCompose(done -> ledger.list(path))
          .handle((names, failure) -> {
            // What a stranger calls it may be no name for a node of ours: it is in no list.
            if (failure != null || names.map(List::isEmpty).orElse(false)) {
              look(path);
            }
            return null;
          });
    }
  }

  private CompletionStage<?> take(List<NodePath> strange) {
    CompletionStage<?> done = CompletableFuture.completedStage(null);
    for (NodePath path : strange) {
      LOG.error("Found {} where nothing belongs: it is to be taken away", path);
      done = done.thenCompose(before -> ledger.commit(
          Transaction.builder().delete(path, Transaction.ANY_VERSION).build()));
    }
    return done;
  }

  private void look(NodePath path) {
    CompletionStage<Void> unused = ledger.read(path).handle((node, failure) -> {
      if (failure != null || node.map(one -> one.children() > 0).orElse(false)) {
        blocked.add(path);
        LOG.error(
            "{} cannot be deleted, because a stranger has put something below it that cannot be taken away from here: delete that by hand",
            path);
      }
      return null;
    });
  }
}
