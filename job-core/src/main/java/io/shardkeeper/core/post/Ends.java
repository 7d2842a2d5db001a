package io.shardkeeper.core.post;

import io.shardkeeper.core.layout.RunId;
import io.shardkeeper.core.mail.Box;
import io.shardkeeper.core.mail.Command.Request;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/** Those who wait for the ends of runs. Who waits for the same shares an answer, and to ask for it again does no harm. Lives on the loop. */
final class Ends {
  private final Runnable more;
  private final Map<RunId, CompletableFuture<Box.Answer>> awaited = new LinkedHashMap<>();

  /** Of these, the ones for which there is no command at present. */
  private final Deque<RunId> toAsk = new ArrayDeque<>();

  /**
   * Nobody waits yet.
   *
   * @param more called when there is more to be asked
   */
  Ends(Runnable more) {
    this.more = more;
  }

  /** Asks for the outcome of a run. */
  CompletionStage<Box.Answer> await(RunId run) {
    return awaited.computeIfAbsent(run, same -> {
      toAsk.add(run);
      more.run();
      return new CompletableFuture<>();
    });
  }

  /** Whether there is nothing to be asked. */
  boolean isEmpty() {
    return toAsk.isEmpty();
  }

  /** The next one. */
  Letter take() {
    return new Wait(toAsk.remove());
  }

  /** Tells all who wait that nothing will come. */
  void failAll(Throwable why) {
    toAsk.clear();
    List<CompletableFuture<Box.Answer>> waiters = List.copyOf(awaited.values());
    awaited.clear();
    waiters.forEach(waiter -> waiter.completeExceptionally(why));
  }

  /** A command that is answered when a run has ended. */
  final class Wait implements Letter {
    private final RunId run;

    private Wait(RunId run) {
      this.run = run;
    }

    @Override
    public List<Request> requests(Instant now) {
      return List.of(new Request.Await(run));
    }

    @Override
    public int size() {
      return 1;
    }

    @Override
    public void answered(List<Box.Answer> answers) {
      CompletableFuture<Box.Answer> waiter = awaited.remove(run);
      if (waiter != null) {
        waiter.complete(answers.get(0));
      }
    }

    @Override
    public void failed(Throwable why) {
      CompletableFuture<Box.Answer> waiter = awaited.remove(run);
      if (waiter != null) {
        waiter.completeExceptionally(why);
      }
    }

    @Override
    public void lost() {
      toAsk.addFirst(run);
    }

    /** So many others were answered meanwhile that this answer went. */
    @Override
    public void unanswered(String name) {
      toAsk.add(run);
    }
  }
}
