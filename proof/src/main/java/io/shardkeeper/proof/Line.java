package io.shardkeeper.proof;

import com.google.gson.Gson;

/**
 * A line of the file in which a process tells what its handlers really do.
 *
 * @param kind what happened
 * @param job the job; empty for a stall, as all that follows up to the token
 * @param run the id of the run
 * @param fire when the run was due, in milliseconds of the epoch
 * @param shard which shard
 * @param attempt its number, from 1
 * @param token the fencing token
 * @param execution counts the executions of the process, so that the lines of one of them are found without believing anything else
 * @param instance the name of the instance
 * @param pid its process
 * @param mono the monotonic clock in nanoseconds: one for all processes of the machine
 * @param wall the wall clock, in milliseconds of the epoch
 * @param millis how long a stall was; else 0
 * @param result what the handler answered at its end; else empty
 */
record Line(
    Kind kind,
    String job,
    String run,
    long fire,
    int shard,
    int attempt,
    long token,
    long execution,
    String instance,
    long pid,
    long mono,
    long wall,
    long millis,
    String result) {
  private static final Gson JSON = new Gson();

  /** What a line tells of. */
  enum Kind {
    /** A handler was called. */
    START,
    /** It still runs. */
    TICK,
    /** It is about to return. */
    END,
    /** The process did not get to run for a while, which ended now. */
    STALL
  }

  /** The answers of handlers. */
  static final String OK = "ok";

  static final String FAILED = "failed";
  static final String CANCELLED = "cancelled";

  static Line read(String json) {
    return JSON.fromJson(json, Line.class);
  }

  String json() {
    return JSON.toJson(this);
  }

  /** The same execution a little later. */
  Line later(Kind newKind, long newMono, long newWall, String newResult) {
    return new Line(
        newKind, job, run, fire, shard, attempt, token, execution, instance, pid, newMono, newWall,
        0, newResult);
  }
}
