package io.shardkeeper.core.client;

import io.shardkeeper.calendar.Calendars;
import io.shardkeeper.client.Defined;
import io.shardkeeper.client.JobClientException;
import io.shardkeeper.client.JobClientException.Reason;
import io.shardkeeper.core.assign.Routes;
import io.shardkeeper.core.definition.JobDocument;
import io.shardkeeper.core.definition.NotCarriedOut;
import io.shardkeeper.core.engine.Foundation;
import io.shardkeeper.core.json.NewerFormatException;
import io.shardkeeper.core.layout.Cursor;
import io.shardkeeper.core.layout.Layout;
import io.shardkeeper.core.layout.RunId;
import io.shardkeeper.core.ledger.Bytes;
import io.shardkeeper.core.ledger.CommitResult;
import io.shardkeeper.core.ledger.Ledger;
import io.shardkeeper.core.ledger.Node;
import io.shardkeeper.core.ledger.NodePath;
import io.shardkeeper.core.ledger.Transaction;
import io.shardkeeper.job.InvalidJobException;
import io.shardkeeper.job.Job;
import io.shardkeeper.job.Pause;
import io.shardkeeper.routing.Routers;
import io.shardkeeper.trigger.NarrowedTrigger;
import io.shardkeeper.trigger.Trigger;
import io.shardkeeper.view.JobView;
import io.shardkeeper.view.Revision;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/** Definitions: written under the version that was read, so that nobody's change is lost; read as they stand. Lives on the loop. */
final class Definitions {
  /** Jobs that are followed to find a cycle, at most. */
  private static final int MOST_FOLLOWED = 1_000;

  private static final int MOST_TRIES = 20;
  private static final int NEXT_FIRES = 5;

  private final Ledger ledger;
  private final Asking asking;
  private final Postbox postbox;
  private final String actor;
  private final Calendars calendars;
  private final Routers routers;

  Definitions(
      Ledger ledger,
      Asking asking,
      Postbox postbox,
      String actor,
      Calendars calendars,
      Routers routers) {
    this.ledger = ledger;
    this.asking = asking;
    this.postbox = postbox;
    this.actor = actor;
    this.calendars = calendars;
    this.routers = routers;
  }

  // ------------------------------------------------------------------ reading

  /** A definition as it was read: a document, or why there is none. */
  private record Found(
      String name, Node node, @Nullable JobDocument document, String mistake, boolean newer) {
    static Found of(String name, Node node) {
      try {
        JobDocument document = JobDocument.parse(node.data().text());
        if (!document.job().name().equals(name)) {
          return new Found(
              name, node, null, "it is the definition of '" + document.job().name() + "'", false);
        }
        return new Found(name, node, document, "", false);
      } catch (NewerFormatException e) {
        return new Found(name, node, null, String.valueOf(e.getMessage()), true);
      } catch (IllegalArgumentException e) {
        return new Found(name, node, null, String.valueOf(e.getMessage()), false);
      }
    }

    Revision revision() {
      return new Revision(node.creation(), node.version());
    }

    JobView view(List<Instant> fires) {
      return document == null
          ? new JobView.Unreadable(name, revision(), mistake, newer)
          : new JobView.Known(
              name,
              revision(),
              document.job(),
              document.since(),
              document.actor(),
              document.pause(),
              fires);
    }

    JobClientException unreadable() {
      return new JobClientException(
          newer ? Reason.NEWER_FORMAT : Reason.UNREADABLE,
          "Job '" + name + "' cannot be read: " + mistake
              + (newer ? "" : "; define it anew to mend it"));
    }
  }

  private CompletionStage<Optional<Found>> find(String name) {
    return asking
        .read(Layout.job(name))
        .thenApply(node -> node.map(there -> Found.of(name, there)));
  }

  static JobClientException noSuchJob(String name) {
    return new JobClientException(Reason.NO_SUCH_JOB, "There is no job '" + name + "'");
  }

