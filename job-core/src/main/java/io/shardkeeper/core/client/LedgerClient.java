package io.shardkeeper.core.client;

import io.shardkeeper.calendar.Calendars;
import io.shardkeeper.client.Defined;
import io.shardkeeper.client.JobClient;
import io.shardkeeper.client.JobClientException;
import io.shardkeeper.client.JobClientException.Reason;
import io.shardkeeper.client.LogRequest;
import io.shardkeeper.client.Rerun;
import io.shardkeeper.client.RunRequest;
import io.shardkeeper.client.RunResult;
import io.shardkeeper.client.Submitted;
import io.shardkeeper.core.history.Entry;
import io.shardkeeper.core.history.FireAnswer;
import io.shardkeeper.core.layout.Instance;
import io.shardkeeper.core.layout.Layout;
import io.shardkeeper.core.layout.RunId;
import io.shardkeeper.core.ledger.Ledger;
import io.shardkeeper.core.ledger.Node;
import io.shardkeeper.core.loop.Loop;
import io.shardkeeper.core.mail.Box;
import io.shardkeeper.core.post.Asking;
import io.shardkeeper.core.post.Commands;
import io.shardkeeper.core.post.Postbox;
import io.shardkeeper.job.Job;
import io.shardkeeper.job.Limits;
import io.shardkeeper.job.Pause;
import io.shardkeeper.routing.Routers;
import io.shardkeeper.run.Outcome;
import io.shardkeeper.view.InstanceView;
import io.shardkeeper.view.JobView;
import io.shardkeeper.view.LogPage;
import io.shardkeeper.view.Revision;
import io.shardkeeper.view.RunProgress;
import io.shardkeeper.view.RunView;
import io.shardkeeper.view.Why;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;

/**
 * A client of a namespace. It thinks on the loop, which is also the executor of its ledger, and is asked by any thread. It has no thread,
 * and no timer while nothing is open.
 */
public final class LedgerClient implements JobClient {
  /** Stages that are open at a time, at most. */
  static final int MOST_OPEN = 20_000;

  private static final int MOST_ACTOR = 200;
  private static final int MOST_LOOKS = 3;

  private final Loop loop;
  private final Asking asking;
  private final Commands commands;
  private final Postbox postbox;
  private final Definitions definitions;
  private final Editing editing;
  private final Writing writing;
  private final Histories histories;
  private final OpenRuns openRuns;
  private final Runs runs;
  private final Questions questions;
  private final Watching watching;
  private final Map<Long, CompletableFuture<?>> open = new TreeMap<>();
  private long asked;
  private boolean closed;

  /**
   * A client that asks nothing yet. It is made on the loop, or before that turns.
   *
   * @param actor who asks, for people
   * @param ids makes ids of at most 24 letters, digits and '-' that nobody had before
   * @param calendars what the names of calendars stand for
   * @param routers what the names of routes stand for that are not always there
   */
  public LedgerClient(
      Ledger ledger,
      Loop loop,
      String actor,
      Supplier<String> ids,
      Calendars calendars,
      Routers routers) {
    if (actor.length() > MOST_ACTOR) {
      throw new IllegalArgumentException("A client acts for somebody whose name has "
          + actor.length() + " characters; at most " + MOST_ACTOR);
    }
    this.loop = loop;
    this.asking = new Asking(ledger, loop);
    this.commands = new Commands(ledger, loop, asking, actor, ids);
    this.postbox = commands.box();
    this.definitions = new Definitions(asking, calendars, postbox::now);
    var checking = new Checking(definitions, calendars, routers);
    this.writing = new Writing(ledger, asking, definitions, checking);
    this.editing = new Editing(ledger, asking, postbox, actor, writing);
    this.histories = new Histories(asking);
    this.openRuns = new OpenRuns(ledger, asking);
    this.runs = new Runs(openRuns, histories, postbox::now);
    this.questions = new Questions(ledger, loop, asking, postbox);
    this.watching = new Watching(ledger, loop, asking, questions, runs);
  }

  // ------------------------------------------------------------------ from any thread to the loop

  private <T> CompletionStage<T> call(Supplier<? extends CompletionStage<T>> work) {
    var stage = new CompletableFuture<T>();
    try {
      loop.execute(() -> begin(work, stage));
    } catch (RejectedExecutionException e) {
      stage.completeExceptionally(closed());
    }
    return stage.minimalCompletionStage();
  }

