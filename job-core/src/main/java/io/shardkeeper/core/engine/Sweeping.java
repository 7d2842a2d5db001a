package io.shardkeeper.core.engine;

import io.shardkeeper.core.books.Quarantine;
import io.shardkeeper.core.layout.Layout;
import io.shardkeeper.core.ledger.BranchReader;
import io.shardkeeper.core.ledger.CommitResult;
import io.shardkeeper.core.ledger.CommitResult.Refusal;
import io.shardkeeper.core.ledger.Ledger;
import io.shardkeeper.core.ledger.Node;
import io.shardkeeper.core.ledger.NodePath;
import io.shardkeeper.core.ledger.Subscription;
import io.shardkeeper.core.ledger.Transaction;
import io.shardkeeper.core.loop.Loop;
import io.shardkeeper.core.mail.Box;
import java.time.Duration;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Finds for one tenure what has had no owner for a while: boxes of clients whose session ended, and what stands of instances that came and went
 * between two looks. It keeps what was set aside within bounds, too. What of this cannot be done is left, and told once: nothing else must suffer. Lives
 * on the loop.
 */
final class Sweeping {
  private static final Logger LOG = LoggerFactory.getLogger(Sweeping.class);

  private static final Duration BETWEEN_LOOKS = Duration.ofMinutes(1);

  /** Boxes and instances that go behind one look, at most: whoever lives has things to ask meanwhile. */
  private static final int MOST_OF_A_LOOK = 100;

  /** Nodes that go in one transaction. */
  private static final int MOST_AT_ONCE = 500;

  private final Ledger ledger;
  private final Loop loop;
  private final Map<NodePath, Node> instances;
  private final Map<NodePath, Node> commands;
  private final Consumer<String> instanceForsaken;

  /** Since when what has no owner was seen without one. */
  private final Map<NodePath, Long> since = new HashMap<>();

