package io.shardkeeper.config;

import io.shardkeeper.text.Quote;

/**
 * What somebody wrote for a key, and where.
 *
 * @param key the key, as it stands in the file
 * @param text the value
 * @param origin where it was found, as in "file shardkeeper.properties"
 */
record Written(String key, String text, String origin) {
  /** The mistake of this value. */
  String mistake(String problem) {
    return key + " = '" + Quote.of(text) + "' (" + origin + "): " + problem;
  }

  /** The mistake of this value, which is nobody's to read. */
  String secretMistake(String problem) {
    return key + " (" + origin + "; its value is not told): " + problem;
  }

  /** The key and its origin: whether the value may be told is not known here. */
  @Override
  public String toString() {
    return key + " (" + origin + ")";
  }
}
