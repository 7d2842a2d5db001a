package io.shardkeeper.cron;

/** Whose reading of an expression holds: they differ in the number of fields and in how days are told. */
public enum Dialect {
  /** Five fields; weekdays 0 to 7, where both 0 and 7 are Sunday. */
  UNIX("minute hour day month weekday"),
  /** Six or seven fields; weekdays 1 (Sunday) to 7 (Saturday). */
  QUARTZ("second minute hour day month weekday [year]"),
  /** Six fields; weekdays 0 to 7, where both 0 and 7 are Sunday. */
  SPRING("second minute hour day month weekday");

  private final String shape;

  Dialect(String shape) {
    this.shape = shape;
  }

  String shape() {
    return shape;
  }

  boolean takes(int fields) {
    return switch (this) {
      case UNIX -> fields == 5;
      case QUARTZ -> fields == 6 || fields == 7;
      case SPRING -> fields == 6;
    };
  }
}
