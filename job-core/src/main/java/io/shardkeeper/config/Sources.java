package io.shardkeeper.config;

import io.shardkeeper.text.Quote;
import java.io.IOException;
import java.io.StringReader;
import java.io.UncheckedIOException;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Properties;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Where settings come from. Not for several threads.
 *
 * <pre>
 *   defaults  &lt;  file  &lt;  environment  &lt;  system properties  &lt;  code          the later one wins, key by key
 * </pre>
 */
public final class Sources {
  static final String DEFAULT = "default";

  private static final String VARIABLE_PREFIX = "SHARDKEEPER_";

  /** What Kubernetes sets in each pod for a service called shardkeeper, or shardkeeper-something. Nobody wrote it. */
  private static final Pattern OF_KUBERNETES = Pattern.compile(
      "SHARDKEEPER_(?:\\w+_)?(?:SERVICE_HOST|SERVICE_PORT(?:_\\w+)?|PORT_\\d+_(?:TCP|UDP|SCTP)(?:_\\w+)?)");

  private final String host;
  private final List<String> mistakes = new ArrayList<>();
  private final Map<String, Written> file = new TreeMap<>();
  private final Map<String, String> environment = new TreeMap<>();
  private final Map<String, Written> system = new TreeMap<>();
  private final Map<String, Written> code = new TreeMap<>();
  private final Map<String, String> required = new TreeMap<>();

  Sources(String host) {
    this.host = Objects.requireNonNull(host, "host");
  }

  /**
   * What stands in a file, in the format of {@link Properties}.
   *
   * @param name how to call it in messages
   * @param text what stands in it
   */
  public Sources file(String name, String text) {
    return file(name, text, Path.of(""));
  }

  /**
   * What stands in a file that lies somewhere else than where the process is.
   *
   * @param directory where it lies: paths that stand in it are relative to that
   */
  public Sources file(String name, String text, Path directory) {
    var lines = new Lines();
    try {
      lines.load(new StringReader(text));
    } catch (IOException e) {
      throw new UncheckedIOException("Reading a text", e); // it never happens
    } catch (IllegalArgumentException e) {
      mistakes.add("file " + name
          + " cannot be read: a backslash and a u are followed by something else than four hexadecimal digits;"
          + " a backslash is written \\\\");
    }
    lines.twice.forEach(key -> mistakes.add(
        key + " stands in file " + name + " more than once; one of the lines has to go"));
    lines
        .stringPropertyNames()
        .forEach(
            key -> put(file, key, from(directory, key, lines.getProperty(key)), "file " + name));
    return this;
  }

  /** What is no path is told as it is written, when it is read. */
  private static String from(Path directory, String name, String text) {
    boolean path = Key.all().stream().anyMatch(key -> key.name().equals(name) && key.isPath());
    if (!path || text.isBlank() || directory.toString().isEmpty()) {
      return text;
    }
    try {
      return directory.resolve(text.strip()).toString();
    } catch (InvalidPathException e) {
      return text;
    }
  }

  /** The variables of the environment. Those that do not begin with {@code SHARDKEEPER_} are nobody's business here. */
  public Sources environment(Map<String, String> variables) {
    environment.putAll(variables);
    return this;
  }

  /** The system properties. Those that do not begin with {@code shardkeeper.} are nobody's business here. */
  public Sources systemProperties(Map<String, String> properties) {
    properties.forEach((key, text) -> put(system, key, text, "system property"));
    return this;
  }

  /** What the code says. */
  public <T> Sources set(Key<T> key, T value) {
    return set(key.name(), key.write(value));
  }

  /** What the code says, as it would stand in a file; so a job can be declared too. */
  public Sources set(String key, String text) {
    put(code, key, text, "code");
    return this;
  }

  /** Has somebody say what a key is: what it is by default will not do here, and the reason is told. */
  public Sources require(Key<?> key, String why) {
    required.put(key.name(), why);
    return this;
  }

