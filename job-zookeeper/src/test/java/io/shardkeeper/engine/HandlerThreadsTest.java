package io.shardkeeper.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.shardkeeper.core.execution.Executions;
import io.shardkeeper.core.execution.Executions.Patience;
import io.shardkeeper.core.layout.Assignment;
import io.shardkeeper.core.layout.RunId;
import io.shardkeeper.core.layout.RunPlan;
import io.shardkeeper.core.loop.Listeners;
import io.shardkeeper.core.loop.Workers.Work;
import io.shardkeeper.core.mail.Told;
import io.shardkeeper.engine.HandlerThreads.Kind;
import io.shardkeeper.handler.Handlers;
import io.shardkeeper.handler.JobHandler;
import io.shardkeeper.handler.Result;
import io.shardkeeper.job.Job;
import io.shardkeeper.run.Outcome;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The threads on which handlers work, in real time. */
@Timeout(60)
final class HandlerThreadsTest {
  private final CountDownLatch never = new CountDownLatch(1);

  private static Thread awaitThread(CompletableFuture<Thread> seen) {
    return seen.orTimeout(30, TimeUnit.SECONDS).join();
  }

  /** Waits until a thread has nothing to do, or is gone. */
  private static void awaitIdle(Thread thread, String name) {
    while (thread.isAlive() && !thread.getName().equals(name)) {
      LockSupport.parkNanos(100_000);
    }
  }

  @Test
  void aThreadIsNamedByRoleAndByWhatItDoesAndIsUsedAgain() {
    try (var threads = new HandlerThreads("test", Kind.PLATFORM)) {
      var name = new CompletableFuture<String>();
      var first = new CompletableFuture<Thread>();
      threads.start("billing/0", () -> {
        name.complete(Thread.currentThread().getName());
        first.complete(Thread.currentThread());
      });
      Thread thread = awaitThread(first);
      assertThat(name.join()).isEqualTo("shardkeeper-test-handler-1 billing/0");
      assertThat(thread.isDaemon()).isTrue();

      // A thread that has just ended its work may not be back yet: then there is a second one, and
      // the third work finds one.
      boolean again = false;
      for (int i = 0; i < 1_000 && !again; i++) {
        awaitIdle(thread, "shardkeeper-test-handler-1");
        var next = new CompletableFuture<Thread>();
        threads.start("next", () -> next.complete(Thread.currentThread()));
        again = awaitThread(next) == thread;
      }
      assertThat(again).isTrue();
    }
  }

  @Test
  void worksRunSideBySide() {
    try (var threads = new HandlerThreads("test", Kind.PLATFORM)) {
      var all = new CountDownLatch(50);
      for (int i = 0; i < 50; i++) {
        threads.start("one of many", () -> {
          all.countDown();
          await(all);
        });
      }
      await(all);
    }
  }

  private static void await(CountDownLatch latch) {
    try {
      assertThat(latch.await(30, TimeUnit.SECONDS)).isTrue();
    } catch (InterruptedException e) {
      throw new AssertionError("Interrupted", e);
    }
  }

  @ParameterizedTest
  @EnumSource(Kind.class)
  void aBlockedHandlerIsInterrupted(Kind kind) {
    try (var threads = new HandlerThreads("test", kind)) {
      var begun = new CountDownLatch(1);
      var interrupted = new CountDownLatch(1);
      Work work = threads.start("blocked", () -> {
        begun.countDown();
        try {
          never.await();
        } catch (InterruptedException e) {
          interrupted.countDown();
        }
      });
      await(begun);
      work.interrupt();
      await(interrupted);
    }
  }

  @Test
  void anInterruptMeetsItsOwnWorkOrNothing() {
    try (var threads = new HandlerThreads("test", Kind.PLATFORM)) {
      for (int i = 0; i < 2_000; i++) {
        Work work = threads.start("short", () -> {});
        var clean = new CompletableFuture<Boolean>();
        threads.start("next", () -> {
          for (int look = 0; look < 50; look++) {
            if (Thread.currentThread().isInterrupted()) {
              clean.complete(false);
            }
          }
          clean.complete(true);
        });
        work.interrupt();
        assertThat(clean.join()).isTrue();
      }
    }
  }

