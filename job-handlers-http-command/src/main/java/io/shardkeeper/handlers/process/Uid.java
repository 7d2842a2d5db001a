package io.shardkeeper.handlers.process;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;

/** The numbers by which the system tells users apart. */
public final class Uid {
  public static final int ROOT = 0;

  /** Where the system does not tell. */
  public static final int UNKNOWN = -1;

  private static final Path SELF = Path.of("/proc/self/status");

  private Uid() {}

  /** As whom this process acts: the second of its four ids. What belongs to it in /proc may belong to root instead. */
  public static int ofThisProcess() throws IOException {
    if (!Files.isReadable(SELF)) {
      return UNKNOWN; // no Linux
    }
    for (String line : Files.readAllLines(SELF, StandardCharsets.ISO_8859_1)) {
      if (line.startsWith("Uid:")) {
        return Integer.parseInt(line.split("\\s+", -1)[2]);
      }
    }
    return UNKNOWN;
  }

  /** Whose a file is; of a link that of the link. */
  public static int of(Path file) throws IOException {
    try {
      Object uid = Files.getAttribute(file, "unix:uid", LinkOption.NOFOLLOW_LINKS);
      return uid instanceof Integer number ? number : UNKNOWN;
    } catch (UnsupportedOperationException | IllegalArgumentException e) {
      return UNKNOWN; // no Unix
    }
  }
}
