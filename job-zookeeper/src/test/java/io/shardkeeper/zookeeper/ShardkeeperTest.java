package io.shardkeeper.zookeeper;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.shardkeeper.config.InvalidSettingsException;
import io.shardkeeper.config.Key;
import io.shardkeeper.config.Settings;
import io.shardkeeper.config.Sources;
import io.shardkeeper.config.VirtualThreads;
import io.shardkeeper.core.definition.JobDocument;
import io.shardkeeper.core.history.Entry;
import io.shardkeeper.core.layout.Layout;
import io.shardkeeper.core.ledger.Bytes;
import io.shardkeeper.core.ledger.Node;
import io.shardkeeper.core.ledger.Transaction;
import io.shardkeeper.engine.Insides;
import io.shardkeeper.engine.Shardkeeper;
import io.shardkeeper.handler.Cancellation;
import io.shardkeeper.handler.Handler;
import io.shardkeeper.handler.JobHandler;
import io.shardkeeper.handler.Result;
import io.shardkeeper.handler.ShardingJobHandler;
import io.shardkeeper.job.Job;
import io.shardkeeper.job.Retry;
import io.shardkeeper.job.Sharding;
import io.shardkeeper.run.Outcome;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Instances on a real ZooKeeper, in real time. */
@Timeout(180)
final class ShardkeeperTest {
  private static final Duration SECOND = Duration.ofSeconds(1);

  @TempDir
  private Path directory;

  @Test
  void oneInstanceRunsAJobEachSecond() {
    try (var applications = new Applications(directory)) {
      Job job = Job.builder("tick").handler("work").every(SECOND).build();
      applications.start("a", Applications::atOnce, job);

      List<Entry.Run> runs = applications.awaitRuns("tick", 4);

      assertThat(runs).extracting(Entry.Run::outcome).containsOnly(Outcome.SUCCEEDED);
      for (int i = 1; i < runs.size(); i++) {
        assertThat(Duration.between(runs.get(i - 1).scheduledAt(), runs.get(i).scheduledAt()))
            .isEqualTo(SECOND);
      }
      assertThat(applications.calls).extracting(Applications.Call::run).doesNotHaveDuplicates();
      assertThat(applications.calls).extracting(Applications.Call::token).isSorted();
    }
  }

  @Test
  void whatAHandlerLogsIsInAFileOfItsInstance() throws IOException {
    try (var applications = new Applications(directory)) {
      Job job = Job.builder("tick").handler("work").every(SECOND).shards(2).build();
      ShardingJobHandler.Work work = context -> {
        if (context.shard().index() == 1) {
          context.log().info("shard {} of {}", context.shard().index(), context.runId());
        }
        return Result.ok();
      };
      applications.start("a", work, job);

      Entry.Run run = applications.awaitRuns("tick", 1).get(0);

      String id = applications.calls.iterator().next().run();
      LocalDate due = LocalDate.ofInstant(run.scheduledAt(), ZoneOffset.UTC);
      Path day = Stream.of(due, due.plusDays(1)) // it may have begun behind midnight
          .map(date -> applications.logs.resolve("test/a").resolve(date.toString()))
          .filter(one -> Files.exists(one.resolve(id + ".1.1.log")))
          .findFirst()
          .orElseThrow();
      assertThat(Files.readString(day.resolve(id + ".1.1.log")))
          .matches("[0-9-]+T[0-9:.]+Z INFO  shard 1 of " + Pattern.quote(id) + "\n");
      assertThat(day.resolve(id + ".0.1.log")).as("it has said nothing").doesNotExist();
    }
  }

  @Test
  void threeInstancesShareAJobAndOneLeaves() {
    try (var applications = new Applications(directory)) {
      Job job = Job.builder("sixth").handler("work").every(SECOND).shards(6).build();
      applications.start("a", Applications::atOnce, job);
      applications.start("b", Applications::atOnce);
      applications.start("c", Applications::atOnce);
      RealTime.until(
          "a run on three",
          () -> applications.runs("sixth").stream()
              .anyMatch(run -> namesOf(run).equals(Set.of("a", "b", "c"))));

      applications.close("b");
      int ended = applications.runs("sixth").size();
      applications.awaitRuns("sixth", ended + 3);

      List<Entry.Run> runs = applications.runs("sixth");
      assertThat(namesOf(runs.get(runs.size() - 1))).containsExactlyInAnyOrder("a", "c");
      assertEachSecond(runs);
      assertOnce(applications, runs, 6);
    }
  }

