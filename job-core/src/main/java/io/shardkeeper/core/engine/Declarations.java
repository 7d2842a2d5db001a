package io.shardkeeper.core.engine;

import io.shardkeeper.core.definition.JobDocument;
import io.shardkeeper.core.layout.Layout;
import io.shardkeeper.core.ledger.Bytes;
import io.shardkeeper.core.ledger.CommitResult;
import io.shardkeeper.core.ledger.Ledger;
import io.shardkeeper.core.ledger.Node;
import io.shardkeeper.core.ledger.NodePath;
import io.shardkeeper.core.ledger.Session;
import io.shardkeeper.core.ledger.Subscription;
import io.shardkeeper.core.ledger.Transaction;
import io.shardkeeper.core.loop.Loop;
import io.shardkeeper.job.Job;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Collection;
import java.util.Deque;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The jobs that an application declares, written once, as soon as there is a connection, and never again: two versions of an application that live at
 * the same time do not undo each other's definitions. Lives on the loop, which is also the executor of its ledger.
 *
 * <pre>
 *   stored                                        what a declaration does
 *   nothing                                       creates it
 *   the same definition                           nothing
 *   another one, by a declaration                 replaces it
 *   another one, by a client or a person          leaves it, and says so in the log
 *   one that cannot be read here                  leaves it, and says so in the log
 * </pre>
 */
public final class Declarations implements AutoCloseable {
  /** Who has written a definition that a declaration wrote. */
  public static final String ACTOR = "declared";

  private static final Logger LOG = LoggerFactory.getLogger(Declarations.class);
  private static final Duration BETWEEN_TRIES = Duration.ofMillis(200);

  /** The dial of the ledger's clock: whoever wants to know the time writes it, and looks when that was. */
  private static final NodePath DIAL = Layout.COORDINATOR.child("clock");

  private final Ledger ledger;
  private final Loop loop;
  private final Deque<Job> left;
  private final CompletableFuture<Void> written = new CompletableFuture<>();
  private Subscription sessions = () -> {};
  private Subscription retry = () -> {};
  private boolean underWay;
  private boolean closed;

  /** Declarations that were not written yet. */
  public Declarations(Ledger ledger, Loop loop, Collection<Job> jobs) {
    this.ledger = ledger;
    this.loop = loop;
    this.left = new ArrayDeque<>(jobs);
  }

  /** Begins to write. */
  public void start() {
    sessions = ledger.onSession(session -> consider());
    loop.execute(this::consider);
  }

  /** Ends when each of them was written, or need not be. */
  public CompletionStage<Void> written() {
    return written.minimalCompletionStage();
  }

  /** What was not written yet will not be. */
  @Override
  public void close() {
    closed = true;
    sessions.close();
    retry.close();
  }

  private void consider() {
    Session session = ledger.session();
    if (closed || underWay || written.isDone() || !session.isConnected()) {
      return;
    }
    underWay = true;
    Foundation.lay(ledger)
        .thenCompose(laid -> ahead())
        .thenCompose(this::next)
        .whenComplete((done, failure) -> {
          underWay = false;
          if (failure == null) {
            sessions.close();
            written.complete(null);
          } else if (!closed) {
            LOG.debug("Declaring {} jobs is tried again", left.size(), failure);
            retry.close();
            retry = loop.at(loop.nanos() + BETWEEN_TRIES.toNanos(), this::consider);
          }
        });
  }

  /** By how much the ledger's clock is ahead of ours. */
  private CompletionStage<Duration> ahead() {
    CompletionStage<CommitResult> made =
        ledger.commit(Transaction.builder().create(DIAL, Bytes.NONE).build());
    return made.thenCompose(ignored -> {
      Instant before = loop.wall();
      return ledger
          .commit(Transaction.builder()
              .set(DIAL, Bytes.NONE, Transaction.ANY_VERSION)
              .build())
          .thenCompose(result -> ledger.read(DIAL))
          .thenApply(dial -> {
            Duration half = Duration.between(before, loop.wall()).dividedBy(2);
            Node node = dial.orElseThrow(() -> Foundation.missing(DIAL));
            return Duration.between(before.plus(half), node.modified());
          });
    });
  }

  /** Writes the first of those that are left, and the others behind it. */
  private CompletionStage<Void> next(Duration ahead) {
    Job job = left.peek();
    if (job == null || closed) {
      return CompletableFuture.completedStage(null);
    }
    NodePath path = Layout.job(job.name());
    return ledger.read(path).thenCompose(node -> {
      Optional<Transaction> step = step(job, path, node, loop.wall().plus(ahead));
      if (step.isEmpty()) {
        left.remove();
        return next(ahead);
      }
      return ledger.commit(step.get()).thenCompose(result -> {
        // Of anything else nobody knows, or somebody was faster: what is there now is looked at.
        if (result.isApplied()) {
          LOG.info(
              "Job '{}' is {} by its declaration",
              job.name(),
              node.isEmpty() ? "created" : "changed");
          left.remove();
          return next(ahead);
        }
        throw Foundation.missing(path);
      });
    });
  }

  /** What makes it true; nothing if it is, or if it is somebody else's. */
  private static Optional<Transaction> step(
      Job job, NodePath path, Optional<Node> stored, Instant now) {
    if (stored.isEmpty()) {
      String json = JobDocument.of(job).written(ACTOR, now).toJson();
      return Optional.of(Transaction.builder().create(path, Bytes.of(json)).build());
    }
    JobDocument document;
    try {
      document = JobDocument.parse(stored.get().data().text());
    } catch (IllegalArgumentException e) {
      LOG.warn(
          "Job '{}' stays as it is stored, and not as it is declared here: {}",
          job.name(),
          e.getMessage());
      return Optional.empty();
    }
    JobDocument declared = document.with(job);
    if (declared.toJson().equals(document.toJson())) {
      return Optional.empty();
    }
    if (!document.actor().equals(ACTOR)) {
      LOG.info(
          "Job '{}' stays as {} has written it, and not as it is declared here",
          job.name(),
          document.actor().isEmpty() ? "somebody" : "'" + document.actor() + "'");
      return Optional.empty();
    }
    // Fires of a trigger that stays are not lost by an edit of something else.
    Instant since = document.job().trigger().equals(job.trigger()) ? document.since() : now;
    return Optional.of(Transaction.builder()
        .set(
            path,
            Bytes.of(declared.written(ACTOR, since).toJson()),
            stored.get().version())
        .build());
  }
}
