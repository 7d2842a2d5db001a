package io.shardkeeper.benchmarks.engine;

import java.util.Arrays;
import java.util.StringJoiner;
import java.util.concurrent.atomic.AtomicIntegerArray;
import java.util.stream.IntStream;

/** How often something took how long, in steps of ten microseconds up to a second. Threads may share it. */
final class Delays {
  private static final int MICROS = 10;
  private static final int STEPS = 100_000;

  private final AtomicIntegerArray counts = new AtomicIntegerArray(STEPS);

  void add(long nanos) {
    long step = Math.floorDiv(nanos, MICROS * 1_000L);
    counts.incrementAndGet((int) Math.max(0, Math.min(step, STEPS - 1)));
  }

  long total() {
    return IntStream.range(0, STEPS).mapToLong(counts::get).sum();
  }

  /** The least time, in milliseconds, that this part of them did not exceed. */
  double millis(double part) {
    long rest = (long) Math.ceil(total() * part);
    for (int step = 0; step < STEPS; step++) {
      rest -= counts.get(step);
      if (rest <= 0) {
        return (step + 1) * MICROS / 1e3;
      }
    }
    return Double.NaN;
  }

  /** All of them, and none from then on. */
  String take() {
    var text = new StringJoiner(" ");
    for (int step = 0; step < STEPS; step++) {
      int count = counts.getAndSet(step, 0);
      if (count > 0) {
        text.add(step + ":" + count);
      }
    }
    return text.toString();
  }

  /** Adds what another has told by {@link #take}. */
  void add(String taken) {
    Arrays.stream(taken.split(" ")).filter(pair -> !pair.isEmpty()).forEach(pair -> {
      String[] parts = pair.split(":");
      counts.addAndGet(Integer.parseInt(parts[0]), Integer.parseInt(parts[1]));
    });
  }
}
