package io.shardkeeper.core.execution;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.Marker;
import org.slf4j.event.Level;
import org.slf4j.helpers.AbstractLogger;
import org.slf4j.helpers.MessageFormatter;
import org.slf4j.spi.LocationAwareLogger;
import org.slf4j.spi.LoggingEventBuilder;

/**
 * What a handler logs by: it writes to the log of the application, as that is set up, and to the log of the execution, from INFO on
 * whatever is set up, DEBUG too where it is switched on. Threads share it.
 */
final class HandlerLog extends AbstractLogger {
  private static final long serialVersionUID = 1L;

  /** Behind whose frames the application looks for the line that logged. */
  private static final String CALLED_AS = AbstractLogger.class.getName();

  // What is written down of a logger is its name: who reads it gets the application's own.
  private final transient Logger application;
  private final transient RunLog runLog;

  HandlerLog(Logger application, RunLog runLog) {
    this.name = application.getName();
    this.application = application;
    this.runLog = runLog;
  }

  @Override
  protected void handleNormalizedLoggingCall(
      Level level,
      @Nullable Marker marker,
      String pattern,
      Object @Nullable [] arguments,
      @Nullable Throwable thrown) {
    if (level != Level.TRACE) {
      String text = MessageFormatter.basicArrayFormat(pattern, arguments);
      runLog.append(level, text == null ? "null" : text, thrown);
    }
    // An appender for run logs would add it once more.
    RunLog.aside(() -> forward(level, marker, pattern, arguments, thrown));
  }

  private void forward(
      Level level,
      @Nullable Marker marker,
      String pattern,
      Object @Nullable [] arguments,
      @Nullable Throwable thrown) {
    if (application instanceof LocationAwareLogger aware) {
      aware.log(marker, CALLED_AS, level.toInt(), pattern, arguments, thrown);
      return;
    }
    LoggingEventBuilder event = application.atLevel(level);
    if (marker != null) {
      event = event.addMarker(marker);
    }
    if (thrown != null) {
      event = event.setCause(thrown);
    }
    if (arguments == null) {
      event.log(pattern);
    } else {
      event.log(pattern, arguments);
    }
  }

  @Override
  protected @Nullable String getFullyQualifiedCallerName() {
    return CALLED_AS;
  }

  @Override
  public boolean isTraceEnabled() {
    return application.isTraceEnabled();
  }

  @Override
  public boolean isTraceEnabled(Marker marker) {
    return application.isTraceEnabled(marker);
  }

  @Override
  public boolean isDebugEnabled() {
    return application.isDebugEnabled();
  }

  @Override
  public boolean isDebugEnabled(Marker marker) {
    return application.isDebugEnabled(marker);
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
