package io.shardkeeper.handlers.process;

import java.io.File;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Runs programs, and ends all that they start: when a program comes to its end, takes too long or is to end, when this is closed, and when this process
 * is killed. How, and what can escape where, tells {@link Isolation}. Threads may share it.
 *
 * <pre>
 *   Programs ──► Execution ──► Running ──► Tree        all that a program starts
 *      │                          └──────► Output      what it says
 *      └──► Leftovers                                  directories, by which the next start finds what a killed process has left
 * </pre>
 */
public final class Programs implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Programs.class);
  private static final File NOTHING = new File("/dev/null");

  private final Isolation isolation;
  private final Leftovers leftovers;
  private final LongSupplier nanos = System::nanoTime;
  private final Tree.Census census = new Tree.Census(nanos);
  private final AtomicInteger started = new AtomicInteger();
  private final Set<Execution> now = ConcurrentHashMap.newKeySet();
  private volatile boolean closed;

  private Programs(Isolation isolation, Leftovers leftovers) {
    this.isolation = isolation;
    this.leftovers = leftovers;
  }

  /**
   * Makes a place for executions, and ends what is left of those before.
   *
   * @param work a directory that belongs to this process, or can be made
   * @throws IOException if there is no such place
   */
  public static Programs in(Path work, Isolation isolation) throws IOException {
    var programs = new Programs(isolation, Leftovers.in(work, anId()));
    LOG.info("{}; their directories are in {}", isolation.told(), programs.place());
    try {
      programs.leftovers.clear(Running.within(programs.nanos, Running.STUBBORN));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt(); // what is left stays for the next start
    }
    return programs;
  }

  private static String anId() {
    return UUID.randomUUID().toString();
  }

  /** Where executions have their directories. */
  public Path place() {
    return leftovers.place();
  }

  /**
   * A place for one program; null if this is closed.
   *
   * @param account as whom it runs; null for the account of this process
   * @param grace how long it may take to end when it is asked to
   * @throws IOException if its directory cannot be made
   */
  public @Nullable Execution begin(@Nullable Account account, Duration grace) throws IOException {
    String id = anId();
    var execution = new Execution(this, id, account, grace);
    now.add(execution);
    boolean begun = false;
    try {
      // Asked behind the line above: else this could be closed in between, and not wait for it.
      if (!closed) {
        execution.begin(leftovers);
        begun = true;
      }
    } finally {
      if (!begun) {
        execution.close();
      }
    }
    return begun ? execution : null;
  }

  /** Has a thread of its own start a program, unless its end comes first. */
  Running start(
      Program program,
      String id,
      Path place,
      @Nullable Account account,
      Output output,
      CompletableFuture<End.Why> toEnd) {
    var builder = new ProcessBuilder(isolation.argv(program.argv(), account, program.limits()))
        .directory(place.toFile())
        .redirectInput(NOTHING)
        .redirectErrorStream(true);
    Map<String, String> environment = builder.environment();
    environment.clear();
    environment.putAll(program.environment());
    environment.put(Tree.COOKIE, id);
    var running = new Running(builder, id, isolation.namespace(), census, output, nanos, toEnd);
    if (toEnd.isDone()) {
      running.notStarted();
    } else {
      var thread = new Thread(running, "shardkeeper-command-" + started.incrementAndGet());
      thread.setDaemon(true);
      thread.start();
    }
    return running;
  }

  /** Nobody is left of an execution. */
  void over(Path directory) {
    leftovers.over(directory);
  }

  /** Nobody has to wait for an execution any longer. */
  void forget(Execution execution) {
    now.remove(execution);
  }

  /** Ends what runs, and waits for that. */
  @Override
  public void close() {
    closed = true;
    boolean interrupted = false;
    now.forEach(execution -> execution.end(End.Why.CLOSED));
    for (Execution execution : now) {
      try {
        execution.gone().get(execution.patience().toMillis(), TimeUnit.MILLISECONDS);
      } catch (InterruptedException e) {
        interrupted = true; // those who wait for it end it nevertheless
        break;
      } catch (TimeoutException | ExecutionException e) {
        LOG.warn(
            "A command has not ended although it was killed; the next start of this instance tries again");
      }
    }
    if (now.isEmpty()) {
      leftovers.close();
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
