package io.shardkeeper.core.client;

import io.shardkeeper.client.JobClientException;
import io.shardkeeper.client.JobClientException.Reason;
import io.shardkeeper.client.LogRequest;
import io.shardkeeper.core.books.ShardSight;
import io.shardkeeper.core.history.Entry;
import io.shardkeeper.core.layout.Layout;
import io.shardkeeper.core.layout.RunId;
import io.shardkeeper.core.ledger.BranchReader;
import io.shardkeeper.core.ledger.Ledger;
import io.shardkeeper.core.ledger.NodePath;
import io.shardkeeper.core.ledger.Subscription;
import io.shardkeeper.core.loop.Loop;
import io.shardkeeper.core.mail.LogEnd;
import io.shardkeeper.core.mail.Question;
import io.shardkeeper.core.mail.Reply;
import io.shardkeeper.core.post.Asking;
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

  /** How long who is patient waits for more of a log. */
  private static final Duration PATIENCE = Duration.ofSeconds(1);

  /** How often it is looked where a shard is: on its way from one place to the next it may be missed. */
  private static final int MOST_LOOKS = 3;

  /** How a line ends that stands for what is missing. */
  private static final String NOWHERE = "is kept nowhere where one could ask]\n";

  private final Ledger ledger;
  private final Loop loop;
  private final Asking asking;
  private final Questions questions;
  private final Runs runs;

  Watching(Ledger ledger, Loop loop, Asking asking, Questions questions, Runs runs) {
    this.ledger = ledger;
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
    return runs.underWay(run)
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
    long begun = loop.nanos();
    RunId run = RunId.parse(request.runId());
    return sight(run, request.shard(), MOST_LOOKS)
        .thenCompose(sight -> page(new Wanted(request, run, sight)))
        .thenCompose(page -> later(request, page, begun));
  }

  /** An answer that is worth a wait: whoever is told so asks again at once. */
  private CompletionStage<LogPage> later(LogRequest request, LogPage page, long begun) {
    boolean isNews = page.complete() || !page.text().isEmpty();
    boolean isNewTry = request.reached() > 0 && page.attempt() != request.reached();
    if (!request.patient() || isNews || isNewTry) {
      return CompletableFuture.completedStage(page);
    }
    var answer = new CompletableFuture<LogPage>();
    Subscription unused = loop.at(begun + PATIENCE.toNanos(), () -> answer.complete(page));
    return answer;
  }

  /** Where a shard is. What is open when it is looked for, and is not later, has ended: so the history is read last. */
  private CompletionStage<ShardSight> sight(RunId run, int shard, int looks) {
    var sight = new ShardSight(run, shard);
    CompletionStage<?> seen = CompletableFuture.completedStage(null);
    NodePath standings = Layout.RUNS.child(Layout.bucketName(Layout.bucket(run.job())));
    for (NodePath root : List.of(Layout.PARKED, Layout.INBOX, Layout.REPORTS, standings)) {
      seen = seen.thenCompose(done -> asking.ask(() -> BranchReader.read(ledger, root)))
          .thenAccept(nodes -> nodes.forEach(sight::see));
    }
    return seen.thenCompose(done -> runs.past(run)).thenCompose(ended -> {
      ended.ifPresent(sight::see);
      if (sight.isKnown()) {
        return CompletableFuture.completedStage(sight);
      }
      return looks > 1
          ? sight(run, shard, looks - 1)
          : runs.find(run).thenApply(there -> sight); // says so if there is none
    });
  }

  /** What is asked for of a log, and where its shard is. */
  private record Wanted(LogRequest request, RunId run, ShardSight sight) {
    /** Of which try; 0 for the latest that has logged anything. */
    int attempt() {
      return Math.max(request.attempt(), request.reached());
    }

    /** Whether later tries are to follow. */
    boolean follows() {
      return request.attempt() == 0;
    }

    Question.About.Log question() {
      return new Question.About.Log(attempt(), request.offset(), request.most(), request.patient());
    }
  }

  private CompletionStage<LogPage> page(Wanted wanted) {
    return asking
        .list(Layout.INSTANCES)
        .thenCompose(all -> first(who(wanted, all), wanted.question(), wanted)
            .thenCompose(told -> told.isPresent() && told.get().reply() instanceof Reply.Log log
                ? told(wanted, all, told.get().instance(), log)
                : untold(wanted, all)));
  }

  private CompletionStage<Optional<Told>> first(
      List<String> instances, Question.About about, Wanted wanted) {
    return first(instances, about, wanted.run, wanted.request.shard());
  }

  /** Who may have it: these, or who came after them under the same name, with the same disk; where nobody knows who had it, any. */
  private static List<String> who(Wanted wanted, List<String> all) {
    ShardSight sight = wanted.sight;
    String had = sight.instance();
    boolean anybody = wanted.attempt() == 0
        ? had.isEmpty() && (sight.isSettled() || sight.attempt() > 1)
        : sight.isPast(wanted.attempt()) || (sight.isSettled() && sight.attempt() == 0);
    Comparator<String> sameName = Comparator.comparing(id -> !name(id).equals(name(had)));
    return all.stream()
        .filter(id -> anybody || name(id).equals(name(had)))
        .sorted(sameName.thenComparing(id -> !id.equals(had)))
        .toList();
  }

  /** An id is the name of the instance, and a part that nobody had before. */
  private static String name(String id) {
    int end = id.lastIndexOf('-');
    return end < 0 ? id : id.substring(0, end);
  }

  /** Whether there is a try behind one. */
  private CompletionStage<Boolean> hasNext(Wanted wanted, List<String> all, int attempt) {
    if (!wanted.sight.isSettled() || wanted.sight.attempt() > 0) {
      return CompletableFuture.completedStage(wanted.sight.isPast(attempt));
    }
    // Of the many shards of a run it is not kept which try was the last.
    return first(all, new Question.About.Log(attempt + 1, 0, 1, false), wanted)
        .thenApply(told -> told.isPresent() && told.get().reply() instanceof Reply.Log);
  }

  /** An instance has told what it has of a try. */
  private CompletionStage<LogPage> told(
      Wanted wanted, List<String> all, String instance, Reply.Log log) {
    if (wanted.request.reached() == log.attempt() && log.size() < wanted.request.offset()) {
      // It was taken away, and begun anew: its first line says so.
      return CompletableFuture.completedStage(page(wanted, log.attempt(), 0, "", false));
    }
    boolean settled = wanted.sight.isSettled();
    boolean over = settled || wanted.sight.isPast(log.attempt());
    boolean atEnd = over ? log.next() >= log.size() : log.complete();
    if (!wanted.follows() || !atEnd) {
      return CompletableFuture.completedStage(page(wanted, instance, log, atEnd));
    }
    boolean isRead = log.text().isEmpty() && log.attempt() == wanted.request.reached();
    return hasNext(wanted, all, log.attempt())
        .thenApply(more -> more && isRead
            ? page(wanted, log.attempt() + 1, 0, "", false)
            : page(wanted, instance, log, settled && !more));
  }

  /** No instance has anything of a try. */
  private CompletionStage<LogPage> untold(Wanted wanted, List<String> all) {
    ShardSight sight = wanted.sight;
    LogRequest request = wanted.request;
    int attempt = wanted.attempt();
    Optional<Entry.Part> kept = sight.kept(attempt);
    if (kept.isPresent()) {
      return CompletableFuture.completedStage(kept(wanted, all, kept.get()));
    }
    boolean over = sight.isSettled() || sight.isPast(attempt);
    if (!over || (attempt == 0 && !sight.isSettled())) {
      int now = attempt == 0 ? Math.max(1, sight.attempt()) : attempt;
      return CompletableFuture.completedStage(
          page(wanted, now, Math.max(0, request.offset()), "", false));
    }
    if (request.reached() == 0) {
      throw new JobClientException(
          Reason.NO_LOG,
          "Nothing that shard " + request.shard() + " of run " + request.runId()
              + " logged is kept where one could ask: it logged nothing, or its instance is gone");
    }
    boolean begun = !sight.isSettled() || !sight.instance().isEmpty();
    boolean silent = request.offset() == 0
        && sight.attempt() == attempt
        && (!begun || all.contains(sight.instance()));
    String lost = silent ? "" : lost(attempt, request.offset());
    return hasNext(wanted, all, attempt)
        .thenApply(more -> more && wanted.follows()
            ? page(wanted, attempt + 1, 0, lost, false)
            : page(wanted, attempt, request.offset(), lost, true));
  }

  private static String lost(int attempt, long offset) {
    return offset == 0
        ? "[what try " + attempt + " logged, if anything, " + NOWHERE
        : "[what try " + attempt + " logged behind byte " + offset + " " + NOWHERE;
  }

  /** What came with the outcome is there, whatever became of the instance. */
  private static LogPage kept(Wanted wanted, List<String> all, Entry.Part part) {
    LogRequest request = wanted.request;
    LogEnd end = LogEnd.read(part.log());
    LogEnd.Part some = end.from(request.offset(), request.most());
    String before = some.missing() > 0
        ? "[what was logged in the " + some.missing() + " bytes before this " + NOWHERE
        : "";
    if (end.leftOut() < 0 && request.reached() > 0 && request.offset() > 0) {
      // An older build has not said where it begins: it is told at once, and once.
      some = end.from(0, LogRequest.PAGE);
      before = lost(part.attempt(), request.offset());
    }
    return new LogPage(
        request.runId(),
        request.shard(),
        part.attempt(),
        all.contains(part.instance()) ? part.instance() : "",
        some.offset(),
        before + some.text(),
        some.next(),
        some.size(),
        some.next() == some.size());
  }

  private static LogPage page(Wanted wanted, String instance, Reply.Log log, boolean complete) {
    return new LogPage(
        wanted.request.runId(),
        wanted.request.shard(),
        log.attempt(),
        instance,
        log.offset(),
        log.text(),
        log.next(),
        log.size(),
        complete);
  }

  /** One that only tells how it stands. */
  private static LogPage page(Wanted wanted, int attempt, long at, String text, boolean complete) {
    return new LogPage(
        wanted.request.runId(), wanted.request.shard(), attempt, "", at, text, at, at, complete);
  }

  // ------------------------------------------------------------------ progress

  CompletionStage<RunProgress> progress(RunId run) {
    return runs.underWay(run).thenCompose(view -> {
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
    } catch (RuntimeException | Error e) {
      // An Error too: whoever follows is a stranger here, and the next look is not planned yet.
      LOG.error("Somebody who follows run {} failed; it goes on", now.runId(), e);
    }
  }
}
