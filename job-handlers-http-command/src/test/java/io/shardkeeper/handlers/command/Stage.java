package io.shardkeeper.handlers.command;

import static org.assertj.core.api.Assertions.assertThat;

import io.shardkeeper.core.json.Fields;
import io.shardkeeper.core.json.Json;
import io.shardkeeper.handler.Cancellation;
import io.shardkeeper.handler.Progress;
import io.shardkeeper.handler.Result;
import io.shardkeeper.handler.Shard;
import io.shardkeeper.handler.ShardingContext;
import io.shardkeeper.handlers.process.Isolation;
import io.shardkeeper.handlers.process.Machine;
import io.shardkeeper.run.TraceContext;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.Marker;
import org.slf4j.event.Level;
import org.slf4j.helpers.AbstractLogger;
import org.slf4j.helpers.MessageFormatter;

/** What commands are tried with: rules out of a text, and an execution that remembers what was logged. */
final class Stage {
  private static final Pattern OF_THE_HANDLER =
      Pattern.compile("Command '|Script http|The job cannot be run");

  private Stage() {}

  /** The mistakes of a section. */
  static List<String> mistakes(String json) {
    return mistakes(json, Machine.here());
  }

  static List<String> mistakes(String json, Machine machine) {
    List<String> mistakes = new ArrayList<>();
    CommandRules unused = CommandRules.read(fields(json, mistakes), machine);
    return mistakes;
  }

  /** The rules of a section without mistakes. */
  static CommandRules rules(String json) {
    List<String> mistakes = new ArrayList<>();
    Fields fields = fields(json, mistakes);
    CommandRules rules = CommandRules.read(fields);
    assertThat(mistakes).isEmpty();
    assertThat(fields.unknown().keySet()).isEmpty();
    return rules;
  }

  private static Fields fields(String json, List<String> mistakes) {
    return new Fields(Json.parse(json.replace('\'', '"')), "command.", mistakes::add);
  }

  /** A section with one command "it". Single quotes stand for double ones. */
  static String section(Path work, Isolation.Mode mode, String command) {
    return "{'isolation': '" + mode.name().toLowerCase(java.util.Locale.ROOT) + "', 'work': '"
        + work.resolve("work") + "', 'commands': {'it': {" + command + "}}}";
  }

  /** A command that has a shell run a file: here it is the program, and not what runs it. */
  static String shell(Path work, String name, String script) throws IOException {
    Path file = work.resolve(name + ".sh");
    Files.writeString(file, script);
    return "'program': '/bin/sh', 'arguments': ['" + file + "'], 'inherit': ['PATH']";
  }

  static String text(Result result) {
    return result instanceof Result.Ok ok ? ok.text() : ((Result.Failed) result).reason();
  }

  /** An execution. */
  static class Execution implements ShardingContext {
    /** What the program has said. */
    final List<String> lines = new CopyOnWriteArrayList<>();

    /** What the handler has said of it, with the level. */
    final List<String> told = new CopyOnWriteArrayList<>();

    final Request request = new Request();
    private final Map<String, String> parameters;
    private final String shardParameter;
    private TraceContext trace = TraceContext.NONE;

    Execution(Map<String, String> parameters, String shardParameter) {
      this.parameters = new TreeMap<>(parameters);
      this.shardParameter = shardParameter;
    }

    /** One of the command "it". */
    static Execution of(String... namesAndValues) {
      Map<String, String> parameters = new TreeMap<>(Map.of("command.name", "it"));
      for (int i = 0; i < namesAndValues.length; i += 2) {
        parameters.put(namesAndValues[i], namesAndValues[i + 1]);
      }
      return new Execution(parameters, "");
    }

    Execution traced(TraceContext context) {
      trace = context;
      return this;
    }

    @Override
    public String jobName() {
      return "nightly";
    }

    @Override
    public String runId() {
      return "nightly-7";
    }

    @Override
    public Instant scheduledAt() {
      return Instant.parse("2026-11-21T02:30:00Z");
    }

    @Override
    public Instant dataTime() {
      return Instant.parse("2026-11-20T00:00:00Z");
    }

    @Override
    public String rerunOf() {
      return "";
    }

    @Override
    public TraceContext trace() {
      return trace;
    }

    @Override
    public int attempt() {
      return 2;
    }

    @Override
    public long token() {
      return 99;
    }

    @Override
    public Map<String, String> parameters() {
      return parameters;
    }

    @Override
    public Cancellation cancellation() {
      return request;
    }

    @Override
    public Progress progress() {
      throw new UnsupportedOperationException("a command tells no progress");
    }

    @Override
    public Logger log() {
      return new Lines(lines, told);
    }

    @Override
    public Shard shard() {
      return new Shard(1, 4, shardParameter);
    }
  }

  /** The request that work is to end. */
  static final class Request implements Cancellation {
    private final List<Runnable> actions = new ArrayList<>();
    private @Nullable Reason reason;

    synchronized void make(Reason why) {
      reason = why;
      actions.forEach(Runnable::run);
    }

    @Override
    public synchronized boolean isRequested() {
      return reason != null;
    }

    @Override
    public synchronized Optional<Reason> reason() {
      return Optional.ofNullable(reason);
    }

    @Override
    public synchronized void onRequest(Runnable action) {
      actions.add(action);
      if (reason != null) {
        action.run();
      }
    }
  }

  /** A logger that remembers. */
  private static final class Lines extends AbstractLogger {
    private static final long serialVersionUID = 1;

    private final transient List<String> lines;
    private final transient List<String> told;

    Lines(List<String> lines, List<String> told) {
      this.lines = lines;
      this.told = told;
    }

    @Override
    protected void handleNormalizedLoggingCall(
        Level level,
        @Nullable Marker marker,
        String pattern,
        Object @Nullable [] arguments,
        @Nullable Throwable thrown) {
      String line = String.valueOf(MessageFormatter.basicArrayFormat(pattern, arguments));
      if (OF_THE_HANDLER.matcher(line).lookingAt()) {
        told.add(level + " " + line);
      } else {
        lines.add(line);
      }
    }

    @Override
    protected @Nullable String getFullyQualifiedCallerName() {
      return null;
    }

    @Override
    public boolean isTraceEnabled() {
      return false;
    }

    @Override
    public boolean isTraceEnabled(Marker marker) {
      return false;
    }

    @Override
    public boolean isDebugEnabled() {
      return true;
    }

    @Override
    public boolean isDebugEnabled(Marker marker) {
      return true;
    }

    @Override
    public boolean isInfoEnabled() {
      return true;
    }

    @Override
    public boolean isInfoEnabled(Marker marker) {
      return true;
    }

    @Override
    public boolean isWarnEnabled() {
      return true;
    }

    @Override
    public boolean isWarnEnabled(Marker marker) {
      return true;
    }

    @Override
    public boolean isErrorEnabled() {
      return true;
    }

    @Override
    public boolean isErrorEnabled(Marker marker) {
      return true;
    }
  }
}
