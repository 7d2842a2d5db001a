package io.shardkeeper.handlers.http;

import io.shardkeeper.handler.Cancellation;
import io.shardkeeper.handler.Progress;
import io.shardkeeper.handler.Shard;
import io.shardkeeper.handler.ShardingContext;
import io.shardkeeper.run.TraceContext;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.CopyOnWriteArrayList;
import org.slf4j.Logger;
import org.slf4j.Marker;
import org.slf4j.event.Level;
import org.slf4j.helpers.LegacyAbstractLogger;
import org.slf4j.helpers.MessageFormatter;

/** An execution as a test plays it: shard 2 of 5 of a run, with a log that can be read and an end that can be asked for. */
final class Played implements ShardingContext {
  final Notebook notes = new Notebook();
  final Ending ending = new Ending();
  private final Map<String, String> parameters;
  private int attempt = 1;
  private TraceContext trace = TraceContext.NONE;

  private Played(Map<String, String> parameters) {
    this.parameters = parameters;
  }

  /** With parameters: names and values in turn. */
  static Played with(String... namesAndValues) {
    Map<String, String> parameters = new TreeMap<>();
    for (int i = 0; i < namesAndValues.length; i += 2) {
      parameters.put(namesAndValues[i], namesAndValues[i + 1]);
    }
    return new Played(parameters);
  }

  Played attempt(int number) {
    attempt = number;
    return this;
  }

  Played trace(TraceContext of) {
    trace = of;
    return this;
  }

  @Override
  public Shard shard() {
    return new Shard(2, 5, "eu west");
  }

  @Override
  public String jobName() {
    return "billing";
  }

  @Override
  public String runId() {
    return "billing.2a7.f.lx3";
  }

  @Override
  public Instant scheduledAt() {
    return Instant.parse("2026-11-21T02:30:00Z");
  }

  @Override
  public Instant dataTime() {
    return scheduledAt();
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
    return attempt;
  }

  @Override
  public long token() {
    return 4711;
  }

  @Override
  public Map<String, String> parameters() {
    return parameters;
  }

  @Override
  public Cancellation cancellation() {
    return ending;
  }

  @Override
  public Progress progress() {
    throw new UnsupportedOperationException();
  }

  @Override
  public Logger log() {
    return notes;
  }

  /** An end that a test asks for. */
  static final class Ending implements Cancellation {
    private final List<Runnable> actions = new ArrayList<>();
    private boolean requested;

    void request() {
      List<Runnable> now;
      synchronized (this) {
        requested = true;
        now = List.copyOf(actions);
      }
      now.forEach(Runnable::run);
    }

    @Override
    public synchronized boolean isRequested() {
      return requested;
    }

    @Override
    public Optional<Reason> reason() {
      return isRequested() ? Optional.of(Reason.KILLED) : Optional.empty();
    }

    @Override
    public void onRequest(Runnable action) {
      boolean now;
      synchronized (this) {
        now = requested;
        actions.add(action);
      }
      if (now) {
        action.run();
      }
    }
  }

  /** The log of a run, as lines. */
  static final class Notebook extends LegacyAbstractLogger {
    private static final long serialVersionUID = 1;

    private final CopyOnWriteArrayList<String> lines = new CopyOnWriteArrayList<>();

    List<String> lines() {
      return List.copyOf(lines);
    }

    @Override
    protected void handleNormalizedLoggingCall(
        Level level, Marker marker, String message, Object[] arguments, Throwable throwable) {
      lines.add(MessageFormatter.basicArrayFormat(message, arguments));
    }

    @Override
    protected String getFullyQualifiedCallerName() {
      return "";
    }

    @Override
    public boolean isTraceEnabled() {
      return true;
    }

    @Override
    public boolean isDebugEnabled() {
      return true;
    }

    @Override
    public boolean isInfoEnabled() {
      return true;
    }

    @Override
    public boolean isWarnEnabled() {
      return true;
    }

    @Override
    public boolean isErrorEnabled() {
      return true;
    }
  }
}
