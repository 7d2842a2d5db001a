package io.shardkeeper.zookeeper;

import io.shardkeeper.config.InvalidSettingsException;
import io.shardkeeper.config.Key;
import io.shardkeeper.config.Settings;
import io.shardkeeper.config.Sources;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.URL;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Where the configuration of this process lies: the one place that looks for files, into the environment, and for the name of the
 * host. Immutable.
 *
 * <pre>{@code
 * Settings settings = SettingsFiles.load();
 * ZooKeeperSettings zooKeeper = SettingsFiles.zooKeeper(settings);
 * }</pre>
 */
public final class SettingsFiles {
  /** The name of the file. */
  public static final String FILE = "shardkeeper.properties";

  private static final Logger LOG = LoggerFactory.getLogger(SettingsFiles.class);

  private final Path workingDirectory;
  private final ClassLoader classPath;
  private final Map<String, String> environment;

  SettingsFiles(Path workingDirectory, ClassLoader classPath, Map<String, String> environment) {
    this.workingDirectory = workingDirectory;
    this.classPath = classPath;
    this.environment = Map.copyOf(environment);
  }

  /**
   * The configuration of this process.
   *
   * @throws InvalidSettingsException with all mistakes, if there are any
   */
  public static Settings load() {
    return sources().read();
  }

  /** The same, to which code has something to add. */
  public static Sources sources() {
    ClassLoader ofThread = Thread.currentThread().getContextClassLoader();
    ClassLoader classPath = ofThread == null ? SettingsFiles.class.getClassLoader() : ofThread;
    return new SettingsFiles(Path.of(""), classPath, System.getenv())
        .sources(System.getProperties());
  }

  /**
   * The same with a file that is named, instead of one that is looked for. Paths that stand in it are relative to where it lies.
   *
   * @throws InvalidSettingsException if it cannot be read
   */
  public static Sources sources(Path file) {
    var files =
        new SettingsFiles(Path.of(""), SettingsFiles.class.getClassLoader(), System.getenv());
    Path found = file.toAbsolutePath();
    String text;
    try {
      text = read(found.toString(), () -> Files.readAllBytes(found));
    } catch (UncheckedIOException e) {
      throw new InvalidSettingsException(
          List.of("file " + found + " cannot be read: " + e.getCause()));
    }
    Path directory = Optional.ofNullable(found.getParent()).orElse(found);
    Sources sources = Settings.sources(files.hostName()).file(found.toString(), text, directory);
    return files.addSurroundings(sources, System.getProperties());
  }

  /** All sources but code. A file in the working directory wins over those on the class path, as a whole. */
  Sources sources(Properties system) {
    Sources sources = Settings.sources(hostName());
    List<String> found = new ArrayList<>();
    List<Supplier<String>> texts = new ArrayList<>();
    Path file = workingDirectory.resolve(FILE).toAbsolutePath();
    if (Files.exists(file)) {
      found.add(file.toString());
      texts.add(() -> read(file.toString(), () -> Files.readAllBytes(file)));
    }
    for (URL url : onClassPath()) {
      found.add(url.toString());
      texts.add(() -> read(url.toString(), () -> {
        try (InputStream stream = url.openStream()) {
          return stream.readAllBytes();
        }
      }));
    }
    if (found.size() > 1) {
      LOG.info(
          "Configuration: {} counts, and not {}",
          found.get(0),
          String.join(", ", found.subList(1, found.size())));
    }
    if (!found.isEmpty()) {
      sources.file(found.get(0), texts.get(0).get());
    }
    return addSurroundings(sources, system);
  }

  private Sources addSurroundings(Sources sources, Properties system) {
    Map<String, String> properties = system.stringPropertyNames().stream()
        .collect(Collectors.toMap(name -> name, name -> system.getProperty(name, "")));
    return sources.environment(environment).systemProperties(properties);
  }

  private List<URL> onClassPath() {
    try {
      return Collections.list(classPath.getResources(FILE));
    } catch (IOException e) {
      throw new UncheckedIOException("Looking for " + FILE + " on the class path", e);
    }
  }

  /** Something that is read as a whole. */
  private interface Content {
    byte[] bytes() throws IOException;
  }

  private static String read(String name, Content content) {
    try {
      return StandardCharsets.UTF_8
          .newDecoder()
          .decode(ByteBuffer.wrap(content.bytes()))
          .toString();
    } catch (CharacterCodingException e) {
      throw new InvalidSettingsException(
          List.of("file " + name + " cannot be read: it is not UTF-8; save it as such"));
    } catch (IOException e) {
      throw new UncheckedIOException("Reading the configuration in " + name, e);
    }
  }

  private String hostName() {
    try {
      return InetAddress.getLocalHost().getHostName();
    } catch (UnknownHostException e) {
      return environment.getOrDefault("HOSTNAME", "localhost"); // its name is in no table of names
    }
  }

