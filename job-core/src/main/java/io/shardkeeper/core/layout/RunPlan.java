package io.shardkeeper.core.layout;

import io.shardkeeper.job.Limits;
import io.shardkeeper.run.Origin;
import java.time.Instant;
import java.util.Comparator;
import java.util.Map;

/**
 * A run, as it was planned: what all its assignments have in common.
 *
 * @param id which run
 * @param revision the revision of the job by which it was planned
 * @param total how many shards a whole run has; a request may ask for some of them
 * @param scheduledAt when it was due
 * @param parameters what the request says beside, or instead of, what the job says
 * @param traits what is special about it
 * @param origin what else the request says
 */
public record RunPlan(
    RunId id,
    int revision,
    int total,
    Instant scheduledAt,
    Map<String, String> parameters,
    Traits traits,
    Origin origin) {
  /** The order in which runs take their turns in a lane: as they were due, and those of the same instant by their ids. */
  public static final Comparator<RunPlan> IN_TURN =
      Comparator.comparing(RunPlan::scheduledAt).thenComparing(RunPlan::id);

  /**
   * What is special about a run.
   *
   * @param bound each of its shards belongs to the instance that has it, and moves to no other
   * @param prompt somebody waits for its end, so that it is told at once
   */
  public record Traits(boolean bound, boolean prompt) {
    /** Nothing is. */
    public static final Traits NONE = new Traits(false, false);
  }

  /** A run of which no request says more. */
  public RunPlan(
      RunId id,
      int revision,
      int total,
      Instant scheduledAt,
      Map<String, String> parameters,
      Traits traits) {
    this(id, revision, total, scheduledAt, parameters, traits, Origin.NONE);
  }

  /** The same by another revision of its job. */
  public RunPlan byRevision(int other) {
    return new RunPlan(id, other, total, scheduledAt, parameters, traits, origin);
  }

  /** An upper estimate of the bytes that it takes beside its id and some numbers. */
  public int bytes() {
    int sum = origin.bytes();
    for (Map.Entry<String, String> parameter : parameters.entrySet()) {
      sum += Limits.bytes(parameter.getKey()) + Limits.bytes(parameter.getValue()) + 6;
    }
    return sum;
  }

  /** Copies the parameters. */
  public RunPlan {
    parameters = Map.copyOf(parameters);
  }
}
