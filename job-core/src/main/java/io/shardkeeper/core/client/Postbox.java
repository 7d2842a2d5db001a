package io.shardkeeper.core.client;

import io.shardkeeper.client.JobClientException;
import io.shardkeeper.client.JobClientException.Reason;
import io.shardkeeper.client.RunRequest;
import io.shardkeeper.core.engine.Foundation;
import io.shardkeeper.core.layout.Layout;
import io.shardkeeper.core.layout.RunId;
import io.shardkeeper.core.ledger.Bytes;
import io.shardkeeper.core.ledger.CommitResult;
import io.shardkeeper.core.ledger.CommitResult.Refusal;
import io.shardkeeper.core.ledger.Ledger;
import io.shardkeeper.core.ledger.Mirror;
import io.shardkeeper.core.ledger.Node;
import io.shardkeeper.core.ledger.NodePath;
import io.shardkeeper.core.ledger.Subscription;
import io.shardkeeper.core.ledger.Transaction;
import io.shardkeeper.core.loop.Loop;
import io.shardkeeper.core.mail.Box;
import io.shardkeeper.core.mail.Command;
import io.shardkeeper.core.mail.Command.Request;
import io.shardkeeper.job.Limits;
import io.shardkeeper.trigger.Trigger;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.BiConsumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The commands of a client, and the box in which they are answered. Whatever is lost on the way, a command lands once: it is created again under
 * the same number until it is there, and the coordinator knows the numbers that it has answered.
 *
 * <pre>
 *   asked ──room──► sent ──APPLIED, or there already──► standing ──answered in the box──► told
 *                    ▲ └──UNKNOWN──► in doubt ┐            └──gone without an answer──► wait: asked anew; else: told so
 *                    └────────connected───────┘
 * </pre>
 *
 * <p>The box outlives a session: the next one takes it over. Only if it is gone, because its client was away for too long, a new one is made,
 * under a new id. Lives on the loop.
 */
