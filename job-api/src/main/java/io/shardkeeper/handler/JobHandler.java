package io.shardkeeper.handler;

/** A handler that does not care for shards: it does the whole work, or whatever share it is given, alike. */
public non-sealed interface JobHandler extends Handler {
  /**
   * Does the work once. Whatever it throws makes the outcome FAILED; an interrupt means that the work is to end.
   *
   * @return what became of it
   */
  Result handle(JobContext context) throws Exception;

  /** The work of a handler, without its name. */
  @FunctionalInterface
  interface Work {
    /** Does the work once. */
    Result handle(JobContext context) throws Exception;
  }

  /** A handler made of a name, a line that describes it, and some work. */
  static JobHandler of(String name, String description, Work work) {
    record Named(String name, String description, Work work) implements JobHandler {
      @Override
      public Result handle(JobContext context) throws Exception {
        return work.handle(context);
      }
    }
    return new Named(name, description, work);
  }
}
