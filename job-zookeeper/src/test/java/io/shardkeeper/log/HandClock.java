package io.shardkeeper.log;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;

/** A clock that is moved by hand; any thread may read it. */
final class HandClock implements InstantSource {
  private volatile Instant now = Instant.parse("2026-11-22T09:50:52.123Z");

  @Override
  public Instant instant() {
    return now;
  }

  void advance(Duration by) {
    now = now.plus(by);
  }
}
