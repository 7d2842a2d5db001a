package io.shardkeeper.handlers.process;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A program that runs, and all that it has started. Threads share it.
 *
 * <p>In a namespace these are the processes below its first one; the kernel ends all of them when that one ends. Elsewhere they are
 * <em>tracked</em>, by three traces: who descends from the program; who was once seen to do so; and who has the id of the execution in its
 * environment, which children inherit. A child leaves no trace that detaches itself before it is seen, and whose
 * environment does not tell: it has cleared it or written over it, or this process may not read it (see {@link Isolation}).
 */
final class Tree {
  /** The variable by which a process says to which execution it belongs. */
  static final String COOKIE = "SHARDKEEPER_EXECUTION";

  private static final Path PROC = Path.of("/proc");

  /** Three looks that find nobody, a moment apart: one alone may meet a child between its birth and its first line. */
  private static final int LOOKS = 3;

  private static final Duration MOMENT = Duration.ofMillis(2);

  private final ProcessHandle root;
  private final Set<String> cookies;
  private final boolean namespace;
  private final Census census;
  private final Set<ProcessHandle> seen = ConcurrentHashMap.newKeySet();
  private final Set<ProcessHandle> asked = ConcurrentHashMap.newKeySet();

  /**
   * Who descends from whom below this process, as it was a moment ago: looked at for all trees together, because each look is at
   * all processes of the machine. Threads share it.
   *
   * <p>It tells handles and not numbers: a number could be another process by now.
   */
  static final class Census {
    /** How long one look serves, and how often a tree takes one. */
    static final long EVERY_NANOS = TimeUnit.MILLISECONDS.toNanos(200);

    private final LongSupplier nanos;
    private final Supplier<Stream<ProcessHandle>> all;
    private final AtomicBoolean looking = new AtomicBoolean();
    private volatile @Nullable Look last;

    /** What was seen, and when. */
    private record Look(long at, Map<ProcessHandle, List<ProcessHandle>> children) {}

    Census(LongSupplier nanos) {
      this(nanos, () -> ProcessHandle.current().descendants());
    }

    Census(LongSupplier nanos, Supplier<Stream<ProcessHandle>> all) {
      this.nanos = nanos;
      this.all = all;
    }

    Set<ProcessHandle> descendants(ProcessHandle root) {
      Set<ProcessHandle> found = new LinkedHashSet<>();
      Look look = recent();
      if (look == null) {
        return found;
      }
      Deque<ProcessHandle> open = new ArrayDeque<>(List.of(root));
      while (!open.isEmpty()) {
        for (ProcessHandle child : look.children().getOrDefault(open.remove(), List.of())) {
          if (found.add(child)) {
            open.add(child);
          }
        }
      }
      return found;
    }

    /** Nobody waits for who is looking: the look before is hardly older. Null if that would be the first one. */
    private @Nullable Look recent() {
      if (!isRecent(last) && looking.compareAndSet(false, true)) {
        try {
          if (!isRecent(last)) { // else somebody has looked between the two questions
            last = look();
          }
        } finally {
          looking.set(false);
        }
      }
      return last;
    }

    private boolean isRecent(@Nullable Look look) {
      return look != null && nanos.getAsLong() - look.at() < EVERY_NANOS;
    }

    private Look look() {
      long at = nanos.getAsLong();
      Map<ProcessHandle, List<ProcessHandle>> children = new HashMap<>();
      all.get()
          .forEach(process -> process
              .parent()
              .ifPresent(parent ->
                  children.computeIfAbsent(parent, p -> new ArrayList<>()).add(process)));
      return new Look(at, children);
    }
  }

  Tree(ProcessHandle root, String id, boolean namespace, Census census) {
    this.root = root;
    this.cookies = Set.of(id);
    this.namespace = namespace;
    this.census = census;
  }

  /** Remembers who descends from it, before it no longer shows. */
  void look() {
    if (!namespace) {
      seen.addAll(census.descendants(root));
      seen.removeIf(process -> !process.isAlive());
    }
  }

  /** Asks each process once to end. To be called again and again: a process may be born meanwhile. */
  void ask() {
    for (ProcessHandle process : members()) {
      if (asked.add(process)) {
        process.destroy();
      }
    }
  }