  @Test
  void anInstanceWhoseSessionWasEndedWorksOn() throws Exception {
    try (var applications = new Applications(directory)) {
      Job job = Job.builder("fourth").handler("work").every(SECOND).shards(4).build();
      applications.start("a", Applications::atOnce, job);
      applications.start("b", Applications::atOnce);
      String other = applications.coordinator().equals("a") ? "b" : "a";
      RealTime.until(
          "a run on two",
          () ->
              applications.runs("fourth").stream().anyMatch(run -> namesOf(run).size() == 2));
      String id = RealTime.await(applications.get(other).instanceId());

      applications.endSession(other);

      RealTime.until("another id", () -> {
        String now = RealTime.await(applications.get(other).instanceId());
        return !now.isEmpty() && !now.equals(id);
      });
      String anew = RealTime.await(applications.get(other).instanceId());
      RealTime.until(
          "work under the new id",
          () -> applications.runs("fourth").stream()
              .flatMap(run -> run.parts().stream())
              .anyMatch(part -> part.instance().equals(anew)));
      assertEachSecond(applications.runs("fourth"));
    }
  }

  @Test
  void whenTheCoordinatorLeavesAnotherGoesOn() {
    try (var applications = new Applications(directory)) {
      Job job = Job.builder("pair").handler("work").every(SECOND).shards(2).build();
      applications.start("a", Applications::atOnce, job);
      applications.start("b", Applications::atOnce);
      applications.start("c", Applications::atOnce);
      String first = applications.coordinator();
      applications.awaitRuns("pair", 2);

      applications.close(first);

      assertThat(applications.coordinator()).isNotEqualTo(first);
      int ended = applications.runs("pair").size();
      applications.awaitRuns("pair", ended + 3);
      assertEachSecond(applications.runs("pair"));
      assertOnce(applications, applications.runs("pair"), 2);
    }
  }

  @Test
  void whenTheSessionOfTheCoordinatorEndsAllGoesOn() throws Exception {
    try (var applications = new Applications(directory)) {
      Job job = Job.builder("pair").handler("work").every(SECOND).shards(2).build();
      applications.start("a", Applications::atOnce, job);
      applications.start("b", Applications::atOnce);
      String first = applications.coordinator();
      applications.awaitRuns("pair", 2);

      applications.endSession(first);

      int ended = applications.runs("pair").size();
      applications.awaitRuns("pair", ended + 5);
      assertEachSecond(applications.runs("pair"));
    }
  }

  @Test
  void aJobSaysOnWhichInstancesItRuns() {
    try (var applications = new Applications(directory)) {
      Job all = Job.builder("all")
          .handler("work")
          .every(SECOND)
          .sharding(Sharding.all())
          .build();
      Job one = Job.builder("one").handler("work").every(SECOND).build();
      Job each = Job.builder("each")
          .handler("work")
          .every(SECOND)
          .sharding(Sharding.eachWhere("zone == 'north'"))
          .build();
      Job filtered = Job.builder("filtered")
          .handler("work")
          .every(SECOND)
          .shards(4)
          .filter("zone == 'south'")
          .build();
      for (String name : List.of("a", "b", "c")) {
        applications.start(
            name,
            applications
                .settings(name)
                .set(
                    Key.INSTANCE_LABELS,
                    new TreeMap<>(Map.of("zone", name.equals("a") ? "south" : "north"))),
            Applications::atOnce,
            all,
            one,
            each,
            filtered);
      }
      RealTime.until(
          "a run on all",
          () -> applications.runs("all").stream()
              .anyMatch(run -> namesOf(run).equals(Set.of("a", "b", "c")) && run.shards() == 3));
      RealTime.until(
          "a run on both of the north",
          () -> applications.runs("each").stream()
              .anyMatch(run -> namesOf(run).equals(Set.of("b", "c")) && run.shards() == 2));
      RealTime.until("a run in the south", () -> !applications.runs("filtered").isEmpty());
      assertThat(applications.runs("filtered")).allMatch(run -> namesOf(run).equals(Set.of("a")));
      assertThat(applications.awaitRuns("one", 1)).allMatch(run -> run.shards() == 1);
    }
  }