  private <T> void begin(Supplier<? extends CompletionStage<T>> work, CompletableFuture<T> stage) {
    if (closed) {
      stage.completeExceptionally(closed());
      return;
    }
    if (open.size() >= MOST_OPEN) {
      stage.completeExceptionally(new JobClientException(
          Reason.BUSY,
          open.size() + " answers are open in this client; ask again when some have come"));
      return;
    }
    long number = asked++;
    open.put(number, stage);
    CompletionStage<T> answer;
    try {
      answer = work.get();
    } catch (RuntimeException e) {
      answer = CompletableFuture.failedStage(e);
    }
    answer.whenComplete((value, failure) -> {
      open.remove(number);
      if (failure == null) {
        stage.complete(value);
      } else {
        stage.completeExceptionally(Asking.told(failure));
      }
    });
  }

  private static JobClientException closed() {
    return new JobClientException(
        Reason.CLOSED, "The client was closed; what had been sent may happen all the same");
  }

  @Override
  public void close() {
    try {
      loop.execute(this::end);
    } catch (RejectedExecutionException e) {
      return; // the loop has ended, and with it whatever would be told
    }
  }

  private void end() {
    if (closed) {
      return;
    }
    closed = true;
    questions.close();
    postbox.close();
    asking.close();
    List<CompletableFuture<?>> left = List.copyOf(open.values());
    open.clear();
    left.forEach(stage -> stage.completeExceptionally(closed()));
  }

  /** The id under which it asks at present. Asked on the loop. */
  String id() {
    return postbox.id();
  }

  // ------------------------------------------------------------------ definitions

  @Override
  public CompletionStage<Defined> define(Job job) {
    return call(() -> editing.define(job));
  }

  @Override
  public CompletionStage<Defined> update(
      String name, Revision expected, UnaryOperator<Job> change) {
    Limits.checkName("A job", name);
    return call(() -> editing.update(name, expected, change));
  }

  @Override
  public CompletionStage<Boolean> delete(String name) {
    Limits.checkName("A job", name);
    return call(() -> writing.delete(name));
  }

  @Override
  public CompletionStage<Boolean> pause(String job, String note, Instant until) {
    Limits.checkName("A job", job);
    Pause.checkNote(note);
    Objects.requireNonNull(until, "The end of a pause is null; where it has none, it is NEVER");
    return call(() -> editing.pause(job, note, until));
  }

  @Override
  public CompletionStage<Boolean> resume(String job) {
    Limits.checkName("A job", job);
    return call(() -> editing.resume(job));
  }

  @Override
  public CompletionStage<Boolean> drain(String instance) {
    Limits.checkName("An instance", instance);
    return call(() -> instances().thenCompose(all -> drain(instance, all)));
  }

  private CompletionStage<Boolean> drain(String asked, List<InstanceView> all) {
    List<InstanceView> meant = all.stream()
        .filter(one -> one.id().equals(asked) || one.name().equals(asked))
        .toList();
    if (meant.size() != 1) {
      String ids = meant.stream().map(InstanceView::id).collect(Collectors.joining(", "));
      throw new JobClientException(
          Reason.NO_SUCH_INSTANCE,
          meant.isEmpty()
              ? "There is no instance '" + asked + "'"
              : "Instances " + ids + " are called '" + asked + "': name one by its id");
    }
    if (meant.get(0).draining()) {
      return CompletableFuture.completedStage(false);
    }
    return commands.drain(meant.get(0).id()).thenApply(answer -> {
      if (answer.kind() == Box.Answer.Kind.REFUSED) {
        throw new JobClientException(Reason.REFUSED, answer.text());
      }
      return true;
    });
  }

  // ------------------------------------------------------------------ runs

  @Override
  public CompletionStage<String> trigger(RunRequest request) {
    return call(() -> start(request));
  }

  private CompletionStage<String> start(RunRequest request) {
    return commands
        .start(request)
        .thenCompose(answer -> answer.kind() == Box.Answer.Kind.REFUSED
            ? refused(request.job(), answer.text())
            : CompletableFuture.completedStage(answer.run()));
  }

  /** The coordinator says in a sentence why it starts nothing; that there is no such job, programs want to know. */
  private CompletionStage<String> refused(String job, String why) {
    return asking.read(Layout.job(job)).thenApply(node -> {
      throw new JobClientException(
          node.isPresent() ? Reason.REFUSED : Reason.NO_SUCH_JOB,
          "A run of job '" + job + "' was refused: " + why);
    });
  }

