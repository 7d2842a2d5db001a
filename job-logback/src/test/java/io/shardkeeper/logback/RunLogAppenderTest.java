package io.shardkeeper.logback;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.joran.JoranConfigurator;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.AppenderBase;
import ch.qos.logback.core.joran.spi.JoranException;
import io.shardkeeper.core.execution.Executions;
import io.shardkeeper.core.execution.Executions.Patience;
import io.shardkeeper.core.execution.Executions.Workshop;
import io.shardkeeper.core.execution.RunLogs;
import io.shardkeeper.core.layout.Assignment;
import io.shardkeeper.core.layout.RunId;
import io.shardkeeper.core.layout.RunPlan;
import io.shardkeeper.core.ledger.Subscription;
import io.shardkeeper.core.loop.Listeners;
import io.shardkeeper.core.loop.Loop;
import io.shardkeeper.core.mail.Told;
import io.shardkeeper.handler.Handlers;
import io.shardkeeper.handler.JobHandler;
import io.shardkeeper.handler.Result;
import io.shardkeeper.job.Job;
import java.io.ByteArrayInputStream;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

/** What reaches the log of an execution by way of Logback. */
final class RunLogAppenderTest {
  private static final String CONFIGURATION = """
      <configuration>
        <appender name="RUNS" class="io.shardkeeper.logback.RunLogAppender"/>
        <logger name="com.example.chatty" level="DEBUG"/>
        <root level="INFO">
          <appender-ref ref="RUNS"/>
        </root>
      </configuration>
      """;

  private final LoggerContext logback = (LoggerContext) LoggerFactory.getILoggerFactory();
  private final Logger library = logback.getLogger("com.example.library");
  private final List<String> kept = new ArrayList<>();
  private final List<ILoggingEvent> inTheApplication = new CopyOnWriteArrayList<>();
  private final List<String> outcomes = new ArrayList<>();
  private final HandLoop loop = new HandLoop();

  /** A loop that is turned by hand. */
  private static final class HandLoop implements Loop {
    private final Deque<Runnable> tasks = new ArrayDeque<>();

    @Override
    public long nanos() {
      return 0;
    }

    @Override
    public Instant wall() {
      return Instant.EPOCH;
    }

    @Override
    public Subscription at(long nanos, Runnable what) {
      return () -> {};
    }

    @Override
    public void execute(Runnable task) {
      tasks.add(task);
    }

    void turn() {
      while (!tasks.isEmpty()) {
        tasks.remove().run();
      }
    }
  }

  /** Keeps entries, without their times. */
  private final class Kept implements RunLogs, RunLogs.Sheet {
    @Override
    public Sheet open(Assignment what) {
      return this;
    }

    @Override
    public Optional<Page> read(String run, int shard, int attempt, long offset, int most) {
      return Optional.empty();
    }

    @Override
    public void write(byte[] entry) {
      library.error("what goes wrong with the file must not come back here");
      kept.add(new String(entry, UTF_8).strip().substring("1970-01-01T00:00:00.000Z ".length()));
    }

    @Override
    public void close() {}
  }

  private final class Heard implements Executions.Listener {
    @Override
    public void ended(Told.Ended told) {
      outcomes.add(told.outcome() + " " + told.text());
    }

    @Override
    public void returned(Told.Returned told) {}

    @Override
    public void handedBack(Told.HandedBack told) {}

    @Override
    public void slotFree() {}
  }