  /** What could not be taken away, and was told. */
  private final Set<NodePath> left = new HashSet<>();

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
      Consumer<String> instanceForsaken) {
    this.ledger = ledger;
    this.loop = loop;
    this.instances = instances;
    this.commands = commands;
    this.instanceForsaken = instanceForsaken;
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
    told("looking for what has no owner", ownerless().thenCompose(this::sweep))
        .thenCompose(done -> told("looking how much is set aside", dropOldest()))
        .whenComplete((done, failure) -> start());
  }

  /** Ends well in any case: what did not work is tried again with the next look. */
  private static CompletionStage<Void> told(String doing, CompletionStage<?> work) {
    return work.handle((done, failure) -> {
      if (failure != null) {
        LOG.warn("{} failed, and is tried again: {}", doing, failure.getMessage());
      }
      return null;
    });
  }

  private CompletionStage<List<String>> children(NodePath root) {
    return ledger.list(root).thenApply(names -> names.orElse(List.of()));
  }

  // ------------------------------------------------------------------ what has no owner

  private CompletionStage<Set<NodePath>> ownerless() {
    return children(Layout.INBOX).thenCombine(children(Layout.REPORTS), (inboxes, reports) -> {
      Set<NodePath> ownerless = new LinkedHashSet<>();
      Stream.concat(inboxes.stream(), reports.stream())
          .map(Layout.INSTANCES::child)
          .filter(instance -> !instances.containsKey(instance))
          .forEach(ownerless::add);
      commands.keySet().stream()
          .filter(box -> box.parent().equals(Layout.COMMANDS))
          .filter(box -> !commands.containsKey(Layout.owner(box)))
          .forEach(ownerless::add);
      return ownerless;
    });
  }

  private CompletionStage<?> sweep(Set<NodePath> ownerless) {
    since.keySet().retainAll(ownerless);
    left.removeIf(path -> !path.isWithin(Layout.QUARANTINE) && !ownerless.contains(path));
    long now = loop.nanos();
    CompletionStage<?> done = CompletableFuture.completedStage(null);
    int taken = 0;
    for (NodePath path : ownerless) {
      since.putIfAbsent(path, now);
      boolean forsaken = now - since.getOrDefault(path, now) >= Box.KEPT.toNanos();
      if (forsaken && !left.contains(path) && taken < MOST_OF_A_LOOK) {
        taken++;
        if (path.isWithin(Layout.COMMANDS)) {
          done = done.thenCompose(before -> sweepBox(path)); // one after the other
        } else if (!closed) {
          since.put(path, now);
          instanceForsaken.accept(path.name());
        }
      }
    }
    return done;
  }

  /** Takes a box away, unless its client has come back. What is in it was answered, or nobody waits for the answer any more. */
  private CompletionStage<?> sweepBox(NodePath box) {
    if (closed) {
      return CompletableFuture.completedStage(null);
    }
    return BranchReader.read(ledger, box)
        .thenCompose(found -> {
          List<NodePath> below = found.keySet().stream()
              .filter(path -> !path.equals(box))
              .sorted(Comparator.reverseOrder())
              .toList();
          return found.containsKey(box) && !found.containsKey(Layout.owner(box))
              ? deleteAll(box, below)
              : CompletableFuture.completedStage(CommitResult.UNKNOWN);
        })
        .handle((result, failure) -> {
          if (failure != null) {
            // One that cannot be read must not keep the others; who was not heard is asked again.
            LOG.warn("{} has no owner, and is looked at again: {}", box, failure.getMessage());
          } else if (result.isApplied()) {
            LOG.info("Client {} has been gone for long: its box was taken away", box.name());
          } else if (result.refusal() == Refusal.NOT_EMPTY || result.refusal() == Refusal.DENIED) {
            leave(box, result.toString());
          } // else its client is back, or something of it was answered meanwhile
          return null;
        });
  }

  private CompletionStage<CommitResult> deleteAll(NodePath box, List<NodePath> below) {
    int first = Math.min(below.size(), MOST_AT_ONCE);
    boolean last = first == below.size();
    Transaction.Builder steps = Transaction.builder().checkAbsent(Layout.owner(box));
    below.subList(0, first).forEach(path -> steps.delete(path, Transaction.ANY_VERSION));
    if (last) {
      steps.delete(box, Transaction.ANY_VERSION);
    }
    return ledger
        .commit(steps.build())
        .thenCompose(result -> last || !result.isApplied()
            ? CompletableFuture.completedStage(result)
            : deleteAll(box, below.subList(first, below.size())));
  }

  private void leave(NodePath path, String why) {
    left.add(path);
    LOG.error("{} has no owner and cannot be taken away: {}; it is left", path, why);
  }

  // ------------------------------------------------------------------ what was set aside

  private CompletionStage<?> dropOldest() {
    return children(Layout.QUARANTINE).thenCompose(names -> {
      int tooMany = names.size() - Quarantine.MOST;
      if (closed || tooMany <= 0) {
        return CompletableFuture.completedStage(null);
      }
      LOG.warn(
          "{} nodes are set aside in {}, and at most {} stay: the oldest ones go",
          names.size(),
          Layout.QUARANTINE,
          Quarantine.MOST);
      List<NodePath> oldest =
          names.stream().sorted().limit(tooMany).map(Layout.QUARANTINE::child).toList();
      CompletionStage<?> done = CompletableFuture.completedStage(null);
      for (int from = 0; from < oldest.size(); from += MOST_AT_ONCE) {
        List<NodePath> some = oldest.subList(from, Math.min(oldest.size(), from + MOST_AT_ONCE));
        done = done.thenCompose(before -> drop(some));
      }
      return done;
    });
  }

  /** Deletes some nodes, all at once; where one of them cannot go, each for itself. */
  private CompletionStage<?> drop(List<NodePath> some) {
    Transaction.Builder steps = Transaction.builder();
    some.forEach(path -> steps.delete(path, Transaction.ANY_VERSION));
    return ledger.commit(steps.build()).thenCompose(result -> {
      CompletionStage<?> done = CompletableFuture.completedStage(null);
      if (result.kind() == CommitResult.Kind.CONFLICT && some.size() > 1) {
        for (NodePath path : some) {
          done = done.thenCompose(before -> drop(List.of(path)));
        }
      } else if (result.kind() == CommitResult.Kind.CONFLICT && left.add(some.get(0))) {
        LOG.error("{} cannot be taken away: {}; it is left", some.get(0), result);
      }
      return done;
    });
  }
}
