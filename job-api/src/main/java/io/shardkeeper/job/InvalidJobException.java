package io.shardkeeper.job;

import io.shardkeeper.text.Quote;
import java.util.List;

/** A definition that cannot be kept, with everything that is wrong with it. */
public final class InvalidJobException extends IllegalArgumentException {
  private static final long serialVersionUID = 1;

  private final String[] mistakes; // a list need not be serializable, an exception must be

  /** Tells all mistakes of a definition. */
  public InvalidJobException(String job, List<String> mistakes) {
    super("Job '" + Quote.of(job) + "' has "
        + (mistakes.size() == 1 ? "a mistake" : mistakes.size() + " mistakes") + ":\n  - "
        + String.join("\n  - ", mistakes));
    this.mistakes = mistakes.toArray(String[]::new);
  }

  /** One sentence for each mistake. */
  public List<String> mistakes() {
    return List.of(mistakes);
  }
}
