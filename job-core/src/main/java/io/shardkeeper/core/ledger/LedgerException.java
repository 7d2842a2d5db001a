package io.shardkeeper.core.ledger;

/** Why a ledger did not answer a question. That a node is absent is an answer, and never told like this. */
public final class LedgerException extends RuntimeException {
  private static final long serialVersionUID = 1;

  private final Kind kind;

  /** What stood in the way. */
  public enum Kind {
    /** The far end does not answer at present. Ask again when the session is connected. */
    UNAVAILABLE,
    /** These credentials must not see that. */
    DENIED,
    /** The answer would be larger than an answer may be. */
    TOO_LARGE,
    /** Too many questions are open. Wait for some of their answers; each watch gives a hint when there is room. */
    BUSY,
    /** The ledger was closed. */
    CLOSED
  }

  public LedgerException(Kind kind, String message) {
    super(message);
    this.kind = kind;
  }

  /** A node has more nodes right below it than a list may tell. */
  public static LedgerException tooManyChildren(NodePath path, int children) {
    return new LedgerException(
        Kind.TOO_LARGE,
        "Listing " + path + ": it has " + children + " nodes right below it; a list tells at most "
            + Ledger.MOST_CHILDREN);
  }

  /** What stood in the way. */
  public Kind kind() {
    return kind;
  }
}
