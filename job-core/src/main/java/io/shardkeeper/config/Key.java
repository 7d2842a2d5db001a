package io.shardkeeper.config;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.SortedMap;

/**
 * One thing that can be configured, with everything that is to be known of it. Immutable. The table in
 * {@code docs/configuration.md} is checked against these.
 *
 * @param <T> what its value is
 */
public final class Key<T> {
  /** How all keys begin. */
  public static final String PREFIX = "shardkeeper.";

  /** The value of {@link #ZOOKEEPER} that asks for a server in this process. */
  public static final String IN_THIS_PROCESS = "embedded";

  /** The namespace of a server in this process. */
  public static final String USUAL_NAMESPACE = "default";

  private static final String NONE = "none";

  /** Which ZooKeeper. */
  public static final Key<String> ZOOKEEPER = of(
      "zookeeper",
      Kind.ADDRESS,
      IN_THIS_PROCESS,
      "which ZooKeeper: servers as `host:port` with commas between them, and perhaps a path behind them; or `embedded`, a server in"
          + " this process");

  /** Which application. */
  public static final Key<String> NAMESPACE = without(
      "namespace",
      Kind.NAME,
      "`" + USUAL_NAMESPACE + "` if embedded; else required",
      "what isolates one group of applications: its jobs, instances and runs");

  /** The name of this instance. */
  public static final Key<String> INSTANCE_NAME = without(
      "instance.name",
      Kind.NAME,
      "the name of the host",
      "the name of this instance, stable over restarts");

  /** What filters ask for. */
  public static final Key<SortedMap<String, String>> INSTANCE_LABELS = without(
      "instance.labels",
      Kind.LABELS,
      NONE,
      "what filters of jobs ask for, as in `zone=a,disk=ssd`");

  /** How many executions at the same time. */
  public static final Key<Integer> INSTANCE_SLOTS = of(
      "instance.slots",
      Kind.number("executions"),
      "64",
      "1",
      "10000",
      "how many executions this instance runs at the same time");

  /** The version of the application. */
  public static final Key<String> INSTANCE_VERSION =
      without("instance.version", Kind.TEXT, NONE, "the version of the application, for people");

  /** How long a silence ends a session. */
  public static final Key<Duration> SESSION_TIMEOUT = of(
      "session-timeout",
      Kind.DURATION,
      "10s",
      "1s",
      "10m",
      "how long an instance may be silent before its work moves on; at least two ticks");

  /** ZooKeeper's unit of time. */
  public static final Key<Duration> TICK = of(
      "tick",
      Kind.DURATION,
      "2s",
      "10ms",
      "30s",
      "the `tickTime` of the servers, which they do not tell; the embedded one takes it from here");

  /** How far ahead fires are planned. */
  public static final Key<Duration> HORIZON =
      of("horizon", Kind.DURATION, "1s", "100ms", "10s", "how far ahead fires are planned");

  /** How long reports wait for company. */
  public static final Key<Duration> REPORT_LINGER = of(
      "report.linger",
      Kind.DURATION,
      "200ms",
      "0s",
      "5s",
      "how long the report of an outcome waits for others, to be written with them");

  /** How long closing waits. */
  public static final Key<Duration> GRACE =
      of("grace", Kind.DURATION, "30s", "0s", "1d", "how long `close()` waits for work that runs");

  /** When a cancelled thread is interrupted. */
  public static final Key<Duration> INTERRUPT_AFTER = of(
      "interrupt-after",
      Kind.DURATION,
      "2s",
      "0s",
      "1d",
      "how long after a cancellation the thread of a handler is interrupted");

  /** When a thread is given up. */
  public static final Key<Duration> ABANDON_AFTER = of(
      "abandon-after",
      Kind.DURATION,
      "10s",
      "0s",
      "1d",
      "how long after the interrupt a handler is reported as not returned");

  /** How much work may lie before one instance. */
  public static final Key<Integer> INBOX_LIMIT = of(
      "inbox.limit",
      Kind.number("assignments"),
      "20000",
      "1",
      "100000",
      "how many open assignments one instance may have");

