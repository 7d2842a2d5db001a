package io.shardkeeper.core.ledger;

/** Something one is told of until one closes it. Closing it twice is harmless. */
@FunctionalInterface
public interface Subscription extends AutoCloseable {
  @Override
  void close();
}
