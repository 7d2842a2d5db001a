package io.shardkeeper.handlers.command;

import io.shardkeeper.handlers.command.Surroundings.Account;
import io.shardkeeper.text.Quote;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * How all that a program starts is kept together, so that all of it can be ended. Immutable.
 *
 * <pre>
 *   this process
 *    └─ unshare          dies with the thread that started it (setpriv --pdeathsig KILL)
 *        └─ timeout 0    the first process of a PID namespace: dies with unshare (--kill-child), and everything in the namespace dies with it
 *            └─ program  and whatever it starts, wherever that hides
 * </pre>
 *
 * <p>The first process of a namespace gets no signal that it has no handler for, which is why the program is the second one: {@code timeout}
 * with a duration of 0 waits for it, ends with its code, and does nothing else. No shell is in between, and the arguments of the program are
 * handed through as they are.
 *
 * <p>Where there are no namespaces, the tree is <em>tracked</em>: see {@link Tree}. What leaves its parents before it was seen is known by its
 * environment only, and nobody but root can read that of a process that lets nobody look into it: {@code ssh-agent}, whatever calls {@code
 * prctl(PR_SET_DUMPABLE, 0)}, a set-uid program. Such a child escapes, and the run may be told as a success. Its age, its user and its lost
 * parents would be no proof: other software of the same user starts such processes too, and a run that is failed for one of them is
 * repeated although it was done.
 *
 * <p>Each signal of a parent's death is asked for by the child, behind the fork. If this process is killed between the two, the child is on its
 * own; it has the id of its execution in its environment, by which {@link Leftovers} finds it at the next start.
 */
final class Isolation {
  /** What the file of the instance asks for. */
  enum Mode {
    /** A namespace where that works, tracked elsewhere. */
    AUTO,
    /** A namespace, or nothing. */
    NAMESPACE,
    /** Tracked. */
    TRACKED;

    static Mode parse(String text) {
      for (Mode mode : values()) {
        if (mode.name().toLowerCase(Locale.ROOT).equals(text)) {
          return mode;
        }
      }
      throw new IllegalArgumentException("no mode");
    }
  }

  /**
   * What this machine has.
   *
   * @param uid as whom this process runs; -1 where that is not known
   * @param found the paths of tools, by name
   */
  record Tools(int uid, Map<String, Path> found) {
    private static final List<String> NAMES =
        List.of("setpriv", "unshare", "timeout", "prlimit", "cat");

    /** Not those of the PATH: it may be anybody's. */
    private static final List<Path> PLACES =
        List.of(Path.of("/usr/bin"), Path.of("/bin"), Path.of("/usr/sbin"), Path.of("/sbin"));

    Tools {
      found = Map.copyOf(found);
    }

    static Tools ofThisMachine() {
      Map<String, Path> found = new TreeMap<>();
      for (String name : NAMES) {
        PLACES.stream()
            .map(place -> place.resolve(name))
            .filter(Files::isExecutable)
            .findFirst()
            .ifPresent(path -> found.put(name, path));
      }
      return new Tools(ofThisProcess(), found);
    }

    /** As whom this process acts: the second of its four ids. What belongs to it in /proc may belong to root instead. */
    private static int ofThisProcess() {
      try (Stream<String> lines =
          Files.lines(Path.of("/proc/self/status"), StandardCharsets.ISO_8859_1)) {
        return lines
            .filter(line -> line.startsWith("Uid:"))
            .map(line -> Integer.parseInt(line.split("\\s+", -1)[2]))
            .findFirst()
            .orElse(-1);
      } catch (IOException e) {
        return -1; // no Linux
      }
    }

    /** Whose a file is; -1 where that is not known. */
    static int uid(Path path) {
      try {
        Object uid = Files.getAttribute(path, "unix:uid", java.nio.file.LinkOption.NOFOLLOW_LINKS);
        return uid instanceof Integer number ? number : -1;
      } catch (IOException | UnsupportedOperationException e) {
        return -1;
      }
    }

    boolean has(String name) {
      return found.containsKey(name);
    }

    private String path(String name) {
      Path path = found.get(name);
      return path == null ? name : path.toString();
    }
  }

  private static final Pattern PIDS = Pattern.compile("(?m)^NSpid:.*\\s(\\d+)$");
  private static final long PATIENCE_SECONDS = 20;

  private final Tools tools;
  private final List<String> before;
  private final boolean namespace;
  private final String told;

  private Isolation(Tools tools, List<String> before, boolean namespace, String told) {
    this.tools = tools;
    this.before = List.copyOf(before);
    this.namespace = namespace;
    this.told = told;
  }

