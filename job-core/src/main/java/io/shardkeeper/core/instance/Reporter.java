package io.shardkeeper.core.instance;

import io.shardkeeper.core.layout.Assignment;
import io.shardkeeper.core.layout.Lane;
import io.shardkeeper.core.layout.Layout;
import io.shardkeeper.core.ledger.CommitResult;
import io.shardkeeper.core.ledger.CommitResult.Refusal;
import io.shardkeeper.core.ledger.Ledger;
import io.shardkeeper.core.ledger.NodePath;
import io.shardkeeper.core.ledger.Subscription;
import io.shardkeeper.core.ledger.Transaction;
import io.shardkeeper.core.loop.Loop;
import io.shardkeeper.core.mail.Inbox;
import io.shardkeeper.core.mail.Report;
import io.shardkeeper.core.mail.Told;
import io.shardkeeper.job.Limits;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Reports what became of assignments: several at a time, each report one transaction under the version that the one before has made of the inbox. So a
 * report that is sent twice lands once, and one of somebody who was replaced lands never. Lives on the loop.
 */
final class Reporter {
  /** Reports that are not consumed, at most: beyond that, outcomes wait and go together. */
  private static final int MOST_UNCONSUMED = 16;

  /** Outcomes of a report, at most. */
  private static final int MOST_TOLD = 500;

  /** Bytes of a report, as estimated, from which on it is full. */
  private static final int MOST_BYTES = 160 * 1024;

  private static final Duration BETWEEN_LOOKS = Duration.ofMillis(50);

  private final Ledger ledger;
  private final Loop loop;
  private final NodePath node;
  private final NodePath inbox;
  private final NodePath reports;
  private final Duration linger;
  private final InstantSource clock;
  private final Consumer<String> fenced;
  private final Consumer<Lane> written;

  private final Unwritten unwritten = new Unwritten();
  private final Deque<Told> outbox = new ArrayDeque<>();

  /** How many of those somebody waits for. */
  private int prompt;

  /** Tickets that stand in the inbox, with the tokens in them that are not reported, or busy. */
  private final Map<String, Card> tickets = new TreeMap<>();

  private final Map<Long, Card> ticketOf = new HashMap<>();
  private final Set<Long> busy = new TreeSet<>();
  private Subscription timer = () -> {};
  private boolean timed;

  /** Somebody waits for what is in the outbox, and a report was on its way. */
  private boolean hurry;

  private @Nullable Sent sent;
  private long number;
  private int version;
  private int unconsumed;
  private boolean looking;
  private Subscription nextLook = () -> {};
  private boolean closed;

  /** What stands of a ticket. */
  private static final class Card {
    final List<Long> tokens = new ArrayList<>();
    final Set<Long> open = new TreeSet<>();
    final Set<Long> reported = new TreeSet<>();

    boolean isDone() {
      return open.isEmpty();
    }
  }

  /** A report on its way. */
  private record Sent(
      Transaction transaction, List<String> ticketsGone, List<Told> told, boolean doubtful) {
    Sent doubtful(boolean in) {
      return new Sent(transaction, ticketsGone, told, in);
    }
  }

  Reporter(
      Ledger ledger,
      Loop loop,
      String id,
      Duration linger,
      InstantSource clock,
      Consumer<String> fenced,
      Consumer<Lane> written) {
    this.ledger = ledger;
    this.loop = loop;
    this.node = Layout.INSTANCES.child(id);
    this.inbox = Layout.INBOX.child(id);
    this.reports = Layout.REPORTS.child(id);
    this.linger = linger;
    this.clock = clock;
    this.fenced = fenced;
    this.written = written;
  }

  void close() {
    closed = true;
    timer.close();
    nextLook.close();
  }

  /** A ticket has come. */
  void ticket(String name, List<Assignment> assignments) {
    var card = new Card();
    for (Assignment what : assignments) {
      card.tokens.add(what.token());
      card.open.add(what.token());
      ticketOf.put(what.token(), card);
    }
    tickets.put(name, card);
  }

  /** A ticket is gone; we did it, or a stranger. */
  void ticketGone(String name) {
    Card card = tickets.remove(name);
    if (card != null) {
      card.tokens.forEach(ticketOf::remove);
    }
  }

  /** Names of the tickets that stand in the inbox. */
  Set<String> tickets() {
    return tickets.keySet();
  }

  /** Whether it was told that this ended, and not that it returned. */
  boolean isBusy(long token) {
    return busy.contains(token)
        || outbox.stream()
            .anyMatch(told -> told instanceof Told.Ended ended
                && !ended.returned()
                && told.what().token() == token);
  }

  /** Whether all that was before something in its lane is written: then nobody takes it for something that has not begun. */
  boolean isWrittenBefore(Assignment next) {
    return !unwritten.isBefore(next.lane(), next.run());
  }

  /** Of those that are to be told under another registration all the same: what is in no report that landed for certain. It may be told twice. */
  List<Told.Overran> overrunsNotTold() {
    return Stream.concat(sent == null ? Stream.empty() : sent.told().stream(), outbox.stream())
        .filter(Told.Overran.class::isInstance)
        .map(Told.Overran.class::cast)
        .toList();
  }

  /** Tells what became of something whose handler was called, or may have been. */
  void tell(Told told) {
    unwritten.called(told);
    send(told);
  }

