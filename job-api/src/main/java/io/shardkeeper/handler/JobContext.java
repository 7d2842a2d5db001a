package io.shardkeeper.handler;

import io.shardkeeper.run.TraceContext;
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

  /** The time whose data the run is about; the same as {@link #scheduledAt} unless the request asks for another one. */
  Instant dataTime();

  /** The run that this one does again; empty if it does none again. */
  String rerunOf();

  /**
   * The trace that this work belongs to: that of whoever asked for the run, or one that is the same for all shards and attempts of it. What the work
   * asks of others goes out with these headers.
   */
  TraceContext trace();

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
