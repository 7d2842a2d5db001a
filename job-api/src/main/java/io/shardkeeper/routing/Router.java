package io.shardkeeper.routing;

import java.util.List;

/**
 * A route of your own. It is asked on the thread of the engine of whoever coordinates, for each shard that a job with its name gives out: so it answers
 * at once, from what it is given and what it knows. Each instance of a namespace that may coordinate needs the same ones.
 */
@FunctionalInterface
public interface Router {
  /**
   * Chooses who gets a shard. If it fails, or chooses nobody of those, the shard is spread as if there were no route.
   *
   * @param job the job
   * @param run the id of the run
   * @param shard which shard, from 0
   * @param candidates those who may have it, at least one, sorted by id
   */
  Candidate choose(String job, String run, int shard, List<Candidate> candidates);
}
