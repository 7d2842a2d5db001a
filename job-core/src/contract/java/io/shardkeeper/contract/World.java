package io.shardkeeper.contract;

import io.shardkeeper.core.ledger.Ledger;
import io.shardkeeper.core.ledger.LedgerException;

import java.util.concurrent.CompletionStage;
import java.util.function.BooleanSupplier;

/** A place with one tree and as many ledgers on it as a test opens. What waits in real time, and what only turns a clock, differ here. */
public interface World extends AutoCloseable {
  /** A ledger with a session of its own, connected, on the same tree as the others. */
  Ledger open();

  /** What a stage ends with; a stage that does not end fails the test. */
  <T> T await(CompletionStage<T> stage);

  /** Why a question has no answer; an answer fails the test. */
  default LedgerException refusal(CompletionStage<?> question) {
    return await(question.handle((answer, failure) -> {
      Throwable cause = failure != null && failure.getCause() != null ? failure.getCause() : failure;
      if (cause instanceof LedgerException refusal) {
        return refusal;
      }
      throw new AssertionError("Expected a refusal, found " + answer, failure);
    }));
  }

  /** Goes on until something is so; if it does not become so, the test fails. */
  void until(String what, BooleanSupplier isSo);

  /** Containers that have lost their last child go. */
  void reapContainers();

  @Override
  void close();
}