  /** A job with its next fires. */
  CompletionStage<JobView> job(String name) {
    return find(name).thenCompose(found -> {
      if (found.isEmpty()) {
        throw noSuchJob(name);
      }
      JobDocument document = found.get().document();
      if (document == null) {
        return CompletableFuture.completedStage(found.get().view(List.of()));
      }
      return cursor().thenApply(cursor -> found.get().view(nextFires(document, cursor)));
    });
  }

  /** The job of a run, as it is now; not another one of its name. */
  CompletionStage<Job> of(RunId run) {
    return find(run.job()).thenApply(found -> {
      boolean same = found.isPresent() && found.get().node().creation() == run.generation();
      JobDocument document = same ? found.get().document() : null;
      if (document != null) {
        return document.job();
      }
      if (same) {
        throw found.get().unreadable();
      }
      throw new JobClientException(Reason.NO_SUCH_JOB, "The job of run " + run + " was deleted");
    });
  }

  /** A definition for whoever has to understand it: with a trigger that has its calendars. */
  CompletionStage<Understood> understood(String name) {
    return find(name).thenApply(found -> {
      JobDocument document = found.orElseThrow(() -> noSuchJob(name)).document();
      if (document == null) {
        throw found.get().unreadable();
      }
      return new Understood(
          document.job(), document.job().trigger().with(calendars), document.since());
    });
  }

  /** What can be understood of a definition. */
  record Understood(Job job, Trigger trigger, Instant since) {}

  /** The jobs behind a name. */
  CompletionStage<List<JobView>> jobs(String behind, int most) {
    List<Integer> buckets = new ArrayList<>();
    for (int bucket = 0; bucket < Layout.BUCKETS; bucket++) {
      buckets.add(bucket);
    }
    var names = new TreeSet<String>();
    return asking
        .<Integer, List<String>>each(
            buckets,
            bucket -> asking.list(Layout.JOBS.child(Layout.bucketName(bucket))),
            (bucket, found) -> {
              for (String name : found) {
                if (name.compareTo(behind) > 0) {
                  names.add(name);
                  if (names.size() > most) {
                    names.pollLast();
                  }
                }
              }
            })
        .thenCompose(listed -> {
          var views = new TreeMap<String, JobView>();
          return asking
              .<String, Optional<Found>>each(
                  List.copyOf(names),
                  this::find,
                  (name, found) -> found.ifPresent(there -> views.put(name, there.view(List.of()))))
              .thenApply(done -> List.copyOf(views.values()));
        });
  }

  /** How far fires are decided; nothing if nobody has coordinated yet. */
  CompletionStage<Optional<Cursor>> cursor() {
    return asking
        .read(Layout.CURSOR)
        .thenApply(node -> node.map(there -> Cursor.read(there.data())));
  }

  private List<Instant> nextFires(JobDocument document, Optional<Cursor> cursor) {
    Instant from = postbox.now();
    if (document.since().isAfter(from)) {
      from = document.since();
    }
    Instant decided = cursor.map(at -> at.decided(document.job().name())).orElse(from);
    if (decided.isAfter(from)) {
      from = decided;
    }
    List<Instant> fires = new ArrayList<>();
    try {
      Trigger trigger = document.job().trigger().with(calendars);
      for (Instant at = trigger.after(from.minusNanos(1));
          fires.size() < NEXT_FIRES && !at.equals(Trigger.NEVER);
          at = trigger.after(at)) {
        if (document.pause().isAt(at)) {
          at = trigger.after(document.pause().until().minusNanos(1));
          if (at.equals(Trigger.NEVER)) {
            break;
          }
        }
        fires.add(at);
      }
    } catch (IllegalArgumentException e) {
      return List.of(); // a calendar that is not there: the job is not planned either
    }
    return fires;
  }

  // ------------------------------------------------------------------ writing

