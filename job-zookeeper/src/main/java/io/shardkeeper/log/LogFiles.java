package io.shardkeeper.log;

import io.shardkeeper.core.execution.RunLogs;
import io.shardkeeper.core.layout.Assignment;
import io.shardkeeper.log.FileNames.Which;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps what handlers log in files, one for each execution that says something. Threads share it. Files and directories are their owner's
 * alone, where the file system knows of owners. Days begin at midnight, UTC; a file stands under the day of its first entry.
 *
 * <p>Several instances may share a directory, and share its budget then. Two processes may even have the same instance name: a file that
 * is there already is never written by anybody else, who takes the next name. None sweeps what another one writes: each touches its own each
 * minute, as long as it writes them, and what was touched of late is left alone. No lock is needed for that, which many a shared file system does not
 * have; and what is left of a dead process is believed for some minutes only.
 */
public final class LogFiles implements RunLogs {
  /** How often the files are swept, at least. */
  private static final Duration BETWEEN_SWEEPS = Duration.ofHours(1);

  /** A file of another instance that was modified within this time is being written: whoever does so touches it each minute. */
  private static final Duration FRESH = Duration.ofMinutes(5);

  /** Files of one attempt, at most: there should be one. */
  private static final int COPIES = 100;

  private static final Logger LOG = LoggerFactory.getLogger(LogFiles.class);

  private final Set<Path> inUse = ConcurrentHashMap.newKeySet();
  private final Path home;
  private final Path own;
  private final LogLimits limits;
  private final InstantSource clock;
  private final Room room;
  private @Nullable Instant swept; // of one look at a time

  /**
   * Nothing is written, and nothing is made, until a handler says something.
   *
   * @param clock is read on any thread
   */
  public LogFiles(
      Path directory, String namespace, String instance, LogLimits limits, InstantSource clock) {
    this.home = directory.toAbsolutePath().normalize().resolve(FileNames.step(namespace));
    this.own = home.resolve(FileNames.step(instance));
    this.limits = limits;
    this.clock = clock;
    this.room = new Room(own, limits.budget(), clock);
  }

  LogLimits limits() {
    return limits;
  }

  Room room() {
    return room;
  }

  @Override
  public Sheet open(Assignment what) {
    return limits.days() == 0 ? Sheet.NONE : new LogFile(this, what);
  }

  /** Makes a file that was not there, and that stays until {@link #ended}. */
  Path create(Assignment what) throws IOException {
    String prefix = FileNames.prefix(what.run().id().text(), what.shard());
    Path day = own.resolve(LocalDate.ofInstant(clock.instant(), ZoneOffset.UTC).toString());
    for (int copy = 1; copy <= COPIES; copy++) {
      Path file = day.resolve(FileNames.of(prefix, new Which(what.attempt(), copy)));
      try {
        create(file);
        inUse.add(file);
        return file;
      } catch (FileAlreadyExistsException e) {
        LOG.debug("{} is there already: somebody has run the same, under the same name", file);
      }
    }
    throw new IOException("There are " + COPIES + " files " + prefix + what.attempt() + " in " + day
        + " already; instances on one machine should have names of their own");
  }

  private static void create(Path file) throws IOException {
    try {
      Files.createFile(file, ownersAlone(file, "rw-------"));
    } catch (NoSuchFileException e) { // the first one of its day, or the directory was just swept
      Files.createDirectories(file.getParent(), ownersAlone(file, "rwx------"));
      Files.createFile(file, ownersAlone(file, "rw-------"));
    }
  }

  private static FileAttribute<?>[] ownersAlone(Path path, String permissions) {
    return path.getFileSystem().supportedFileAttributeViews().contains("posix")
        ? new FileAttribute<?>[] {
          PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString(permissions))
        }
        : new FileAttribute<?>[0];
  }

  /** Nothing more is written to it. */
  void ended(Path file) {
    inUse.remove(file);
  }

  /**
   * Touches what is being written, and sweeps if it is time: at first, then each hour, and when the budget is used up. To be called each minute, one call after the other, on
   * a thread that may be blocked. It never throws.
   */
  public void look() {
    Instant now = clock.instant();
    touch(now);
    Instant before = swept;
    boolean due =
        before == null || Duration.between(before, now).abs().compareTo(BETWEEN_SWEEPS) >= 0;
    if (!due && !room.isFull()) {
      return;
    }
    swept = now;
    long counted = room.used();
    LocalDate today = LocalDate.ofInstant(now, ZoneOffset.UTC);
    try {
      var sweep = new Sweep(
          today.minusDays(limits.days()),
          limits.budget(),
          (file, modified) ->
              inUse.contains(file) || (!file.startsWith(own) && isFresh(modified, now)));
      room.swept(counted, sweep.run(home));
    } catch (IOException | RuntimeException e) {
      LOG.warn("Old logs of executions in {} could not be taken away; it is tried again", home, e);
    }
  }

  private void touch(Instant now) {
    for (Path file : inUse) {
      try {
        Files.setLastModifiedTime(file, FileTime.from(now));
      } catch (IOException e) {
        LOG.debug("{} cannot be touched: it has just ended, or was taken away", file, e);
      }
    }
  }

  private static boolean isFresh(FileTime modified, Instant now) {
    // In both directions: what comes out of the future must not stay for ever.
    return Duration.between(modified.toInstant(), now).abs().compareTo(FRESH) < 0;
  }

  /**
   * {@inheritDoc}
   *
   * @throws UncheckedIOException if it is there and cannot be read
   */
  @Override
  public Optional<Page> read(String run, int shard, int attempt, long offset, int most) {
    if (shard < 0 || attempt < 0) {
      return Optional.empty();
    }
    String prefix = FileNames.prefix(run, shard);
    try {
      List<Sweep.Day> days = Sweep.days(own);
      days.sort(Comparator.comparing(Sweep.Day::date).reversed());
      for (Sweep.Day day : days) {
        Optional<Which> found =
            attempt == 0 ? latest(day.path(), prefix) : last(day.path(), prefix, attempt);
        if (found.isPresent()) {
          Path file = day.path().resolve(FileNames.of(prefix, found.get()));
          boolean ended = !inUse.contains(file); // before its size: what has ended does not grow
          return Optional.of(Pages.read(file, found.get().attempt(), ended, offset, most));
        }
      }
      return Optional.empty();
    } catch (NoSuchFileException e) {
      return Optional.empty(); // it was swept between two looks
    } catch (IOException e) {
      throw new UncheckedIOException(
          "Reading the log of run " + FileNames.step(run) + ", shard " + shard + " in " + own, e);
    }
  }

  private static Optional<Which> latest(Path day, String prefix) throws IOException {
    return Sweep.list(day).stream()
        .flatMap(file -> FileNames.which(prefix, file.getFileName().toString()).stream())
        .max(Comparator.naturalOrder());
  }

  /** The last file of an attempt. Its name is tried: a directory may have many, and whoever follows a log asks often. */
  private static Optional<Which> last(Path day, String prefix, int attempt) {
    Optional<Which> found = Optional.empty();
    for (int copy = 1; copy <= COPIES; copy++) {
      var next = new Which(attempt, copy);
      if (!Files.isRegularFile(
          day.resolve(FileNames.of(prefix, next)), LinkOption.NOFOLLOW_LINKS)) {
        return found;
      }
      found = Optional.of(next);
    }
    return found;
  }
}
