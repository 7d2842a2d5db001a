package io.shardkeeper.proof;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Reads along in a {@link HistoryFile} that another process writes. Of one thread. */
final class Tail {
  private final Path path;
  private final List<Line> lines = new ArrayList<>();
  private long read;

  Tail(Path path) {
    this.path = path;
  }

  /** All lines up to now. What follows the last end of a line is not complete yet, or never will be. */
  List<Line> lines() throws IOException {
    if (Files.exists(path)) {
      try (var file = new RandomAccessFile(path.toFile(), "r")) {
        var fresh = new byte[(int) (file.length() - read)];
        file.seek(read);
        file.readFully(fresh);
        int begin = 0;
        for (int i = 0; i < fresh.length; i++) {
          if (fresh[i] == '\n') {
            lines.add(Line.read(new String(fresh, begin, i - begin, UTF_8)));
            begin = i + 1;
          }
        }
        read += begin;
      }
    }
    return List.copyOf(lines);
  }
}
