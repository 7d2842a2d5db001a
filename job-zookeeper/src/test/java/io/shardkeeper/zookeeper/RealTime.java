package io.shardkeeper.zookeeper;

import io.shardkeeper.core.ledger.LedgerException;
import java.time.Duration;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

/** Waits for what happens in real time, and fails the test when it does not happen. */
final class RealTime {
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  private RealTime() {}

  /** What a stage ends with. */
  static <T> T await(CompletionStage<T> stage) {
    try {
      return stage.toCompletableFuture().get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
    } catch (ExecutionException e) {
      throw new CompletionException(e.getCause());
    } catch (TimeoutException e) {
      throw new AssertionError("No answer for " + PATIENCE, e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new AssertionError("Interrupted", e);
    }
  }

  /** Why a question is not answered. */
  static LedgerException awaitRefusal(CompletionStage<?> question) {
    try {
      throw new AssertionError("Answered, not refused: " + await(question));
    } catch (CompletionException e) {
      if (e.getCause() instanceof LedgerException refusal) {
        return refusal;
      }
      throw e;
    }
  }

  /** Goes on when something is so. */
  static void until(String what, BooleanSupplier isSo) {
    if (!becomes(PATIENCE, isSo)) {
      throw new AssertionError("Waited " + PATIENCE + " for " + what);
    }
  }

  /** Whether something becomes so within a while. */
  static boolean becomes(Duration within, BooleanSupplier isSo) {
    long end = System.nanoTime() + within.toNanos();
    while (!isSo.getAsBoolean()) {
      if (System.nanoTime() - end > 0) {
        return false;
      }
      LockSupport.parkNanos(500_000);
    }
    return true;
  }
}
