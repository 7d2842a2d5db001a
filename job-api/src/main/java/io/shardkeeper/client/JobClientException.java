package io.shardkeeper.client;

/** Why something that was asked is not answered as it was wished. */
public final class JobClientException extends RuntimeException {
  private static final long serialVersionUID = 1;

  private final Reason reason;

  /** What stood in the way. */
  public enum Reason {
    /** There is no such job. */
    NO_SUCH_JOB,
    /** There is no such run, or what became of it is no longer kept. */
    NO_SUCH_RUN,
    /** There is no such instance, or more than one that is called so. */
    NO_SUCH_INSTANCE,
    /** It does not run at this moment. */
    NOT_RUNNING,
    /** Nothing of what it logged is kept where one could ask. */
    NO_LOG,
    /** No instance that lives offers such a handler. */
    NO_SUCH_HANDLER,
    /** Somebody else has changed it meanwhile: read it, and decide anew. */
    CONFLICT,
    /** The coordinator refused it, and nothing happened. */
    REFUSED,
    /** It is asked for something that this version does not carry out. */
    NOT_CARRIED_OUT,
    /** A newer version wrote it; this one would damage it. */
    NEWER_FORMAT,
    /** It cannot be read. */
    UNREADABLE,
    /** Too much is asked at once; nothing happened. */
    BUSY,
    /** It may have happened: its answer is lost. */
    IN_DOUBT,
    /** The ledger refuses to answer. */
    UNAVAILABLE,
    /** The client was closed. What had been sent may happen all the same. */
    CLOSED
  }

  /** Tells what was asked, what was found, and what would be right. */
  public JobClientException(Reason reason, String message) {
    super(message);
    this.reason = reason;
  }

  /** What stood in the way. */
  public Reason reason() {
    return reason;
  }
}
