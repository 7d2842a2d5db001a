package io.shardkeeper.client;

/**
 * Which page of what a shard has logged is asked for. Immutable: each method answers another request.
 *
 * <pre>{@code
 * LogRequest.of(runId).shard(2)                  from the beginning
 * LogRequest.of(runId).last(4_000)               the end of it
 * LogRequest.of(runId).from(page.next()).whenThereIsMore()     what comes behind a page, as soon as there is more
 * }</pre>
 *
 * @param runId of which run
 * @param shard of which of its shards
 * @param attempt which try, from 1; 0 for the latest
 * @param offset the byte at which to begin; a negative one counts from the end
 * @param most bytes of the page, at most
 * @param patient whether to wait about a second for more, if the shard still runs and there is nothing behind the offset yet
 */
public record LogRequest(
    String runId, int shard, int attempt, long offset, int most, boolean patient) {
  /** Bytes of a page, at most. */
  public static final int PAGE = 32 * 1024;

  /** Checks the numbers. */
  public LogRequest {
    if (shard < 0 || attempt < 0 || most < 1 || most > PAGE) {
      throw new IllegalArgumentException("A page of " + most + " bytes of shard " + shard
          + ", attempt " + attempt + " cannot be asked for; pages have 1 to " + PAGE
          + " bytes, shards and attempts are not negative");
    }
  }

  /** The first page of shard 0. */
  public static LogRequest of(String runId) {
    return new LogRequest(runId, 0, 0, 0, PAGE, false);
  }

  /** Of another shard. */
  public LogRequest shard(int one) {
    return new LogRequest(runId, one, attempt, offset, most, patient);
  }

  /** Of one try, from 1. */
  public LogRequest attempt(int one) {
    return new LogRequest(runId, shard, one, offset, most, patient);
  }

  /** From a byte on. */
  public LogRequest from(long begin) {
    return new LogRequest(runId, shard, attempt, begin, most, patient);
  }

  /** The last bytes. */
  public LogRequest last(int bytes) {
    return new LogRequest(runId, shard, attempt, -bytes, bytes, patient);
  }

  /** With that many bytes at most. */
  public LogRequest most(int bytes) {
    return new LogRequest(runId, shard, attempt, offset, bytes, patient);
  }

  /** As soon as there is something. */
  public LogRequest whenThereIsMore() {
    return new LogRequest(runId, shard, attempt, offset, most, true);
  }
}