  @BeforeEach
  void configure() throws JoranException {
    logback.reset();
    var configurator = new JoranConfigurator();
    configurator.setContext(logback);
    configurator.doConfigure(new ByteArrayInputStream(CONFIGURATION.getBytes(UTF_8)));
    var noting = new Noting();
    noting.setContext(logback);
    noting.start();
    logback.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME).addAppender(noting);
  }

  /** An appender of the application. */
  private final class Noting extends AppenderBase<ILoggingEvent> {
    @Override
    protected void append(ILoggingEvent event) {
      // Both are looked up when they are asked for first.
      event.prepareForDeferredProcessing();
      assertThat(event.getCallerData()).isNotEmpty();
      inTheApplication.add(event);
    }
  }

  @AfterEach
  void reset() {
    logback.reset();
  }

  /** Runs a handler, on this thread. */
  private void run(JobHandler.Work work) {
    Job job = Job.builder("billing").handler("settle").cron("0 * * * * ?").build();
    var executions = new Executions(
        loop,
        new Workshop(
            (name, body) -> {
              body.run();
              return () -> {};
            },
            new Kept(),
            1_000),
        Handlers.of(JobHandler.of("settle", "Settles", work)),
        Patience.DEFAULT,
        1,
        loop::wall,
        new Heard(),
        Listeners.none());
    executions.leaseBegins(1);
    var due = Instant.EPOCH;
    var plan = new RunPlan(RunId.fire("billing", 1, due), 1, 1, due, Map.of(), RunPlan.Traits.NONE);
    executions.start(new Assignment(plan, 0, 0, 1, 0, due, 1), job, 1);
    loop.turn();
    assertThat(outcomes).containsExactly("SUCCEEDED ");
  }

  @Test
  void whatALibraryLogsOnTheThreadOfAHandlerIsInItsRun() {
    library.info("before");

    run(context -> {
      library.info("{} rows", 17);
      library.warn("slow", new IllegalStateException("very"));
      library.debug("not switched on");
      LoggerFactory.getLogger("com.example.chatty").debug("switched on");
      return Result.ok();
    });
    library.info("after");

    assertThat(kept).hasSize(3);
    assertThat(kept.get(0)).isEqualTo("INFO  com.example.library: 17 rows");
    assertThat(kept.get(1))
        .startsWith("WARN  com.example.library: slow\n    java.lang.IllegalStateException: very\n");
    assertThat(kept.get(2)).isEqualTo("DEBUG com.example.chatty: switched on");
  }

  @Test
  void whatAHandlerLogsIsThereOnceHereAndThere() {
    run(context -> {
      context.log().info("settled {}", 17);
      context.log().error("no answer", new IllegalStateException("late"));
      return Result.ok();
    });

    assertThat(kept).hasSize(2);
    assertThat(kept.get(0)).isEqualTo("INFO  settled 17");
    assertThat(inTheApplication)
        .filteredOn(event -> event.getLoggerName().equals("io.shardkeeper.job.billing"))
        .extracting(ILoggingEvent::getFormattedMessage)
        .containsExactly("settled 17", "no answer");
    assertThat(inTheApplication.get(0).getMDCPropertyMap()).containsEntry("job", "billing");
  }

  @Test
  void theApplicationKnowsWhichLineHasLogged() {
    run(context -> {
      context.log().info("here");
      return Result.ok();
    });

    assertThat(inTheApplication)
        .filteredOn(event -> event.getMessage().equals("here"))
        .allSatisfy(event -> assertThat(event.getCallerData()[0].getClassName())
            .isEqualTo(RunLogAppenderTest.class.getName()))
        .hasSize(1);
  }

  @Test
  void whatOtherThreadsLogIsNotInTheRun() {
    run(context -> {
      var other = new Thread(() -> library.info("of somebody else"));
      other.start();
      other.join();
      var own = new Thread(() -> context.log().info("by its context"));
      own.start();
      own.join();
      return Result.ok();
    });

    assertThat(kept).containsExactly("INFO  by its context");
    assertThat(inTheApplication)
        .extracting(ILoggingEvent::getFormattedMessage)
        .contains("of somebody else", "by its context");
  }

  @Test
  void allLevelsHaveTheirNames() {
    library.setLevel(Level.TRACE);

    run(context -> {
      library.trace("a");
      library.debug("b");
      library.error("c");
      library.warn("d");
      return Result.ok();
    });

    assertThat(kept)
        .containsExactly(
            "TRACE com.example.library: a",
            "DEBUG com.example.library: b",
            "ERROR com.example.library: c",
            "WARN  com.example.library: d");
  }
}
