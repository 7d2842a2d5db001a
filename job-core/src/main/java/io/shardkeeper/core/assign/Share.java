package io.shardkeeper.core.assign;

import java.util.Arrays;

/**
 * How the shards of one job are shared out: each of its instances gets the same number, and some get one more. Who these are is the only
 * choice there is; an instance that has one more already is <em>rich</em>, and passing it over costs a move. Not for several threads.
 *
 * <p>10 shards on 4 instances of which 3 had 4, 3, 3: each gets 2, two get one more; all of the 3 are rich.
 */
final class Share {
  /** A shard that none of the instances has. */
  static final int NOWHERE = -1;

  private final int[] members;
  private final int[] whereabouts;
  private final int[] had;
  private final int each;
  private final int over;
  private final int rich;
  private final boolean[] more;
  private int open;

  /**
   * Begins with what is there.
   *
   * @param members the numbers of the instances, ascending
   * @param whereabouts for each shard, which of the members has it, or {@link #NOWHERE}
   */
  Share(int[] members, int[] whereabouts) {
    this.members = members;
    this.whereabouts = whereabouts;
    had = new int[members.length];
    for (int member : whereabouts) {
      if (member != NOWHERE) {
        had[member]++;
      }
    }
    each = whereabouts.length / members.length;
    over = whereabouts.length % members.length;
    more = new boolean[members.length];
    open = over;
    int number = 0;
    for (int member = 0; member < members.length; member++) {
      number += rich(member) ? 1 : 0;
    }
    rich = number;
  }

  int size() {
    return members.length;
  }

  /** The number of the instance that is a member. */
  int instance(int member) {
    return members[member];
  }

  /** Whether it has one more than all get. */
  boolean rich(int member) {
    return had[member] > each;
  }

  /** Whether it gets one more. */
  boolean more(int member) {
    return more[member];
  }

  /** Chooses otherwise. The number of those that get one more has to stay the same. */
  void setMore(int member, boolean chosen) {
    more[member] = chosen;
  }

  /** Whether there is anything to choose at all. */
  boolean hasChoice() {
    return over > 0;
  }

  /** Gives what is certain without knowing of the other jobs, and adds it to the load of the instances. */
  void keep(int[] load) {
    for (int member = 0; member < members.length; member++) {
      load[members[member]] += each;
      if (rich <= over && rich(member)) {
        give(member, load);
      }
    }
  }

  /** Gives the rest to the instances with the least load; equals are told apart by their order. Still with the fewest moves of this job. */
  void choose(int[] load) {
    if (open == 0) {
      return;
    }
    boolean amongRich = rich > over; // else all of the rich have got theirs
    long[] candidates = new long[members.length];
    int number = 0;
    for (int member = 0; member < members.length; member++) {
      if (rich(member) == amongRich) {
        candidates[number++] = ((long) load[members[member]] << Integer.SIZE) | member;
      }
    }
    Arrays.sort(candidates, 0, number);
    for (int i = 0; open > 0; i++) {
      give((int) candidates[i], load);
    }
  }

  private void give(int member, int[] load) {
    more[member] = true;
    load[members[member]]++;
    open--;
  }

  private int due(int member) {
    return each + (more[member] ? 1 : 0);
  }

  /** Whether every instance has what it gets, so that nothing is to be dealt out. */
  boolean isDealt() {
    for (int member = 0; member < members.length; member++) {
      if (had[member] != due(member)) {
        return false;
      }
    }
    return true;
  }

  /**
   * Deals the shards out: whoever has too many gives the last of them away, and what is nowhere goes round among those who have too few.
   *
   * @return for each shard, which of the members has it
   */
  int[] deal() {
    int[] room = new int[members.length];
    for (int member = 0; member < members.length; member++) {
      room[member] = due(member);
    }
    int[] dealt = new int[whereabouts.length];
    for (int shard = 0; shard < dealt.length; shard++) {
      int member = whereabouts[shard];
      boolean stays = member != NOWHERE && room[member] > 0;
      dealt[shard] = stays ? member : NOWHERE;
      if (stays) {
        room[member]--;
      }
    }
    int turn = 0;
    for (int shard = 0; shard < dealt.length; shard++) {
      if (dealt[shard] == NOWHERE) {
        while (room[turn] == 0) {
          turn = (turn + 1) % room.length;
        }
        dealt[shard] = turn;
        room[turn]--;
        turn = (turn + 1) % room.length;
      }
    }
    return dealt;
  }
}
