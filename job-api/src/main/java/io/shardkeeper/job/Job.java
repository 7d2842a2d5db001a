package io.shardkeeper.job;

import io.shardkeeper.text.Quote;
import io.shardkeeper.trigger.NarrowedTrigger;
import io.shardkeeper.trigger.Trigger;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * The definition of a job: what runs, when, where, and what becomes of it when something goes wrong. Immutable; it cannot be
 * wrong, because a wrong one is refused with all its mistakes.
 *
 * <pre>{@code
 * Job billing = Job.builder("billing")
 *     .handler("settle-accounts")
 *     .cron("0 30 2 * * ?", "Europe/Berlin")
 *     .shards(3, "0=north,1=south,2=west")
 *     .retry(Retry.times(3))
 *     .build();
 * }</pre>
 *
 * @param name its name in the namespace
 * @param handler the name of the handler that does the work
 * @param trigger when it is due; what a trigger draws from the name of a job is drawn
 * @param sharding into which shards a run is divided
 * @param routing who of the eligible instances gets a shard
 * @param filter which instances are eligible
 * @param overlap what becomes of a fire whose predecessor still runs
 * @param misfire what becomes of fires that are decided too late
 * @param retry how often a failed shard is tried again
 * @param timeout how long a shard may take; zero means as long as it likes
 * @param atMostOnce whether a shard whose end cannot be known is given up rather than started again
 * @param parameters what the handler is told
 * @param labels for people, to find it by
 * @param priority who goes first when slots are short, from 0 to 9
 * @param history how many of its runs are kept
 * @param description what it is for
 * @param owner whom to ask
 */
public record Job(
    String name,
    String handler,
    Trigger trigger,
    Sharding sharding,
    Routing routing,
    Filter filter,
    Overlap overlap,
    Misfire misfire,
    Retry retry,
    Duration timeout,
    boolean atMostOnce,
    Map<String, String> parameters,
    Map<String, String> labels,
    int priority,
    int history,
    String description,
    String owner) {
  /** The priority unless said otherwise. */
  public static final int DEFAULT_PRIORITY = 5;

  /** How many runs are kept unless said otherwise. */
  public static final int DEFAULT_HISTORY = 100;

  /**
   * Checks the definition as a whole.
   *
   * @throws InvalidJobException with all mistakes, if there are any
   */
  public Job {
    parameters = Collections.unmodifiableMap(new TreeMap<>(parameters));
    labels = Collections.unmodifiableMap(new TreeMap<>(labels));
    var check = new Check();
    check.that(() -> Limits.checkName("A job", name));
    if (handler.isEmpty()) {
      check.mistake("It names no handler; say which with handler(\"...\")");
    } else {
      check.that(() -> Limits.checkName("A handler", handler));
    }
    if (!timeout.isZero()) {
      check.that(() -> Limits.checkWait("A timeout", timeout, Duration.ofMillis(1)));
    }
    check.that(() -> Limits.checkRange("A priority", priority, 0, Limits.PRIORITY));
    check.that(() -> Limits.checkRange("A number of kept runs", history, 1, Limits.HISTORY));
    check.length("The description", description, Limits.DESCRIPTION);
    check.length("The owner", owner, Limits.OWNER);
    check.parameters(parameters);
    check.labels(labels);
    if (atMostOnce && retry.retries() > 0) {
      check.mistake("It is to run at most once and to be retried " + retry.retries()
          + " times; one of the two has to go");
    }
    check.trigger(name, trigger);
    Trigger unnamed = trigger;
    trigger = check.orElse(unnamed, () -> unnamed.forJob(name));
    if (!check.mistakes.isEmpty()) {
      throw new InvalidJobException(name, check.mistakes);
    }
  }

  /** Begins the definition of a job. */
  public static JobBuilder builder(String name) {
    return new JobBuilder(name);
  }

  /** Begins a definition that differs from this one in what is set anew. */
  public JobBuilder toBuilder() {
    return new JobBuilder(this);
  }

  /** Collects mistakes instead of stopping at the first. */
  static final class Check {
    final List<String> mistakes = new ArrayList<>();

    /** Something to do that refuses with an IllegalArgumentException. */
    interface Attempt<T> {
      T make();
    }

    void mistake(String mistake) {
      mistakes.add(mistake);
    }

    void that(Runnable check) {
      orElse(true, () -> {
        check.run();
        return true;
      });
    }

    <T> T orElse(T fallback, Attempt<T> attempt) {
      try {
        return attempt.make();
      } catch (IllegalArgumentException e) {
        mistakes.add(e.getMessage() == null ? e.toString() : e.getMessage());
        return fallback;
      }
    }

    private void length(String what, String text, int most) {
      that(() -> Limits.checkText(what, text));
      if (text.length() > most) {
        mistake(what + " has " + text.length() + " characters; at most " + most + " are kept");
      }
    }

    private void trigger(String job, Trigger trigger) {
      if (trigger instanceof NarrowedTrigger narrowed) {
        narrowed.only().forEach(calendar -> that(() -> Limits.checkName("A calendar", calendar)));
        narrowed.except().forEach(calendar -> that(() -> Limits.checkName("A calendar", calendar)));
        trigger(job, narrowed.base());
      } else if (trigger instanceof Trigger.AfterJobs after) {
        after.jobs().forEach(other -> that(() -> Limits.checkName("A job", other)));
        if (after.jobs().contains(job)) {
          mistake("It is triggered by its own end; name other jobs");
        }
      }
    }

    private void parameters(Map<String, String> parameters) {
      that(() ->
          Limits.checkRange("A number of parameters", parameters.size(), 0, Limits.PARAMETERS));
      long bytes = 0;
      for (var parameter : parameters.entrySet()) {
        that(() -> Limits.checkName("A parameter", parameter.getKey()));
        that(() -> Limits.checkText(
            "Parameter '" + Quote.of(parameter.getKey()) + "'", parameter.getValue()));
        bytes += Limits.bytes(parameter.getKey()) + Limits.bytes(parameter.getValue());
      }
      if (bytes > Limits.ITEM_BYTES) {
        String largest = parameters.entrySet().stream()
            .max(Comparator.comparingInt(parameter -> Limits.bytes(parameter.getValue())))
            .orElseThrow()
            .getKey();
        mistake(
            "Its parameters have " + bytes + " bytes together, '" + Quote.of(largest)
                + "' the most of them; at most " + Limits.ITEM_BYTES
                + " are kept, and larger things belong into a store with their address as the parameter");
      }
    }

    private void labels(Map<String, String> labels) {
      that(() -> Limits.checkRange("A number of labels", labels.size(), 0, Limits.LABELS));
      labels.forEach((label, value) -> {
        that(() -> Limits.checkName("A label", label));
        length("Label '" + Quote.of(label) + "'", value, Limits.LABEL);
      });
    }
  }
}