  /** Ends all of it, or as much of it as there is in this moment. */
  void kill() {
    if (namespace) {
      // Its parent sees it end, and is the last to go: so nobody is left, not even for a moment.
      Set<ProcessHandle> first = new HashSet<>();
      root.children().forEach(first::add);
      (first.isEmpty() ? Set.of(root) : first).forEach(ProcessHandle::destroyForcibly);
    } else {
      members().forEach(ProcessHandle::destroyForcibly);
    }
  }

  /** What is not answered by a namespace that ends: its keeper itself. */
  void killKeeper() {
    root.destroyForcibly();
  }

  private Set<ProcessHandle> members() {
    Set<ProcessHandle> members = new LinkedHashSet<>();
    if (namespace && root.isAlive()) {
      root.children().flatMap(ProcessHandle::descendants).forEach(members::add);
      return members;
    }
    root.descendants().forEach(seen::add); // those of this moment: they are to end
    seen.removeIf(process -> !process.isAlive());
    for (ProcessHandle process : seen) {
      members.add(process);
      process.descendants().forEach(members::add);
    }
    members.addAll(withCookie(cookies));
    if (root.isAlive()) {
      members.add(root);
    }
    members.removeIf(process -> !runs(process));
    return members;
  }

  /**
   * Ends whoever is left behind by a program that has ended, until nobody is.
   *
   * @param pause waits a little; false if there is no more time
   * @return whether nobody is left
   */
  boolean sweep(Pause pause) throws InterruptedException {
    return sweep(this::members, pause);
  }

  /** The same for executions of a process that is no more. */
  static boolean sweep(Set<String> ids, Pause pause) throws InterruptedException {
    return sweep(() -> withCookie(ids), pause);
  }

  /** Who is left. */
  private interface Left {
    Set<ProcessHandle> now();
  }

  /** A short wait. */
  interface Pause {
    boolean more() throws InterruptedException;
  }

  private static boolean sweep(Left left, Pause pause) throws InterruptedException {
    int nobody = 0;
    while (true) {
      Set<ProcessHandle> found = left.now();
      nobody = found.isEmpty() ? nobody + 1 : 0;
      if (nobody == LOOKS) {
        return true;
      }
      found.forEach(ProcessHandle::destroyForcibly);
      if (found.isEmpty()) {
        LockSupport.parkNanos(MOMENT.toNanos());
      } else if (!pause.more()) {
        return false;
      }
    }
  }

  /** Who runs with one of these ids in its environment, as far as this process may see that. */
  static Set<ProcessHandle> withCookie(Collection<String> ids) {
    Set<ProcessHandle> found = new LinkedHashSet<>();
    if (ids.isEmpty() || !Files.isDirectory(PROC)) {
      return found;
    }
    long self = ProcessHandle.current().pid();
    try (DirectoryStream<Path> processes = Files.newDirectoryStream(PROC, "[0-9]*")) {
      for (Path process : processes) {
        long pid = Long.parseLong(process.getFileName().toString());
        // First the handle, then the look: a number that is given anew meanwhile is another handle.
        Optional<ProcessHandle> handle = pid == self ? Optional.empty() : ProcessHandle.of(pid);
        handle.filter(one -> hasCookie(process, ids)).filter(Tree::runs).ifPresent(found::add);
      }
    } catch (IOException | DirectoryIteratorException | NumberFormatException e) {
      return found; // what was found is ended, and then it is looked again
    }
    return found;
  }

  private static boolean hasCookie(Path process, Collection<String> ids) {
    try {
      String environment =
          Files.readString(process.resolve("environ"), StandardCharsets.ISO_8859_1);
      return Stream.of(environment.split("\0", -1))
          .filter(variable -> variable.startsWith(COOKIE + "="))
          .anyMatch(variable -> ids.contains(variable.substring(COOKIE.length() + 1)));
    } catch (IOException e) {
      return false; // somebody else's, or no more
    }
  }

  /** Whether a process can still do something: one that has ended and waits for its parent to notice cannot. */
  static boolean runs(ProcessHandle process) {
    if (!process.isAlive()) {
      return false;
    }
    try {
      String stat =
          Files.readString(PROC.resolve(process.pid() + "/stat"), StandardCharsets.ISO_8859_1);
      int behindName = stat.lastIndexOf(')') + 2;
      return behindName >= stat.length() || "ZX".indexOf(stat.charAt(behindName)) < 0;
    } catch (IOException e) {
      return process.isAlive(); // there is no /proc, or it ended just now
    }
  }
}
