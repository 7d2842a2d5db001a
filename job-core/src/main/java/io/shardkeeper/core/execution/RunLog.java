package io.shardkeeper.core.execution;

import java.nio.charset.StandardCharsets;
import java.time.InstantSource;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeFormatterBuilder;
import java.util.Locale;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.event.Level;

/**
 * What one execution says while it runs: entry by entry it goes to where the instance keeps such things, and the end of it stays in
 * memory. Threads share it: a handler may have several.
 *
 * <pre>
 *   2026-11-22T09:50:52.123Z INFO  settled 17 accounts
 *   2026-11-22T09:50:52.340Z ERROR no answer
 *       java.net.SocketTimeoutException: Read timed out        further lines are indented: no text can look like an entry
 *         at com.example.Bank.ask(Bank.java:80)
 * </pre>
 */
public final class RunLog {
  /** What is kept of the text of one entry, in bytes. */
  public static final int ENTRY_BYTES = 8 * 1024;

  /** What is kept of the exception of one entry, in bytes. */
  public static final int TRACE_BYTES = 16 * 1024;

  /** What stays in memory of an execution, unless said otherwise, in bytes. */
  public static final int TAIL_BYTES = 1_000;

  private static final DateTimeFormatter WHEN =
      new DateTimeFormatterBuilder().appendInstant(3).toFormatter(Locale.ROOT);
  private static final String INDENT = "\n    ";

  /**
   * Which execution the handler on a thread belongs to. It is static because an appender, which the application's logging makes out of a
   * file, has no other way to find it; one thread works for one execution at a time, so that two engines in a process do not meet.
   */
  private static final ThreadLocal<RunLog> OF_THIS_THREAD = new ThreadLocal<>();

  private final InstantSource clock;
  private final Tail tail;
  private final RunLogs.Sheet sheet;
  private volatile boolean closed;

  /**
   * Nothing is said.
   *
   * @param clock is read on any thread
   */
  RunLog(InstantSource clock, int tailBytes, RunLogs.Sheet sheet) {
    this.clock = clock;
    this.tail = new Tail(tailBytes);
    this.sheet = sheet;
  }

  /** The one of the execution whose handler works on this thread. Nothing on other threads, even if the handler has made them. */
  public static Optional<RunLog> ofThisThread() {
    return Optional.ofNullable(OF_THIS_THREAD.get());
  }

  /** Runs something on this thread that says nothing here: what it logs is here already, or is about how this is kept. */
  static void aside(Runnable what) {
    RunLog own = OF_THIS_THREAD.get();
    if (own == null) {
      what.run();
      return;
    }
    OF_THIS_THREAD.remove();
    try {
      what.run();
    } finally {
      OF_THIS_THREAD.set(own);
    }
  }

  /** The handler begins, on this thread. */
  void begin() {
    OF_THIS_THREAD.set(this);
  }

  /** The handler has returned, on this thread. */
  void end() {
    OF_THIS_THREAD.remove();
    close();
  }

  /** Nothing more comes; what comes all the same, from threads that the handler has left behind, is not kept. */
  void close() {
    closed = true;
    sheet.close();
  }

  /** Adds an entry. It never throws, whatever it is given. */
  public void append(Level level, String text, @Nullable Throwable thrown) {
    if (closed) {
      return;
    }
    byte[] entry = entry(level, text, thrown).getBytes(StandardCharsets.UTF_8);
    tail.add(entry);
    aside(() -> sheet.write(entry));
  }

  private String entry(Level level, String text, @Nullable Throwable thrown) {
    var entry = new StringBuilder(32 + text.length());
    WHEN.formatTo(clock.instant(), entry);
    entry.append(' ').append(level).append(level.name().length() < 5 ? "  " : " ");
    String safe = isPlain(text) ? text : SafeText.logged(text, ENTRY_BYTES).replace("\n", INDENT);
    entry.append(safe);
    if (thrown != null) {
      entry.append(INDENT).append(SafeText.trace(thrown, TRACE_BYTES).replace("\n", INDENT));
    }
    return entry.append('\n').toString();
  }

  /** Whether nothing is to be done to a text, which is the rule, and saves looking at each character for what it costs. */
  private static boolean isPlain(String text) {
    if (text.length() > ENTRY_BYTES) {
      return false;
    }
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c < ' ' || c > '~') {
        return false;
      }
    }
    return true;
  }

  /** The last that was said, with a mark where it begins if something was said before. */
  public String tail() {
    return tail.text();
  }
}
