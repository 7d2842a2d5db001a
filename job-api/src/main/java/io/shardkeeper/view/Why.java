package io.shardkeeper.view;

import java.time.Instant;

/**
 * What became of an instant of a job: the answer to "why did it not run at three".
 *
 * @param job which job
 * @param at which instant
 * @param kind the answer, for programs
 * @param runId the run that it is about; empty if there is none
 * @param sentence the answer, for people: with the time and the reason
 */
public record Why(String job, Instant at, Kind kind, String runId, String sentence) {
  /** What became of it. */
  public enum Kind {
    /** A run answered it, and ended. */
    ENDED,
    /** It was decided that there be no run. */
    SKIPPED,
    /** It is planned, waits or runs. */
    OPEN,
    /** The trigger does not name it. */
    NOT_A_FIRE,
    /** It lies after what is decided. */
    NOT_YET,
    /** What became of it is no longer kept. */
    NO_LONGER_KEPT,
    /** The job was defined later. */
    BEFORE,
    /** Nothing tells of it, which must not be. */
    UNACCOUNTED
  }
}
