package io.shardkeeper.handler;

import java.util.List;
import java.util.Optional;
import java.util.concurrent.CancellationException;
import org.jspecify.annotations.Nullable;

/** One execution of a dataflow, and how far it is. Of the thread that runs it. */
final class Dataflow<T> {
  private final DataflowJobHandler<T> handler;
  private final ShardingContext context;
  private long batches;
  private long items;

  Dataflow(DataflowJobHandler<T> handler, ShardingContext context) {
    this.handler = handler;
    this.context = context;
  }

  Result run() throws Exception {
    while (true) {
      Optional<Cancellation.Reason> reason = context.cancellation().reason();
      if (reason.isPresent()) {
        return stopped(reason.get());
      }
      @Nullable List<T> batch;
      try {
        batch = handler.fetch(context);
      } catch (Exception e) {
        throw failed("Fetching", e);
      }
      if (batch == null) {
        return Result.failed("Fetching answered null after " + soFar()
            + "; a dataflow that has nothing left answers an empty list");
      }
      if (batch.isEmpty()) {
        return Result.ok(soFar());
      }
      int size = batch.size(); // who processes it may empty it
      try {
        handler.process(context, batch);
      } catch (Exception e) {
        throw failed("Processing " + items(size), e);
      }
      batches++;
      items += size;
      context.progress().report(items, 0);
      context.progress().report(soFar());
    }
  }

  /** Somebody else goes on only if this is no result. */
  private Result stopped(Cancellation.Reason reason) {
    if (reason == Cancellation.Reason.DRAINING) {
      throw new CancellationException("The instance is leaving; stopped after " + soFar());
    }
    return Result.failed("stopped between two batches (" + reason + "), after " + soFar());
  }

  /** As many words as it takes to go on by hand. What obeys the wish that it ends stays what it is: it is no failure. */
  private Exception failed(String what, Exception cause) {
    boolean obeys =
        cause instanceof CancellationException && context.cancellation().isRequested();
    if (cause instanceof InterruptedException || obeys) {
      return cause;
    }
    return new IllegalStateException(what + " failed after " + soFar(), cause);
  }

  private String soFar() {
    return (batches == 1 ? "1 batch" : batches + " batches") + " with " + items(items);
  }

  private static String items(long count) {
    return count == 1 ? "1 item" : count + " items";
  }
}
