package io.shardkeeper.core.execution;

import io.shardkeeper.core.layout.Assignment;
import java.util.Optional;

/**
 * Where instances keep what handlers log. Threads share it. Whatever goes wrong with it is its own business: no handler fails because what
 * it says cannot be kept.
 */
public interface RunLogs {
  /** Bytes of a page, at most. */
  int PAGE_BYTES = 32 * 1024;

  /** Keeps nothing, and finds nothing. */
  RunLogs NONE = new RunLogs() {
    @Override
    public Sheet open(Assignment what) {
      return Sheet.NONE;
    }

    @Override
    public Optional<Page> read(String run, int shard, int attempt, long offset, int most) {
      return Optional.empty();
    }
  };

  /** What one execution may write on. Called on the loop, for each execution: it does no more than remember what it was called with. */
  Sheet open(Assignment what);

  /**
   * Reads what an execution on this instance has written, now or days ago. It may block, and wants a thread of the workers.
   *
   * @param run the id of the run, as a stranger may have written it
   * @param attempt which try, from 1; 0 for the latest one that has written anything here
   * @param offset the byte at which to begin; a negative one counts from the end
   * @param most bytes of the page, at most; not more than {@link #PAGE_BYTES} count
   * @return nothing if nothing of it is kept here
   */
  Optional<Page> read(String run, int shard, int attempt, long offset, int most);

  /** What one execution writes on: made at the first entry, so that a handler that says nothing costs nothing. */
  interface Sheet {
    /** Keeps nothing. */
    Sheet NONE = new Sheet() {
      @Override
      public void write(byte[] entry) {}

      @Override
      public void close() {}
    };

    /** Adds an entry: text in UTF-8, with the end of its line. Called on the threads of the handler, and may block them; it never throws. */
    void write(byte[] entry);

    /** Nothing more comes. Called on the thread of the handler, or on the loop if nothing was ever written. */
    void close();
  }

  /**
   * Some of what an execution has written; characters are never divided.
   *
   * @param attempt of which try it is
   * @param offset the byte at which the text begins: behind the one that was asked for, if that is in the middle of a character
   * @param text the text; empty behind the end
   * @param next the byte with which the next page begins
   * @param size how many bytes there are at this moment
   * @param complete whether the text reaches the end, and nothing more comes
   */
  record Page(int attempt, long offset, String text, long next, long size, boolean complete) {
    /** Checks the numbers. */
    public Page {
      if (attempt < 1 || offset < 0 || next < offset || size < 0) {
        throw new IllegalArgumentException("A page of attempt " + attempt + " cannot go from byte "
            + offset + " to " + next + " of " + size);
      }
    }
  }
}
