package io.shardkeeper.handlers.process;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;

/**
 * What a machine has for those who run programs. Immutable.
 *
 * @param uid as whom this process runs; -1 where that is not known
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
    return new Machine(ofThisProcess(), tools);
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
      Object uid = Files.getAttribute(path, "unix:uid", LinkOption.NOFOLLOW_LINKS);
      return uid instanceof Integer number ? number : -1;
    } catch (IOException | UnsupportedOperationException e) {
      return -1;
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
