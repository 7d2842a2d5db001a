package io.shardkeeper.config;

import io.shardkeeper.job.Filter;
import io.shardkeeper.job.InvalidJobException;
import io.shardkeeper.job.Job;
import io.shardkeeper.job.JobBuilder;
import io.shardkeeper.job.Misfire;
import io.shardkeeper.job.Overlap;
import io.shardkeeper.job.Retry;
import io.shardkeeper.job.Routing;
import io.shardkeeper.job.Sharding;
import io.shardkeeper.run.Outcome;
import io.shardkeeper.text.Quote;
import io.shardkeeper.trigger.Trigger;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.BiFunction;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * Reads one job. Whatever is wrong is reported, and gets a value that nobody minds, so that all mistakes are told. Not for several
 * threads.
 */
final class JobReader {
  private static final String PER_RUN = "per-run";

  private static final Kind<Integer> NUMBER = Kind.number("number");
  private static final String WHERE = " where ";

  private final String name;
  private final Map<String, Written> settings;
  private final List<String> mistakes;
  private final int mistakesBefore;

  JobReader(String name, Map<String, Written> settings, List<String> mistakes) {
    this.name = name;
    this.settings = settings;
    this.mistakes = mistakes;
    this.mistakesBefore = mistakes.size();
  }

  /** The job; none if it is wrong, or not enabled. */
  Optional<Job> read() {
    JobBuilder job = Job.builder(name);
    job.handler(readHandler());
    job.trigger(readNarrowed());
    job.sharding(readSharding());
    job.routing(readRouting());
    given(JobSetting.FILTER, Filter::parse, job::filter);
    job.overlap(read(JobSetting.OVERLAP, JobReader::overlap, Overlap.serial()));
    job.misfire(readMisfire());
    job.retry(readRetry());
    given(JobSetting.TIMEOUT, Kind.DURATION::parse, timeout -> {
      if (timeout.isZero()) {
        mistake(
            JobSetting.TIMEOUT,
            "a shard that may take no time cannot run; without this line it takes as long as it likes");
      }
      job.timeout(timeout);
    });
    given(JobSetting.AT_MOST_ONCE, Kind.FLAG::parse, job::atMostOnce);
    own(JobSetting.PARAMETER).forEach(job::parameter);
    own(JobSetting.LABEL).forEach(job::label);
    given(JobSetting.PRIORITY, NUMBER::parse, job::priority);
    given(JobSetting.HISTORY, NUMBER::parse, job::history);
    given(JobSetting.DESCRIPTION, Function.identity(), job::description);
    given(JobSetting.OWNER, Function.identity(), job::owner);
    boolean enabled = read(JobSetting.ENABLED, Kind.FLAG::parse, true);
    try {
      Job built = job.build();
      return enabled && mistakes.size() == mistakesBefore ? Optional.of(built) : Optional.empty();
    } catch (InvalidJobException e) {
      e.mistakes().forEach(this::mistake);
      return Optional.empty();
    }
  }

  private String readHandler() {
    if (!has(JobSetting.HANDLER)) {
      mistake("it names no handler; say which with " + key(JobSetting.HANDLER));
    }
    String handler = read(JobSetting.HANDLER, String::strip, "none");
    if (handler.isEmpty()) {
      mistake(JobSetting.HANDLER, "the name of a handler comes here");
      return "none";
    }
    return handler;
  }

  private Trigger readNarrowed() {
    Trigger trigger = readTrigger();
    trigger = narrowed(trigger, JobSetting.FROM, Kind.INSTANT, Trigger::from);
    trigger = narrowed(trigger, JobSetting.UNTIL, Kind.INSTANT, Trigger::until);
    trigger = narrowed(trigger, JobSetting.ONLY, Kind.LIST, (base, calendars) -> {
      Trigger narrower = base;
      for (String calendar : calendars) {
        narrower = narrower.only(calendar);
      }
      return narrower;
    });
    trigger = narrowed(trigger, JobSetting.EXCEPT, Kind.LIST, (base, calendars) -> {
      Trigger narrower = base;
      for (String calendar : calendars) {
        narrower = narrower.except(calendar);
      }
      return narrower;
    });
    return narrowed(trigger, JobSetting.JITTER, Kind.DURATION, Trigger::jitter);
  }

  private <T> Trigger narrowed(
      Trigger base, JobSetting setting, Kind<T> kind, BiFunction<Trigger, T, Trigger> narrowing) {
    return read(setting, text -> narrowing.apply(base, kind.parse(text)), base);
  }

  private Trigger readTrigger() {
    Trigger none = Trigger.manual();
    List<JobSetting> said = JobSetting.triggers().stream().filter(this::has).toList();
    if (said.size() != 1) {
      mistake((said.isEmpty()
              ? "it does not say when it is due"
              : "it says when it is due by " + texts(said))
          + "; it takes exactly one of " + texts(JobSetting.triggers()));
    }
    if (has(JobSetting.ZONE) && !has(JobSetting.CRON)) {
      mistake(JobSetting.ZONE, "only a cron expression has a zone");
    }
    String zone = read(JobSetting.ZONE, text -> Trigger.zone(text.strip()).getId(), "UTC");
    Trigger trigger = none;
    for (JobSetting setting : said) { // each is read, though one at most is taken
      trigger = read(setting, text -> trigger(setting, text, zone), none);
    }
    return trigger;
  }

