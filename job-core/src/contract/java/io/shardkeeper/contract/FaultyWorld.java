package io.shardkeeper.contract;

import io.shardkeeper.core.ledger.Ledger;

/**
 * A world in which a test brings about what otherwise happens by bad luck. All that a client is told of a fault is told as it would be
 * by a real network and a real server.
 */
public interface FaultyWorld extends World {
  /**
   * A ledger whose session ends soon after it fell silent, for a test that waits for that. Others do not lose theirs because a test is
   * slow.
   */
  Ledger openBrief();

  /** The connection of a client breaks, and there is none until it is healed. */
  void cut(Ledger client);

  /** The next commit is lost on its way, and the connection with it. */
  void cutBeforeNextCommit(Ledger client);

  /** The next commit takes effect, but its answer is lost, and the connection with it. */
  void cutAfterNextCommit(Ledger client);

  /** The next commit is kept somewhere on its way, and the connection breaks. */
  void cutHoldingNextCommit(Ledger client);

  /** The commit that was kept arrives after all. */
  void deliverHeldCommit(Ledger client);

  /** There can be a connection again. */
  void heal(Ledger client);

  /** Nothing that the server says reaches the client, until it is released. */
  void holdAnswers(Ledger client);

  /** Everything that the server said reaches the client, in its order. */
  void releaseAnswers(Ledger client);

  /** Nothing passes in either direction, and nothing breaks: only silence tells. */
  void stall(Ledger client);

  /** The silence ends. */
  void unstall(Ledger client);

  /** The server ends the session of a client. */
  void expire(Ledger client);

  /**
   * The client believes that its session is over, begins a new one, and leaves the old one at the server, where somebody else speaks for
   * it: it stays until it is forsaken.
   */
  void abandonSession(Ledger client);

  /** Nobody speaks any more for the sessions that were abandoned: each ends after its timeout. */
  void forsakeSessions();

  /** Whoever opened a ledger so far is told nothing, because whoever tells is busy. */
  void pauseEvents();

  /** They are told what there is to be told. */
  void resumeEvents();

  /** The server stops, and starts again with its data. */
  void restart();
}
