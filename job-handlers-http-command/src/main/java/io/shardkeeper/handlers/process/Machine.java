package io.shardkeeper.handlers.process;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * What a machine has for those who run programs. Immutable.
 *
 * @param uid as whom this process runs, see {@link Uid}
 * @param tools the paths of tools, by name
 */
public record Machine(int uid, Map<String, Path> tools) {
  private static final List<String> NAMES =
      List.of("setpriv", "unshare", "timeout", "prlimit", "cat");

  /** Not those of the PATH: it may be anybody's. */
  private static final List<Path> PLACES =
      List.of(Path.of("/usr/bin"), Path.of("/bin"), Path.of("/usr/sbin"), Path.of("/sbin"));

  public Machine {
    tools = Map.copyOf(tools);
  }

  /** This one. */
  public static Machine here() {
    Map<String, Path> tools = new TreeMap<>();
    for (String name : NAMES) {
      PLACES.stream()
          .map(place -> place.resolve(name))
          .filter(Files::isExecutable)
          .findFirst()
          .ifPresent(path -> tools.put(name, path));
    }
    return new Machine(uidOfThisProcess(), tools);
  }

  private static int uidOfThisProcess() {
    try {
      return Uid.ofThisProcess();
    } catch (IOException e) {
      return Uid.UNKNOWN;
    }
  }

  /** Whether there is a tool. */
  public boolean has(String name) {
    return tools.containsKey(name);
  }

  /** Where a tool is; its name if there is none. */
  String path(String name) {
    Path path = tools.get(name);
    return path == null ? name : path.toString();
  }
}