  @Test
  void whatTakesTooLongIsTimedOutAndWhatFailsIsTriedAgain() {
    try (var applications = new Applications(directory)) {
      Job slow = Job.builder("slow")
          .handler("work")
          .every(Duration.ofSeconds(5))
          .timeout(SECOND)
          .build();
      Job failing = Job.builder("failing")
          .handler("work")
          .every(Duration.ofSeconds(5))
          .retry(new Retry(2, Duration.ofMillis(200), 1, SECOND, 0, false))
          .build();
      applications.start(
          "a",
          context -> {
            if (context.jobName().equals("slow")) {
              new CountDownLatch(1).await(); // until it is interrupted
            }
            return context.attempt() < 3 ? Result.failed("not yet") : Result.ok("at last");
          },
          slow,
          failing);

      assertThat(applications.awaitRuns("slow", 1).get(0).outcome()).isEqualTo(Outcome.TIMED_OUT);
      Entry.Run run = applications.awaitRuns("failing", 1).get(0);
      assertThat(run.outcome()).isEqualTo(Outcome.SUCCEEDED);
      assertThat(run.parts()).extracting(Entry.Part::attempt).containsExactly(3);
      assertThat(run.parts()).extracting(Entry.Part::text).containsExactly("at last");
    }
  }

  @Test
  void whatRunsIsWaitedForAndNothingNewBegins() throws Exception {
    try (var applications = new Applications(directory)) {
      var began = new CountDownLatch(1);
      var end = new CountDownLatch(1);
      Job job = Job.builder("long").handler("work").every(SECOND).shards(2).build();
      applications.start("b", Applications::atOnce, job);
      applications.start("a", context -> {
        began.countDown();
        end.await();
        return Result.ok("done");
      });
      assertThat(began.await(60, TimeUnit.SECONDS)).isTrue();

      var closing = CompletableFuture.runAsync(() -> applications.get("a").close());
      RealTime.until("a to say that it leaves", () -> applications.isLeaving("a"));
      long calls = callsOn(applications, "a");
      int ended = applications.runs("long").size();
      applications.awaitRuns("long", ended); // whatever was under way
      end.countDown();
      RealTime.await(closing);

      assertThat(callsOn(applications, "a")).isEqualTo(calls);
      applications.awaitRuns("long", ended + 3);
      assertThat(applications.runs("long"))
          .extracting(Entry.Run::outcome)
          .containsOnly(Outcome.SUCCEEDED);
      assertOnce(applications, applications.runs("long"), 2);
    }
  }

  @Test
  void fiveInstancesAreReplacedOneAfterTheOther() {
    try (var applications = new Applications(directory)) {
      var interrupted = new AtomicInteger();
      ShardingJobHandler.Work work = context -> {
        var cancelled = new CountDownLatch(1);
        context.cancellation().onRequest(cancelled::countDown);
        if (cancelled.await(300, TimeUnit.MILLISECONDS)) {
          interrupted.incrementAndGet();
        }
        return Result.ok();
      };
      Job job = Job.builder("load").handler("work").every(SECOND).shards(10).build();
      for (int i = 0; i < 5; i++) {
        applications.start("old" + i, work, job);
      }
      applications.awaitRuns("load", 2);
      for (int i = 0; i < 5; i++) {
        applications.start("new" + i, work, job);
        applications.close("old" + i);
      }
      applications.awaitRuns("load", applications.runs("load").size() + 2);

      List<Entry.Run> runs = applications.runs("load");
      assertThat(interrupted).hasValue(0);
      assertEachSecond(runs);
      assertOnce(applications, runs, 10);
      assertThat(namesOf(runs.get(runs.size() - 1)))
          .containsExactlyInAnyOrder("new0", "new1", "new2", "new3", "new4");
    }
  }

