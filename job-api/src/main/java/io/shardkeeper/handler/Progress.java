package io.shardkeeper.handler;

/** Where a handler says how far it is. Cheap to call for each item: only the latest word is passed on, now and then. */
public interface Progress {
  /** So many items of so many are done. */
  void report(long done, long total);

  /** What is going on, in a few words. */
  void report(String note);
}
