package io.shardkeeper.simulation;

import static io.shardkeeper.simulation.Story.job;
import static org.assertj.core.api.Assertions.assertThat;

import io.shardkeeper.client.RunRequest;
import io.shardkeeper.core.layout.Layout;
import io.shardkeeper.core.ledger.Bytes;
import io.shardkeeper.core.ledger.NodePath;
import io.shardkeeper.core.ledger.Transaction;
import io.shardkeeper.job.Job;
import io.shardkeeper.simulation.Story.Act;
import io.shardkeeper.trigger.Trigger;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** What nobody owns any more goes, and what strangers put where nothing belongs keeps nobody from going on. */
final class SweepingFleetTest {
  private static final Duration SECOND = Duration.ofSeconds(1);

  private static List<String> boxes(Story story) {
    return story.get(story.ledger().list(Layout.COMMANDS)).orElseThrow();
  }

  /** Asks for a run that takes an hour, and waits for its end. */
  private static String asksForAnHour(Story story, SimulatedClient client) {
    String run = story.get(client.jobs.trigger(RunRequest.of("bill")));
    client.jobs.await(run).exceptionally(failure -> null);
    story.run(1);
    return run;
  }

  private static void defineBill(Story story) {
    story.define(job("bill").trigger(Trigger.manual()), Act.takes(3_600_000));
  }

  @Test
  void theBoxOfAClientThatIsGoneGoesAfterTenMinutesWithAllThatIsInIt() {
    try (var story = Story.of("a", "b")) {
      defineBill(story);
      var gone = new SimulatedClient(story.fleet);
      var stays = new SimulatedClient(story.fleet);
      asksForAnHour(story, gone);
      asksForAnHour(story, stays);
      assertThat(boxes(story)).hasSize(2);
      assertThat(story.fleet.below(Layout.COMMANDS)).hasSize(4); // two owners, two that wait
      long tenures = tenures(story);

      gone.ledger.close();
      story.run(9.5 * 60);
      assertThat(boxes(story)).hasSize(2);
      story.run(3 * 60);

      assertThat(boxes(story)).hasSize(1);
      assertThat(tenures(story)).isEqualTo(tenures);
      assertThat(story.get(stays.jobs.trigger(RunRequest.of("bill")))).isNotEmpty();
      story.run(3_600);
      assertThat(story.outcomes("bill")).isNotEmpty();
      assertThat(tenures(story)).isEqualTo(tenures); // nobody answers who is gone
    }
  }

  @Test
  void aClientThatComesBackInTimeFindsItsBox() {
    try (var story = Story.of("a", "b")) {
      defineBill(story);
      var client = new SimulatedClient(story.fleet);
      asksForAnHour(story, client);
      List<String> before = boxes(story);

      for (int i = 0; i < 3; i++) {
        story.world().cut(client.ledger);
        story.run(9 * 60);
        story.world().heal(client.ledger);
        story.run(2 * 60);
      }

      assertThat(boxes(story)).isEqualTo(before);
    }
  }

  @Test
  void aClientWhoseBoxWasSweptGoesOnWithAnother() {
    try (var story = Story.of("a", "b")) {
      defineBill(story);
      var client = new SimulatedClient(story.fleet);
      String run = asksForAnHour(story, client);
      List<String> before = boxes(story);

      story.world().cut(client.ledger);
      story.run(13 * 60);
      assertThat(boxes(story)).isEmpty();
      story.world().heal(client.ledger);
      story.run(60);

      assertThat(story.get(client.jobs.kill(run))).isTrue();
      assertThat(boxes(story)).hasSize(1).isNotEqualTo(before);
    }
  }

  @Test
  void whatStandsOfAnInstanceThatNobodyHasSeenGoes() {
    try (var story = Story.of("a", "b")) {
      Job witness = job("witness").every(SECOND).history(1_000).build();
      Instant begin = story.now();
      story.define(witness.toBuilder());
      story.write(Layout.INBOX.child("seldom-x1"), "");
      story.write(Layout.REPORTS.child("seldom-x1"), "");
      story.write(Layout.REPORTS.child("seldom-x2"), "");

      story.run(9.5 * 60);
      assertThat(story.get(story.ledger().list(Layout.REPORTS)).orElseThrow()).hasSize(4);
      story.run(3 * 60);

      assertThat(story.get(story.ledger().list(Layout.INBOX)).orElseThrow()).hasSize(2);
      assertThat(story.get(story.ledger().list(Layout.REPORTS)).orElseThrow()).hasSize(2);
      assertThat(story.unaccounted(witness, begin.plusSeconds(3), story.now().minusSeconds(2)))
          .isEmpty();
    }
  }

  @Test
  void ofWhatWasSetAsideTheNewestThousandStays() {
    try (var story = Story.of("a")) {
      for (int i = 0; i < 2_100; i++) {
        story.write(Layout.QUARANTINE.child(Layout.number(i) + "-1"), "nonsense");
      }
      story.run(5 * 60);

      assertThat(story.quarantined())
          .hasSize(1_000)
          .doesNotContain(Layout.number(1_099) + "-1")
          .contains(Layout.number(1_100) + "-1");
    }
  }

