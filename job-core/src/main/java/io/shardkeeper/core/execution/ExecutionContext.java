package io.shardkeeper.core.execution;

import io.shardkeeper.core.layout.Assignment;
import io.shardkeeper.handler.Cancellation;
import io.shardkeeper.handler.Progress;
import io.shardkeeper.handler.Shard;
import io.shardkeeper.handler.ShardingContext;
import io.shardkeeper.job.Job;
import io.shardkeeper.job.Sharding;
import io.shardkeeper.listener.ExecutionView;
import io.shardkeeper.run.Origin;
import io.shardkeeper.run.TraceContext;
import java.time.Instant;
import java.util.Collections;
import java.util.Map;
import java.util.TreeMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What a handler sees of its execution. Whatever it asks, the fence is looked at first, so that a process that was frozen and goes on
 * finds its work cancelled at its next touch. Threads share it.
 */
final class ExecutionContext implements ShardingContext {
  private final Assignment assignment;
  private final long token;
  private final Shard shard;
  private final Map<String, String> parameters;
  private final EndRequest request;
  private final LatestWord progress;
  private final Logger log;

  /**
   * The context of an execution.
   *
   * @throws IllegalArgumentException if the run has no such shard
   */
  ExecutionContext(Assignment assignment, Job job, long token, EndRequest request, RunLog runLog) {
    this.assignment = assignment;
    this.token = token;
    this.shard = shard(assignment, job);
    var merged = new TreeMap<>(job.parameters());
    merged.putAll(assignment.run().parameters());
    this.parameters = Collections.unmodifiableMap(merged);
    this.request = request;
    this.progress = new LatestWord(request);
    this.log = new HandlerLog(LoggerFactory.getLogger("io.shardkeeper.job." + job.name()), runLog);
  }

  private static Shard shard(Assignment assignment, Job job) {
    int index = assignment.shard();
    boolean named = job.sharding() instanceof Sharding.Fixed fixed && index < fixed.total();
    String parameter = named ? ((Sharding.Fixed) job.sharding()).parameter(index) : "";
    return new Shard(index, assignment.run().total(), parameter);
  }

  @Override
  public String jobName() {
    request.touch();
    return assignment.run().id().job();
  }

  @Override
  public String runId() {
    request.touch();
    return assignment.run().id().text();
  }

  @Override
  public Instant scheduledAt() {
    request.touch();
    return assignment.run().scheduledAt();
  }

  @Override
  public Instant dataTime() {
    Instant asked = assignment.run().origin().dataTime();
    return asked.equals(Origin.WHEN_DUE) ? scheduledAt() : asked;
  }

  @Override
  public String rerunOf() {
    request.touch();
    return assignment.run().origin().rerunOf();
  }

  @Override
  public TraceContext trace() {
    TraceContext given = assignment.run().origin().trace();
    return given.isEmpty() ? TraceContext.ofRun(runId()) : given;
  }

  @Override
  public int attempt() {
    request.touch();
    return assignment.attempt();
  }

  @Override
  public long token() {
    request.touch();
    return token;
  }

  @Override
  public Map<String, String> parameters() {
    request.touch();
    return parameters;
  }

  @Override
  public Shard shard() {
    request.touch();
    return shard;
  }

  @Override
  public Cancellation cancellation() {
    request.touch();
    return request;
  }

  @Override
  public Progress progress() {
    request.touch();
    return progress;
  }

  @Override
  public Logger log() {
    request.touch();
    return log;
  }

  /** What listeners are told of it. */
  ExecutionView view(String handler) {
    return new ExecutionView(
        runId(),
        jobName(),
        handler,
        scheduledAt(),
        shard.index(),
        shard.total(),
        assignment.attempt(),
        token,
        trace());
  }

  /** The last that was said of how far it is, for the loop. */
  Executions.HowFar howFar() {
    return progress.latest();
  }
}
