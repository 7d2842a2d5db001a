package io.shardkeeper.core.ledger.memory;

import io.shardkeeper.core.ledger.Bytes;
import io.shardkeeper.core.ledger.CommitResult;
import io.shardkeeper.core.ledger.CommitResult.Refusal;
import io.shardkeeper.core.ledger.Node;
import io.shardkeeper.core.ledger.NodePath;
import io.shardkeeper.core.ledger.Transaction;
import io.shardkeeper.core.ledger.Transaction.Lifetime;
import io.shardkeeper.core.ledger.Transaction.Step;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * What a ledger means, as plain data: nodes, and what transactions do to them. It knows no clock, no connection and no watcher, and gives
 * the same answers to the same calls. Not for several threads.
 */
public final class Tree {
  private final Map<NodePath, Place> places = new HashMap<>();
  private final Consumer<NodePath> changed;
  private long transactions;

  /** A tree of nothing but a root, that tells which nodes a transaction changed once it has happened. */
  public Tree(Consumer<NodePath> changed) {
    this.changed = changed;
    places.put(NodePath.ROOT, new Place(Bytes.NONE, 0, Node.NOBODY, false, Instant.EPOCH));
  }

  /** The number of the last transaction. */
  public long transactions() {
    return transactions;
  }

  /** Carries out a transaction of a session. The result is never UNKNOWN. */
  public CommitResult commit(Transaction transaction, long session, Instant now) {
    transactions++;
    Deque<Runnable> undo = new ArrayDeque<>();
    List<NodePath> touched = new ArrayList<>();
    int index = 0;
    for (Step step : transaction.steps()) {
      Refusal refusal = apply(step, session, now, undo, touched);
      if (refusal != Refusal.NONE) {
        undo.forEach(Runnable::run);
        return CommitResult.conflict(index, refusal);
      }
      index++;
    }
    touched.forEach(changed);
    return CommitResult.APPLIED;
  }

  private Refusal apply(
      Step step, long session, Instant now, Deque<Runnable> undo, List<NodePath> touched) {
    if (step instanceof Step.Create create) {
      return create(create, session, now, undo, touched);
    }
    Place place = places.get(step.path());
    if (place == null) {
      return Refusal.ABSENT;
    }
    if (step instanceof Step.Check check) {
      return place.isAt(check.version()) ? Refusal.NONE : Refusal.VERSION;
    }
    if (step instanceof Step.Put put) {
      return set(place, put, now, undo, touched);
    }
    return delete(place, (Step.Delete) step, undo, touched);
  }

  private Refusal create(
      Step.Create step, long session, Instant now, Deque<Runnable> undo, List<NodePath> touched) {
    NodePath path = step.path();
    Place above = places.get(path.parent());
    if (above == null) {
      return Refusal.ABSENT;
    }
    if (places.containsKey(path)) {
      return Refusal.EXISTS;
    }
    if (above.owner != Node.NOBODY) {
      return Refusal.BELOW_EPHEMERAL;
    }
    long owner = step.lifetime() == Lifetime.EPHEMERAL ? session : Node.NOBODY;
    boolean container = step.lifetime() == Lifetime.CONTAINER;
    boolean hadChildren = above.hadChildren;
    places.put(path, new Place(step.data(), transactions, owner, container, now));
    above.children.add(path.name());
    above.hadChildren = true;
    touched.add(path);
    undo.push(() -> {
      places.remove(path);
      above.children.remove(path.name());
      above.hadChildren = hadChildren;
    });
    return Refusal.NONE;
  }

  private static Refusal set(
      Place place, Step.Put step, Instant now, Deque<Runnable> undo, List<NodePath> touched) {
    if (!place.isAt(step.version())) {
      return Refusal.VERSION;
    }
    Bytes data = place.data;
    Instant modified = place.modified;
    place.data = step.data();
    place.version++;
    place.modified = now;
    touched.add(step.path());
    undo.push(() -> {
      place.data = data;
      place.version--;
      place.modified = modified;
    });
    return Refusal.NONE;
  }

  private Refusal delete(
      Place place, Step.Delete step, Deque<Runnable> undo, List<NodePath> touched) {
    if (!place.isAt(step.version())) {
      return Refusal.VERSION;
    }
    if (!place.children.isEmpty()) {
      return Refusal.NOT_EMPTY;
    }
    remove(step.path());
    touched.add(step.path());
    undo.push(() -> {
      places.put(step.path(), place);
      at(step.path().parent()).children.add(step.path().name());
    });
    return Refusal.NONE;
  }

  private void remove(NodePath path) {
    places.remove(path);
    at(path.parent()).children.remove(path.name());
  }

  private Place at(NodePath path) {
    Place place = places.get(path);
    if (place == null) {
      throw new IllegalStateException("No " + path + ", though there is a node below it");
    }
    return place;
  }

  /** The nodes of a session go, as one transaction. */
  public void endSession(long session) {
    transactions++;
    List<NodePath> owned = new ArrayList<>();
    places.forEach((path, place) -> {
      if (place.owner == session) {
        owned.add(path);
      }
    });
    removeAll(owned);
  }

  /** Containers go that had nodes below them and have none any more, each as a transaction. */
  public void reapContainers() {
    List<NodePath> empty = new ArrayList<>();
    places.forEach((path, place) -> {
      if (place.container && place.hadChildren && place.children.isEmpty()) {
        empty.add(path);
      }
    });
    transactions += empty.size();
    removeAll(empty);
  }

  private void removeAll(List<NodePath> paths) {
    paths.sort(null); // a map's order would differ from run to run
    paths.forEach(this::remove);
    paths.forEach(changed);
  }

  /** A node, if it is there. */
  public Optional<Node> read(NodePath path) {
    return Optional.ofNullable(places.get(path)).map(Place::asNode);
  }

  /** The names right below a node, in alphabetical order, if it is there. */
  public Optional<List<String>> list(NodePath path) {
    @Nullable Place place = places.get(path);
    return place == null ? Optional.empty() : Optional.of(List.copyOf(place.children));
  }

  /** How many nodes there are, the root among them. */
  public int size() {
    return places.size();
  }

  private static final class Place {
    private final long creation;
    private final long owner;
    private final boolean container;
    private final TreeSet<String> children = new TreeSet<>();
    private Bytes data;
    private int version;
    private Instant modified;
    private boolean hadChildren;

    private Place(Bytes data, long creation, long owner, boolean container, Instant modified) {
      this.data = data;
      this.creation = creation;
      this.owner = owner;
      this.container = container;
      this.modified = modified;
    }

    private boolean isAt(int wanted) {
      return wanted == Transaction.ANY_VERSION || wanted == version;
    }

    private Node asNode() {
      return new Node(data, version, creation, owner, modified, children.size());
    }
  }
}
