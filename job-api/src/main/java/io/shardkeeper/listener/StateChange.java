package io.shardkeeper.listener;

/**
 * What may happen to an instance.
 *
 * <pre>
 *   Registered ──► Disconnected ──► Reconnected        as often as it likes
 *      ▲                │
 *      └── Fenced ◄─────┘                              what ran is cancelled; it registers under another id
 *
 *   Registered ──► Leaving ──► Left
 *
 *   Coordinates ──► CoordinatesNoMore                  beside all that
 * </pre>
 */
public sealed interface StateChange {
  /**
   * It is there, and gets work.
   *
   * @param instance its id, as long as it is not fenced
   */
  record Registered(String instance) implements StateChange {}

  /** The connection is lost, and the session may be: it starts what it already has, as long as its lease runs, and nothing else. */
  record Disconnected(String instance) implements StateChange {}

  /** The connection is back, and the session is the same. */
  record Reconnected(String instance) implements StateChange {}

  /**
   * It must not act under its id any more: what runs is cancelled, and moves on to others.
   *
   * @param why its lease lapsed, or its session is over, for one
   */
  record Fenced(String instance, String why) implements StateChange {}

  /** It takes nothing new, hands back what has not begun, and waits for what runs. */
  record Leaving(String instance) implements StateChange {}

  /** Nothing of it is open, and it gets nothing more. Not told if it ends before that: when its grace is over, or nobody answers. */
  record Left(String instance) implements StateChange {}

  /**
   * It decides, from here on.
   *
   * @param term the number of its tenure
   */
  record Coordinates(long term) implements StateChange {}

  /**
   * Its tenure is over: another one decides, or it begins anew a little later.
   *
   * @param term the number of its tenure
   * @param why in a sentence
   */
  record CoordinatesNoMore(long term, String why) implements StateChange {}
}
