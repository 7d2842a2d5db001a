package io.shardkeeper.log;

import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.time.DateTimeException;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.BiPredicate;

/**
 * Takes away what is too old or too much, of all instances that keep their files below one directory: those that have gone do not come
 * back for theirs. Only files that look like ours are touched, and none that is being written.
 */
final class Sweep {
  private final LocalDate firstKept;
  private final long budget;
  private final BiPredicate<Path, FileTime> inUse;

  /**
   * What is to be done.
   *
   * @param firstKept files of earlier days go
   * @param budget if the others take as much, the oldest of them go until they take a tenth less
   * @param inUse what stays in any case, by its name and when it was modified
   */
  Sweep(LocalDate firstKept, long budget, BiPredicate<Path, FileTime> inUse) {
    this.firstKept = firstKept;
    this.budget = budget;
    this.inUse = inUse;
  }

  /** The files of one day. */
  record Day(LocalDate date, Path path) {}

  /** A file, and what it takes. */
  private record Old(Path path, FileTime modified, long takes) {}

  /** Sweeps, and answers what the files that are left take. */
  long run(Path home) throws IOException {
    // Several instances may have a directory for one day.
    SortedMap<LocalDate, List<Path>> kept = new TreeMap<>();
    long total = 0;
    for (Path instance : list(home)) {
      for (Day day : days(instance)) {
        if (day.date.isBefore(firstKept)) {
          clear(day.path);
        } else {
          kept.computeIfAbsent(day.date, date -> new ArrayList<>()).add(day.path);
          total += files(day.path).stream().mapToLong(Old::takes).sum();
        }
      }
    }
    return total >= budget ? shrink(kept.values(), total) : total;
  }

  private void clear(Path day) throws IOException {
    for (Old file : files(day)) {
      if (!inUse.test(file.path, file.modified)) {
        Files.deleteIfExists(file.path);
      }
    }
    deleteIfEmpty(day);
  }

  private long shrink(Collection<List<Path>> days, long total) throws IOException {
    long enough = budget - budget / 10;
    long left = total;
    for (List<Path> day : days) {
      List<Old> files = new ArrayList<>();
      for (Path directory : day) {
        files.addAll(files(directory));
      }
      files.sort(Comparator.comparing(Old::modified).thenComparing(Old::path));
      for (Old file : files) {
        if (left > enough && !inUse.test(file.path, file.modified)) {
          Files.deleteIfExists(file.path);
          left -= file.takes;
        }
      }
      if (left <= enough) {
        return left;
      }
      for (Path directory : day) {
        deleteIfEmpty(directory);
      }
    }
    return left;
  }

  private static void deleteIfEmpty(Path directory) throws IOException {
    try {
      Files.deleteIfExists(directory);
    } catch (DirectoryNotEmptyException e) {
      return; // something is being written there, or is not ours
    }
  }

  private static List<Old> files(Path day) throws IOException {
    List<Old> files = new ArrayList<>();
    for (Path file : list(day)) {
      if (file.toString().endsWith(FileNames.ENDING)) {
        old(file).ifPresent(files::add);
      }
    }
    return files;
  }

  private static Optional<Old> old(Path file) throws IOException {
    try {
      BasicFileAttributes attributes =
          Files.readAttributes(file, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
      long takes = Room.blocks(attributes.size());
      return Optional.of(new Old(file, attributes.lastModifiedTime(), takes));
    } catch (NoSuchFileException e) {
      return Optional.empty(); // another process has swept
    }
  }

  /** The days of an instance. */
  static List<Day> days(Path instance) throws IOException {
    List<Day> days = new ArrayList<>();
    for (Path path : list(instance)) {
      date(path.getFileName().toString()).ifPresent(date -> days.add(new Day(date, path)));
    }
    return days;
  }

  private static Optional<LocalDate> date(String name) {
    try {
      LocalDate date = LocalDate.parse(name);
      return date.toString().equals(name) ? Optional.of(date) : Optional.empty();
    } catch (DateTimeException e) {
      return Optional.empty(); // whatever it is, it is not ours
    }
  }

  /** What lies in a directory; nothing if there is none. Links are not followed. */
  static List<Path> list(Path directory) throws IOException {
    if (!Files.isDirectory(directory, LinkOption.NOFOLLOW_LINKS)) {
      return List.of();
    }
    List<Path> found = new ArrayList<>();
    try (DirectoryStream<Path> entries = Files.newDirectoryStream(directory)) {
      entries.forEach(found::add);
    } catch (NoSuchFileException e) {
      return List.of(); // another process has swept
    } catch (DirectoryIteratorException e) {
      throw e.getCause();
    }
    return found;
  }
}
