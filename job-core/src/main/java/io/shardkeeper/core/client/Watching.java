package io.shardkeeper.core.client;

import io.shardkeeper.client.JobClientException;
import io.shardkeeper.client.JobClientException.Reason;
import io.shardkeeper.client.LogRequest;
import io.shardkeeper.core.history.Entry;
import io.shardkeeper.core.layout.Layout;
import io.shardkeeper.core.layout.RunId;
import io.shardkeeper.core.ledger.Subscription;
import io.shardkeeper.core.loop.Loop;
import io.shardkeeper.core.mail.Question;
import io.shardkeeper.core.mail.Reply;
import io.shardkeeper.core.post.Asking;
import io.shardkeeper.job.Limits;
import io.shardkeeper.view.LogPage;
import io.shardkeeper.view.RunProgress;
import io.shardkeeper.view.RunView;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Looks at what runs, by asking the instances on which it does. Lives on the loop. */
final class Watching {
  private static final Logger LOG = LoggerFactory.getLogger(Watching.class);

  /** How often somebody is told how far a run is. */
  private static final Duration BETWEEN_LOOKS = Duration.ofSeconds(1);

  /** How often the same instances are asked before it is looked whether others have shards of the run. */
  private static final int LOOKS_AT_THE_SAME = 5;

  private final Loop loop;
  private final Asking asking;
  private final Questions questions;
  private final Runs runs;

  Watching(Loop loop, Asking asking, Questions questions, Runs runs) {
    this.loop = loop;
    this.asking = asking;
    this.questions = questions;
    this.runs = runs;
  }

  /** The first of some instances that has something to tell; nothing if none has. */
  private CompletionStage<Optional<Told>> first(
      List<String> instances, Question.About about, RunId run, int shard) {
    if (instances.isEmpty()) {
      return CompletableFuture.completedStage(Optional.empty());
    }
    String instance = instances.get(0);
    return questions.ask(instance, about, run, shard).thenCompose(reply -> {
      if (reply instanceof Reply.Busy) {
        throw new JobClientException(
            Reason.BUSY, "Instance " + instance + " is asked too much at once; ask again");
      }
      return reply instanceof Reply.Nothing
          ? first(instances.subList(1, instances.size()), about, run, shard)
          : CompletableFuture.completedStage(Optional.of(new Told(instance, reply)));
    });
  }

  /** What an instance has told. */
  private record Told(String instance, Reply reply) {}

  // ------------------------------------------------------------------ where a handler is

  CompletionStage<String> stack(RunId run, int shard) {
    return runs.open(run)
        .thenCompose(view -> first(
            view.map(RunView.Open::instances).orElse(List.of()),
            new Question.About.Stack(),
            run,
            shard))
        .thenApply(told -> {
          if (told.isPresent() && told.get().reply() instanceof Reply.Stack stack) {
            return stack.text();
          }
          throw new JobClientException(
              Reason.NOT_RUNNING, "Shard " + shard + " of run " + run + " runs nowhere");
        });
  }

  // ------------------------------------------------------------------ logs

  CompletionStage<LogPage> log(LogRequest request) {
    RunId run = RunId.parse(request.runId());
    var about = new Question.About.Log(
        request.attempt(), request.offset(), request.most(), request.patient());
    return runs.find(run).thenCompose(found -> {
      List<String> had =
          new ArrayList<>(found.open().map(RunView.Open::instances).orElse(List.of()));
      Optional<Entry.Part> part = found.ended().stream()
          .flatMap(one -> one.parts().stream())
          .filter(one -> one.shard() == request.shard())
          .findFirst();
      part.map(Entry.Part::instance).ifPresent(had::add);
      if (part.isPresent() && isOther(request, part.get())) {
        had.clear(); // who had an earlier try is not told any more: anybody may have it
      }
      return living(had)
          .thenCompose(instances -> first(instances, about, run, request.shard()))
          .thenApply(told -> told.filter(one -> one.reply() instanceof Reply.Log)
              .map(one -> page(request, one.instance(), (Reply.Log) one.reply()))
              .orElseGet(() -> tail(request, part)));
    });
  }

  private static boolean isOther(LogRequest request, Entry.Part part) {
    return request.attempt() > 0 && request.attempt() != part.attempt();
  }

