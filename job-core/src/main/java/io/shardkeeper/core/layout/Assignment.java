package io.shardkeeper.core.layout;

import io.shardkeeper.job.Limits;
import io.shardkeeper.run.Outcome;
import java.time.Instant;

/**
 * One shard of one run, to be done by whoever has it.
 *
 * @param run which run
 * @param shard which shard, from 0
 * @param track which of the executions of the shard that may run at the same time, from 0: where nothing may overlap, there is one track
 * @param attempt which try, from 1
 * @param deaths how many of its tries ended because their instance did, and not because of their handler
 * @param moves how many of these nobody died of: it ended in good order because the instance was leaving, or stood in line behind something else
 * @param due when it is to start, by the clock of the coordinator
 * @param token its number: no two assignments have the same, and a later one has a larger one
 */
public record Assignment(
    RunPlan run,
    int shard,
    int track,
    int attempt,
    int deaths,
    int moves,
    Instant due,
    long token) {
  /** Checks the numbers: a damaged one must not get further than to whoever reads it. */
  public Assignment {
    if (shard < 0 || shard >= Limits.SHARDS) {
      throw new IllegalArgumentException("An assignment of " + run.id() + " is for shard " + shard
          + "; shards run from 0 to " + (Limits.SHARDS - 1));
    }
    if (track < 0 || attempt < 1 || deaths < 0) {
      throw new IllegalArgumentException("An assignment of " + run.id() + " has track " + track
          + ", attempt " + attempt + " and " + deaths
          + " deaths; they begin with 0, 1 and 0");
    }
    if (moves < 0 || moves > deaths) {
      throw new IllegalArgumentException("An assignment of " + run.id() + " has " + moves
          + " moves and " + deaths + " deaths; each move is counted among these");
    }
  }

  /** One that no instance gave away because it was leaving. */
  public Assignment(
      RunPlan run, int shard, int track, int attempt, int deaths, Instant due, long token) {
    this(run, shard, track, attempt, deaths, 0, due, token);
  }

  /** The queue in which it stands: of one lane, one assignment runs at a time. */
  public Lane lane() {
    return new Lane(run.id().job(), run.id().generation(), shard, track);
  }

  /** The same, under another number: it is given to somebody anew. */
  public Assignment withToken(long newToken) {
    return new Assignment(run, shard, track, attempt, deaths, moves, due, newToken);
  }

  /** The same, to be started at another instant. */
  public Assignment dueAt(Instant newDue) {
    return new Assignment(run, shard, track, attempt, deaths, moves, newDue, token);
  }

  /**
   * How it ends if it is decided not to start it: what was begun before was not skipped. A retry that does not come leaves the failure, a move the
   * loss.
   */
  public Outcome notStarted(Outcome decision) {
    if (attempt == 1) {
      return decision;
    }
    return deaths == attempt - 1 ? Outcome.LOST : Outcome.FAILED;
  }

  /** The next try, at an instant. */
  public Assignment retried(Instant newDue) {
    return new Assignment(run, shard, track, attempt + 1, deaths, moves, newDue, token);
  }

  /** The next try, after the instance that had it died, or had to stop it half done. */
  public Assignment afterDeath() {
    return new Assignment(run, shard, track, attempt + 1, deaths + 1, moves, due, token);
  }

  /** The next try, of which nobody died: the instance that had it was leaving, and it stopped in good order; or it stood in line behind something else. */
  public Assignment moved() {
    return new Assignment(run, shard, track, attempt + 1, deaths + 1, moves + 1, due, token);
  }

  /** How many instances died while they had it, or had to stop it half done. */
  public int killed() {
    return deaths - moves;
  }

  /** The same, on another track. */
  public Assignment onTrack(int newTrack) {
    return new Assignment(run, shard, newTrack, attempt, deaths, moves, due, token);
  }

  /** The same by another revision of its job. */
  public Assignment byRevision(int revision) {
    return new Assignment(
        run.byRevision(revision), shard, track, attempt, deaths, moves, due, token);
  }
}
