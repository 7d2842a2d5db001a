package io.shardkeeper.core.client;

import io.shardkeeper.client.Defined;
import io.shardkeeper.client.JobClientException;
import io.shardkeeper.client.JobClientException.Reason;
import io.shardkeeper.core.definition.JobDocument;
import io.shardkeeper.core.engine.Foundation;
import io.shardkeeper.core.ledger.Ledger;
import io.shardkeeper.core.post.Asking;
import io.shardkeeper.core.post.Postbox;
import io.shardkeeper.job.Job;
import io.shardkeeper.job.Pause;
import io.shardkeeper.view.Revision;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.concurrent.CompletionStage;
import java.util.function.UnaryOperator;

/** Says what is to stand in a definition when it was changed, paused or resumed, by whom, and since when. Lives on the loop. */
final class Editing {
  private final Ledger ledger;
  private final Asking asking;
  private final Postbox postbox;
  private final String actor;
  private final Writing writing;

  Editing(Ledger ledger, Asking asking, Postbox postbox, String actor, Writing writing) {
    this.ledger = ledger;
    this.asking = asking;
    this.postbox = postbox;
    this.actor = actor;
    this.writing = writing;
  }

  // ------------------------------------------------------------------ defining

  /** Creates, or replaces whatever is there. */
  CompletionStage<Defined> define(Job job) {
    return prepared()
        .thenCompose(ready -> writing.write(new Writing.Change(
            job.name(),
            null,
            before -> edited(before, job),
            () -> JobDocument.of(job).written(actor, postbox.now()))));
  }

  /** Changes, if nobody else has. */
  CompletionStage<Defined> update(String name, Revision expected, UnaryOperator<Job> change) {
    return prepared()
        .thenCompose(ready -> writing.write(new Writing.Change(
            name, expected, before -> edited(before, change.apply(before.job())), null)));
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
    return writing.write(new Writing.Change(name, null, change, null)).thenApply(Defined::changed);
  }

  /** The directories are there, and the time of the ledger is known. */
  private CompletionStage<?> prepared() {
    return asking.ask(() -> Foundation.lay(ledger)).thenCompose(laid -> postbox.ahead());
  }
}
