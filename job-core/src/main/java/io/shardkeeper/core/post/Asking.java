package io.shardkeeper.core.post;

import io.shardkeeper.client.JobClientException;
import io.shardkeeper.client.JobClientException.Reason;
import io.shardkeeper.core.ledger.Ledger;
import io.shardkeeper.core.ledger.LedgerException;
import io.shardkeeper.core.ledger.Node;
import io.shardkeeper.core.ledger.NodePath;
import io.shardkeeper.core.ledger.Subscription;
import io.shardkeeper.core.loop.Loop;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.function.BiConsumer;
import java.util.function.Supplier;

/**
 * Asks the ledger until it answers: a lost connection is waited out, and the question asked again. Nothing turns while nothing is asked.
 * Lives on the loop.
 */
public final class Asking implements AutoCloseable {
  /** Questions of one kind under way, at most. */
  private static final int MOST_AT_ONCE = 32;

  private static final Duration PAUSE = Duration.ofMillis(100);

  private final Ledger ledger;
  private final Loop loop;
  private final Deque<Runnable> waiting = new ArrayDeque<>();
  private final Subscription session;
  private Subscription timer = () -> {};
  private boolean timed;
  private boolean closed;

  /** Nothing is asked yet. */
  public Asking(Ledger ledger, Loop loop) {
    this.ledger = ledger;
    this.loop = loop;
    this.session = ledger.onSession(now -> loop.execute(this::goOn));
  }

  /** What the ledger answers in the end. */
  public <T> CompletionStage<T> ask(Supplier<? extends CompletionStage<T>> question) {
    var answer = new CompletableFuture<T>();
    ask(question, answer);
    return answer;
  }

  private <T> void ask(
      Supplier<? extends CompletionStage<T>> question, CompletableFuture<T> answer) {
    question.get().whenComplete((value, failure) -> {
      if (failure == null) {
        answer.complete(value);
      } else if (isPassing(failure)) {
        again(() -> ask(question, answer));
      } else {
        answer.completeExceptionally(told(failure));
      }
    });
  }

  /** A node, as soon as the ledger tells. */
  public CompletionStage<Optional<Node>> read(NodePath path) {
    return ask(() -> ledger.read(path));
  }

  /** The names of nodes right below one; none if it is absent. Names that strangers made are left out. */
  public CompletionStage<List<String>> list(NodePath path) {
    return ask(() -> ledger.list(path))
        .thenApply(
            names -> names.orElse(List.of()).stream().filter(path::mayHave).toList());
  }

  /** Asks of each item, some at a time, and keeps the answers. */
  public <K, V> CompletionStage<Void> each(
      List<K> items, Question<K, V> question, BiConsumer<K, V> keep) {
    if (items.isEmpty()) {
      return CompletableFuture.completedStage(null);
    }
    int some = Math.min(MOST_AT_ONCE, items.size());
    List<CompletableFuture<?>> answers = new ArrayList<>();
    for (K item : items.subList(0, some)) {
      answers.add(
          question.of(item).thenAccept(value -> keep.accept(item, value)).toCompletableFuture());
    }
    return CompletableFuture.allOf(answers.toArray(new CompletableFuture<?>[0]))
        .thenCompose(done -> each(items.subList(some, items.size()), question, keep));
  }

  /** Something that is asked of an item. */
  @FunctionalInterface
  public interface Question<K, V> {
    /** Asks it. */
    CompletionStage<V> of(K item);
  }

  /** Has something done when the ledger may answer again. */
  public void again(Runnable what) {
    if (closed) {
      return; // whoever waits for it is told by the client
    }
    waiting.add(what);
    // Without a connection its return says when; with one, the far end was too busy, or is about to
    // go.
    if (ledger.session().isConnected() && !timed) {
      timed = true;
      timer = loop.at(loop.nanos() + PAUSE.toNanos(), () -> {
        timed = false;
        goOn();
      });
    }
  }

  private void goOn() {
    if (closed || !ledger.session().isConnected()) {
      return;
    }
    int due = waiting.size(); // what waits again meanwhile, waits for the next time
    for (int i = 0; i < due && !closed; i++) {
      waiting.remove().run();
    }
  }

  private static boolean isPassing(Throwable failure) {
    return cause(failure) instanceof LedgerException refusal
        && (refusal.kind() == LedgerException.Kind.UNAVAILABLE
            || refusal.kind() == LedgerException.Kind.BUSY);
  }

  private static Throwable cause(Throwable failure) {
    return failure instanceof CompletionException && failure.getCause() != null
        ? failure.getCause()
        : failure;
  }

  /** A failure as the application is told of it. */
  public static Throwable told(Throwable failure) {
    Throwable cause = cause(failure);
    if (cause instanceof LedgerException refusal) {
      Reason reason =
          refusal.kind() == LedgerException.Kind.CLOSED ? Reason.CLOSED : Reason.UNAVAILABLE;
      return new JobClientException(reason, String.valueOf(refusal.getMessage()));
    }
    return cause;
  }

  @Override
  public void close() {
    closed = true;
    waiting.clear();
    timer.close();
    session.close();
  }
}