  /** One write, from the first look to its certain end. */
  private final class Write {
    final String name;
    final @Nullable Revision expected;
    final UnaryOperator<JobDocument> change;
    final @Nullable Job fresh;

    /** What was sent and may have landed. */
    @Nullable
    String sent;

    int tries;

    Write(
        String name,
        @Nullable Revision expected,
        UnaryOperator<JobDocument> change,
        @Nullable Job fresh) {
      this.name = name;
      this.expected = expected;
      this.change = change;
      this.fresh = fresh;
    }

    CompletionStage<Defined> attempt() {
      if (++tries > MOST_TRIES) {
        return CompletableFuture.failedStage(new JobClientException(
            Reason.CONFLICT,
            "Job '" + name + "' was changed by others each of " + MOST_TRIES
                + " times that it was to be written; try again later"));
      }
      return find(name).thenCompose(this::decide);
    }

    private CompletionStage<Defined> decide(Optional<Found> there) {
      if (there.isEmpty()) {
        if (fresh == null) {
          throw noSuchJob(name);
        }
        return write(there, JobDocument.of(fresh).written(actor, postbox.now()));
      }
      Found found = there.get();
      if (found.newer() || (found.document() == null && fresh == null)) {
        throw found.unreadable();
      }
      if (sent != null && found.node().data().text().equals(sent)) {
        return defined(found, true); // it had landed
      }
      if (expected != null && !expected.equals(found.revision())) {
        throw new JobClientException(
            Reason.CONFLICT,
            "Job '" + name + "' is at revision " + found.revision()
                + " by now, and was to be changed from " + expected + "; read it, and decide anew");
      }
      JobDocument document = found.document();
      if (document == null) {
        // Damaged: what is written takes its place.
        Job job = Objects.requireNonNull(fresh);
        return write(there, JobDocument.of(job).written(actor, postbox.now()));
      }
      JobDocument changed = change.apply(document);
      if (changed.toJson().equals(document.toJson())) {
        return defined(found, sent != null);
      }
      return write(there, changed);
    }

