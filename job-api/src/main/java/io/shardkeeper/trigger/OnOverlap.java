package io.shardkeeper.trigger;

/** What becomes of fires whose local time happens twice, because the clock was set back. */
public enum OnOverlap {
  /** They happen the first time only. */
  FIRST,
  /** They happen both times. */
  BOTH,
  /** They happen the last time only. */
  LAST
}
