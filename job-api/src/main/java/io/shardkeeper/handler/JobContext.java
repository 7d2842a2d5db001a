package io.shardkeeper.handler;

import java.time.Instant;
import java.util.Map;
import org.slf4j.Logger;

/** What a handler sees of the execution it is in. Its threads may share it. */
public interface JobContext {
  /** The name of the job. */
  String jobName();

  /** The id of the run: the same for all its shards and attempts. */
  String runId();

  /** When the run was due. */
  Instant scheduledAt();

  /** The time whose data the run is about; the same as {@link #scheduledAt} unless a backfill asks for an older one. */
  Instant dataTime();

  /** Which try of this shard this is, from 1. */
  int attempt();

  /**
   * The fencing token: it grows with every execution of the shard. A store that keeps the largest token it has seen, and refuses
   * writes with a smaller one, cannot be harmed by an execution that was frozen and replaced.
   */
  long token();

  /** What the job says, overridden by what the request for this run says. */
  Map<String, String> parameters();

  /** Whether the work is to end. */
  Cancellation cancellation();

  /** Where to say how far the work is. */
  Progress progress();

  /** The log of this run. What is written to it can be read wherever the run is looked at. */
  Logger log();
}