  /** What the history may take. */
  public static final Key<Long> HISTORY_BUDGET = of(
      "history.budget",
      Kind.SIZE_IN_BYTES,
      "64MB",
      "1MB",
      "1GB",
      "what the history of all jobs of the namespace may take");

  /** Whether this instance may decide. */
  public static final Key<Boolean> COORDINATOR =
      of("coordinator", Kind.FLAG, "true", "whether this instance may become the coordinator");

  /** Which threads run handlers. */
  public static final Key<VirtualThreads> VIRTUAL_THREADS = of(
      "virtual-threads",
      Kind.oneOf(VirtualThreads.class),
      "never",
      "whether handlers run on virtual threads: `auto` takes them where the JVM has them (21 and newer), `always` refuses a JVM"
          + " without them");

  /** Where what handlers log is kept. */
  public static final Key<Path> LOG_DIRECTORY = of(
      "log.dir",
      Kind.PATH,
      "./shardkeeper-logs",
      "where the logs of executions are kept, as files");

  /** How long what handlers log is kept. */
  public static final Key<Integer> LOG_DAYS = of(
      "log.days",
      Kind.number("days"),
      "7",
      "0",
      "3650",
      "how many days back the logs of executions are kept; 0 writes no files");

  /** How much of one execution is kept. */
  public static final Key<Long> LOG_MOST = of(
      "log.most",
      Kind.SIZE_IN_BYTES,
      "1MB",
      "16KB",
      "1GB",
      "what the log of one execution may take; then it is cut, and says so");

  /** How much is kept of all. */
  public static final Key<Long> LOG_BUDGET = of(
      "log.budget",
      Kind.SIZE_IN_BYTES,
      "1GB",
      "1MB",
      "10000GB",
      "what all logs of executions below that directory may take; then the oldest ones go");

  /** How much of the end stays in memory. */
  public static final Key<Integer> LOG_TAIL = of(
      "log.tail",
      Kind.number("bytes"),
      "1000",
      "0",
      "2000",
      "how much of the end of its log an execution keeps in memory, with files and without");

  /** What ready handlers may do. */
  public static final Key<Path> HANDLERS_FILE = without(
      "handlers.file",
      Kind.PATH,
      "no ready handlers",
      "what the ready handlers may do on this instance, as a file of JSON");

  /** Where the credentials stand. */
  public static final Key<Path> CREDENTIALS_FILE = without(
      "credentials.file",
      Kind.SECRET_PATH,
      NONE,
      "a file with one line `name:password`, by which ZooKeeper knows the application");

  /** Or where else they stand. */
  public static final Key<String> CREDENTIALS_ENVIRONMENT = without(
      "credentials.environment",
      Kind.VARIABLE,
      NONE,
      "the name of a variable of the environment that holds `name:password`, instead of the file");

  /** Whom to trust. */
  public static final Key<Path> TLS_TRUST_STORE = without(
      "tls.trust-store",
      Kind.PATH,
      "no TLS",
      "certificates that vouch for the servers, as a file of type PEM, JKS or PKCS12");

  /** How to open it. */
  public static final Key<Path> TLS_TRUST_STORE_PASSWORD_FILE = without(
      "tls.trust-store-password-file",
      Kind.SECRET_PATH,
      NONE,
      "a file with the password of the trust store");

  /** Who we are. */
  public static final Key<Path> TLS_KEY_STORE = without(
      "tls.key-store",
      Kind.PATH,
      NONE,
      "certificate and key for servers that ask for one, as a file of type PEM, JKS or PKCS12");

  /** How to open it. */
  public static final Key<Path> TLS_KEY_STORE_PASSWORD_FILE = without(
      "tls.key-store-password-file",
      Kind.SECRET_PATH,
      NONE,
      "a file with the password of the key store");

  /** Where the server in this process keeps its data. */
  public static final Key<Path> EMBEDDED_DIRECTORY = of(
      "embedded.directory",
      Kind.PATH,
      "./shardkeeper-data",
      "where the embedded server keeps its data");

  /** Where the server in this process listens. */
  public static final Key<Integer> EMBEDDED_PORT = of(
      "embedded.port",
      Kind.number("port"),
      "0",
      "0",
      "65535",
      "where the embedded server listens, on the loopback address; 0 is any free port");