final class Postbox implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Postbox.class);

  /** Characters of the id of a client, at most: it is a part of the marks of runs. */
  static final int ID = 24;

  /** Requests that wait in the client, at most, and their bytes. */
  static final int MOST_WAITING = 10_000;

  private static final int MOST_WAITING_BYTES = 16 * 1024 * 1024;

  /** Commands that wait for the end of a run, at most; the others are left to what is answered at once. */
  private static final int MOST_WAITS = Command.MOST_OPEN / 2;

  /** Bytes of the answers that are to come, at most: the box holds them until they are read. */
  private static final int MOST_TO_COME = 100_000;

  private final Ledger ledger;
  private final Loop loop;
  private final Asking asking;
  private final String actor;
  private final Supplier<String> ids;
  private final Subscription subscription;
  private final Deque<Asked> waiting = new ArrayDeque<>();
  private final Map<RunId, CompletableFuture<Box.Answer>> awaited = new LinkedHashMap<>();
  private final Deque<RunId> waits = new ArrayDeque<>();
  private final TreeMap<Long, Letter> open = new TreeMap<>();
  private final List<CompletableFuture<Duration>> wantClock = new ArrayList<>();
  private final List<CompletableFuture<String>> wantBox = new ArrayList<>();
  private BiConsumer<NodePath, Node> replied = (path, node) -> {};
  private long waitingBytes;

  private String id;
  private Standing standing = Standing.NONE;
  private boolean mayBeThere;
  private boolean pumping;
  private boolean closed;
  private long session;
  private long next = 1;
  private @Nullable Duration ahead;
  private @Nullable Mirror mirror;

  private enum Standing {
    /** Nobody owns the box. */
    NONE,
    /** It is being made, or taken over. */
    OPENING,
    /** It is ours in this session. */
    OPEN
  }

  /** One request, and who waits for the answer. */
  private record Asked(
      @Nullable RunRequest run,
      @Nullable Request other,
      int bytes,
      CompletableFuture<Box.Answer> answer) {
    /** Whether it does no harm to ask once more under another number. */
    boolean isRepeatable() {
      return run == null || !run.key().isEmpty();
    }

    int answerBytes() {
      return 120 + (run == null ? 130 : run.job().length());
    }
  }

  /** A command. */
  private static final class Letter {
    final long number;
    final List<Asked> asked;
    final @Nullable RunId wait;
    boolean sending;
    boolean doubtful;
    boolean checking;

    Letter(long number, List<Asked> asked, @Nullable RunId wait) {
      this.number = number;
      this.asked = asked;
      this.wait = wait;
    }

    int answerBytes() {
      return asked.stream().mapToInt(Asked::answerBytes).sum();
    }

    int requests() {
      return wait == null ? asked.size() : 1;
    }
  }

  Postbox(Ledger ledger, Loop loop, Asking asking, String actor, Supplier<String> ids) {
    this.ledger = ledger;
    this.loop = loop;
    this.asking = asking;
    this.actor = actor;
    this.ids = ids;
    this.id = checkId(ids.get());
    this.subscription = ledger.onSession(now -> loop.execute(this::sessionChanged));
  }

  private static String checkId(String id) {
    if (!id.matches("[A-Za-z0-9-]{1," + ID + "}")) {
      throw new IllegalArgumentException("The id of a client cannot be '" + id + "'; it has 1 to "
          + ID + " letters, digits and '-', a random part among them");
    }
    return id;
  }

  // ------------------------------------------------------------------ what is asked of it

  /** Asks for a run. */
  CompletionStage<Box.Answer> start(RunRequest run) {
    int bytes = 150
        + run.job().length()
        + 6 * run.shards().size()
        + Limits.bytes(run.key())
        + run.origin().bytes();
    for (Map.Entry<String, String> parameter : run.parameters().entrySet()) {
      bytes += Limits.bytes(parameter.getKey()) + Limits.bytes(parameter.getValue()) + 6;
    }
    return ask(new Asked(run, null, bytes, new CompletableFuture<>()));
  }

  /** Asks for the end of a run. */
  CompletionStage<Box.Answer> kill(RunId run) {
    return ask(new Asked(null, new Request.Kill(run), 200, new CompletableFuture<>()));
  }

  /** Asks for the end of an instance. */
  CompletionStage<Box.Answer> drain(String instance) {
    return ask(new Asked(null, new Request.Drain(instance), 200, new CompletableFuture<>()));
  }

  private CompletionStage<Box.Answer> ask(Asked asked) {
    if (waiting.size() >= MOST_WAITING || waitingBytes + asked.bytes() > MOST_WAITING_BYTES) {
      return CompletableFuture.failedStage(new JobClientException(
          Reason.BUSY,
          waiting.size() + " requests with " + waitingBytes
              + " bytes wait in this client for the coordinator; at most " + MOST_WAITING
              + " with " + MOST_WAITING_BYTES + " bytes may: ask again when some are answered"));
    }
    waiting.add(asked);
    waitingBytes += asked.bytes();
    pumpSoon();
    return asked.answer();
  }

  /** Asks for the outcome of a run; those who ask for the same share an answer. */
  CompletionStage<Box.Answer> await(RunId run) {
    return awaited.computeIfAbsent(run, same -> {
      waits.add(run);
      pumpSoon();
      return new CompletableFuture<>();
    });
  }

  /** The id of the box, as soon as that is ours. */
  CompletionStage<String> opened() {
    if (standing == Standing.OPEN) {
      return CompletableFuture.completedStage(id);
    }
    var wanted = new CompletableFuture<String>();
    wantBox.add(wanted);
    pumpSoon();
    return wanted;
  }

  /** Who is told of what instances have answered. */
  void onReply(BiConsumer<NodePath, Node> told) {
    replied = told;
  }

  /** How far the clock of the ledger is ahead of ours. */
  CompletionStage<Duration> ahead() {
    if (ahead != null) {
      return CompletableFuture.completedStage(ahead);
    }
    var wanted = new CompletableFuture<Duration>();
    wantClock.add(wanted);
    pumpSoon();
    return wanted;
  }

  // ------------------------------------------------------------------ the box

  private NodePath box() {
    return Layout.COMMANDS.child(id);
  }

  private void sessionChanged() {
    if (closed) {
      return;
    }
    if (standing == Standing.OPEN && ledger.session().id() != session) {
      standing = Standing.NONE;
    }
    pumpSoon();
  }

  private boolean isIdle() {
    return waiting.isEmpty()
        && waits.isEmpty()
        && open.isEmpty()
        && wantClock.isEmpty()
        && wantBox.isEmpty();
  }

  private void open() {
    standing = Standing.OPENING;
    asking
        .ask(() -> Foundation.lay(ledger))
        .thenAccept(done -> own(false))
        .exceptionally(this::refused);
  }

  private @Nullable Void refused(Throwable failure) {
    LOG.error("The box of client {} cannot be made: {}", id, failure.getMessage());
    standing = Standing.NONE;
    failAll(Asking.told(failure));
    return null;
  }

  /** Makes the box, or takes it over from a session before. */
  private void own(boolean displace) {
    if (closed) {
      return;
    }
    long by = ledger.session().id();
    Instant asked = loop.wall();
    NodePath owner = Layout.owner(box());
    Transaction.Builder steps = Transaction.builder();
    if (mayBeThere) {
      steps.checkPresent(box());
    } else {
      steps.create(box(), Bytes.NONE);
    }
    if (displace) {
      steps.delete(
          owner,
          Transaction.ANY_VERSION); // of our former session, whose end the far end has not noticed
    }
    steps.createEphemeral(owner, Bytes.NONE);
    ledger.commit(steps.build()).thenAccept(result -> {
      if (closed) {
        return;
      }
      switch (result.kind()) {
        case APPLIED -> owned(by, asked);
        case UNKNOWN -> {
          mayBeThere = true;
          reopenLater();
        }
        case CONFLICT -> notOwned(result, displace);
      }
    });
  }

  private void reopenLater() {
    standing = Standing.NONE;
    asking.again(this::pumpSoon);
  }

  private void notOwned(CommitResult result, boolean displace) {
    Refusal refusal = result.refusal();
    if (refusal == Refusal.DENIED) {
      refused(
          new JobClientException(Reason.UNAVAILABLE, "These credentials must not write " + box()));
    } else if (refusal == Refusal.EXISTS && !mayBeThere) {
      id = checkId(ids.get()); // somebody else's
      own(false);
    } else if (refusal == Refusal.EXISTS) {
      own(true);
    } else if (displace && result.step() > 0) {
      own(false); // the former session has ended in between
    } else if (mayBeThere) {
      boxLost();
    } else {
      reopenLater(); // the directory of boxes is not there yet
    }
  }

  private void owned(long by, Instant asked) {
    mayBeThere = true;
    session = by;
    Instant answered = loop.wall();
    Instant middle = asked.plus(Duration.between(asked, answered).dividedBy(2));
    asking.read(Layout.owner(box())).thenAccept(owner -> {
      if (closed || standing != Standing.OPENING) {
        return;
      }
      if (owner.isEmpty() || ledger.session().id() != by) {
        reopenLater();
        return;
      }
      ahead = Duration.between(middle, owner.get().modified());
      standing = Standing.OPEN;
      if (mirror == null) {
        mirror = new Mirror(ledger, box(), this::changed);
        mirror.start();
      }
      List<CompletableFuture<Duration>> told = List.copyOf(wantClock);
      wantClock.clear();
      told.forEach(wanted -> wanted.complete(ahead));
      List<CompletableFuture<String>> boxes = List.copyOf(wantBox);
      wantBox.clear();
      boxes.forEach(wanted -> wanted.complete(id));
      pumpSoon();
    });
  }

  /** The box is gone, with the commands that were in it. */
  private void boxLost() {
    LOG.info("The box of client {} is gone; it goes on under another id", id);
    List<Letter> lost = new ArrayList<>(open.descendingMap().values());
    open.clear();
    if (mirror != null) {
      mirror.close();
      mirror = null;
    }
    id = checkId(ids.get());
    next = 1;
    mayBeThere = false;
    standing = Standing.NONE;
    for (Letter letter : lost) {
      if (letter.wait != null) {
        waits.addFirst(letter.wait);
      }
      for (int i = letter.asked.size() - 1; i >= 0; i--) {
        Asked asked = letter.asked.get(i);
        if (asked.isRepeatable()) {
          waiting.addFirst(asked);
          waitingBytes += asked.bytes();
        } else {
          asked.answer().completeExceptionally(inDoubt("its box is gone"));
        }
      }
    }
    pumpSoon();
  }

  private static JobClientException inDoubt(String why) {
    return new JobClientException(
        Reason.IN_DOUBT,
        "A request was sent, and " + why
            + " before its answer was read: look among the runs of the job whether it has started; with a key it could be repeated");
  }

  // ------------------------------------------------------------------ sending

  private void pumpSoon() {
    if (!pumping && !closed) {
      pumping = true;
      loop.execute(() -> {
        pumping = false;
        pump();
      });
    }
  }

  private void pump() {
    if (closed || isIdle() || !ledger.session().isConnected()) {
      return;
    }
    if (standing == Standing.NONE) {
      open();
    }
    if (standing != Standing.OPEN) {
      return;
    }
    List.copyOf(open.values()).stream()
        .filter(letter -> letter.doubtful && !letter.sending)
        .forEach(this::send);
    long waitsOpen =
        open.values().stream().filter(letter -> letter.wait != null).count();
    for (; waitsOpen < MOST_WAITS && !waits.isEmpty(); waitsOpen++) {
      post(new Letter(next++, List.of(), waits.remove()));
    }
    while (!waiting.isEmpty() && hasRoom()) {
      post(new Letter(next++, take(), null));
    }
  }

  /** A number far behind one that is in doubt might have the coordinator believe that this one was answered; so none is used meanwhile. */
  private boolean hasRoom() {
    int others = 0;
    int toCome = 0;
    for (Letter letter : open.values()) {
      if (letter.wait == null) {
        others++;
        toCome += letter.answerBytes();
        if (letter.doubtful) {
          return false;
        }
      }
    }
    return others == 0 || (others < Command.MOST_OPEN - MOST_WAITS && toCome < MOST_TO_COME);
  }

  /** As many as fit into one command. */
  private List<Asked> take() {
    List<Asked> taken = new ArrayList<>();
    int bytes = 200 + 6 * actor.length();
    for (Asked first = waiting.peek();
        first != null
            && taken.size() < Command.MOST_REQUESTS
            && (taken.isEmpty() || bytes + first.bytes() <= Command.MOST_BYTES);
        first = waiting.peek()) {
      bytes += first.bytes();
      waitingBytes -= first.bytes();
      taken.add(waiting.remove());
    }
    return taken;
  }

  private void post(Letter letter) {
    open.put(letter.number, letter);
    send(letter);
  }

  private void send(Letter letter) {
    Bytes content;
    try {
      content = content(letter).bytes();
    } catch (RuntimeException e) {
      open.remove(letter.number);
      fail(letter, e); // nobody else must wait behind what cannot be written
      return;
    }
    letter.sending = true;
    NodePath path = path(letter);
    String sentTo = id;
    ledger.commit(Transaction.builder().create(path, content).build()).thenAccept(result -> {
      letter.sending = false;
      if (!closed && sentTo.equals(id) && open.get(letter.number) == letter) {
        sent(letter, result);
      }
    });
  }

  private NodePath path(Letter letter) {
    return box().child(Layout.number(letter.number));
  }

  private Command content(Letter letter) {
    if (letter.wait != null) {
      return new Command(actor, List.of(new Request.Await(letter.wait)));
    }
    List<Request> requests = new ArrayList<>();
    for (Asked asked : letter.asked) {
      if (asked.other() != null) {
        requests.add(asked.other());
      } else if (asked.run() != null) {
        requests.add(request(asked.run()));
      }
    }
    return new Command(actor, requests);
  }

  private Request request(RunRequest run) {
    Duration after = run.after();
    if (!run.at().equals(Trigger.NEVER_BEFORE)) {
      Duration wait = Duration.between(now(), run.at());
      after = wait.isNegative() ? Duration.ZERO : wait;
    }
    return new Request.Start(
        run.job(), run.parameters(), run.shards(), after, run.key(), run.prompt(), run.origin());
  }

  /** The time of the ledger, as far as it is known. */
  Instant now() {
    return ahead == null ? loop.wall() : loop.wall().plus(ahead);
  }

  private void sent(Letter letter, CommitResult result) {
    switch (result.kind()) {
      case APPLIED -> there(letter);
      case UNKNOWN -> {
        letter.doubtful = true;
        asking.again(this::pumpSoon);
      }
      case CONFLICT -> {
        if (result.refusal() == Refusal.EXISTS) {
          there(letter); // it had arrived
        } else if (result.refusal() == Refusal.ABSENT) {
          boxLost();
        } else {
          open.remove(letter.number);
          fail(
              letter,
              new JobClientException(
                  Reason.UNAVAILABLE, "Creating " + path(letter) + " was refused: " + result));
        }
      }
    }
  }

  private void there(Letter letter) {
    if (letter.doubtful) {
      letter.doubtful = false;
      pumpSoon();
    }
  }

  // ------------------------------------------------------------------ answers

  private void changed(Mirror.Change change) {
    if (closed) {
      return;
    }
    if (change instanceof Mirror.Change.Appeared appeared && appeared.path().equals(box())) {
      answered(appeared.node());
    } else if (change instanceof Mirror.Change.Appeared appeared
        && appeared.path().name().startsWith(Layout.REPLY)) {
      replied.accept(appeared.path(), appeared.node());
    } else if (change instanceof Mirror.Change.Changed changed && changed.path().equals(box())) {
      answered(changed.node());
    } else if (change instanceof Mirror.Change.Vanished vanished
        && vanished.path().equals(box())
        && standing == Standing.OPEN) {
      boxLost();
    } else if (change instanceof Mirror.Change.Settled && mirror != null) {
      Map<NodePath, Node> nodes = mirror.nodes();
      List.copyOf(open.values()).stream()
          .filter(letter -> !letter.sending && !letter.doubtful && !letter.checking)
          .filter(letter -> !nodes.containsKey(path(letter)))
          .forEach(this::check);
    }
  }

  private void answered(Node node) {
    Box box;
    try {
      box = Box.read(node.data());
    } catch (IllegalArgumentException e) {
      LOG.error("The answers to client {} cannot be read: {}", id, e.getMessage());
      return;
    }
    for (Letter letter : List.copyOf(open.values())) {
      List<Box.Answer> answers = box.to(letter.number);
      if (answers.size() >= letter.requests()) {
        open.remove(letter.number);
        tell(letter, answers);
      }
    }
    pumpSoon();
  }

  private void tell(Letter letter, List<Box.Answer> answers) {
    if (letter.wait != null) {
      CompletableFuture<Box.Answer> waiter = awaited.remove(letter.wait);
      if (waiter != null) {
        waiter.complete(answers.get(0));
      }
      return;
    }
    for (int i = 0; i < letter.asked.size(); i++) {
      letter.asked.get(i).answer().complete(answers.get(i));
    }
  }

  private void fail(Letter letter, Throwable why) {
    if (letter.wait != null) {
      CompletableFuture<Box.Answer> waiter = awaited.remove(letter.wait);
      if (waiter != null) {
        waiter.completeExceptionally(why);
      }
    }
    letter.asked.forEach(asked -> asked.answer().completeExceptionally(why));
  }

  private void failAll(Throwable why) {
    List<Letter> letters = List.copyOf(open.values());
    open.clear();
    letters.forEach(letter -> fail(letter, why));
    List<Asked> asked = List.copyOf(waiting);
    waiting.clear();
    waitingBytes = 0;
    asked.forEach(one -> one.answer().completeExceptionally(why));
    waits.clear();
    List<CompletableFuture<Box.Answer>> waiters = List.copyOf(awaited.values());
    awaited.clear();
    waiters.forEach(waiter -> waiter.completeExceptionally(why));
    List<CompletableFuture<Duration>> clocks = List.copyOf(wantClock);
    wantClock.clear();
    clocks.forEach(clock -> clock.completeExceptionally(why));
    List<CompletableFuture<String>> boxes = List.copyOf(wantBox);
    wantBox.clear();
    boxes.forEach(box -> box.completeExceptionally(why));
  }

  /** A command is not there, and was not answered as far as is known. The answer comes with its going: so the box is read after that. */
  private void check(Letter letter) {
    letter.checking = true;
    NodePath path = path(letter);
    asking.read(path).thenAccept(command -> {
      if (command.isPresent() || closed) {
        letter.checking = false;
        return;
      }
      asking.read(path.parent()).thenAccept(box -> {
        letter.checking = false;
        box.ifPresent(this::answered);
        if (box.isEmpty() && !closed && path.equals(path(letter))) {
          boxLost();
        } else if (!closed && open.get(letter.number) == letter && path.equals(path(letter))) {
          open.remove(letter.number);
          unanswered(letter);
        }
      });
    });
  }

  private void unanswered(Letter letter) {
    if (letter.wait != null) {
      waits.add(letter.wait); // so many others were answered meanwhile that this answer went
    } else {
      LOG.error("Command {} of client {} is gone without an answer", letter.number, id);
      fail(letter, inDoubt("the command was taken away"));
    }
    pumpSoon();
  }

  /** Gives the box back. With nothing open nobody else will write to it, so it goes at once; else whoever coordinates sweeps it. */
  @Override
  public void close() {
    if (closed) {
      return;
    }
    closed = true;
    subscription.close();
    if (mirror != null) {
      mirror.close();
    }
    if (standing == Standing.OPEN && ledger.session().isConnected()) {
      Transaction.Builder steps = Transaction.builder();
      steps.delete(Layout.owner(box()), Transaction.ANY_VERSION);
      if (open.isEmpty()) {
        steps.delete(box(), Transaction.ANY_VERSION);
      }
      CompletionStage<CommitResult> unused = ledger.commit(steps.build());
    }
  }

  /** The id under which it asks; for tests and logs. */
  String id() {
    return id;
  }

  /** Whether the box is ours. */
  Optional<NodePath> place() {
    return standing == Standing.OPEN ? Optional.of(box()) : Optional.empty();
  }
}