  private static Trigger trigger(JobSetting setting, String text, String zone) {
    return switch (setting) {
      case CRON -> Trigger.cron(text, zone);
      case EVERY -> Trigger.every(Kind.DURATION.parse(text));
      case DELAY -> Trigger.delay(Kind.DURATION.parse(text));
      case AT ->
        new Trigger.At(Kind.LIST.parse(text).stream().map(Kind.INSTANT::parse).toList());
      case AFTER_JOBS ->
        new Trigger.AfterJobs(new TreeSet<>(Kind.LIST.parse(text)), Set.of(Outcome.SUCCEEDED));
      default -> {
        if (!Kind.FLAG.parse(text)) {
          throw new IllegalArgumentException("only true comes here; say when instead, with one of "
              + texts(JobSetting.triggers()));
        }
        yield Trigger.manual();
      }
    };
  }

  private Sharding readSharding() {
    boolean counted = has(JobSetting.SHARDS);
    if (counted && has(JobSetting.SHARDING)) {
      mistake(
          JobSetting.SHARDING,
          "the shards are counted by " + key(JobSetting.SHARDS)
              + " already; one of the two has to go");
    }
    if (has(JobSetting.SHARD_PARAMETERS) && !counted) {
      mistake(JobSetting.SHARD_PARAMETERS, "it takes " + key(JobSetting.SHARDS) + " too");
    }
    if (!counted) {
      return read(JobSetting.SHARDING, JobReader::sharding, Sharding.one());
    }
    Sharding plain =
        read(JobSetting.SHARDS, text -> Sharding.shards(NUMBER.parse(text)), Sharding.one());
    return plain instanceof Sharding.Fixed fixed
        ? read(JobSetting.SHARD_PARAMETERS, text -> Sharding.shards(fixed.total(), text), plain)
        : plain;
  }

  private static Sharding sharding(String text) {
    String said = text.strip();
    int where = said.indexOf(WHERE);
    String condition = where < 0 ? "" : said.substring(where + WHERE.length());
    return switch (where < 0 ? said : said.substring(0, where + WHERE.length())) {
      case "all" -> Sharding.all();
      case "one" -> Sharding.one();
      case "each" + WHERE -> Sharding.eachWhere(condition);
      case "one" + WHERE -> Sharding.oneWhere(condition);
      default ->
        throw new IllegalArgumentException(
            "one of all, one, each where zone == 'a', one where zone == 'a' comes here; a number of shards is set with shards");
    };
  }

  private Routing readRouting() {
    List<String> instances = read(JobSetting.INSTANCES, Kind.LIST::parse, List.of());
    String usual = has(JobSetting.INSTANCES) ? "specified" : Routing.spread().route();
    String route = read(JobSetting.ROUTE, String::strip, usual);
    JobSetting blamed = has(JobSetting.ROUTE) ? JobSetting.ROUTE : JobSetting.INSTANCES;
    if (has(JobSetting.INSTANCES) && instances.isEmpty()) {
      return Routing.spread(); // they could not be read, which is told already
    }
    Routing chosen = read(blamed, text -> new Routing(route, instances), Routing.spread());
    Routing some = read(
        JobSetting.WITHOUT,
        text -> chosen.without(Kind.LIST.parse(text).toArray(String[]::new)),
        chosen);
    return read(JobSetting.MOST_INSTANCES, text -> some.atMost(NUMBER.parse(text)), some);
  }

  private static Overlap overlap(String text) {
    String ofRuns = " " + PER_RUN;
    return text.strip().endsWith(ofRuns)
        ? policy(text.strip().substring(0, text.strip().length() - ofRuns.length()))
            .perRun()
        : policy(text);
  }

  private static Overlap policy(String text) {
    Word word = Word.of(text);
    return switch (word.first()) {
      case "serial" -> Overlap.serial(word.number(Overlap.DEFAULT_QUEUE));
      case "discard-later" -> word.alone(Overlap.discardLater());
      case "cover-earlier" -> word.alone(Overlap.coverEarlier());
      case "allow" -> Overlap.allow(word.number());
      default ->
        throw new IllegalArgumentException(
            "one of serial, serial 10, discard-later, cover-earlier, allow 3 comes here, with per-run behind it where runs must not overlap as wholes");
    };
  }

  private Misfire readMisfire() {
    Misfire policy = read(JobSetting.MISFIRE, JobReader::misfire, Misfire.fireOnce());
    Duration threshold =
        read(JobSetting.MISFIRE_THRESHOLD, Kind.DURATION::parse, policy.threshold());
    Duration window = read(JobSetting.MISFIRE_WINDOW, Kind.DURATION::parse, policy.window());
    // Together: a window may be too short for the threshold.
    JobSetting blamed =
        has(JobSetting.MISFIRE_WINDOW) ? JobSetting.MISFIRE_WINDOW : JobSetting.MISFIRE_THRESHOLD;
    return read(
        blamed, text -> new Misfire(policy.policy(), policy.limit(), threshold, window), policy);
  }

