package io.shardkeeper.core.assign;

import java.util.Arrays;
import java.util.List;

/**
 * Makes the load of all instances as even as their jobs allow, with the fewest moves over all jobs together. Not for several threads.
 *
 * <p>An instance hands the one shard that it has more of a job to another instance of that job. That costs a move if the giver was rich,
 * and saves one if the taker was. Instances are thus the nodes of a graph, and a way from a full one to an empty one may lead over others:
 *
 * <pre>
 *   a ──billing──► b ──mail──► c        a: one less, b: as before, c: one more
 * </pre>
 *
 * <p>It begins where each job has its fewest moves, so that no way round in a circle saves anything. The cheapest way keeps that true: the
 * loads that are reached are reached with the fewest moves. What remains then is to exchange a fuller instance for another that is as good;
 * where no way saves moves either, there is no better result (a flow without a circle of negative cost is a cheapest one).
 */
final class Balance {
  private static final int NONE = -1;
  private static final int FAR = Integer.MAX_VALUE / 2;

  private final List<Share> shares;
  private final int[] load;
  private final int nodes;

  // A bit for each share, by instance: whether it is a member, is rich, gets one more.
  private final long[][] may;
  private final long[][] rich;
  private final long[][] more;

  /** How many shares could be handed over: by cost (saves a move, is for nothing, costs a move), then giver, then taker. */
  private final int[][][] ways;

  /** What makes the cost of each step non-negative, if it is added for the giver and taken off for the taker. */
  private final int[] price;

  // Of the last search.
  private final int[] distance;
  private final boolean[] reached;
  private final int[] before;

  /**
   * Begins with what the shares have chosen.
   *
   * @param shares those that have a choice
   * @param load of each instance, with all shares; it is kept up to date
   */
  Balance(List<Share> shares, int[] load) {
    this.shares = shares;
    this.load = load;
    nodes = load.length;
    int words = (shares.size() + Long.SIZE - 1) / Long.SIZE;
    may = new long[nodes][words];
    rich = new long[nodes][words];
    more = new long[nodes][words];
    ways = new int[3][nodes][nodes];
    price = new int[nodes];
    distance = new int[nodes];
    reached = new boolean[nodes];
    before = new int[nodes];
    for (int share = 0; share < shares.size(); share++) {
      fill(share);
    }
  }

  private void fill(int number) {
    Share share = shares.get(number);
    for (int member = 0; member < share.size(); member++) {
      int node = share.instance(member);
      set(may, node, number, true);
      set(rich, node, number, share.rich(member));
      set(more, node, number, share.more(member));
    }
    for (int member = 0; member < share.size(); member++) {
      if (share.more(member)) {
        count(number, share.instance(member), 1);
      }
    }
  }

  /** Finds the best choice, and tells the shares. */
  void settle() {
    even();
    save();
    for (int number = 0; number < shares.size(); number++) {
      Share share = shares.get(number);
      for (int member = 0; member < share.size(); member++) {
        share.setMore(member, is(more, share.instance(member), number));
      }
    }
  }

  /** From the fullest on: what can be handed to somebody who has at least two less, is. */
  private void even() {
    boolean[] done = new boolean[nodes];
    for (int from = fullest(done); from != NONE; from = fullest(done)) {
      int to = search(from, true);
      if (to == NONE) {
        // Whoever it can reach has about as much. No later way leads there either, or it would lead
        // on from here.
        for (int node = 0; node < nodes; node++) {
          done[node] |= reached[node];
        }
      } else {
        handOver(from, to);
      }
    }
  }

  private int fullest(boolean[] done) {
    int fullest = NONE;
    for (int node = 0; node < nodes; node++) {
      if (!done[node] && (fullest == NONE || load[node] > load[fullest])) {
        fullest = node;
      }
    }
    return fullest;
  }

  /** Exchanges the fuller for others of which one less is full, as long as that saves moves. */
  private void save() {
    boolean again = true;
    while (again) {
      again = false;
      for (int from = 0; from < nodes; from++) {
        if (maySave(from)) {
          int to = search(from, false);
          if (to != NONE) {
            handOver(from, to);
            again = true;
          }
        }
      }
    }
  }

