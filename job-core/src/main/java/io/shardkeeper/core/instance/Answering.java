package io.shardkeeper.core.instance;

import io.shardkeeper.core.execution.Executions;
import io.shardkeeper.core.execution.RunLogs;
import io.shardkeeper.core.layout.Layout;
import io.shardkeeper.core.ledger.Bytes;
import io.shardkeeper.core.ledger.CommitResult;
import io.shardkeeper.core.ledger.Ledger;
import io.shardkeeper.core.ledger.Node;
import io.shardkeeper.core.ledger.NodePath;
import io.shardkeeper.core.ledger.Subscription;
import io.shardkeeper.core.ledger.Transaction;
import io.shardkeeper.core.loop.Loop;
import io.shardkeeper.core.loop.Workers;
import io.shardkeeper.core.mail.Question;
import io.shardkeeper.core.mail.Reply;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Answers what clients ask an instance about what runs there: how far it is, where it is, what it has logged. Nobody's decision hangs on it. Lives on the
 * loop; logs are read on threads of the workers, because that may block.
 */
final class Answering {
  private static final Logger LOG = LoggerFactory.getLogger(Answering.class);

  /** Questions that are being answered, at most; who comes then is told to come again. */
  private static final int MOST_OPEN = 64;

  /** What is told of one question in one answer, at most: handlers that run. */
  private static final int MOST_SAID = 500;

  /** How often it is looked whether there is more of a log, and how long. */
  private static final Duration BETWEEN_LOOKS = Duration.ofMillis(200);

  private static final int MOST_LOOKS = 5;

  private static final Duration BETWEEN_TRIES = Duration.ofMillis(200);

  private final Ledger ledger;
  private final Loop loop;
  private final Executions executions;
  private final NodePath self;
  private final Set<NodePath> open = new HashSet<>();
  private boolean closed;

  Answering(Workplace at, String id) {
    this.ledger = at.ledger;
    this.loop = at.loop;
    this.executions = at.executions;
    this.self = Layout.INSTANCES.child(id);
  }

  void close() {
    closed = true;
  }

  /** A question has come. */
  void asked(NodePath path, Node node) {
    Question question;
    try {
      question = Question.read(node.data());
      if (!question.in(self.name()).equals(path)) {
        throw new IllegalArgumentException("it is another question than its name says");
      }
    } catch (IllegalArgumentException e) {
      LOG.warn("A question at {} cannot be read: {}; it goes", path, e.getMessage());
      takeAway(path);
      return;
    }
    if (!open.add(path)) {
      return;
    }
    if (open.size() > MOST_OPEN) {
      reply(path, question, new Reply.Busy());
    } else if (question.about() instanceof Question.About.Log log) {
      readLog(path, question, log, 0);
    } else if (question.about() instanceof Question.About.Stack) {
      reply(path, question, stack(question));
    } else {
      reply(path, question, progress(question));
    }
  }

  /** The question is gone, whoever did it. */
  void gone(NodePath path) {
    open.remove(path);
  }

  private Reply progress(Question question) {
    List<Reply.Said> said = executions.said(question.run(), question.shard());
    return said.isEmpty()
        ? new Reply.Nothing("nothing of run " + question.run() + " runs there")
        : new Reply.Progress(said.subList(0, Math.min(said.size(), MOST_SAID)));
  }

  private Reply stack(Question question) {
    return executions
        .stack(question.run(), question.shard())
        .<Reply>map(Reply.Stack::new)
        .orElseGet(() -> new Reply.Nothing(
            "shard " + question.shard() + " of run " + question.run() + " does not run there"));
  }

  private void readLog(NodePath path, Question question, Question.About.Log log, int looks) {
    RunLogs logs = executions.workshop().logs();
    Workers.Work unused = executions.workshop().workers().start("reads a log", () -> {
      Optional<RunLogs.Page> page = read(logs, question, log);
      loop.execute(() -> {
        int attempt = executions.attempt(question.run(), question.shard());
        boolean running = attempt > 0 && (log.attempt() == 0 || log.attempt() == attempt);
        boolean more = page.isEmpty() || page.get().text().isEmpty();
        if (more && log.patient() && running && looks < MOST_LOOKS && !closed) {
          Subscription ignored = loop.at(
              loop.nanos() + BETWEEN_LOOKS.toNanos(),
              () -> readLog(path, question, log, looks + 1));
          return;
        }
        Reply none = running
            ? new Reply.Log(attempt, 0, "", 0, 0, false) // it has not said anything yet
            : new Reply.Nothing("nothing that shard " + question.shard() + " of run "
                + question.run() + " logged is kept there");
        reply(path, question, page.map(Answering::reply).orElse(none));
      });
    });
  }

  private static Optional<RunLogs.Page> read(
      RunLogs logs, Question question, Question.About.Log log) {
    try {
      return logs.read(
          question.run().text(), question.shard(), log.attempt(), log.offset(), log.most());
    } catch (RuntimeException e) {
      LOG.error("The log of run {} cannot be read", question.run(), e);
      return Optional.empty();
    }
  }

  private static Reply reply(RunLogs.Page page) {
    return new Reply.Log(
        page.attempt(), page.offset(), page.text(), page.next(), page.size(), page.complete());
  }

  private void reply(NodePath path, Question question, Reply reply) {
    if (closed || !open.contains(path)) {
      return;
    }
    Bytes told = reply.bytes();
    ledger
        .commit(Transaction.builder()
            .checkPresent(self)
            .create(question.reply(), told)
            .delete(path, Transaction.ANY_VERSION)
            .build())
        .thenAccept(result -> {
          switch (result.kind()) {
            case APPLIED -> gone(path);
            // Answered before, or the client is gone: there is nobody to tell it to.
            case CONFLICT -> takeAway(path);
            case UNKNOWN -> again(() -> reply(path, question, reply));
          }
        });
  }

  private void takeAway(NodePath path) {
    ledger
        .commit(Transaction.builder()
            .checkPresent(self)
            .delete(path, Transaction.ANY_VERSION)
            .build())
        .thenAccept(result -> {
          if (result.kind() == CommitResult.Kind.UNKNOWN) {
            again(() -> takeAway(path));
          } else {
            gone(path);
          }
        });
  }

  private void again(Runnable what) {
    if (!closed) {
      Subscription unused = loop.at(loop.nanos() + BETWEEN_TRIES.toNanos(), what);
    }
  }
}
