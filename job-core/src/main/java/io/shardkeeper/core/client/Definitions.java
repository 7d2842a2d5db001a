package io.shardkeeper.core.client;

import io.shardkeeper.calendar.Calendars;
import io.shardkeeper.client.JobClientException;
import io.shardkeeper.client.JobClientException.Reason;
import io.shardkeeper.core.definition.JobDocument;
import io.shardkeeper.core.layout.Cursor;
import io.shardkeeper.core.layout.Layout;
import io.shardkeeper.core.layout.RunId;
import io.shardkeeper.core.post.Asking;
import io.shardkeeper.job.Job;
import io.shardkeeper.trigger.Trigger;
import io.shardkeeper.view.JobView;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Supplier;

/** Reads definitions as they stand, and what comes of them next. Lives on the loop. */
final class Definitions {
  private static final int NEXT_FIRES = 5;

  private final Asking asking;
  private final Calendars calendars;
  private final Supplier<Instant> now;

  Definitions(Asking asking, Calendars calendars, Supplier<Instant> now) {
    this.asking = asking;
    this.calendars = calendars;
    this.now = now;
  }

  /** A definition, whether it can be read or not. */
  CompletionStage<Optional<Definition>> find(String name) {
    return asking
        .read(Layout.job(name))
        .thenApply(node -> node.map(there -> Definition.of(name, there)));
  }

  static JobClientException noSuchJob(String name) {
    return new JobClientException(Reason.NO_SUCH_JOB, "There is no job '" + name + "'");
  }

  /** A job with its next fires. */
  CompletionStage<JobView> job(String name) {
    return find(name).thenCompose(found -> {
      Definition there = found.orElseThrow(() -> noSuchJob(name));
      return nextFires(there).thenApply(there::view);
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
              .<String, Optional<Definition>>each(
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

  /** The next fires that are not decided yet; none if the definition cannot be read. */
  CompletionStage<List<Instant>> nextFires(Definition found) {
    JobDocument document = found.document();
    return document == null
        ? CompletableFuture.completedStage(List.of())
        : cursor().thenApply(cursor -> nextFires(document, cursor));
  }

  private List<Instant> nextFires(JobDocument document, Optional<Cursor> cursor) {
    Instant from = now.get();
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
}
