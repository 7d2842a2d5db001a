package io.shardkeeper.examples;

import io.shardkeeper.calendar.Calendars;
import io.shardkeeper.client.JobClient;
import io.shardkeeper.core.client.LedgerClient;
import io.shardkeeper.engine.EngineLoop;
import io.shardkeeper.routing.Routers;
import io.shardkeeper.view.JobView;
import io.shardkeeper.zookeeper.ZooKeeperLedger;
import io.shardkeeper.zookeeper.ZooKeeperSettings;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

/** Somebody who operates: has a job rest, and an instance leave. An application asks by {@code Shardkeeper.client()}; this one runs no jobs itself. */
final class Operator implements AutoCloseable {
  private static final Duration PATIENCE = Duration.ofSeconds(30);

  private final EngineLoop loop = new EngineLoop("operator");
  private final ScheduledExecutorService threads = Executors.newScheduledThreadPool(2);
  private final ZooKeeperLedger ledger;
  private final JobClient client;

  Operator(String zooKeeper, String namespace, String actor) throws Exception {
    ledger =
        ZooKeeperLedger.open(ZooKeeperSettings.of(zooKeeper, namespace).build(), loop, threads);
    // A client lives on its loop, and is made there.
    client = await(CompletableFuture.supplyAsync(
        () -> new LedgerClient(
            ledger,
            loop,
            actor,
            () -> actor + '-' + UUID.randomUUID().toString().substring(0, 8),
            Calendars.of(Map.of()),
            Routers.of(Map.of())),
        loop));
  }

  /** Whether there is such a job. */
  boolean knows(String job) throws Exception {
    return await(client.jobs()).stream().anyMatch(view -> view.name().equals(job));
  }

  /** Has a job rest for a while, and tells until when. It goes on by itself then, whoever is there to see it. */
  Instant pause(String job, String note, Duration most) throws Exception {
    Instant until = Instant.now().plus(most).truncatedTo(ChronoUnit.SECONDS);
    await(client.pause(job, note, until));
    return until;
  }

  /** The next fires of a job. */
  List<Instant> nextFires(String job) throws Exception {
    JobView view = await(client.job(job));
    return view instanceof JobView.Known known ? known.nextFires() : List.of();
  }

  /** Has an instance leave: it takes nothing new, finishes what it runs, and goes. */
  CompletionStage<Boolean> drain(String instance) {
    return client.drain(instance);
  }

  private static <T> T await(CompletionStage<T> answer) throws Exception {
    return answer.toCompletableFuture().get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
  }

  @Override
  public void close() {
    client.close();
    ledger.close();
    loop.close();
    threads.shutdownNow();
  }
}