  /** What is said of one key, be there mistakes elsewhere; nothing if nobody says anything, or nothing that can be read. */
  public <T> Optional<T> find(Key<T> key) {
    try {
      return Optional.ofNullable(written().get(key.name())).map(found -> key.parse(found.text()));
    } catch (IllegalArgumentException e) {
      return Optional.empty(); // who reads all of it is told
    }
  }

  private static void put(Map<String, Written> to, String key, String text, String origin) {
    if (key.startsWith(Key.PREFIX)) {
      to.put(key, new Written(key, text, origin));
    }
  }

  /**
   * The settings.
   *
   * @throws InvalidSettingsException with all mistakes of all sources, of the settings and of the jobs
   */
  public Settings read() {
    var all = new ArrayList<String>(mistakes);
    Map<String, Written> written = written();
    required.forEach((key, why) -> {
      if (!written.containsKey(key)) {
        all.add(key + " is not set: " + why);
      }
    });
    Map<String, Written> jobs = new TreeMap<>(written);
    jobs.keySet().removeIf(key -> !key.startsWith(DeclaredJobs.PREFIX));
    written.keySet().removeAll(jobs.keySet());
    for (Written found : written.values()) {
      if (Key.all().stream().noneMatch(key -> key.name().equals(found.key()))) {
        all.add(unknown(found));
      }
    }
    addUnknownVariables(written, all);
    addDefaults(written);
    var settings = new Settings(written, DeclaredJobs.read(jobs, all));
    Key.all().forEach(key -> check(settings, key, all));
    addContradictions(settings, all);
    if (!all.isEmpty()) {
      throw new InvalidSettingsException(all);
    }
    return settings;
  }

  private Map<String, Written> written() {
    Map<String, Written> written = new TreeMap<>(file);
    written.putAll(variables());
    written.putAll(system);
    written.putAll(code);
    return written;
  }

  /** What the environment says of known keys. What is empty there counts as not said: so it comes out of templates. */
  private Map<String, Written> variables() {
    Map<String, Written> found = new TreeMap<>();
    for (Key<?> key : Key.all()) {
      String text = environment.getOrDefault(key.variable(), "");
      if (!text.isBlank()) {
        found.put(
            key.name(), new Written(key.name(), text, "environment variable " + key.variable()));
      }
    }
    return found;
  }

  /** Values are not told here: what the unknown holds may be secret. */
  private static String unknown(Written found) {
    String known = Nearest.of(
            found.key().substring(Key.PREFIX.length()),
            Key.all().stream()
                .map(key -> key.name().substring(Key.PREFIX.length()))
                .toList())
        .map(guess -> "did you mean " + Key.PREFIX + guess.word() + "?")
        .orElse("docs/configuration.md lists the known ones");
    return Quote.of(found.key()) + " (" + found.origin() + "): no such key; " + known;
  }

  private void addUnknownVariables(Map<String, Written> written, List<String> all) {
    Written named = written.get(Key.CREDENTIALS_ENVIRONMENT.name());
    String credentials = named == null ? "" : named.text().strip();
    List<String> known = Key.all().stream().map(Key::variable).toList();
    environment.forEach((variable, text) -> {
      if (variable.startsWith(VARIABLE_PREFIX)
          && !known.contains(variable)
          && !variable.equals(credentials)
          && !isOfKubernetes(variable, text)) {
        all.add("environment variable " + Quote.of(variable) + ": " + unknownVariable(variable));
      }
    });
  }

  private static boolean isOfKubernetes(String variable, String text) {
    return OF_KUBERNETES.matcher(variable).matches()
        || (variable.endsWith("_PORT") && text.contains("://"));
  }

  private static String unknownVariable(String variable) {
    if (variable.startsWith(VARIABLE_PREFIX + "JOB_")) {
      return "jobs are not declared in the environment, whose upper case does not tell the name of a job; the file and system"
          + " properties do";
    }
    return "no such key; "
        + Nearest.of(
                variable.substring(VARIABLE_PREFIX.length()),
                Key.all().stream()
                    .map(key -> key.variable().substring(VARIABLE_PREFIX.length()))
                    .toList())
            .map(guess -> "did you mean " + VARIABLE_PREFIX + guess.word() + "?")
            .orElse("docs/configuration.md lists the known ones");
  }