  @Test
  void whatDoesNotEndInTimeIsCancelledAndStartsElsewhere() throws Exception {
    try (var applications = new Applications(directory)) {
      var reason = new CompletableFuture<Cancellation.Reason>();
      Job job = Job.builder("long")
          .handler("work")
          .every(Duration.ofSeconds(2))
          .sharding(Sharding.oneWhere("zone == 'x'"))
          .build();
      var labels = new TreeMap<>(Map.of("zone", "x"));
      var began = new CountDownLatch(1);
      applications.start(
          "a",
          applications
              .settings("a")
              .set(Key.INSTANCE_LABELS, labels)
              .set(Key.GRACE, Duration.ofMillis(200)),
          context -> {
            began.countDown();
            var ends = new CountDownLatch(1);
            context.cancellation().onRequest(ends::countDown);
            ends.await();
            reason.complete(context.cancellation().reason().orElseThrow());
            return Result.ok();
          },
          job);
      assertThat(began.await(60, TimeUnit.SECONDS)).isTrue();
      applications.start(
          "b", applications.settings("b").set(Key.INSTANCE_LABELS, labels), Applications::atOnce);

      applications.close("a");

      assertThat(reason.get(1, TimeUnit.SECONDS)).isEqualTo(Cancellation.Reason.DRAINING);
      Entry.Run run = applications.awaitRuns("long", 1).get(0);
      assertThat(run.outcome()).isEqualTo(Outcome.SUCCEEDED);
      assertThat(namesOf(run)).containsExactly("b");
    }
  }

  @Test
  void theEmbeddedServerKeepsWhatItHasOverARestart() {
    Sources sources = Settings.sources("here")
        .set(Key.EMBEDDED_DIRECTORY, directory.resolve("data"))
        .set(Key.TICK, TestServer.TICK)
        .set(Key.SESSION_TIMEOUT, Applications.BRIEF_SESSION);
    var calls = new ConcurrentLinkedQueue<String>();
    Handler handler = JobHandler.of("note", "Notes its runs", context -> {
      calls.add(context.runId());
      return Result.ok();
    });
    Job job = Job.builder("noting").handler("note").every(SECOND).build();

    try (var first =
        Shardkeeper.with(sources.read()).handlers(handler).jobs(job).start()) {
      RealTime.until("two runs", () -> calls.size() >= 2);
      assertThat(first.toString()).contains("here").contains("default");
    }
    List<String> before = List.copyOf(calls);
    calls.clear();
    try (var second = Shardkeeper.with(sources.read()).handlers(handler).start()) {
      RealTime.await(second.declared()); // nothing: the job is known from before
      RealTime.until("two more runs", () -> calls.size() >= 2);
    }
    assertThat(calls).doesNotContainAnyElementsOf(before);
  }

  @Test
  void aDirectoryInUseIsRefusedAndNothingIsLeft() {
    Sources sources =
        Settings.sources("here").set(Key.EMBEDDED_DIRECTORY, directory.resolve("data"));
    try (var first = Shardkeeper.with(sources.read()).start()) {
      assertThat(first).isNotNull();
      assertThatThrownBy(() -> Shardkeeper.with(sources.read()).start())
          .hasMessageContaining("data");
    }
  }

  @Test
  void whatWouldBeRefusedIsFoundWithoutAStart() {
    Handler work = JobHandler.of("work", "Works", context -> Result.ok());
    Settings embedded =
        Settings.sources("here").set(Key.EMBEDDED_DIRECTORY, directory).read();
    Shardkeeper.with(embedded).handlers(work).check();
    assertThat(directory).isEmptyDirectory();

    Sources elsewhere =
        Settings.sources("here").set(Key.ZOOKEEPER, "zk1:2181").set(Key.NAMESPACE, "test");
    Shardkeeper.with(elsewhere.read()).handlers(work).check();
    assertThatThrownBy(
            () -> Shardkeeper.with(elsewhere.read()).handlers(work, work).check())
        .hasMessageContaining("Two handlers are called 'work'");
    Settings keyless =
        elsewhere.set(Key.CREDENTIALS_FILE, directory.resolve("no")).read();
    assertThatThrownBy(() -> Shardkeeper.with(keyless).handlers(work).check())
        .isInstanceOf(InvalidSettingsException.class)
        .hasMessageContaining("shardkeeper.credentials.file");
  }

