package io.shardkeeper.core.client;

import io.shardkeeper.client.Defined;
import io.shardkeeper.client.JobClientException;
import io.shardkeeper.client.JobClientException.Reason;
import io.shardkeeper.core.definition.JobDocument;
import io.shardkeeper.core.layout.Layout;
import io.shardkeeper.core.ledger.Bytes;
import io.shardkeeper.core.ledger.CommitResult;
import io.shardkeeper.core.ledger.Ledger;
import io.shardkeeper.core.ledger.Node;
import io.shardkeeper.core.ledger.NodePath;
import io.shardkeeper.core.ledger.Transaction;
import io.shardkeeper.core.post.Asking;
import io.shardkeeper.job.Job;
import io.shardkeeper.trigger.Trigger;
import io.shardkeeper.view.Revision;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/** Writes and deletes definitions under the version that was read, so that nobody's change is lost, until the end is certain. Lives on the loop. */
final class Writing {
  private static final int MOST_TRIES = 20;

  private final Ledger ledger;
  private final Asking asking;
  private final Definitions definitions;
  private final Checking checking;

  Writing(Ledger ledger, Asking asking, Definitions definitions, Checking checking) {
    this.ledger = ledger;
    this.asking = asking;
    this.definitions = definitions;
    this.checking = checking;
  }

  /**
   * What is to be made of a definition.
   *
   * @param expected the revision that it must have; any if there is none
   * @param edit makes the new document of the one that is there; the same leaves it as it is
   * @param fresh makes one where none is, or none that can be read; without it that fails
   */
  record Change(
      String name,
      @Nullable Revision expected,
      UnaryOperator<JobDocument> edit,
      @Nullable Supplier<JobDocument> fresh) {}

  // ------------------------------------------------------------------ writing

  /** Makes a change; tells what stands there then. */
  CompletionStage<Defined> write(Change change) {
    return new Write(change).attempt();
  }

  /** One write, from the first look to its certain end. */
  private final class Write {
    final Change change;
    final String name;

    /** What was sent and may have landed. */
    @Nullable
    String sent;

    int tries;

    Write(Change change) {
      this.change = change;
      this.name = change.name();
    }

    CompletionStage<Defined> attempt() {
      if (++tries > MOST_TRIES) {
        return CompletableFuture.failedStage(new JobClientException(
            Reason.CONFLICT,
            "Job '" + name + "' was changed by others each of " + MOST_TRIES
                + " times that it was to be written; try again later"));
      }
      return definitions.find(name).thenCompose(this::decide);
    }

    private CompletionStage<Defined> decide(Optional<Definition> there) {
      if (there.isEmpty()) {
        if (change.fresh() == null) {
          throw Definitions.noSuchJob(name);
        }
        return write(there, change.fresh().get());
      }
      Definition found = there.get();
      if (found.newer() || (found.document() == null && change.fresh() == null)) {
        throw found.unreadable();
      }
      if (sent != null && found.node().data().text().equals(sent)) {
        return defined(found, true); // it had landed
      }
      if (change.expected() != null && !change.expected().equals(found.revision())) {
        throw new JobClientException(
            Reason.CONFLICT,
            "Job '" + name + "' is at revision " + found.revision()
                + " by now, and was to be changed from " + change.expected()
                + "; read it, and decide anew");
      }
      JobDocument document = found.document();
      if (document == null) {
        // Damaged: what is written takes its place.
        return write(there, Objects.requireNonNull(change.fresh()).get());
      }
      JobDocument changed = change.edit().apply(document);
      if (changed.toJson().equals(document.toJson())) {
        return defined(found, sent != null);
      }
      return write(there, changed);
    }

    private CompletionStage<Defined> write(Optional<Definition> there, JobDocument document) {
      Job job = document.job();
      // What stays as it is was judged by who wrote it, who may have routes and calendars that this
      // one has not.
      boolean same = there
          .map(Definition::document)
          .filter(before -> before.job().equals(job))
          .isPresent();
      CompletionStage<?> checked =
          same ? CompletableFuture.completedStage(null) : checking.check(job);
      return checked.thenCompose(right -> {
        String json = document.toJson();
        sent = json;
        NodePath path = Layout.job(name);
        Transaction.Builder steps = Transaction.builder();
        if (there.isPresent()) {
          steps.set(path, Bytes.of(json), there.get().node().version());
        } else {
          steps.create(path, Bytes.of(json));
        }
        return ledger.commit(steps.build()).thenCompose(result -> done(result, json));
      });
    }

    private CompletionStage<Defined> done(CommitResult result, String json) {
      switch (result.kind()) {
        case APPLIED -> {
          return definitions.find(name).thenCompose(found -> {
            if (found.isEmpty()) {
              throw new JobClientException(
                  Reason.CONFLICT, "Job '" + name + "' was deleted as soon as it was written");
            }
            return defined(found.get(), true);
          });
        }
        case UNKNOWN -> {
          tries--; // that was nobody's change
          var again = new CompletableFuture<Defined>();
          asking.again(() -> pass(attempt(), again));
          return again;
        }
        case CONFLICT -> {
          if (result.refusal() == CommitResult.Refusal.DENIED) {
            throw new JobClientException(
                Reason.UNAVAILABLE, "These credentials must not write " + Layout.job(name));
          }
          if (!json.equals(sent)) {
            throw new IllegalStateException("Two writes of job '" + name + "' at a time");
          }
          return attempt();
        }
      }
      throw new IllegalStateException("A commit ended " + result);
    }

    private CompletionStage<Defined> defined(Definition found, boolean changed) {
      return definitions
          .nextFires(found)
          .thenApply(fires -> new Defined(
              name, found.revision(), changed, fires.isEmpty() ? Trigger.NEVER : fires.get(0)));
    }
  }

  private static <T> void pass(CompletionStage<T> from, CompletableFuture<T> to) {
    from.whenComplete((value, failure) -> {
      if (failure == null) {
        to.complete(value);
      } else {
        to.completeExceptionally(failure);
      }
    });
  }

  // ------------------------------------------------------------------ deleting

  /** Deletes what is there now. */
  CompletionStage<Boolean> delete(String name) {
    return delete(name, null);
  }

  private CompletionStage<Boolean> delete(String name, @Nullable Node sent) {
    return asking.read(Layout.job(name)).thenCompose(node -> {
      if (node.isEmpty() || (sent != null && node.get().creation() != sent.creation())) {
        return CompletableFuture.completedStage(sent != null);
      }
      Definition found = Definition.of(name, node.get());
      if (found.newer()) {
        throw found.unreadable();
      }
      return ledger
          .commit(Transaction.builder()
              .delete(Layout.job(name), node.get().version())
              .build())
          .thenCompose(result -> switch (result.kind()) {
            case APPLIED -> CompletableFuture.completedStage(true);
            case UNKNOWN -> {
              var again = new CompletableFuture<Boolean>();
              asking.again(() -> pass(delete(name, node.get()), again));
              yield again;
            }
            case CONFLICT -> {
              if (result.refusal() == CommitResult.Refusal.DENIED) {
                throw new JobClientException(
                    Reason.UNAVAILABLE, "These credentials must not delete " + Layout.job(name));
              }
              yield delete(name, sent);
            }
          });
    });
  }
}
