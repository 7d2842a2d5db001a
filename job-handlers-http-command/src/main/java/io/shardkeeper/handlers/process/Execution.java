package io.shardkeeper.handlers.process;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * A place for one program, from before it is started until nobody of it is left. For one thread, which runs the program; any may {@link #end} it. To be closed.
 */
public final class Execution implements AutoCloseable {
  private final Programs programs;
  private final String id;
  private final @Nullable Account account;
  private final Duration grace;
  private final CompletableFuture<End.Why> toEnd = new CompletableFuture<>();
  private final CompletableFuture<Boolean> gone = new CompletableFuture<>();
  private @Nullable Path directory;
  private boolean nobodyLeft = true;

  Execution(Programs programs, String id, @Nullable Account account, Duration grace) {
    this.programs = programs;
    this.id = id;
    this.account = account;
    this.grace = grace;
  }

  /** Has the program end, or not even start. The first reason counts. */
  public void end(End.Why why) {
    toEnd.complete(why);
  }

  /**
   * Writes a script for the program to read; nobody else can.
   *
   * @return where it is, until this is closed
   */
  public Path script(byte[] content) throws IOException {
    return Leftovers.script(directory(), content, account);
  }

  /**
   * Runs a program to its end, and ends all that it has started. Not twice.
   *
   * @param log what is told each line of its output, by another thread
   * @throws IOException if it could not be started
   * @throws InterruptedException if this thread was interrupted; the program has ended then as for any other reason
   */
  public End run(Program program, Consumer<String> log) throws IOException, InterruptedException {
    var output = new Output(log, program.output());
    Path place = program.directory();
    Running running =
        programs.start(program, id, place == null ? directory() : place, account, output, toEnd);
    End end = running.await(program.timeout(), grace);
    nobodyLeft = end.nobodyLeft();
    if (Thread.interrupted()) {
      throw new InterruptedException();
    }
    return end;
  }

  /** It is over: its directory is taken away, unless somebody is left to be found by it. */
  @Override
  public void close() {
    try {
      if (directory != null && nobodyLeft) {
        programs.over(directory);
      }
    } finally {
      programs.forget(this);
      gone.complete(true);
    }
  }

  /** Makes its directory. */
  void begin(Leftovers leftovers) throws IOException {
    directory = leftovers.begin(id, account);
  }

  private Path directory() {
    if (directory == null) {
      throw new IllegalStateException("An execution is begun before anything happens in it");
    }
    return directory;
  }

  /** How long it takes at most until it has ended, once it is to. */
  Duration patience() {
    return grace.plus(Running.STUBBORN.multipliedBy(2));
  }

  /** Done when it is closed. */
  CompletableFuture<Boolean> gone() {
    return gone;
  }
}
