package io.shardkeeper.core.plan;

import io.shardkeeper.core.layout.Lane;
import java.util.HashMap;
import java.util.Map;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Which instance has what is open of each lane. Everything open of a lane is in one inbox; what must go elsewhere waits until that inbox holds nothing
 * of it, and whatever comes later waits behind it, in order.
 */
final class Lanes {
  private final Map<Lane, Card> cards = new HashMap<>();

  /** A lane in which there is something. */
  static final class Card {
    /** The instance that has what is open; nobody if nothing is. */
    String holder = "";

    /** How much it has, handlers that have not returned included. */
    int open;

    /** What is parked of it, in the order in which it was due: a retry goes before what was due after the first attempt. */
    final TreeSet<ParkingLot.Card> waiting = new TreeSet<>();

    boolean isFree() {
      return open == 0;
    }
  }

  @Nullable
  Card find(Lane lane) {
    return cards.get(lane);
  }

  /** How much is open or waits in a lane. */
  int load(Lane lane) {
    Card card = cards.get(lane);
    return card == null ? 0 : card.open + card.waiting.size();
  }

  Card card(Lane lane) {
    return cards.computeIfAbsent(lane, key -> new Card());
  }

  void give(Lane lane, String instance) {
    Card card = card(lane);
    card.holder = instance;
    card.open++;
  }

  /** Takes one back; whether the lane is free now. */
  boolean take(Lane lane) {
    Card card = card(lane);
    card.open--;
    if (card.open > 0) {
      return false;
    }
    card.open = 0;
    card.holder = "";
    return true;
  }

  /** Forgets a lane in which there is nothing. */
  void tidy(Lane lane) {
    Card card = cards.get(lane);
    if (card != null && card.open == 0 && card.waiting.isEmpty()) {
      cards.remove(lane);
    }
  }
}
