package io.shardkeeper.contract;

import io.shardkeeper.core.ledger.Ledger;

import static org.assertj.core.api.Assertions.assertThat;

import io.shardkeeper.core.ledger.memory.MemoryTree;
import java.time.Instant;
import java.util.concurrent.CompletionStage;
import java.util.function.BooleanSupplier;

/** Ledgers in memory that tell everything at once, in the thread that asks. */
public final class MemoryWorld implements World {
  private final MemoryTree tree = new MemoryTree(() -> Instant.parse("2027-01-04T09:00:00Z"));

  @Override
  public Ledger open() {
    return tree.open(Runnable::run);
  }

  @Override
  public <T> T await(CompletionStage<T> stage) {
    assertThat(stage.toCompletableFuture()).isDone();
    return stage.toCompletableFuture().join();
  }

  @Override
  public void until(String what, BooleanSupplier isSo) {
    assertThat(isSo.getAsBoolean()).as(what).isTrue();
  }

  @Override
  public void reapContainers() {
    tree.reapContainers();
  }

  @Override
  public void close() {
    // There is nothing but memory.
  }
}
