package io.shardkeeper.trigger;

import io.shardkeeper.cron.Cron;
import io.shardkeeper.cron.Finding;
import io.shardkeeper.time.ZoneTimeline;
import io.shardkeeper.time.Zones;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Fires where the wall clock of a zone matches an expression. Immutable but for a guess that is only ever a guess; threads
 * may share it.
 *
 * <p>Time is cut into stretches in which the offset of the zone does not change. In a stretch local time runs straight, so
 * the next match is the next fire, unless it lies behind the stretch. What happens between two stretches is the whole of
 * daylight saving time:
 *
 * <pre>
 *   gap       ──── 01:59:59 │ 03:00:00 ────     02:xx never happens: SHIFT fires once at the bar
 *   overlap   ──── 01:59:59 │ 01:00:00 ────     01:xx happens twice: FIRST leaves it out behind the bar, LAST before it
 * </pre>
 */
public final class CronTrigger implements Trigger {
  private static final long TEN_YEARS = 3_653L * 86_400;

  private final Cron cron;
  private final ZoneId zone;
  private final OnGap onGap;
  private final OnOverlap onOverlap;
  private final ZoneTimeline timeline;

  /** The stretch of the last answer. A race may lose it or bring back an older one, which costs a search and nothing else. */
  private int guess;

  CronTrigger(Cron cron, ZoneId zone) {
    this(
        cron,
        Zones.checked(zone),
        cron.isIntervalLike() ? OnGap.SKIP : OnGap.SHIFT,
        cron.isIntervalLike() ? OnOverlap.BOTH : OnOverlap.FIRST);
  }

  private CronTrigger(Cron cron, ZoneId zone, OnGap onGap, OnOverlap onOverlap) {
    this.cron = cron;
    this.zone = zone;
    this.onGap = onGap;
    this.onOverlap = onOverlap;
    this.timeline = ZoneTimeline.of(zone);
  }

  /** The same, but for what happens in a gap. */
  public CronTrigger onGap(OnGap rule) {
    return new CronTrigger(cron, zone, Objects.requireNonNull(rule, "rule"), onOverlap);
  }

  /** The same, but for what happens in an overlap. */
  public CronTrigger onOverlap(OnOverlap rule) {
    return new CronTrigger(cron, zone, onGap, Objects.requireNonNull(rule, "rule"));
  }

  /** The expression. */
  public Cron cron() {
    return cron;
  }

  @Override
  public ZoneId zone() {
    return zone;
  }

  /** What happens to fires in a gap. */
  public OnGap onGap() {
    return onGap;
  }

  /** What happens to fires in an overlap. */
  public OnOverlap onOverlap() {
    return onOverlap;
  }

  /** What is allowed and often regretted, times included that the clock of the zone skips or repeats in ten years from now. */
  public List<Finding> lint(Instant now) {
    var findings = new ArrayList<>(cron.lint());
    if (!cron.isIntervalLike() && !cron.needsJobName()) {
      clockChange(now.getEpochSecond()).ifPresent(findings::add);
    }
    return findings;
  }

  private Optional<Finding> clockChange(long now) {
    for (int stretch = timeline.at(now, guess) + 1; stretch < timeline.size(); stretch++) {
      int jump = timeline.jump(stretch);
      long from = startLocal(stretch) - Math.max(jump, 0);
      long until = startLocal(stretch) + Math.max(-jump, 0);
      if (timeline.start(stretch) - now > TEN_YEARS) {
        break;
      }
      if (cron.nextLocal(from) < until) {
        LocalDateTime local = LocalDateTime.ofEpochSecond(cron.nextLocal(from), 0, ZoneOffset.UTC);
        String what =
            jump > 0 ? "does not happen; with " + onGap : "happens twice; with " + onOverlap;
        return Optional.of(new Finding(
            Finding.Kind.CLOCK_CHANGE,
            0,
            local + " in " + zone + " " + what + " the preview shows what follows"));
      }
    }
    return Optional.empty();
  }

  @Override
  public Trigger forJob(String jobName) {
    return cron.spreadFor(jobName).equals(cron)
        ? this
        : new CronTrigger(cron.spreadFor(jobName), zone, onGap, onOverlap);
  }

