package io.shardkeeper.simulation;

import java.util.concurrent.Semaphore;
import org.jspecify.annotations.Nullable;

/** A thread that runs only while the simulation waits for it: so a handler may block, and there is still one thing at a time. */
final class Puppet {
  private final Semaphore go = new Semaphore(0);
  private final Semaphore back = new Semaphore(0);
  private @Nullable Runnable task;
  private boolean idle = true;
  private boolean over;

  Puppet() {
    var thread = new Thread(this::live, "puppet");
    thread.setDaemon(true);
    thread.start();
  }

  private void live() {
    while (true) {
      go.acquireUninterruptibly();
      if (over) {
        return;
      }
      Runnable now = task;
      task = null;
      if (now != null) {
        try {
          now.run();
        } catch (Killed e) {
          // Its process is no more.
        }
      }
      idle = true;
      back.release();
    }
  }

  /** Has it do something until it pauses or is done. */
  void perform(Runnable what) {
    task = what;
    idle = false;
    resume();
  }

  /** Has it go on until it pauses again or is done. */
  void resume() {
    go.release();
    back.acquireUninterruptibly();
  }

  /** On its own thread: waits until it is resumed. */
  void pause() {
    back.release();
    go.acquireUninterruptibly();
  }

  /** It is needed no more, and does nothing. */
  void dismiss() {
    over = true;
    go.release();
  }

  boolean isIdle() {
    return idle;
  }

  /** Ends what a thread does because its process is no more. */
  static final class Killed extends Error {
    private static final long serialVersionUID = 1;

    Killed() {
      super("killed", null, false, false);
    }
  }
}