  /** Tells what became of something whose handler was never called. */
  void tellNotCalled(Told told) {
    unwritten.notCalled(told);
    send(told);
  }

  private void send(Told told) {
    outbox.add(told);
    prompt += isPrompt(told) ? 1 : 0;
    if (isPrompt(told) || outbox.size() >= MOST_TOLD) {
      reportNow();
    } else {
      reportSoon();
    }
  }

  private static boolean isPrompt(Told told) {
    return told.what().run().traits().prompt();
  }

  void reportSoon() {
    if (!timed && !closed) {
      timed = true;
      timer = loop.at(loop.nanos() + linger.toNanos(), () -> {
        timed = false;
        send();
      });
    }
  }

  void reportNow() {
    hurry = true;
    timer.close();
    timed = true;
    loop.execute(() -> {
      timed = false;
      send();
    });
  }

  /** The ledger answers again. */
  void connected() {
    Sent again = sent;
    if (again != null && again.doubtful()) {
      sent = again.doubtful(false);
      commit(true);
    } else {
      send();
    }
  }

  private void send() {
    if (closed || sent != null || looking || !ledger.session().isConnected()) {
      return;
    }
    if (outbox.isEmpty() && tickets.values().stream().noneMatch(Card::isDone)) {
      return;
    }
    if (unconsumed >= MOST_UNCONSUMED) {
      look();
      return;
    }
    hurry = false;
    sent = compose();
    commit(false);
  }

  private Sent compose() {
    List<Told> told = new ArrayList<>();
    int bytes = 0;
    while (!outbox.isEmpty() && told.size() < MOST_TOLD) {
      Told next = outbox.peek();
      int size = bytes(next);
      if (!told.isEmpty() && bytes + size > MOST_BYTES) {
        break;
      }
      bytes += size;
      told.add(outbox.remove());
      prompt -= isPrompt(next) ? 1 : 0;
      note(next);
    }
    List<String> gone = new ArrayList<>();
    var partly = new TreeSet<Long>();
    tickets.forEach((name, card) -> {
      if (card.isDone() && gone.size() < MOST_TOLD) {
        gone.add(name);
      } else {
        partly.addAll(card.reported);
      }
    });
    number++;
    Transaction.Builder steps = Transaction.builder()
        .checkPresent(node)
        .set(inbox, new Inbox(number, partly, new TreeSet<>(busy)).bytes(), version);
    gone.forEach(ticket -> steps.delete(inbox.child(ticket), Transaction.ANY_VERSION));
    if (!told.isEmpty()) {
      steps.create(reports.child(Layout.number(number)), new Report(clock.instant(), told).bytes());
    }
    return new Sent(steps.build(), gone, told, false);
  }

  /** An upper estimate of the bytes that it takes; what the run was given goes with it. */
  private static int bytes(Told told) {
    int bytes = 300;
    if (told instanceof Told.Ended ended) {
      bytes += Limits.bytes(ended.text()) + Limits.bytes(ended.log());
    }
    return bytes + told.what().run().bytes();
  }

  /** What is told of a token changes what stands of its ticket. */
  private void note(Told told) {
    long token = told.what().token();
    boolean stays = told instanceof Told.Ended ended && !ended.returned();
    Card card = ticketOf.get(token);
    if (card != null) {
      card.reported.add(token);
    }
    if (stays) {
      busy.add(token);
      return;
    }
    busy.remove(token);
    if (card != null) {
      card.open.remove(token);
    }
  }

  private void commit(boolean repeated) {
    Sent now = sent;
    if (now == null) {
      return;
    }
    ledger.commit(now.transaction()).thenAccept(result -> {
      if (!closed) {
        committed(now, result, repeated);
      }
    });
  }

  private void committed(Sent now, CommitResult result, boolean repeated) {
    switch (result.kind()) {
      case APPLIED -> landed(now);
      case UNKNOWN -> {
        // The same again, under the same version: of the two, one lands.
        sent = now.doubtful(true);
        if (ledger.session().isConnected()) {
          connected();
        }
      }
      case CONFLICT -> {
        boolean moved = result.step() == 1 && result.refusal() == Refusal.VERSION;
        if (moved && repeated) {
          landed(now);
        } else {
          fenced.accept("a report of it was refused: " + result);
        }
      }
    }
  }

  private void landed(Sent now) {
    sent = null;
    version++;
    unconsumed++;
    for (String ticket : now.ticketsGone()) {
      ticketGone(ticket);
    }
    if (!outbox.isEmpty()) {
      if (hurry || prompt > 0 || outbox.size() >= MOST_TOLD) {
        send();
      } else {
        reportSoon();
      }
    }
    now.told().forEach(unwritten::written);
    now.told().stream().map(told -> told.what().lane()).distinct().forEach(written);
  }

  /** Looks how many reports are consumed, and again after a while if they are still too many. */
  private void look() {
    looking = true;
    ledger.list(reports).whenComplete((names, failure) -> {
      if (closed) {
        return;
      }
      if (failure == null) {
        unconsumed = names.map(List::size).orElse(0);
      }
      if (unconsumed < MOST_UNCONSUMED) {
        looking = false;
        send();
      } else {
        nextLook = loop.at(loop.nanos() + BETWEEN_LOOKS.toNanos(), () -> {
          looking = false;
          send();
        });
      }
    });
  }
}
