package io.shardkeeper.handler;

/**
 * A handler that does one shard of a run: the orders whose id, divided by the total, leaves the index; the customers of the
 * region that is the parameter.
 */
public non-sealed interface ShardingJobHandler extends Handler {
  /**
   * Does one shard once. Whatever it throws makes the outcome FAILED; an interrupt means that the work is to end.
   *
   * @return what became of it
   */
  Result handle(ShardingContext context) throws Exception;

  /** The work of a handler, without its name. */
  @FunctionalInterface
  interface Work {
    /** Does one shard once. */
    Result handle(ShardingContext context) throws Exception;
  }

  /** A handler made of a name, a line that describes it, and some work. */
  static ShardingJobHandler of(String name, String description, Work work) {
    record Named(String name, String description, Work work) implements ShardingJobHandler {
      @Override
      public Result handle(ShardingContext context) throws Exception {
        return work.handle(context);
      }
    }
    return new Named(name, description, work);
  }
}
