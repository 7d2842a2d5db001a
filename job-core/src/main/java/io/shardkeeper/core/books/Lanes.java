package io.shardkeeper.core.books;

import io.shardkeeper.core.layout.Lane;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.NavigableSet;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Which instance has what is open of each lane. Everything open of a lane is in one inbox; what must go elsewhere waits until that inbox holds nothing
 * of it, and whatever comes later waits behind it, in order.
 */
public final class Lanes {
  private final Map<Lane, Card> cards = new HashMap<>();

  /** Lanes that became free, and whose waiting may go on. */
  private final Deque<Lane> freed = new ArrayDeque<>();

  /** Lanes in which nothing is open, and something waits all the same: for its time, or for an instance with room. */
  private final Set<Lane> starved = new LinkedHashSet<>();

  /** Nothing is in any lane. */
  public Lanes() {}

  /** A lane in which there is something. */
  public static final class Card {
    private String holder = "";
    private int open;
    private final TreeSet<ParkingLot.Card> waiting = new TreeSet<>();
    private @Nullable Instant starvedSince;
    private ParkingLot.@Nullable Card starving;

    private Card() {}

    /** The instance that has what is open; nobody if nothing is. */
    public String holder() {
      return holder;
    }

    /** What is parked of it, in the order in which it was due: a retry goes before what was due after the first attempt. */
    public NavigableSet<ParkingLot.Card> waiting() {
      return waiting;
    }

    /** Nothing is open, and yet what is first cannot go on, though it is time; whether that is news about it. */
    public boolean starve(Instant now) {
      if (starvedSince == null) {
        starvedSince = now;
      }
      ParkingLot.Card before = starving;
      starving = waiting.first();
      return before == null || !before.equals(starving);
    }

    /** What is first waits for its time, and for nothing else. */
    public void relieve() {
      starvedSince = null;
      starving = null;
    }

    /** Since when nothing is open, and nothing could go on. */
    public Optional<Instant> starvedSince() {
      return Optional.ofNullable(starvedSince);
    }

    /** Whether nothing of it is open, handlers that have not returned included. */
    public boolean isFree() {
      return open == 0;
    }
  }

  public @Nullable Card find(Lane lane) {
    return cards.get(lane);
  }

  /** Lanes in which there is something, of shards that might run more than once at the same time. */
  public List<Lane> tracks() {
    return cards.keySet().stream().filter(lane -> lane.track() > 0).toList();
  }

  /** How much is open or waits in a lane. */
  public int load(Lane lane) {
    Card card = cards.get(lane);
    return card == null ? 0 : card.open + card.waiting.size();
  }

  public Card card(Lane lane) {
    return cards.computeIfAbsent(lane, key -> new Card());
  }

  public void give(Lane lane, String instance) {
    Card card = card(lane);
    card.holder = instance;
    card.open++;
    card.relieve();
  }

  /** Takes one back; whether the lane is free now, and something waits in it. */
  public boolean take(Lane lane) {
    Card card = card(lane);
    card.open--;
    if (card.open > 0) {
      return false;
    }
    card.open = 0;
    card.holder = "";
    tidy(lane);
    return !card.waiting.isEmpty();
  }

  /** Forgets a lane in which there is nothing. */
  public void tidy(Lane lane) {
    Card card = cards.get(lane);
    if (card != null && card.open == 0 && card.waiting.isEmpty()) {
      cards.remove(lane);
    }
  }

  /** What waits in a lane may go on, or has to be looked at again. */
  public void free(Lane lane) {
    freed.add(lane);
  }

  /** The next lane whose waiting may go on. */
  public @Nullable Lane takeFreed() {
    return freed.poll();
  }

  /** Nothing is open in a lane, and yet what waits in it cannot go on. */
  public void starve(Lane lane) {
    starved.add(lane);
  }

  /** Some of what cannot go on in a free lane is to be looked at again. */
  public void freeStarved(int most) {
    Iterator<Lane> all = starved.iterator();
    for (int i = 0; i < most && all.hasNext(); i++) {
      freed.add(all.next());
      all.remove();
    }
  }

  /** What cannot go on in a free lane is to be looked at again. */
  public void freeStarved() {
    freed.addAll(starved);
    starved.clear();
  }
}