  /**
   * How to reach the ZooKeeper that settings name.
   *
   * @throws InvalidSettingsException with all mistakes, if there are any
   * @throws IllegalStateException if settings name the one in this process, whose address is known when it has started
   */
  public static ZooKeeperSettings zooKeeper(Settings settings) {
    if (settings.isEmbedded()) {
      throw new IllegalStateException(
          "The ZooKeeper is one in this process: start what embedded(settings) answers, and ask with its address");
    }
    return zooKeeper(settings, settings.get(Key.ZOOKEEPER));
  }

  /** How to reach a ZooKeeper at an address; everything else as settings tell. */
  public static ZooKeeperSettings zooKeeper(Settings settings, String connectString) {
    return zooKeeper(settings, connectString, System.getenv());
  }

  static ZooKeeperSettings zooKeeper(
      Settings settings, String connectString, Map<String, String> environment) {
    var mistakes = new Mistakes(settings);
    // Each by itself first, so that the right one is blamed, and both are.
    mistakes.attempt(Key.ZOOKEEPER, () -> ZooKeeperSettings.of(connectString, "any"));
    String namespace = settings.get(Key.NAMESPACE);
    mistakes.attempt(Key.NAMESPACE, () -> ZooKeeperSettings.of("any", namespace));
    Optional<Credentials> credentials = credentials(settings, environment, mistakes);
    mistakes.refuse();

    ZooKeeperSettings.Builder builder = ZooKeeperSettings.of(connectString, namespace)
        .sessionTimeout(settings.get(Key.SESSION_TIMEOUT));
    credentials.ifPresent(builder::credentials);
    settings
        .find(Key.TLS_TRUST_STORE)
        .ifPresent(store -> builder.tls(store, settings.get(Key.TLS_TRUST_STORE_PASSWORD_FILE)));
    settings
        .find(Key.TLS_KEY_STORE)
        .ifPresent(store -> builder.tlsKey(store, settings.get(Key.TLS_KEY_STORE_PASSWORD_FILE)));
    Optional<ZooKeeperSettings> built = mistakes.attempt(Key.NAMESPACE, builder::build);
    mistakes.refuse();
    return built.orElseThrow();
  }

  /** What names credentials may be one of them, in the wrong place: it is not told, nor are messages that repeat it. */
  private static Optional<Credentials> credentials(
      Settings settings, Map<String, String> environment, Mistakes mistakes) {
    Optional<String> variable = settings.find(Key.CREDENTIALS_ENVIRONMENT);
    if (variable.isPresent()) {
      try {
        return Optional.of(Credentials.from(environment, variable.get()));
      } catch (IllegalArgumentException e) {
        mistakes.add(
            Key.CREDENTIALS_ENVIRONMENT,
            environment.containsKey(variable.get())
                ? "the variable does not hold what is expected: one line name:password"
                : "the environment has no variable of this name; set it to name:password");
      }
    }
    Optional<Path> file = settings.find(Key.CREDENTIALS_FILE);
    if (file.isPresent()) {
      try {
        return Optional.of(Credentials.fromFile(file.get()));
      } catch (IOException e) {
        mistakes.add(
            Key.CREDENTIALS_FILE,
            "the file cannot be read (" + e.getClass().getSimpleName()
                + "); it holds one line name:password, as UTF-8");
      } catch (IllegalArgumentException e) {
        mistakes.add(
            Key.CREDENTIALS_FILE,
            "the file does not hold what is expected: one line name:password");
      }
    }
    return Optional.empty();
  }

  /**
   * The server in this process, as settings ask for it.
   *
   * @throws InvalidSettingsException if it cannot keep such sessions
   */
  public static EmbeddedZooKeeper.Settings embedded(Settings settings) {
    var mistakes = new Mistakes(settings);
    Duration timeout = settings.get(Key.SESSION_TIMEOUT);
    if (timeout.compareTo(EmbeddedZooKeeper.LONGEST_SESSION) > 0) {
      mistakes.add(
          Key.SESSION_TIMEOUT,
          "the embedded server keeps sessions for " + EmbeddedZooKeeper.LONGEST_SESSION.toSeconds()
              + "s at most");
    }
    mistakes.refuse();
    return EmbeddedZooKeeper.in(settings.get(Key.EMBEDDED_DIRECTORY))
        .port(settings.get(Key.EMBEDDED_PORT))
        .tick(settings.get(Key.TICK));
  }

  /** Collects mistakes of values that could be read. */
  private static final class Mistakes {
    private final Settings settings;
    private final Map<Key<?>, String> found = new LinkedHashMap<>();

    Mistakes(Settings settings) {
      this.settings = settings;
    }

    void add(Key<?> key, String problem) {
      found.put(key, settings.mistake(key, problem));
    }

    <T> Optional<T> attempt(Key<?> key, Supplier<T> attempt) {
      try {
        return Optional.of(attempt.get());
      } catch (IllegalArgumentException e) {
        add(key, String.valueOf(e.getMessage()));
        return Optional.empty();
      }
    }

    void refuse() {
      if (!found.isEmpty()) {
        throw new InvalidSettingsException(List.copyOf(found.values()));
      }
    }
  }
}
