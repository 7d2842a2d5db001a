package io.shardkeeper.simulation;

import static io.shardkeeper.simulation.Story.job;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.shardkeeper.client.JobClient;
import io.shardkeeper.client.JobClientException;
import io.shardkeeper.client.JobClientException.Reason;
import io.shardkeeper.client.RunRequest;
import io.shardkeeper.contract.NewerBuild;
import io.shardkeeper.core.definition.JobDocument;
import io.shardkeeper.core.engine.Declarations;
import io.shardkeeper.core.layout.Layout;
import io.shardkeeper.core.ledger.Node;
import io.shardkeeper.core.ledger.NodePath;
import io.shardkeeper.core.mail.Box;
import io.shardkeeper.handler.Result;
import io.shardkeeper.job.Job;
import io.shardkeeper.job.Overlap;
import io.shardkeeper.job.Retry;
import io.shardkeeper.run.Outcome;
import io.shardkeeper.simulation.Story.Act;
import io.shardkeeper.trigger.Trigger;
import io.shardkeeper.view.JobView;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletionException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Two builds of the product live beside each other, the newer one with more in all that it writes; and it may be taken back. */
final class RollingChangeFleetTest {
  private static final Duration SECOND = Duration.ofSeconds(1);

  private static String stored(Story story, NodePath path) {
    return story.get(story.ledger().read(path)).map(node -> node.data().text()).orElse("");
  }

  private static void assertEachFireHasItsOutcome(Story story, Job job, Instant from, Instant to) {
    assertThat(story.unaccounted(job, from, to)).as(job.name()).isEmpty();
  }

  // ------------------------------------------------------------------ one after the other

  /** Jobs of all kinds, of which something runs at any moment. */
  private static List<Job> load(Story story) {
    List<Job> jobs = new ArrayList<>();
    for (int i = 0; i < 20; i++) {
      long period = 700 + 130L * i;
      Job job = job("job-" + i)
          .every(Duration.ofMillis(period))
          .shards(1 + i % 4)
          .overlap(i % 5 == 4 ? Overlap.serial().perRun() : Overlap.serial())
          .history(1_000)
          .build();
      jobs.add(job);
      story.define(job.toBuilder(), Act.takes(i % 4 == 3 ? period * 7 / 10 : 10 + i));
    }
    return jobs;
  }

  private static void replaceAll(Story story, boolean newer, String suffix, boolean inPeace) {
    for (SimulatedNode node : List.copyOf(story.fleet.living())) {
      story.joins(node.name.substring(0, 1) + suffix, newer);
      story.run(2);
      if (inPeace) {
        DrainFleetTest.leavesInPeace(story, node);
      } else {
        story.dies(node);
        story.run(5);
      }
      story.run(2);
    }
  }

  @Test
  void fiveInstancesUnderLoadAreReplacedByNewerOnesAndBackAndNothingIsInterruptedOrRepeated() {
    try (var story = Story.of("a", "b", "c", "d", "e")) {
      Instant begin = story.now();
      List<Job> jobs = load(story);
      story.run(10);
      replaceAll(story, true, "2", true);
      assertThat(story.fleet.living()).hasSize(5).allMatch(node -> node.newer);
      story.run(5);
      replaceAll(story, false, "3", true);
      assertThat(story.fleet.living()).hasSize(5).noneMatch(node -> node.newer);
      story.run(15);

      for (Job job : jobs) {
        assertThat(story.executions(job.name())).isNotEmpty().allSatisfy(one -> {
          assertThat(one.attempt).as("%s", one).isEqualTo(1);
          assertThat(one.cancelled).as("%s", one).isFalse();
        });
        assertThat(story.outcomes(job.name())).containsOnly(Outcome.SUCCEEDED);
        assertEachFireHasItsOutcome(
            story, job, begin.plusSeconds(3), story.now().minusSeconds(8));
      }
      assertThat(story.quarantined()).isEmpty();
      assertThat(story.fleet.checker().violations()).isEmpty();
    }
  }

