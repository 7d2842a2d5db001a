package io.shardkeeper.core.execution;

import io.shardkeeper.core.loop.Loop;

/**
 * Until when the executions of one session may act in its name. The loop moves it, with each renewal of the lease; the threads of
 * handlers read it. One that lapsed has lapsed for good: the next session has a fence of its own.
 */
final class Fence {
  private final Loop loop;
  private volatile long until;
  private volatile boolean closed;

  Fence(Loop loop, long until) {
    this.loop = loop;
    this.until = until;
  }

  /** A fence behind which nobody may act. */
  static Fence closed(Loop loop) {
    var fence = new Fence(loop, loop.nanos());
    fence.close();
    return fence;
  }

  /** The lease was renewed, and now ends then. For the loop, which has looked whether it had lapsed before. */
  void moveTo(long nanos) {
    until = nanos;
  }

  /** It lapses now, if it has not. */
  void close() {
    closed = true;
  }

  /** Whether nobody may act any more. It looks at the clock each time, because a process that was frozen was told nothing. */
  boolean lapsed() {
    return closed || loop.nanos() - until >= 0;
  }
}
