package io.shardkeeper.core.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.shardkeeper.calendar.Calendars;
import io.shardkeeper.contract.HandLoop;
import io.shardkeeper.core.coordinator.Latch;
import io.shardkeeper.core.definition.JobDocument;
import io.shardkeeper.core.desk.Rules;
import io.shardkeeper.core.layout.Layout;
import io.shardkeeper.core.ledger.Bytes;
import io.shardkeeper.core.ledger.Ledger;
import io.shardkeeper.core.ledger.Subscription;
import io.shardkeeper.core.ledger.Transaction;
import io.shardkeeper.core.ledger.memory.MemoryTree;
import io.shardkeeper.core.loop.Listeners;
import io.shardkeeper.job.Job;
import io.shardkeeper.routing.Routers;
import io.shardkeeper.trigger.Trigger;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;

final class CoordinatingTest {
  private final HandLoop loop = new HandLoop();
  private final Ledger ledger = new MemoryTree(loop::wall).open(loop);
  private final Queue queue = new Queue();
  private final Coordinating coordinating = new Coordinating(
      ledger,
      queue,
      loop,
      "a",
      () -> Rules.of(
          Duration.ofSeconds(3), Duration.ofMillis(500), Calendars.of(Map.of()), Routers.NONE),
      Listeners.none());

  /** A latch that stands where the test says. */
  private static final class Queue implements Latch {
    private int before = 5;
    private Runnable told = () -> {};

    void before(int others) {
      before = others;
      told.run();
    }

    @Override
    public boolean isFirst() {
      return before == 0;
    }

    @Override
    public boolean isNear() {
      return before <= 2;
    }

    @Override
    public Subscription onChange(Runnable listener) {
      told = listener;
      return () -> {};
    }

    @Override
    public void requeue() {}

    @Override
    public void close() {}
  }

  @Test
  void whoIsNearReadsTheDefinitionsAndWhoIsFarDoesNot() {
    var unused = Foundation.lay(ledger);
    loop.turn();
    Job job = Job.builder("bill").handler("work").trigger(Trigger.manual()).build();
    var defined = ledger.commit(Transaction.builder()
        .create(
            Layout.job("bill"),
            Bytes.of(JobDocument.of(job).written("ann", loop.wall()).toJson()))
        .build());
    loop.turn();
    assertThat(defined.toCompletableFuture().join().isApplied()).isTrue();

    coordinating.start();
    loop.turn();
    assertThat(coordinating.definitions()).isNull();
    queue.before(2);
    loop.turn();

    assertThat(coordinating.definitions()).isNotNull().matches(mirror -> mirror.isSettled());
    assertThat(coordinating.understood()).hasSize(1);
    assertThat(coordinating.isLeading()).isFalse();
    assertThat(coordinating.tenures()).isZero();
    queue.before(0);
    for (int i = 0; i < 10 && !coordinating.isLeading(); i++) {
      loop.advance(Duration.ofMillis(100));
      loop.turn();
    }
    assertThat(coordinating.isLeading()).isTrue();
  }
}
