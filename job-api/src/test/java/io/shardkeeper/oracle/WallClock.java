package io.shardkeeper.oracle;

import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.time.zone.ZoneRules;
import java.util.List;

/**
 * What the clock of a zone showed, second after second, from one instant to another. The rules of java.time are asked for each
 * of these seconds, one by one, and nothing is made of their answers. Immutable.
 */
final class WallClock {
  private final ZoneId zone;
  private final long from;
  private final long[]
      shown; // from one second before, so that a jump at the very beginning is seen

  WallClock(ZoneId zone, long from, long to) {
    this.zone = zone;
    this.from = from;
    this.shown = new long[(int) (to - from + 2)];
    ZoneRules rules = zone.getRules();
    for (int i = 0; i < shown.length; i++) {
      long second = from - 1 + i;
      shown[i] = second + rules.getOffset(Instant.ofEpochSecond(second)).getTotalSeconds();
    }
  }

  ZoneId zone() {
    return zone;
  }

  /** The first second that is watched. */
  long from() {
    return from;
  }

  /** The last second that is watched. */
  long to() {
    return from + shown.length - 2;
  }

  /** What the clock shows at a second, in seconds since 1970 by the wall. */
  long at(long second) {
    return shown[(int) (second - from + 1)];
  }

  /** The offsets, in their order, at which the clock shows what it shows at a second. */
  List<ZoneOffset> offsetsThatShow(long second) {
    var local = LocalDateTime.ofEpochSecond(at(second), 0, ZoneOffset.UTC);
    return zone.getRules().getValidOffsets(local);
  }
}
