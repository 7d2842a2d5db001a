package io.shardkeeper.simulation;

import static io.shardkeeper.simulation.Story.job;
import static org.assertj.core.api.Assertions.assertThat;

import io.shardkeeper.client.RunRequest;
import io.shardkeeper.core.layout.Layout;
import io.shardkeeper.core.ledger.Bytes;
import io.shardkeeper.core.ledger.Node;
import io.shardkeeper.core.ledger.NodePath;
import io.shardkeeper.handler.ShardingContext;
import io.shardkeeper.job.Job;
import io.shardkeeper.job.Misfire;
import io.shardkeeper.job.Retry;
import io.shardkeeper.job.Routing;
import io.shardkeeper.run.Outcome;
import io.shardkeeper.simulation.Story.Act;
import io.shardkeeper.trigger.Trigger;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What goes wrong harms what it has to, and nothing else. */
final class BadDaysFleetTest {
  private static final Duration SECOND = Duration.ofSeconds(1);

  /** A job that is due each second, and by which one sees whether the others are on time. */
  private static Job witness(Story story) {
    Job job = job("witness").every(SECOND).shards(2).build();
    story.define(job.toBuilder());
    return job;
  }

  /** Each of its fires ran, within a second. */
  private static void assertOnTime(Story story, Job witness, Instant from) {
    Instant to = story.now().minusSeconds(2);
    assertThat(story.unaccounted(witness, from.plusSeconds(3), to)).isEmpty();
    assertThat(story.executions("witness"))
        .isNotEmpty()
        .allSatisfy(one ->
            assertThat(story.startOf(one)).isBefore(one.context.scheduledAt().plusSeconds(1)));
  }

  // ------------------------------------------------------------------ handlers

  @Test
  void anErrorOfAHandlerIsAFailureAndTheNextRunIsOnTime() {
    try (var story = Story.of("a")) {
      Instant begin = story.now();
      Job witness = witness(story);
      story.define(job("bill").every(SECOND), Act.takes(10).ending(context -> {
        throw new StackOverflowError("too deep");
      }));

      story.run(20);

      assertThat(story.runs("bill")).hasSizeGreaterThan(15).allSatisfy(run -> {
        assertThat(run.outcome()).isEqualTo(Outcome.FAILED);
        assertThat(run.reason()).contains("StackOverflowError").contains("too deep");
      });
      assertOnTime(story, witness, begin);
    }
  }

  @Test
  void aHandlerThatIgnoresItsInterruptHoldsItsShardAndNothingElse() {
    try (var story = Story.of("a")) {
      Instant begin = story.now();
      Job witness = witness(story);
      Job deaf = job("deaf").every(Duration.ofSeconds(20)).timeout(SECOND).build();
      story.define(deaf.toBuilder(), Act.takes(30_000).ignoringInterrupts());
      Instant due = deaf.trigger().after(begin);

      story.runUntil(due.plusSeconds(5));
      assertThat(story.outcomes("deaf")).containsExactly(Outcome.TIMED_OUT);
      story.runUntil(due.plusSeconds(28));
      assertThat(story.executions("deaf")).hasSize(1); // the second one waits for the first one
      story.runUntil(due.plusSeconds(32));

      assertThat(story.executions("deaf")).hasSize(2);
      assertOnTime(story, witness, begin);
    }
  }

  // ------------------------------------------------------------------ clients

  @Test
  void whoWasHeldUpHearsOfAJobBeforeItHearsOfTheRequestForIt() {
    try (var story = Story.ledByAnIdleOne("lead", "a")) {
      story.define(job("old").trigger(Trigger.manual()), Act.takes(10));
      story.run(1);
      story.node("lead").freeze();
      var first = story.client.trigger(RunRequest.of("old"));
      story.run(0.2);
      story.define(job("new").trigger(Trigger.manual()), Act.takes(10));
      var second = story.client.trigger(RunRequest.of("new"));
      story.run(0.2);
      story.node("lead").thaw();

      story.run(2);

      assertThat(story.ended(story.get(first)).outcome()).isEqualTo(Outcome.SUCCEEDED);
      assertThat(story.ended(story.get(second)).outcome()).isEqualTo(Outcome.SUCCEEDED);
    }
  }

