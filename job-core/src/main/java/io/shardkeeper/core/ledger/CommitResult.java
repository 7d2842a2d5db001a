package io.shardkeeper.core.ledger;

/**
 * What became of a transaction.
 *
 * @param kind what is known
 * @param step for a conflict, the index of the step that was refused, otherwise -1
 * @param refusal for a conflict, why it was refused, otherwise {@link Refusal#NONE}
 */
public record CommitResult(Kind kind, int step, Refusal refusal) {
  /** All of it happened. */
  public static final CommitResult APPLIED = new CommitResult(Kind.APPLIED, -1, Refusal.NONE);

  /** Nobody knows. */
  public static final CommitResult UNKNOWN = new CommitResult(Kind.UNKNOWN, -1, Refusal.NONE);

  /** What is known of a transaction. */
  public enum Kind {
    /** All of it happened. */
    APPLIED,
    /** Nothing of it happened, nor will. */
    CONFLICT,
    /** All of it happened, or nothing, or it will happen later. Only reading tells, and for "later" only a version that moved. */
    UNKNOWN
  }

  /** Why a step was refused. */
  public enum Refusal {
    /** Nothing was refused. */
    NONE,
    /** The node, or the one above a node to be created, is not there. */
    ABSENT,
    /** The node to be created is there. */
    EXISTS,
    /** The node has another version. */
    VERSION,
    /** The node to be deleted has others below it. */
    NOT_EMPTY,
    /** The node above vanishes with a session; such nodes have none below. */
    BELOW_EPHEMERAL,
    /** These credentials must not do that. */
    DENIED
  }

  /** A transaction of which nothing happened. */
  public static CommitResult conflict(int step, Refusal refusal) {
    return new CommitResult(Kind.CONFLICT, step, refusal);
  }

  /** Whether all of it happened, for certain. */
  public boolean isApplied() {
    return kind == Kind.APPLIED;
  }

  @Override
  public String toString() {
    return kind == Kind.CONFLICT ? "CONFLICT(step " + step + " " + refusal + ")" : kind.name();
  }
}
