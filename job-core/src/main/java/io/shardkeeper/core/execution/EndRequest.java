package io.shardkeeper.core.execution;

import io.shardkeeper.handler.Cancellation;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Whether one execution is to end, and why. Requested once, by the loop, or by the first touch of a handler that finds the lease
 * lapsed: the first reason stays. Before that, work that yields may be asked to let another instance go on: that gives way to any request. Threads share
 * it; the lock guards the reason and the actions, and nothing is run under it.
 */
final class EndRequest implements Cancellation {
  private static final Logger LOG = LoggerFactory.getLogger(EndRequest.class);

  private final Object lock = new Object();
  private final List<Runnable> actions = new ArrayList<>();
  private final Fence fence;
  private final Runnable noticed;
  private volatile @Nullable Reason reason;
  private volatile boolean mayYield;

  /**
   * Nothing is requested yet.
   *
   * @param fence what is looked at with each touch
   * @param noticed is run by the touch that finds the fence lapsed, on its thread
   */
  EndRequest(Fence fence, Runnable noticed) {
    this.fence = fence;
    this.noticed = noticed;
  }

  /** Requests it, unless it is requested already. */
  boolean request(Reason why) {
    synchronized (lock) {
      if (reason != null && !mayYield) {
        return false;
      }
      reason = why;
      mayYield = false;
      return true;
    }
  }

  /** Asks to let another instance go on, because this one begins to leave. Nothing happens if the work is to end anyway. */
  boolean requestYield() {
    synchronized (lock) {
      if (reason != null) {
        return false;
      }
      reason = Reason.DRAINING;
      mayYield = true;
      return true;
    }
  }

  /** Whether it was asked to let another instance go on, and nobody has requested its end since. */
  boolean isYielding() {
    return mayYield;
  }

  /** Looks at the fence: whatever a handler asks the library begins with this. */
  void touch() {
    if ((reason == null || mayYield) && fence.lapsed() && request(Reason.LEASE_LOST)) {
      noticed.run();
    }
  }

  /** Why it is to end, without a look at the fence. */
  @Nullable
  Reason requested() {
    return reason;
  }

  /** What is to be run because it was requested; who takes it has to run it. */
  List<Runnable> takeActions() {
    synchronized (lock) {
      var taken = List.copyOf(actions);
      actions.clear();
      return taken;
    }
  }

  @Override
  public boolean isRequested() {
    touch();
    return reason != null;
  }

  @Override
  public Optional<Reason> reason() {
    touch();
    return Optional.ofNullable(reason);
  }

  @Override
  public void onRequest(Runnable action) {
    touch();
    synchronized (lock) {
      if (reason == null) {
        actions.add(action);
        return;
      }
    }
    run(action);
  }

  /** Runs one action: what it throws ends nobody but itself. */
  static void run(Runnable action) {
    try {
      action.run();
    } catch (Throwable e) {
      LOG.error(
          "What a handler wanted run when its work is to end has failed; the work ends all the same",
          e);
    }
  }
}