  // ------------------------------------------------------------------ instances

  @Test
  void whatNobodyCanDoIsGivenToWhoeverComesWhoCan() {
    try (var story = Story.of("a")) {
      Job job = job("print").handler("printer").every(Duration.ofMinutes(1)).build();
      story.define(job.toBuilder());
      Instant due = job.trigger().after(story.now());
      story.runUntil(due.plusSeconds(3));
      assertThat(story.executions("print")).isEmpty();

      story.joins("b", new SimulatedNode.Offer(java.util.Set.of("printer"), Map.of()));
      story.run(3);

      assertThat(story.whoRan("print")).containsExactly("b");
      assertThat(story.outcomes("print")).containsExactly(Outcome.SUCCEEDED);
    }
  }

  @Test
  void anInstanceWhoseNodeIsDamagedGetsNothingAndTheOthersDo() {
    try (var story = Story.of("a", "b")) {
      Instant begin = story.now();
      Job witness = witness(story);

      story.write(Layout.INSTANCES.child("stranger"), "{\"name\": \"str");
      story.run(10);

      assertThat(story.shares("witness")).containsOnlyKeys("a", "b").isNotEmpty();
      assertOnTime(story, witness, begin);
    }
  }

  // ------------------------------------------------------------------ damaged nodes

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "{",
        "[]",
        "null",
        "{\"job\":",
        "{\"v\":1,\"minReader\":2,\"name\":\"bill\"}",
        "{\"v\":1,\"name\":\"somebody-else\",\"handler\":\"work\",\"trigger\":{\"cron\":\"0 0 25 * * ?\"}}"
      })
  void aDamagedDefinitionIsNotPlannedAndTheOthersAre(String damage) {
    try (var story = Story.of("a", "b")) {
      Instant begin = story.now();
      Job witness = witness(story);
      Job bill = job("bill").every(SECOND).build();
      story.define(bill.toBuilder());
      story.run(5);
      String healthy = story
          .get(story.ledger().read(Layout.job("bill")))
          .orElseThrow()
          .data()
          .text();

      story.write(Layout.job("bill"), damage);
      story.run(2);
      int before = story.executions("bill").size();
      story.run(5);
      assertThat(story.executions("bill")).hasSize(before);
      story.leader().crash(); // whoever comes next reads it anew
      story.run(15);
      assertThat(story.executions("bill")).hasSize(before);

      story.write(Layout.job("bill"), healthy);
      story.run(5);
      assertThat(story.executions("bill")).hasSizeGreaterThan(before + 2);
      assertThat(story.unaccounted(witness, begin.plusSeconds(3), story.now().minusSeconds(2)))
          .isEmpty();
    }
  }

  @Test
  void aJobWithAnUnknownRouteIsNotPlannedAndTheOthersAre() {
    try (var story = Story.of("a", "b")) {
      Instant begin = story.now();
      Job witness = witness(story);
      story.define(job("bill").every(SECOND).routing(Routing.named("my-own")));
      story.run(10);
      assertThat(story.executions("bill")).isEmpty();
      assertThat(story.leader().coordinating.tenures()).isEqualTo(1);
      story.define(job("bill").every(SECOND));
      story.run(10);

      assertThat(story.executions("bill")).isNotEmpty();
      assertOnTime(story, witness, begin);
    }
  }

  @Test
  void aDamagedTicketIsMovedOnAndItsInstanceComesBack() {
    try (var story = Story.of("a", "b")) {
      Job bill = job("bill").trigger(Trigger.manual()).build();
      story.define(bill.toBuilder(), Act.takes(2_000));
      Instant begin = story.now();
      Job witness = witness(story);
      story.run(5);
      String instance = story.node("b").instance.id();

      story.write(
          Layout.INBOX.child(instance).child(Layout.number(999_999)), "{\"v\":1,\"jobs\":[{");
      story.run(20);

      assertThat(story.node("b").instance.id()).isNotEmpty().isNotEqualTo(instance);
      assertThat(story.unaccounted(witness, begin.plusSeconds(3), story.now().minusSeconds(2)))
          .isEmpty();
      assertThat(story.shares("witness")).containsOnlyKeys("a", "b");
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "{",
        "{}",
        "{\"minReader\":7}",
        "{\"base\":1,\"jobs\":[{\"job\":\"x\",\"generation\":1,\"revision\":0,\"total\":1,\"rows\":[[-1,0,1,0,5,\"ok\",0,0]]}]}",
        "{\"base\":1,\"jobs\":[{\"job\":\"x\",\"generation\":1,\"revision\":0,\"total\":1,\"rows\":[[2000000000,0,1,0,5,\"ok\",0,0]]}]}",
        "{\"base\":1,\"jobs\":[{\"job\":\"/\",\"generation\":1,\"revision\":0,\"total\":1,\"rows\":[[0,0,1,0,5,\"ok\",0,0]]}]}",
        "{\"base\":1,\"jobs\":[{\"job\":\"x\",\"generation\":1,\"revision\":0,\"total\":1,\"rows\":[[0,0,1,0,5,\"BORED\",0,0]]}]}",
        "{\"base\":1,\"jobs\":[{\"job\":\"x\",\"generation\":1,\"revision\":0,\"total\":1,\"rows\":[[0,0,1,9223372036854775807,5,\"ok\",9223372036854775807,0]]}]}"
      })
  void aDamagedReportIsSetAsideAndNobodyIsLate(String damage) {
    try (var story = Story.of("a", "b")) {
      Instant begin = story.now();
      Job witness = witness(story);
      story.run(5);
      NodePath reports = Layout.REPORTS.child(story.node("b").instance.id());

      story.write(reports.child(Layout.number(999_999)), damage);
      story.run(10);
      story.leader().coordinating.close();
      story.run(10);

      assertThat(story.fleet.below(Layout.REPORTS)).isEmpty();
      assertOnTime(story, witness, begin);
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "{",
        "{\"requests\":[{}]}",
        "{\"minReader\":7}",
        "{\"requests\":[{\"start\":\"bill\",\"after\":\"soon\"}]}",
        "{\"requests\":[{\"start\":\"bill\",\"after\":\"PT9223372036854775807S\"}]}",
        "{\"requests\":[{\"start\":\"bill\",\"after\":\"-PT9223372036854775807S\"}]}",
        "{\"requests\":[{\"start\":\"../bill\"}]}",
        "{\"requests\":[{\"kill\":\"bill\"}]}",
        "{\"requests\":[{\"kill\":\"b/ll.1.f.x\"}]}",
        "{\"requests\":[{\"await\":\"b/ll.1.f.x\"}]}",
        "{\"requests\":[{\"start\":\"bill\",\"shards\":[-1]}]}",
        "{\"requests\":[{\"start\":\"bill\",\"key\":\"\\u0000\"}]}"
      })
  void aDamagedCommandHarmsNobody(String damage) {
    try (var story = Story.of("a", "b")) {
      Instant begin = story.now();
      Job witness = witness(story);
      story.define(job("bill").trigger(Trigger.manual()));
      story.run(5);

      NodePath box = Layout.COMMANDS.child("stranger");
      story.write(box, "");
      story.write(box.child(Layout.number(1)), damage);
      story.run(10);
      story.leader().coordinating.close();
      story.run(10);

      assertThat(story.get(story.ledger().list(box)).orElseThrow()).isEmpty();
      assertOnTime(story, witness, begin);
      String run = story.get(story.client.trigger(RunRequest.of("bill")));
      story.run(2);
      assertThat(story.runs("bill")).anyMatch(each -> each.id().text().equals(run));
    }
  }

  /** Damage that a stranger did, whatever it is, while nobody coordinated. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "/places/zz",
        "/places/fff",
        "/parked/stranger",
        "/parked/0000000000001",
        "/runs/00/stranger",
        "/runs/stranger",
        "/keys/00/stranger",
        "/keys/stranger",
        "/inbox/stranger",
        "/reports/stranger",
        "/commands/stranger",
        "/history/stranger",
        "/jobs/stranger",
        "/jobs/00/stranger",
        "/quarantine/stranger"
      })
  void aStrangersNodeKeepsNobodyFromCoordinating(String path) {
    for (String damage :
        List.of("", "{", "{\"minReader\":9}", "{\"open\":[-4,-2],\"run\":\"x\"}")) {
      try (var story = Story.of("a", "b")) {
        Instant begin = story.now();
        Job witness = witness(story);
        story.run(5);

        story.write(NodePath.of(path), damage);
        story.run(3);
        story.leader().coordinating.close();
        story.run(10);

        assertThat(story.unaccounted(witness, begin.plusSeconds(3), story.now().minusSeconds(2)))
            .as("%s with %s", path, damage)
            .isEmpty();
      }
    }
  }

  // ------------------------------------------------------------------ a ledger that is away

  @Test
  void afterTenMinutesWithoutALedgerEachFireHasItsOutcomeWithinFiveSeconds() {
    try (var story = Story.of("a", "b", "c")) {
      Instant begin = story.now();
      List<Job> jobs = List.of(
          job("once").every(SECOND).misfire(Misfire.fireOnce()).build(),
          job("skip").every(SECOND).misfire(Misfire.skip()).build(),
          job("some").every(Duration.ofSeconds(2)).misfire(Misfire.fireAll(5)).build(),
          job("wide").every(Duration.ofSeconds(5)).shards(6).build(),
          job("retry")
              .every(Duration.ofSeconds(7))
              .retry(Retry.times(2).every(SECOND))
              .build());
      jobs.forEach(job -> story.define(job.toBuilder()));
      story.run(10);

      story.fleet.nodes().forEach(node -> story.world().cut(node.ledger));
      story.run(600);
      Instant back = story.now();
      story.fleet.nodes().forEach(node -> story.world().heal(node.ledger));
      story.run(5);

      for (Job job : jobs) {
        assertThat(story.unaccounted(job, begin.plusSeconds(3), back))
            .as(job.name())
            .isEmpty();
      }
      story.run(20);
      for (Job job : jobs) {
        assertThat(story.unaccounted(job, begin.plusSeconds(3), story.now().minusSeconds(2)))
            .as(job.name())
            .isEmpty();
      }
      assertThat(story.fleet.checker().violations()).isEmpty();
      assertThat(story.skips("skip")).hasSize(1);
    }
  }

  // ------------------------------------------------------------------ damage by chance

  /** Overwrites a node with a part of itself, or with one character changed, and sees that only its own job suffers. */
  @Test
  void aNodeThatIsDamagedByChanceHarmsNoOther() {
    for (long seed = 1; seed <= 60; seed++) {
      var random = new SplittableRandom(seed);
      try (var story = Story.of("a", "b")) {
        Instant begin = story.now();
        Job witness = witness(story);
        story.define(
            job("bill")
                .every(Duration.ofSeconds(2))
                .shards(3)
                .retry(Retry.times(1).every(SECOND)),
            (ShardingContext context) ->
                context.shard().index() == 1 ? Act.fails("no paper") : Act.takes(700));
        story.run(5);
        List<NodePath> roots =
            List.of(Layout.INBOX, Layout.REPORTS, Layout.RUNS, Layout.JOBS, Layout.KEYS);
        NodePath root = roots.get(random.nextInt(roots.size()));
        String what = "nothing";
        for (int tries = 0; tries < 20 && what.equals("nothing"); tries++) {
          story.run(0.05);
          List<Map.Entry<NodePath, Node>> found = story.fleet.below(root).entrySet().stream()
              .filter(each -> each.getValue().data().text().contains("bill"))
              .filter(each -> !each.getValue().data().text().contains("witness"))
              .toList();
          if (!found.isEmpty()) {
            var chosen = found.get(random.nextInt(found.size()));
            String text = chosen.getValue().data().text();
            int at = random.nextInt(text.length());
            String damaged = random.nextBoolean()
                ? text.substring(0, at)
                : text.substring(0, at)
                    + (char) (' ' + random.nextInt(95))
                    + text.substring(at + 1);
            what = chosen.getKey() + " = " + Bytes.of(damaged).text();
            story.write(chosen.getKey(), damaged);
          }
        }
        if (random.nextBoolean()) {
          story.leader().coordinating.close();
        }
        story.run(25);

        assertThat(story.unaccounted(witness, begin.plusSeconds(3), story.now().minusSeconds(3)))
            .as("seed %d: %s", seed, what)
            .isEmpty();
      } catch (RuntimeException e) {
        throw new AssertionError("seed " + seed, e);
      }
    }
  }
}
