package io.shardkeeper.engine;

import io.shardkeeper.calendar.Calendars;
import io.shardkeeper.client.JobClient;
import io.shardkeeper.config.InvalidSettingsException;
import io.shardkeeper.config.Key;
import io.shardkeeper.config.Settings;
import io.shardkeeper.config.VirtualThreads;
import io.shardkeeper.core.client.LedgerClient;
import io.shardkeeper.core.definition.JobDocument;
import io.shardkeeper.core.desk.Rules;
import io.shardkeeper.core.engine.Coordinating;
import io.shardkeeper.core.engine.Declarations;
import io.shardkeeper.core.execution.Executions;
import io.shardkeeper.core.instance.InstanceLife;
import io.shardkeeper.core.layout.Instance;
import io.shardkeeper.core.layout.Layout;
import io.shardkeeper.core.ledger.Ledger;
import io.shardkeeper.core.loop.Listeners;
import io.shardkeeper.handler.Handler;
import io.shardkeeper.handler.Handlers;
import io.shardkeeper.job.Job;
import io.shardkeeper.listener.Listener;
import io.shardkeeper.log.LogFiles;
import io.shardkeeper.log.LogLimits;
import io.shardkeeper.routing.Router;
import io.shardkeeper.routing.Routers;
import io.shardkeeper.zookeeper.CoordinatorLatch;
import io.shardkeeper.zookeeper.EmbeddedZooKeeper;
import io.shardkeeper.zookeeper.SettingsFiles;
import io.shardkeeper.zookeeper.ZooKeeperLedger;
import io.shardkeeper.zookeeper.ZooKeeperSettings;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * An instance that runs jobs, in this process. It registers with its handlers, takes its share of the work, and coordinates when it is its turn. Threads
 * may share it.
 *
 * <pre>{@code
 * try (var shardkeeper = Shardkeeper.start(new SettleAccounts())) { // settings from shardkeeper.properties
 *   ...
 * }
 * }</pre>
 *
 * <p>It starts without a connection, too: it goes on trying for ever, and works as soon as there is one. A process with nothing else to do lives until it
 * is closed, or until it is asked to end, by SIGTERM or Ctrl-C: then it drains as {@link #close} does.
 */
public final class Shardkeeper implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Shardkeeper.class);

  /** For the end of a handler that was cancelled to be told. */
  private static final Duration TO_TELL = Duration.ofSeconds(2);

  private static final Duration BETWEEN_LOOKS = Duration.ofMillis(50);

  private static final Duration BETWEEN_LOOKS_AT_LOGS = Duration.ofMinutes(1);

  private final Settings settings;
  private final @Nullable EmbeddedZooKeeper server;
  private final EngineLoop loop;
  private final ScheduledThreadPoolExecutor housekeeping;
  private final HandlerThreads workers;
  private final @Nullable ListenerThread listenerThread;
  private final ZooKeeperLedger ledger;
  private final LogFiles logs;
  private final InstanceLife life;
  private final Declarations declarations;
  private final LedgerClient client;
  private final @Nullable Coordinating coordinating;
  private final Watchdog watchdog;
  private final Thread hook;
  private final AtomicBoolean closing = new AtomicBoolean();
  private final CompletableFuture<Void> closed = new CompletableFuture<>();

  /**
   * An instance with these handlers, configured by {@link SettingsFiles#load}.
   *
   * @throws InvalidSettingsException with all that is wrong with the configuration
   */
  public static Shardkeeper start(Handler... handlers) {
    return with(SettingsFiles.load()).handlers(handlers).start();
  }

  /** Begins to say what an instance is made of. */
  public static Builder with(Settings settings) {
    return new Builder(settings);
  }

  /** What an instance is made of. Of one thread. */
  public static final class Builder {
    private final Settings settings;
    private final List<Handler> handlers = new ArrayList<>();
    private final List<Job> jobs = new ArrayList<>();
    private Calendars calendars = Calendars.of(Map.of());
    private final Map<String, Router> routers = new HashMap<>();
    private final List<Listener> listeners = new ArrayList<>();
    private UnaryOperator<Ledger> between = UnaryOperator.identity();

    private Builder(Settings settings) {
      this.settings = settings;
    }

    /** Adds handlers that it offers. */
    public Builder handlers(Handler... added) {
      return handlers(List.of(added));
    }

    /** Adds handlers that it offers. */
    public Builder handlers(Collection<? extends Handler> added) {
      handlers.addAll(added);
      return this;
    }

    /** Adds jobs that it declares, beside those of the properties. */
    public Builder jobs(Job... added) {
      return jobs(List.of(added));
    }

    /** Adds jobs that it declares, beside those of the properties. */
    public Builder jobs(Collection<Job> added) {
      jobs.addAll(added);
      return this;
    }

    /**
     * What the names of calendars stand for, while it coordinates: each instance of a namespace needs the same. It is asked again every few
     * seconds, on the thread of the engine, so that one calendar may be exchanged for another.
     */
    public Builder calendars(Calendars found) {
      calendars = found;
      return this;
    }

    /** Adds a route of one's own, for jobs that ask for it by that name: each instance of a namespace that may coordinate needs the same ones. */
    public Builder router(String name, Router router) {
      routers.put(name, router);
      return this;
    }

    /** Adds somebody who is told what happens; several are told in the order in which they were added. */
    public Builder listener(Listener added) {
      listeners.add(added);
      return this;
    }

    /** Puts something between it and what is stored, as tests do. */
    Builder between(UnaryOperator<Ledger> put) {
      between = put;
      return this;
    }

    /**
     * Looks for all that {@link #start} refuses, and starts nothing.
     *
     * @throws InvalidSettingsException with what is wrong with the configuration, or with jobs that are declared twice
     * @throws IllegalArgumentException if handlers cannot be offered together, or a job is too large to be stored
     */
    public void check() {
      Object unused = List.of(
          Handlers.of(handlers),
          declared(),
          kind(settings),
          settings.isEmbedded()
              ? SettingsFiles.embedded(settings)
              : SettingsFiles.zooKeeper(settings));
    }

    private List<Job> declared() {
      List<Job> declared = settings.jobs().and(jobs);
      declared.forEach(job -> JobDocument.of(job).toJson());
      return declared;
    }

    /**
     * Starts it. It connects in the background.
     *
     * @throws InvalidSettingsException with what is wrong with the configuration, or with jobs that are declared twice
     * @throws IllegalArgumentException if handlers cannot be offered together, or a job is too large to be stored
     */
    public Shardkeeper start() {
      // Whatever can be wrong comes before whatever has to be ended again.
      Handlers offered = Handlers.of(handlers);
      List<Job> declared = declared();
      HandlerThreads.Kind kind = kind(settings);
      if (!settings.isEmbedded()) {
        return new Shardkeeper(
            this, null, SettingsFiles.zooKeeper(settings), offered, declared, kind);
      }
      EmbeddedZooKeeper server = SettingsFiles.embedded(settings).start();
      try {
        ZooKeeperSettings local = SettingsFiles.zooKeeper(settings, server.connectString());
        return new Shardkeeper(this, server, local, offered, declared, kind);
      } catch (RuntimeException e) {
        server.close();
        throw e;
      }
    }

    private static HandlerThreads.Kind kind(Settings settings) {
      VirtualThreads wanted = settings.get(Key.VIRTUAL_THREADS);
      int java = Runtime.version().feature();
      if (wanted == VirtualThreads.ALWAYS && java < 21) {
        throw new InvalidSettingsException(List.of(settings.mistake(
            Key.VIRTUAL_THREADS,
            "this is Java " + java
                + ", and virtual threads come with 21; 'auto' takes them where there are any")));
      }
      return wanted != VirtualThreads.NEVER && java >= 21
          ? HandlerThreads.Kind.VIRTUAL
          : HandlerThreads.Kind.PLATFORM;
    }
  }

  private Shardkeeper(
      Builder builder,
      @Nullable EmbeddedZooKeeper server,
      ZooKeeperSettings zooKeeper,
      Handlers handlers,
      List<Job> jobs,
      HandlerThreads.Kind kind) {
    this.settings = builder.settings;
    this.server = server;
    String namespace = settings.get(Key.NAMESPACE);
    Duration tick = settings.get(Key.TICK);
    Supplier<String> ids = ids(settings.get(Key.INSTANCE_NAME));
    loop = new EngineLoop(namespace);
    housekeeping = housekeeping(namespace);
    workers = new HandlerThreads(namespace, kind);
    ListenerThread beside = builder.listeners.isEmpty() ? null : new ListenerThread(namespace);
    listenerThread = beside;
    Listeners listeners =
        beside == null ? Listeners.none() : new Listeners(builder.listeners, beside);
    ledger = ZooKeeperLedger.open(zooKeeper, loop, housekeeping);
    logs = logs(settings, loop);
    Ledger seen = builder.between.apply(ledger);
    declarations = new Declarations(seen, loop, jobs);
    life = new InstanceLife(
        seen,
        loop,
        new Executions.Workshop(workers, logs, settings.get(Key.LOG_TAIL)),
        handlers,
        new Executions.Patience(settings.get(Key.INTERRUPT_AFTER), settings.get(Key.ABANDON_AFTER)),
        new InstanceLife.Profile(
            self(settings, handlers), tick, settings.get(Key.REPORT_LINGER), listeners),
        ids);
    Calendars calendars = builder.calendars;
    Routers routers = Routers.of(builder.routers);
    client = onLoop(() -> new LedgerClient(
        seen, loop, settings.get(Key.INSTANCE_NAME), ids("client"), calendars, routers));
    if (settings.get(Key.COORDINATOR)) {
      String candidate = ids.get();
      coordinating = new Coordinating(
          seen,
          CoordinatorLatch.join(ledger, Layout.COORDINATOR.child("latch"), candidate),
          loop,
          candidate,
          () -> rules(settings, ledger.session().timeout(), calendars, routers),
          listeners);
    } else {
      coordinating = null;
    }
    watchdog = new Watchdog(loop, ledger, settings.get(Key.SESSION_TIMEOUT));
    hook = new Thread(null, this::close, "shardkeeper-" + namespace + "-shutdown", 0, false);
    begin();
  }

  private void begin() {
    // To close waits for what runs, and the loop must turn meanwhile.
    life.whenToldToLeave(
        () -> new Thread(null, this::close, hook.getName() + "-by-request", 0, false).start());
    Runtime.getRuntime().addShutdownHook(hook);
    watchdog.watch(housekeeping);
    Future<?> unused = housekeeping.scheduleWithFixedDelay(
        logs::look, 0, BETWEEN_LOOKS_AT_LOGS.toNanos(), TimeUnit.NANOSECONDS);
    declarations.start();
    life.start();
    if (coordinating != null) {
      coordinating.start();
    }
  }

  /** Names that nobody had before, and that begin with the name of the instance. */
  private static Supplier<String> ids(String name) {
    var random = new SecureRandom();
    return () -> {
      byte[] bytes = new byte[6];
      random.nextBytes(bytes);
      return name + '-' + HexFormat.of().formatHex(bytes);
    };
  }

  private static ScheduledThreadPoolExecutor housekeeping(String namespace) {
    var started = new AtomicInteger();
    // One may be kept by the end of a session, and one by a sweep through many files.
    var threads = new ScheduledThreadPoolExecutor(3, task -> {
      var thread = new Thread(
          null,
          task,
          "shardkeeper-" + namespace + "-housekeeping-" + started.incrementAndGet(),
          0,
          false);
      thread.setDaemon(true);
      return thread;
    });
    threads.setRemoveOnCancelPolicy(true);
    return threads;
  }

  private static LogFiles logs(Settings settings, EngineLoop loop) {
    return new LogFiles(
        settings.get(Key.LOG_DIRECTORY),
        settings.get(Key.NAMESPACE),
        settings.get(Key.INSTANCE_NAME),
        new LogLimits(
            settings.get(Key.LOG_DAYS), settings.get(Key.LOG_MOST), settings.get(Key.LOG_BUDGET)),
        loop::wall);
  }

  private static Instance self(Settings settings, Handlers handlers) {
    Map<String, String> described = handlers.byName().entrySet().stream()
        .collect(Collectors.toMap(Map.Entry::getKey, entry -> entry.getValue().description()));
    return new Instance(
        "",
        settings.get(Key.INSTANCE_NAME),
        host(),
        new TreeMap<>(described),
        settings.find(Key.INSTANCE_LABELS).orElseGet(TreeMap::new),
        settings.get(Key.INSTANCE_SLOTS),
        settings.find(Key.INSTANCE_VERSION).orElse(""),
        false);
  }

  private static String host() {
    try {
      return InetAddress.getLocalHost().getHostName();
    } catch (UnknownHostException e) {
      return "localhost"; // its name is in no table of names
    }
  }

  private static Rules rules(
      Settings settings, Duration timeout, Calendars calendars, Routers routers) {
    Rules usual = Rules.of(timeout, settings.get(Key.TICK), calendars, routers);
    return new Rules(
        settings.get(Key.HORIZON),
        usual.misfireThreshold(),
        settings.get(Key.INBOX_LIMIT),
        settings.get(Key.HISTORY_BUDGET),
        calendars,
        routers);
  }

  /** Asks the coordinator of the namespace, whoever that is. It closes with this. */
  public JobClient client() {
    return client;
  }

  /** Ends when the jobs that it declares are stored, or were found there. It never ends while there is no connection. */
  public CompletionStage<Void> declared() {
    return declarations.written();
  }

  /**
   * Ends when it is closed and all that it started has ended, whoever wanted that: its own process, or a client that had it {@linkplain JobClient#drain leave}.
   * A process that has nothing else to do waits for this, and ends too:
   *
   * <pre>{@code
   * try (var shardkeeper = Shardkeeper.start(new SettleAccounts())) {
   *   shardkeeper.closed().toCompletableFuture().join();
   * }
   * }</pre>
   */
  public CompletionStage<Void> closed() {
    return closed.minimalCompletionStage();
  }

  /** The id under which it is registered at this moment; empty while it is not. It is another one after each session. */
  public CompletionStage<String> instanceId() {
    return ask(life::id, "");
  }

  /** Whether it coordinates at this moment, as far as it knows. */
  public CompletionStage<Boolean> isCoordinating() {
    return ask(() -> coordinating != null && coordinating.isLeading(), false);
  }

  /** What lives on the loop is made there. */
  private <T> T onLoop(Supplier<T> made) {
    var result = new CompletableFuture<T>();
    loop.execute(() -> {
      try {
        result.complete(made.get());
      } catch (RuntimeException e) {
        result.completeExceptionally(e);
      }
    });
    return result.join();
  }

  /** Asked at any time: somebody else may have closed it a moment ago. */
  private <T> CompletionStage<T> ask(Supplier<T> question, T whenClosed) {
    var answer = new CompletableFuture<T>();
    try {
      loop.execute(() -> answer.complete(question.get()));
    } catch (RejectedExecutionException e) {
      answer.complete(whenClosed);
    }
    return answer;
  }

  Ledger ledger() {
    return ledger;
  }

  EngineLoop loop() {
    return loop;
  }

  Watchdog watchdog() {
    return watchdog;
  }

  /**
   * Drains: it takes nothing new, hands back what has not begun, waits for what runs up to {@code shardkeeper.grace}, cancels what runs longer, and leaves.
   * Returns when all that it started has ended. Harmless to repeat; whoever comes second waits for the first. A handler must not call it, because it would
   * wait for itself, until it is cancelled.
   */
  @Override
  public void close() {
    if (closing.compareAndSet(false, true)) {
      try {
        drain();
        end();
      } finally {
        forgetHook(); // not before: a process that is asked to end meanwhile waits
        closed.complete(null);
      }
    } else {
      await(closed, Duration.ofDays(1));
    }
  }

  private void drain() {
    var left = new CompletableFuture<Void>();
    loop.execute(() -> {
      declarations.close();
      life.leave().thenRun(() -> left.complete(null));
      giveUpWhenNobodyAnswers(left, loop.nanos());
    });
    if (await(left, settings.get(Key.GRACE))) {
      return;
    }
    loop.execute(() -> {
      LOG.warn(
          "The grace of {} is over: {} executions are cancelled",
          settings.get(Key.GRACE),
          life.running());
      life.cancelAll();
    });
    Duration patience = settings.get(Key.INTERRUPT_AFTER).plus(settings.get(Key.ABANDON_AFTER));
    if (!await(left, patience.plus(TO_TELL))) {
      LOG.warn(
          "Handlers have not returned; what they worked on moves on as if the process were lost");
    }
  }

  /** To leave takes a coordinator who answers. Where nothing runs any more, nobody is waited for much longer than it takes for another to be there. */
  private void giveUpWhenNobodyAnswers(CompletableFuture<Void> left, long since) {
    if (left.isDone()) {
      return;
    }
    long now = loop.nanos();
    long idleSince = life.running() > 0 ? now : since;
    if (now - idleSince > ledger.session().timeout().toNanos() * 3 / 2) {
      LOG.info("Nobody has answered that it may leave: its session is ended");
      left.complete(null);
    } else {
      loop.at(now + BETWEEN_LOOKS.toNanos(), () -> giveUpWhenNobodyAnswers(left, idleSince));
    }
  }

  private void end() {
    var ended = new CompletableFuture<Void>();
    client.close();
    loop.execute(() -> {
      life.close();
      if (coordinating != null) {
        coordinating.close();
      }
      ended.complete(null);
    });
    await(ended, EngineLoop.CLOSE);
    ledger.close();
    workers.close();
    housekeeping.shutdownNow();
    awaitEnd(housekeeping);
    loop.close();
    if (listenerThread != null) {
      listenerThread.close();
    }
    if (server != null) {
      server.close();
    }
  }

  private void forgetHook() {
    if (Thread.currentThread() == hook) {
      return;
    }
    try {
      Runtime.getRuntime().removeShutdownHook(hook);
    } catch (IllegalStateException e) {
      LOG.debug("The process ends already", e);
    }
  }

  private static void awaitEnd(ScheduledThreadPoolExecutor threads) {
    try {
      if (!threads.awaitTermination(EngineLoop.CLOSE.toNanos(), TimeUnit.NANOSECONDS)) {
        LOG.warn("A thread that keeps house still works, and ends behind that");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** Whether something came to an end in time. */
  private static boolean await(Future<?> end, Duration most) {
    try {
      end.get(most.toNanos(), TimeUnit.NANOSECONDS);
      return true;
    } catch (TimeoutException e) {
      return false;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    } catch (ExecutionException e) {
      throw new IllegalStateException("The end of an engine cannot fail, but did", e);
    }
  }

  @Override
  public String toString() {
    return "Shardkeeper '" + settings.get(Key.INSTANCE_NAME) + "' in namespace '"
        + settings.get(Key.NAMESPACE) + "'";
  }
}
