package io.shardkeeper.core.post;

import io.shardkeeper.client.JobClientException;
import io.shardkeeper.client.JobClientException.Reason;
import io.shardkeeper.client.RunRequest;
import io.shardkeeper.core.layout.RunId;
import io.shardkeeper.core.mail.Box;
import io.shardkeeper.core.mail.Command;
import io.shardkeeper.core.mail.Command.Request;
import io.shardkeeper.job.Limits;
import io.shardkeeper.trigger.Trigger;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Requests that are answered at once by whoever coordinates. They wait in line, which is bounded, until they are taken for a command, as many as fit
 * into it. Lives on the loop.
 */
final class Requests {
  private static final Logger LOG = LoggerFactory.getLogger(Requests.class);

  /** Requests that wait in line, at most, and their bytes. */
  private static final int MOST_WAITING = 10_000;

  private static final int MOST_WAITING_BYTES = 16 * 1024 * 1024;

  /** Bytes of a request that names but a run or an instance, and of an answer to that, at most. */
  private static final int SHORT = 200;

  private static final int SHORT_ANSWER = 250;

  private final int empty;
  private final Runnable more;
  private final Deque<Asked> waiting = new ArrayDeque<>();
  private long bytes;

  /**
   * One request, and who waits for the answer.
   *
   * @param what is asked, by the time at which it is sent
   * @param bytes of it, at most
   * @param answerBytes of its answer, at most
   * @param repeatable whether it does no harm to ask once more under another number
   */
  private record Asked(
      Function<Instant, Request> what,
      int bytes,
      int answerBytes,
      boolean repeatable,
      CompletableFuture<Box.Answer> answer) {}

  /**
   * None waits yet.
   *
   * @param actor who asks, for people
   * @param more called when there is more to be asked
   */
  Requests(String actor, Runnable more) {
    this.empty = 200 + 6 * actor.length();
    this.more = more;
  }

  // ------------------------------------------------------------------ in line

  /** Asks for a run. */
  CompletionStage<Box.Answer> start(RunRequest run) {
    int size = 150
        + run.job().length()
        + 6 * run.shards().size()
        + Limits.bytes(run.key())
        + run.origin().bytes();
    for (Map.Entry<String, String> parameter : run.parameters().entrySet()) {
      size += Limits.bytes(parameter.getKey()) + Limits.bytes(parameter.getValue()) + 6;
    }
    boolean repeatable = !run.key().isEmpty();
    return ask(new Asked(
        now -> request(run, now),
        size,
        120 + run.job().length(),
        repeatable,
        new CompletableFuture<>()));
  }

  /** Asks for the end of a run. */
  CompletionStage<Box.Answer> kill(RunId run) {
    return ask(new Request.Kill(run));
  }

  /** Asks for the end of an instance. */
  CompletionStage<Box.Answer> drain(String instance) {
    return ask(new Request.Drain(instance));
  }

  private CompletionStage<Box.Answer> ask(Request what) {
    return ask(new Asked(now -> what, SHORT, SHORT_ANSWER, true, new CompletableFuture<>()));
  }

  private CompletionStage<Box.Answer> ask(Asked asked) {
    if (waiting.size() >= MOST_WAITING || bytes + asked.bytes() > MOST_WAITING_BYTES) {
      return CompletableFuture.failedStage(new JobClientException(
          Reason.BUSY,
          waiting.size() + " requests with " + bytes
              + " bytes wait in this client for the coordinator; at most " + MOST_WAITING
              + " with " + MOST_WAITING_BYTES + " bytes may: ask again when some are answered"));
    }
    waiting.add(asked);
    bytes += asked.bytes();
    more.run();
    return asked.answer();
  }

  private static Request request(RunRequest run, Instant now) {
    Duration after = run.after();
    if (!run.at().equals(Trigger.NEVER_BEFORE)) {
      Duration wait = Duration.between(now, run.at());
      after = wait.isNegative() ? Duration.ZERO : wait;
    }
    return new Request.Start(
        run.job(), run.parameters(), run.shards(), after, run.key(), run.prompt(), run.origin());
  }

  /** Whether none waits in line. */
  boolean isEmpty() {
    return waiting.isEmpty();
  }

  /** Tells all who wait in line that nothing will come. */
  void failAll(Throwable why) {
    List<Asked> all = List.copyOf(waiting);
    waiting.clear();
    bytes = 0;
    all.forEach(asked -> asked.answer().completeExceptionally(why));
  }

  // ------------------------------------------------------------------ in a command

  /** As many as fit into one command; one at least. */
  Letter take() {
    List<Asked> taken = new ArrayList<>();
    int size = empty;
    for (Asked first = waiting.peek();
        first != null
            && taken.size() < Command.MOST_REQUESTS
            && (taken.isEmpty() || size + first.bytes() <= Command.MOST_BYTES);
        first = waiting.peek()) {
      size += first.bytes();
      bytes -= first.bytes();
      taken.add(waiting.remove());
    }
    return new Bundle(taken);
  }

  /** Requests that go together in a command. */
  final class Bundle implements Letter {
    private final List<Asked> all;

    private Bundle(List<Asked> all) {
      this.all = List.copyOf(all);
    }

    @Override
    public List<Request> requests(Instant now) {
      return all.stream().map(asked -> asked.what().apply(now)).toList();
    }

    @Override
    public int size() {
      return all.size();
    }

    /** Bytes of the answers, at most. */
    int answerBytes() {
      return all.stream().mapToInt(Asked::answerBytes).sum();
    }

    @Override
    public void answered(List<Box.Answer> answers) {
      for (int i = 0; i < all.size(); i++) {
        all.get(i).answer().complete(answers.get(i));
      }
    }

    @Override
    public void failed(Throwable why) {
      all.forEach(asked -> asked.answer().completeExceptionally(why));
    }

    @Override
    public void lost() {
      for (int i = all.size() - 1; i >= 0; i--) {
        Asked asked = all.get(i);
        if (asked.repeatable()) {
          waiting.addFirst(asked);
          bytes += asked.bytes();
        } else {
          asked.answer().completeExceptionally(inDoubt("its box is gone"));
        }
      }
    }

    @Override
    public void unanswered(String name) {
      LOG.error("{} is gone without an answer", name);
      failed(inDoubt("the command was taken away"));
    }

    private static JobClientException inDoubt(String why) {
      return new JobClientException(
          Reason.IN_DOUBT,
          "A request was sent, and " + why
              + " before its answer was read: look among the runs of the job whether it has started; with a key it could be repeated");
    }
  }
}
