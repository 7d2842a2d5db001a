package io.shardkeeper.job;

import io.shardkeeper.trigger.Trigger;
import java.time.Duration;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Gathers the definition of a {@link Job}. Not for several threads.
 *
 * <p>What cannot be read, such as a wrong cron expression, is remembered; {@link #build} reports all mistakes at once.
 */
public final class JobBuilder {
  private final String name;
  /** What went wrong, by setting: one that is set again forgets its mistakes. */
  private final Map<String, Job.Check> checks = new LinkedHashMap<>();

  private String handler = "";
  private @Nullable Trigger trigger;
  private Sharding sharding = Sharding.one();
  private Routing routing = Routing.spread();
  private Filter filter = Filter.none();
  private Overlap overlap = Overlap.serial();
  private Misfire misfire = Misfire.fireOnce();
  private Retry retry = Retry.none();
  private Duration timeout = Duration.ZERO;
  private boolean atMostOnce;
  private final Map<String, String> parameters = new TreeMap<>();
  private final Map<String, String> labels = new TreeMap<>();
  private int priority = Job.DEFAULT_PRIORITY;
  private int history = Job.DEFAULT_HISTORY;
  private String description = "";
  private String owner = "";

  JobBuilder(String name) {
    this.name = Objects.requireNonNull(name, "name");
  }

  JobBuilder(Job job) {
    this(job.name());
    handler = job.handler();
    trigger = job.trigger();
    sharding = job.sharding();
    routing = job.routing();
    filter = job.filter();
    overlap = job.overlap();
    misfire = job.misfire();
    retry = job.retry();
    timeout = job.timeout();
    atMostOnce = job.atMostOnce();
    parameters.putAll(job.parameters());
    labels.putAll(job.labels());
    priority = job.priority();
    history = job.history();
    description = job.description();
    owner = job.owner();
  }

  /** The name of the handler that does the work. Required. */
  public JobBuilder handler(String newHandler) {
    handler = Objects.requireNonNull(newHandler, "handler");
    return this;
  }

  /** When it is due. Required, in one of its forms; {@link Trigger#manual()} for jobs that run by request only. */
  public JobBuilder trigger(Trigger newTrigger) {
    check("trigger");
    trigger = Objects.requireNonNull(newTrigger, "trigger");
    return this;
  }

  /** Due where the clock of UTC matches a cron expression. */
  public JobBuilder cron(String expression) {
    return cron(expression, "UTC");
  }

  /** Due where the clock of a zone matches a cron expression. */
  public JobBuilder cron(String expression, String zone) {
    Job.Check check = check("trigger");
    ZoneId known = check.orElse(Trigger.zone("UTC"), () -> Trigger.zone(zone));
    trigger = check.orElse(Trigger.manual(), () -> Trigger.cron(expression, known.getId()));
    return this;
  }

  /** Due each period. */
  public JobBuilder every(Duration period) {
    return tryTrigger(() -> Trigger.every(period));
  }

  /** Due so long after the end of the run before. */
  public JobBuilder delay(Duration delay) {
    return tryTrigger(() -> Trigger.delay(delay));
  }

  /** A clean sheet for a setting. */
  private Job.Check check(String setting) {
    var check = new Job.Check();
    checks.put(setting, check);
    return check;
  }

  private JobBuilder tryTrigger(Job.Check.Attempt<Trigger> attempt) {
    trigger = check("trigger").orElse(Trigger.manual(), attempt);
    return this;
  }

  /** Into which shards a run is divided; one unless said otherwise. */
  public JobBuilder sharding(Sharding newSharding) {
    check("sharding");
    sharding = Objects.requireNonNull(newSharding, "sharding");
    return this;
  }

  /** So many shards. */
  public JobBuilder shards(int total) {
    sharding = check("sharding").orElse(sharding, () -> Sharding.shards(total));
    return this;
  }

  /** So many shards with parameters, as in {@code 0=north,1=south}. */
  public JobBuilder shards(int total, String shardParameters) {
    sharding = check("sharding").orElse(sharding, () -> Sharding.shards(total, shardParameters));
    return this;
  }

  /** Who of the eligible instances gets a shard; an even spread unless said otherwise. */
  public JobBuilder routing(Routing newRouting) {
    routing = Objects.requireNonNull(newRouting, "routing");
    return this;
  }

  /** Which instances are eligible; all unless said otherwise. */
  public JobBuilder filter(Filter newFilter) {
    check("filter");
    filter = Objects.requireNonNull(newFilter, "filter");
    return this;
  }

  /** Which instances are eligible, as in {@code zone == 'a'}. */
  public JobBuilder filter(String condition) {
    filter = check("filter").orElse(filter, () -> Filter.parse(condition));
    return this;
  }

  /** What becomes of a fire whose predecessor still runs; it waits unless said otherwise. */
  public JobBuilder overlap(Overlap newOverlap) {
    overlap = Objects.requireNonNull(newOverlap, "overlap");
    return this;
  }

  /** What becomes of fires that are decided too late; one run makes up for all unless said otherwise. */
  public JobBuilder misfire(Misfire newMisfire) {
    misfire = Objects.requireNonNull(newMisfire, "misfire");
    return this;
  }

  /** How often a failed shard is tried again; not at all unless said otherwise. */
  public JobBuilder retry(Retry newRetry) {
    retry = Objects.requireNonNull(newRetry, "retry");
    return this;
  }

  /** How long a shard may take; as long as it likes unless said otherwise. */
  public JobBuilder timeout(Duration newTimeout) {
    timeout = Objects.requireNonNull(newTimeout, "timeout");
    return this;
  }

  /** A shard whose end cannot be known is given up, never started again. */
  public JobBuilder atMostOnce() {
    return atMostOnce(true);
  }

  /** Whether a shard whose end cannot be known is given up rather than started again. */
  public JobBuilder atMostOnce(boolean value) {
    atMostOnce = value;
    return this;
  }

  /** Something that the handler is told. */
  public JobBuilder parameter(String key, String value) {
    parameters.put(Objects.requireNonNull(key, "key"), Objects.requireNonNull(value, "value"));
    return this;
  }

  /** Everything that the handler is told, instead of what was said before. */
  public JobBuilder parameters(Map<String, String> all) {
    parameters.clear();
    all.forEach(this::parameter);
    return this;
  }

  /** Something to find it by. */
  public JobBuilder label(String key, String value) {
    labels.put(Objects.requireNonNull(key, "key"), Objects.requireNonNull(value, "value"));
    return this;
  }

  /** Everything to find it by, instead of what was said before. */
  public JobBuilder labels(Map<String, String> all) {
    labels.clear();
    all.forEach(this::label);
    return this;
  }

  /** Who goes first when slots are short, from 0 to 9; {@value Job#DEFAULT_PRIORITY} unless said otherwise. */
  public JobBuilder priority(int newPriority) {
    priority = newPriority;
    return this;
  }

  /** How many of its runs are kept; {@value Job#DEFAULT_HISTORY} unless said otherwise. */
  public JobBuilder history(int runs) {
    history = runs;
    return this;
  }

  /** What it is for. */
  public JobBuilder description(String newDescription) {
    description = Objects.requireNonNull(newDescription, "description");
    return this;
  }

  /** Whom to ask. */
  public JobBuilder owner(String newOwner) {
    owner = Objects.requireNonNull(newOwner, "owner");
    return this;
  }

  /** Notes a mistake that somebody else found, a reader of files for one, to be reported with the others. */
  public JobBuilder mistake(String mistake) {
    checks.computeIfAbsent("", key -> new Job.Check()).mistake(mistake);
    return this;
  }

  /**
   * The job.
   *
   * @throws InvalidJobException with all mistakes, if there are any
   */
  public Job build() {
    var mistakes = new LinkedHashSet<String>();
    checks.values().forEach(check -> mistakes.addAll(check.mistakes));
    if (trigger == null) {
      mistakes.add(
          "It names no trigger; say when with cron(\"...\"), or trigger(Trigger.manual()) if only by request");
    }
    try {
      var job = new Job(
          name,
          handler,
          trigger == null ? Trigger.manual() : trigger,
          sharding,
          routing,
          filter,
          overlap,
          misfire,
          retry,
          timeout,
          atMostOnce,
          parameters,
          labels,
          priority,
          history,
          description,
          owner);
      if (mistakes.isEmpty()) {
        return job;
      }
    } catch (InvalidJobException e) {
      mistakes.addAll(e.mistakes());
    }
    throw new InvalidJobException(name, new ArrayList<>(mistakes));
  }
}
