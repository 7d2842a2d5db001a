package io.shardkeeper.core.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.shardkeeper.contract.SimulatedWorld;
import io.shardkeeper.contract.SimulatedWorld.Weather;
import io.shardkeeper.core.definition.JobDocument;
import io.shardkeeper.core.layout.Layout;
import io.shardkeeper.core.ledger.Bytes;
import io.shardkeeper.core.ledger.Ledger;
import io.shardkeeper.core.ledger.Node;
import io.shardkeeper.core.ledger.Subscription;
import io.shardkeeper.core.ledger.Transaction;
import io.shardkeeper.core.loop.Loop;
import io.shardkeeper.job.Job;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

final class DeclarationsTest {
  private SimulatedWorld world = new SimulatedWorld(1, Weather.CALM);

  /** A machine in the simulated world, whose clock is wrong. */
  private record Machine(SimulatedWorld world, Duration skew) implements Loop {
    @Override
    public long nanos() {
      return world.nanos();
    }

    @Override
    public Instant wall() {
      return world.clock().instant().plus(skew);
    }

    @Override
    public void execute(Runnable task) {
      world.after(0, task);
    }

    @Override
    public Subscription at(long nanos, Runnable what) {
      var closed = new AtomicBoolean();
      world.at(nanos, () -> {
        if (!closed.get()) {
          what.run();
        }
      });
      return () -> closed.set(true);
    }
  }

  @AfterEach
  void end() {
    world.close();
  }

  @Test
  void whatIsNotThereIsCreatedAndCountsFromNowByTheClockOfTheLedger() {
    Instant before = world.clock().instant();
    declare(Duration.ofSeconds(-20), job("a", 1, "first"), job("b", 2, ""));
    assertThat(stored("a").actor()).isEqualTo("declared");
    assertThat(stored("a").job()).isEqualTo(job("a", 1, "first"));
    assertThat(stored("b").job()).isEqualTo(job("b", 2, ""));
    assertThat(stored("a").since())
        .isBetween(before.minusMillis(500), world.clock().instant().plusMillis(500));
  }

  @Test
  void theSameOnceMoreWritesNothing() {
    declare(Duration.ZERO, job("a", 1, "first"));
    declare(Duration.ZERO, job("a", 1, "first"));
    assertThat(node("a").version()).isZero();
  }

  @Test
  void anotherDeclarationReplacesItAndKeepsWhenAnUnchangedTriggerBegan() {
    declare(Duration.ZERO, job("a", 1, "first"));
    Instant since = stored("a").since();
    world.run(Duration.ofSeconds(10));
    declare(Duration.ZERO, job("a", 1, "second"));
    assertThat(stored("a").job().description()).isEqualTo("second");
    assertThat(stored("a").since()).isEqualTo(since);
    declare(Duration.ZERO, job("a", 3, "second"));
    assertThat(stored("a").since()).isAfter(since.plusSeconds(9));
  }

  @Test
  void whatSomebodyElseWroteStays() {
    declare(Duration.ZERO, job("a", 1, "first"), job("b", 1, ""));
    write(
        "a",
        stored("a").with(job("a", 1, "by hand")).written("eve", Instant.EPOCH).toJson());
    write("b", "{\"v\":7,\"minReader\":7}");
    declare(Duration.ZERO, job("a", 1, "second"), job("b", 1, "second"));
    assertThat(stored("a").job().description()).isEqualTo("by hand");
    assertThat(node("b").data().text()).contains("7");
  }

  @Test
  void allIsWrittenInTheEndWhateverTheWeather() {
    for (int seed = 0; seed < 20; seed++) {
      world.close();
      world = new SimulatedWorld(seed, Weather.STORM);
      var machine = new Machine(world, Duration.ZERO);
      Ledger ledger = world.open(machine);
      var declarations = new Declarations(
          ledger, machine, List.of(job("a", 1, ""), job("b", 2, ""), job("c", 3, "")));
      declarations.start();
      world.run(Duration.ofSeconds(20));
      world.calmDown();
      world.await(declarations.written());
      declarations.close();
      for (String name : List.of("a", "b", "c")) {
        assertThat(stored(name).actor()).as("seed %d", seed).isEqualTo("declared");
      }
    }
  }

  @Test
  void whatIsClosedWritesNothing() {
    var machine = new Machine(world, Duration.ZERO);
    Ledger ledger = world.open(machine);
    var declarations = new Declarations(ledger, machine, List.of(job("a", 1, "")));
    declarations.start();
    declarations.close();
    world.run(Duration.ofSeconds(5));
    assertThat(declarations.written().toCompletableFuture()).isNotDone();
    assertThat(world.await(ledger.read(Layout.job("a")))).isEmpty();
  }

  private void declare(Duration skew, Job... jobs) {
    var machine = new Machine(world, skew);
    var declarations = new Declarations(world.open(machine), machine, List.of(jobs));
    declarations.start();
    world.await(declarations.written());
    declarations.close();
  }

  private static Job job(String name, int seconds, String description) {
    return Job.builder(name)
        .handler("work")
        .every(Duration.ofSeconds(seconds))
        .description(description)
        .build();
  }

  private Node node(String job) {
    return world.await(world.open().read(Layout.job(job))).orElseThrow();
  }

  private JobDocument stored(String job) {
    return JobDocument.parse(node(job).data().text());
  }

  private void write(String job, String json) {
    world.await(world
        .open()
        .commit(Transaction.builder()
            .set(Layout.job(job), Bytes.of(json), Transaction.ANY_VERSION)
            .build()));
  }
}
