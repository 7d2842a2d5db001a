package io.shardkeeper.core.history;

import io.shardkeeper.core.layout.RunId;
import io.shardkeeper.run.Origin;
import io.shardkeeper.run.Outcome;
import io.shardkeeper.view.RunView;
import java.time.Instant;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * What is kept of a job: one entry for each run, one for each stretch of fires that were decided alike, and sums of what is older than
 * those.
 */
public sealed interface Entry {
  /** The job that it is about. */
  String job();

  /** Tells apart jobs of the same name that were deleted and created again. */
  long generation();

  /** When it was written, by the clock of the coordinator. */
  Instant decided();

  /**
   * A run, and how it ended.
   *
   * @param id which run
   * @param revision the revision of the job by which it was planned
   * @param scheduledAt when it was due
   * @param started when its first shard started; when it was due if none did
   * @param decided when its outcome was written
   * @param outcome how it ended
   * @param reason why, in a sentence; empty for a success
   * @param shards how many shards it had
   * @param parts what became of single shards: all of them if they are few, else those that did not succeed, as many as are kept
   * @param given with what it was done
   */
  record Run(
      RunId id,
      int revision,
      Instant scheduledAt,
      Instant started,
      Instant decided,
      Outcome outcome,
      String reason,
      int shards,
      List<Part> parts,
      Given given)
      implements Entry {
    /** One of which no request said anything. */
    public Run(
        RunId id,
        int revision,
        Instant scheduledAt,
        Instant started,
        Instant decided,
        Outcome outcome,
        String reason,
        int shards,
        List<Part> parts) {
      this(id, revision, scheduledAt, started, decided, outcome, reason, shards, parts, Given.NONE);
    }

    /** Copies the parts. */
    public Run {
      parts = List.copyOf(parts);
    }

    @Override
    public String job() {
      return id.job();
    }

    @Override
    public long generation() {
      return id.generation();
    }

    /** As users see it, with what some entries tell of it beside. */
    public RunView.Ended view(List<? extends Entry> beside) {
      return new RunView.Ended(
          id.text(),
          id.job(),
          revision,
          scheduledAt,
          started,
          decided,
          outcome,
          reason,
          shards,
          parts.stream().map(Part::view).toList(),
          given.parameters(),
          given.origin(),
          beside.stream()
              .filter(entry -> entry instanceof Overrun overrun && overrun.run().equals(id))
              .map(entry -> ((Overrun) entry).view())
              .distinct()
              .toList());
    }
  }

  /**
   * With what a run was done: enough to do it again.
   *
   * @param parameters what the request for it said
   * @param total how many shards a whole run had; 0 if it was not divided, or as many as it had itself
   * @param shards which of them were asked for, of a run that ended before it was divided; none means all
   * @param origin what else the request said
   */
  record Given(Map<String, String> parameters, int total, List<Integer> shards, Origin origin) {
    /** A whole run of which no request said anything. */
    public static final Given NONE = new Given(Map.of(), 0, List.of(), Origin.NONE);

    /** Copies the parameters. */
    public Given {
      parameters = Map.copyOf(parameters);
      shards = List.copyOf(shards);
    }
  }

  /**
   * What became of a shard.
   *
   * @param shard which one
   * @param instance who had it last
   * @param attempt its last try
   * @param outcome how it ended
   * @param started when it started
   * @param ended when it ended
   * @param text its result, or the reason of its failure
   * @param log the last that it has logged
   */
  record Part(
      int shard,
      String instance,
      int attempt,
      Outcome outcome,
      Instant started,
      Instant ended,
      String text,
      String log) {
    /** One that has logged nothing. */
    public Part(
        int shard,
        String instance,
        int attempt,
        Outcome outcome,
        Instant started,
        Instant ended,
        String text) {
      this(shard, instance, attempt, outcome, started, ended, text, "");
    }

    private RunView.Part view() {
      return new RunView.Part(shard, instance, attempt, outcome, started, ended, text, log);
    }
  }

  /**
   * Fires that were decided alike and did not run: all fires of the trigger from the first to the last of them.
   *
   * @param first the first of them
   * @param last the last of them
   * @param fires how many there are; -1 if they were too many to count
   * @param decided when it was decided
   * @param outcome the decision
   * @param reason why, in a sentence
   */
  record Skip(
      String job,
      long generation,
      Instant first,
      Instant last,
      long fires,
      Instant decided,
      Outcome outcome,
      String reason)
      implements Entry {}

  /**
   * A try of a shard whose handler went on when its instance had lost its lease. It says nothing about the end of the run, and may come long after that.
   *
   * @param run of which run
   * @param shard which one
   * @param attempt which of its tries
   * @param instance who had it
   * @param from when the lease of that had ended
   * @param until when the handler had returned
   */
  record Overrun(
      RunId run,
      int shard,
      int attempt,
      String instance,
      Instant from,
      Instant until,
      Instant decided)
      implements Entry {
    @Override
    public String job() {
      return run.job();
    }

    @Override
    public long generation() {
      return run.generation();
    }

    /** As users see it. */
    public RunView.Overrun view() {
      return new RunView.Overrun(shard, attempt, instance, from, until);
    }
  }

  /**
   * How the fires and requests of a job ended of which nothing else is kept any more.
   *
   * @param counts how many ended in which way; -1 if they were too many to count
   * @param first the instant of the first of them
   * @param last the instant of the last of them; between the two there may be others that are kept
   * @param decided when the last of them was decided
   */
  record Sum(
      String job,
      long generation,
      SortedMap<Outcome, Long> counts,
      Instant first,
      Instant last,
      Instant decided)
      implements Entry {
    /** Copies the counts. */
    public Sum {
      counts = Collections.unmodifiableSortedMap(new TreeMap<>(counts));
    }

    /** The sum of a single entry. Overruns are not summed up: of those there is no end to be told. */
    public static Sum of(Entry entry) {
      if (entry instanceof Run run) {
        return new Sum(
            run.job(),
            run.generation(),
            new TreeMap<>(Collections.singletonMap(run.outcome(), 1L)),
            run.scheduledAt(),
            run.scheduledAt(),
            run.decided());
      }
      if (entry instanceof Skip skip) {
        return new Sum(
            skip.job(),
            skip.generation(),
            new TreeMap<>(Collections.singletonMap(skip.outcome(), skip.fires())),
            skip.first(),
            skip.last(),
            skip.decided());
      }
      return (Sum) entry;
    }

    /** Both together. They are of the same job, in the same generation. */
    public Sum plus(Sum other) {
      if (!job.equals(other.job) || generation != other.generation) {
        throw new IllegalArgumentException(
            "Sum of " + job + ", generation " + generation + ": found one of " + other.job
                + ", generation " + other.generation + "; only what is of the same job adds up");
      }
      var both = new TreeMap<>(counts);
      other.counts.forEach((outcome, count) -> both.merge(outcome, count, Entry::total));
      return new Sum(
          job,
          generation,
          both,
          first.isBefore(other.first) ? first : other.first,
          last.isAfter(other.last) ? last : other.last,
          decided.isAfter(other.decided) ? decided : other.decided);
    }
  }

  /** Two counts together; what is unknown stays so. */
  private static long total(long one, long other) {
    return one < 0 || other < 0 ? -1 : one + other;
  }
}
