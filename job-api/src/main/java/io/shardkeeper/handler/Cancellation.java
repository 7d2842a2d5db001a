package io.shardkeeper.handler;

import java.util.Optional;
import java.util.concurrent.CancellationException;

/**
 * Tells that the work is to end. First it is requested, here; a little later the thread is interrupted. Work that ends soon after
 * the request ends in good order.
 */
public interface Cancellation {
  /** Why work is to end before it is done. */
  enum Reason {
    /** Somebody ended the run. */
    KILLED,
    /** It took longer than its job allows. */
    TIMED_OUT,
    /** A later run takes its place. */
    COVERED,
    /** The instance may have lost its session: another one may start the same work soon. */
    LEASE_LOST,
    /** The instance is leaving, and cannot wait any longer; or it begins to, and the handler {@linkplain Handler#yieldsToDrain yields}. */
    DRAINING
  }

  /** Whether the work is to end. */
  boolean isRequested();

  /** Why it is to end; nothing as long as it is not. Of work that yields, any other reason may take the place of {@link Reason#DRAINING}. */
  Optional<Reason> reason();

  /** Runs something when the work is to end, at once if that is so already: to close a connection that blocks, for one. */
  void onRequest(Runnable action);

  /**
   * Ends the work here if it is to end. To be called between items.
   *
   * @throws CancellationException if it is to end
   */
  default void throwIfRequested() {
    Optional<Reason> reason = reason();
    if (reason.isPresent()) {
      throw new CancellationException("The work is to end: " + reason.get());
    }
  }
}
