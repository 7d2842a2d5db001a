package io.shardkeeper.core.engine;

import io.shardkeeper.core.coordinator.Tenure;
import io.shardkeeper.core.layout.Cursor;
import io.shardkeeper.core.layout.Layout;
import io.shardkeeper.core.ledger.Bytes;
import io.shardkeeper.core.ledger.CommitResult;
import io.shardkeeper.core.ledger.Ledger;
import io.shardkeeper.core.ledger.LedgerException;
import io.shardkeeper.core.ledger.NodePath;
import io.shardkeeper.core.ledger.Transaction;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/** The nodes that are always there. Whoever comes first makes them; for the others they are there already. */
public final class Foundation {
  private Foundation() {}

  /** Makes the directories of a namespace. Harmless to repeat. */
  public static CompletionStage<?> lay(Ledger ledger) {
    return ledger.read(Layout.KEYS).thenCompose(known -> {
      if (known.isPresent()) {
        return CompletableFuture.completedStage(CommitResult.APPLIED);
      }
      Layout.ROOTS.stream()
          .filter(root -> !root.equals(Layout.KEYS))
          .forEach(root -> create(ledger, root));
      for (NodePath root : List.of(Layout.JOBS, Layout.RUNS, Layout.PLACES)) {
        Transaction.Builder buckets = Transaction.builder();
        for (int bucket = 0; bucket < Layout.BUCKETS; bucket++) {
          buckets.create(root.child(Layout.bucketName(bucket)), Bytes.NONE);
        }
        CompletionStage<CommitResult> unused = ledger.commit(buckets.build());
      }
      // Comes last, because its presence says that the rest is there.
      Transaction.Builder keys = Transaction.builder().create(Layout.KEYS, Bytes.NONE);
      for (int bucket = 0; bucket < Layout.BUCKETS; bucket++) {
        keys.checkPresent(Layout.RUNS.child(Layout.bucketName(bucket)));
        keys.create(Layout.KEYS.child(Layout.bucketName(bucket)), Bytes.NONE);
      }
      return ledger.commit(keys.build());
    });
  }

  private static void create(Ledger ledger, NodePath path) {
    CompletionStage<CommitResult> unused =
        ledger.commit(Transaction.builder().create(path, Bytes.NONE).build());
  }

  /** Makes the cursor, if there is none. From when on fires count say the jobs: none of theirs is lost, however late somebody coordinates. */
  static CompletionStage<?> cursor(Ledger ledger, Tenure tenure) {
    return ledger
        .read(Layout.CURSOR)
        .thenCompose(known -> known.isPresent()
            ? CompletableFuture.completedStage(CommitResult.APPLIED)
            : ledger.commit(tenure
                .begin()
                .create(Layout.CURSOR, Cursor.from(Instant.EPOCH).bytes())
                .build()));
  }

  /** Why something is not there that was just made. */
  static LedgerException missing(NodePath path) {
    return new LedgerException(
        LedgerException.Kind.UNAVAILABLE, "Reading " + path + ": it is not there yet");
  }
}
