package io.shardkeeper.core.ledger.memory;

import io.shardkeeper.core.ledger.CommitResult;
import io.shardkeeper.core.ledger.Hint;
import io.shardkeeper.core.ledger.Ledger;
import io.shardkeeper.core.ledger.LedgerException;
import io.shardkeeper.core.ledger.LedgerException.Kind;
import io.shardkeeper.core.ledger.Node;
import io.shardkeeper.core.ledger.NodePath;
import io.shardkeeper.core.ledger.Session;
import io.shardkeeper.core.ledger.Session.Standing;
import io.shardkeeper.core.ledger.Subscription;
import io.shardkeeper.core.ledger.Transaction;
import io.shardkeeper.core.ledger.adapter.HintRelay;
import io.shardkeeper.core.ledger.adapter.Mailbox;
import io.shardkeeper.core.ledger.adapter.SessionLevel;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.function.Consumer;
import java.util.function.Function;

/** One client of a {@link MemoryTree}. Its fields are guarded by the tree's lock. */
final class MemoryLedger implements Ledger {
  /** Nothing ever takes a session away; a number is needed by those who reckon with one. */
  private static final Duration TIMEOUT = Duration.ofSeconds(10);

  private final MemoryTree shared;
  private final Mailbox mailbox;
  private final List<HintRelay> watches = new ArrayList<>();
  private final SessionLevel session;

  MemoryLedger(MemoryTree shared, Executor events, long id) {
    this.shared = shared;
    this.mailbox = new Mailbox(events);
    this.session = new SessionLevel(connected(id), mailbox);
  }

  @Override
  public CompletionStage<CommitResult> commit(Transaction transaction) {
    var done = new CompletableFuture<CommitResult>();
    shared.use(tree -> {
      CommitResult result = isClosed()
          ? CommitResult.UNKNOWN
          : tree.commit(transaction, session().id(), shared.clock().instant());
      mailbox.put(() -> done.complete(result));
      return result;
    });
    mailbox.wake();
    return done;
  }

  @Override
  public CompletionStage<Optional<Node>> read(NodePath path) {
    return ask(tree -> tree.read(path));
  }

  @Override
  public CompletionStage<Optional<List<String>>> list(NodePath path) {
    return ask(tree -> {
      Optional<List<String>> names = tree.list(path);
      if (names.isPresent() && names.get().size() > MOST_CHILDREN) {
        throw LedgerException.tooManyChildren(path, names.get().size());
      }
      return names;
    });
  }

  @Override
  public CompletionStage<Void> barrier() {
    return this.<Optional<Void>>ask(tree -> Optional.empty()).thenApply(done -> null);
  }

  private <T> CompletionStage<T> ask(Function<Tree, T> question) {
    var done = new CompletableFuture<T>();
    shared.use(tree -> {
      try {
        if (isClosed()) {
          throw new LedgerException(Kind.CLOSED, "The ledger was closed");
        }
        T answer = question.apply(tree);
        mailbox.put(() -> done.complete(answer));
      } catch (LedgerException e) {
        mailbox.put(() -> done.completeExceptionally(e));
      }
      return done;
    });
    mailbox.wake();
    return done;
  }

  @Override
  public Subscription watch(NodePath root, Consumer<Hint> told) {
    return shared.use(tree -> {
      var relay = new HintRelay(root, told, mailbox, this::forget);
      watches.add(relay);
      relay.everythingChanged();
      return relay;
    });
  }

  private void forget(HintRelay relay) {
    shared.use(tree -> watches.remove(relay));
  }

  @Override
  public Session session() {
    return session.now();
  }

  @Override
  public Subscription onSession(Consumer<Session> told) {
    return shared.use(tree -> session.listen(told));
  }

  @Override
  public CompletionStage<Void> endSession() {
    return ask(tree -> {
          tree.endSession(session().id());
          session.become(connected(shared.newSession()));
          watches.forEach(HintRelay::everythingChanged);
          return true;
        })
        .thenApply(done -> null);
  }

  @Override
  public void close() {
    shared.use(tree -> {
      if (!isClosed()) {
        watches.forEach(HintRelay::mute);
        session.mute();
        session.become(session().as(Standing.CLOSED));
        tree.endSession(session().id());
        shared.forget(this);
      }
      return true;
    });
  }

  private boolean isClosed() {
    return session().standing() == Standing.CLOSED;
  }

  private static Session connected(long id) {
    return new Session(id, Standing.CONNECTED, TIMEOUT);
  }

  /** Called under the lock. */
  void changed(NodePath path) {
    watches.forEach(watch -> watch.changed(path));
  }

  /** Called without the lock. */
  void wake() {
    mailbox.wake();
  }
}
