package io.shardkeeper.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.shardkeeper.core.ledger.Subscription;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Supplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The thread on which an engine thinks, in real time. */
@Timeout(60)
final class EngineLoopTest {
  private final EngineLoop loop = new EngineLoop("test");

  @AfterEach
  void close() {
    loop.close();
  }

  /** What a look on the loop's thread finds. */
  private <T> T onLoop(Supplier<T> look) {
    return CompletableFuture.supplyAsync(look, loop).join();
  }

  private static void await(CountDownLatch latch) {
    try {
      assertThat(latch.await(30, TimeUnit.SECONDS)).isTrue();
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  private long in(Duration wait) {
    return loop.nanos() + wait.toNanos();
  }

  @Test
  void itsThreadIsNamedByRoleAndKeepsTheProcessAlive() {
    Thread thread = onLoop(Thread::currentThread);

    assertThat(thread.getName()).isEqualTo("shardkeeper-test");
    assertThat(thread.isDaemon()).isFalse();
  }

  @Test
  void tasksOfOneThreadRunInTheirOrderAndNoneIsLost() throws InterruptedException {
    var seen = new ArrayList<List<Integer>>();
    var senders = new ArrayList<Thread>();
    for (int sender = 0; sender < 4; sender++) {
      List<Integer> mine = new ArrayList<>();
      seen.add(mine);
      senders.add(new Thread(() -> {
        for (int i = 0; i < 10_000; i++) {
          int number = i;
          loop.execute(() -> mine.add(number));
          if (i % 100 == 0) {
            LockSupport.parkNanos(100_000); // lets the loop fall asleep now and then
          }
        }
      }));
    }
    senders.forEach(Thread::start);
    for (Thread sender : senders) {
      sender.join();
    }
    onLoop(() -> true);

    for (List<Integer> mine : seen) {
      assertThat(mine).hasSize(10_000).isSorted();
    }
  }

  @Test
  void aTaskThatThrowsDoesNotEndTheLoop() {
    loop.execute(() -> {
      throw new IllegalStateException("a mistake");
    });
    loop.execute(() -> {
      throw new StackOverflowError();
    });
    loop.at(loop.nanos(), () -> {
      throw new IllegalStateException("a late mistake");
    });

    assertThat(onLoop(() -> "alive")).isEqualTo("alive");
  }

  @Test
  void anInterruptMeansNothingToIt() {
    onLoop(() -> {
      Thread.currentThread().interrupt();
      return true;
    });
    var latch = new CountDownLatch(1);
    loop.at(in(Duration.ofMillis(20)), latch::countDown);
    await(latch);

    assertThat(onLoop(() -> Thread.currentThread().isInterrupted())).isFalse();
  }

  @Test
  void timersRunInTheOrderOfTheirInstants() {
    var ran = Collections.synchronizedList(new ArrayList<Integer>());
    var latch = new CountDownLatch(200);
    var random = new SplittableRandom(17);
    long start = in(Duration.ofMillis(50));
    onLoop(() -> {
      for (int i = 0; i < 200; i++) {
        int wait = random.nextInt(20);
        loop.at(start + wait * 1_000_000L, () -> {
          ran.add(wait);
          latch.countDown();
        });
      }
      return true;
    });
    await(latch);

    assertThat(ran).isSorted();
  }

  @Test
  void timersOfOneInstantRunInTheOrderInWhichTheyWereAskedFor() {
    var ran = Collections.synchronizedList(new ArrayList<Integer>());
    var latch = new CountDownLatch(100);
    long at = in(Duration.ofMillis(20));
    for (int i = 0; i < 100; i++) {
      int number = i;
      loop.at(at, () -> {
        ran.add(number);
        latch.countDown();
      });
    }
    await(latch);

    assertThat(ran).hasSize(100).isSorted();
  }

  @Test
  void noTimerIsEarlyAndNoneLate() {
    var late = new ArrayList<Long>();
    for (int i = 0; i < 20; i++) {
      long at = in(Duration.ofMillis(5));
      var ran = new CompletableFuture<Long>();
      loop.at(at, () -> ran.complete(loop.nanos()));
      late.add(ran.join() - at);
    }
    Collections.sort(late);

    assertThat(late.get(0)).as("early").isNotNegative();
    // Far below a millisecond on a quiet machine; on a busy one somebody else may have the
    // processor.
    assertThat(late.get(4)).as("nanoseconds late, a quarter of them").isLessThan(20_000_000);
  }

  @Test
  void aTimerThatIsClosedDoesNotRun() {
    var ran = new AtomicInteger();
    var last = new CountDownLatch(1);
    // Due at once; but the loop is held until it is closed.
    var placed = new CompletableFuture<Subscription>();
    var closed = new CountDownLatch(1);
    loop.execute(() -> {
      placed.complete(loop.at(loop.nanos(), ran::incrementAndGet));
      await(closed);
    });
    Subscription fromElsewhere = placed.join();
    fromElsewhere.close();
    fromElsewhere.close();
    closed.countDown();
    long at = in(Duration.ofMillis(20));
    onLoop(() -> {
      loop.at(at, ran::incrementAndGet).close();
      return true;
    });
    // Closed by the one before it, at the same instant.
    onLoop(() -> {
      var closing = new ArrayList<AutoCloseable>();
      loop.at(at, () -> closing.forEach(EngineLoopTest::closeQuietly));
      closing.add(loop.at(at, ran::incrementAndGet));
      return true;
    });
    loop.at(at, last::countDown);
    await(last);

    assertThat(ran).hasValue(0);
  }

  private static void closeQuietly(AutoCloseable what) {
    try {
      what.close();
    } catch (Exception e) {
      throw new AssertionError(e);
    }
  }

  @Test
  void aTimerThatAsksForItselfLeavesRoomForTasks() {
    var rounds = new AtomicInteger();
    Runnable[] again = new Runnable[1];
    again[0] = () -> {
      rounds.incrementAndGet();
      loop.at(loop.nanos() - 1_000_000, again[0]);
    };
    loop.at(loop.nanos(), again[0]);

    for (int i = 0; i < 100; i++) {
      assertThat(onLoop(() -> "its turn")).isEqualTo("its turn");
    }
    assertThat(rounds.get()).isPositive();
  }

  @Test
  void tasksThatAskForThemselvesLeaveRoomForTimers() {
    Runnable[] again = new Runnable[1];
    again[0] = () -> loop.execute(again[0]);
    loop.execute(again[0]);
    var latch = new CountDownLatch(1);
    loop.at(in(Duration.ofMillis(5)), latch::countDown);

    await(latch);
    again[0] = () -> {};
  }

  @Test
  void itBeatsWhileItIdlesAndNotWhileItIsStuck() {
    long first = loop.lastTurn();
    while (loop.lastTurn() - first <= 0) {
      LockSupport.parkNanos(100_000); // ends with the next beat
    }

    var stuck = new CountDownLatch(1);
    var begun = new CountDownLatch(1);
    loop.execute(() -> {
      begun.countDown();
      await(stuck);
    });
    await(begun);
    long during = loop.lastTurn();
    while (loop.nanos() - during < 3 * EngineLoop.BEAT.toNanos()) {
      LockSupport.parkNanos(100_000);
    }
    assertThat(loop.lastTurn()).isEqualTo(during);
    stuck.countDown();
  }

  @Test
  void bothClocksGo() {
    long before = System.nanoTime();
    assertThat(loop.nanos() - before).isBetween(0L, Duration.ofMinutes(1).toNanos());
    assertThat(Duration.between(loop.wall(), Instant.now()).abs())
        .isLessThan(Duration.ofMinutes(1));
  }

  @Test
  void whatWasHandedInBeforeTheCloseIsRunAndNothingBehindIt() {
    var ran = new AtomicInteger();
    var go = new CountDownLatch(1);
    var begun = new CountDownLatch(1);
    loop.execute(() -> {
      begun.countDown();
      await(go);
    });
    await(begun);
    for (int i = 0; i < 1_000; i++) {
      loop.execute(ran::incrementAndGet);
    }
    loop.at(in(Duration.ofHours(1)), ran::incrementAndGet);
    var closer = new Thread(loop::close);
    closer.start();
    while (true) {
      try {
        loop.execute(ran::incrementAndGet);
        ran.decrementAndGet(); // taken, so it will be run
        LockSupport.parkNanos(
            50_000); // whoever closes may come late, and memory is not without end
      } catch (RejectedExecutionException e) {
        assertThat(e).hasMessageContaining("'shardkeeper-test' is closed");
        break;
      }
    }
    go.countDown();
    loop.close();

    assertThat(ran).hasValue(1_000);
    assertThatExceptionOfType(RejectedExecutionException.class)
        .isThrownBy(() -> loop.at(loop.nanos(), () -> {}));
  }

  @Test
  void nothingThatWasTakenIsLostInAClose() throws InterruptedException {
    for (int round = 0; round < 200; round++) {
      var shortLived = new EngineLoop("short");
      var taken = new AtomicInteger();
      var ran = new AtomicInteger();
      var sender = new Thread(() -> {
        try {
          while (true) {
            shortLived.execute(ran::incrementAndGet);
            taken.incrementAndGet();
          }
        } catch (RejectedExecutionException e) {
          // It is closed.
        }
      });
      sender.start();
      shortLived.close();
      sender.join();

      assertThat(ran.get()).isEqualTo(taken.get());
    }
  }

  @Test
  void itMayBeClosedByATaskOfItsOwn() {
    Thread thread = onLoop(Thread::currentThread);
    loop.execute(loop::close);

    while (thread.isAlive()) {
      LockSupport.parkNanos(100_000);
    }
    loop.close();
    assertThat(thread.isAlive()).isFalse();
  }

  @Test
  void whoIsInterruptedWhileItClosesStaysInterrupted() {
    var go = new CountDownLatch(1);
    loop.execute(() -> await(go));
    Thread.currentThread().interrupt();
    loop.close();

    assertThat(Thread.interrupted()).isTrue();
    go.countDown();
  }

  @Test
  void aTimerMayBeClosedBehindTheLoop() {
    var timer = loop.at(in(Duration.ofHours(1)), () -> {});
    loop.close();
    timer.close();
  }
}