  @Test
  void anInterruptThatWasNotTakenDoesNotMeetTheNext() {
    try (var threads = new HandlerThreads("test", Kind.PLATFORM)) {
      for (int i = 0; i < 100; i++) {
        var first = new CompletableFuture<Boolean>();
        threads.start("leaves it", () -> {
          Thread.currentThread().interrupt();
          first.complete(true);
        });
        first.join();
        var next = new CompletableFuture<Boolean>();
        threads.start("next", () -> next.complete(Thread.currentThread().isInterrupted()));
        assertThat(next.join()).isFalse();
      }
    }
  }

  @Test
  void aThreadOutlivesWhatIsThrown() {
    try (var threads = new HandlerThreads("test", Kind.PLATFORM)) {
      var thread = new CompletableFuture<Thread>();
      threads.start("throws", () -> {
        thread.complete(Thread.currentThread());
        throw new StackOverflowError();
      });
      awaitIdle(awaitThread(thread), "shardkeeper-test-handler-1");

      assertThat(awaitThread(thread).isAlive()).isTrue();
    }
  }

  @Test
  void aThreadWithoutWorkEnds() {
    try (var threads = new HandlerThreads("test", Kind.PLATFORM, Duration.ofMillis(1))) {
      var seen = new CompletableFuture<Thread>();
      threads.start("short", () -> seen.complete(Thread.currentThread()));
      Thread thread = awaitThread(seen);
      while (thread.isAlive()) {
        LockSupport.parkNanos(100_000);
      }
      assertThat(thread.isAlive()).isFalse();
    }
  }

  @Test
  void workForWhichNoThreadCanBeHadWaitsForTheNext() {
    BlockingQueue<Runnable> taken = new LinkedBlockingQueue<>();
    var memory = new AtomicInteger(0);
    try (var threads = new HandlerThreads("test", task -> {
      if (memory.getAndIncrement() == 0) {
        throw new OutOfMemoryError("unable to create native thread");
      }
      taken.add(task);
    })) {
      var ran = new AtomicInteger();
      threads.start("first", ran::incrementAndGet).interrupt(); // before it has a thread
      threads.start("second", () -> {
        ran.incrementAndGet();
        assertThat(Thread.currentThread().isInterrupted()).isFalse();
      });
      assertThat(taken).hasSize(1);

      taken.remove().run();

      assertThat(ran).hasValue(2);
    }
  }

  @Test
  void shortPiecesThatComeTogetherShareAThread() {
    var called = new LinkedBlockingQueue<Runnable>();
    try (var threads = new HandlerThreads("test", called::add)) {
      var done = new AtomicInteger();
      for (int i = 0; i < 100; i++) {
        threads.start("short", done::incrementAndGet);
      }
      assertThat(called).hasSize(1);

      called.remove().run();

      assertThat(done).hasValue(100);
      assertThat(called).as("in case that the first piece had taken long").hasSize(1);
      called.remove().run();
      threads.start("another", done::incrementAndGet);
      called.remove().run();
      assertThat(done).hasValue(101);
    }
  }

  @Test
  void anInterruptBeforeItHasAThreadIsKeptForIt() {
    BlockingQueue<Runnable> taken = new LinkedBlockingQueue<>();
    try (var threads = new HandlerThreads("test", taken::add)) {
      var seen = new CompletableFuture<Boolean>();
      threads
          .start("late", () -> seen.complete(Thread.currentThread().isInterrupted()))
          .interrupt();
      taken.remove().run();

      assertThat(seen.join()).isTrue();
      assertThat(Thread.currentThread().isInterrupted()).isFalse();
    }
  }

