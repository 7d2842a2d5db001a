package io.shardkeeper.agent;

import io.shardkeeper.config.InvalidSettingsException;
import io.shardkeeper.config.Key;
import io.shardkeeper.config.Settings;
import io.shardkeeper.config.Sources;
import io.shardkeeper.engine.Shardkeeper;
import io.shardkeeper.handler.ShardingDemo;
import io.shardkeeper.handlers.HandlersFile;
import io.shardkeeper.handlers.ReadyHandlers;
import io.shardkeeper.zookeeper.SettingsFiles;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A process that joins a namespace with the {@linkplain ReadyHandlers ready handlers} alone, for hosts whose jobs are not Java. One file configures it; no port is
 * opened.
 *
 * <pre>
 *   java -jar shardkeeper-agent.jar [--check] [shardkeeper.properties]
 * </pre>
 *
 * <p>It joins somebody: unless the file, the environment or a system property says which ZooKeeper, it does not start, where an application would begin one of its own.
 */
public final class Agent {
  private static final Logger LOG = LoggerFactory.getLogger(Agent.class);

  /** A client had it leave, or what was asked for is told. */
  static final int DONE = 0;

  /** It could not start, though it was asked for rightly. */
  static final int FAILED = 1;

  /** It was asked for, or configured, wrongly. */
  static final int WRONG = 2;

  /** For handlers to end what they have begun in other processes, when their instance is gone. */
  private static final long SECONDS_TO_CLOSE = 30;

  private final PrintStream out;
  private final PrintStream err;
  private final Function<HandlersFile, Optional<String>> host;

  /**
   * One that has not been asked for anything.
   *
   * @param host finds out whether this host can do what a file asks for: {@link HandlersFile#probe()}
   */
  Agent(PrintStream out, PrintStream err, Function<HandlersFile, Optional<String>> host) {
    this.out = out;
    this.err = err;
    this.host = host;
  }

  /** Runs until it is asked to end, and ends the process then. */
  public static void main(String[] args) {
    System.exit(new Agent(System.out, System.err, HandlersFile::probe).run(args));
  }

  /** Does what is asked for; answers with what the process is to end. */
  int run(String... args) {
    try {
      Invocation asked = Invocation.of(args);
      switch (asked.wanted()) {
        case HELP -> Invocation.USAGE.forEach(out::println);
        case VERSION -> out.println("shardkeeper-agent " + version());
        case CHECK -> check(asked.file());
        case RUN -> serve(asked.file());
      }
      return DONE;
    } catch (InvalidSettingsException e) {
      err.println(e.getMessage());
      return WRONG;
    } catch (IllegalArgumentException e) {
      err.println(e.getMessage());
      err.println(Invocation.USAGE.get(0));
      return WRONG;
    } catch (UncheckedIOException | IllegalStateException e) {
      LOG.error("The agent could not start: {}: {}", e.getMessage(), String.valueOf(e.getCause()));
      return FAILED;
    } catch (RuntimeException e) {
      LOG.error("The agent could not start, and should have known why before", e);
      return FAILED;
    }
  }

  /** Of a build that was not packaged nobody knows. */
  private static String version() {
    return Optional.ofNullable(Agent.class.getPackage().getImplementationVersion())
        .orElse("of a build that is not packaged");
  }

  // ------------------------------------------------------------------ what it is told

  /** A settings file that can be used, and what the file of handlers allows. Nothing has begun by that. */
  private record Configured(Settings settings, HandlersFile file) {
    /** Reads both files, and tells the mistakes of both. */
    static Configured read(Path file) {
      Sources sources = SettingsFiles.sources(file)
          .require(
              Key.ZOOKEEPER,
              "an agent joins others; say which, as in " + Key.ZOOKEEPER + "=zk1:2181,zk2:2181, or "
                  + Key.ZOOKEEPER + "=" + Key.IN_THIS_PROCESS + " for a server of its own");
      List<String> mistakes = new ArrayList<>();
      Optional<Settings> settings = attempt(sources::read, mistakes);
      settings.ifPresent(right -> attempt(
          () -> {
            Shardkeeper.with(right).handlers(new ShardingDemo()).check();
            return right;
          },
          mistakes));
      Optional<HandlersFile> handlers = attempt(
          () ->
              sources.find(Key.HANDLERS_FILE).map(HandlersFile::read).orElseGet(HandlersFile::none),
          mistakes);
      if (!mistakes.isEmpty()) {
        throw new InvalidSettingsException(mistakes);
      }
      return new Configured(settings.orElseThrow(), handlers.orElseThrow());
    }

    private static <T> Optional<T> attempt(Supplier<T> attempt, List<String> mistakes) {
      try {
        return Optional.of(attempt.get());
      } catch (InvalidSettingsException e) {
        mistakes.addAll(e.mistakes());
        return Optional.empty();
      }
    }

    /** Where it belongs. What leads to ZooKeeper is told as it was written: credentials stand elsewhere. */
    String place() {
      return "'" + settings.get(Key.INSTANCE_NAME) + "' in namespace '"
          + settings.get(Key.NAMESPACE) + "' at " + settings.get(Key.ZOOKEEPER);
    }

    String offers() {
      return Stream.concat(file.offers().stream(), Stream.of(ShardingDemo.NAME))
          .sorted()
          .collect(Collectors.joining(", "));
    }
  }

  private void check(Path file) {
    Configured configured = Configured.read(file);
    Optional<String> tried = host.apply(configured.file());
    out.println("An agent would be " + configured.place());
    out.println("It would offer " + configured.offers());
    if (configured.file().allowed().isEmpty()) {
      out.println("It would allow nothing: "
          + configured
              .settings()
              .find(Key.HANDLERS_FILE)
              .map(handlers -> handlers + " allows nothing")
              .orElse(Key.HANDLERS_FILE + " is not set"));
    } else {
      out.println("It would allow");
      configured.file().allowed().forEach(line -> out.println("  " + line));
    }
    tried.ifPresent(found -> out.println("Tried on this host: " + found));
  }

  // ------------------------------------------------------------------ what it does

  private static void serve(Path file) {
    var ended = new CountDownLatch(1);
    Configured configured = Configured.read(file);
    try (ReadyHandlers ready = configured.file().open();
        Shardkeeper shardkeeper = Shardkeeper.with(configured.settings())
            .handlers(ready.handlers())
            .handlers(new ShardingDemo())
            .start()) {
      LOG.info("This agent is {}; it offers {}", configured.place(), configured.offers());
      endAfterHandlers(shardkeeper, ended);
      shardkeeper.closed().toCompletableFuture().join();
      LOG.info("This agent has left");
    } finally {
      ended.countDown();
    }
  }

  /** A process that is asked to end waits for its instance by itself; this has it wait for its handlers too, and for the processes that these have begun. */
  private static void endAfterHandlers(Shardkeeper shardkeeper, CountDownLatch ended) {
    Runtime.getRuntime()
        .addShutdownHook(new Thread(
            null,
            () -> {
              shardkeeper.closed().toCompletableFuture().join();
              awaitHandlers(ended);
            },
            "shardkeeper-agent-shutdown",
            0,
            false));
  }

  private static void awaitHandlers(CountDownLatch ended) {
    try {
      if (!ended.await(SECONDS_TO_CLOSE, TimeUnit.SECONDS)) {
        LOG.warn("Handlers have not ended what they began; the process ends without them");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
