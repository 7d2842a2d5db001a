package io.shardkeeper.cron;

/** Something in an expression that is allowed and often regretted. Column 0 means the expression as a whole. */
public record Finding(Kind kind, int column, String message) {
  /** The kinds of finding. */
  public enum Kind {
    /** A weekday is told by its number, which differs between dialects. */
    NUMERIC_WEEKDAY,
    /** Some months or years that are asked for have no such day. */
    RARE_DATE,
    /** It fires at a minute where everybody's jobs stand. */
    HERD,
    /** A day of the month and a weekday together mean either. */
    DAY_OR_DAY,
    /** It fires at a time that the clock of its zone skips or repeats. */
    CLOCK_CHANGE,
    /** A step that does not divide its field. */
    UNEVEN_STEP
  }
}
