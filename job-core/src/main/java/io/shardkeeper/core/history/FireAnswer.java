package io.shardkeeper.core.history;

import static java.util.Comparator.comparing;

import io.shardkeeper.core.layout.RunId;
import io.shardkeeper.run.Outcome;
import io.shardkeeper.trigger.Trigger;
import io.shardkeeper.view.RunView;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/** What became of an instant of a job: the answer to "why did it not run at three". */
public sealed interface FireAnswer {
  /** The answer for people: a sentence or two, with the time and the reason. */
  String sentence();

  /**
   * A run that has not ended.
   *
   * @param run which
   * @param scheduledAt when it is due
   * @param state what it does, such as "planned", "waiting" or "running"
   * @param instance where; empty if nowhere yet
   * @param reason why it has not ended; empty if that needs no reason
   */
  record Open(RunId run, Instant scheduledAt, String state, String instance, String reason) {}

  /**
   * What is known of a job when the question is asked.
   *
   * @param trigger names its fires
   * @param since no fire is due before it
   * @param entries of its history, from all segments that may have some
   * @param open its runs that have not ended
   * @param cursor up to where fires are decided
   * @param keep how many of its runs are kept
   */
  record Known(
      Trigger trigger,
      Instant since,
      List<Entry> entries,
      List<Open> open,
      Instant cursor,
      int keep) {
    /** Copies the lists. */
    public Known {
      entries = List.copyOf(entries);
      open = List.copyOf(open);
    }

    private boolean isFire(Instant at) {
      return at.isAfter(Trigger.NEVER_BEFORE)
          && at.isBefore(Trigger.NEVER)
          && trigger.after(at.minusNanos(1)).equals(at);
    }
  }

  /** It ended. */
  record Ended(Entry.Run run, List<RunView.Overrun> overruns, ZoneId zone) implements FireAnswer {
    /** Copies the list. */
    public Ended {
      overruns = List.copyOf(overruns);
    }

    @Override
    public String sentence() {
      String which = "The run of " + time(run.scheduledAt(), zone);
      boolean ran = run.parts().stream()
          .anyMatch(part -> !part.outcome().isDecision()
              || (part.outcome() == Outcome.COVERED && !part.instance().isEmpty()));
      if (run.outcome().isDecision() && !ran) {
        return which + " was not started: " + because(run.outcome(), run.reason());
      }
      return which + " ended at " + run.decided() + ": " + because(run.outcome(), run.reason())
          + " It started at " + run.started() + instances() + "." + besides();
    }

    private String besides() {
      if (overruns.isEmpty()) {
        return "";
      }
      String more = overruns.size() == 1 ? "" : " So did " + (overruns.size() - 1) + " more.";
      String first = overruns.get(0).toString();
      return " A" + first.substring(1) + ": something else may have run beside it." + more;
    }

    private String instances() {
      List<String> instances = run.parts().stream()
          .map(Entry.Part::instance)
          .filter(instance -> !instance.isEmpty())
          .distinct()
          .toList();
      if (instances.isEmpty()) {
        return "";
      }
      return instances.size() <= 3
          ? " on " + String.join(", ", instances)
          : " on " + instances.size() + " instances, " + instances.get(0) + " among them";
    }
  }

  /** It was decided that there be no run: for this fire alone, or for a stretch of them. */
  record Skipped(Instant at, Entry.Skip skip, ZoneId zone) implements FireAnswer {
    @Override
    public String sentence() {
      String sentence = "The run of " + time(at, zone) + " was not started: "
          + because(skip.outcome(), skip.reason());
      if (skip.first().equals(skip.last())) {
        return sentence + " That was decided at " + skip.decided() + ".";
      }
      return sentence + " That holds for " + (skip.fires() < 0 ? "all" : "the " + skip.fires())
          + " fires from " + skip.first() + " to " + skip.last() + ", and was decided at "
          + skip.decided() + ".";
    }
  }

  /** It is planned, waits or runs. */
  record StillOpen(Open open, ZoneId zone) implements FireAnswer {
    @Override
    public String sentence() {
      return "The run of " + time(open.scheduledAt(), zone) + " has not ended: it is "
          + open.state() + (open.instance().isEmpty() ? "" : " on " + open.instance())
          + (open.reason().isEmpty() ? "" : ", " + withoutPeriod(open.reason())) + ".";
    }
  }

  /** Its trigger does not name the instant, which {@link Trigger#NEVER} and {@link Trigger#NEVER_BEFORE} are not either. */
  record NotAFire(Instant at, Instant previous, Instant next, ZoneId zone) implements FireAnswer {
    @Override
    public String sentence() {
      return time(at, zone) + " is not a fire of the job: "
          + (previous.equals(Trigger.NEVER_BEFORE)
              ? "there is none before it"
              : "the one before it is at " + time(previous, zone))
          + ", "
          + (next.equals(Trigger.NEVER)
              ? "and none after it"
              : "and the one after it at " + time(next, zone))
          + ".";
    }
  }

  /** It lies after what is decided. */
  record NotYet(Instant at, Instant cursor, ZoneId zone) implements FireAnswer {
    @Override
    public String sentence() {
      return "The run of " + time(at, zone) + " is not decided yet: fires are decided up to "
          + cursor + ".";
    }
  }

