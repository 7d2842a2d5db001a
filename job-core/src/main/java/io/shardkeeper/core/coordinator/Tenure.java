package io.shardkeeper.core.coordinator;

import io.shardkeeper.core.ledger.CommitResult;
import io.shardkeeper.core.ledger.Ledger;
import io.shardkeeper.core.ledger.NodePath;
import io.shardkeeper.core.ledger.Transaction;
import java.time.Duration;
import java.util.concurrent.CompletionStage;

/**
 * A tenure as coordinator. It lasts until somebody claims the next one: nobody is told, but every transaction begun here is refused from
 * then on.
 *
 * @param term its number; terms only grow
 * @param node the node of the term
 * @param version the version that the node has during this tenure
 * @param incarnation a node below it with a name of its own: whoever deletes the term and makes it again begins at version 0 again, but
 *     under another incarnation
 * @param holder the ephemeral node that says who has it
 * @param clockOffset what to add to the own clock to get the ledger's, as measured when it was claimed
 */
public record Tenure(
    long term,
    NodePath node,
    int version,
    NodePath incarnation,
    NodePath holder,
    Duration clockOffset) {
  /** A transaction that only happens during this tenure. */
  public Transaction.Builder begin() {
    return Transaction.builder().check(node, version).checkPresent(incarnation);
  }

  /** Gives the role back, so that the next one need not wait for the end of a session. */
  public CompletionStage<CommitResult> resign(Ledger ledger) {
    return ledger.commit(begin().delete(holder, Transaction.ANY_VERSION).build());
  }
}
