package io.shardkeeper.handlers.fields;

import io.shardkeeper.handler.ShardingContext;
import io.shardkeeper.text.Quote;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.UnaryOperator;

/**
 * What may be filled in for an execution: what it is, under names that begin with {@code run.}, and the parameters of its job or request, each under its
 * own name. Immutable.
 */
public final class RunFields implements UnaryOperator<String> {
  private static final String RUN = "run.";

  private final Map<String, String> run;
  private final Map<String, String> parameters;

  private RunFields(Map<String, String> run, Map<String, String> parameters) {
    this.run = run;
    this.parameters = Map.copyOf(parameters);
  }

  /** The fields of an execution. */
  public static RunFields of(ShardingContext context) {
    Map<String, String> run = new LinkedHashMap<>();
    run.put("run.id", context.runId());
    run.put("run.job", context.jobName());
    run.put("run.scheduled-at", context.scheduledAt().toString());
    run.put("run.data-time", context.dataTime().toString());
    run.put("run.attempt", Integer.toString(context.attempt()));
    run.put("run.token", Long.toString(context.token()));
    run.put("run.shard", Integer.toString(context.shard().index()));
    run.put("run.shards", Integer.toString(context.shard().total()));
    run.put("run.parameter", context.shard().parameter());
    return new RunFields(run, context.parameters());
  }

  /**
   * The value of a field.
   *
   * @throws IllegalArgumentException if there is none: a text with a hole in it is worse than none
   */
  @Override
  public String apply(String name) {
    String value = name.startsWith(RUN) ? run.get(name) : parameters.get(name);
    if (value == null) {
      throw new IllegalArgumentException(
          name.startsWith(RUN)
              ? "{" + name + "} is no field of a run; there are " + run.keySet()
              : "{" + Quote.of(name) + "} is no parameter of this job or request; a run has "
                  + run.keySet());
    }
    return value;
  }
}
