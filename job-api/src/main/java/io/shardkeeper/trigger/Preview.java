package io.shardkeeper.trigger;

import io.shardkeeper.trigger.NarrowedTrigger.Exclusion;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/** The next fires of a trigger, as people want to see them before they trust it. */
public final class Preview {
  /** How many fires one preview lists at the most. */
  public static final int MOST = 1_000;

  private static final DateTimeFormatter LOCAL =
      DateTimeFormatter.ofPattern("EEE yyyy-MM-dd HH:mm:ss xxx", Locale.ROOT);
  private static final DateTimeFormatter FINE =
      DateTimeFormatter.ofPattern("EEE yyyy-MM-dd HH:mm:ss.SSS xxx", Locale.ROOT);

  private Preview() {}

  /** What is worth knowing of a fire. */
  public enum Mark {
    /** Its own time falls into a gap of the clock; it stands at the end of the gap. */
    GAP,
    /** Its local time happens twice; the offset tells which of the two it is. */
    OVERLAP,
    /** A calendar takes it out, and perhaps more fires behind it that the same stretch of the calendar holds. */
    EXCLUDED
  }

  /** One line: an instant, the zone to show it in, and what is worth knowing of it. */
  public record Line(Instant instant, ZoneId zone, Set<Mark> marks) {
    /** Copies the marks. */
    public Line {
      marks = Set.copyOf(marks);
    }

    /** What the clock of the zone shows. */
    public LocalDateTime local() {
      return LocalDateTime.ofInstant(instant, zone);
    }

    /** How far the clock of the zone is ahead of UTC. */
    public ZoneOffset offset() {
      return zone.getRules().getOffset(instant);
    }

    /** As in {@code Sun 2026-03-08 03:00:00 -04:00  gap}. */
    @Override
    public String toString() {
      String text = (instant.equals(instant.truncatedTo(ChronoUnit.SECONDS)) ? LOCAL : FINE)
          .format(ZonedDateTime.ofInstant(instant, zone));
      String noted = marks.stream()
          .sorted()
          .map(mark -> mark.name().toLowerCase(Locale.ROOT))
          .collect(Collectors.joining(", "));
      return noted.isEmpty() ? text : text + "  " + noted;
    }
  }

  /**
   * The next fires after an instant. Lines marked {@link Mark#EXCLUDED} do not count; of the fires that one stretch of a
   * calendar takes out, the first is shown.
   */
  public static List<Line> of(Trigger trigger, Instant after, int fires) {
    if (fires < 0 || fires > MOST) {
      throw new IllegalArgumentException(
          "A preview of " + fires + " fires is out of range; it shows 0 to " + MOST);
    }
    var lines = new ArrayList<Line>();
    Instant from = after;
    Instant unmovedFrom = after;
    for (int i = 0; i < fires; i++) {
      Instant fire = trigger.after(from);
      Instant unmoved = unmoved(trigger, fire);
      addExcluded(trigger, unmovedFrom, unmoved, fires, lines);
      if (fire.equals(Trigger.NEVER)) {
        break;
      }
      lines.add(line(trigger, fire, EnumSet.noneOf(Mark.class)));
      from = fire;
      unmovedFrom = unmoved;
    }
    return lines;
  }

  /** Shows what calendars take out between two fires: one line for each of their stretches. */
  private static void addExcluded(
      Trigger trigger, Instant from, Instant until, int most, List<Line> lines) {
    if (!(trigger instanceof NarrowedTrigger narrowed)) {
      return;
    }
    Instant start =
        narrowed.start().equals(Trigger.NEVER_BEFORE) ? from : narrowed.start().minusNanos(1);
    Instant at = start.isAfter(from) ? start : from;
    for (int shown = 0; shown < most; shown++) {
      Instant fire = narrowed.base().after(at);
      boolean between = fire.isBefore(until) && fire.isBefore(narrowed.end());
      Optional<Exclusion> out = between ? narrowed.exclusion(fire) : Optional.empty();
      if (out.isEmpty()) {
        return;
      }
      lines.add(line(narrowed, fire, EnumSet.of(Mark.EXCLUDED)));
      at = out.get().stretch().until().minusNanos(1);
    }
  }

  private static Line line(Trigger trigger, Instant fire, EnumSet<Mark> marks) {
    Trigger own = trigger instanceof NarrowedTrigger narrowed ? narrowed.base() : trigger;
    if (own instanceof CronTrigger cron
        && cron.isShifted(marks.contains(Mark.EXCLUDED) ? fire : unmoved(trigger, fire))) {
      marks.add(Mark.GAP);
    }
    ZoneId zone = trigger.zone();
    if (zone.getRules().getValidOffsets(LocalDateTime.ofInstant(fire, zone)).size() > 1) {
      marks.add(Mark.OVERLAP);
    }
    return new Line(fire, zone, marks);
  }

  /** Where a fire stood before jitter moved it: marks and calendars are about that instant. */
  private static Instant unmoved(Trigger trigger, Instant fire) {
    boolean is = trigger instanceof NarrowedTrigger && !fire.equals(Trigger.NEVER);
    return is ? ((NarrowedTrigger) trigger).unmoved(fire) : fire;
  }
}