  @Override
  public CompletionStage<String> rerun(Rerun what) {
    RunId old = RunId.parse(what.runId());
    return call(() -> runs.find(old)
        .thenApply(found -> found
            .ended()
            .orElseThrow(() -> new JobClientException(
                Reason.REFUSED, "Run " + old + " has not ended; wait for that, or end it")))
        .thenCompose(ended ->
            definitions.of(old).thenCompose(job -> start(Reruns.request(what, ended, job)))));
  }

  @Override
  public CompletionStage<List<Submitted>> submit(List<RunRequest> requests) {
    List<RunRequest> all = List.copyOf(requests);
    return call(() -> {
      List<CompletableFuture<Submitted>> answers = new ArrayList<>();
      for (RunRequest request : all) {
        answers.add(commands.start(request).handle(LedgerClient::submitted).toCompletableFuture());
      }
      return CompletableFuture.allOf(answers.toArray(new CompletableFuture<?>[0]))
          .thenApply(done -> answers.stream().map(CompletableFuture::join).toList());
    });
  }

  private static Submitted submitted(Box.Answer answer, Throwable failure) {
    if (failure != null) {
      Throwable told = Asking.told(failure);
      boolean doubt = told instanceof JobClientException known && known.reason() == Reason.IN_DOUBT;
      return new Submitted(
          doubt ? Submitted.Kind.IN_DOUBT : Submitted.Kind.REFUSED,
          "",
          String.valueOf(told.getMessage()));
    }
    return switch (answer.kind()) {
      case ACCEPTED -> new Submitted(Submitted.Kind.ACCEPTED, answer.run(), "");
      case KNOWN -> new Submitted(Submitted.Kind.KNOWN, answer.run(), "");
      case REFUSED, ENDING, ENDED -> new Submitted(Submitted.Kind.REFUSED, "", answer.text());
    };
  }

  @Override
  public CompletionStage<RunResult> await(String runId) {
    RunId run = RunId.parse(runId);
    return call(() -> commands.await(run).thenCompose(answer -> {
      if (answer.kind() == Box.Answer.Kind.ENDED && !answer.isCut()) {
        return CompletableFuture.completedStage(
            new RunResult(runId, answer.outcome(), answer.text()));
      }
      return runs.ended(run).thenApply(LedgerClient::result);
    }));
  }

  private static RunResult result(Entry.Run run) {
    boolean single = run.shards() == 1 && run.parts().size() == 1;
    return new RunResult(
        run.id().text(), run.outcome(), single ? run.parts().get(0).text() : run.reason());
  }

  @Override
  public CompletionStage<RunResult> await(String runId, Consumer<RunProgress> progress) {
    CompletionStage<RunResult> result = await(runId);
    CompletableFuture<RunResult> end = result.toCompletableFuture();
    RunId run = RunId.parse(runId);
    CompletionStage<Void> unused = call(() -> {
      watching.follow(run, () -> !closed && !end.isDone(), progress);
      return CompletableFuture.completedStage(null);
    });
    return result;
  }

  @Override
  public CompletionStage<RunProgress> progress(String runId) {
    RunId run = RunId.parse(runId);
    return call(() -> watching.progress(run));
  }

  @Override
  public CompletionStage<LogPage> log(LogRequest request) {
    RunId ignored = RunId.parse(request.runId());
    return call(() -> watching.log(request));
  }

  @Override
  public CompletionStage<String> stack(String runId, int shard) {
    RunId run = RunId.parse(runId);
    return call(() -> watching.stack(run, shard));
  }

  @Override
  public CompletionStage<Boolean> kill(String runId) {
    RunId run = RunId.parse(runId);
    return call(() -> commands.kill(run).thenCompose(answer -> {
      if (answer.kind() == Box.Answer.Kind.ENDING) {
        return CompletableFuture.completedStage(true);
      }
      return runs.ended(run).thenApply(ended -> ended.outcome() == Outcome.KILLED);
    }));
  }

  // ------------------------------------------------------------------ questions

  @Override
  public CompletionStage<List<JobView>> jobs() {
    return call(() -> moreJobs(new ArrayList<>()));
  }

  private CompletionStage<List<JobView>> moreJobs(List<JobView> known) {
    String behind = known.isEmpty() ? "" : known.get(known.size() - 1).name();
    return definitions.jobs(behind, MOST_LISTED).thenCompose(page -> {
      known.addAll(page);
      return page.size() < MOST_LISTED
          ? CompletableFuture.completedStage(List.copyOf(known))
          : moreJobs(known);
    });
  }

