package io.shardkeeper.handler;

import io.shardkeeper.job.Limits;

/** What a handler says became of its work. */
public sealed interface Result {
  /** It is done. The text is kept with the run. */
  record Ok(String text) implements Result {
    /** Checks the size of the text. */
    public Ok {
      check(text);
    }
  }

  /** It failed, for a reason that is no exception. The job's retry applies. */
  record Failed(String reason) implements Result {
    /** Checks the size of the reason. */
    public Failed {
      check(reason);
    }
  }

  /** It is done, and there is nothing to tell. */
  static Result ok() {
    return new Ok("");
  }

  /** It is done. */
  static Result ok(String text) {
    return new Ok(text);
  }

  /** It failed. */
  static Result failed(String reason) {
    return new Failed(reason);
  }

  private static void check(String text) {
    int bytes = Limits.bytes(text);
    if (bytes > Limits.ITEM_BYTES) {
      throw new IllegalArgumentException(
          "A result of " + bytes + " bytes is too large; at most " + Limits.ITEM_BYTES
              + " are kept, and larger results belong into a store with their address as the result");
    }
  }
}
