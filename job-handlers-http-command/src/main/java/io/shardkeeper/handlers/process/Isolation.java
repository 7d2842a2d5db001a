package io.shardkeeper.handlers.process;

import io.shardkeeper.text.Quote;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
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
public final class Isolation {
  /** What the file of the instance asks for. */
  public enum Mode {
    /** A namespace where that works, tracked elsewhere. */
    AUTO,
    /** A namespace, or nothing. */
    NAMESPACE,
    /** Tracked. */
    TRACKED;

    /**
     * As it stands in the file.
     *
     * @throws IllegalArgumentException if it is none
     */
    public static Mode parse(String text) {
      for (Mode mode : values()) {
        if (mode.name().toLowerCase(Locale.ROOT).equals(text)) {
          return mode;
        }
      }
      throw new IllegalArgumentException("no mode");
    }
  }

  private static final Pattern PIDS = Pattern.compile("(?m)^NSpid:.*\\s(\\d+)$");
  private static final long PATIENCE_SECONDS = 20;

  private final Machine machine;
  private final List<String> before;
  private final boolean namespace;
  private final String told;

  private Isolation(Machine machine, List<String> before, boolean namespace, String told) {
    this.machine = machine;
    this.before = List.copyOf(before);
    this.namespace = namespace;
    this.told = told;
  }

  /**
   * Finds out what works here, by trying: {@code cat} is run that way, and has to find itself held. Nothing is left of that.
   *
   * @throws IllegalArgumentException if a namespace is asked for and does not work
   */
  public static Isolation probe(Mode mode, Machine machine) {
    List<String> tied = machine.has("setpriv")
        ? List.of(machine.path("setpriv"), "--pdeathsig", "KILL", "--")
        : List.of();
    String why = "it is asked for";
    if (mode != Mode.TRACKED) {
      List<String> missing = new ArrayList<>(List.of("setpriv", "unshare", "timeout", "cat"));
      missing.removeIf(machine::has);
      why = missing.isEmpty() ? "" : "there is no " + String.join(", no ", missing);
      for (List<String> inNamespace :
          missing.isEmpty() ? namespaces(machine) : List.<List<String>>of()) {
        List<String> before = new ArrayList<>(tied);
        before.addAll(inNamespace);
        why = attempt(before, machine, 1);
        if (why.isEmpty()) {
          return new Isolation(
              machine,
              before,
              true,
              "Commands run in PID namespaces: whatever they start ends with them ("
                  + String.join(" ", before) + ")");
        }
      }
      if (mode == Mode.NAMESPACE) {
        throw new IllegalArgumentException(
            "isolation: found 'namespace', which does not work here: " + why
                + "; it takes util-linux, coreutils and the right to make namespaces. Where they cannot be had, 'auto' tracks the processes of a command instead");
      }
    }
    boolean ties =
        !tied.isEmpty() && machine.has("cat") && attempt(tied, machine, 0).isEmpty();
    return new Isolation(
        machine,
        ties ? tied : List.of(),
        false,
        "Commands are tracked, and no namespace holds them (" + why
            + "): what hides its environment and leaves its parents can outlive them"
            + (ties
                ? ""
                : ", and so can all of them if this process is killed, until it starts again"));
  }

  /** What may work, the best first. */
  private static List<List<String>> namespaces(Machine machine) {
    List<List<String>> namespaces = new ArrayList<>();
    for (boolean proc : new boolean[] {true, false}) {
      List<String> argv = new ArrayList<>(List.of(machine.path("unshare")));
      if (machine.uid() != Uid.ROOT) {
        // Who is root here and may not make a namespace is in a container; in a user namespace it
        // would lose what is left to it.
        argv.addAll(List.of("--user", "--map-current-user"));
      }
      argv.addAll(List.of("--pid", "--fork", "--kill-child=KILL"));
      if (proc) {
        argv.add("--mount-proc");
      }
      argv.addAll(List.of("--", machine.path("timeout"), "--foreground", "0"));
      namespaces.add(argv);
    }
    return namespaces;
  }

  /** Why it does not work to run something that way; empty if it does. */
  private static String attempt(List<String> before, Machine machine, int pidsBefore) {
    List<String> argv = new ArrayList<>(before);
    argv.addAll(List.of(machine.path("cat"), "/proc/self/status"));
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

  /** What was found, in a sentence. */
  public String told() {
    return told;
  }

  /** What is started for a program, so that it is held, limited, and runs as who it should. */
  List<String> argv(List<String> program, @Nullable Account account, Limits limits) {
    List<String> argv = new ArrayList<>(before);
    List<String> bounds = limits.options();
    if (!bounds.isEmpty()) {
      argv.add(machine.path("prlimit"));
      argv.addAll(bounds);
      argv.add("--");
    }
    // Inside of the namespace: whoever becomes somebody else loses the signal of its parent's
    // death.
    if (account != null) {
      argv.addAll(List.of(
          machine.path("setpriv"),
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
