package io.shardkeeper.core.loop;

/** The threads on which handlers do their work. In production a bounded pool or virtual threads; in a simulation the turning of a clock. */
public interface Workers {
  /** Has something run on a thread of its own, at once: whoever asks keeps count of the slots. It never throws. */
  Work start(String name, Runnable body);

  /** Something that runs, or did. */
  interface Work {
    /** Interrupts its thread, if it still runs. */
    void interrupt();

    /** Where its thread is at this moment, in lines; empty if it has none. */
    default String stack() {
      return "";
    }
  }
}
