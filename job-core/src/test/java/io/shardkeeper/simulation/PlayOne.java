package io.shardkeeper.simulation;

import java.util.List;

/** Plays seeds from a command line: the first seed, how many, and how many fires each. */
final class PlayOne {
  private PlayOne() {}

  public static void main(String[] args) {
    long first = Long.parseLong(args[0]);
    for (long seed = first; seed < first + Long.parseLong(args[1]); seed++) {
      var swarm = new Swarm(seed, Integer.parseInt(args[2]));
      List<String> violations = swarm.play();
      if (!violations.isEmpty()) {
        System.out.println("seed " + seed + " " + swarm.options());
        violations.stream().limit(8).forEach(what -> System.out.println("  " + what));
        System.out.println("  " + swarm.log());
      }
    }
  }
}
