package io.shardkeeper.core.ledger;

import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletionStage;
import java.util.function.Consumer;

/**
 * A small transactional tree, seen by one client. Threads may share it.
 *
 * <p><b>Order.</b> What one client asks is done in the order in which it asked, so commits may be pipelined, and a question after a
 * commit sees it. Everything that the client is told (answers, hints, changes of its session) is told by the executor that it gave, one
 * after the other: a hint before the answer that shows the change.
 *
 * <p><b>Doubt.</b> A lost connection means "do not know". A commit under way ends {@link CommitResult#UNKNOWN}, a question ends in a
 * {@link LedgerException}; neither is ever answered by "nothing there". Once the session is known to be suspended nothing is sent at all. The ledger
 * itself goes on trying for ever, and begins a new session when the old one is over.
 *
 * <p><b>Age.</b> A client may see an old state of what others wrote, but never goes back, and sees its own writes. After a
 * {@link #barrier()} it sees at least what had been written when the barrier was asked for.
 */
public interface Ledger extends AutoCloseable {
  /** Children of one node that {@link #list} tells, at most. */
  int MOST_CHILDREN = 10_000;

  /** Commits of one client under way, at most; and questions, at most. */
  int MOST_UNDER_WAY = 20_000;

  /** Carries out a transaction. The stage ends with the result and in no other way; where too much is under way, unsent as UNKNOWN. */
  CompletionStage<CommitResult> commit(Transaction transaction);

  /** Reads a node: empty if it is absent. */
  CompletionStage<Optional<Node>> read(NodePath path);

  /** The names of the nodes right below one, in alphabetical order: empty if it is absent. */
  CompletionStage<Optional<List<String>>> list(NodePath path);

  /** Ends when that one has answered on whom all must agree, so that no old state is seen behind it. Nothing nearer may answer it. */
  CompletionStage<Void> barrier();

  /**
   * Tells of changes at a node and below it, be it there or not. It begins with a hint that everything may have changed, and gives the
   * same hint whenever changes may have been missed: so whoever reads what the hints name knows everything in the end. Only of changes
   * made while these credentials were shut out nothing is told; a reconciliation finds them.
   *
   * <p>Several watches of one ledger are told in the order in which things changed, however long that waits: a job before the request that came behind it.
   */
  Subscription watch(NodePath root, Consumer<Hint> told);

  /** The session as it stands. */
  Session session();

  /** Tells of changes of the session, and of how it stands now. Changes that follow each other quickly may be told as one. */
  Subscription onSession(Consumer<Session> told);

  /**
   * Ends the present session for good, and begins a new one. The stage ends when the former is over as far as this client can bring it
   * about: without a connection its nodes stay until the far end has waited out the session timeout.
   */
  CompletionStage<Void> endSession();

  /** Ends the session and everything under way. Nothing is told afterwards, but what is under way is answered. */
  @Override
  void close();
}
