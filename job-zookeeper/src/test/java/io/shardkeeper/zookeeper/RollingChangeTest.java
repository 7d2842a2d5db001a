package io.shardkeeper.zookeeper;

import static org.assertj.core.api.Assertions.assertThat;

import io.shardkeeper.client.JobClient;
import io.shardkeeper.client.RunRequest;
import io.shardkeeper.contract.NewerBuild;
import io.shardkeeper.core.history.Entry;
import io.shardkeeper.core.layout.Layout;
import io.shardkeeper.core.ledger.Node;
import io.shardkeeper.handler.Result;
import io.shardkeeper.handler.ShardingContext;
import io.shardkeeper.job.Job;
import io.shardkeeper.job.JobBuilder;
import io.shardkeeper.job.Overlap;
import io.shardkeeper.job.Routing;
import io.shardkeeper.run.Outcome;
import io.shardkeeper.trigger.FixedRate;
import io.shardkeeper.trigger.Trigger;
import io.shardkeeper.view.JobView;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Instances of two builds beside each other on a real ZooKeeper. The next build writes a format that is one higher, with more in it. */
@Timeout(180)
final class RollingChangeTest {
  private static final Job QUICK =
      often("quick").every(Duration.ofMillis(400)).shards(2).build();
  private static final Job TURNS = often("turns")
      .every(Duration.ofMillis(700))
      .shards(3)
      .routing(Routing.roundRobin())
      .overlap(Overlap.serial(50).perRun())
      .build();
  private static final Job ASKED = often("asked").trigger(Trigger.manual()).build();
  private static final Job[] JOBS = {QUICK, TURNS, ASKED};

  @TempDir
  private Path directory;

  private static Result takesItsTime(ShardingContext context) throws InterruptedException {
    boolean ended = new CountDownLatch(1).await(60, TimeUnit.MILLISECONDS);
    return context.cancellation().isRequested()
        ? Result.failed("interrupted")
        : Result.ok("" + ended);
  }

  private static JobBuilder often(String name) {
    return Job.builder(name).handler("work").history(1_000);
  }

  /** Starts an instance of one build or of the next, which then says so in its name. */
  private static String start(Applications applications, String letter, boolean newer) {
    String name = letter + (newer ? "-next" : "-present");
    if (newer) {
      applications.startNewer(name, RollingChangeTest::takesItsTime, JOBS);
    } else {
      applications.start(name, RollingChangeTest::takesItsTime, JOBS);
    }
    return name;
  }

  /** Starts one more, and waits until it stands in line, too: they coordinate in the order in which they stand there. */
  private static String startInLine(
      Applications applications, String letter, boolean newer, int place) {
    String name = start(applications, letter, newer);
    RealTime.until(
        name + " to stand in line",
        () -> RealTime.await(applications.ledger().list(Layout.COORDINATOR.child("latch")))
                .orElse(List.of())
                .size()
            == place);
    return name;
  }

  /** Each fire between the first and the last that are on record is there, once, and was carried out. */
  private static void assertEachFireIsAccountedFor(Applications applications, Job job) {
    List<Entry.Run> runs = applications.runs(job.name());
    Duration period = ((FixedRate) job.trigger()).period();
    Instant first = runs.get(0).scheduledAt();
    assertThat(runs)
        .extracting(Entry.Run::scheduledAt)
        .containsExactlyElementsOf(
            Stream.iterate(first, one -> one.plus(period)).limit(runs.size()).toList());
    assertThat(runs)
        .allSatisfy(run -> assertThat(run.outcome()).as("%s", run).isEqualTo(Outcome.SUCCEEDED));
  }

  private static Node definition(Applications applications, Job job) {
    return applications.read(Layout.job(job.name())).orElseThrow();
  }

  private static List<Node> definitions(Applications applications) {
    return Stream.of(JOBS).map(job -> definition(applications, job)).toList();
  }

