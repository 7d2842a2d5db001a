package io.shardkeeper.config;

import io.shardkeeper.job.Job;
import io.shardkeeper.text.Quote;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * The jobs that are declared in properties. Immutable.
 *
 * <pre>
 *   shardkeeper.job.billing.nightly.retry.delay=10s
 *                   └────job──────┘ └─setting─┘      the longest setting that is known; the rest is the name of the job
 * </pre>
 */
public final class DeclaredJobs {
  /** How all keys of jobs begin. */
  public static final String PREFIX = Key.PREFIX + "job.";

  static final DeclaredJobs NONE = new DeclaredJobs(new TreeMap<>());

  /** A job, and the first of the keys that declare it. */
  private record Declaration(Job job, Written first) {}

  private final SortedMap<String, Declaration> declarations;

  private DeclaredJobs(SortedMap<String, Declaration> declarations) {
    this.declarations = Collections.unmodifiableSortedMap(declarations);
  }

  /** One way to read a key. */
  private record Reading(String job, String setting) {}

  /** Reads the jobs, and adds whatever is wrong with any of them to the mistakes. */
  static DeclaredJobs read(Map<String, Written> properties, List<String> mistakes) {
    Map<String, List<Reading>> readings = new TreeMap<>();
    Set<String> sure = new HashSet<>();
    properties.keySet().forEach(key -> {
      List<Reading> found = readings(key.substring(PREFIX.length()));
      readings.put(key, found);
      if (found.size() == 1) {
        sure.add(found.get(0).job());
      }
    });
    Map<String, Map<String, Written>> byJob = new TreeMap<>();
    properties.forEach((key, written) -> {
      List<Reading> found = readings.getOrDefault(key, List.of());
      if (found.isEmpty()) {
        mistakes.add(unknown(written));
        return;
      }
      Reading taken = found.get(0);
      found.stream()
          .skip(1)
          .filter(other -> sure.contains(other.job()))
          .forEach(other -> mistakes.add(ambiguous(written, taken, other)));
      byJob.computeIfAbsent(taken.job(), job -> new TreeMap<>()).put(taken.setting(), written);
    });
    var jobs = new TreeMap<String, Declaration>();
    byJob.forEach((name, settings) -> new JobReader(name, settings, mistakes)
        .read()
        .ifPresent(job ->
            jobs.put(name, new Declaration(job, settings.values().iterator().next()))));
    return new DeclaredJobs(jobs);
  }

  /** All ways to read a key, the one with the longest setting first. */
  private static List<Reading> readings(String key) {
    List<Reading> readings = new ArrayList<>();
    for (int dot = key.indexOf('.'); dot >= 0; dot = key.indexOf('.', dot + 1)) {
      if (dot > 0 && JobSetting.isKnown(key.substring(dot + 1))) {
        readings.add(new Reading(key.substring(0, dot), key.substring(dot + 1)));
      }
    }
    return readings;
  }

  private static String ambiguous(Written written, Reading taken, Reading other) {
    return written.key() + " (" + written.origin() + "): it is read as '" + taken.setting()
        + "' of a job '" + taken.job() + "', but may mean '" + other.setting() + "' of the job '"
        + other.job()
        + "', which is declared here too; give that job a name that does not end so, or declare it in code";
  }

  /** Values are not told here: what the unknown holds may be secret. */
  private static String unknown(Written written) {
    String rest = written.key().substring(PREFIX.length());
    String found = Quote.of(written.key()) + " (" + written.origin() + "): ";
    if (JobSetting.isKnown(rest) || rest.indexOf('.') <= 0) {
      return found + "it names no job or no setting; a key is written " + PREFIX
          + "<name>.<setting>, as in " + PREFIX + "billing.cron";
    }
    Optional<String> near = Optional.empty();
    int least = Integer.MAX_VALUE;
    for (int dot = rest.indexOf('.'); dot >= 0; dot = rest.indexOf('.', dot + 1)) {
      String tail = rest.substring(dot + 1);
      Optional<Nearest.Guess> guess = Nearest.of(tail, JobSetting.like(tail));
      if (guess.isPresent() && guess.get().distance() < least) {
        least = guess.get().distance();
        String word = guess.get().word();
        near = Optional.of(
            rest.substring(0, dot + 1) + word + (JobSetting.isKnown(word) ? "" : ".<key>"));
      }
    }
    return found + "no such setting of a job; "
        + near.map(key -> "did you mean " + PREFIX + Quote.of(key) + "?")
            .orElse("docs/configuration.md lists the known ones");
  }

  /** All of them, by name. */
  public List<Job> all() {
    return declarations.values().stream().map(Declaration::job).toList();
  }

  /**
   * These and those that are declared in code, by name.
   *
   * @throws InvalidSettingsException if a name is declared more than once, naming both places: nobody wins silently
   */
  public List<Job> and(Collection<Job> inCode) {
    var mistakes = new ArrayList<String>();
    var all = new TreeMap<String, Job>();
    declarations.forEach((name, declaration) -> all.put(name, declaration.job()));
    for (Job job : inCode) {
      Declaration declaration = declarations.get(job.name());
      if (declaration != null) {
        mistakes.add("job '" + job.name() + "' is declared twice: by "
            + declaration.first().key() + " (" + declaration.first().origin()
            + ") and in code; one of the two has to go");
      } else if (all.put(job.name(), job) != null) {
        mistakes.add(
            "job '" + job.name() + "' is declared in code twice; one of the two has to go");
      }
    }
    if (!mistakes.isEmpty()) {
      throw new InvalidSettingsException(mistakes);
    }
    return List.copyOf(all.values());
  }

  @Override
  public String toString() {
    return "declared jobs " + declarations.keySet();
  }
}
