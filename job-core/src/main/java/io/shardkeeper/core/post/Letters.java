package io.shardkeeper.core.post;

import io.shardkeeper.client.JobClientException;
import io.shardkeeper.client.JobClientException.Reason;
import io.shardkeeper.core.layout.Layout;
import io.shardkeeper.core.ledger.Bytes;
import io.shardkeeper.core.ledger.CommitResult;
import io.shardkeeper.core.ledger.CommitResult.Refusal;
import io.shardkeeper.core.ledger.Ledger;
import io.shardkeeper.core.ledger.Node;
import io.shardkeeper.core.ledger.NodePath;
import io.shardkeeper.core.ledger.Transaction;
import io.shardkeeper.core.mail.Box;
import io.shardkeeper.core.mail.Command;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The commands that are under way. Whatever is lost on the way, a command lands once: it is created again under the same number until it is there,
 * and the coordinator knows the numbers that it has answered.
 *
 * <pre>
 *   posted ──► sent ──APPLIED, or there already──► standing ──answered in the box──► told
 *               ▲ └──UNKNOWN──► in doubt ┐            └──gone without an answer──► its letter knows what then
 *               └────────connected───────┘
 * </pre>
 *
 * <p>Lives on the loop.
 */
final class Letters {
  private static final Logger LOG = LoggerFactory.getLogger(Letters.class);

  /** Commands that wait for the end of a run, at most; the others are left to what is answered at once. */
  private static final int MOST_WAITS = Command.MOST_OPEN / 2;

  /** Bytes of the answers that are to come, at most: the box holds them until they are read. */
  private static final int MOST_TO_COME = 100_000;

  private final Ledger ledger;
  private final Asking asking;
  private final Postbox box;
  private final String actor;
  private final TreeMap<Long, Sent> open = new TreeMap<>();
  private long next = 1;

  /** A command. */
  private static final class Sent {
    final long number;
    final Letter letter;
    boolean sending;
    boolean doubtful;
    boolean checking;

    Sent(long number, Letter letter) {
      this.number = number;
      this.letter = letter;
    }

    /** Whether it has arrived, as far as is known, and nobody looks after it. */
    boolean isStanding() {
      return !sending && !doubtful && !checking;
    }
  }

  Letters(Ledger ledger, Asking asking, Postbox box, String actor) {
    this.ledger = ledger;
    this.asking = asking;
    this.box = box;
    this.actor = actor;
  }

  /** Whether none is under way. */
  boolean isEmpty() {
    return open.isEmpty();
  }

  /** Whether one more may wait for the end of a run. */
  boolean hasRoomForWait() {
    return open.values().stream()
            .filter(sent -> sent.letter instanceof Ends.Wait)
            .count()
        < MOST_WAITS;
  }

  /** A number far behind one that is in doubt might have the coordinator believe that this one was answered; so none is used meanwhile. */
  boolean hasRoomForBundle() {
    int bundles = 0;
    int toCome = 0;
    for (Sent sent : open.values()) {
      if (sent.letter instanceof Requests.Bundle bundle) {
        bundles++;
        toCome += bundle.answerBytes();
        if (sent.doubtful) {
          return false;
        }
      }
    }
    return bundles == 0 || (bundles < Command.MOST_OPEN - MOST_WAITS && toCome < MOST_TO_COME);
  }

  // ------------------------------------------------------------------ sending

  /** Sends a letter, as a command of its own. */
  void post(Letter letter) {
    var sent = new Sent(next++, letter);
    open.put(sent.number, sent);
    send(sent);
  }

  /** Sends again what is in doubt. */
  void repeat() {
    List.copyOf(open.values()).stream()
        .filter(sent -> sent.doubtful && !sent.sending)
        .forEach(this::send);
  }

  private void send(Sent sent) {
    Bytes content;
    try {
      content = new Command(actor, sent.letter.requests(box.now())).bytes();
    } catch (RuntimeException e) {
      end(sent).failed(e); // nobody else must wait behind what cannot be written
      return;
    }
    sent.sending = true;
    ledger.commit(Transaction.builder().create(path(sent), content).build()).thenAccept(result -> {
      sent.sending = false;
      if (isOpen(sent)) {
        arrived(sent, result);
      }
    });
  }

  private NodePath path(Sent sent) {
    return box.path().child(Layout.number(sent.number));
  }

  /** Whether it is still to be answered: of those in a box that is lost, none is. */
  private boolean isOpen(Sent sent) {
    return !box.isClosed() && open.get(sent.number) == sent;
  }

  private Letter end(Sent sent) {
    open.remove(sent.number);
    return sent.letter;
  }

  private void arrived(Sent sent, CommitResult result) {
    switch (result.kind()) {
      case APPLIED -> there(sent);
      case UNKNOWN -> {
        sent.doubtful = true;
        asking.again(box::turnSoon);
      }
      case CONFLICT -> {
        if (result.refusal() == Refusal.EXISTS) {
          there(sent); // it had arrived
        } else if (result.refusal() == Refusal.ABSENT) {
          box.lost();
        } else {
          end(sent)
              .failed(new JobClientException(
                  Reason.UNAVAILABLE, "Creating " + path(sent) + " was refused: " + result));
        }
      }
    }
  }

  private void there(Sent sent) {
    if (sent.doubtful) {
      sent.doubtful = false;
      box.turnSoon();
    }
  }

  // ------------------------------------------------------------------ answers

  /** Answers stand in the box. */
  void answered(Node node) {
    Box answers;
    try {
      answers = Box.read(node.data());
    } catch (IllegalArgumentException e) {
      LOG.error("The answers to client {} cannot be read: {}", box.id(), e.getMessage());
      return;
    }
    for (Sent sent : List.copyOf(open.values())) {
      List<Box.Answer> to = answers.to(sent.number);
      if (to.size() >= sent.letter.size()) {
        end(sent).answered(to);
      }
    }
    box.turnSoon();
  }

  /** All that stands in the box is known. */
  void seen(Set<NodePath> there) {
    List.copyOf(open.values()).stream()
        .filter(sent -> sent.isStanding() && !there.contains(path(sent)))
        .forEach(this::check);
  }

  /** A command is not there, and was not answered as far as is known. The answer comes with its going: so the box is read after that. */
  private void check(Sent sent) {
    sent.checking = true;
    NodePath at = box.path();
    asking.read(path(sent)).thenAccept(command -> {
      if (command.isPresent() || !box.isAt(at)) {
        sent.checking = false;
        return;
      }
      asking.read(at).thenAccept(found -> {
        sent.checking = false;
        if (!box.isAt(at)) {
          return; // what another box answered is told to nobody
        }
        if (found.isEmpty()) {
          box.lost();
          return;
        }
        answered(found.get());
        if (isOpen(sent)) {
          end(sent).unanswered("Command " + sent.number + " of client " + box.id());
          box.turnSoon();
        }
      });
    });
  }

  /** The box is gone, with all of them; the next one begins to count anew. */
  void lost() {
    List<Letter> letters = new ArrayList<>();
    open.descendingMap().values().forEach(sent -> letters.add(sent.letter));
    open.clear();
    next = 1;
    letters.forEach(Letter::lost);
  }

  /** Tells all who wait for an answer that nothing will come. */
  void failAll(Throwable why) {
    List<Sent> all = List.copyOf(open.values());
    open.clear();
    all.forEach(sent -> sent.letter.failed(why));
  }
}
