package io.shardkeeper.zookeeper;

import static org.assertj.core.api.Assertions.assertThat;

import io.shardkeeper.client.JobClient;
import io.shardkeeper.client.LogRequest;
import io.shardkeeper.client.Rerun;
import io.shardkeeper.client.RunRequest;
import io.shardkeeper.client.RunResult;
import io.shardkeeper.config.Key;
import io.shardkeeper.config.VirtualThreads;
import io.shardkeeper.core.history.Entry;
import io.shardkeeper.core.layout.Layout;
import io.shardkeeper.engine.Insides;
import io.shardkeeper.engine.Shardkeeper;
import io.shardkeeper.handler.Cancellation;
import io.shardkeeper.handler.DataflowJobHandler;
import io.shardkeeper.handler.Result;
import io.shardkeeper.handler.ShardingJobHandler;
import io.shardkeeper.job.Job;
import io.shardkeeper.job.JobBuilder;
import io.shardkeeper.job.Pause;
import io.shardkeeper.job.Routing;
import io.shardkeeper.run.Outcome;
import io.shardkeeper.trigger.Trigger;
import io.shardkeeper.view.InstanceView;
import io.shardkeeper.view.JobView;
import io.shardkeeper.view.LogPage;
import io.shardkeeper.view.RunProgress;
import io.shardkeeper.view.RunView;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What people do with jobs that run: they pause them, look at them, do them again, and have instances leave. On three of these and a real ZooKeeper. */
@Timeout(180)
final class OperatingTest {
  private static final Duration SECOND = Duration.ofSeconds(1);

  /** Who follows a log sees a line after a second at most, and here much else goes on. */
  private static final Duration LIVE = Duration.ofSeconds(10);

  private static final Instant MONDAY = Instant.parse("2025-01-06T02:30:00Z");

  @TempDir
  private Path directory;

  private static JobBuilder byHand(String name) {
    return Job.builder(name).handler("work").trigger(Trigger.manual());
  }

  private static String startOn(Applications applications, String job, String instance) {
    return RealTime.await(applications.client("a").trigger(RunRequest.of(job).on(instance)));
  }

  // ------------------------------------------------------------------ pausing

  @Test
  void aFireThatIsPlannedAlreadyIsPulledBack() {
    try (var applications = new Applications(directory)) {
      Duration horizon = Duration.ofSeconds(8);
      applications.startThree(sources -> sources.set(Key.HORIZON, horizon), Applications::atOnce);
      JobClient client = applications.client("b");
      // What is planned ahead is decided for jobs that are defined later, too.
      Instant due = Instant.now().truncatedTo(ChronoUnit.SECONDS).plus(horizon).plusSeconds(3);
      Trigger once = Trigger.at(due);
      RealTime.await(
          client.define(Job.builder("bill").handler("work").trigger(once).build()));
      RealTime.until("it to be with an instance", () -> isPlanned(client, "bill"));

      RealTime.await(client.pause("bill", "the store is being moved"));

      Entry.Run run = applications.awaitRuns("bill", 1).get(0);
      assertThat(run.scheduledAt()).isEqualTo(due);
      assertThat(run.decided()).isBefore(due);
      assertThat(run.outcome()).isEqualTo(Outcome.SKIPPED_PAUSED);
      assertThat(run.reason()).contains("paused by b at ").contains("the store is being moved");
      assertThat(isPlanned(client, "bill")).isFalse();
      assertThat(applications.calls).isEmpty();
    }
  }

  private static boolean isPlanned(JobClient client, String job) {
    return RealTime.await(client.runs(job, 1)).stream()
        .anyMatch(run -> run instanceof RunView.Open open && !open.instances().isEmpty());
  }

  @Test
  void whatIsPausedDoesNotStartUntilItIsResumed() {
    try (var applications = new Applications(directory)) {
      applications.startThree(
          Applications::atOnce,
          Job.builder("bill").handler("work").every(SECOND).history(1_000).build());
      applications.awaitRuns("bill", 1);
      JobClient client = applications.client("b");

      assertThat(RealTime.await(client.pause("bill", "the store is being moved")))
          .isTrue();
      List<Entry.Skip> skips = awaitSkips(applications, "bill", 2);
      Pause pause = pauseOf(applications.client("c"), "bill");
      assertThat(pause.actor()).isEqualTo("b");
      assertThat(pause.note()).isEqualTo("the store is being moved");
      assertThat(pause.until()).isEqualTo(Trigger.NEVER);
      assertThat(skips).allSatisfy(skip -> {
        assertThat(skip.outcome()).isEqualTo(Outcome.SKIPPED_PAUSED);
        assertThat(skip.reason()).contains("paused by b at ").contains("the store is being moved");
      });
      int calls = applications.calls.size();
      awaitSkips(applications, "bill", fires(skips) + 1);
      assertThat(applications.calls).hasSize(calls);

      assertThat(RealTime.await(applications.client("c").resume("bill"))).isTrue();
      RealTime.until("it to go on", () -> applications.calls.size() > calls);
      assertThat(pauseOf(client, "bill").resumedBy()).isEqualTo("c");
      assertThat(RealTime.await(client.resume("bill"))).isFalse();
    }
  }

