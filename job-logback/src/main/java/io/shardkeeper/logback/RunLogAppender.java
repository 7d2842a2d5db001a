package io.shardkeeper.logback;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.IThrowableProxy;
import ch.qos.logback.classic.spi.ThrowableProxy;
import ch.qos.logback.core.UnsynchronizedAppenderBase;
import io.shardkeeper.core.execution.RunLog;
import org.jspecify.annotations.Nullable;

/**
 * Adds what is logged on the thread of a handler, by whatever code, to the log of its execution, with the name of the logger before it.
 * What a handler logs by its context is there already, and is not added again.
 *
 * <pre>{@code
 * <appender name="RUNS" class="io.shardkeeper.logback.RunLogAppender"/>
 * <root level="INFO">
 *   <appender-ref ref="RUNS"/>
 * </root>
 * }</pre>
 *
 * <p>It must be called on the thread that logs, so it cannot stand behind an {@code AsyncAppender}. Threads share it, and none waits for
 * another: each writes to the file of its own execution.
 */
public final class RunLogAppender extends UnsynchronizedAppenderBase<ILoggingEvent> {
  /** Made by Logback. */
  public RunLogAppender() {}

  @Override
  protected void append(ILoggingEvent event) {
    RunLog.ofThisThread()
        .ifPresent(log -> log.append(
            level(event.getLevel()),
            event.getLoggerName() + ": " + event.getFormattedMessage(),
            thrown(event.getThrowableProxy())));
  }

  private static org.slf4j.event.Level level(Level level) {
    return org.slf4j.event.Level.valueOf(
        level.toString()); // an event has one of the five that both have
  }

  /** What was thrown, as long as it is known: an event that comes from another process has but its description. */
  private static @Nullable Throwable thrown(@Nullable IThrowableProxy told) {
    return told instanceof ThrowableProxy known ? known.getThrowable() : null;
  }
}