  @Override
  public CompletionStage<List<JobView>> jobs(String behind, int most) {
    checkMost("jobs", most);
    return call(() -> definitions.jobs(behind, most));
  }

  private static void checkMost(String what, int most) {
    if (most < 1 || most > MOST_LISTED) {
      throw new IllegalArgumentException(
          "A list of " + most + " " + what + " is out of range; it has 1 to " + MOST_LISTED);
    }
  }

  @Override
  public CompletionStage<JobView> job(String name) {
    Limits.checkName("A job", name);
    return call(() -> definitions.job(name));
  }

  @Override
  public CompletionStage<List<InstanceView>> instances() {
    return call(() -> asking.list(Layout.INSTANCES).thenCompose(ids -> {
      var views = new TreeMap<String, InstanceView>();
      return asking
          .<String, Optional<Node>>each(
              ids,
              id -> asking.read(Layout.INSTANCES.child(id)),
              (id, node) -> node.ifPresent(there -> views.put(id, view(id, there))))
          .thenApply(done -> List.copyOf(views.values()));
    }));
  }

  private static InstanceView view(String id, Node node) {
    try {
      Instance one = Instance.read(id, node.data());
      return new InstanceView(
          id,
          one.name(),
          one.host(),
          one.handlers(),
          one.labels(),
          one.slots(),
          one.version(),
          one.draining(),
          "");
    } catch (IllegalArgumentException e) {
      String mistake = String.valueOf(e.getMessage());
      return new InstanceView(id, id, "", new TreeMap<>(), new TreeMap<>(), 0, "", false, mistake);
    }
  }

  @Override
  public CompletionStage<List<RunView>> runs(String job, int most) {
    Limits.checkName("A job", job);
    checkMost("runs", most);
    return call(() -> runs.of(job, most));
  }

  @Override
  public CompletionStage<RunView> run(String runId) {
    RunId run = RunId.parse(runId);
    return call(() -> runs.find(run).thenApply(Runs.Sight::view));
  }

  @Override
  public CompletionStage<Why> why(String job, Instant at) {
    Limits.checkName("A job", job);
    return call(() -> why(job, at, MOST_LOOKS));
  }

  /** What moves while it is looked at may be missed in both places; so an answer that must not be is looked for again. */
  private CompletionStage<Why> why(String job, Instant at, int looks) {
    return definitions
        .understood(job)
        .thenCompose(known -> definitions
            .cursor()
            .thenCompose(cursor -> openRuns
                .of(job, postbox.now())
                .thenCompose(under -> histories.of(job).thenCompose(entries -> {
                  // Fires before the cursor are decided, the one at it is not.
                  Instant decided =
                      cursor.map(there -> there.decided(job).minusNanos(1)).orElse(known.since());
                  FireAnswer answer = FireAnswer.of(
                      new FireAnswer.Known(
                          known.trigger(),
                          known.since(),
                          entries,
                          under.stream().map(OpenRuns::open).toList(),
                          decided,
                          known.job().history()),
                      at);
                  return answer instanceof FireAnswer.Unaccounted && looks > 1
                      ? why(job, at, looks - 1)
                      : CompletableFuture.completedStage(told(job, at, answer));
                }))));
  }

  private static Why told(String job, Instant at, FireAnswer answer) {
    String run = "";
    Why.Kind kind = Why.Kind.UNACCOUNTED;
    if (answer instanceof FireAnswer.Ended ended) {
      run = ended.run().id().text();
      kind = Why.Kind.ENDED;
    } else if (answer instanceof FireAnswer.StillOpen open) {
      run = open.open().run().text();
      kind = Why.Kind.OPEN;
    } else if (answer instanceof FireAnswer.Skipped) {
      kind = Why.Kind.SKIPPED;
    } else if (answer instanceof FireAnswer.NotAFire) {
      kind = Why.Kind.NOT_A_FIRE;
    } else if (answer instanceof FireAnswer.NotYet) {
      kind = Why.Kind.NOT_YET;
    } else if (answer instanceof FireAnswer.NoLongerKept) {
      kind = Why.Kind.NO_LONGER_KEPT;
    } else if (answer instanceof FireAnswer.Before) {
      kind = Why.Kind.BEFORE;
    }
    return new Why(job, at, kind, run, answer.sentence());
  }
}
