package io.shardkeeper.core.client;

import io.shardkeeper.client.JobClientException;
import io.shardkeeper.client.JobClientException.Reason;
import io.shardkeeper.core.history.Entry;
import io.shardkeeper.core.layout.RunId;
import io.shardkeeper.view.RunView;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Supplier;

/** Finds runs, whether they have ended or not. What is open when it is looked for, and is not later, has ended: so the history is read last. Lives on the loop. */
final class Runs {
  private static final int MOST_LOOKS = 3;

  private final OpenRuns openRuns;
  private final Histories histories;
  private final Supplier<Instant> now;

  Runs(OpenRuns openRuns, Histories histories, Supplier<Instant> now) {
    this.openRuns = openRuns;
    this.histories = histories;
    this.now = now;
  }

  /** What is known of a run: one of the two at least. Where it has ended, what was open is older. */
  record Sight(Optional<RunView.Open> open, Optional<Histories.Past> past) {
    RunView view() {
      return past.<RunView>map(Histories.Past::view).or(this::open).orElseThrow();
    }

    Optional<Entry.Run> ended() {
      return past.map(Histories.Past::run);
    }
  }

  /** Finds a run; fails if there is none. */
  CompletionStage<Sight> find(RunId run) {
    return look(run, MOST_LOOKS).thenApply(seen -> seen.orElseThrow(() -> noSuchRun(run)));
  }

  /** Finds a run that is under way; nothing if it has ended, or there is none. */
  CompletionStage<Optional<RunView.Open>> underWay(RunId run) {
    return look(run, MOST_LOOKS)
        .thenApply(seen -> seen.filter(sight -> sight.past().isEmpty()).flatMap(Sight::open));
  }

  /** One that goes back to where was looked before is looked for again. */
  private CompletionStage<Optional<Sight>> look(RunId run, int looks) {
    return open(run)
        .thenCompose(open -> histories.find(run).thenCompose(past -> {
          if (open.isPresent() || past.isPresent()) {
            return CompletableFuture.completedStage(Optional.of(new Sight(open, past)));
          }
          return looks > 1
              ? look(run, looks - 1)
              : CompletableFuture.completedStage(Optional.empty());
        }));
  }

  /** A run that has not ended, as far as one look tells: one that is going from place to place it may miss. */
  CompletionStage<Optional<RunView.Open>> open(RunId run) {
    return openRuns
        .of(run.job(), now.get())
        .thenApply(
            all -> all.stream().filter(one -> one.id().equals(run.text())).findFirst());
  }

  /** A run that has ended, if it is kept. */
  CompletionStage<Optional<Entry.Run>> past(RunId run) {
    return histories.find(run).thenApply(past -> past.map(Histories.Past::run));
  }

  /** A run that has ended; fails if none has. */
  CompletionStage<Entry.Run> ended(RunId run) {
    return past(run).thenApply(ended -> ended.orElseThrow(() -> noSuchRun(run)));
  }

  /** The runs of a job, those that were due last first. */
  CompletionStage<List<RunView>> of(String job, int most) {
    return openRuns
        .of(job, now.get())
        .thenCompose(under -> histories.of(job).thenApply(entries -> {
          List<Entry> overruns =
              entries.stream().filter(Entry.Overrun.class::isInstance).toList();
          var all = new TreeMap<String, RunView>();
          under.forEach(run -> all.put(run.id(), run));
          lastOf(entries, most).forEach(run -> all.put(run.id().text(), run.view(overruns)));
          return all.values().stream()
              .sorted(Comparator.comparing(RunView::scheduledAt)
                  .thenComparing(RunView::id)
                  .reversed())
              .limit(most)
              .toList();
        }));
  }

  private static List<Entry.Run> lastOf(List<Entry> entries, int most) {
    return entries.stream()
        .filter(Entry.Run.class::isInstance)
        .map(Entry.Run.class::cast)
        .sorted(Comparator.comparing(Entry.Run::scheduledAt)
            .thenComparing(run -> run.id().text())
            .reversed())
        .limit(most)
        .toList();
  }

  private static JobClientException noSuchRun(RunId run) {
    return new JobClientException(
        Reason.NO_SUCH_RUN,
        "Run " + run
            + " is not under way, and not in the history: it is no longer kept, or never was");
  }
}
