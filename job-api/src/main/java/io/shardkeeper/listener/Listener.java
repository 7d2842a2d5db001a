package io.shardkeeper.listener;

import io.shardkeeper.view.RunView;

/**
 * Is told what happens in the engine of its process: overwrite what you want to hear of.
 *
 * <pre>
 *   of a run           once for all instances together, on the one that coordinates
 *   of an execution    on the instance that calls the handler, on the thread of the handler
 *   of the instance    on itself
 * </pre>
 *
 * <p><b>Runs.</b> What is told of a run is decided for good: it stands in the ledger. It is told once, however often shards are tried again or moved, and
 * whoever coordinates later tells nothing of it again. If the coordinating process ends, or loses its connection, between a decision and its being told,
 * it is never told: who must not miss the end of a run asks for it with the client. So give the listener to every instance that may coordinate.
 *
 * <p><b>Threads.</b> Runs and states are told one after the other, in the order in which they happened, on a thread of their own: what takes long holds up nobody
 * but the next one to be told. While 1,000 wait, whatever comes is dropped, and a line in the log says how many. Executions are told by many threads at the same time.
 * Whatever a listener throws is logged, once for each kind, and changes nothing.
 */
public interface Listener {
  /**
   * A run begins: it is divided into shards, and these are given to instances. Fires are planned about a second ahead, so that this comes before a shard
   * starts, as a rule; but it is told, and nobody waits for it. A shard that has to wait for the run before it may wait longer, and a run of which none could start
   * ends all the same, {@code SKIPPED_OVERLAP} for one.
   */
  default void runBegins(RunBegin run) {}

  /** A run has ended, with all of its shards; or it was decided that it does not begin, and then nobody was told that it does. */
  default void runEnded(RunView.Ended run) {}

  /** It was decided that fires do not run, of which nothing else is told. */
  default void firesSkipped(FiresSkipped fires) {}

  /**
   * A handler is about to be called, on this thread. What takes long here counts against the timeout of the job; what is put into the thread, as tracers do, is
   * there when the handler is called.
   */
  default void executionBegins(ExecutionView execution) {}

  /**
   * The handler has returned, or has thrown something, on this thread. Of several listeners, the last to be told of the begin is the first to be told of the end.
   * Follows each begin, unless the process ends.
   */
  default void executionEnded(ExecutionView execution, ExecutionEnd end) {}

  /** The instance of this process is in another state. */
  default void stateChanged(StateChange change) {}
}
