package io.shardkeeper.zookeeper;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Properties;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Collectors;
import org.apache.zookeeper.server.DatadirCleanupManager;
import org.apache.zookeeper.server.ServerConfig;
import org.apache.zookeeper.server.ZooKeeperServerMain;
import org.apache.zookeeper.server.quorum.QuorumPeerConfig;
import org.apache.zookeeper.util.ServiceUtils;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A ZooKeeper in this process, for those who have none. Threads may share it.
 *
 * <p>It listens on the loopback address alone and keeps its data on disk: a server that starts in the same directory
 * has it again. It is one server, so it outlives the loss of a process but not the loss of a machine. Its threads do not
 * keep the process alive. ZooKeeper logs a hundred lines for each start at INFO: let its logger,
 * {@code org.apache.zookeeper}, tell errors only.
 *
 * <pre>{@code
 * try (var zooKeeper = EmbeddedZooKeeper.in(Path.of("zookeeper")).port(2181).start()) {
 *   connect(zooKeeper.connectString());
 * }
 * }</pre>
 *
 * <pre>
 * directory/zookeeper.lock    held while a server runs here
 * directory/data              ZooKeeper's own format
 * </pre>
 */
public final class EmbeddedZooKeeper implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(EmbeddedZooKeeper.class);

  private static final String LOOPBACK = "127.0.0.1";
  static final Duration LONGEST_SESSION = Duration.ofMinutes(1);

  /** A session lasts two ticks at least. */
  private static final Duration LONGEST_TICK = LONGEST_SESSION.dividedBy(2);

  private static final Duration LONGEST_CLOSE = Duration.ofSeconds(20);

  /** The least that ZooKeeper agrees to keep; what is older is purged hourly. */
  private static final int SNAPSHOTS = 3;

  /** What the server cannot do without, and does not bring: its own complaint would be of a class that nobody knows. */
  private static final Map<String, String> LIBRARIES = Map.of(
      "io.dropwizard.metrics:metrics-core", "com/codahale/metrics/Reservoir.class",
      "org.xerial.snappy:snappy-java", "org/xerial/snappy/SnappyInputStream.class");

  /** ZooKeeper reads some settings from the properties of the JVM: two starts at once would read each other's. */
  private static final Object ONE_START_AT_A_TIME = new Object();

  private final Server server;
  private final ThreadGroup threads;
  private final DirectoryLock lock;
  private final int port;
  private final AtomicBoolean closed = new AtomicBoolean();

  private EmbeddedZooKeeper(Server server, ThreadGroup threads, DirectoryLock lock) {
    this.server = server;
    this.threads = threads;
    this.lock = lock;
    this.port = server.getClientPort(); // it has none any more when it is closed
  }

  /** A server that keeps its data in a directory, which is made if it is missing. */
  public static Settings in(Path directory) {
    return new Settings(directory, 0, Duration.ofMillis(500), true);
  }

  /** What clients connect to, as "127.0.0.1:2181". */
  public String connectString() {
    return LOOPBACK + ":" + port();
  }

  /** The port that the server listens on, also when any free one was asked for. */
  public int port() {
    return port;
  }

  /**
   * Stops the server and returns when its port, its threads and its directory are free. Sessions live on in the data: a
   * client that finds the server again within its timeout has lost nothing.
   */
  @Override
  public void close() {
    if (closed.compareAndSet(false, true)) {
      stop();
    }
  }

  /**
   * How a server shall be. Each method answers new settings.
   *
   * @param directory where the data lies
   * @param port      the port on the loopback address; 0 is any free one
   * @param tick      ZooKeeper's unit of time: sessions last between two ticks and one minute
   * @param durable   whether a write is on the disk before it is acknowledged
   */
  public record Settings(Path directory, int port, Duration tick, boolean durable) {
    /** Checks that a server can be so. */
    public Settings {
      Objects.requireNonNull(directory, "directory");
      if (port < 0 || port > 65_535) {
        throw new IllegalArgumentException("Embedded ZooKeeper: no port " + port
            + "; ports run from 1 to 65535, and 0 is any free one.");
      }
      if (tick.toMillis() < 1 || tick.compareTo(LONGEST_TICK) > 0) {
        throw new IllegalArgumentException("Embedded ZooKeeper: a tick of " + tick
            + " does not do; ticks last from 1 ms to " + LONGEST_TICK + ".");
      }
    }

    /** With another port; 0, the default, is any free one. */
    public Settings port(int port) {
      return new Settings(directory, port, tick, durable);
    }

    /** With another unit of time; the default is half a second. */
    public Settings tick(Duration tick) {
      return new Settings(directory, port, tick, durable);
    }

    /**
     * With or without waiting for the disk; the default is to wait. Without it, writes are faster, and a machine that
     * loses its power loses writes that were acknowledged. The end of the process alone loses nothing.
     */
    public Settings durable(boolean durable) {
      return new Settings(directory, port, tick, durable);
    }

    /**
     * Starts the server and returns when clients may connect.
     *
     * @throws IllegalStateException if the port or the directory is taken or of no use, or a library is missing; nothing
     *     of the server is left then
     */
    public EmbeddedZooKeeper start() {
      requireLibraries(EmbeddedZooKeeper.class.getClassLoader());
      synchronized (ONE_START_AT_A_TIME) {
        return EmbeddedZooKeeper.start(this);
      }
    }

    private Properties configuration(Path data) {
      var properties = new Properties();
      properties.setProperty("dataDir", data.toString());
      // A static of ZooKeeper's: another server of this process may have said otherwise.
      properties.setProperty("standaloneEnabled", "true");
      properties.setProperty("clientPort", Integer.toString(port));
      properties.setProperty("clientPortAddress", LOOPBACK);
      properties.setProperty("tickTime", Long.toString(tick.toMillis()));
      properties.setProperty("minSessionTimeout", Long.toString(2 * tick.toMillis()));
      properties.setProperty("maxSessionTimeout", Long.toString(LONGEST_SESSION.toMillis()));
      properties.setProperty("maxClientCnxns", "0"); // all clients share one address here: no cap
      return properties;
    }

    /** What ZooKeeper reads from the JVM while it starts, and not again afterwards. */
    private Map<String, String> jvmProperties() {
      var properties = new HashMap<String, String>();
      properties.put("zookeeper.forceSync", durable ? "yes" : "no");
      properties.put("zookeeper.admin.enableServer", "false");
      if (System.getProperty("zookeeper.preAllocSize") == null) {
        // In KB; otherwise each log begins as a file of 64 MB.
        properties.put("zookeeper.preAllocSize", "64");
      }
      return properties;
    }
  }

  private void stop() {
    // Not on the thread of the caller, whose interrupt ZooKeeper would swallow.
    daemon(threads, "embedded-zookeeper-close", server::close).start();
    long end = System.nanoTime() + LONGEST_CLOSE.toNanos();
    List<Thread> left = running(threads);
    while (!left.isEmpty() && System.nanoTime() < end) {
      joinUninterruptibly(left.get(0), Duration.ofNanos(end - System.nanoTime()));
      left = running(threads);
    }
    if (left.isEmpty()) {
      lock.release();
    } else {
      LOG.warn(
          "Embedded ZooKeeper in {}: threads {} still run after {}; the directory stays locked until this process ends",
          lock.directory(),
          left.stream().map(Thread::getName).collect(Collectors.joining(", ")),
          LONGEST_CLOSE);
    }
  }

  /** Refuses to start without the libraries that the server needs and does not bring. */
  static void requireLibraries(ClassLoader classes) {
    List<String> missing = LIBRARIES.entrySet().stream()
        .filter(library -> classes.getResource(library.getValue()) == null)
        .map(Map.Entry::getKey)
        .sorted()
        .toList();
    if (!missing.isEmpty()) {
      throw new IllegalStateException(
          "Embedded ZooKeeper: cannot start without " + String.join(" and ", missing) + "; add "
              + (missing.size() == 1 ? "it" : "them") + " to the class path.");
    }
  }

  private static EmbeddedZooKeeper start(Settings settings) {
    requireFreePort(settings.port()); // before anything is made in the directory
    DirectoryLock lock = DirectoryLock.of(settings.directory());
    Path data = lock.directory().resolve("data");
    // It knows each thread that the server will ever start.
    var threads = new ThreadGroup("embedded-zookeeper");
    var server = new Server(
        lock.directory(), new DatadirCleanupManager(data.toFile(), data.toFile(), SNAPSHOTS, 1));
    Throwable failure;
    boolean interrupted = false;
    JvmProperties properties = JvmProperties.during(settings.jvmProperties());
    try {
      // The process is not the server's to end.
      ServiceUtils.setSystemExitProcedure(ServiceUtils.LOG_ONLY);
      daemon(threads, "embedded-zookeeper", () -> server.run(settings.configuration(data)))
          .start();
      while (true) {
        try {
          failure = server.failure();
          break;
        } catch (InterruptedException e) {
          interrupted = true; // obeyed below: what is half started cannot be stopped
        }
      }
    } finally {
      properties.restore();
    }
    if (failure == null && !interrupted) {
      return new EmbeddedZooKeeper(server, threads, lock);
    }
    var unfinished = new EmbeddedZooKeeper(server, threads, lock);
    unfinished.close();
    if (interrupted) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("Embedded ZooKeeper in " + settings.directory()
          + ": the thread that starts it was interrupted; start it again.");
    }
    requireFreePort(settings.port()); // somebody may have taken it since
    throw new IllegalStateException(
        "Embedded ZooKeeper in " + settings.directory() + ": cannot start (" + failure
            + "); if its data is damaged, put a copy back or start in a new directory.",
        failure);
  }

  /** ZooKeeper's own server, which tells how its start went. */
  private static final class Server extends ZooKeeperServerMain {
    private final Path directory;
    private final DatadirCleanupManager purge;
    private final CompletableFuture<@Nullable Throwable> start = new CompletableFuture<>();
    private volatile boolean closing;

    Server(Path directory, DatadirCleanupManager purge) {
      this.directory = directory;
      this.purge = purge;
    }

    /** Runs until it is closed. */
    void run(Properties properties) {
      try {
        var parsed = new QuorumPeerConfig();
        parsed.parseProperties(properties);
        var configuration = new ServerConfig();
        configuration.readFrom(parsed);
        runFromConfig(configuration);
        ended(new IllegalStateException("the server ended by itself"));
      } catch (Throwable e) { // whoever waits for the start must hear of it
        shutdown(); // not close(), which would wait for threads that nobody has told to end
        ended(e);
      }
    }

    private void ended(Throwable reason) {
      if (!start.complete(reason) && !closing) {
        LOG.error(
            "Embedded ZooKeeper in {}: the server ended by itself; its clients stay disconnected until it is closed and"
                + " started again",
            directory,
            reason);
      }
    }

    /** Waits until it has started, or tells why it could not. */
    @Nullable
    Throwable failure() throws InterruptedException {
      try {
        return start.get();
      } catch (ExecutionException e) {
        throw new IllegalStateException(e); // it never completes so
      }
    }

    @Override
    protected void serverStarted() {
      purge.start();
      start.complete(null);
    }

    @Override
    public void close() {
      closing = true;
      if (purge.getPurgeTaskStatus() == DatadirCleanupManager.PurgeTaskStatus.STARTED) {
        purge.shutdown();
      }
      super.close();
    }
  }

  /** Tried first, so that a start which cannot succeed makes nothing. */
  private static void requireFreePort(int port) {
    if (port == 0) {
      return;
    }
    // With the reuse of addresses as the platform has it: connections that wind down must not
    // refuse a restart.
    try (var probe = new ServerSocket()) {
      probe.bind(new InetSocketAddress(InetAddress.getByAddress(new byte[] {127, 0, 0, 1}), port));
    } catch (IOException e) {
      throw new IllegalStateException(
          "Embedded ZooKeeper: cannot listen on " + LOOPBACK + ":" + port + " (" + e.getMessage()
              + "); choose a free port, or 0 for any.",
          e);
    }
  }

  private static Thread daemon(ThreadGroup threads, String name, Runnable task) {
    var thread = new Thread(threads, task, name);
    thread.setDaemon(true); // and so is whatever it starts
    return thread;
  }

  private static List<Thread> running(ThreadGroup threads) {
    var found = new Thread[threads.activeCount() + 16]; // a guess: what does not fit is left out
    int count = threads.enumerate(found, true);
    return new ArrayList<>(Arrays.asList(found).subList(0, count));
  }

  private static void joinUninterruptibly(Thread thread, Duration longest) {
    long end = System.nanoTime() + longest.toNanos();
    boolean interrupted = false;
    while (thread.isAlive() && System.nanoTime() < end) {
      try {
        thread.join(Math.max(1, Duration.ofNanos(end - System.nanoTime()).toMillis()));
      } catch (InterruptedException e) {
        interrupted = true; // kept for later: a server half closed is of use to nobody
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  /** Properties of the JVM, set for a while: other servers in this process keep what they have. */
  private record JvmProperties(Map<String, @Nullable String> before) {
    static JvmProperties during(Map<String, String> properties) {
      var before = new HashMap<String, @Nullable String>();
      properties.forEach((key, value) -> before.put(key, System.setProperty(key, value)));
      return new JvmProperties(before);
    }

    void restore() {
      before.forEach((key, value) -> {
        if (value == null) {
          System.clearProperty(key);
        } else {
          System.setProperty(key, value);
        }
      });
    }
  }

  /** The right to a directory, against other processes and against this one. */
  private record DirectoryLock(Path directory, FileChannel file, FileLock lock) {
    /*
     * A process that closes a file loses all its locks on it, however it came by them. So the second server of a process
     * must not even open the file of the first.
     */
    private static final Set<Path> TAKEN_HERE = new HashSet<>(); // guarded by itself

    static DirectoryLock of(Path wanted) {
      Path directory = writable(wanted);
      synchronized (TAKEN_HERE) {
        if (!TAKEN_HERE.add(directory)) {
          throw taken(directory, "this process");
        }
      }
      boolean locked = false;
      try {
        FileChannel file = FileChannel.open(
            directory.resolve("zookeeper.lock"),
            StandardOpenOption.CREATE,
            StandardOpenOption.WRITE);
        try {
          FileLock lock = file.tryLock();
          if (lock == null) {
            throw taken(directory, "another process");
          }
          locked = true;
          return new DirectoryLock(directory, file, lock);
        } catch (OverlappingFileLockException e) { // of another class loader
          throw taken(directory, "this process");
        } finally {
          if (!locked) {
            file.close();
          }
        }
      } catch (IOException e) {
        throw useless(directory, e);
      } finally {
        if (!locked) {
          giveBack(directory);
        }
      }
    }

    void release() {
      try (file) {
        lock.release();
      } catch (IOException e) {
        LOG.warn(
            "Embedded ZooKeeper in {}: the directory may stay locked until this process ends",
            directory,
            e);
      } finally {
        giveBack(directory);
      }
    }

    private static void giveBack(Path directory) {
      synchronized (TAKEN_HERE) {
        TAKEN_HERE.remove(directory);
      }
    }

    /** The directory itself, however it was named. */
    private static Path writable(Path wanted) {
      try {
        if (!Files.isDirectory(wanted)) {
          Files.createDirectories(wanted);
        }
        Path directory = wanted.toRealPath();
        if (!Files.isWritable(directory)) {
          throw useless(directory, null);
        }
        return directory;
      } catch (IOException e) {
        throw useless(wanted, e);
      }
    }

    private static IllegalStateException taken(Path directory, String by) {
      return new IllegalStateException("Embedded ZooKeeper: another server of " + by + " runs in "
          + directory + "; close that one first, or choose another directory.");
    }

    private static IllegalStateException useless(Path directory, @Nullable IOException cause) {
      return new IllegalStateException(
          "Embedded ZooKeeper: cannot keep data in " + directory
              + (cause == null ? "" : " (" + cause + ")")
              + "; choose a directory that this process may write to.",
          cause);
    }
  }
}
