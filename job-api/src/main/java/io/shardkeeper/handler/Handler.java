package io.shardkeeper.handler;

/**
 * The code that does the work of jobs. Jobs name it; they never carry code. One handler serves many jobs, and many threads at
 * the same time.
 */
public sealed interface Handler permits JobHandler, ShardingJobHandler {
  /** The name by which jobs ask for it. */
  String name();

  /** What it does, in one line, for the people who choose it from a list. */
  String description();
}
