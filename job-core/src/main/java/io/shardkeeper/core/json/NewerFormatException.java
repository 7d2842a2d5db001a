package io.shardkeeper.core.json;

/** A text that only a newer version can read. It is left as it is. */
public final class NewerFormatException extends IllegalArgumentException {
  private static final long serialVersionUID = 1;

  public NewerFormatException(String what, int needed, int ours) {
    super(what + " needs a reader of format " + needed + " or newer; this one reads up to format "
        + ours + ": bring this instance up to the version of the others");
  }
}
