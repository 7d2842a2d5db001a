package io.shardkeeper.house;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A unified diff of files that are there and stay there. It is taken at its word: the lines that it removes, and those around them, must
 * stand in the file exactly so, and in one place only. The place itself may have moved, so that a line added far above spoils nothing.
 */
record Patch(List<FileChange> files) {
  private static final String FROM = "--- a/";
  private static final String TO = "+++ b/";
  private static final Pattern RANGE =
      Pattern.compile("@@ -\\d+(?:,(\\d+))? \\+\\d+(?:,(\\d+))? @@.*");

  Patch {
    files = List.copyOf(files);
    if (files.isEmpty()) {
      throw new IllegalArgumentException("A patch changes nothing: it has no line '--- a/…'");
    }
  }

  /** What becomes of one file. */
  record FileChange(Path path, List<Hunk> hunks) {
    FileChange {
      hunks = List.copyOf(hunks);
    }

    /** The text of the file, changed. */
    String applyTo(String text) {
      List<String> lines = new ArrayList<>(Arrays.asList(text.split("\n", -1)));
      int from = 0;
      for (Hunk hunk : hunks) {
        int at = placeOf(hunk, lines, from);
        List<String> there = lines.subList(at, at + hunk.before().size());
        there.clear();
        there.addAll(hunk.after());
        from = at + hunk.after().size();
      }
      return String.join("\n", lines);
    }

    private int placeOf(Hunk hunk, List<String> lines, int from) {
      List<String> rest = lines.subList(from, lines.size());
      int first = Collections.indexOfSubList(rest, hunk.before());
      if (first < 0 || first != Collections.lastIndexOfSubList(rest, hunk.before())) {
        throw new IllegalArgumentException("Patching " + path + ": these lines stand "
            + (first < 0 ? "nowhere" : "in more places than one")
            + "; they should stand in one place:\n" + String.join("\n", hunk.before()));
      }
      return from + first;
    }
  }

  /** Lines that stand together, as they are and as they shall be. */
  record Hunk(List<String> before, List<String> after) {
    Hunk {
      before = List.copyOf(before);
      after = List.copyOf(after);
      if (before.equals(after)) {
        throw new IllegalArgumentException("A hunk changes nothing: " + before);
      }
    }
  }

  /** Reads a diff. What stands before the first {@code ---} is not of it. */
  static Patch of(List<String> lines) {
    int next = 0;
    while (next < lines.size() && !lines.get(next).startsWith(FROM)) {
      next++;
    }
    return new Reader(lines, next).read();
  }

  /** Goes through the lines of a diff. Of one thread. */
  private static final class Reader {
    private final List<String> lines;
    private int next;

    private Reader(List<String> lines, int next) {
      this.lines = lines;
      this.next = next;
    }

    private Patch read() {
      List<FileChange> files = new ArrayList<>();
      while (next < lines.size()) {
        files.add(file());
      }
      return new Patch(files);
    }

    private FileChange file() {
      String from = after(FROM);
      String to = after(TO);
      if (!from.equals(to)) {
        throw new IllegalArgumentException(
            "A patch makes " + to + " of " + from + "; it should change files where they are");
      }
      List<Hunk> hunks = new ArrayList<>();
      while (next < lines.size() && !lines.get(next).startsWith(FROM)) {
        hunks.add(hunk());
      }
      return new FileChange(Path.of(from), hunks);
    }

    private String after(String prefix) {
      String line = take();
      if (!line.startsWith(prefix)) {
        throw unexpected(line, prefix + "…");
      }
      return line.substring(prefix.length());
    }

    private Hunk hunk() {
      String head = take();
      Matcher range = RANGE.matcher(head);
      if (!range.matches()) {
        throw unexpected(head, "@@ -line,count +line,count @@");
      }
      int linesBefore = count(range, 1);
      int linesAfter = count(range, 2);
      List<String> before = new ArrayList<>();
      List<String> after = new ArrayList<>();
      while (before.size() < linesBefore || after.size() < linesAfter) {
        String line = take();
        String text = line.isEmpty() ? "" : line.substring(1);
        switch (line.isEmpty()
            ? ' '
            : line.charAt(0)) { // editors take the blank of an empty line away
          case ' ' -> {
            before.add(text);
            after.add(text);
          }
          case '-' -> before.add(text);
          case '+' -> after.add(text);
          default -> throw unexpected(line, "a line that begins with ' ', '-' or '+'");
        }
      }
      if (before.size() != linesBefore || after.size() != linesAfter) {
        throw unexpected(head, "counts of the lines that follow");
      }
      return new Hunk(before, after);
    }

    private static int count(Matcher range, int group) {
      String told = range.group(group);
      return told == null ? 1 : Integer.parseInt(told);
    }

    private String take() {
      if (next == lines.size()) {
        throw unexpected("the end", "more lines");
      }
      return lines.get(next++);
    }

    private IllegalArgumentException unexpected(String found, String expected) {
      return new IllegalArgumentException("Reading a patch, line " + next + ": found '" + found
          + "'; it should be '" + expected + "'");
    }
  }
}
