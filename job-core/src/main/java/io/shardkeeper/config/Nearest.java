package io.shardkeeper.config;

import java.util.Collection;
import java.util.Comparator;
import java.util.Optional;

/** The known word that somebody who mistyped one may have meant. */
final class Nearest {
  private static final int LONGEST = 200;

  private Nearest() {}

  /** A known word, and how many letters have to be changed to come to it. */
  record Guess(String word, int distance) {}

  /** The nearest of the known words, if one is near: {@code namespce} is one letter from {@code namespace}, {@code foo} near nothing. */
  static Optional<Guess> of(String found, Collection<String> known) {
    if (found.isEmpty() || found.length() > LONGEST) {
      return Optional.empty();
    }
    return known.stream()
        .map(word -> new Guess(word, guess(found, word)))
        .min(Comparator.comparingInt(Guess::distance))
        .filter(guess -> guess.distance() <= Math.max(1, (found.length() - 1) / 2));
  }

  /** The end of a known word, as {@code slots} of {@code instance.slots}, counts as one letter off. */
  private static int guess(String found, String word) {
    boolean end = word.endsWith("." + found) || word.endsWith("_" + found);
    return end ? 1 : distance(found, word);
  }

  /** Letters to add, to leave out, to change, or to swap with their neighbour. */
  static int distance(String a, String b) {
    int[][] steps = new int[a.length() + 1][b.length() + 1];
    for (int i = 0; i <= a.length(); i++) {
      for (int j = 0; j <= b.length(); j++) {
        if (i == 0 || j == 0) {
          steps[i][j] = i + j;
          continue;
        }
        int change = a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1;
        int least = Math.min(steps[i - 1][j], steps[i][j - 1]) + 1;
        least = Math.min(least, steps[i - 1][j - 1] + change);
        boolean swapped = i > 1
            && j > 1
            && a.charAt(i - 1) == b.charAt(j - 2)
            && a.charAt(i - 2) == b.charAt(j - 1);
        steps[i][j] = swapped ? Math.min(least, steps[i - 2][j - 2] + 1) : least;
      }
    }
    return steps[a.length()][b.length()];
  }
}