  private static void assertNothingIsQuarantined(Applications applications) {
    assertThat(RealTime.await(applications.ledger().list(Layout.QUARANTINE)).orElse(List.of()))
        .isEmpty();
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void whicheverBuildCoordinatesItGoesOnWithWhatTheOtherHasBegun(boolean newerFirst) {
    try (var applications = new Applications(directory, Applications.BRIEF_SESSION)) {
      startInLine(applications, "a", newerFirst, 1);
      startInLine(applications, "b", !newerFirst, 2);
      startInLine(applications, "c", newerFirst, 3);
      JobClient last = applications.client(startInLine(applications, "d", !newerFirst, 4));
      List<Node> declared = definitions(applications);
      List<String> led = new ArrayList<>();
      List<String> asked = new ArrayList<>();
      for (int tenure = 0; tenure < 3; tenure++) {
        String leader = applications.coordinator();
        led.add(leader.substring(2));
        RunRequest keyed = RunRequest.of("asked").key("order-" + tenure);
        String run = RealTime.await(last.trigger(keyed));
        asked.add(run);
        asked.add(
            RealTime.await(last.trigger(RunRequest.of("asked").after(Duration.ofSeconds(2)))));
        applications.kill(leader);
        applications.close(leader);
        assertThat(RealTime.await(last.trigger(keyed))).isEqualTo(run);
        assertThat(RealTime.await(last.await(run)).outcome()).isEqualTo(Outcome.SUCCEEDED);
      }
      asked.forEach(run -> RealTime.await(last.await(run)));
      applications.awaitRuns("quick", applications.runs("quick").size() + 2);

      assertThat(led)
          .isEqualTo(
              newerFirst
                  ? List.of("next", "present", "next")
                  : List.of("present", "next", "present"));
      assertEachFireIsAccountedFor(applications, QUICK);
      assertEachFireIsAccountedFor(applications, TURNS);
      assertThat(applications.runs("asked"))
          .extracting(run -> run.id().toString())
          .containsExactlyInAnyOrderElementsOf(asked);
      assertThat(definitions(applications)).isEqualTo(declared);
      assertThat(declared.get(0).data().text().contains(NewerBuild.FIELD)).isEqualTo(newerFirst);
      assertNothingIsQuarantined(applications);
    }
  }

  @Test
  void allAreReplacedByTheNextBuildAndBackAndNothingIsInterruptedOrRepeated() {
    try (var applications = new Applications(directory)) {
      List<String> present = new ArrayList<>();
      for (String letter : List.of("a", "b", "c")) {
        present.add(start(applications, letter, false));
      }
      List<Node> declared = definitions(applications);
      for (boolean newer : List.of(true, false)) {
        for (String leaves : List.copyOf(present)) {
          present.remove(leaves);
          String comes = start(
              applications,
              newer ? leaves.substring(0, 1) : "" + (char) (leaves.charAt(0) + 10),
              newer);
          present.add(comes);
          applications.awaitWork(comes);
          applications.close(leaves);
        }
      }
      applications.awaitRuns("quick", applications.runs("quick").size() + 2);

      assertThat(applications.calls).allMatch(call -> call.attempt() == 1);
      assertThat(applications.calls)
          .extracting(call -> call.run() + "/" + call.shard())
          .doesNotHaveDuplicates();
      assertEachFireIsAccountedFor(applications, QUICK);
      assertEachFireIsAccountedFor(applications, TURNS);
      assertThat(definitions(applications)).isEqualTo(declared);
      assertNothingIsQuarantined(applications);
    }
  }

  @Test
  void whatThisBuildDoesNotKnowOfADefinitionSurvivesWhatItWrites() {
    try (var applications = new Applications(directory)) {
      JobClient present = applications.client(start(applications, "a", false));
      JobClient next = applications.client(start(applications, "b", true));
      Job mail = often("mail")
          .every(Duration.ofMillis(400))
          .shards(2)
          .parameter("from", "bills")
          .build();
      RealTime.await(next.define(mail));
      String before = definition(applications, mail).data().text();

      RealTime.await(present.define(mail.toBuilder().description("edited").build()));
      JobView.Known known = (JobView.Known) RealTime.await(present.job("mail"));
      RealTime.await(present.update(
          "mail", known.revision(), job -> job.toBuilder().shards(3).build()));

      String after = definition(applications, mail).data().text();
      assertThat(after).contains("\"v\":" + NewerBuild.FORMAT, "edited");
      assertThat(newerFields(after)).isEqualTo(newerFields(before)).isGreaterThan(3);
      assertThat(applications.awaitRuns("mail", 1).get(0).outcome()).isEqualTo(Outcome.SUCCEEDED);
    }
  }

  private static int newerFields(String text) {
    return text.split('"' + NewerBuild.FIELD + '"', -1).length - 1;
  }
}
