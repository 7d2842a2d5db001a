package io.shardkeeper.config;

import java.util.List;

/** A configuration that cannot be used, with everything that is wrong with it. */
public final class InvalidSettingsException extends IllegalArgumentException {
  private static final long serialVersionUID = 1;

  private final String[] mistakes; // a list need not be serializable, an exception must be

  /** Tells all mistakes of a configuration. */
  public InvalidSettingsException(List<String> mistakes) {
    super("The configuration has "
        + (mistakes.size() == 1 ? "a mistake" : mistakes.size() + " mistakes") + ":\n  - "
        + String.join("\n  - ", mistakes));
    this.mistakes = mistakes.toArray(String[]::new);
  }

  /** One sentence for each mistake. */
  public List<String> mistakes() {
    return List.of(mistakes);
  }
}
