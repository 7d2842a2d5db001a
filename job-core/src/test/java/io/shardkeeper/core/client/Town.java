package io.shardkeeper.core.client;

import io.shardkeeper.calendar.Calendars;
import io.shardkeeper.contract.SimulatedWorld;
import io.shardkeeper.contract.SimulatedWorld.Weather;
import io.shardkeeper.core.coordinator.Latch;
import io.shardkeeper.core.desk.Rules;
import io.shardkeeper.core.engine.Coordinating;
import io.shardkeeper.core.execution.Executions;
import io.shardkeeper.core.instance.InstanceLife;
import io.shardkeeper.core.layout.Instance;
import io.shardkeeper.core.ledger.Bytes;
import io.shardkeeper.core.ledger.Ledger;
import io.shardkeeper.core.ledger.NodePath;
import io.shardkeeper.core.ledger.Subscription;
import io.shardkeeper.core.ledger.Transaction;
import io.shardkeeper.core.loop.Listeners;
import io.shardkeeper.core.loop.Loop;
import io.shardkeeper.core.loop.Workers;
import io.shardkeeper.handler.Handlers;
import io.shardkeeper.handler.JobHandler;
import io.shardkeeper.handler.Result;
import io.shardkeeper.job.Job;
import io.shardkeeper.routing.Routers;
import io.shardkeeper.trigger.Trigger;
import io.shardkeeper.view.RunView;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;

/** A namespace in a simulated world: somebody who coordinates, an instance, and clients; on one thread, which is that of the test. */
final class Town {
  final SimulatedWorld world;
  final Loop loop;
  final Ledger ledger;
  final LedgerClient client;
  final List<Map<String, String>> told = new ArrayList<>();
  boolean holds;

  private final List<Runnable> held = new ArrayList<>();
  private final List<Coordinating> coordinating = new ArrayList<>();
  private int names;

  Town() {
    this(new SimulatedWorld(1, Weather.CALM));
  }

  Town(SimulatedWorld world) {
    this.world = world;
    this.loop = new WorldLoop(world);
    this.ledger = open();
    this.client = client(ledger);
  }

  private record WorldLoop(SimulatedWorld world) implements Loop {
    @Override
    public long nanos() {
      return world.nanos();
    }

    @Override
    public Instant wall() {
      return world.clock().instant();
    }

    @Override
    public Subscription at(long nanos, Runnable what) {
      boolean[] forgotten = {false};
      world.after(Math.max(0, nanos - world.nanos()), () -> {
        if (!forgotten[0]) {
          what.run();
        }
      });
      return () -> forgotten[0] = true;
    }

    @Override
    public void execute(Runnable what) {
      world.after(0, what);
    }
  }

  /** One that is always first. */
  private static final class OnlyOne implements Latch {
    @Override
    public boolean isFirst() {
      return true;
    }

    @Override
    public boolean isNear() {
      return true;
    }

    @Override
    public Subscription onChange(Runnable told) {
      return () -> {};
    }

    @Override
    public void requeue() {}

    @Override
    public void close() {}
  }

  Ledger open() {
    Ledger opened = world.open(loop);
    world.until("a session", () -> opened.session().isConnected());
    return opened;
  }

  LedgerClient client(Ledger by) {
    return new LedgerClient(
        by, loop, "ann", () -> "c-" + names++ + "-x7", Calendars.of(Map.of()), Routers.NONE);
  }

  /** Somebody coordinates. */
  Town coordinated() {
    var one = new Coordinating(
        open(),
        new OnlyOne(),
        loop,
        "coordinator-" + names++,
        () -> Rules.of(
            Duration.ofSeconds(3), Duration.ofMillis(500), Calendars.of(Map.of()), Routers.NONE),
        Listeners.none());
    coordinating.add(one);
    one.start();
    world.until("a coordinator", one::isLeading);
    return this;
  }

  /** Nobody coordinates any more. */
  void stopCoordinating() {
    coordinating.forEach(Coordinating::close);
    coordinating.clear();
  }

  /** Another one coordinates. */
  void replaceCoordinator() {
    stopCoordinating();
    coordinated();
  }

  /** An instance that offers a handler called work. */
  Town staffed() {
    Workers workers = (name, body) -> {
      if (holds) {
        held.add(body);
      } else {
        world.after(1_000_000, body);
      }
      return () -> {};
    };
    var self = new Instance(
        "",
        "one",
        "host",
        new TreeMap<>(Map.of("work", "works")),
        new TreeMap<>(),
        10_000,
        "1",
        false);
    var life = new InstanceLife(
        open(),
        loop,
        Executions.Workshop.of(workers),
        Handlers.of(JobHandler.of("work", "works", context -> {
          told.add(context.parameters());
          return Result.ok("did " + context.parameters());
        })),
        Executions.Patience.DEFAULT,
        new InstanceLife.Profile(
            self, Duration.ofMillis(500), Duration.ofMillis(200), Listeners.none()),
        () -> "i-" + names++);
    life.start();
    world.until("an instance", () -> !life.id().isEmpty());
    return this;
  }

  /** Lets go on what runs. */
  void release() {
    holds = false;
    List.copyOf(held).forEach(Runnable::run);
    held.clear();
  }

  Job job(String name) {
    return Job.builder(name).handler("work").trigger(Trigger.manual()).build();
  }

  /** A job that is there, and known to whoever coordinates. */
  Job defined(Job job) {
    get(client.define(job));
    world.run(Duration.ofSeconds(1));
    return job;
  }

  /** The next commit arrives or not, and nobody hears of it: the connection breaks, and is there again a second later. */
  void loseNextCommit(boolean arrives) {
    if (arrives) {
      world.cutAfterNextCommit(ledger);
    } else {
      world.cutBeforeNextCommit(ledger);
    }
    world.after(Duration.ofSeconds(1).toNanos(), () -> world.heal(ledger));
  }

  <T> T get(CompletionStage<T> stage) {
    return world.await(stage);
  }

  /** Why something was not answered. */
  Throwable failure(CompletionStage<?> stage) {
    try {
      throw new AssertionError("Answered with " + get(stage));
    } catch (CompletionException e) {
      Throwable cause = e.getCause();
      return cause == null ? e : cause;
    }
  }

  List<RunView> runs(String job) {
    return get(client.runs(job, 1_000));
  }

  /** Writes past the client. */
  void write(NodePath path, String content) {
    world.await(
        ledger.commit(Transaction.builder().create(path, Bytes.of(content)).build()));
  }
}
