package io.shardkeeper.core.client;

import io.shardkeeper.client.JobClientException;
import io.shardkeeper.client.JobClientException.Reason;
import io.shardkeeper.core.layout.Layout;
import io.shardkeeper.core.layout.RunId;
import io.shardkeeper.core.ledger.CommitResult;
import io.shardkeeper.core.ledger.CommitResult.Refusal;
import io.shardkeeper.core.ledger.Ledger;
import io.shardkeeper.core.ledger.Node;
import io.shardkeeper.core.ledger.NodePath;
import io.shardkeeper.core.ledger.Subscription;
import io.shardkeeper.core.ledger.Transaction;
import io.shardkeeper.core.loop.Loop;
import io.shardkeeper.core.mail.Question;
import io.shardkeeper.core.mail.Reply;
import io.shardkeeper.core.post.Asking;
import io.shardkeeper.core.post.Postbox;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/**
 * Asks instances themselves, past whoever coordinates: what is asked stands in their inboxes, and the answers come into the box of this client. An
 * instance that dies answers nothing, so that as long as something is open it is looked each second whether it is there. Lives on the loop.
 */
final class Questions {
  /** Questions that are open, at most. */
  private static final int MOST_OPEN = 256;

  private static final Duration BETWEEN_LOOKS = Duration.ofSeconds(1);

  private final Ledger ledger;
  private final Loop loop;
  private final Asking asking;
  private final Postbox postbox;
  private final Map<NodePath, Open> open = new TreeMap<>();
  private Subscription timer = () -> {};
  private boolean timed;
  private boolean closed;
  private long next = 1;

  private record Open(String instance, Question question, CompletableFuture<Reply> answer) {}

  Questions(Ledger ledger, Loop loop, Asking asking, Postbox postbox) {
    this.ledger = ledger;
    this.loop = loop;
    this.asking = asking;
    this.postbox = postbox;
    postbox.onReply(this::replied);
  }

  /** Asks one instance about a run. That it is gone is an answer, too. */
  CompletionStage<Reply> ask(String instance, Question.About about, RunId run, int shard) {
    if (open.size() >= MOST_OPEN) {
      return CompletableFuture.failedStage(new JobClientException(
          Reason.BUSY,
          open.size() + " questions to instances are open; ask again when some are answered"));
    }
    return postbox.opened().thenCompose(box -> {
      var question = new Question(box, next++, about, run, shard);
      var asked = new Open(instance, question, new CompletableFuture<>());
      open.put(question.reply(), asked);
      send(asked);
      lookLater();
      return asked.answer();
    });
  }

  private void send(Open asked) {
    NodePath path = asked.question().in(asked.instance());
    ledger
        .commit(Transaction.builder()
            .checkPresent(Layout.INSTANCES.child(asked.instance()))
            .create(path, asked.question().bytes())
            .build())
        .thenAccept(result -> {
          if (result.kind() == CommitResult.Kind.UNKNOWN) {
            // Sent twice it is answered twice, and the second answer meets the first one.
            asking.again(() -> {
              if (open.containsKey(asked.question().reply())) {
                send(asked);
              }
            });
          } else if (result.kind() == CommitResult.Kind.CONFLICT
              && result.refusal() != Refusal.EXISTS) {
            end(asked, new Reply.Nothing("instance " + asked.instance() + " is gone"));
          }
        });
  }

  /** An answer stands in the box. */
  private void replied(NodePath path, Node node) {
    Open asked = open.get(path);
    if (asked != null) {
      Reply reply;
      try {
        reply = Reply.read(node.data());
      } catch (IllegalArgumentException e) {
        reply = new Reply.Nothing("its answer cannot be read: " + e.getMessage());
      }
      end(asked, reply);
    }
    takeAway(path);
  }

  private void takeAway(NodePath path) {
    ledger
        .commit(Transaction.builder().delete(path, Transaction.ANY_VERSION).build())
        .thenAccept(result -> {
          if (result.kind() == CommitResult.Kind.UNKNOWN) {
            asking.again(() -> takeAway(path));
          }
        });
  }

  private void end(Open asked, Reply reply) {
    if (open.remove(asked.question().reply()) != null) {
      asked.answer().complete(reply);
    }
  }

  private void lookLater() {
    if (timed || open.isEmpty() || closed) {
      return;
    }
    timed = true;
    timer = loop.at(loop.nanos() + BETWEEN_LOOKS.toNanos(), () -> {
      timed = false;
      List.copyOf(open.values()).forEach(this::lookWhetherItIsThere);
      lookLater();
    });
  }

  private void lookWhetherItIsThere(Open asked) {
    ledger.read(Layout.INSTANCES.child(asked.instance())).thenAccept(node -> {
      if (node.isEmpty()) {
        // Its answer may have come before it went.
        asking.read(asked.question().reply()).thenAccept(reply -> {
          reply.ifPresent(there -> replied(asked.question().reply(), there));
          end(asked, new Reply.Nothing("instance " + asked.instance() + " is gone"));
        });
      } else if (!asked.question().client().equals(postbox.id())) {
        end(asked, new Reply.Busy());
      }
    });
  }

  void close() {
    closed = true;
    timer.close();
    open.clear(); // whoever waits is told by the client
  }
}
