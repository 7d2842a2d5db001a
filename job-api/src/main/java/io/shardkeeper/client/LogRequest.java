package io.shardkeeper.client;

import io.shardkeeper.view.LogPage;

/**
 * Which page of what a shard has logged is asked for. Immutable: each method answers another request.
 *
 * <pre>{@code
 * LogRequest.of(runId).shard(2)                  from the beginning
 * LogRequest.of(runId).last(4_000)               the end of it
 * LogRequest.of(runId).everyTry()                from the beginning of the first try
 * LogRequest.of(runId).after(page)               what comes behind a page, as soon as there is more, be it of a later try
 * }</pre>
 *
 * @param runId of which run
 * @param shard of which of its shards
 * @param attempt which try, from 1, and no other; 0 for the latest
 * @param reached in which try the offset counts, if later ones are to follow it; 0 if none was read yet
 * @param offset the byte at which to begin; a negative one counts from the end
 * @param most bytes of the page, at most; a line that tells what is missing comes on top
 * @param patient whether to wait about a second for more, if there is nothing behind the offset yet, and more may come
 */
public record LogRequest(
    String runId, int shard, int attempt, int reached, long offset, int most, boolean patient) {
  /** Bytes of a page, at most. */
  public static final int PAGE = 32 * 1024;

  /** Checks the numbers. */
  public LogRequest {
    if (shard < 0 || attempt < 0 || reached < 0 || most < 1 || most > PAGE) {
      throw new IllegalArgumentException("A page of " + most + " bytes of shard " + shard
          + ", attempt " + Math.min(attempt, reached) + " cannot be asked for; pages have 1 to "
          + PAGE + " bytes, shards and attempts are not negative");
    }
  }

  /** The first page of shard 0. */
  public static LogRequest of(String runId) {
    return new LogRequest(runId, 0, 0, 0, 0, PAGE, false);
  }

  /** Of another shard. */
  public LogRequest shard(int one) {
    return new LogRequest(runId, one, attempt, reached, offset, most, patient);
  }

  /** Of one try, from 1, and of no other. */
  public LogRequest attempt(int one) {
    return new LogRequest(runId, shard, one, 0, offset, most, patient);
  }

  /** From the beginning of the first try; {@link #after} goes on through it, and through those that follow it. */
  public LogRequest everyTry() {
    return new LogRequest(runId, shard, 0, 1, 0, most, patient);
  }

  /**
   * What comes behind a page, as soon as there is something. If the try of that page has ended, and there is a later one, it begins with the first byte of
   * that, unless one try was asked for.
   */
  public LogRequest after(LogPage page) {
    return new LogRequest(runId, shard, attempt, page.attempt(), page.next(), most, true);
  }

  /** From a byte of the try on. */
  public LogRequest from(long begin) {
    return new LogRequest(runId, shard, attempt, 0, begin, most, patient);
  }

  /** The last bytes. */
  public LogRequest last(int bytes) {
    return new LogRequest(runId, shard, attempt, 0, -bytes, bytes, patient);
  }

  /** With that many bytes at most. */
  public LogRequest most(int bytes) {
    return new LogRequest(runId, shard, attempt, reached, offset, bytes, patient);
  }

  /** As soon as there is something. */
  public LogRequest whenThereIsMore() {
    return new LogRequest(runId, shard, attempt, reached, offset, most, true);
  }
}
