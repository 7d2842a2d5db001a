package io.shardkeeper.core.execution;

import io.shardkeeper.core.execution.Executions.HowFar;
import io.shardkeeper.handler.Progress;

/** The last that a handler said of how far it is; what it said before is forgotten. Threads share it: its own lock is held for memory only. */
final class LatestWord implements Progress {
  /** Bytes of a note that are kept. */
  private static final int NOTE_BYTES = 256;

  private final Object lock = new Object();
  private final EndRequest request;
  private volatile HowFar latest = HowFar.NOTHING_SAID;

  LatestWord(EndRequest request) {
    this.request = request;
  }

  @Override
  public void report(long done, long total) {
    request.touch();
    synchronized (lock) {
      latest = new HowFar(done, total, latest.note());
    }
  }

  @Override
  public void report(String note) {
    request.touch();
    String plain = SafeText.cut(note, NOTE_BYTES);
    synchronized (lock) {
      latest = new HowFar(latest.done(), latest.total(), plain);
    }
  }

  HowFar latest() {
    return latest;
  }
}
