package io.shardkeeper.handlers.command;

import io.shardkeeper.config.InvalidSettingsException;
import io.shardkeeper.handler.Cancellation;
import io.shardkeeper.handler.Result;
import io.shardkeeper.handler.ShardingContext;
import io.shardkeeper.handler.ShardingJobHandler;
import java.io.File;
import java.io.IOException;
import java.nio.charset.Charset;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Runs a command that the instance knows by a name. A job chooses the name and fills in what the instance lets it fill in; it chooses no
 * program, no option and no variable, and no shell reads what it says. Threads may share it.
 *
 * <p>Whatever a program starts ends with it: when it comes to its end, takes too long or is killed, when this handler is closed, and when the
 * process in which this handler lives is killed. How, and what can escape where, tells {@link Isolation}.
 *
 * <p>To be closed behind the instance that offers it.
 */
public final class CommandHandler implements ShardingJobHandler, AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(CommandHandler.class);

  /** How long a script may take to come. */
  static final Duration FETCH = Duration.ofSeconds(30);

  private static final int LONGEST_MISTAKE = 8_000;
  private static final File NOTHING = new File("/dev/null");

  /** Since then, Java hands on characters as the system has them, and not as its files. */
  private static final int CHARACTERS_AS_THE_SYSTEM = 18;

  /** From where a script is fetched. Threads share it. Whatever it returns is compared with a checksum before anything is done with it. */
  @FunctionalInterface
  public interface ScriptSource {
    /**
     * The bytes of a script.
     *
     * @param url an http or https URL of an origin that the file of the instance allows; where that leads is for the source to check
     * @param most bytes that it may have; a longer one is to be refused, and not cut
     * @param timeout how long it may take
     * @param cancellation tells when nobody waits for it any longer
     * @throws IOException if it does not come
     */
    byte[] fetch(String url, long most, Duration timeout, Cancellation cancellation)
        throws IOException, InterruptedException;
  }

  /**
   * What is replaced in tests.
   *
   * @param tools what the machine has
   * @param environment what this process sees of its environment
   * @param carried as what a program is given characters
   * @param ids an id that nothing else has
   * @param nanos the clock by which waits are measured
   * @param threads on what commands run
   */
  record Host(
      Isolation.Tools tools,
      Function<String, @Nullable String> environment,
      Charset carried,
      Supplier<String> ids,
      LongSupplier nanos,
      ThreadFactory threads) {
    static Host ofThisMachine() {
      return new Host(
          Isolation.Tools.ofThisMachine(),
          System::getenv,
          charset(Runtime.version().feature(), System.getProperty("sun.jnu.encoding", "")),
          () -> UUID.randomUUID().toString(),
          System::nanoTime,
          named());
    }

    static Charset charset(int feature, String ofTheSystem) {
      return feature >= CHARACTERS_AS_THE_SYSTEM && Charset.isSupported(ofTheSystem)
          ? Charset.forName(ofTheSystem)
          : Charset.defaultCharset();
    }

    private static ThreadFactory named() {
      var started = new AtomicInteger();
      return work -> {
        var thread = new Thread(work, "shardkeeper-command-" + started.incrementAndGet());
        thread.setDaemon(true);
        return thread;
      };
    }
  }

  /** An execution: what has it end, and what tells that nothing of it is left. */
  private record Now(
      CompletableFuture<Running.Why> toEnd, Duration grace, CompletableFuture<Boolean> gone) {}

  private final CommandRules rules;
  private final @Nullable ScriptSource scripts;
  private final Host host;
  private final Isolation isolation;
  private final Leftovers leftovers;
  private final Tree.Census census;
  private final Set<Now> now = ConcurrentHashMap.newKeySet();
  private volatile boolean closed;

  /** With what the instance allows; scripts are refused. */
  public CommandHandler(CommandRules rules) {
    this(rules, null, Host.ofThisMachine());
  }

  /**
   * With what the instance allows, scripts too.
   *
   * @throws InvalidSettingsException if this machine cannot do it
   */
  public CommandHandler(CommandRules rules, ScriptSource scripts) {
    this(rules, scripts, Host.ofThisMachine());
  }

  CommandHandler(CommandRules rules, @Nullable ScriptSource scripts, Host host) {
    this.rules = rules;
    this.scripts = scripts;
    this.host = host;
    this.census = new Tree.Census(host.nanos());
    try {
      if (!FileSystems.getDefault().supportedFileAttributeViews().contains("posix")) {
        throw new IllegalArgumentException(
            "commands need a POSIX system, whose files have owners and whose processes have signals; leave the section out here");
      }
      this.isolation = Isolation.probe(rules.isolation(), host.tools());
      Path work = rules.work();
      this.leftovers =
          Leftovers.in(work == null ? usualWork() : work, host.ids().get());
      LOG.info("{}; their directories are in {}", isolation.told(), leftovers.place());
    } catch (IllegalArgumentException e) {
      throw new InvalidSettingsException(List.of("command: " + e.getMessage()));
    } catch (IOException e) {
      throw new InvalidSettingsException(List.of(
          "command.work: " + e + "; a directory comes here that this process can make, or owns"));
    }
    try {
      leftovers.clear(Running.within(host.nanos(), Running.STUBBORN));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt(); // what is left stays for the next start
    }
  }

  private Path usualWork() {
    return Path.of(
        System.getProperty("java.io.tmpdir", "/tmp"),
        "shardkeeper-command-" + host.tools().uid());
  }

  @Override
  public String name() {
    return "command";
  }

  @Override
  public String description() {
    return "Runs a command that this instance knows by a name, or a script by its checksum";
  }

  @Override
  public Result handle(ShardingContext context) throws InterruptedException {
    CommandLine line;
    try {
      line = CommandLine.of(rules, context, host.carried());
    } catch (IllegalArgumentException e) {
      String mistakes = String.valueOf(e.getMessage());
      return told(
          context,
          Result.failed(mistakes.substring(0, Math.min(mistakes.length(), LONGEST_MISTAKE))));
    }
    var entry =
        new Now(new CompletableFuture<>(), line.surroundings().grace(), new CompletableFuture<>());
    now.add(entry);
    try {
      if (closed) { // asked behind the line above: else it could be closed in between, and not wait
        // for this
        return told(context, Result.failed(line.name() + " is not run: its handler is closed"));
      }
      return told(context, execute(line, context, entry.toEnd()));
    } finally {
      now.remove(entry);
      entry.gone().complete(true);
    }
  }

  /** Tells the log of the execution how it ended: a result says that to who looks at the run, and to nobody else. What the program said is there already. */
  private static Result told(ShardingContext context, Result result) {
    if (result instanceof Result.Ok ok) {
      context.log().info("{}", firstLine(ok.text()));
    } else if (result instanceof Result.Failed failed) {
      context.log().warn("{}", firstLine(failed.reason()));
    }
    return result;
  }

  private static String firstLine(String text) {
    int end = text.indexOf('\n');
    return end < 0 ? text : text.substring(0, end);
  }

  private Result execute(
      CommandLine line, ShardingContext context, CompletableFuture<Running.Why> toEnd)
      throws InterruptedException {
    String id = host.ids().get();
    Path directory = null;
    boolean nobodyLeft = true;
    try {
      directory = leftovers.begin(id, line.surroundings().account());
      Prepared prepared = prepare(line, directory, context);
      if (prepared.refusal() != null) {
        return Result.failed(prepared.refusal());
      }
      context.cancellation().onRequest(() -> toEnd.complete(why(context.cancellation())));
      Running.End end = run(line, prepared, id, directory, toEnd);
      nobodyLeft = end.nobodyLeft();
      if (Thread.interrupted()) {
        String told = line.name() + " was ended, because its thread was interrupted";
        context.log().warn("{}", told);
        throw new InterruptedException(told);
      }
      return result(line, end, prepared.output(), context);
    } catch (IOException e) {
      return Result.failed(line.name() + " could not be run: " + e);
    } finally {
      if (directory != null && nobodyLeft) {
        leftovers.over(directory);
      }
    }
  }

  /** What is started, or why nothing is. */
  private record Prepared(
      List<String> argv, Output output, @Nullable String refusal) {}

  private Prepared prepare(CommandLine line, Path directory, ShardingContext context)
      throws IOException, InterruptedException {
    Surroundings surroundings = line.surroundings();
    var output = new Output(said -> context.log().info("{}", said), surroundings.output());
    String scriptFile = null;
    CommandLine.Script script = line.script();
    if (script != null) {
      if (scripts == null) {
        return new Prepared(
            List.of(),
            output,
            line.name() + " cannot be fetched: this handler was made without a source of scripts");
      }
      Duration most = surroundings.timeout().compareTo(FETCH) < 0 ? surroundings.timeout() : FETCH;
      byte[] content = scripts.fetch(script.url(), script.most(), most, context.cancellation());
      String refusal = refusal(script, content);
      if (refusal != null) {
        return new Prepared(List.of(), output, line.name() + " is not run: " + refusal);
      }
      scriptFile = Leftovers.script(directory, content, surroundings.account()).toString();
    }
    List<String> argv = line.argv(scriptFile);
    if (!Files.isExecutable(Path.of(argv.get(0)))) {
      return new Prepared(
          argv,
          output,
          line.name() + " cannot be run: " + argv.get(0)
              + " was there when the file of the instance was read, and is no longer, or may no longer be executed");
    }
    return new Prepared(argv, output, null);
  }

  /** Why a script is not what was asked for; null if it is. */
  private static @Nullable String refusal(CommandLine.Script script, byte[] content) {
    if (content.length > script.most()) {
      return "it has " + content.length + " bytes; at most " + script.most() + " are taken";
    }
    try {
      String found =
          HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(content));
      String right = script.sha256().toLowerCase(Locale.ROOT);
      return found.equals(right)
          ? null
          : "its checksum is " + found + ", and the job says " + right
              + "; if the change was reviewed, put the new one into the job";
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("Every Java has SHA-256", e);
    }
  }

  private Running.End run(
      CommandLine line,
      Prepared prepared,
      String id,
      Path directory,
      CompletableFuture<Running.Why> toEnd)
      throws IOException {
    Surroundings surroundings = line.surroundings();
    Path place = surroundings.directory();
    var builder = new ProcessBuilder(isolation.argv(prepared.argv(), surroundings))
        .directory((place == null ? directory : place).toFile())
        .redirectInput(NOTHING)
        .redirectErrorStream(true);
    fill(builder.environment(), line, id);
    var running = new Running(
        builder, id, isolation.namespace(), census, prepared.output(), host.nanos(), toEnd);
    if (toEnd.isDone()) {
      running.notStarted();
    } else {
      host.threads().newThread(running).start();
    }
    return running.await(surroundings.timeout(), surroundings.grace());
  }

  private void fill(Map<String, String> environment, CommandLine line, String id) {
    environment.clear();
    for (String name : line.surroundings().inherit()) {
      String value = host.environment().apply(name);
      if (value != null) {
        environment.put(name, value);
      }
    }
    environment.putAll(line.surroundings().environment());
    environment.putAll(line.told());
    environment.put(Tree.COOKIE, id);
  }

  private static Result result(
      CommandLine line, Running.End end, Output output, ShardingContext context) {
    Surroundings surroundings = line.surroundings();
    Exits exits = surroundings.exits();
    String took = " after " + end.took().truncatedTo(ChronoUnit.MILLIS);
    String said = output.last();
    var told = new StringBuilder(line.name()).append(' ');
    switch (end.why()) {
      case BY_ITSELF -> told.append(exits.told(end.code())).append(took);
      case TIMED_OUT ->
        told.append("took longer than ")
            .append(surroundings.timeout())
            .append(" and was ended")
            .append(took);
      case CANCELLED, LEASE_LOST ->
        told.append("was ended")
            .append(took)
            .append(", because the work is to end: ")
            .append(
                context.cancellation().reason().map(Cancellation.Reason::name).orElse("?"));
      default -> told.append("was ended").append(took).append(", because its handler is closed");
    }
    if (!end.nobodyLeft()) {
      told.append("; something that it has started could not be ended, and may still run");
      LOG.warn(
          "{} of job '{}', run {}, shard {}: something that it has started could not be ended, and may still run; the next start of this instance tries again",
          line.name(),
          context.jobName(),
          context.runId(),
          context.shard().index());
    }
    if (!said.isEmpty()) {
      told.append('\n').append(said);
    }
    boolean ok = end.why() == Running.Why.BY_ITSELF && exits.ok(end.code()) && end.nobodyLeft();
    return ok ? Result.ok(told.toString()) : Result.failed(told.toString());
  }

  /** Where executions have their directories. */
  Path place() {
    return leftovers.place();
  }

  private static Running.Why why(Cancellation cancellation) {
    return cancellation.reason().filter(Cancellation.Reason.LEASE_LOST::equals).isPresent()
        ? Running.Why.LEASE_LOST
        : Running.Why.CANCELLED;
  }

  /** Ends what runs, and waits for that. */
  @Override
  public void close() {
    closed = true;
    boolean interrupted = false;
    now.forEach(entry -> entry.toEnd().complete(Running.Why.CLOSED));
    for (Now entry : now) {
      try {
        long most = entry.grace().plus(Running.STUBBORN.multipliedBy(2)).toMillis();
        entry.gone().get(most, TimeUnit.MILLISECONDS);
      } catch (InterruptedException e) {
        interrupted = true; // its handlers end it nevertheless
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
