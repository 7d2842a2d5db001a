package io.shardkeeper.core.books;

import io.shardkeeper.core.layout.Parked;
import io.shardkeeper.core.layout.RunId;
import io.shardkeeper.core.layout.RunPlan;
import io.shardkeeper.core.ledger.Bytes;
import io.shardkeeper.core.ledger.NodePath;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.PriorityQueue;
import java.util.Set;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** What waits, and in which nodes it stands. */
public final class ParkingLot {
  /** Cards that may be gone before their alarms are looked for. */
  private static final int MANY = 1_000;

  private final PriorityQueue<Alarm> alarms = new PriorityQueue<>();
  private final Set<Card> forInstance = new LinkedHashSet<>();
  private final Set<Card> all = new LinkedHashSet<>();

  /** How many shards of a job wait for their turn, by its name. */
  private final Map<String, Integer> inTurn = new HashMap<>();

  private long order;
  private int gone;

  /** Nothing waits. */
  public ParkingLot() {}

  /** A node that holds some of it. */
  public static final class Place {
    final NodePath path;
    private final Set<Card> cards = new LinkedHashSet<>();
    private int size;

    /** Whether it stands in the ledger. Kept by the draft. */
    boolean stored;

    Place(NodePath path) {
      this.path = path;
    }

    void add(Card card) {
      card.place = this;
      cards.add(card);
      size += Parked.bytes(card.item);
    }

    void remove(Card card) {
      if (cards.remove(card)) {
        size -= Parked.bytes(card.item);
      }
    }

    List<Card> cards() {
      return List.copyOf(cards);
    }

    boolean isEmpty() {
      return cards.isEmpty();
    }

    /** Bytes that it has, at most. */
    int size() {
      return size;
    }

    Bytes bytes() {
      return new Parked(cards.stream().map(card -> card.item).toList()).bytes();
    }
  }

  /** Something that waits. They stand in the order in which their runs were due. */
  public static final class Card implements Comparable<Card> {
    private final Parked.Item item;

    /** Where it stands; nowhere as long as the transaction that parks it is not written. */
    @Nullable
    Place place;

    private boolean gone;

    Card(Parked.Item item) {
      this.item = item;
    }

    public Parked.Item item() {
      return item;
    }

    /** Whether it waits no more. */
    public boolean isGone() {
      return gone;
    }

    private String job() {
      return item.run().id().job();
    }

    private boolean isInTurn() {
      return item instanceof Parked.Shard shard && shard.cause().reason() == Parked.For.TURN;
    }

    private int shard() {
      return item instanceof Parked.Shard shard ? shard.what().shard() : -1;
    }

    @Override
    public int compareTo(Card other) {
      int byRun = RunPlan.IN_TURN.compare(item.run(), other.item.run());
      return byRun != 0 ? byRun : Integer.compare(shard(), other.shard());
    }

    @Override
    public boolean equals(Object other) {
      return this == other;
    }

    @Override
    public int hashCode() {
      return System.identityHashCode(this);
    }
  }

  private record Alarm(Instant at, long order, Card card) implements Comparable<Alarm> {
    @Override
    public int compareTo(Alarm other) {
      int byTime = at.compareTo(other.at);
      return byTime != 0 ? byTime : Long.compare(order, other.order);
    }
  }

  public Card add(Parked.Item item) {
    var card = new Card(item);
    add(card);
    return card;
  }

  /** Takes in what stands in a node. */
  public List<Card> adopt(Place place) {
    place.cards.forEach(this::add);
    return place.cards();
  }

  private void add(Card card) {
    all.add(card);
    if (card.item.cause().reason() == Parked.For.INSTANCE) {
      forInstance.add(card);
    }
    if (card.isInTurn()) {
      inTurn.merge(card.job(), 1, Integer::sum);
    }
  }

  /** Whether a shard of a job waits for its turn. */
  public boolean isInTurn(String job) {
    return inTurn.containsKey(job);
  }

  /** Has something looked at when an instant has come. */
  public void wake(Card card, Instant at) {
    alarms.add(new Alarm(at, order++, card));
  }

  public void remove(Card card) {
    if (!card.gone) {
      card.gone = true;
      all.remove(card);
      forInstance.remove(card);
      if (card.isInTurn()) {
        inTurn.computeIfPresent(card.job(), (job, count) -> count == 1 ? null : count - 1);
      }
      gone++;
      if (gone > MANY && gone > alarms.size() / 2) {
        // An alarm may be days ahead: those of what waits no more must not pile up until then.
        alarms.removeIf(alarm -> alarm.card().gone);
        gone = 0;
      }
    }
  }

  /** How many alarms there are, those of what waits no more included. */
  int alarms() {
    return alarms.size();
  }

  /** When the next one is to be looked at. */
  public Optional<Instant> next() {
    while (!alarms.isEmpty() && alarms.peek().card().gone) {
      alarms.remove();
    }
    return Optional.ofNullable(alarms.peek()).map(Alarm::at);
  }

  /** The next one that is to be looked at by now. */
  public Optional<Card> due(Instant now) {
    Optional<Instant> next = next();
    return next.isPresent() && !next.get().isAfter(now)
        ? Optional.of(alarms.remove().card())
        : Optional.empty();
  }

  /** Everything that is parked of some runs. */
  public List<Card> all(Predicate<RunId> runs) {
    return all.stream().filter(card -> runs.test(card.item.run().id())).toList();
  }

  /** Everything that waits for an instance. */
  public List<Card> wantingInstance() {
    return new ArrayList<>(forInstance);
  }
}