  /** Instances that may have what others had: these, or who came after them under the same name, with the same disk. */
  private CompletionStage<List<String>> living(List<String> had) {
    return asking
        .list(Layout.INSTANCES)
        .thenApply(ids -> ids.stream()
            .filter(id ->
                had.isEmpty() || had.stream().anyMatch(one -> name(one).equals(name(id))))
            .sorted(Comparator.comparing((String id) -> !had.contains(id)))
            .toList());
  }

  /** An id is the name of the instance, and a part that nobody had before. */
  private static String name(String id) {
    int end = id.lastIndexOf('-');
    return end < 0 ? id : id.substring(0, end);
  }

  private static LogPage page(LogRequest request, String instance, Reply.Log log) {
    return new LogPage(
        request.runId(),
        request.shard(),
        log.attempt(),
        instance,
        log.offset(),
        log.text(),
        log.next(),
        log.size(),
        log.complete());
  }

  /** What came with the outcome is there, whatever became of the instance. */
  private static LogPage tail(LogRequest request, Optional<Entry.Part> part) {
    String text = part.map(Entry.Part::log).orElse("");
    boolean other = part.isPresent() && isOther(request, part.get());
    if (part.isEmpty() || text.isEmpty() || other || request.offset() > 0) {
      throw new JobClientException(
          Reason.NO_LOG,
          "Nothing that shard " + request.shard() + " of run " + request.runId()
              + " logged is kept where one could ask: it logged nothing, or its instance is gone");
    }
    int bytes = Limits.bytes(text);
    return new LogPage(
        request.runId(), request.shard(), part.get().attempt(), "", 0, text, bytes, bytes, true);
  }

  // ------------------------------------------------------------------ progress

  CompletionStage<RunProgress> progress(RunId run) {
    return runs.open(run).thenCompose(view -> {
      if (view.isEmpty()) {
        throw new JobClientException(Reason.NOT_RUNNING, "Run " + run + " is not under way");
      }
      return progress(run, view.get().instances());
    });
  }

  private CompletionStage<RunProgress> progress(RunId run, List<String> instances) {
    List<RunProgress.ShardProgress> all = new ArrayList<>();
    return asking
        .<String, Reply>each(
            instances,
            instance -> questions.ask(instance, new Question.About.Progress(), run, -1),
            (instance, reply) -> {
              if (reply instanceof Reply.Progress told) {
                told.said()
                    .forEach(said -> all.add(new RunProgress.ShardProgress(
                        said.shard(),
                        said.attempt(),
                        instance,
                        said.done(),
                        said.total(),
                        said.note())));
              }
            })
        .thenApply(done -> {
          all.sort(Comparator.comparingInt(RunProgress.ShardProgress::shard));
          return new RunProgress(run.text(), all);
        });
  }

  /** Tells somebody how far a run is, whenever that is something else, as long as he wants to know. */
  void follow(RunId run, BooleanSupplier wanted, Consumer<RunProgress> told) {
    new Following(run, wanted, told).look();
  }

  /** Somebody who wants to know how far a run is. */
  private final class Following {
    private final RunId run;
    private final BooleanSupplier wanted;
    private final Consumer<RunProgress> told;
    private List<String> instances = List.of();
    private int looks;
    private RunProgress last;

    Following(RunId run, BooleanSupplier wanted, Consumer<RunProgress> told) {
      this.run = run;
      this.wanted = wanted;
      this.told = told;
      this.last = new RunProgress(run.text(), List.of());
    }

    void look() {
      if (!wanted.getAsBoolean()) {
        return;
      }
      // To find out who has shards of it takes much more than to ask them.
      boolean anew = last.shards().isEmpty() || looks++ % LOOKS_AT_THE_SAME == 0;
      CompletionStage<List<String>> who = anew
          ? runs.open(run).thenApply(view -> view.map(RunView.Open::instances).orElse(List.of()))
          : CompletableFuture.completedStage(instances);
      who.thenCompose(found -> {
            instances = found;
            return progress(run, found);
          })
          .whenComplete((now, failure) -> {
            if (failure == null && wanted.getAsBoolean()) {
              if (!now.shards().isEmpty() && !now.equals(last)) {
                tell(told, now);
              }
              last = now;
            }
            Subscription unused = loop.at(loop.nanos() + BETWEEN_LOOKS.toNanos(), this::look);
          });
    }
  }

  private static void tell(Consumer<RunProgress> told, RunProgress now) {
    try {
      told.accept(now);
    } catch (RuntimeException e) {
      LOG.error("Somebody who follows run {} failed; it goes on", now.runId(), e);
    }
  }
}
