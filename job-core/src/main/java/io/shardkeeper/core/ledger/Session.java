package io.shardkeeper.core.ledger;

import java.time.Duration;

/**
 * What a ledger knows of its own session, at one moment. It is a level: whoever is told that it changed reads it again, and may miss
 * what was between.
 *
 * @param id the present session, or {@link #NOBODY} while there is none; once it changed, the former session is
 *     over for this ledger; its nodes may stay until the far end has ended it too
 * @param standing whether the far end answers
 * @param timeout after how long a silence the far end may end the session; as negotiated, so it can change when the session resumes
 */
public record Session(long id, Standing standing, Duration timeout) {
  /** No session. */
  public static final long NOBODY = Node.NOBODY;

  /** A ledger that has no session yet, or lost it and has no new one yet. */
  public static final Session NONE = new Session(NOBODY, Standing.SUSPENDED, Duration.ZERO);

  /** Whether the far end answers. */
  public enum Standing {
    /** It does. */
    CONNECTED,
    /** Nobody knows: it may answer again, or have ended the session already. */
    SUSPENDED,
    /** The ledger was closed. */
    CLOSED
  }

  /** Whether the far end answers. */
  public boolean isConnected() {
    return standing == Standing.CONNECTED;
  }

  /** This session, with another standing. */
  public Session as(Standing other) {
    return new Session(id, other, timeout);
  }
}
