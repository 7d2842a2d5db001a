package io.shardkeeper.benchmarks;

import com.cronutils.model.CronType;
import com.cronutils.model.definition.CronDefinitionBuilder;
import com.cronutils.model.time.ExecutionTime;
import com.cronutils.parser.CronParser;
import io.shardkeeper.cron.Cron;
import io.shardkeeper.trigger.CronTrigger;
import io.shardkeeper.trigger.Trigger;
import java.text.ParseException;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZonedDateTime;
import java.util.Date;
import java.util.TimeZone;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/**
 * The next fire after a fire, as a scheduler asks for it: each engine walks from one to the next through ten years, in its own
 * types, and begins again.
 */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 200, timeUnit = TimeUnit.MILLISECONDS)
@Measurement(iterations = 5, time = 200, timeUnit = TimeUnit.MILLISECONDS)
@Fork(1)
public class CronBenchmark {
  private static final Instant START = Instant.parse("2026-01-01T00:00:00Z");
  private static final Instant END = Instant.parse("2036-06-01T00:00:00Z");

  /** Ours. */
  @State(Scope.Thread)
  public static class Shardkeeper {
    /** The expression. */
    @Param("0 * * * * ?")
    public String expression = "";

    /** The zone. */
    @Param({"UTC", "Europe/Berlin"})
    public String zone = "";

    CronTrigger trigger = Trigger.cron(Cron.parse("* * * * *"), ZoneId.of("UTC"));
    Instant at = START;

    /** Reads the expression. */
    @Setup
    public void read() {
      trigger = Trigger.cron(Cron.quartz(expression), ZoneId.of(zone));
    }
  }

  /** Quartz. */
  @State(Scope.Thread)
  public static class Quartz {
    /** The expression. */
    @Param("0 * * * * ?")
    public String expression = "";

    /** The zone. */
    @Param({"UTC", "Europe/Berlin"})
    public String zone = "";

    org.quartz.CronExpression cron;
    Date at = Date.from(START);
    final Date end = Date.from(END);

    /** Reads the expression. */
    @Setup
    public void read() throws ParseException {
      cron = new org.quartz.CronExpression(expression);
      cron.setTimeZone(TimeZone.getTimeZone(zone));
    }
  }

  /** Spring. */
  @State(Scope.Thread)
  public static class Spring {
    /** The expression. */
    @Param("0 * * * * ?")
    public String expression = "";

    /** The zone. */
    @Param({"UTC", "Europe/Berlin"})
    public String zone = "";

    org.springframework.scheduling.support.CronExpression cron;
    ZonedDateTime start;
    ZonedDateTime end;
    ZonedDateTime at;

    /** Reads the expression. */
    @Setup
    public void read() {
      cron = org.springframework.scheduling.support.CronExpression.parse(expression);
      start = START.atZone(ZoneId.of(zone));
      end = END.atZone(ZoneId.of(zone));
      at = start;
    }
  }

  /** cron-utils. */
  @State(Scope.Thread)
  public static class CronUtils {
    /** The expression. */
    @Param("0 * * * * ?")
    public String expression = "";

    /** The zone. */
    @Param({"UTC", "Europe/Berlin"})
    public String zone = "";

    ExecutionTime cron;
    ZonedDateTime start;
    ZonedDateTime end;
    ZonedDateTime at;

    /** Reads the expression. */
    @Setup
    public void read() {
      var parser = new CronParser(CronDefinitionBuilder.instanceDefinitionFor(CronType.QUARTZ));
      cron = ExecutionTime.forCron(parser.parse(expression));
      start = START.atZone(ZoneId.of(zone));
      end = END.atZone(ZoneId.of(zone));
      at = start;
    }
  }

  /** One step. */
  @Benchmark
  public Instant shardkeeper(Shardkeeper state) {
    Instant next = state.trigger.after(state.at);
    state.at = next.isBefore(END) ? next : START;
    return next;
  }

  /** One step. */
  @Benchmark
  public Date quartz(Quartz state) {
    Date next = state.cron.getNextValidTimeAfter(state.at);
    state.at = next.before(state.end) ? next : Date.from(START);
    return next;
  }

  /** One step. */
  @Benchmark
  public ZonedDateTime spring(Spring state) {
    ZonedDateTime next = state.cron.next(state.at);
    state.at = next.isBefore(state.end) ? next : state.start;
    return next;
  }

  /** One step. */
  @Benchmark
  public ZonedDateTime cronUtils(CronUtils state) {
    ZonedDateTime next = state.cron.nextExecution(state.at).orElse(state.end);
    state.at = next.isBefore(state.end) ? next : state.start;
    return next;
  }
}
