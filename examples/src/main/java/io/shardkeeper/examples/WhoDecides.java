package io.shardkeeper.examples;

import io.shardkeeper.core.coordinator.Claim;
import io.shardkeeper.core.coordinator.Tenure;
import io.shardkeeper.core.ledger.Bytes;
import io.shardkeeper.core.ledger.CommitResult;
import io.shardkeeper.core.ledger.NodePath;
import io.shardkeeper.core.ledger.Transaction;
import io.shardkeeper.zookeeper.CoordinatorLatch;
import io.shardkeeper.zookeeper.EmbeddedZooKeeper;
import io.shardkeeper.zookeeper.ZooKeeperLedger;
import io.shardkeeper.zookeeper.ZooKeeperSettings;
import java.io.PrintStream;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

/** Three candidates on an embedded ZooKeeper. One decides; another takes over; the former finds that it decides no more. */
public final class WhoDecides {
  private static final NodePath ROLE = NodePath.of("/coordinator");
  private static final NodePath DECISION = NodePath.of("/decision");

  private final InstantSource clock;
  private final PrintStream out;

  public WhoDecides(InstantSource clock, PrintStream out) {
    this.clock = clock;
    this.out = out;
  }

  /** Plays it in a directory that is thrown away with the build. */
  public static void main(String[] args) throws Exception {
    new WhoDecides(InstantSource.system(), System.out)
        .run(Path.of("target", "who-decides-" + ProcessHandle.current().pid()));
    System.exit(0);
  }

  /** One who would coordinate. */
  private record Candidate(
      String name, ZooKeeperLedger ledger, CoordinatorLatch latch, ScheduledExecutorService threads)
      implements AutoCloseable {
    static Candidate join(String name, String connectString) {
      ScheduledExecutorService threads = Executors.newScheduledThreadPool(2);
      var ledger = ZooKeeperLedger.open(
          ZooKeeperSettings.of(connectString, "quickstart").build(), threads, threads);
      return new Candidate(
          name, ledger, CoordinatorLatch.join(ledger, ROLE.child("latch"), name), threads);
    }

    Tenure claim(InstantSource clock) throws Exception {
      Claim.Result result = await(new Claim(ledger, ROLE, name, clock).attempt());
      if (result instanceof Claim.Result.Won won) {
        return won.tenure();
      }
      throw new IllegalStateException("Nobody else claims here, but: " + result);
    }

    CommitResult decide(Tenure tenure) throws Exception {
      Transaction decision = tenure
          .begin() // checks the term
          .set(DECISION, Bytes.of(name), Transaction.ANY_VERSION)
          .build();
      return await(ledger.commit(decision));
    }

    @Override
    public void close() {
      latch.close();
      ledger.close();
      threads.shutdownNow();
    }
  }

  /** Plays it once, with the data of ZooKeeper in a directory. */
  public void run(Path directory) throws Exception {
    try (var zooKeeper = EmbeddedZooKeeper.in(directory).start()) {
      play(zooKeeper, directory);
    }
  }

  private void play(EmbeddedZooKeeper zooKeeper, Path directory) throws Exception {
    List<Candidate> candidates = new ArrayList<>();
    try {
      out.println(
          "An embedded ZooKeeper at " + zooKeeper.connectString() + ", its data in " + directory);
      for (String name : List.of("anna", "ben", "cleo")) {
        candidates.add(Candidate.join(name, zooKeeper.connectString()));
      }
      Candidate first = first(candidates);
      Tenure former = first.claim(clock);
      await(first
          .ledger()
          .commit(Transaction.builder().create(DECISION, Bytes.NONE).build()));
      out.printf(
          "%s coordinates in term %d: its decision is %s%n",
          first.name(), former.term(), first.decide(former));

      List<Candidate> others = new ArrayList<>(candidates);
      others.remove(first);
      first.latch().requeue();
      Candidate second = first(others);
      Tenure present = second.claim(clock);
      out.printf(
          "%s takes over in term %d: its decision is %s%n",
          second.name(), present.term(), second.decide(present));
      out.printf(
          "%s has not noticed, and decides in term %d: its decision is %s%n",
          first.name(), former.term(), first.decide(former));
    } finally {
      candidates.forEach(Candidate::close);
    }
  }

  /** Who is first in the queue, as soon as somebody is. */
  private static Candidate first(List<Candidate> candidates) throws Exception {
    var first = new CompletableFuture<Candidate>();
    for (Candidate candidate : candidates) {
      Runnable look = () -> {
        if (candidate.latch().isFirst()) {
          first.complete(candidate);
        }
      };
      candidate.latch().onChange(look);
      look.run();
    }
    return await(first);
  }

  private static <T> T await(CompletionStage<T> stage) throws Exception {
    return stage.toCompletableFuture().get(30, TimeUnit.SECONDS);
  }
}
