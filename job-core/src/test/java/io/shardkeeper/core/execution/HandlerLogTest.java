package io.shardkeeper.core.execution;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.slf4j.Logger;
import org.slf4j.Marker;
import org.slf4j.event.Level;
import org.slf4j.helpers.AbstractLogger;
import org.slf4j.helpers.BasicMarkerFactory;
import org.slf4j.spi.LocationAwareLogger;

/** What of a handler's words reaches the application's log, and what the run's. */
final class HandlerLogTest {
  private static final Marker MARKER = new BasicMarkerFactory().getMarker("AUDIT");

  private final List<String> inTheApplication = new ArrayList<>();
  private final RunLog runLog = new RunLog(() -> Instant.EPOCH, 1_000, RunLogs.Sheet.NONE);

  /** A log of an application in which a level is switched on, and what is above it. */
  private class Application extends AbstractLogger {
    private static final long serialVersionUID = 1L;
    private final Level least;

    Application(Level least) {
      this.least = least;
      this.name = "application";
    }

    @Override
    protected @Nullable String getFullyQualifiedCallerName() {
      return null;
    }

    @Override
    protected void handleNormalizedLoggingCall(
        Level level,
        @Nullable Marker marker,
        String pattern,
        Object @Nullable [] arguments,
        @Nullable Throwable thrown) {
      note(level, marker, pattern, arguments, thrown);
    }

    private boolean isOn(Level level) {
      return level.toInt() >= least.toInt();
    }

    @Override
    public boolean isTraceEnabled() {
      return isOn(Level.TRACE);
    }

    @Override
    public boolean isTraceEnabled(@Nullable Marker marker) {
      return isOn(Level.TRACE);
    }

    @Override
    public boolean isDebugEnabled() {
      return isOn(Level.DEBUG);
    }

    @Override
    public boolean isDebugEnabled(@Nullable Marker marker) {
      return isOn(Level.DEBUG);
    }

    @Override
    public boolean isInfoEnabled() {
      return isOn(Level.INFO);
    }

    @Override
    public boolean isInfoEnabled(@Nullable Marker marker) {
      return isOn(Level.INFO);
    }

    @Override
    public boolean isWarnEnabled() {
      return isOn(Level.WARN);
    }

    @Override
    public boolean isWarnEnabled(@Nullable Marker marker) {
      return isOn(Level.WARN);
    }

    @Override
    public boolean isErrorEnabled() {
      return isOn(Level.ERROR);
    }

    @Override
    public boolean isErrorEnabled(@Nullable Marker marker) {
      return isOn(Level.ERROR);
    }
  }

  /** One that wants to know who logs. */
  private final class Aware extends Application implements LocationAwareLogger {
    private static final long serialVersionUID = 1L;

    Aware() {
      super(Level.INFO);
    }

    @Override
    public void log(
        @Nullable Marker marker,
        String calledAs,
        int level,
        String pattern,
        Object @Nullable [] arguments,
        @Nullable Throwable thrown) {
      assertThat(calledAs).isEqualTo(AbstractLogger.class.getName());
      note(Level.intToLevel(level), marker, pattern, arguments, thrown);
    }
  }

  private void note(
      Level level,
      @Nullable Marker marker,
      String pattern,
      Object @Nullable [] arguments,
      @Nullable Throwable thrown) {
    assertThat(RunLog.ofThisThread()).as("nobody may add it once more").isEmpty();
    inTheApplication.add(level + " " + (marker == null ? "" : marker + " ") + pattern
        + (arguments == null || arguments.length == 0 ? "" : Arrays.toString(arguments))
        + (thrown == null ? "" : " " + thrown.getMessage()));
  }

  private String saidInTheRun() {
    return runLog.tail().replace("1970-01-01T00:00:00.000Z ", "");
  }

  @Test
  void fromInfoOnTheRunHearsAllWhateverTheApplicationWants() {
    var log = new HandlerLog(new Application(Level.ERROR), runLog);

    log.trace("a");
    log.debug("b");
    log.info("c");
    log.warn(MARKER, "d {}", 1);
    log.error("e {} {}", 1, 2);

    assertThat(saidInTheRun()).isEqualTo("INFO  c\nWARN  d 1\nERROR e 1 2");
    assertThat(inTheApplication).containsExactly("ERROR e {} {}[1, 2]");
    assertThat(log.isTraceEnabled(MARKER)).isFalse();
    assertThat(log.isDebugEnabled(MARKER)).isFalse();
    assertThat(log.isInfoEnabled(MARKER)).isTrue();
    assertThat(log.isWarnEnabled()).isTrue();
    assertThat(log.isErrorEnabled(MARKER)).isTrue();
    assertThat(log.isErrorEnabled()).isTrue();
  }

  @Test
  void whatIsSwitchedOnForDetailsIsHeardOfThemAndNeverOfSteps() {
    var log = new HandlerLog(new Application(Level.TRACE), runLog);

    log.trace("a");
    log.debug("b");

    assertThat(saidInTheRun()).isEqualTo("DEBUG b");
    assertThat(inTheApplication).containsExactly("TRACE a", "DEBUG b");
  }

  @Test
  void markersAndExceptionsReachTheApplication() {
    var thrown = new IllegalStateException("late");
    runLog.begin(); // as in a handler
    try {
      new HandlerLog(new Aware(), runLog).warn(MARKER, "a {}", 1, thrown);
      assertThat(RunLog.ofThisThread()).isPresent();
    } finally {
      runLog.end();
    }
    new HandlerLog(new Application(Level.INFO), runLog).info(MARKER, "b", thrown);

    assertThat(inTheApplication).containsExactly("WARN AUDIT a {}[1] late", "INFO AUDIT b late");
  }

  @Test
  void aTextThatIsNoneHarmsNobody() {
    Logger log = new HandlerLog(new Application(Level.INFO), runLog);
    String none = System.getProperty("no.such.property");

    log.info(String.valueOf(none));
    log.info("{}", (Object) null);

    assertThat(saidInTheRun()).isEqualTo("INFO  null\nINFO  null");
  }
}