  /** It was in the history, and is only a part of a sum now. */
  record NoLongerKept(Instant at, int limit, Optional<Instant> oldestKept, ZoneId zone)
      implements FireAnswer {
    @Override
    public String sentence() {
      return "What became of the run of " + time(at, zone)
          + " is no longer kept: the history holds the last " + limit
          + " runs, failures and skipped stretches of the job"
          + oldestKept.map(oldest -> ", the oldest of them of " + oldest).orElse("")
          + ", unless its budget is used up; of older ones it holds sums.";
    }
  }

  /** The job was defined later. */
  record Before(Instant at, Instant since, ZoneId zone) implements FireAnswer {
    @Override
    public String sentence() {
      return "There was no run of " + time(at, zone) + ": the job is due from " + since
          + " on, since when it has been defined.";
    }
  }

  /** It is a fire, it was due, and nothing tells of it. That must not be. */
  record Unaccounted(Instant at, Instant cursor, ZoneId zone) implements FireAnswer {
    @Override
    public String sentence() {
      return "Nothing tells what became of the run of " + time(at, zone)
          + ", although fires are decided up to " + cursor
          + ". If its trigger or its calendars were changed since, the instant may not have been a fire then;"
          + " if they were not, this is a fault of ours.";
    }
  }

  /** What became of an instant. */
  static FireAnswer of(Known known, Instant at) {
    ZoneId zone = known.trigger().zone();
    Optional<FireAnswer> told = told(known, at, zone);
    if (told.isPresent()) {
      return told.get();
    }
    Optional<FireAnswer> gone = noLongerKept(known, at, zone);
    if (at.isBefore(known.since())) {
      return gone.orElse(new Before(at, known.since(), zone));
    }
    if (!known.isFire(at)) {
      Trigger trigger = known.trigger();
      return new NotAFire(at, trigger.before(at), trigger.after(at), zone);
    }
    if (at.isAfter(known.cursor())) {
      return new NotYet(at, known.cursor(), zone);
    }
    return gone.orElse(new Unaccounted(at, known.cursor(), zone));
  }

  /** The answer that the history or a run gives itself. Runs of fires come before others of the same instant, newer jobs before older. */
  private static Optional<FireAnswer> told(Known known, Instant at, ZoneId zone) {
    var ended = new ArrayList<Entry.Run>();
    var skipped = new ArrayList<Entry.Skip>();
    for (Entry entry : known.entries()) {
      if (entry instanceof Entry.Run run && run.scheduledAt().equals(at)) {
        ended.add(run);
      } else if (entry instanceof Entry.Skip skip && isWithin(known, at, skip)) {
        skipped.add(skip);
      }
    }
    Comparator<RunId> order =
        comparing(RunId::kind).thenComparing(comparing(RunId::generation).reversed());
    Optional<Entry.Run> run = ended.stream().min(comparing(Entry.Run::id, order));
    Optional<Open> open = known.open().stream()
        .filter(each -> each.scheduledAt().equals(at))
        .min(comparing(Open::run, order));
    Optional<Entry.Skip> skip = skipped.stream().max(comparing(Entry.Skip::generation));
    boolean fireRan = run.isPresent() && run.get().id().kind() == RunId.Kind.FIRE;
    boolean fireOpen = open.isPresent() && open.get().run().kind() == RunId.Kind.FIRE;
    Optional<FireAnswer> byRun =
        run.map(each -> new Ended(each, each.view(known.entries()).overruns(), zone));
    Optional<FireAnswer> byOpen = open.map(each -> new StillOpen(each, zone));
    Optional<FireAnswer> bySkip = skip.map(each -> new Skipped(at, each, zone));
    if (fireRan || fireOpen) {
      return fireRan ? byRun : byOpen;
    }
    return bySkip.or(() -> byRun).or(() -> byOpen);
  }

  private static boolean isWithin(Known known, Instant at, Entry.Skip skip) {
    return at.equals(skip.first())
        || at.equals(skip.last())
        || (at.isAfter(skip.first()) && at.isBefore(skip.last()) && known.isFire(at));
  }

  private static Optional<FireAnswer> noLongerKept(Known known, Instant at, ZoneId zone) {
    Optional<Instant> oldest = Optional.empty();
    boolean summed = false;
    for (Entry entry : known.entries()) {
      if (entry instanceof Entry.Sum sum) {
        summed |= !at.isBefore(sum.first()) && !at.isAfter(sum.last());
      } else if (!(entry instanceof Entry.Overrun)) {
        Instant begin =
            entry instanceof Entry.Run run ? run.scheduledAt() : ((Entry.Skip) entry).first();
        oldest = Optional.of(oldest.filter(begin::isAfter).orElse(begin));
      }
    }
    return summed
        ? Optional.of(new NoLongerKept(at, known.keep(), oldest, zone))
        : Optional.empty();
  }

  private static String because(Outcome outcome, String reason) {
    return outcome + (reason.isEmpty() ? "" : ", " + withoutPeriod(reason)) + ".";
  }

  private static String withoutPeriod(String reason) {
    return reason.endsWith(".") ? reason.substring(0, reason.length() - 1) : reason;
  }

  /** An instant, and what the clock of the job's people showed. */
  private static String time(Instant at, ZoneId zone) {
    return zone.normalized().equals(ZoneOffset.UTC)
        ? at.toString()
        : at + " (" + at.atZone(zone).toLocalDateTime() + " " + zone + ")";
  }
}
