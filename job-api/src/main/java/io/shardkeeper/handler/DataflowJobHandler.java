package io.shardkeeper.handler;

import java.util.List;

/**
 * A handler that fetches a batch, processes it, and goes on until there is nothing left to fetch: the orders that are not billed yet, a thousand at a time.
 *
 * <pre>
 *   fetch ──► some ──► process ──► fetch ──► ... ──► none: the shard has SUCCEEDED
 * </pre>
 *
 * <p><b>Where it stops.</b> Between two batches: when the run was killed or covered, took longer than its job allows, when the session may be lost, and when its instance
 * begins to leave. What was processed stays processed. In the last case another instance goes on at once, with a fetch; so a dataflow takes nothing of the grace but the
 * batch it is at. What was fetched is processed before it stops, unless {@link #process} itself throws a {@link java.util.concurrent.CancellationException} then; a thread that is interrupted all the same is in a batch that takes too long.
 *
 * <p><b>What it takes.</b> {@link #fetch} must not give what was processed: {@link #process} marks it, moves it or deletes it. A source that gives the same for ever
 * is protected from by nothing but the {@linkplain io.shardkeeper.job.JobBuilder#timeout timeout} of the job: give it one. The timeout is that of each attempt, so it begins anew where another
 * instance goes on. A batch of which the end is not known is fetched and processed again, as any work is: both have to be harmless to repeat.
 *
 * <p>Its progress is the number of items, of an unknown total, with that of the batches in the note. Threads may share it, if they may share what it is made of.
 *
 * @param <T> what an item is
 */
public interface DataflowJobHandler<T> extends ShardingJobHandler {
  /**
   * Fetches what is to be done next by this shard.
   *
   * @return the items of a batch; an empty list when there is nothing left
   */
  List<T> fetch(ShardingContext context) throws Exception;

  /** Processes a batch, which is not empty. Whatever it throws makes the outcome FAILED; the job's retry begins with a fetch. */
  void process(ShardingContext context, List<T> batch) throws Exception;

  /** Fetches and processes until there is nothing left. */
  @Override
  default Result handle(ShardingContext context) throws Exception {
    return new Dataflow<>(this, context).run();
  }

  /** It does: another instance goes on with what is not fetched yet. */
  @Override
  default boolean yieldsToDrain() {
    return true;
  }

  /**
   * The first half of a dataflow, without its name.
   *
   * @param <T> what an item is
   */
  @FunctionalInterface
  interface Fetching<T> {
    /** Fetches what is to be done next. */
    List<T> fetch(ShardingContext context) throws Exception;
  }

  /**
   * The second half of a dataflow, without its name.
   *
   * @param <T> what an item is
   */
  @FunctionalInterface
  interface Processing<T> {
    /** Processes a batch. */
    void process(ShardingContext context, List<T> batch) throws Exception;
  }

  /**
   * A dataflow made of a name, a line that describes it, and its two halves.
   *
   * @param <T> what an item is
   */
  static <T> DataflowJobHandler<T> of(
      String name, String description, Fetching<T> fetch, Processing<T> process) {
    record Named<T>(String name, String description, Fetching<T> first, Processing<T> second)
        implements DataflowJobHandler<T> {
      @Override
      public List<T> fetch(ShardingContext context) throws Exception {
        return first.fetch(context);
      }

      @Override
      public void process(ShardingContext context, List<T> batch) throws Exception {
        second.process(context, batch);
      }
    }
    return new Named<>(name, description, fetch, process);
  }
}
