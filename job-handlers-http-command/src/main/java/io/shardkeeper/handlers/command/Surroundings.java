package io.shardkeeper.handlers.command;

import io.shardkeeper.config.Amount;
import io.shardkeeper.core.json.Fields;
import io.shardkeeper.handlers.process.Account;
import io.shardkeeper.handlers.process.Limits;
import io.shardkeeper.handlers.process.Machine;
import io.shardkeeper.handlers.process.Uid;
import io.shardkeeper.text.Quote;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * In what a program runs, and how long and how loudly it may. Immutable.
 *
 * @param environment variables and their values
 * @param inherit variables that it sees as this process does
 * @param directory where it runs; null for a fresh directory, which is gone afterwards
 * @param timeout how long it may take
 * @param grace how long it may take to end when it is asked to
 * @param output bytes of its output that are kept
 * @param exits what its codes mean
 * @param account as whom it runs; null for the account of this process
 * @param limits what the kernel lets it have
 */
record Surroundings(
    Map<String, String> environment,
    List<String> inherit,
    @Nullable Path directory,
    Duration timeout,
    Duration grace,
    long output,
    Exits exits,
    @Nullable Account account,
    Limits limits) {
  static final Duration TIMEOUT = Duration.ofHours(1);
  static final Duration LONGEST_TIMEOUT = io.shardkeeper.job.Limits.WAIT;
  static final Duration GRACE = Duration.ofSeconds(5);
  static final Duration LONGEST_GRACE = Duration.ofMinutes(10);
  static final long OUTPUT = 64 * 1024;
  static final long MOST_OUTPUT = 16 * 1024 * 1024;

  private static final Pattern VARIABLE = Pattern.compile("[A-Za-z_][A-Za-z0-9_]{0,99}");
  private static final Pattern OURS =
      Pattern.compile("SHARDKEEPER_.*|TRACEPARENT|TRACESTATE", Pattern.CASE_INSENSITIVE);

  /**
   * What the C library of a program, and not the program itself, is led by: to code, to texts with places, to files. It ignores these itself in
   * programs that gain privileges. TMPDIR is not among them: nothing that runs as root here makes a file there.
   */
  private static final Pattern LEADS = Pattern.compile(
      "LD_.*|MALLOC_.*|GLIBC_TUNABLES|GCONV_PATH|GETCONF_DIR|LANGUAGE|LOCPATH|NLSPATH"
          + "|HOSTALIASES|LOCALDOMAIN|RES_OPTIONS|RESOLV_HOST_CONF|NIS_PATH|TZDIR");

  private static final Pattern ACCOUNT = Pattern.compile("[A-Za-z0-9_][A-Za-z0-9_.-]{0,63}");
  private static final Path ACCOUNTS = Path.of("/etc/passwd");
  private static final long LEAST_MEMORY = 1024 * 1024;
  private static final Account NOBODY = new Account("nobody", "nogroup");

  Surroundings {
    environment = Map.copyOf(environment);
    inherit = List.copyOf(inherit);
  }

  /** Reads what a command and scripts have in common; all mistakes are reported. */
  static Surroundings read(Fields fields, Machine machine) {
    Map<String, String> environment = fields.texts("environment");
    environment.forEach((name, value) -> fields.attempt(
        "environment",
        () -> {
          variable(name, fields.has("user"));
          if (value.indexOf(0) >= 0) {
            throw new IllegalArgumentException("the value of " + name + " has a NUL");
          }
          return name;
        },
        name));
    List<String> inherit = fields.list("inherit", "names of variables", name -> name);
    inherit.forEach(
        name -> fields.attempt("inherit", () -> variable(name, fields.has("user")), name));
    return new Surroundings(
        environment,
        inherit,
        directory(fields),
        duration(fields, "timeout", TIMEOUT, Duration.ofMillis(1), LONGEST_TIMEOUT),
        duration(fields, "grace", GRACE, Duration.ZERO, LONGEST_GRACE),
        size(fields, "output", OUTPUT, MOST_OUTPUT),
        Exits.read(fields),
        account(fields, machine),
        fields.nested("limits", limits -> limits(limits, machine), Limits.NONE));
  }

  private static String variable(String name, boolean asSomebodyElse) {
    if (!VARIABLE.matcher(name).matches()) {
      throw new IllegalArgumentException(
          "found '" + Quote.of(name)
              + "'; the name of a variable has letters, digits and underscores, and begins with no digit");
    }
    if (OURS.matcher(name).matches()) {
      throw new IllegalArgumentException("found " + name
          + ", which tells a program what it runs for; another name may be chosen freely");
    }
    // setpriv and its like see the same variables as the program, and are root until it begins.
    if (asSomebodyElse && LEADS.matcher(name).matches()) {
      throw new IllegalArgumentException(
          "found " + name
              + ", by which that user could lead what still runs as root before the program, so that it is not given beside 'user'; a script that sets it and starts the program may be the program");
    }
    return name;
  }

  private static @Nullable Path directory(Fields fields) {
    if (!fields.has("directory")) {
      return null;
    }
    String text = fields.text("directory", "/");
    return fields.attempt(
        "directory",
        () -> {
          Path directory = path(text);
          if (!Files.isDirectory(directory)) {
            throw new IllegalArgumentException(
                "found " + Quote.of(text) + ", which is no directory; it is not made here");
          }
          return directory;
        },
        Path.of("/"));
  }

  /** A path that means the same wherever this process was started. */
  static Path path(String text) {
    try {
      Path path = Path.of(text);
      if (path.isAbsolute()) {
        return path.normalize();
      }
    } catch (InvalidPathException e) {
      // Told below, with what would be right.
    }
    throw new IllegalArgumentException("found '" + Quote.of(text)
        + "'; an absolute path comes here, such as /usr/local/bin/backup");
  }

  /** A program that can be started. */
  static Path program(String text) {
    Path program = path(text);
    if (!Files.exists(program)) {
      throw new IllegalArgumentException("found " + Quote.of(text) + ", which does not exist");
    }
    if (!Files.isRegularFile(program)) {
      throw new IllegalArgumentException("found " + Quote.of(text) + ", which is no file");
    }
    if (!Files.isExecutable(program)) {
      throw new IllegalArgumentException(
          "found " + Quote.of(text) + ", which this process may not execute; chmod a+x allows it");
    }
    return program;
  }

  static Duration duration(
      Fields fields, String name, Duration otherwise, Duration least, Duration most) {
    Duration found = fields.parsed(name, Amount.DURATION, Amount::duration, otherwise);
    return fields.attempt(
        name,
        () -> {
          if (found.compareTo(least) < 0 || found.compareTo(most) > 0) {
            throw new IllegalArgumentException(
                "found " + found + "; it runs from " + least + " to " + most);
          }
          return found;
        },
        otherwise);
  }

  static long size(Fields fields, String name, long otherwise, long most) {
    return size(fields, name, otherwise, 1, most);
  }

  private static long size(Fields fields, String name, long otherwise, long least, long most) {
    long found = fields.parsed(name, Amount.SIZE, Amount::size, otherwise);
    return range(fields, name, found, otherwise, least, most);
  }

  private static long range(
      Fields fields, String name, long found, long otherwise, long least, long most) {
    return fields.attempt(
        name,
        () -> {
          if (found < least || found > most) {
            throw new IllegalArgumentException(
                "found " + found + "; it runs from " + least + " to " + most);
          }
          return found;
        },
        otherwise);
  }

  private static @Nullable Account account(Fields fields, Machine machine) {
    if (!fields.has("user")) {
      if (fields.has("group")) {
        String group = fields.text("group", "");
        refuse(
            fields,
            "group",
            "found '" + Quote.of(group) + "' without a user; a group stands beside one");
      }
      return null;
    }
    String user = fields.text("user", NOBODY.user());
    String group = fields.text("group", "");
    if (!machine.has("setpriv")) {
      refuse(fields, "user", "needs setpriv of util-linux, which this machine does not have");
    } else if (machine.uid() != Uid.ROOT) {
      refuse(
          fields,
          "user",
          "only root can run a program as somebody else, and this process is not root; leave it out to run it as this process");
    }
    return fields.attempt("user", () -> account(user, group, ACCOUNTS), NOBODY);
  }

  static Account account(String user, String group, Path accounts) {
    if (!ACCOUNT.matcher(user).matches()
        || !(group.isEmpty() || ACCOUNT.matcher(group).matches())) {
      throw new IllegalArgumentException(
          "found '" + Quote.of(user) + "' and '" + Quote.of(group) + "', which are no names");
    }
    try (var lines = Files.lines(accounts, StandardCharsets.ISO_8859_1)) {
      String line = lines
          .filter(account -> account.startsWith(user + ":"))
          .findFirst()
          .orElseThrow(() -> new IllegalArgumentException(
              "found '" + user + "', whom " + accounts + " does not know"));
      return new Account(user, group.isEmpty() ? line.split(":", -1)[3] : group);
    } catch (IOException | UncheckedIOException | IndexOutOfBoundsException e) {
      throw new IllegalArgumentException("cannot be looked up in " + accounts + ": " + e, e);
    }
  }

  private static Limits limits(Fields fields, Machine machine) {
    if (!machine.has("prlimit")) {
      throw new IllegalArgumentException(
          "needs prlimit of util-linux, which this machine does not have; leave it out");
    }
    long memory = fields.has("memory")
        ? size(fields, "memory", LEAST_MEMORY, LEAST_MEMORY, Long.MAX_VALUE)
        : 0;
    int processes = fields.has("processes") ? number(fields, "processes") : 0;
    int files = fields.has("files") ? number(fields, "files") : 0;
    long cpu = fields.has("cpu")
        ? duration(fields, "cpu", TIMEOUT, Duration.ofSeconds(1), LONGEST_TIMEOUT)
            .toSeconds()
        : 0;
    return new Limits(memory, processes, files, cpu);
  }

  private static int number(Fields fields, String name) {
    return (int) range(fields, name, fields.number(name, 1), 1, 1, 1_000_000);
  }

  /** Reports a mistake at a field. */
  static void refuse(Fields fields, String name, String mistake) {
    Supplier<Boolean> refusal = () -> {
      throw new IllegalArgumentException(mistake);
    };
    fields.attempt(name, refusal, false);
  }
}
