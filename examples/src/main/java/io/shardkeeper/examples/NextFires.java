package io.shardkeeper.examples;

import io.shardkeeper.cron.Finding;
import io.shardkeeper.trigger.CronTrigger;
import io.shardkeeper.trigger.Preview;
import io.shardkeeper.trigger.Trigger;
import java.io.PrintStream;
import java.time.Clock;
import java.time.Instant;
import java.time.InstantSource;

/**
 * Prints the next ten fires of a cron expression in a time zone, or explains what is wrong with it.
 *
 * <pre>{@code java -cp ... io.shardkeeper.examples.NextFires '0 30 2 * * ?' Europe/Berlin}</pre>
 */
public final class NextFires {
  private static final int FIRES = 10;

  private final InstantSource clock;
  private final PrintStream out;

  NextFires(InstantSource clock, PrintStream out) {
    this.clock = clock;
    this.out = out;
  }

  /** Takes an expression and a zone; without them it shows two expressions of its own, one of them wrong. */
  public static void main(String[] args) {
    boolean good = new NextFires(Clock.systemUTC(), System.out).run(args);
    System.exit(good ? 0 : 1);
  }

  boolean run(String... args) {
    if (args.length > 2) {
      out.println(
          "Two words are read, an expression and a zone: put the expression in quotation marks, as '0 30 2 * * ?'");
      return false;
    }
    if (args.length > 0) {
      return explain(args[0], args.length > 1 ? args[1] : "UTC");
    }
    boolean good = explain("0 30 2 ? * MON-FRI", "Europe/Berlin");
    out.println();
    boolean bad = explain("0 0 25 * * ?", "Europe/Berlin");
    return good && !bad;
  }

  private boolean explain(String expression, String zone) {
    Trigger trigger;
    try {
      trigger = Trigger.cron(expression, zone).forJob("example");
    } catch (IllegalArgumentException e) {
      out.println(e.getMessage());
      return false;
    }
    Instant now = clock.instant();
    out.println("The next fires of '" + expression + "' in " + zone + ":");
    for (Preview.Line line : Preview.of(trigger, now, FIRES)) {
      out.println("  " + line);
    }
    if (trigger instanceof CronTrigger cron) {
      for (Finding finding : cron.lint(now)) {
        out.println("  note: " + finding.message());
      }
    }
    return true;
  }
}
