package io.shardkeeper.view;

import io.shardkeeper.run.Origin;
import io.shardkeeper.run.Outcome;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;

/** A run, as it stands or as it ended. */
public sealed interface RunView {
  /** Which run. */
  String id();

  /** The job. */
  String job();

  /** When it was, or is, due. */
  Instant scheduledAt();

  /**
   * One that has not ended.
   *
   * @param state what it does
   * @param instances who has shards of it
   * @param reason why it waits, if it does
   */
  record Open(
      String id,
      String job,
      Instant scheduledAt,
      State state,
      List<String> instances,
      String reason)
      implements RunView {
    /** Copies the instances. */
    public Open {
      instances = List.copyOf(instances);
    }
  }

  /** What a run does that has not ended. */
  enum State {
    /** It waits: for its time, its turn or an instance, as the reason tells. An instance may have it already, and another run of its job before it. */
    WAITING,
    /** It is given to instances, and not due yet. */
    PLANNED,
    /** It is given to instances, and due, and has nothing before it there that is known: it runs, or is about to, as soon as a slot is free. */
    RUNNING,
    /** It is being ended by request. */
    ENDING
  }

  /**
   * One that has ended.
   *
   * @param revision the revision of the job by which it was planned
   * @param started the earliest start of the last tries of its shards; when it was due if none of these started
   * @param decided when its outcome was written
   * @param outcome how it ended
   * @param reason why, in a sentence; empty for a success
   * @param shards how many shards it had
   * @param parts what became of single shards, in their order: all of them if they are few
   * @param parameters what the request for it said instead of, or beside, what the job says
   * @param origin what else was special about it: the run that it did again, for one
   * @param overruns what of it went on when its instance had lost its lease, and something else may have run beside it; told when that has returned, which may be long after the run has ended
   */
  record Ended(
      String id,
      String job,
      int revision,
      Instant scheduledAt,
      Instant started,
      Instant decided,
      Outcome outcome,
      String reason,
      int shards,
      List<Part> parts,
      Map<String, String> parameters,
      Origin origin,
      List<Overrun> overruns)
      implements RunView {
    /** Copies lists and maps. */
    public Ended {
      parts = List.copyOf(parts);
      parameters = Map.copyOf(parameters);
      overruns = List.copyOf(overruns);
    }
  }

  /**
   * What became of a shard.
   *
   * @param shard which one
   * @param instance who had its last try; empty if nobody had, because what was left of it ended before that started
   * @param attempt its last try, whether it started or not
   * @param started when its last try started; when that was due if it did not
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
      String log) {}

  /**
   * A try of a shard whose handler went on when its instance could not act in the name of its session any more: from then on the shard was free for
   * others. Its process was frozen, or the handler took no notice.
   *
   * @param shard which one
   * @param attempt which of its tries
   * @param instance who had it
   * @param from when the lease of that instance had ended
   * @param until when the handler had returned
   */
  record Overrun(int shard, int attempt, String instance, Instant from, Instant until) {
    /** How long something else may have run beside it, at most. */
    public Duration length() {
      return Duration.between(from, until);
    }

    @Override
    public String toString() {
      return "attempt " + attempt + " of shard " + shard + " went on until " + until + " on "
          + instance + ", " + length() + " after the lease of that had ended";
    }
  }
}