  @ParameterizedTest
  @EnumSource(Kind.class)
  void closingInterruptsWhatRunsAndBeginsNothing(Kind kind) {
    var threads = new HandlerThreads("test", kind);
    var begun = new CountDownLatch(1);
    var interrupted = new CountDownLatch(1);
    threads.start("blocked", () -> {
      begun.countDown();
      try {
        never.await();
      } catch (InterruptedException e) {
        interrupted.countDown();
      }
    });
    await(begun);
    threads.close();
    await(interrupted);

    var late = new AtomicInteger();
    threads.start("late", late::incrementAndGet).interrupt();
    threads.close();
    assertThat(late).hasValue(0);
  }

  @Test
  void virtualThreadsAreUsedWhereThereAreSome() throws ReflectiveOperationException {
    try (var threads = new HandlerThreads("test", Kind.VIRTUAL)) {
      var name = new CompletableFuture<String>();
      var seen = new CompletableFuture<Thread>();
      threads.start("billing/0", () -> {
        name.complete(Thread.currentThread().getName());
        seen.complete(Thread.currentThread());
      });
      Thread thread = awaitThread(seen);
      assertThat(name.join()).isEqualTo("shardkeeper-test-handler-1 billing/0");
      if (Runtime.version().feature() >= 21) {
        assertThat(Thread.class.getMethod("isVirtual").invoke(thread)).isEqualTo(true);
      } else {
        assertThat(thread.isDaemon()).isTrue();
      }
    }
  }

  /** What was told, in the order of its telling. */
  private record Heard(BlockingQueue<Told> told) implements Executions.Listener {
    @Override
    public void ended(Told.Ended what) {
      told.add(what);
    }

    @Override
    public void returned(Told.Returned what) {
      told.add(what);
    }

    @Override
    public void handedBack(Told.HandedBack what) {
      told.add(what);
    }

    @Override
    public void slotFree() {}
  }

  @ParameterizedTest
  @EnumSource(Kind.class)
  void aHandlerThatSleepsIsInterruptedWithinHalfASecondOfItsTimeout(Kind kind)
      throws InterruptedException {
    var heard = new Heard(new LinkedBlockingQueue<>());
    var startedAt = new CompletableFuture<Long>();
    var interruptedAt = new CompletableFuture<Long>();
    var handlers = Handlers.of(JobHandler.of("sleep", "Sleeps", context -> {
      try {
        never.await(10, TimeUnit.SECONDS);
      } finally {
        interruptedAt.complete(System.nanoTime());
      }
      return Result.ok();
    }));
    var job = Job.builder("sleeper")
        .handler("sleep")
        .cron("0 * * * * ?")
        .timeout(Duration.ofSeconds(1))
        .build();
    var due = Instant.parse("2027-01-04T09:00:00Z");
    var run = new RunPlan(RunId.fire("sleeper", 1, due), 1, 1, due, Map.of(), RunPlan.Traits.NONE);
    try (var loop = new EngineLoop("test");
        var threads = new HandlerThreads("test", kind)) {
      loop.execute(() -> {
        var executions = new Executions(
            loop,
            Executions.Workshop.of(threads),
            handlers,
            Patience.DEFAULT,
            1,
            loop::wall,
            heard,
            Listeners.none());
        executions.leaseBegins(loop.nanos() + Duration.ofMinutes(1).toNanos());
        startedAt.complete(loop.nanos()); // from here on its time counts, not from its first line
        executions.start(new Assignment(run, 0, 0, 1, 0, due, 1), job, 1);
      });

      var ended = (Told.Ended) heard.told.poll(30, TimeUnit.SECONDS);
      assertThat(ended).isNotNull();
      assertThat(ended.outcome()).isEqualTo(Outcome.TIMED_OUT);
      assertThat(ended.returned()).isTrue();
      assertThat(ended.text()).contains("PT1S").contains("java.lang.InterruptedException");
      assertThat(Duration.ofNanos(interruptedAt.join() - startedAt.join()))
          .isBetween(Duration.ofSeconds(1), Duration.ofSeconds(5)); // 1.25 s on a quiet machine
    }
  }
}
