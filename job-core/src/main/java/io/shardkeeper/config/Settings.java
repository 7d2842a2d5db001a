package io.shardkeeper.config;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.Optional;
import java.util.TreeMap;

/**
 * A whole configuration, and for each value where it came from. Immutable; it cannot be wrong, because a wrong one is refused with
 * all its mistakes.
 *
 * <pre>{@code
 * Settings settings = Settings.sources("host-1")
 *     .file("shardkeeper.properties", "shardkeeper.zookeeper=zk1:2181\nshardkeeper.namespace=billing")
 *     .set(Key.GRACE, Duration.ofMinutes(1))
 *     .read();
 * Duration timeout = settings.get(Key.SESSION_TIMEOUT); // 10 seconds: nobody said anything
 * }</pre>
 */
public final class Settings {
  private final Map<String, Written> values;
  private final DeclaredJobs jobs;

  /** Takes what was checked. */
  Settings(Map<String, Written> values, DeclaredJobs jobs) {
    this.values = new TreeMap<>(values);
    this.jobs = jobs;
  }

  /**
   * Begins with what an instance is called unless said otherwise.
   *
   * @param host the name of the host
   */
  public static Sources sources(String host) {
    return new Sources(host);
  }

  /** The value of a key; none if nobody says anything and it has no default. */
  public <T> Optional<T> find(Key<T> key) {
    return Optional.ofNullable(values.get(key.name())).map(written -> key.parse(written.text()));
  }

  /**
   * The value of a key that has one always.
   *
   * @throws NoSuchElementException if it has none, as {@link Key#CREDENTIALS_FILE} may
   */
  public <T> T get(Key<T> key) {
    return find(key)
        .orElseThrow(() ->
            new NoSuchElementException(key + " is not set, and has no default; ask with find"));
  }

  /** Where the value of a key came from: "file shardkeeper.properties", "default". */
  public String origin(Key<?> key) {
    Written written = values.get(key.name());
    return written == null ? "not set" : written.origin();
  }

  /** Whether the ZooKeeper is a server in this process. */
  public boolean isEmbedded() {
    Written written = values.get(Key.ZOOKEEPER.name());
    return written != null && written.text().strip().equals(Key.IN_THIS_PROCESS);
  }

  boolean isSet(Key<?> key) {
    return values.containsKey(key.name());
  }

  /** The jobs that are declared in properties. */
  public DeclaredJobs jobs() {
    return jobs;
  }

  /** The sentence that tells a mistake of the value of a key, which somebody else found: the key, the value if it may be told, its origin, the problem. */
  public String mistake(Key<?> key, String problem) {
    Written written = values.get(key.name());
    return written == null ? key + " (not set): " + problem : key.mistake(written, problem);
  }

  /** What differs from the defaults, without what is secret. */
  @Override
  public String toString() {
    List<String> told = new ArrayList<>();
    for (Key<?> key : Key.all()) {
      Written written = values.get(key.name());
      if (written != null && !written.origin().equals(Sources.DEFAULT)) {
        told.add(
            key + (key.isSecret() ? "" : "=" + written.text()) + " (" + written.origin() + ")");
      }
    }
    return "settings " + told;
  }
}
