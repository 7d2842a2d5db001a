package io.shardkeeper.trigger;

/** What becomes of fires whose local time never happens, because the clock jumped over it. */
public enum OnGap {
  /** They become one fire at the end of the gap, together with one that is due there anyway. */
  SHIFT,
  /** They do not happen either. */
  SKIP
}