  @Test
  void aPauseEndsByItselfAtItsInstant() {
    try (var applications = new Applications(directory)) {
      applications.startThree(
          Applications::atOnce,
          Job.builder("bill").handler("work").every(SECOND).history(1_000).build());
      applications.awaitRuns("bill", 1);
      Instant until = Instant.now().plusSeconds(8); // for a fire to be left when it is read late

      RealTime.await(applications.client("b").pause("bill", "for a moment", until));
      assertThat(pauseOf(applications.client("c"), "bill").until()).isEqualTo(until);
      Instant skipped = awaitSkips(applications, "bill", 1).get(0).first();
      RealTime.until(
          "it to go on",
          () -> applications.runs("bill", Outcome.SUCCEEDED).stream()
              .anyMatch(run -> run.scheduledAt().isAfter(skipped)));

      assertThat(applications.runs("bill", Outcome.SUCCEEDED))
          .allSatisfy(run -> assertThat(
                  run.scheduledAt().isBefore(skipped) || !run.scheduledAt().isBefore(until))
              .as("%s while it was paused up to %s", run, until)
              .isTrue());
    }
  }

  private static Pause pauseOf(JobClient client, String job) {
    return ((JobView.Known) RealTime.await(client.job(job))).pause();
  }

  /** So many fires for which there was no run. */
  private static List<Entry.Skip> awaitSkips(Applications applications, String job, long least) {
    RealTime.until(
        least + " fires to be passed over", () -> fires(skips(applications, job)) >= least);
    return skips(applications, job);
  }

  private static long fires(List<Entry.Skip> skips) {
    return skips.stream().mapToLong(Entry.Skip::fires).sum();
  }

  private static List<Entry.Skip> skips(Applications applications, String job) {
    return applications.history(job).stream()
        .filter(Entry.Skip.class::isInstance)
        .map(Entry.Skip.class::cast)
        .toList();
  }

  // ------------------------------------------------------------------ leaving

