package io.shardkeeper.engine;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
final class ListenerThreadTest {
  private final List<Object> told = Collections.synchronizedList(new ArrayList<>());

  @Test
  void tellsInOrderOnAThreadOfItsOwn() {
    var threads = new CompletableFuture<String>();
    try (var thread = new ListenerThread("test")) {
      thread.add(1, () -> threads.complete(Thread.currentThread().getName()));
      IntStream.range(0, 500).forEach(i -> thread.add(1, () -> told.add(i)));
    }
    assertThat(told).hasSize(500).isEqualTo(IntStream.range(0, 500).boxed().toList());
    assertThat(threads).isCompletedWithValue("shardkeeper-test-listeners");
  }

  @Test
  void whoeverTellsNeverWaitsAndTheNewestIsDropped() throws InterruptedException {
    var blocks = new CountDownLatch(1);
    var blocked = new CountDownLatch(1);
    try (var thread = new ListenerThread("test")) {
      thread.add(1, () -> {
        blocked.countDown();
        await(blocks);
      });
      assertThat(blocked.await(30, TimeUnit.SECONDS)).isTrue();
      for (int i = 0; i < ListenerThread.MOST_WAITING + 10; i++) {
        int number = i;
        thread.add(1, () -> told.add(number));
      }
      blocks.countDown();
    }
    assertThat(told)
        .hasSize(ListenerThread.MOST_WAITING - 1)
        .last()
        .isEqualTo(ListenerThread.MOST_WAITING - 2);
  }

  @Test
  void whatComesTogetherIsToldTogetherOrNotAtAll() throws InterruptedException {
    var blocks = new CountDownLatch(1);
    var blocked = new CountDownLatch(1);
    try (var thread = new ListenerThread("test")) {
      thread.add(1, () -> {
        blocked.countDown();
        await(blocks);
      });
      assertThat(blocked.await(30, TimeUnit.SECONDS)).isTrue();
      thread.add(5 * ListenerThread.MOST_WAITING, () -> told.add("many runs of one instant"));
      thread.add(1, () -> told.add("one more"));
      blocks.countDown();
    }
    assertThat(told).containsExactly("many runs of one instant");
  }

  @Test
  void whoBlocksForEverIsInterruptedWhenItIsClosed() throws InterruptedException {
    var ended = new CompletableFuture<String>();
    var thread = new ListenerThread("test", Duration.ofMillis(50));
    thread.add(1, () -> {
      await(new CountDownLatch(1));
      ended.complete("interrupted: " + Thread.currentThread().isInterrupted());
    });
    thread.add(1, () -> told.add("too late"));
    thread.close();
    assertThat(ended.join()).isEqualTo("interrupted: true");
    thread.add(1, () -> told.add("closed"));
    assertThat(told).isEmpty();
  }

  @Test
  void aListenerMayCloseWhatTellsIt() {
    var thread = new ListenerThread("test");
    var closed = new CompletableFuture<Void>();
    thread.add(1, () -> {
      thread.close();
      closed.complete(null);
    });
    closed.join();
  }

  private static void await(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
