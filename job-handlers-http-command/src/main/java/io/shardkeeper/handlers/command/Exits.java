package io.shardkeeper.handlers.command;

import io.shardkeeper.core.json.Fields;
import io.shardkeeper.text.Quote;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What the codes mean with which a program ends. 0 is ok and all others fail, unless the file of the instance says otherwise. Immutable.
 *
 * @param byCode what the file says
 */
record Exits(Map<Integer, Exit> byCode) {
  /** What one code means. */
  record Exit(boolean ok, String text) {}

  private static final Pattern CODE = Pattern.compile("[0-9]{1,3}");
  private static final Pattern MEANING = Pattern.compile("(ok|failed)(?:: *(.{1,200}))?");
  private static final int HIGHEST = 255;

  /** A program that a signal ended has 128 and the number of the signal, as in shells and for Java. */
  private static final int SIGNALLED = 128;

  /** The names as Linux numbers them. */
  private static final Map<Integer, String> SIGNALS = Map.ofEntries(
      Map.entry(1, "SIGHUP"),
      Map.entry(2, "SIGINT"),
      Map.entry(3, "SIGQUIT"),
      Map.entry(4, "SIGILL"),
      Map.entry(5, "SIGTRAP"),
      Map.entry(6, "SIGABRT"),
      Map.entry(7, "SIGBUS"),
      Map.entry(8, "SIGFPE"),
      Map.entry(9, "SIGKILL"),
      Map.entry(10, "SIGUSR1"),
      Map.entry(11, "SIGSEGV"),
      Map.entry(12, "SIGUSR2"),
      Map.entry(13, "SIGPIPE"),
      Map.entry(14, "SIGALRM"),
      Map.entry(15, "SIGTERM"),
      Map.entry(24, "SIGXCPU"),
      Map.entry(25, "SIGXFSZ"),
      Map.entry(31, "SIGSYS"));

  Exits {
    byCode = Map.copyOf(byCode);
  }

  /** Reads {@code "exits": {"3": "ok: there was nothing to do"}}. */
  static Exits read(Fields fields) {
    Map<String, String> written = fields.texts("exits");
    Map<Integer, Exit> byCode = new TreeMap<>();
    written.forEach((code, meaning) -> fields.attempt(
        "exits." + Quote.of(code),
        () -> {
          byCode.put(code(code), meaning(meaning));
          return true;
        },
        false));
    return new Exits(byCode);
  }

  private static int code(String text) {
    int code = CODE.matcher(text).matches() ? Integer.parseInt(text) : HIGHEST + 1;
    if (code > HIGHEST) {
      throw new IllegalArgumentException(
          "is no code with which a program ends; these are numbers from 0 to " + HIGHEST);
    }
    return code;
  }

  private static Exit meaning(String text) {
    Matcher meaning = MEANING.matcher(text);
    if (!meaning.matches()) {
      throw new IllegalArgumentException("found '" + Quote.of(text)
          + "'; 'ok', 'failed', or one of them with a text such as 'ok: nothing to do' comes here");
    }
    String words = meaning.group(2);
    return new Exit(meaning.group(1).equals("ok"), words == null ? "" : words);
  }

  /** Whether a code is a good end. */
  boolean ok(int code) {
    Exit exit = byCode.get(code);
    return exit == null ? code == 0 : exit.ok();
  }

  /** How it ended, in words. */
  String told(int code) {
    Exit exit = byCode.get(code);
    if (exit != null && !exit.text().isEmpty()) {
      return "ended with code " + code + " (" + exit.text() + ")";
    }
    String signal = SIGNALS.get(code - SIGNALLED);
    return signal == null
        ? "ended with code " + code
        : "was ended by " + signal + " (code " + code + ")";
  }
}