  @Test
  void fiveInstancesUnderLoadAreKilledOneAfterTheOtherForNewerOnesAndBack() {
    try (var story = Story.of("a", "b", "c", "d", "e")) {
      Instant begin = story.now();
      List<Job> jobs = load(story);
      story.run(10);
      replaceAll(story, true, "2", false);
      story.run(5);
      replaceAll(story, false, "3", false);
      story.run(60); // the line of those that run whole has grown longer

      for (Job job : jobs) {
        assertThat(story.outcomes(job.name())).contains(Outcome.SUCCEEDED);
        assertEachFireHasItsOutcome(
            story, job, begin.plusSeconds(3), story.now().minusSeconds(8));
      }
      assertThat(story.quarantined()).isEmpty();
      assertThat(story.fleet.checker().violations()).isEmpty();
    }
  }

  // ------------------------------------------------------------------ whoever coordinates

  /** Work of which at any moment something runs, waits, is to be tried again, or is partly done. */
  private static List<Job> mixture(Story story) {
    Job wide =
        job("wide").every(Duration.ofSeconds(5)).shards(24).history(1_000).build();
    Job again = job("again")
        .every(Duration.ofSeconds(2))
        .shards(3)
        .retry(Retry.times(2).every(Duration.ofMillis(800)))
        .history(1_000)
        .build();
    Job line = job("line")
        .every(Duration.ofMillis(1_500))
        .shards(2)
        .overlap(Overlap.serial(50).perRun())
        .history(1_000)
        .build();
    Job asked = job("asked").trigger(Trigger.manual()).history(1_000).build();
    Job pause = job("pause").trigger(Trigger.delay(SECOND)).history(1_000).build();
    story.define(
        wide.toBuilder(), context -> Act.takes(100 + 150L * context.shard().index()));
    story.define(
        again.toBuilder(),
        context -> context.attempt() == 1 ? Act.fails("not yet") : Act.takes(50));
    story.define(line.toBuilder(), Act.takes(1_200));
    story.define(asked.toBuilder(), Act.takes(30).ending(context -> Result.ok(context.runId())));
    story.define(pause.toBuilder(), Act.takes(300));
    return List.of(wide, again, line);
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void eitherBuildGoesOnWithWhatTheOtherHasBegun(boolean newerFirst) {
    try (var story = Story.ofBuild(newerFirst, "a")) {
      story.joins("b", !newerFirst);
      story.joins("c", newerFirst);
      story.joins("d", !newerFirst);
      JobClient old = story.client;
      JobClient newer = new SimulatedClient(story.fleet, true).jobs;
      Instant begin = story.now();
      List<Job> jobs = mixture(story);
      story.run(2);
      List<Boolean> led = new ArrayList<>();
      List<String> runs = new ArrayList<>();
      String killed = "";
      for (int tenure = 0; tenure < 4; tenure++) {
        story.run(9);
        led.add(story.leader().newer);
        // What one build has accepted the other carries out, and a key means the same to both.
        RunRequest keyed = RunRequest.of("asked").key("order-" + tenure).parameter("n", "1");
        String run = story.get(old.trigger(keyed));
        runs.add(run);
        runs.add(story.get(old.trigger(RunRequest.of("asked").after(Duration.ofSeconds(6)))));
        runs.add(story.get(newer.trigger(RunRequest.of("asked").after(Duration.ofSeconds(7)))));
        killed = story.get(newer.trigger(RunRequest.of("asked").after(Duration.ofSeconds(40))));
        story.dies(story.leader());
        story.joins("n" + tenure, tenure % 2 == 0 == newerFirst);
        story.run(7);
        assertThat(story.get(newer.trigger(keyed))).isEqualTo(run);
        assertThat(story.get(old.await(run)).outcome()).isEqualTo(Outcome.SUCCEEDED);
        story.get(old.kill(killed));
      }
      story.run(25);

      assertThat(led).contains(true, false);
      for (Job job : jobs) {
        assertThat(story.outcomes(job.name())).containsOnly(Outcome.SUCCEEDED);
        assertEachFireHasItsOutcome(
            story, job, begin.plusSeconds(3), story.now().minusSeconds(15));
      }
      assertThat(story.outcomes("pause")).hasSizeGreaterThan(20).containsOnly(Outcome.SUCCEEDED);
      assertThat(story.executions("asked"))
          .extracting(one -> one.context.runId())
          .hasSameElementsAs(runs);
      assertThat(story.ended(killed).outcome()).isEqualTo(Outcome.KILLED);
      assertThat(story.quarantined()).isEmpty();
      assertThat(story.world().sometimes())
          .containsKeys("standing found by a new tenure", "parked found by a new tenure");
      assertThat(story.fleet.checker().violations()).isEmpty();
    }
  }

  @Test
  void whatTheNewerBuildHasWrittenOfTheHistoryIsMergedByTheOlderWithoutItsOwnFields() {
    try (var story = Story.ofBuild(true, "a")) {
      story.joins("b", false);
      Instant begin = story.now();
      List<Job> jobs = mixture(story);
      story.run(5);
      assertThat(history(story, "f"))
          .isNotEmpty()
          .allMatch(text -> text.contains(NewerBuild.FIELD));
      story.dies(story.leader());
      story.run(150);

      assertThat(history(story, "p"))
          .isNotEmpty()
          .noneMatch(text -> text.contains(NewerBuild.FIELD));
      for (Job job : jobs) {
        assertEachFireHasItsOutcome(
            story, job, begin.plusSeconds(3), story.now().minusSeconds(15));
      }
      assertThat(story.fleet.checker().violations()).isEmpty();
    }
  }

  /** What the segments hold whose names begin like that. */
  private static List<String> history(Story story, String kind) {
    return story.get(story.ledger().list(Layout.HISTORY)).orElse(List.of()).stream()
        .filter(name -> name.startsWith(kind))
        .map(name -> stored(story, Layout.HISTORY.child(name)))
        .toList();
  }

  // ------------------------------------------------------------------ definitions

  private static void declare(Story story, SimulatedNode node, Job... jobs) {
    new Declarations(node.seen, node, List.of(jobs)).start();
    story.run(1);
  }

  private static Node definition(Story story, String job) {
    return story.get(story.ledger().read(Layout.job(job))).orElseThrow();
  }

  @Test
  void bothBuildsDeclareTheSameJobsAndNothingIsWrittenTwice() {
    try (var story = Story.of("a", "b", "c")) {
      Job bill = job("bill").every(SECOND).shards(3).build();
      declare(story, story.node("a"), bill);
      Node first = definition(story, "bill");
      for (boolean newer : List.of(true, true, false, true, false)) {
        declare(story, story.joins(newer ? "new" : "old", newer), bill);
        story.run(3);
      }

      assertThat(first.data().text()).doesNotContain(NewerBuild.FIELD);
      assertThat(definition(story, "bill")).isEqualTo(first);

      // What the newer build has declared first is no reason to write either.
      Job mail = job("mail").every(SECOND).build();
      declare(story, story.joins("newer", true), mail);
      Node second = definition(story, "mail");
      declare(story, story.joins("older", false), mail);
      assertThat(second.data().text()).contains(NewerBuild.FIELD);
      assertThat(definition(story, "mail")).isEqualTo(second);
    }
  }

  @Test
  void ofDifferentDeclarationsThatOfTheLastProcessToBeginStandsAndNoFireIsLost() {
    try (var story = Story.of("a", "b", "c")) {
      Instant begin = story.now();
      Job old = job("bill").every(SECOND).history(1_000).description("old").build();
      Job changed = old.toBuilder().shards(2).description("new").build();
      declare(story, story.node("a"), old);
      declare(story, story.node("b"), old);
      story.fleet.checker().defined(old, begin);
      story.fleet.checker().reshards("bill");
      assertThat(definition(story, "bill").version()).isZero();
      declare(story, story.joins("d", true), changed);
      declare(story, story.joins("e", true), changed);
      assertThat(definition(story, "bill").version()).isEqualTo(1);
      declare(story, story.joins("f", false), old); // it was to be replaced too, and died before
      declare(story, story.joins("g", true), changed);
      story.run(120);

      // Once for each process that found something else; nobody writes again what another has
      // changed.
      assertThat(definition(story, "bill").version()).isEqualTo(3);
      assertThat(JobDocument.parse(definition(story, "bill").data().text()).job())
          .isEqualTo(changed);
      assertEachFireHasItsOutcome(story, old, begin.plusSeconds(4), story.now().minusSeconds(5));
      assertThat(story.outcomes("bill")).containsOnly(Outcome.SUCCEEDED);
    }
  }

  @Test
  void whatTheOlderBuildDoesNotKnowOfADefinitionSurvivesWhatItWrites() {
    try (var story = Story.ofBuild(true, "a")) {
      JobClient newer = new SimulatedClient(story.fleet, true).jobs;
      Job bill = job("bill").every(SECOND).retry(Retry.times(1)).build();
      story.get(newer.define(bill));
      String before = definition(story, "bill").data().text();
      long fields = count(before);
      assertThat(before).contains("\"v\":" + NewerBuild.FORMAT);
      assertThat(fields).isGreaterThan(5);
      JobClient old = story.client;

      story.get(old.define(bill.toBuilder().description("edited").build()));
      JobView.Known known = (JobView.Known) story.get(old.job("bill"));
      story.get(old.update(
          "bill", known.revision(), job -> job.toBuilder().parameter("x", "y").build()));
      assertThat(count(definition(story, "bill").data().text())).isEqualTo(fields);

      story.get(newer.define(job("mail").every(SECOND).build()));
      SimulatedNode older = story.joins("b", false);
      story.delete(Layout.job("mail"));
      declare(story, story.joins("c", true), job("mail").every(SECOND).build());
      fields = count(definition(story, "mail").data().text());
      declare(story, older, job("mail").every(SECOND).description("declared").build());
      String after = definition(story, "mail").data().text();
      assertThat(after).contains("declared", "\"v\":" + NewerBuild.FORMAT, "\"minReader\":1");
      assertThat(count(after)).isEqualTo(fields);

      // What belonged to a trigger of another kind goes with it.
      story.get(old.define(bill.toBuilder().trigger(Trigger.manual()).build()));
      assertThat(definition(story, "bill").data().text()).contains(NewerBuild.FIELD);
    }
  }

  private static long count(String text) {
    return text.split("\"" + NewerBuild.FIELD + "\"", -1).length - 1L;
  }

  @Test
  void aDefinitionThatTakesTheNewerBuildIsNotTouchedByTheOlderAndTheOthersGoOn() {
    try (var story = Story.of("a", "b")) {
      Instant begin = story.now();
      Job witness = job("witness").every(SECOND).history(1_000).build();
      story.define(witness.toBuilder());
      String text = JobDocument.of(job("bill").every(SECOND).build())
          .toJson()
          .replace("\"minReader\":1", "\"minReader\":" + NewerBuild.FORMAT);
      story.write(Layout.job("bill"), text);
      Node before = definition(story, "bill");
      story.run(5);

      assertThat(story.get(story.client.job("bill")))
          .isInstanceOfSatisfying(
              JobView.Unreadable.class, job -> assertThat(job.newer()).isTrue());
      Job bill = job("bill").every(SECOND).build();
      declare(story, story.joins("c", false), bill);
      assertThat(List.of(
              reason(() -> story.get(story.client.define(bill))),
              reason(() -> story.get(story.client.update(
                  "bill", story.get(story.client.job("bill")).revision(), job -> job))),
              reason(() -> story.get(story.client.delete("bill")))))
          .containsOnly(Reason.NEWER_FORMAT);
      story.dies(story.leader());
      story.run(20);

      assertThat(definition(story, "bill")).isEqualTo(before);
      assertThat(story.executions("bill")).isEmpty();
      assertEachFireHasItsOutcome(
          story, witness, begin.plusSeconds(3), story.now().minusSeconds(3));
      assertThat(story.leader().coordinating.tenures()).isEqualTo(1);
    }
  }

  private static Reason reason(Runnable asking) {
    Throwable failure = catchThrowable(asking::run);
    Throwable cause = failure instanceof CompletionException ? failure.getCause() : failure;
    return ((JobClientException) cause).reason();
  }

  // ------------------------------------------------------------------ what only the newer can read

  @ParameterizedTest
  @CsvSource({
    "'{\"v\":2,\"minReader\":1,\"requests\":[{\"backfill\":\"bill\"},{\"start\":\"bill\"}]}', REFUSED, ACCEPTED",
    "'{\"v\":2,\"minReader\":2,\"requests\":[{\"start\":\"bill\"},{\"start\":\"bill\"}]}', REFUSED, REFUSED"
  })
  void whatOnlyANewerCoordinatorCarriesOutIsRefusedAndSaysSo(
      String command, Box.Answer.Kind first, Box.Answer.Kind second) {
    try (var story = Story.of("a", "b")) {
      story.define(job("bill").trigger(Trigger.manual()));
      NodePath box = Layout.COMMANDS.child("newer-client");
      story.write(box, "");
      story.write(box.child(Layout.number(1)), command);
      story.run(2);

      List<Box.Answer> answers =
          Box.read(story.get(story.ledger().read(box)).orElseThrow().data()).to(1);
      assertThat(answers).extracting(Box.Answer::kind).containsExactly(first, second);
      assertThat(answers.get(0).text()).contains("newer");
      assertThat(story.get(story.ledger().list(box)).orElseThrow()).isEmpty();
      assertThat(story.quarantined()).isEmpty();
    }
  }

  /** What stands in the ledger takes a newer build to read; this one goes on with all else, and leaves it for that. */
  @ParameterizedTest
  @ValueSource(strings = {"parked", "standing", "ticket", "key", "report", "box", "cursor", "term"})
  void whatOnlyTheNewerBuildReadsMakesTheOlderNeitherLoopNorForget(String what) {
    try (var story = Story.of("a", "b", "c")) {
      story.define(job("asked").trigger(Trigger.manual()), Act.takes(50));
      story.define(
          job("wide").trigger(Trigger.manual()).shards(12),
          context -> Act.takes(context.shard().index() < 6 ? 100 : 12_000));
      story.run(1);
      String later = story.get(story.client.trigger(
          RunRequest.of("asked").after(Duration.ofSeconds(8)).key("k")));
      String wide = story.get(story.client.trigger(RunRequest.of("wide")));
      story.run(3);
      NodePath path = pathOf(story, what);
      String content = stored(story, path);
      String newer = content.isEmpty()
          ? "{\"v\":2,\"minReader\":2}"
          : content.replace("\"minReader\":1", "\"minReader\":2");
      boolean bars = what.equals("cursor") || what.equals("term");
      boolean stays = !what.equals("standing") && !what.equals("report");

      story.leader().coordinating.close(); // whoever comes next reads it anew
      story.write(path, newer);
      if (what.equals("box")) {
        story.write(path.child(Layout.number(999_999)), "{\"requests\":[{\"start\":\"asked\"}]}");
      }
      story.run(20);

      if (bars) {
        assertThat(story.fleet.living()).noneMatch(node -> node.coordinating.isLeading());
        assertThat(story.fleet.living())
            .allMatch(node -> node.coordinating.tenures() <= 20 / 2 + 3);
      } else {
        assertThat(story.fleet.living())
            .filteredOn(node -> node.coordinating.isLeading())
            .singleElement()
            .satisfies(node -> assertThat(node.coordinating.tenures()).isLessThanOrEqualTo(2));
      }
      assertThat(stored(story, path).equals(newer)).as(path.text()).isEqualTo(stays);
      if (stays && !content.isEmpty()) {
        story.write(path, content); // now one coordinates that can read it
        story.leader().coordinating.close();
      }
      story.run(30);
      assertThat(story.ended(later).outcome()).isEqualTo(Outcome.SUCCEEDED);
      assertThat(story.ended(wide).outcome()).isEqualTo(Outcome.SUCCEEDED);
      assertThat(story.executions("asked")).hasSize(what.equals("box") ? 2 : 1);
      // To the term it was we who have written: as if it had begun again.
      assertThat(story.fleet.checker().violations())
          .filteredOn(violation -> !what.equals("term") || !violation.contains("begins after"))
          .isEmpty();
    }
  }

  private static NodePath pathOf(Story story, String what) {
    return switch (what) {
      case "parked" -> firstBelow(story, Layout.PARKED);
      case "standing" -> story.fleet.below(Layout.RUNS).keySet().iterator().next();
      case "ticket" ->
        Layout.INBOX.child(story.node("c").instance.id()).child(Layout.number(999_999));
      case "report" ->
        Layout.REPORTS.child(story.node("c").instance.id()).child(Layout.number(999_999));
      case "key" -> story.fleet.below(Layout.KEYS).keySet().iterator().next();
      case "box" -> firstBelow(story, Layout.COMMANDS);
      case "cursor" -> Layout.CURSOR;
      default -> Layout.COORDINATOR.child("term");
    };
  }

  private static NodePath firstBelow(Story story, NodePath root) {
    return root.child(story.get(story.ledger().list(root)).orElseThrow().get(0));
  }
}
