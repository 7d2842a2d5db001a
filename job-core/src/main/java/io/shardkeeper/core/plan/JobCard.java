package io.shardkeeper.core.plan;

import io.shardkeeper.core.assign.Eligibility;
import io.shardkeeper.core.books.Fleet;
import io.shardkeeper.core.definition.JobDocument;
import io.shardkeeper.job.Job;
import io.shardkeeper.trigger.NarrowedTrigger;
import io.shardkeeper.trigger.Trigger;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What the coordinator knows of a job. */
final class JobCard {
  private static final Logger LOG = LoggerFactory.getLogger(JobCard.class);

  final String name;
  final long generation;
  final int revision;
  final Job job;
  final Trigger trigger;
  final Instant since;

  /** The next fire that is not decided. */
  Instant next = Trigger.NEVER;

  /** Runs that have no outcome yet. */
  int inFlight;

  private @Nullable Eligibility eligibility;
  private long eligibilityOf = -1;

  JobCard(Event.JobSeen seen, Rules rules) {
    JobDocument document = seen.document();
    name = seen.name();
    generation = seen.generation();
    revision = seen.revision();
    job = document.job();
    trigger = job.trigger().with(rules.calendars());
    since = document.since();
  }

  /** Sets the next fire: the first one at an instant, or later. */
  void nextFrom(Instant decided) {
    Instant from = since.isAfter(decided) ? since : decided;
    next = after(from.minusNanos(1));
  }

  /** The first fire later than an instant. A trigger that fails names none: the others must not suffer. */
  Instant after(Instant at) {
    try {
      return trigger.after(at);
    } catch (RuntimeException e) {
      LOG.error("Job '{}' is planned no further, because its trigger failed at {}", name, at, e);
      return Trigger.NEVER;
    }
  }

  /** The last fire earlier than an instant. */
  Instant before(Instant at) {
    try {
      return trigger.before(at);
    } catch (RuntimeException e) {
      LOG.error(
          "Job '{}' does not make up for what it missed, because its trigger failed at {}",
          name,
          at,
          e);
      return Trigger.NEVER_BEFORE;
    }
  }

  /** The pause between its runs, if that is what starts them. */
  Optional<Duration> delay() {
    Trigger base = trigger instanceof NarrowedTrigger narrowed ? narrowed.base() : trigger;
    return base instanceof Trigger.FixedDelay fixed ? Optional.of(fixed.delay()) : Optional.empty();
  }

  Duration misfireThreshold(Rules rules) {
    Duration own = job.misfire().threshold();
    return own.isZero() ? rules.misfireThreshold() : own;
  }

  Eligibility eligibility(Fleet fleet) {
    Eligibility known = eligibility;
    if (known == null || eligibilityOf != fleet.version()) {
      known = Eligibility.of(job, fleet.taking());
      eligibility = known;
      eligibilityOf = fleet.version();
    }
    return known;
  }
}