    private CompletionStage<Defined> write(Optional<Found> there, JobDocument document) {
      return check(document.job()).thenCompose(right -> {
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
          return find(name).thenCompose(found -> {
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

    private CompletionStage<Defined> defined(Found found, boolean changed) {
      return cursor().thenApply(cursor -> {
        JobDocument document = found.document();
        List<Instant> fires = document == null ? List.of() : nextFires(document, cursor);
        return new Defined(
            name, found.revision(), changed, fires.isEmpty() ? Trigger.NEVER : fires.get(0));
      });
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

  /** Creates, or replaces whatever is there. */
  CompletionStage<Defined> define(Job job) {
    return prepared()
        .thenCompose(
            ready -> new Write(job.name(), null, before -> edited(before, job), job).attempt());
  }

  /** Changes, if nobody else has. */
  CompletionStage<Defined> update(String name, Revision expected, UnaryOperator<Job> change) {
    return prepared()
        .thenCompose(ready -> new Write(
                name, expected, before -> edited(before, change.apply(before.job())), null)
            .attempt());
  }

  /** A document with another definition in it; the same if that says nothing else. */
  private JobDocument edited(JobDocument document, Job job) {
    String name = document.job().name();
    if (!job.name().equals(name)) {
      throw new IllegalArgumentException("Job '" + name + "' cannot be renamed to '" + job.name()
          + "'; define another, and delete this one");
    }
    JobDocument changed = document.with(job);
    if (changed.toJson().equals(document.toJson())) {
      return document;
    }
    boolean sameTrigger = job.trigger().equals(document.job().trigger());
    return changed.written(actor, sameTrigger ? document.since() : postbox.now());
  }

  // ------------------------------------------------------------------ pausing

  /** Has a job get no new runs; whether that is new. One that is paused stays so since when it was. */
  CompletionStage<Boolean> pause(String name, String note, Instant until) {
    return prepared().thenCompose(ready -> {
      Instant now = postbox.now().truncatedTo(ChronoUnit.MILLIS);
      if (!until.isAfter(now)) {
        throw new JobClientException(
            Reason.REFUSED,
            "Job '" + name + "' cannot be paused until " + until + ", because it is " + now
                + "; give a later instant, or none");
      }
      return write(name, document -> {
        Pause before = document.pause();
        Instant from = before.isOver(now) ? now : before.from();
        return document.with(new Pause(from, until, actor, note, ""));
      });
    });
  }

  /** Has a job that is paused go on; whether it was paused. */
  CompletionStage<Boolean> resume(String name) {
    return prepared().thenCompose(ready -> {
      Instant now = postbox.now().truncatedTo(ChronoUnit.MILLIS);
      return write(
          name,
          document -> document.pause().isOver(now)
              ? document
              : document.with(document.pause().resumed(actor.isEmpty() ? "somebody" : actor, now)));
    });
  }

  private CompletionStage<Boolean> write(String name, UnaryOperator<JobDocument> change) {
    return new Write(name, null, change, null).attempt().thenApply(Defined::changed);
  }

  /** The directories are there, and the time of the ledger is known. */
  private CompletionStage<?> prepared() {
    return asking.ask(() -> Foundation.lay(ledger)).thenCompose(laid -> postbox.ahead());
  }

  /** Deletes what is there now. */
  CompletionStage<Boolean> delete(String name) {
    return delete(name, null);
  }

  private CompletionStage<Boolean> delete(String name, @Nullable Node sent) {
    return asking.read(Layout.job(name)).thenCompose(node -> {
      if (node.isEmpty() || (sent != null && node.get().creation() != sent.creation())) {
        return CompletableFuture.completedStage(sent != null);
      }
      Found found = Found.of(name, node.get());
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

  // ------------------------------------------------------------------ checking

  /** Refuses what would never run. */
  private CompletionStage<?> check(Job job) {
    Trigger ignored = job.trigger().with(calendars); // names the calendar that is not there
    Routes.check(job.name(), job.routing(), routers);
    return cycle(job).thenAccept(cycle -> {
      if (cycle.isPresent()) {
        throw new InvalidJobException(
            job.name(),
            List.of("It would start itself for ever: " + String.join(" after ", cycle.get())
                + "; take one of them out of the circle"));
      }
      Optional<String> missing = NotCarriedOut.why(job);
      if (missing.isPresent()) {
        throw new JobClientException(Reason.NOT_CARRIED_OUT, missing.get());
      }
    });
  }

  private CompletionStage<Optional<List<String>>> cycle(Job job) {
    Map<String, Set<String>> follows = new HashMap<>();
    follows.put(job.name(), followed(job));
    return follow(new ArrayDeque<>(followed(job)), follows)
        .thenApply(all -> Cycle.of(job.name(), all));
  }

  private CompletionStage<Map<String, Set<String>>> follow(
      Deque<String> toRead, Map<String, Set<String>> follows) {
    while (!toRead.isEmpty() && follows.containsKey(toRead.peek())) {
      toRead.remove();
    }
    if (toRead.isEmpty() || follows.size() > MOST_FOLLOWED) {
      return CompletableFuture.completedStage(follows);
    }
    String name = toRead.remove();
    return find(name).thenCompose(found -> {
      JobDocument document = found.map(Found::document).orElse(null);
      Set<String> before = document == null ? Set.of() : followed(document.job());
      follows.put(name, before);
      toRead.addAll(before);
      return follow(toRead, follows);
    });
  }

  private static Set<String> followed(Job job) {
    Trigger base =
        job.trigger() instanceof NarrowedTrigger narrowed ? narrowed.base() : job.trigger();
    return base instanceof Trigger.AfterJobs after ? after.jobs() : Set.of();
  }
}