  @Test
  void virtualThreadsAreRefusedWhereThereAreNone() {
    Settings settings = Settings.sources("here")
        .set(Key.EMBEDDED_DIRECTORY, directory)
        .set(Key.VIRTUAL_THREADS, VirtualThreads.ALWAYS)
        .read();
    if (Runtime.version().feature() < 21) {
      assertThatThrownBy(() -> Shardkeeper.with(settings).start())
          .isInstanceOf(InvalidSettingsException.class)
          .hasMessageContaining("virtual threads come with 21");
    } else {
      Shardkeeper.with(settings).start().close();
    }
  }

  @Test
  void withoutAServerItEndsSoon() throws Exception {
    try (var port = KeptPort.of(0)) {
      Shardkeeper lonely = Shardkeeper.with(Settings.sources("lonely")
              .set(Key.ZOOKEEPER, "127.0.0.1:" + port.port())
              .set(Key.NAMESPACE, "nowhere")
              .set(Key.SESSION_TIMEOUT, Applications.BRIEF_SESSION)
              .read())
          .jobs(Job.builder("never").handler("work").every(SECOND).build())
          .start();
      assertThat(RealTime.await(lonely.instanceId())).isEmpty();
      assertThat(RealTime.await(lonely.isCoordinating())).isFalse();
      RealTime.await(CompletableFuture.runAsync(lonely::close));
      assertThat(lonely.declared().toCompletableFuture()).isNotDone();
    }
  }

  @Test
  void oneWhoMustNotCoordinateWaitsForOneWhoMay() {
    try (var applications = new Applications(directory)) {
      Job job = Job.builder("tick").handler("work").every(SECOND).build();
      applications.start(
          "a", applications.settings("a").set(Key.COORDINATOR, false), Applications::atOnce, job);
      assertThat(RealTime.await(applications.get("a").isCoordinating())).isFalse();
      assertThat(applications.calls).isEmpty();
      applications.start("b", Applications::atOnce);
      applications.awaitRuns("tick", 1);
      assertThat(applications.coordinator()).isEqualTo("b");
    }
  }

  @Test
  void aLoopThatDoesNotTurnLosesItsSession() {
    try (var applications = new Applications(directory, Applications.BRIEF_SESSION)) {
      Shardkeeper shardkeeper = applications.start("a", Applications::atOnce);
      String id = RealTime.await(shardkeeper.instanceId());
      var end = new CountDownLatch(1);

      Insides.loop(shardkeeper).execute(() -> {
        try {
          end.await();
        } catch (InterruptedException e) {
          Thread.currentThread().interrupt();
        }
      });

      RealTime.until("the watchdog to bark", () -> Insides.barks(shardkeeper) == 1);
      RealTime.until(
          "the instance to be gone",
          () -> applications.read(Layout.INSTANCES.child(id)).isEmpty());
      end.countDown();
      applications.awaitRegistered("a");
      RealTime.until("another id", () -> {
        String now = RealTime.await(shardkeeper.instanceId());
        return !now.isEmpty() && !now.equals(id);
      });
      assertThat(Insides.barks(shardkeeper)).isEqualTo(1);
    }
  }

  // ------------------------------------------------------------------ declarations

