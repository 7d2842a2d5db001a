package io.shardkeeper.core.ledger;

import java.time.Instant;

/**
 * A node as it was read.
 *
 * @param data its content
 * @param version how often its content was set since it was created; equal versions mean equal content only if the creation is the same
 * @param creation the number of the transaction that created it: a node deleted and created again has another one, and version 0 again
 * @param owner the id of the session with which it vanishes, or {@link #NOBODY}
 * @param modified when its content was set last, by the clock of the ledger
 * @param children how many nodes are right below it
 */
public record Node(
    Bytes data, int version, long creation, long owner, Instant modified, int children) {
  /** The owner of a node that vanishes with no session. */
  public static final long NOBODY = 0;

  /** Whether it vanishes with a session. */
  public boolean isEphemeral() {
    return owner != NOBODY;
  }

  /** Whether this and that have the same content because they are the same state of the same node. */
  public boolean isSameAs(Node other) {
    // The version alone does not tell: who deletes and creates again begins at 0.
    return creation == other.creation && version == other.version;
  }
}
