package io.shardkeeper.client;

import io.shardkeeper.job.Limits;
import io.shardkeeper.run.Origin;
import io.shardkeeper.run.TraceContext;
import io.shardkeeper.text.Quote;
import io.shardkeeper.trigger.Trigger;
import java.time.Duration;
import java.time.Instant;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.IntStream;

/**
 * A run that is asked for. Immutable: each method answers another request. What goes over a limit is refused at once, and by name.
 *
 * <pre>{@code
 * RunRequest.of("settle-accounts").parameter("day", "2027-01-04").shards(0, 2).after(Duration.ofMinutes(5)).key("order-4711")
 * }</pre>
 *
 * @param job of which job
 * @param parameters what the handler is told instead of, or beside, what the job says
 * @param shards which shards, in order; none means all
 * @param after how long after the coordinator has read it
 * @param at not before that instant, by the clock of the ledger; {@link Trigger#NEVER_BEFORE} if there is no such instant
 * @param key a name by which a request that is made again is recognised, for a day; empty if it has none
 * @param prompt whether somebody waits for its end, so that it is told at once
 * @param origin what else is special about it
 */
public record RunRequest(
    String job,
    Map<String, String> parameters,
    List<Integer> shards,
    Duration after,
    Instant at,
    String key,
    boolean prompt,
    Origin origin) {
  /** Characters of a key, at most. */
  public static final int KEY = 200;

  /** The earliest instant whose data a run may be about. */
  public static final Instant EARLIEST = Instant.parse("1900-01-01T00:00:00Z");

  /** The latest instant at which a run may be asked for. */
  public static final Instant LATEST = Instant.parse("2999-12-31T23:59:59Z");

  /** Checks all of it. */
  public RunRequest {
    Limits.checkName("A job", job);
    parameters = Collections.unmodifiableMap(new TreeMap<>(parameters));
    shards = List.copyOf(new TreeSet<>(shards));
    checkParameters(job, parameters);
    for (int shard : shards) {
      if (shard < 0 || shard >= Limits.SHARDS) {
        throw wrong(
            job,
            "asks for shard " + shard + "; shards run from 0 to " + (Limits.SHARDS - 1)
                + " at most");
      }
    }
    if (after.isNegative() || after.compareTo(Limits.WAIT) > 0) {
      throw wrong(job, "is to start after " + after + "; that runs from PT0S to " + Limits.WAIT);
    }
    if (at.isAfter(LATEST)) {
      throw wrong(job, "is to start at " + at + "; that is at the latest " + LATEST);
    }
    if (key.length() > KEY) {
      throw wrong(job, "has a key of " + key.length() + " characters; at most " + KEY);
    }
    Limits.checkText("The key of a request", key);
    boolean dated = !origin.dataTime().equals(Origin.WHEN_DUE);
    if (dated && (origin.dataTime().isBefore(EARLIEST) || origin.dataTime().isAfter(LATEST))) {
      throw wrong(
          job,
          "is about the data of " + origin.dataTime() + "; that is from " + EARLIEST + " to "
              + LATEST);
    }
    if (!origin.instance().isEmpty()) {
      Limits.checkName("An instance", origin.instance());
    }
  }

  private static void checkParameters(String job, Map<String, String> parameters) {
    if (parameters.size() > Limits.PARAMETERS) {
      throw wrong(job, "has " + parameters.size() + " parameters; at most " + Limits.PARAMETERS);
    }
    long bytes = 0;
    for (var parameter : parameters.entrySet()) {
      String name = parameter.getKey();
      Limits.checkName("A parameter", name);
      Limits.checkText("Parameter '" + Quote.of(name) + "'", parameter.getValue());
      int own = Limits.bytes(name) + Limits.bytes(parameter.getValue());
      bytes += own;
      if (bytes > Limits.ITEM_BYTES) {
        throw wrong(
            job,
            "goes over the limit with parameter '" + Quote.of(name) + "' of " + own
                + " bytes: all together have at most " + Limits.ITEM_BYTES
                + ", and larger things belong into a store with their address as the parameter");
      }
    }
  }

  private static IllegalArgumentException wrong(String job, String what) {
    return new IllegalArgumentException("A request for job '" + job + "' " + what);
  }

  /** A run of a job, as soon as it may be. */
  public static RunRequest of(String job) {
    return new RunRequest(
        job, Map.of(), List.of(), Duration.ZERO, Trigger.NEVER_BEFORE, "", false, Origin.NONE);
  }

  /** The same of another job. */
  public RunRequest ofJob(String other) {
    return new RunRequest(other, parameters, shards, after, at, key, prompt, origin);
  }

  /** Something that the handler is told. */
  public RunRequest parameter(String name, String value) {
    var more = new TreeMap<>(parameters);
    more.put(name, value);
    return parameters(more);
  }

  /** Everything that the handler is told instead of, or beside, what the job says. */
  public RunRequest parameters(Map<String, String> all) {
    return new RunRequest(job, all, shards, after, at, key, prompt, origin);
  }

  /** Only these shards. */
  public RunRequest shards(int first, int... more) {
    List<Integer> all =
        IntStream.concat(IntStream.of(first), IntStream.of(more)).boxed().toList();
    return new RunRequest(job, parameters, all, after, at, key, prompt, origin);
  }

  /** So long after it was read, instead of at an instant. */
  public RunRequest after(Duration delay) {
    return new RunRequest(
        job, parameters, shards, delay, Trigger.NEVER_BEFORE, key, prompt, origin);
  }

  /** Not before an instant, instead of after a while. */
  public RunRequest at(Instant instant) {
    return new RunRequest(job, parameters, shards, Duration.ZERO, instant, key, prompt, origin);
  }

  /** With a name by which it is recognised if it is made again. */
  public RunRequest key(String name) {
    return new RunRequest(job, parameters, shards, after, at, name, prompt, origin);
  }

  /** Somebody waits for its end: it is told at once, and not together with others. */
  public RunRequest promptly() {
    return new RunRequest(job, parameters, shards, after, at, key, true, origin);
  }

  /** Only on one instance, by its id or its name; if that is not there, the run waits for it as it waits for anybody. */
  public RunRequest on(String instance) {
    return with(origin.on(instance));
  }

  /** About the data of another time than that at which it is due. */
  public RunRequest dataTime(Instant time) {
    return with(origin.about(time));
  }

  /** As a part of a trace: its handlers find the same in their context. */
  public RunRequest trace(TraceContext trace) {
    return with(origin.in(trace));
  }

  /** With something else that is special about it. */
  public RunRequest with(Origin other) {
    return new RunRequest(job, parameters, shards, after, at, key, prompt, other);
  }
}
