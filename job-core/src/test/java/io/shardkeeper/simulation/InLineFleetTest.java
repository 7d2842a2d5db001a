package io.shardkeeper.simulation;

import static io.shardkeeper.simulation.Story.job;
import static org.assertj.core.api.Assertions.assertThat;

import io.shardkeeper.core.layout.Layout;
import io.shardkeeper.core.ledger.NodePath;
import io.shardkeeper.job.Overlap;
import io.shardkeeper.run.Outcome;
import io.shardkeeper.simulation.Story.Act;
import io.shardkeeper.trigger.Trigger;
import io.shardkeeper.view.RunView;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletionStage;
import org.junit.jupiter.api.Test;

/** What stands in line behind something does not share its fate. */
final class InLineFleetTest {
  private static List<String> start(Story story, int runs) {
    List<String> started = new ArrayList<>();
    for (int i = 0; i < runs; i++) {
      started.add(story.get(story.client.start("bill")));
      story.run(0.05);
    }
    return started;
  }

  @Test
  void whatWaitsBehindAShardThatKillsItsInstancesIsDone() {
    try (var story = Story.ledByAnIdleOne("lead", "b")) {
      List<String> called = new ArrayList<>();
      story.define(job("bill").trigger(Trigger.manual()), context -> {
        called.add(context.runId());
        return context.runId().equals(called.get(0)) ? Act.takes(60_000) : Act.takes(500);
      });
      List<String> runs = start(story, 6);
      String poison = runs.get(0);
      List<String> others = runs.subList(1, 6);
      for (String next : List.of("c", "d", "e")) {
        SimulatedNode victim =
            story.executions("bill").get(story.executions("bill").size() - 1).node;
        story.joins(next);
        story.run(1).dies(victim);
        story.run(12);
      }
      story.run(10);

      assertThat(story.ended(poison).outcome()).isEqualTo(Outcome.LOST);
      assertThat(story.ended(poison).reason()).contains("the 3rd one that died while it had it");
      assertThat(others)
          .extracting(run -> story.ended(run).outcome())
          .containsOnly(Outcome.SUCCEEDED);
      assertThat(story.executions("bill").stream().filter(one -> others.contains(one.run)))
          .hasSize(5);
    }
  }

  @Test
  void whatMustNotStartTwiceAndHasNotBegunIsDoneElsewhere() {
    try (var story = Story.ledByAnIdleOne("lead", "b")) {
      story.define(job("bill").trigger(Trigger.manual()).atMostOnce(), Act.takes(3_000));
      List<String> runs = start(story, 4);
      story.joins("c");
      story.run(1).dies(story.node("b"));
      story.run(25);

      assertThat(story.ended(runs.get(0)).outcome()).isEqualTo(Outcome.LOST);
      assertThat(runs.subList(1, 4)).allSatisfy(run -> {
        RunView.Ended ended = story.ended(run);
        assertThat(ended.outcome()).isEqualTo(Outcome.SUCCEEDED);
        assertThat(ended.parts()).singleElement().satisfies(part -> {
          assertThat(part.attempt()).isEqualTo(1);
          assertThat(part.instance()).startsWith("c-");
        });
      });
      assertThat(story.whoRan("bill")).containsExactly("b", "c", "c", "c");
    }
  }

  @Test
  void whatMustNotStartTwiceDoesNotStartBeforeTheEndOfTheOneBeforeIsWritten() {
    try (var story = Story.ledByAnIdleOne("lead", "b")) {
      story.define(job("bill").trigger(Trigger.manual()).atMostOnce(), Act.takes(1_000));
      story.define(job("other").trigger(Trigger.manual()), Act.takes(1_000));
      CompletionStage<String> other = story.client.start("other");
      CompletionStage<String> otherNext = story.client.start("other");
      List<String> runs = start(story, 2);
      story.run(0.5);
      SimulatedNode b = story.node("b");
      story.world().cut(b.ledger);
      story.run(0.7);
      assertThat(story.executions("bill")).hasSize(1);
      assertThat(story.executions("bill").get(0).done).isTrue();
      assertThat(story.executions("other"))
          .as("what may start twice waits for nothing")
          .hasSize(2);

      story.world().heal(b.ledger);
      story.run(3);
      assertThat(runs)
          .extracting(run -> story.ended(run).outcome())
          .containsOnly(Outcome.SUCCEEDED);
      assertThat(List.of(story.get(other), story.get(otherNext)))
          .extracting(run -> story.ended(run).outcome())
          .containsOnly(Outcome.SUCCEEDED);
    }
  }

