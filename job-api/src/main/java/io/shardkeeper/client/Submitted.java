package io.shardkeeper.client;

/**
 * What became of one request for a run.
 *
 * @param kind whether there is a run
 * @param runId the run; empty if there is none
 * @param reason why there is none; else empty
 */
public record Submitted(Kind kind, String runId, String reason) {
  /** Whether there is a run. */
  public enum Kind {
    /** There is one, by this request. */
    ACCEPTED,
    /** There was one already: a request with the same key asked for it. */
    KNOWN,
    /** There is none. */
    REFUSED,
    /** Nobody knows: the answer is lost. */
    IN_DOUBT
  }

  /** Whether there is a run, by this request or by an earlier one. */
  public boolean hasRun() {
    return !runId.isEmpty();
  }
}