  private static final List<Key<?>> ALL = List.of(
      ZOOKEEPER,
      NAMESPACE,
      INSTANCE_NAME,
      INSTANCE_LABELS,
      INSTANCE_SLOTS,
      INSTANCE_VERSION,
      SESSION_TIMEOUT,
      TICK,
      HORIZON,
      REPORT_LINGER,
      GRACE,
      INTERRUPT_AFTER,
      ABANDON_AFTER,
      INBOX_LIMIT,
      HISTORY_BUDGET,
      COORDINATOR,
      VIRTUAL_THREADS,
      LOG_DIRECTORY,
      LOG_DAYS,
      LOG_MOST,
      LOG_BUDGET,
      LOG_TAIL,
      HANDLERS_FILE,
      CREDENTIALS_FILE,
      CREDENTIALS_ENVIRONMENT,
      TLS_TRUST_STORE,
      TLS_TRUST_STORE_PASSWORD_FILE,
      TLS_KEY_STORE,
      TLS_KEY_STORE_PASSWORD_FILE,
      EMBEDDED_DIRECTORY,
      EMBEDDED_PORT);

  private final String name;
  private final Kind<T> kind;
  private final Optional<String> usual;
  private final String otherwise;
  private final String least;
  private final String most;
  private final String what;

  private Key(
      String name,
      Kind<T> kind,
      Optional<String> usual,
      String otherwise,
      String least,
      String most,
      String what) {
    this.name = PREFIX + name;
    this.kind = kind;
    this.usual = usual;
    this.otherwise = otherwise;
    this.least = least;
    this.most = most;
    this.what = what;
  }

  private static <T> Key<T> of(
      String name, Kind<T> kind, String usual, String least, String most, String what) {
    return new Key<>(name, kind, Optional.of(usual), "`" + usual + "`", least, most, what);
  }

  private static <T> Key<T> of(String name, Kind<T> kind, String usual, String what) {
    return of(name, kind, usual, "", "", what);
  }

  /** A key without a value of its own to fall back to. */
  private static <T> Key<T> without(String name, Kind<T> kind, String otherwise, String what) {
    return new Key<>(name, kind, Optional.empty(), otherwise, "", "", what);
  }

  /** All that there are, in the order of the documents. */
  public static List<Key<?>> all() {
    return ALL;
  }

  /** Its name in files and in system properties. */
  public String name() {
    return name;
  }

  /** Its name in the environment: {@code SHARDKEEPER_SESSION_TIMEOUT}. */
  public String variable() {
    return name.toUpperCase(Locale.ROOT).replace('.', '_').replace('-', '_');
  }

  /** What it is if nobody says anything, in words of Markdown. */
  public String otherwise() {
    return otherwise;
  }

  /** What its value is measured in, or is. */
  public String unit() {
    return kind.unit();
  }

  /** The least value; empty if there is none. */
  public String least() {
    return least;
  }

  /** The largest value; empty if there is none. */
  public String most() {
    return most;
  }

  /** What it is, in words of Markdown. */
  public String what() {
    return what;
  }

  Optional<String> usual() {
    return usual;
  }

  boolean isPath() {
    return kind.unit().equals(Kind.PATH.unit());
  }

  boolean isSecret() {
    return kind.secret();
  }

  /** The value that stands in a text. */
  T parse(String text) {
    T value;
    try {
      value = kind.parse(text);
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException(e.getMessage() + limits(), e);
    }
    boolean tooLittle = !least.isEmpty() && kind.order().compare(value, kind.parse(least)) < 0;
    boolean tooMuch = !most.isEmpty() && kind.order().compare(value, kind.parse(most)) > 0;
    if (tooLittle || tooMuch) {
      throw new IllegalArgumentException(kind.expected() + " comes here" + limits());
    }
    return value;
  }

  private String limits() {
    return least.isEmpty() ? "" : "; at least " + least + ", at most " + most;
  }

  /** The text in which a value stands. */
  String write(T value) {
    return kind.write().apply(value);
  }

  /** The mistake of what somebody wrote for this key. */
  String mistake(Written written, String problem) {
    return isSecret() ? written.secretMistake(problem) : written.mistake(problem);
  }

  @Override
  public String toString() {
    return name;
  }
}
