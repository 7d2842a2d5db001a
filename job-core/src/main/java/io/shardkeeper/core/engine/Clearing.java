package io.shardkeeper.core.engine;

import io.shardkeeper.core.layout.Layout;
import io.shardkeeper.core.ledger.BranchReader;
import io.shardkeeper.core.ledger.CommitResult;
import io.shardkeeper.core.ledger.Ledger;
import io.shardkeeper.core.ledger.NodePath;
import io.shardkeeper.core.ledger.Transaction;
import java.util.Comparator;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Takes away what strangers have put below nodes that come and go: no transaction with the going of such a node would ever land. */
final class Clearing {
  private static final Logger LOG = LoggerFactory.getLogger(Clearing.class);

  private Clearing() {}

  /** What was in the way of a transaction, as far as strangers have put it there, is gone when this ends. */
  static CompletionStage<?> clear(Ledger ledger, Transaction refused, CommitResult result) {
    boolean inTheWay = result.refusal() == CommitResult.Refusal.NOT_EMPTY
        && refused.steps().get(result.step()) instanceof Transaction.Step.Delete;
    return inTheWay
        ? clear(ledger, refused.steps().get(result.step()).path())
        : CompletableFuture.completedStage(null);
  }

  private static CompletionStage<?> clear(Ledger ledger, NodePath below) {
    return BranchReader.read(ledger, below).thenCompose(nodes -> {
      CompletionStage<?> done = CompletableFuture.completedStage(null);
      for (NodePath path : nodes.keySet().stream()
          .filter(path -> !path.equals(below) && !Layout.isOurs(path))
          .sorted(Comparator.reverseOrder()) // what is below comes behind
          .toList()) {
        LOG.error("Found {} where nothing belongs: it is taken away", path);
        done = ledger.commit(
            Transaction.builder().delete(path, Transaction.ANY_VERSION).build());
      }
      return done;
    });
  }
}