  @Test
  void whatMustNotStartTwiceGoesOnThoughFiresAreSkippedAllTheTime() {
    try (var story = Story.ledByAnIdleOne("lead", "b")) {
      story.define(
          job("bill").every(Duration.ofMillis(1)).overlap(Overlap.serial(3)).atMostOnce(),
          Act.takes(20));
      story.run(5);

      assertThat(story.executions("bill"))
          .as("one behind the other, with a report in between")
          .hasSizeGreaterThan(100);
      assertThat(story.fleet.checker().violations()).isEmpty();
    }
  }

  @Test
  void whatStandsBehindAHandlerThatDoesNotReturnIsDoneElsewhere() {
    try (var story = Story.ledByAnIdleOne("lead", "b")) {
      List<String> called = new ArrayList<>();
      story.define(
          job("bill").trigger(Trigger.manual()).atMostOnce().timeout(Duration.ofSeconds(1)),
          context -> {
            called.add(context.runId());
            return called.size() == 1 ? Act.takes(600_000).ignoringInterrupts() : Act.QUICK;
          });
      List<String> runs = start(story, 3);
      story.joins("c");
      story.run(6);
      assertThat(story.ended(runs.get(0)).outcome()).isEqualTo(Outcome.TIMED_OUT);
      story.dies(story.node("b")).run(15);

      assertThat(runs.subList(1, 3))
          .extracting(run -> story.ended(run).outcome())
          .containsOnly(Outcome.SUCCEEDED);
      assertThat(story.whoRan("bill")).containsExactly("b", "c", "c");
    }
  }

  @Test
  void whatHasBegunIsNotBegunAgainBecauseTheReportOfTheOneBeforeWasDamaged() {
    try (var story = Story.ledByAnIdleOne("lead", "b")) {
      story.define(job("bill").trigger(Trigger.manual()).atMostOnce(), Act.takes(1_000));
      List<String> runs = start(story, 2);
      SimulatedNode b = story.node("b");
      story.run(0.5);
      story.world().cut(story.node("lead").ledger);
      story.run(1);
      assertThat(story.whoRan("bill")).containsExactly("b", "b");
      List<NodePath> reports = story.fleet.below(Layout.REPORTS).keySet().stream()
          .filter(path -> path.parent().name().equals(b.instance.id()))
          .toList();
      assertThat(reports).isNotEmpty();
      reports.forEach(path -> story.write(path, "{"));
      story.dies(b).joins("c");
      story.world().heal(story.node("lead").ledger);
      story.run(25);

      assertThat(story.whoRan("bill")).containsExactly("b", "b");
      assertThat(runs).extracting(run -> story.ended(run).outcome()).containsOnly(Outcome.LOST);
    }
  }

  @Test
  void whatHasBegunIsNotBegunAgainBecauseTheTicketOfTheOneBeforeWasTakenAway() {
    try (var story = Story.ledByAnIdleOne("lead", "b")) {
      story.define(job("bill").trigger(Trigger.manual()).atMostOnce(), Act.takes(3_000));
      SimulatedNode b = story.node("b");
      NodePath inbox = Layout.INBOX.child(b.instance.id());
      story.world().stall(b.ledger);
      List<String> runs = start(story, 1);
      for (String ticket : story.world().peekBelow(inbox)) {
        story.delete(inbox.child(ticket));
      }
      story.world().unstall(b.ledger);
      runs.addAll(start(story, 1));
      story.run(1);
      assertThat(story.whoRan("bill")).containsExactly("b");
      story.joins("c");
      story.dies(b).run(25);

      assertThat(story.executions("bill").stream().map(one -> one.run)).doesNotHaveDuplicates();
      assertThat(story.ended(runs.get(1)).outcome()).isEqualTo(Outcome.LOST);
    }
  }
}