  /**
   * Finds out what works here, by trying.
   *
   * @throws IllegalArgumentException if a namespace is asked for and does not work
   */
  static Isolation probe(Mode mode, Tools tools) {
    List<String> tied = tools.has("setpriv")
        ? List.of(tools.path("setpriv"), "--pdeathsig", "KILL", "--")
        : List.of();
    String why = "it is asked for";
    if (mode != Mode.TRACKED) {
      List<String> missing = new ArrayList<>(List.of("setpriv", "unshare", "timeout", "cat"));
      missing.removeIf(tools::has);
      why = missing.isEmpty() ? "" : "there is no " + String.join(", no ", missing);
      for (List<String> inNamespace :
          missing.isEmpty() ? namespaces(tools) : List.<List<String>>of()) {
        List<String> before = new ArrayList<>(tied);
        before.addAll(inNamespace);
        why = attempt(before, tools, 1);
        if (why.isEmpty()) {
          return new Isolation(
              tools,
              before,
              true,
              "Commands run in PID namespaces: whatever they start ends with them ("
                  + String.join(" ", before) + ")");
        }
      }
      if (mode == Mode.NAMESPACE) {
        throw new IllegalArgumentException(
            "isolation: found 'namespace', which does not work here: " + why
                + "; 'auto' tracks the processes of a command instead, and 'tracked' asks for that");
      }
    }
    boolean ties =
        !tied.isEmpty() && tools.has("cat") && attempt(tied, tools, 0).isEmpty();
    return new Isolation(
        tools,
        ties ? tied : List.of(),
        false,
        "Commands are tracked, and no namespace holds them (" + why
            + "): what hides its environment and leaves its parents can outlive them"
            + (ties
                ? ""
                : ", and so can all of them if this process is killed, until it starts again"));
  }

  /** What may work, the best first. */
  private static List<List<String>> namespaces(Tools tools) {
    List<List<String>> namespaces = new ArrayList<>();
    for (boolean proc : new boolean[] {true, false}) {
      List<String> argv = new ArrayList<>(List.of(tools.path("unshare")));
      if (tools.uid() != 0) {
        // Who is root here and may not make a namespace is in a container; in a user namespace it
        // would lose what is left to it.
        argv.addAll(List.of("--user", "--map-current-user"));
      }
      argv.addAll(List.of("--pid", "--fork", "--kill-child=KILL"));
      if (proc) {
        argv.add("--mount-proc");
      }
      argv.addAll(List.of("--", tools.path("timeout"), "--foreground", "0"));
      namespaces.add(argv);
    }
    return namespaces;
  }

  /** Why it does not work to run something that way; empty if it does. */
  private static String attempt(List<String> before, Tools tools, int pidsBefore) {
    List<String> argv = new ArrayList<>(before);
    argv.addAll(List.of(tools.path("cat"), "/proc/self/status"));
    var builder = new ProcessBuilder(argv).redirectErrorStream(true);
    builder.environment().clear();
    try {
      Process process = builder.start();
      process.getOutputStream().close();
      if (!process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
        process.destroyForcibly();
        return "it takes longer than " + PATIENCE_SECONDS + " s";
      }
      String said = new String(process.getInputStream().readNBytes(16_000), StandardCharsets.UTF_8);
      Matcher pids = PIDS.matcher(said);
      if (process.exitValue() == 0 && pids.find() && Integer.parseInt(pids.group(1)) > pidsBefore) {
        return "";
      }
      return "the attempt ended with code " + process.exitValue() + ", and with '"
          + Quote.of(said.strip()) + "'";
    } catch (IOException e) {
      return e.toString();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return "the attempt was interrupted";
    }
  }

  /** Whether the kernel ends what a program leaves behind. */
  boolean namespace() {
    return namespace;
  }

  /** What was found, for a log. */
  String told() {
    return told;
  }

  /** What is started for a program, so that it is held, limited, and runs as who it should. */
  List<String> argv(List<String> program, Surroundings surroundings) {
    List<String> argv = new ArrayList<>(before);
    List<String> limits = surroundings.limits().options();
    if (!limits.isEmpty()) {
      argv.add(tools.path("prlimit"));
      argv.addAll(limits);
      argv.add("--");
    }
    // Inside of the namespace: whoever becomes somebody else loses the signal of its parent's
    // death.
    @Nullable Account account = surroundings.account();
    if (account != null) {
      argv.addAll(List.of(
          tools.path("setpriv"),
          "--reuid=" + account.user(),
          "--regid=" + account.group(),
          "--clear-groups",
          "--no-new-privs"));
      if (!namespace) {
        argv.addAll(List.of("--pdeathsig", "KILL"));
      }
      argv.add("--");
    }
    argv.addAll(program);
    return argv;
  }
}
