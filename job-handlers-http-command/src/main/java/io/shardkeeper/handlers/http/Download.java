package io.shardkeeper.handlers.http;

import io.shardkeeper.handler.Cancellation;
import io.shardkeeper.handlers.http.Exchange.Answer;
import io.shardkeeper.handlers.http.Order.Terms;
import java.io.IOException;
import java.time.Duration;

/**
 * Fetches files over http and https, from where an instance allows it, under the same guard as calls of jobs: addresses are checked, nothing is looked up
 * twice, redirects are not followed, no more is read than was asked for. To be closed, which ends its threads. Threads may share it.
 */
public final class Download implements AutoCloseable {
  private final Caller caller;

  /** From these origins. */
  public Download(Origins origins) {
    this(World.real(), origins);
  }

  Download(World world, Origins origins) {
    this.caller = new Caller(world, origins);
  }

  /**
   * Fetches a file as a whole.
   *
   * @param most bytes of it; more is a failure
   * @param timeout from the beginning to its last byte
   * @param cancellation ends it at once, with a {@link java.util.concurrent.CancellationException}
   * @throws IllegalArgumentException if it may not be fetched
   * @throws IOException if it could not be fetched
   */
  public byte[] fetch(String url, long most, Duration timeout, Cancellation cancellation)
      throws IOException, InterruptedException {
    Url parsed;
    try {
      parsed = Url.parse(url);
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException("The URL of the file " + e.getMessage(), e);
    }
    Order order = Order.fetch(parsed, new Terms(timeout, timeout, most, 0));
    Answer answer;
    try {
      answer = caller.call(order, "", cancellation, line -> {});
    } catch (IOException e) {
      cancellation.throwIfRequested();
      throw e;
    }
    if (!order.expects(answer.status())) {
      throw new IOException(order + ": answered " + answer.status() + "; 200 would be right");
    }
    if (answer.cut()) {
      throw new IOException(
          order + ": has more than " + most + " bytes, which is the most that is read");
    }
    return answer.body();
  }

  /** Ends what is being fetched, and the threads. */
  @Override
  public void close() {
    caller.close();
  }
}
