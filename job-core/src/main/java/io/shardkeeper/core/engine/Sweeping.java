package io.shardkeeper.core.engine;

import io.shardkeeper.core.books.Quarantine;
import io.shardkeeper.core.layout.Layout;
import io.shardkeeper.core.ledger.CommitResult;
import io.shardkeeper.core.ledger.Ledger;
import io.shardkeeper.core.ledger.Node;
import io.shardkeeper.core.ledger.NodePath;
import io.shardkeeper.core.ledger.Subscription;
import io.shardkeeper.core.ledger.Transaction;
import io.shardkeeper.core.loop.Loop;
import io.shardkeeper.core.mail.Box;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletionStage;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Finds for one tenure what has had no owner for a while: boxes of clients whose session ended, and what stands of instances that came and went
 * between two looks. It keeps what was set aside within bounds, too. Lives on the loop.
 */
final class Sweeping {
  private static final Logger LOG = LoggerFactory.getLogger(Sweeping.class);

  private static final Duration BETWEEN_LOOKS = Duration.ofMinutes(1);

  /** Nodes of what was set aside that go in one transaction. */
  private static final int MOST_AT_ONCE = 500;

  private final Ledger ledger;
  private final Loop loop;
  private final Map<NodePath, Node> instances;
  private final Map<NodePath, Node> commands;
  private final Consumer<String> instanceForsaken;
  private final Consumer<String> clientForsaken;

  /** Since when what has no owner was seen without one. */
  private final Map<NodePath, Long> since = new HashMap<>();

  private Subscription timer = () -> {};
  private boolean closed;

  /**
   * One who has not looked yet.
   *
   * @param instances those that are there, as they are known
   * @param commands the boxes of clients, as they are known
   */
  Sweeping(
      Ledger ledger,
      Loop loop,
      Map<NodePath, Node> instances,
      Map<NodePath, Node> commands,
      Consumer<String> instanceForsaken,
      Consumer<String> clientForsaken) {
    this.ledger = ledger;
    this.loop = loop;
    this.instances = instances;
    this.commands = commands;
    this.instanceForsaken = instanceForsaken;
    this.clientForsaken = clientForsaken;
  }

  void start() {
    if (!closed) {
      timer = loop.at(loop.nanos() + BETWEEN_LOOKS.toNanos(), this::look);
    }
  }

  void close() {
    closed = true;
    timer.close();
  }

  private void look() {
    children(Layout.INBOX)
        .thenCombine(children(Layout.REPORTS), (inboxes, reports) -> {
          Set<NodePath> ownerless = new HashSet<>();
          inboxes.forEach(id -> addInstance(id, ownerless));
          reports.forEach(id -> addInstance(id, ownerless));
          commands.keySet().stream()
              .filter(box -> box.parent().equals(Layout.COMMANDS))
              .filter(box -> !commands.containsKey(Layout.owner(box)))
              .forEach(ownerless::add);
          return ownerless;
        })
        .thenAccept(this::sweep)
        .thenCompose(done -> children(Layout.QUARANTINE))
        .thenAccept(this::dropOldest)
        .whenComplete((done, failure) -> {
          if (failure != null) {
            LOG.debug("What has no owner is looked for later: {}", failure.getMessage());
          }
          start();
        });
  }

  private CompletionStage<List<String>> children(NodePath root) {
    return ledger.list(root).thenApply(names -> names.orElse(List.of()));
  }

  private void addInstance(String id, Set<NodePath> ownerless) {
    if (!instances.containsKey(Layout.INSTANCES.child(id))) {
      ownerless.add(Layout.INSTANCES.child(id));
    }
  }

  private void sweep(Set<NodePath> ownerless) {
    since.keySet().retainAll(ownerless);
    long now = loop.nanos();
    for (NodePath path : ownerless) {
      long first = Optional.ofNullable(since.putIfAbsent(path, now)).orElse(now);
      if (!closed && now - first >= Box.KEPT.toNanos()) {
        since.put(path, now);
        boolean isBox = path.isWithin(Layout.COMMANDS);
        (isBox ? clientForsaken : instanceForsaken).accept(path.name());
      }
    }
  }

  private void dropOldest(List<String> setAside) {
    int tooMany = setAside.size() - Quarantine.MOST;
    if (closed || tooMany <= 0) {
      return;
    }
    LOG.warn(
        "{} nodes are set aside in {}, and at most {} stay: the oldest ones go",
        setAside.size(),
        Layout.QUARANTINE,
        Quarantine.MOST);
    Transaction.Builder steps = Transaction.builder();
    setAside.stream()
        .sorted()
        .limit(Math.min(tooMany, MOST_AT_ONCE))
        .forEach(name -> steps.delete(Layout.QUARANTINE.child(name), Transaction.ANY_VERSION));
    CompletionStage<CommitResult> unused = ledger.commit(steps.build());
  }
}