  /** Whether a search is worth its time: ways that save moves lead to a lower price. */
  private boolean maySave(int from) {
    for (int to = 0; to < nodes; to++) {
      if (load[to] == load[from] - 1 && price[to] < price[from]) {
        return true;
      }
    }
    return false;
  }

  /**
   * The cheapest way to an instance for which it is worth it, by Dijkstra's algorithm; equals are told apart by load, then by order.
   *
   * @param evenly whether it is worth it because of the load, or else because of moves that are saved
   */
  private int search(int from, boolean evenly) {
    Arrays.fill(distance, FAR);
    Arrays.fill(reached, false);
    distance[from] = 0;
    for (int node = from; node != NONE; node = nearest()) {
      reached[node] = true;
      boolean worth = evenly
          ? load[node] <= load[from] - 2
          : load[node] == load[from] - 1 && distance[node] + price[node] - price[from] < 0;
      if (worth) {
        for (int other = 0; other < nodes; other++) {
          price[other] += Math.min(distance[other], distance[node]);
        }
        return node;
      }
      for (int next = 0; next < nodes; next++) {
        int cost = cost(node, next);
        if (cost != FAR && !reached[next]) {
          int way = distance[node] + cost + price[node] - price[next];
          if (way < distance[next]) {
            distance[next] = way;
            before[next] = node;
          }
        }
      }
    }
    return NONE;
  }

  private int nearest() {
    int nearest = NONE;
    for (int node = 0; node < nodes; node++) {
      if (!reached[node]
          && distance[node] < FAR
          && (nearest == NONE
              || distance[node] < distance[nearest]
              || (distance[node] == distance[nearest] && load[node] < load[nearest]))) {
        nearest = node;
      }
    }
    return nearest;
  }

  private int cost(int from, int to) {
    for (int cost = -1; cost <= 1; cost++) {
      if (ways[cost + 1][from][to] > 0) {
        return cost;
      }
    }
    return FAR;
  }

  private void handOver(int from, int to) {
    // First choose all shares, then hand them over: a step changes what the next one could choose
    // from.
    int[] share = new int[nodes];
    for (int node = to; node != from; node = before[node]) {
      share[node] = find(before[node], node);
    }
    for (int node = to; node != from; node = before[node]) {
      change(share[node], before[node], false);
      change(share[node], node, true);
    }
    load[from]--;
    load[to]++;
  }

  /** The first share that can be handed over at the least cost. */
  private int find(int from, int to) {
    int cost = cost(from, to);
    int word = 0;
    while (handable(word, from, to, cost) == 0) {
      word++;
    }
    return word * Long.SIZE + Long.numberOfTrailingZeros(handable(word, from, to, cost));
  }

  private long handable(int word, int from, int to, int cost) {
    long any = more[from][word] & may[to][word] & ~more[to][word];
    long giver = rich[from][word];
    long taker = rich[to][word];
    return any & (cost < 0 ? ~giver & taker : cost > 0 ? giver & ~taker : ~(giver ^ taker));
  }

  private void change(int share, int node, boolean chosen) {
    count(share, node, -1);
    set(more, node, share, chosen);
    count(share, node, 1);
  }

  /** Counts the ways over which a share could be handed from an instance, or to it. */
  private void count(int number, int node, int sign) {
    Share share = shares.get(number);
    boolean gives = is(more, node, number);
    int richer = is(rich, node, number) ? 1 : 0;
    for (int member = 0; member < share.size(); member++) {
      int other = share.instance(member);
      if (is(more, other, number) != gives) {
        int cost = richer - (share.rich(member) ? 1 : 0);
        if (gives) {
          ways[cost + 1][node][other] += sign;
        } else {
          ways[1 - cost][other][node] += sign;
        }
      }
    }
  }

  private static boolean is(long[][] bits, int node, int share) {
    return (bits[node][share / Long.SIZE] & (1L << share)) != 0;
  }

  private static void set(long[][] bits, int node, int share, boolean value) {
    if (value) {
      bits[node][share / Long.SIZE] |= 1L << share;
    } else {
      bits[node][share / Long.SIZE] &= ~(1L << share);
    }
  }
}
