package io.shardkeeper.core.instance;

import static org.assertj.core.api.Assertions.assertThat;

import io.shardkeeper.contract.HandLoop;
import io.shardkeeper.contract.HandWorkers;
import io.shardkeeper.core.definition.JobDocument;
import io.shardkeeper.core.engine.Foundation;
import io.shardkeeper.core.execution.Executions;
import io.shardkeeper.core.layout.Assignment;
import io.shardkeeper.core.layout.Instance;
import io.shardkeeper.core.layout.Layout;
import io.shardkeeper.core.layout.RunId;
import io.shardkeeper.core.layout.RunPlan;
import io.shardkeeper.core.ledger.Bytes;
import io.shardkeeper.core.ledger.Ledger;
import io.shardkeeper.core.ledger.Node;
import io.shardkeeper.core.ledger.NodePath;
import io.shardkeeper.core.ledger.Transaction;
import io.shardkeeper.core.ledger.memory.MemoryTree;
import io.shardkeeper.core.loop.Listeners;
import io.shardkeeper.core.mail.Report;
import io.shardkeeper.core.mail.Ticket;
import io.shardkeeper.core.mail.Told;
import io.shardkeeper.handler.Handlers;
import io.shardkeeper.handler.JobHandler;
import io.shardkeeper.handler.Result;
import io.shardkeeper.job.Job;
import io.shardkeeper.trigger.Trigger;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletionStage;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What an instance does between two registrations, where threads stand still that elsewhere begin at once. */
final class InstanceLifeTest {
  private final HandLoop loop = new HandLoop();
  private final HandWorkers workers = new HandWorkers();
  private final MemoryTree tree = new MemoryTree(loop::wall);
  private final Ledger ledger = tree.open(loop);
  private final Ledger other = tree.open(loop);
  private final List<String> called = new ArrayList<>();
  private Runnable whileItRuns = () -> {};
  private int lives;
  private final InstanceLife life = new InstanceLife(
      ledger,
      loop,
      Executions.Workshop.of(workers),
      Handlers.of(JobHandler.of("work", "Works", context -> {
        called.add(context.runId());
        whileItRuns.run();
        return Result.ok();
      })),
      Executions.Patience.DEFAULT,
      new InstanceLife.Profile(
          new Instance("", "a", "h", new TreeMap<>(), new TreeMap<>(), 4, "1", false),
          Duration.ofMillis(500),
          Duration.ofMillis(20),
          Listeners.none()),
      () -> "a-" + ++lives);

  @BeforeEach
  void isRegistered() {
    var unused = Foundation.lay(other);
    loop.turn();
    commit(Transaction.builder()
        .create(
            Layout.job("bill"),
            Bytes.of(JobDocument.of(Job.builder("bill")
                    .handler("work")
                    .trigger(Trigger.manual())
                    .build())
                .toJson())));
    life.start();
    loop.turn();
    assertThat(life.id()).isEqualTo("a-1");
  }

  private void commit(Transaction.Builder steps) {
    assertThat(get(other.commit(steps.build())).isApplied()).isTrue();
  }

  private <T> T get(CompletionStage<T> stage) {
    loop.turn();
    return stage.toCompletableFuture().join();
  }

  /** Gives it a shard that is due. */
  private void give() {
    Node job = get(other.read(Layout.job("bill"))).orElseThrow();
    var run = new RunPlan(
        RunId.request("bill", job.creation(), "r"),
        job.version(),
        1,
        loop.wall(),
        Map.of(),
        RunPlan.Traits.NONE);
    var what = new Assignment(run, 0, 0, 1, 0, loop.wall(), 17);
    commit(Transaction.builder()
        .create(
            Layout.INBOX.child("a-1").child(Layout.number(1)),
            new Ticket(1, loop.wall(), List.of(what), List.of()).bytes()));
    loop.turn();
    assertThat(workers.works()).hasSize(1);
  }

  /** Whoever coordinates has moved on what it had. */
  private void loseInbox() {
    NodePath inbox = Layout.INBOX.child("a-1");
    commit(Transaction.builder()
        .delete(inbox.child(Layout.number(1)), Transaction.ANY_VERSION)
        .delete(inbox, Transaction.ANY_VERSION));
    loop.turn();
  }

  private List<Told> told(String instance) {
    List<Told> told = new ArrayList<>();
    NodePath reports = Layout.REPORTS.child(instance);
    for (String name : get(other.list(reports)).orElse(List.of())) {
      Node node = get(other.read(reports.child(name))).orElseThrow();
      told.addAll(Report.read(node.data()).told());
    }
    return told;
  }

  @Test
  void whatWasNotCalledWhenItsInstanceWasReplacedHasNotGoneOn() {
    give();
    loseInbox();
    loop.advance(Duration.ofSeconds(1));
    workers.last().run();
    loop.advance(Duration.ofSeconds(1));

    assertThat(life.id()).isEqualTo("a-2");
    assertThat(called).isEmpty();
    assertThat(told("a-2")).isEmpty();
  }

  @Test
  void whatWasCalledAndReturnsAfterwardsIsToldByTheNextRegistration() {
    whileItRuns = () -> {
      loseInbox();
      loop.advance(Duration.ofMillis(700));
    };
    give();
    workers.last().run();
    loop.advance(Duration.ofSeconds(1));

    assertThat(life.id()).isEqualTo("a-2");
    assertThat(told("a-2")).singleElement().isInstanceOfSatisfying(Told.Overran.class, overran -> {
      assertThat(overran.instance()).isEqualTo("a-1");
      assertThat(overran.what().run().id().job()).isEqualTo("bill");
      assertThat(Duration.between(overran.from(), overran.until()))
          .isEqualTo(Duration.ofMillis(700));
    });
  }
}