  @Override
  public Instant after(Instant t) {
    long second = next(t.getEpochSecond() + 1);
    return second == Cron.NEVER ? NEVER : Instant.ofEpochSecond(second);
  }

  @Override
  public Instant before(Instant t) {
    long second = previous(t.getNano() > 0 ? t.getEpochSecond() : t.getEpochSecond() - 1);
    return second == Cron.NEVER_BEFORE ? NEVER_BEFORE : Instant.ofEpochSecond(second);
  }

  /** The first fire at or after a second. */
  private long next(long from) {
    int stretch = timeline.at(from, guess);
    if (from == timeline.start(stretch) && firesAtEndOfGap(stretch)) {
      return from;
    }
    long local = Math.max(from + timeline.offset(stretch), firstLocal(stretch));
    long match = cron.nextLocal(local);
    while (match >= endLocal(stretch)) {
      stretch++;
      if (stretch == timeline.size()) {
        return Cron.NEVER;
      }
      if (match < startLocal(stretch) && onGap == OnGap.SHIFT) {
        guess = stretch;
        return timeline.start(stretch);
      }
      // The match serves on until it is passed, or until the clock is set back behind it.
      if (match < startLocal(stretch) || timeline.jump(stretch) < 0) {
        match = cron.nextLocal(firstLocal(stretch));
      }
    }
    guess = stretch;
    return match - timeline.offset(stretch);
  }

  /** The last fire at or before a second. */
  private long previous(long from) {
    int stretch = timeline.at(from, guess);
    long local = Math.min(from + timeline.offset(stretch), endLocal(stretch) - 1);
    long match = cron.previousLocal(local);
    while (match < firstLocal(stretch)) {
      int jump = timeline.jump(stretch);
      if (match >= startLocal(stretch) - jump && jump > 0 && onGap == OnGap.SHIFT) {
        guess = stretch;
        return timeline.start(stretch);
      }
      if (stretch == 0) {
        return Cron.NEVER_BEFORE;
      }
      stretch--;
      if (match >= endLocal(stretch) || jump < 0) {
        match = cron.previousLocal(endLocal(stretch) - 1);
      }
    }
    guess = stretch;
    return match - timeline.offset(stretch);
  }

  private long startLocal(int stretch) {
    return timeline.start(stretch) + timeline.offset(stretch);
  }

  /** The first local time of a stretch that counts: with FIRST, not what the stretch before has shown already. */
  private long firstLocal(int stretch) {
    boolean repeated = onOverlap == OnOverlap.FIRST && timeline.jump(stretch) < 0;
    return repeated ? startLocal(stretch) - timeline.jump(stretch) : startLocal(stretch);
  }

  /** The local time behind those of a stretch that count: with LAST, not what the next stretch will show again. */
  private long endLocal(int stretch) {
    long end = timeline.end(stretch) + timeline.offset(stretch);
    boolean repeated = onOverlap == OnOverlap.LAST
        && stretch + 1 < timeline.size()
        && timeline.jump(stretch + 1) < 0;
    return repeated ? end + timeline.jump(stretch + 1) : end;
  }

  /** Whether a match fell into the gap, if there is one, at the start of a stretch. */
  private boolean firesAtEndOfGap(int stretch) {
    int jump = timeline.jump(stretch);
    if (jump <= 0 || onGap == OnGap.SKIP) {
      return false;
    }
    long end = startLocal(stretch);
    return cron.nextLocal(end - jump) < end;
  }

  /** Whether a fire stands where it does because its own time fell into a gap. */
  boolean isShifted(Instant fire) {
    int stretch = timeline.at(fire.getEpochSecond(), guess);
    return fire.getEpochSecond() == timeline.start(stretch) && firesAtEndOfGap(stretch);
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof CronTrigger that
        && cron.equals(that.cron)
        && zone.equals(that.zone)
        && onGap == that.onGap
        && onOverlap == that.onOverlap;
  }

  @Override
  public int hashCode() {
    return Objects.hash(cron, zone, onGap, onOverlap);
  }

  @Override
  public String toString() {
    return "cron '" + cron + "' in " + zone;
  }
}
