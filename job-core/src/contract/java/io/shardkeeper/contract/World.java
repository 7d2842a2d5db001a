package io.shardkeeper.contract;

import io.shardkeeper.core.ledger.Ledger;

import java.util.concurrent.CompletionStage;
import java.util.function.BooleanSupplier;

/** A place with one tree and as many ledgers on it as a test opens. What waits in real time, and what only turns a clock, differ here. */
public interface World extends AutoCloseable {
  /** A ledger with a session of its own, connected, on the same tree as the others. */
  Ledger open();

  /** What a stage ends with; a stage that does not end fails the test. */
  <T> T await(CompletionStage<T> stage);

  /** Goes on until something is so; if it does not become so, the test fails. */
  void until(String what, BooleanSupplier isSo);

  /** Containers that have lost their last child go. */
  void reapContainers();

  @Override
  void close();
}
