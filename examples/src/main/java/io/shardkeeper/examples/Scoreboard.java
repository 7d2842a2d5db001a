package io.shardkeeper.examples;

import java.io.PrintStream;
import java.time.LocalTime;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.Locale;

/** Aligned lines: when, who, what, and more about it. Threads share it. */
final class Scoreboard {
  private static final DateTimeFormatter TIME =
      DateTimeFormatter.ofPattern("HH:mm:ss", Locale.ROOT);

  private final PrintStream out;

  Scoreboard(PrintStream out) {
    this.out = out;
  }

  /** Something happened now. */
  synchronized void line(String who, String what, String more) {
    out.printf(
        "%s  %-5s  %-13s  %s%n",
        LocalTime.now(ZoneId.systemDefault()).format(TIME), who, what, more);
    out.flush();
  }

  /** Something to read. */
  synchronized void text(String... lines) {
    for (String line : lines) {
      out.println(line);
    }
    out.flush();
  }
}
