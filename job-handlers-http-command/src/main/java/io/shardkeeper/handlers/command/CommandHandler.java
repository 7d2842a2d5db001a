package io.shardkeeper.handlers.command;

import io.shardkeeper.config.InvalidSettingsException;
import io.shardkeeper.handler.Cancellation;
import io.shardkeeper.handler.Result;
import io.shardkeeper.handler.ShardingContext;
import io.shardkeeper.handler.ShardingJobHandler;
import io.shardkeeper.handlers.process.End;
import io.shardkeeper.handlers.process.Execution;
import io.shardkeeper.handlers.process.Isolation;
import io.shardkeeper.handlers.process.Machine;
import io.shardkeeper.handlers.process.Program;
import io.shardkeeper.handlers.process.Programs;
import java.io.IOException;
import java.nio.charset.Charset;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
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
   * @param machine what the machine has
   * @param environment what this process sees of its environment
   * @param carried as what a program is given characters
   */
  record Host(Machine machine, Function<String, @Nullable String> environment, Charset carried) {
    static Host ofThisMachine() {
      return new Host(
          Machine.here(),
          System::getenv,
          charset(Runtime.version().feature(), System.getProperty("sun.jnu.encoding", "")));
    }

    static Charset charset(int feature, String ofTheSystem) {
      return feature >= CHARACTERS_AS_THE_SYSTEM && Charset.isSupported(ofTheSystem)
          ? Charset.forName(ofTheSystem)
          : Charset.defaultCharset();
    }
  }

  private final CommandRules rules;
  private final @Nullable ScriptSource scripts;
  private final Host host;
  private final Programs programs;

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
    Isolation isolation = rules.probe(host.machine());
    try {
      Path work = rules.work();
      this.programs = Programs.in(work == null ? usualWork() : work, isolation);
    } catch (IOException e) {
      throw new InvalidSettingsException(List.of(
          "command.work: " + e + "; a directory comes here that this process can make, or owns"));
    }
  }

  private Path usualWork() {
    return Path.of(
        System.getProperty("java.io.tmpdir", "/tmp"),
        "shardkeeper-command-" + host.machine().uid());
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
    return told(context, execute(line, context));
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

  private Result execute(CommandLine line, ShardingContext context) throws InterruptedException {
    Surroundings surroundings = line.surroundings();
    try (Execution execution = programs.begin(surroundings.account(), surroundings.grace())) {
      if (execution == null) {
        return Result.failed(line.name() + " is not run: its handler is closed");
      }
      Prepared prepared = prepare(line, execution, context);
      if (prepared.refusal() != null) {
        return Result.failed(prepared.refusal());
      }
      Cancellation cancellation = context.cancellation();
      cancellation.onRequest(() -> execution.end(why(cancellation)));
      End end = run(execution, line, prepared.argv(), context);
      if (!end.nobodyLeft()) {
        LOG.warn(
            "{} of job '{}', run {}, shard {}: {}; the next start of this instance tries again",
            line.name(),
            context.jobName(),
            context.runId(),
            context.shard().index(),
            Verdict.SOMEBODY_LEFT);
      }
      return Verdict.of(line, end, cancellation);
    } catch (IOException e) {
      return Result.failed(line.name() + " could not be run: " + e);
    }
  }

  /** What is started, or why nothing is. */
  private record Prepared(List<String> argv, @Nullable String refusal) {}

  private Prepared prepare(CommandLine line, Execution execution, ShardingContext context)
      throws IOException, InterruptedException {
    Surroundings surroundings = line.surroundings();
    String scriptFile = null;
    CommandLine.Script script = line.script();
    if (script != null) {
      if (scripts == null) {
        return new Prepared(
            List.of(),
            line.name() + " cannot be fetched: this handler was made without a source of scripts");
      }
      Duration most = surroundings.timeout().compareTo(FETCH) < 0 ? surroundings.timeout() : FETCH;
      byte[] content = scripts.fetch(script.url(), script.most(), most, context.cancellation());
      String refusal = script.refusal(content);
      if (refusal != null) {
        return new Prepared(List.of(), line.name() + " is not run: " + refusal);
      }
      scriptFile = execution.script(content).toString();
    }
    List<String> argv = line.argv(scriptFile);
    if (!Files.isExecutable(Path.of(argv.get(0)))) {
      return new Prepared(
          argv,
          line.name() + " cannot be run: " + argv.get(0)
              + " was there when the file of the instance was read, and is no longer, or may no longer be executed");
    }
    return new Prepared(argv, null);
  }

  private End run(Execution execution, CommandLine line, List<String> argv, ShardingContext context)
      throws IOException, InterruptedException {
    try {
      return execution.run(program(line, argv), said -> context.log().info("{}", said));
    } catch (InterruptedException e) {
      String told = line.name() + " was ended, because its thread was interrupted";
      context.log().warn("{}", told);
      throw (InterruptedException) new InterruptedException(told).initCause(e);
    }
  }

  private Program program(CommandLine line, List<String> argv) {
    Surroundings surroundings = line.surroundings();
    Map<String, String> environment = new HashMap<>();
    for (String name : surroundings.inherit()) {
      String value = host.environment().apply(name);
      if (value != null) {
        environment.put(name, value);
      }
    }
    environment.putAll(surroundings.environment());
    environment.putAll(line.told());
    return new Program(
        argv,
        environment,
        surroundings.directory(),
        surroundings.timeout(),
        surroundings.output(),
        surroundings.limits());
  }

  /** Where executions have their directories. */
  Path place() {
    return programs.place();
  }

  private static End.Why why(Cancellation cancellation) {
    return cancellation.reason().filter(Cancellation.Reason.LEASE_LOST::equals).isPresent()
        ? End.Why.LEASE_LOST
        : End.Why.CANCELLED;
  }

  /** Ends what runs, and waits for that. */
  @Override
  public void close() {
    programs.close();
  }
}
