package io.shardkeeper.benchmarks;

import io.shardkeeper.benchmarks.Contender.Answer;
import java.util.Arrays;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.LongStream;

/** What is done in one round, and what that round showed. Each load leaves the tree as it was. */
final class Loads {
  /** Requests under way in what is pipelined. */
  static final int WINDOW = 256;

  /** One round: its length is the least, because nothing is left under way. */
  interface Load {
    double[] round(Contender contender, long nanos) throws Exception;
  }

  private interface Step {
    void run() throws Exception;
  }

  private interface Request {
    void send(boolean even, Answer answer) throws Exception;
  }

  /** Requests of which each is sent by the answer to the one before; they end in pairs. */
  private static final class Chain {
    private final long nanos;
    private final Request request;
    private final CompletableFuture<Long> done = new CompletableFuture<>();
    private final long begin = System.nanoTime();
    private long sent;

    private Chain(long nanos, Request request) {
      this.nanos = nanos;
      this.request = request;
    }

    double[] perSecond() throws Exception {
      next(true);
      return new double[] {done.get(60, TimeUnit.SECONDS) * 1e9 / (System.nanoTime() - begin)};
    }

    private void next(boolean asExpected) {
      boolean even = sent % 2 == 0;
      if (!asExpected) {
        done.completeExceptionally(new IllegalStateException("A request was refused or lost"));
      } else if (sent > 0 && even && System.nanoTime() - begin >= nanos) {
        done.complete(sent);
      } else {
        sent++;
        try {
          request.send(even, this::next);
        } catch (Exception e) {
          done.completeExceptionally(e);
        }
      }
    }
  }

  private Loads() {}

  /** Commits a second, each sent by a thread that waited for the one before. */
  static double[] commitsWaiting(Contender contender, long nanos) throws Exception {
    return perSecond(2, nanos, () -> {
      contender.commit(true);
      contender.commit(false);
    });
  }

  /** Commits a second, each sent by whoever is told of the one before. */
  static double[] commitsChained(Contender contender, long nanos) throws Exception {
    return new Chain(nanos, contender::commit).perSecond();
  }

  /** Commits a second, many under way. */
  static double[] commitsPipelined(Contender contender, long nanos) throws Exception {
    var window = new Window(WINDOW);
    return perSecond(2, nanos, window, () -> {
      window.enter();
      contender.commit(true, window::leave);
      window.enter();
      contender.commit(false, window::leave);
    });
  }

  /** Reads a second, each sent by a thread that waited for the one before. */
  static double[] readsWaiting(Contender contender, long nanos) throws Exception {
    return perSecond(1, nanos, contender::read);
  }

  /** Reads a second, each sent by whoever is told of the one before. */
  static double[] readsChained(Contender contender, long nanos) throws Exception {
    return new Chain(nanos, (even, answer) -> contender.read(answer)).perSecond();
  }

  /** Reads a second, many under way. */
  static double[] readsPipelined(Contender contender, long nanos) throws Exception {
    var window = new Window(WINDOW);
    return perSecond(1, nanos, window, () -> {
      window.enter();
      contender.read(window::leave);
    });
  }

  /** Microseconds from sending a write to the call of another client's listener, one at a time: the median, and the 99th of 100. */
  static double[] watchLatency(Contender contender, long nanos) throws Exception {
    var told = new Window(1);
    var write = new Window(1);
    var toldAt = new AtomicLong();
    contender.onTold(() -> {
      toldAt.set(System.nanoTime());
      told.leave(true);
    });
    LongStream.Builder latencies = LongStream.builder();
    long begin = System.nanoTime();
    do {
      told.enter();
      write.enter();
      long sent = System.nanoTime();
      contender.touch(write::leave);
      told.drain();
      write.drain();
      latencies.add(toldAt.get() - sent);
    } while (System.nanoTime() - begin < nanos);
    double[] sorted =
        latencies.build().sorted().mapToDouble(latency -> latency / 1e3).toArray();
    return new double[] {sorted[sorted.length / 2], sorted[sorted.length * 99 / 100]};
  }

  private static double[] perSecond(int atOnce, long nanos, Step step) throws Exception {
    return perSecond(atOnce, nanos, new Window(1), step);
  }

  private static double[] perSecond(int atOnce, long nanos, Window window, Step step)
      throws Exception {
    long done = 0;
    long begin = System.nanoTime();
    do {
      step.run();
      done += atOnce;
    } while (System.nanoTime() - begin < nanos);
    window.drain();
    return new double[] {done * 1e9 / (System.nanoTime() - begin)};
  }

  /** The one in the middle; of an even number, the mean of the two in the middle. */
  static double median(double[] values) {
    double[] sorted = values.clone();
    Arrays.sort(sorted);
    int middle = sorted.length / 2;
    return sorted.length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
  }
}