  private static Misfire misfire(String text) {
    Word word = Word.of(text);
    return switch (word.first()) {
      case "skip" -> word.alone(Misfire.skip());
      case "fire-once" -> word.alone(Misfire.fireOnce());
      case "fire-all" -> Misfire.fireAll(word.number(Misfire.DEFAULT_LIMIT));
      default ->
        throw new IllegalArgumentException(
            "one of skip, fire-once, fire-all, fire-all 10 comes here");
    };
  }

  private Retry readRetry() {
    List<JobSetting> details = List.of(
        JobSetting.RETRY_DELAY,
        JobSetting.RETRY_FACTOR,
        JobSetting.RETRY_LONGEST,
        JobSetting.RETRY_JITTER,
        JobSetting.RETRY_ELSEWHERE);
    if (!has(JobSetting.RETRY)) {
      details.stream()
          .filter(this::has)
          .forEach(detail ->
              mistake(detail, "nothing is retried; say how often with " + key(JobSetting.RETRY)));
    }
    Retry usual = read(JobSetting.RETRY, text -> Retry.times(NUMBER.parse(text)), Retry.none());
    Retry retry = read(
        JobSetting.RETRY_DELAY,
        text -> {
          Duration delay = Kind.DURATION.parse(text);
          boolean longer = delay.compareTo(usual.longest()) > 0;
          return usual.backoff(delay, usual.factor(), longer ? delay : usual.longest());
        },
        usual);
    retry = changed(
        retry,
        JobSetting.RETRY_FACTOR,
        (base, text) -> base.backoff(base.delay(), Kind.FRACTION.parse(text), base.longest()));
    retry = changed(
        retry,
        JobSetting.RETRY_LONGEST,
        (base, text) -> base.backoff(base.delay(), base.factor(), Kind.DURATION.parse(text)));
    retry = changed(
        retry, JobSetting.RETRY_JITTER, (base, text) -> base.jitter(Kind.FRACTION.parse(text)));
    return changed(
        retry,
        JobSetting.RETRY_ELSEWHERE,
        (base, text) -> Kind.FLAG.parse(text) ? base.onAnotherInstance() : base);
  }

  private Retry changed(Retry base, JobSetting setting, BiFunction<Retry, String, Retry> change) {
    return read(setting, text -> change.apply(base, text), base);
  }

  private Map<String, String> own(JobSetting setting) {
    String prefix = setting.text() + ".";
    return settings.entrySet().stream()
        .filter(entry -> entry.getKey().startsWith(prefix))
        .collect(Collectors.toMap(
            entry -> entry.getKey().substring(prefix.length()),
            entry -> entry.getValue().text()));
  }

  private boolean has(JobSetting setting) {
    return settings.containsKey(setting.text());
  }

  private <T> void given(JobSetting setting, Function<String, T> read, Consumer<T> take) {
    read(setting, text -> Optional.of(read.apply(text)), Optional.<T>empty()).ifPresent(take);
  }

  /** What is made of a setting, if it is there and can be read. */
  private <T> T read(JobSetting setting, Function<String, T> read, T otherwise) {
    Written written = settings.get(setting.text());
    if (written == null) {
      return otherwise;
    }
    try {
      return read.apply(written.text());
    } catch (IllegalArgumentException e) {
      mistakes.add(written.mistake(String.valueOf(e.getMessage())));
      return otherwise;
    }
  }

  /** A mistake of a setting that is there. */
  private void mistake(JobSetting setting, String problem) {
    Written written = settings.get(setting.text());
    mistakes.add(written == null ? key(setting) + ": " + problem : written.mistake(problem));
  }

  /** A mistake of the job as a whole. */
  private void mistake(String problem) {
    Set<String> origins = settings.values().stream()
        .map(Written::origin)
        .collect(Collectors.toCollection(TreeSet::new));
    mistakes.add("job '" + Quote.of(name) + "' (" + String.join(", ", origins) + "): " + problem);
  }

  private String key(JobSetting setting) {
    return DeclaredJobs.PREFIX + Quote.of(name) + "." + setting.text();
  }

  private static String texts(List<JobSetting> settings) {
    return settings.stream().map(JobSetting::text).collect(Collectors.joining(", "));
  }

  /** A word, and perhaps a number behind it. */
  private record Word(String first, String rest) {
    static Word of(String text) {
      String[] parts = text.strip().split("\\s+", 2);
      return new Word(parts[0], parts.length > 1 ? parts[1] : "");
    }

    int number(int usual) {
      return rest.isEmpty() ? usual : number();
    }

    int number() {
      if (rest.isEmpty()) {
        throw new IllegalArgumentException(
            "a number comes behind " + first + ", as in " + first + " 3");
      }
      return NUMBER.parse(rest);
    }

    <T> T alone(T value) {
      if (!rest.isEmpty()) {
        throw new IllegalArgumentException("nothing comes behind " + first);
      }
      return value;
    }
  }
}