  @Test
  void twoVersionsThatLiveAtTheSameTimeDoNotUndoEachOther() {
    try (var applications = new Applications(directory)) {
      applications.start("old", Applications::atOnce, twice("old"));
      applications.awaitRuns("job", 1);
      assertThat(applications.stored("job").orElseThrow().actor()).isEqualTo("declared");
      Instant since = applications.stored("job").orElseThrow().since();
      assertThat(since).isBetween(Instant.now().minusSeconds(60), Instant.now().plusSeconds(60));

      applications.start("new", Applications::atOnce, twice("new"));
      Node written = applications.read(Layout.job("job")).orElseThrow();
      assertThat(applications.stored("job").orElseThrow().job().description()).isEqualTo("new");
      assertThat(applications.stored("job").orElseThrow().since())
          .as("the trigger has not changed")
          .isEqualTo(since);
      int ended = applications.runs("job").size();
      applications.awaitRuns("job", ended + 3);

      assertThat(applications.read(Layout.job("job")).orElseThrow().version())
          .isEqualTo(written.version());
      assertThat(written.version()).isEqualTo(1);
    }
  }

  @Test
  void whatAPersonWroteStays() {
    try (var applications = new Applications(directory)) {
      applications.start("a", Applications::atOnce, twice("declared"));
      JobDocument byHand = applications
          .stored("job")
          .orElseThrow()
          .with(twice("by hand"))
          .written("eve", Instant.EPOCH);
      RealTime.await(applications
          .ledger()
          .commit(Transaction.builder()
              .set(Layout.job("job"), Bytes.of(byHand.toJson()), Transaction.ANY_VERSION)
              .build()));
      applications.start("b", Applications::atOnce, twice("declared"));
      assertThat(applications.stored("job").orElseThrow().job().description()).isEqualTo("by hand");
    }
  }

  @Test
  void aChangedTriggerCountsFromNow() {
    try (var applications = new Applications(directory)) {
      applications.start("a", Applications::atOnce, twice("same"));
      Instant since = applications.stored("job").orElseThrow().since();
      Job changed =
          Job.builder("job").handler("work").every(Duration.ofSeconds(2)).build();
      applications.start("b", Applications::atOnce, changed);
      assertThat(applications.stored("job").orElseThrow().job()).isEqualTo(changed);
      assertThat(applications.stored("job").orElseThrow().since()).isAfter(since);
    }
  }

  @Test
  void whatCannotBeReadStays() {
    try (var applications = new Applications(directory)) {
      applications.start("a", Applications::atOnce, twice("same"));
      RealTime.await(applications
          .ledger()
          .commit(Transaction.builder()
              .set(
                  Layout.job("job"),
                  Bytes.of("{\"v\":99,\"minReader\":99}"),
                  Transaction.ANY_VERSION)
              .build()));
      applications.start("b", Applications::atOnce, twice("same"));
      assertThat(applications.read(Layout.job("job")).orElseThrow().data().text())
          .contains("99");
    }
  }

  private static Job twice(String description) {
    return Job.builder("job")
        .handler("work")
        .every(SECOND)
        .description(description)
        .build();
  }

  // ------------------------------------------------------------------ what is looked at

  /** The names of the instances that did a run. */
  private static Set<String> namesOf(Entry.Run run) {
    return run.parts().stream()
        .map(part -> Applications.nameOf(part.instance()))
        .collect(Collectors.toSet());
  }

  private static long callsOn(Applications applications, String instance) {
    return applications.calls.stream()
        .filter(call -> call.instance().equals(instance))
        .count();
  }

  /** No fire was lost, and each run succeeded. */
  private static void assertEachSecond(List<Entry.Run> runs) {
    assertThat(runs).extracting(Entry.Run::outcome).containsOnly(Outcome.SUCCEEDED);
    for (int i = 1; i < runs.size(); i++) {
      assertThat(Duration.between(runs.get(i - 1).scheduledAt(), runs.get(i).scheduledAt()))
          .as("from %s to %s", runs.get(i - 1).id(), runs.get(i).id())
          .isEqualTo(SECOND);
    }
  }

  /** Each shard of each run was done once. */
  private static void assertOnce(Applications applications, List<Entry.Run> runs, int shards) {
    for (Entry.Run run : runs) {
      assertThat(applications.calls.stream()
              .filter(call -> call.run().equals(run.id().text()))
              .map(Applications.Call::shard)
              .sorted())
          .as("shards of %s", run.id())
          .containsExactlyElementsOf(IntStream.range(0, shards).boxed().toList());
    }
  }
}