  @Test
  void aRollingRestartOfFiveInstancesUnderLoadInterruptsAndRepeatsNothing() {
    try (var applications = new Applications(directory)) {
      ShardingJobHandler.Work work = context -> {
        boolean ended = new CountDownLatch(1).await(100, TimeUnit.MILLISECONDS); // takes its time
        return context.cancellation().isRequested()
            ? Result.failed("interrupted")
            : Result.ok("" + ended);
      };
      Job[] jobs = IntStream.range(0, 6)
          .mapToObj(i -> Job.builder("job-" + i)
              .handler("work")
              .every(Duration.ofMillis(400 + 90L * i))
              .shards(1 + i % 3)
              .routing(i % 2 == 0 ? Routing.spread() : Routing.roundRobin())
              .history(1_000)
              .build())
          .toArray(Job[]::new);
      List<String> before = List.of("a", "b", "c", "d", "e");
      before.forEach(name -> applications.start(name, work, jobs));
      before.forEach(applications::awaitWork);
      for (String name : before) {
        String next = name + "2";
        applications.start(next, work, jobs);
        applications.awaitWork(next);
        applications.close(name);
      }
      int ended = applications.runs("job-0").size();
      applications.awaitRuns("job-0", ended + 3);

      assertThat(applications.calls).allMatch(call -> call.attempt() == 1);
      for (Job job : jobs) {
        assertThat(applications.runs(job.name()))
            .isNotEmpty()
            .allSatisfy(
                run -> assertThat(run.outcome()).as("%s", run).isEqualTo(Outcome.SUCCEEDED));
        assertThat(applications.callsOf(job.name()))
            .extracting(call -> call.run() + "/" + call.shard())
            .doesNotHaveDuplicates();
      }
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void whoLeavesFinishesWhatRunsAndTakesNothingNew(boolean byClient) {
    try (var applications = new Applications(directory);
        var work = HeldWork.polite()) {
      applications.startThree(
          sources -> sources.set(Key.SESSION_TIMEOUT, TestServer.LONGEST_SESSION),
          work,
          byHand("long").build(),
          byHand("more").shards(6).routing(Routing.roundRobin()).build());
      String run = startOn(applications, "long", "c");
      work.awaitBegin(run);
      Shardkeeper leaves = applications.get("c");
      String id = RealTime.await(leaves.instanceId());
      String session = "0x" + Long.toHexString(Insides.ledger(leaves).session().id());
      assertThat(dump(applications)).contains(session);

      if (byClient) {
        assertThat(RealTime.await(applications.client("a").drain("c"))).isTrue();
      } else {
        new Thread(leaves::close, "closes-c").start();
      }
      RealTime.until("c to say that it leaves", () -> isDraining(applications, id));
      String more = RealTime.await(applications.client("a").start("more"));
      work.letGo(more);
      assertThat(applications.whoHad(more)).hasSize(6).containsOnly("a", "b");
      assertThat(leaves.closed().toCompletableFuture()).isNotDone();
      assertThat(work.asked(run)).isNull();

      work.letGo(run);
      Instant end = Instant.now();
      RealTime.await(leaves.closed());

      RealTime.until("its session to be over", () -> !dump(applications).contains(session));
      assertThat(Duration.between(end, Instant.now()))
          .isLessThan(TestServer.LONGEST_SESSION.dividedBy(2));
      assertThat(applications.read(Layout.INSTANCES.child(id))).isEmpty();
      assertThat(RealTime.await(leaves.instanceId())).isEmpty();
      assertThat(RealTime.await(leaves.isCoordinating())).isFalse();
      assertThat(applications.ended(run).outcome()).isEqualTo(Outcome.SUCCEEDED);
      assertThat(applications.whoHad(run)).containsExactly("c");
      assertThat(applications.callsOf("long")).hasSize(1);
      leaves.close(); // once more does no harm

      applications.start("c", work); // the process is there as before
      String again = startOn(applications, "long", "c");
      work.letGo(again);
      assertThat(applications.whoHad(again)).containsExactly("c");
    }
  }

  private static boolean isDraining(Applications applications, String id) {
    return RealTime.await(applications.client("a").instances()).stream()
        .filter(one -> one.id().equals(id))
        .anyMatch(InstanceView::draining);
  }

  /** The sessions that the server knows, and what each of them has. */
  private static String dump(Applications applications) {
    try {
      return TestServer.ask(applications.server.port(), "dump");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Test
  void whatDoesNotEndWithinTheGraceStartsElsewhere() {
    try (var applications = new Applications(directory);
        var work = HeldWork.polite()) {
      applications.startThree(
          sources -> sources.set(Key.GRACE, SECOND),
          work,
          byHand("long").routing(Routing.failover("c", "b")).build());
      String run = RealTime.await(applications.client("a").start("long"));
      work.awaitBegin(run);

      assertThat(RealTime.await(applications.client("a").drain("c"))).isTrue();
      RealTime.await(applications.get("c").closed());

      assertThat(work.asked(run)).isEqualTo(Cancellation.Reason.DRAINING);
      assertThat(applications.ended(run).outcome()).isEqualTo(Outcome.SUCCEEDED);
      assertThat(applications.calls)
          .extracting(Applications.Call::instance)
          .containsExactly("c", "b");
    }
  }

  @Test
  void aDataflowGoesOnElsewhereAsSoonAsItsInstanceLeaves() {
    var stock = new ConcurrentLinkedQueue<>(IntStream.range(0, 12).boxed().toList());
    var done = new ConcurrentLinkedQueue<String>();
    var step = new Semaphore(0);
    try (var applications = new Applications(directory)) {
      applications.start("a", Applications::atOnce);
      JobClient client = applications.client("a");
      try (var b = flowing(applications, "b", stock, step, done);
          var c = flowing(applications, "c", stock, step, done)) {
        RealTime.await(client.define(Job.builder("bill")
            .handler("flow")
            .trigger(Trigger.manual())
            .routing(Routing.failover("b", "c"))
            .build()));
        String run = RealTime.await(client.start("bill"));
        step.release(3);
        RealTime.until(
            "b to be at its fourth batch", () -> done.size() == 3 && step.hasQueuedThreads());

        assertThat(RealTime.await(client.drain("b"))).isTrue();
        RealTime.until(
            "b to say that it leaves",
            () -> RealTime.await(client.instances()).stream()
                .anyMatch(one -> one.name().equals("b") && one.draining()));
        step.release(); // the batch that it is at
        RealTime.await(b.closed()); // long before its grace is over
        step.release(100);

        assertThat(RealTime.await(c.isCoordinating())).isFalse();
        assertThat(applications.ended(run).outcome()).isEqualTo(Outcome.SUCCEEDED);
        assertThat(applications.whoHad(run)).containsExactly("c");
        assertThat(done)
            .containsExactlyElementsOf(IntStream.range(0, 12)
                .mapToObj(item -> (item < 4 ? "b" : "c") + item)
                .toList());
      } finally {
        step.release(1_000);
      }
    }
  }

  /** An instance with a dataflow that takes a step for each batch of one item. */
  private static Shardkeeper flowing(
      Applications applications,
      String name,
      ConcurrentLinkedQueue<Integer> stock,
      Semaphore step,
      ConcurrentLinkedQueue<String> done) {
    DataflowJobHandler<Integer> flow = DataflowJobHandler.of(
        "flow",
        "Takes what is there",
        context -> stock.stream().limit(1).toList(),
        (context, batch) -> {
          step.acquire();
          batch.forEach(item -> done.add(name + item));
          stock.removeAll(batch);
        });
    Shardkeeper started = Shardkeeper.with(applications
            .settings(name)
            .set(Key.GRACE, Duration.ofHours(1))
            .set(Key.COORDINATOR, false)
            .read())
        .handlers(flow)
        .start();
    RealTime.until(
        name + " to be registered", () -> !RealTime.await(started.instanceId()).isEmpty());
    return started;
  }

  // ------------------------------------------------------------------ looking at what runs

  @Test
  void aLogIsReadFromElsewhereWhileItGrowsAndItsEndStays() throws Exception {
    var step = new Semaphore(0);
    ShardingJobHandler.Work work = context -> {
      for (int i = 0; i < 300; i++) {
        context.log().info("Straße {} von 300", i);
      }
      step.acquire();
      context.log().info("one more");
      step.acquire();
      context.log().info("the end");
      return Result.ok();
    };
    try (var applications = new Applications(directory)) {
      applications.startThree(work, byHand("bill").build());
      String run = startOn(applications, "bill", "b");
      JobClient client = applications.client("c");
      RealTime.until("it to be under way", () -> !applications.calls.isEmpty());

      var text = new StringBuilder();
      LogRequest next = LogRequest.of(run).most(777);
      next = readUpTo("Straße 299 von 300\n", client, next, text);
      CompletionStage<LogPage> tail = client.log(next.whenThereIsMore());
      Instant written = Instant.now();
      step.release();
      LogPage more = RealTime.await(tail);
      text.append(more.text());
      next = readUpTo("one more\n", client, next.from(more.next()), text);
      assertThat(written).isAfter(Instant.now().minus(LIVE));
      step.release();
      readUpTo("the end\n", client, next, text);
      assertThat(applications.ended(run).outcome()).isEqualTo(Outcome.SUCCEEDED);
      assertThat(text.toString()).isEqualTo(fileOf(applications, run));
      assertThat(text.toString().lines()).hasSize(302);

      applications.close("b");
      LogPage kept = RealTime.await(client.log(LogRequest.of(run)));
      assertThat(kept.instance()).isEmpty();
      assertThat(kept.complete()).isTrue();
      assertThat(kept.text()).contains("one more\n").endsWith("the end\n");
    }
  }

  /** Reads page by page up to a line, and tells where to go on. */
  private static LogRequest readUpTo(
      String line, JobClient client, LogRequest from, StringBuilder text) {
    LogRequest next = from;
    while (text.indexOf(line) < 0) {
      LogPage page = RealTime.await(client.log(next.whenThereIsMore()));
      assertThat(page.offset()).isEqualTo(next.offset());
      assertThat(Applications.nameOf(page.instance())).isEqualTo("b");
      text.append(page.text());
      next = next.from(page.next());
      if (page.complete()) {
        break;
      }
    }
    assertThat(text).contains(line);
    return next;
  }

  private static String fileOf(Applications applications, String run) throws IOException {
    try (Stream<Path> files = Files.walk(applications.logs)) {
      return Files.readString(files
          .filter(file -> file.getFileName().toString().equals(run + ".0.1.log"))
          .findFirst()
          .orElseThrow());
    }
  }

  static List<VirtualThreads> threads() {
    return Runtime.version().feature() >= 21
        ? List.of(VirtualThreads.NEVER, VirtualThreads.ALWAYS)
        : List.of(VirtualThreads.NEVER);
  }

  @ParameterizedTest
  @MethodSource("threads")
  void whoWaitsElsewhereSeesWhereAHandlerIsAndHowFar(VirtualThreads threads) {
    var step = new Semaphore(0);
    ShardingJobHandler.Work work = context -> {
      context.progress().report(1, 3);
      context.progress().report("the first");
      napUntilToldToGoOn(step);
      context.progress().report(3, 3);
      context.progress().report("all");
      napUntilToldToGoOn(step);
      return Result.ok(Thread.currentThread().toString());
    };
    try (var applications = new Applications(directory)) {
      applications.startThree(
          sources -> sources.set(Key.VIRTUAL_THREADS, threads),
          work,
          byHand("bill").build());
      String run = startOn(applications, "bill", "b");
      JobClient client = applications.client("c");
      var told = new ConcurrentLinkedQueue<RunProgress.ShardProgress>();
      CompletionStage<RunResult> end =
          client.await(run, progress -> told.addAll(progress.shards()));

      awaitProgress(told, 1, "the first");
      RealTime.until("it to nap", step::hasQueuedThreads);
      assertThat(RealTime.await(client.stack(run, 0))).contains("napUntilToldToGoOn");
      step.release();
      awaitProgress(told, 3, "all");
      assertThat(RealTime.await(client.progress(run)).shards())
          .extracting(RunProgress.ShardProgress::done)
          .containsExactly(3L);
      step.release();

      RunResult result = RealTime.await(end);
      assertThat(result.outcome()).isEqualTo(Outcome.SUCCEEDED);
      assertThat(result.text().startsWith("VirtualThread"))
          .isEqualTo(threads == VirtualThreads.ALWAYS);
      assertThat(told).allMatch(one -> Applications.nameOf(one.instance()).equals("b"));
    }
  }

  private static void napUntilToldToGoOn(Semaphore step) throws InterruptedException {
    step.acquire();
  }

  private static void awaitProgress(
      ConcurrentLinkedQueue<RunProgress.ShardProgress> told, long done, String note) {
    RealTime.until(
        done + " to be told to be done",
        () -> told.stream()
            .anyMatch(
                one -> one.done() == done && one.total() == 3 && one.note().equals(note)));
  }

  // ------------------------------------------------------------------ doing it again

  private record Seen(
      String run, int shard, Map<String, String> parameters, Instant data, String rerunOf) {}

  @Test
  void whatFailedIsDoneAgainOnTheInstanceThatIsAskedFor() {
    var seen = new ConcurrentLinkedQueue<Seen>();
    ShardingJobHandler.Work work = context -> {
      int shard = context.shard().index();
      seen.add(new Seen(
          context.runId(), shard, context.parameters(), context.dataTime(), context.rerunOf()));
      return shard == 1 && context.rerunOf().isEmpty()
          ? Result.failed("no such account")
          : Result.ok();
    };
    try (var applications = new Applications(directory)) {
      applications.startThree(work, byHand("bill").shards(3).build());
      JobClient client = applications.client("a");
      String first = RealTime.await(
          client.trigger(RunRequest.of("bill").parameter("day", "monday").dataTime(MONDAY)));
      assertThat(applications.ended(first).outcome()).isEqualTo(Outcome.PARTIAL);

      String part = RealTime.await(
          applications.client("b").rerun(Rerun.of(first).onlyFailedShards().on("c")));
      RunView.Ended ended = applications.ended(part);
      assertThat(ended.outcome()).isEqualTo(Outcome.SUCCEEDED);
      assertThat(ended.origin().rerunOf()).isEqualTo(first);
      assertThat(applications.whoHad(part)).containsExactly("c");
      assertThat(seen.stream().filter(one -> one.run().equals(part)))
          .containsExactly(new Seen(part, 1, Map.of("day", "monday"), MONDAY, first));

      String whole =
          RealTime.await(applications.client("c").rerun(Rerun.of(first).on("b")));
      assertThat(applications.whoHad(whole)).containsExactly("b", "b", "b");
      assertThat(applications.ended(whole).origin().rerunOf()).isEqualTo(first);
      assertThat(seen.stream().filter(one -> one.run().equals(whole)))
          .extracting(Seen::shard)
          .containsExactlyInAnyOrder(0, 1, 2);
    }
  }
}