  private void addDefaults(Map<String, Written> written) {
    for (Key<?> key : Key.all()) {
      key.usual()
          .filter(usual -> !required.containsKey(key.name()))
          .ifPresent(
              usual -> written.putIfAbsent(key.name(), new Written(key.name(), usual, DEFAULT)));
    }
    String name = Key.INSTANCE_NAME.name();
    written.putIfAbsent(name, new Written(name, host, "the name of this host"));
    String namespace = Key.NAMESPACE.name();
    if (new Settings(written, DeclaredJobs.NONE).isEmbedded()) {
      written.putIfAbsent(namespace, new Written(namespace, Key.USUAL_NAMESPACE, DEFAULT));
    }
  }

  private static void check(Settings settings, Key<?> key, List<String> all) {
    try {
      if (settings.find(key).isEmpty() && key == Key.NAMESPACE) {
        all.add(key + " is not set: it names what isolates one group of applications, as in " + key
            + "=billing");
      }
    } catch (IllegalArgumentException e) {
      all.add(settings.mistake(key, String.valueOf(e.getMessage())));
    }
  }

  /** What is right by itself, and not together. */
  private static void addContradictions(Settings settings, List<String> all) {
    try {
      checkTicks(settings, all);
    } catch (IllegalArgumentException e) {
      // One of the two cannot be read, which is told already.
    }
    if (settings.isSet(Key.CREDENTIALS_FILE) && settings.isSet(Key.CREDENTIALS_ENVIRONMENT)) {
      all.add(settings.mistake(
          Key.CREDENTIALS_FILE,
          Key.CREDENTIALS_ENVIRONMENT + " (" + settings.origin(Key.CREDENTIALS_ENVIRONMENT)
              + ") names credentials too; one of the two has to go"));
    }
    addLone(settings, Key.TLS_TRUST_STORE, Key.TLS_TRUST_STORE_PASSWORD_FILE, all);
    addLone(settings, Key.TLS_TRUST_STORE_PASSWORD_FILE, Key.TLS_TRUST_STORE, all);
    addLone(settings, Key.TLS_KEY_STORE, Key.TLS_KEY_STORE_PASSWORD_FILE, all);
    addLone(settings, Key.TLS_KEY_STORE_PASSWORD_FILE, Key.TLS_KEY_STORE, all);
    addLone(settings, Key.TLS_KEY_STORE, Key.TLS_TRUST_STORE, all);
    if (settings.isEmbedded() && settings.isSet(Key.TLS_TRUST_STORE)) {
      all.add(settings.mistake(
          Key.TLS_TRUST_STORE,
          "the embedded server speaks no TLS, and nobody but this machine reaches it; name servers with "
              + Key.ZOOKEEPER));
    }
  }

  private static void checkTicks(Settings settings, List<String> all) {
    Duration tick = settings.get(Key.TICK);
    Duration shortest = tick.multipliedBy(2);
    if (settings.get(Key.SESSION_TIMEOUT).compareTo(shortest) < 0) {
      all.add(settings.mistake(
          Key.SESSION_TIMEOUT,
          "a session lasts two ticks at least, and " + Key.TICK + " is " + tick.toMillis() + "ms ("
              + settings.origin(Key.TICK) + "); take " + shortest.toMillis()
              + "ms or more, or tell the tick of the servers if it is shorter"));
    }
  }

  private static void addLone(Settings settings, Key<?> key, Key<?> needed, List<String> all) {
    if (settings.isSet(key) && !settings.isSet(needed)) {
      all.add(settings.mistake(key, "it takes " + needed + " too"));
    }
  }

  /** Remembers what stands twice in a file, which {@link Properties} passes over in silence. */
  private static final class Lines extends Properties {
    private static final long serialVersionUID = 1;

    private final transient TreeSet<String> twice = new TreeSet<>();

    @Override
    public synchronized @Nullable Object put(Object key, Object value) {
      Object before = super.put(key, value);
      String name = key.toString();
      if (before != null && name.startsWith(Key.PREFIX)) {
        twice.add(name);
      }
      return before;
    }
  }
}