  // ------------------------------------------------------------------ strangers

  /** Puts something where nothing belongs: below a node that is to go, be it there already or not. Whether it was not gone before. */
  private static boolean putBelow(Story story, NodePath path, boolean isThere) {
    Transaction.Builder steps = Transaction.builder();
    if (!isThere) {
      steps.create(path, Bytes.of("{"));
    }
    NodePath stranger = path.child("stranger");
    steps.create(stranger, Bytes.NONE).create(stranger.child("7"), Bytes.NONE);
    return story.get(story.ledger().commit(steps.build())).isApplied();
  }

  private static void goesOn(Story story, NodePath inTheWay, Job witness, Instant begin) {
    story.run(30);
    assertThat(story.get(story.ledger().read(inTheWay))).as("%s", inTheWay).isEmpty();
    assertThat(story.unaccounted(witness, begin.plusSeconds(3), story.now().minusSeconds(3)))
        .as("%s", inTheWay)
        .isEmpty();
    assertThat(story.executions("witness"))
        .anySatisfy(one -> assertThat(story.startOf(one)).isAfter(story.now().minusSeconds(2)));
  }

  private static Job witness(Story story) {
    Job witness = job("witness").every(SECOND).shards(2).build();
    story.define(
        witness.toBuilder(), context -> context.shard().index() == 0 ? Act.QUICK : Act.takes(600));
    return witness;
  }

  /** A node that is two below another, now. */
  private static Optional<NodePath> first(Story story, NodePath root) {
    return story.world().peekBelow(root).stream()
        .map(root::child)
        .flatMap(path -> story.world().peekBelow(path).stream().map(path::child))
        .findFirst();
  }

  @Test
  void whatAStrangerPutsBelowWhatComesAndGoesIsTakenAway() {
    for (NodePath root : List.of(Layout.INBOX, Layout.RUNS)) {
      try (var story = Story.of("a", "b")) {
        Instant begin = story.now();
        Job witness = witness(story);
        story.run(5);
        NodePath path;
        do {
          story.world().until("something", () -> first(story, root).isPresent());
          path = first(story, root).orElseThrow();
        } while (!putBelow(story, path, true));

        goesOn(story, path, witness, begin);
      }
    }
  }

  @Test
  void whatAStrangerPutsBelowWhatCannotBeReadIsTakenAway() {
    try (var story = Story.of("a", "b")) {
      Instant begin = story.now();
      Job witness = witness(story);
      story.write(Layout.COMMANDS.child("somebody"), "");
      story.run(5);
      for (NodePath box : List.of(
          Layout.REPORTS.child(story.node("b").instance.id()), Layout.COMMANDS.child("somebody"))) {
        NodePath path = box.child(Layout.number(999_999));
        assertThat(putBelow(story, path, false)).isTrue();
        goesOn(story, path, witness, begin);
      }
    }
  }

  @Test
  void whatIsNumberedOtherwiseIsNoneOfOurs() {
    try (var story = Story.of("a", "b")) {
      Instant begin = story.now();
      Job witness = witness(story);
      story.write(Layout.COMMANDS.child("somebody"), "");
      story.write(Layout.COMMANDS.child("somebody").child("7"), "{}");
      story.write(Layout.REPORTS.child(story.node("b").instance.id()).child("7"), "{}");
      story.run(20);
      story.leader().coordinating.close();
      story.run(20);

      assertThat(story.unaccounted(witness, begin.plusSeconds(3), story.now().minusSeconds(3)))
          .isEmpty();
      assertThat(story.quarantined()).isEmpty();
      assertThat(tenures(story)).isEqualTo(2);
    }
  }

  @Test
  void aBoxWithMuchInItGoesPieceByPiece() {
    try (var story = Story.of("a")) {
      NodePath box = Layout.COMMANDS.child("somebody");
      story.write(box, "");
      for (int i = 0; i < 3; i++) {
        Transaction.Builder steps = Transaction.builder();
        for (int k = 0; k < 400; k++) {
          steps.create(box.child("stranger-" + i + "-" + k), Bytes.NONE);
        }
        assertThat(story.get(story.ledger().commit(steps.build())).isApplied()).isTrue();
      }
      story.run(13 * 60);

      assertThat(boxes(story)).isEmpty();
      assertThat(tenures(story)).isEqualTo(1);
    }
  }

  @Test
  void whatAStrangerPutsIntoTheBoxesOfAnInstanceGoesWithIt() {
    try (var story = Story.of("a", "b", "c")) {
      Instant begin = story.now();
      Job witness = witness(story);
      story.run(5);
      SimulatedNode dies = story.fleet.living().stream()
          .filter(node -> node != story.leader())
          .findFirst()
          .orElseThrow();
      String id = dies.instance.id();
      assertThat(putBelow(story, Layout.REPORTS.child(id), true)).isTrue();
      story.dies(dies);

      goesOn(story, Layout.REPORTS.child(id), witness, begin);
      assertThat(story.get(story.ledger().read(Layout.INBOX.child(id)))).isEmpty();
    }
  }

  private static long tenures(Story story) {
    return story.fleet.nodes().stream()
        .mapToLong(node -> node.coordinating.tenures())
        .sum();
  }
}
