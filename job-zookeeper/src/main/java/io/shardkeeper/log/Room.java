package io.shardkeeper.log;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Whether files can be written at this moment: not for a minute after that has failed, and not beyond the budget until somebody has swept.
 * Threads share it, without a lock.
 */
final class Room {
  /** How long nothing is tried after it has failed. */
  static final Duration PAUSE = Duration.ofMinutes(1);

  /** What a file takes on a disk is a multiple of this. */
  private static final long BLOCK = 4096;

  private static final Logger LOG = LoggerFactory.getLogger(Room.class);

  private final AtomicReference<@Nullable Instant> failed = new AtomicReference<>();
  private final AtomicLong used = new AtomicLong();
  private final AtomicBoolean full = new AtomicBoolean();
  private final Path directory;
  private final long budget;
  private final InstantSource clock;

  Room(Path directory, long budget, InstantSource clock) {
    this.directory = directory;
    this.budget = budget;
    this.clock = clock;
  }

  /** What a file of so many bytes takes. */
  static long blocks(long bytes) {
    return (bytes + BLOCK - 1) / BLOCK * BLOCK;
  }

  boolean isThere() {
    Instant when = failed.get();
    return (when == null || isOver(when)) && !isFull();
  }

  private boolean isOver(Instant when) {
    // In both directions: a clock that is set back must not make the pause last for days.
    return Duration.between(when, clock.instant()).abs().compareTo(PAUSE) >= 0;
  }

  /** Whether the budget is used up, until somebody sweeps. */
  boolean isFull() {
    if (used.get() < budget) {
      return false;
    }
    if (full.compareAndSet(false, true)) {
      LOG.warn(
          "The logs of executions in {} take {} bytes, which is their budget (shardkeeper.log.budget). Nothing more is written until the oldest ones have gone, which is tried each minute",
          directory,
          used.get());
    }
    return true;
  }

  /** A file has grown. */
  void grew(long from, long to) {
    used.addAndGet(blocks(to) - blocks(from));
    Instant when = failed.get();
    if (when != null && isOver(when) && failed.compareAndSet(when, null)) {
      LOG.info("The logs of executions are written to {} again", directory);
    }
  }

  /** What was counted so far. */
  long used() {
    return used.get();
  }

  /** Somebody has swept: what was counted before is so much now. */
  void swept(long before, long now) {
    used.addAndGet(now - before);
    full.set(false);
  }

  /** Something could not be written. */
  void failed(IOException why) {
    if (failed.getAndSet(clock.instant()) == null) {
      LOG.error(
          "The logs of executions cannot be written to {}. Executions go on without them, and it is tried again each minute. The directory has to be writable for the user of this process, on a disk with room; shardkeeper.log.dir names another one, and shardkeeper.log.days=0 writes no files",
          directory,
          why);
    }
  }
}
