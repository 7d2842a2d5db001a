package io.shardkeeper.simulation;

import static io.shardkeeper.simulation.Story.job;
import static org.assertj.core.api.Assertions.assertThat;

import io.shardkeeper.job.Job;
import io.shardkeeper.run.Outcome;
import io.shardkeeper.simulation.Story.Act;
import io.shardkeeper.trigger.Trigger;
import java.time.Instant;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A commit of which nobody knows what became of it, and nothing else to do that would bring it to light: each fire has its outcome all the same. */
final class DoubtFleetTest {
  /** What becomes of the next commit of a process. */
  enum Fate {
    /** It never comes. */
    LOST,
    /** It lands, and the answer is lost. */
    LANDED,
    /** It lands when its process is back, and has done what it had to do. */
    LATE;

    /** It befalls the next commit of a process, which is back a second after that. */
    void befall(Story story, SimulatedNode node) {
      switch (this) {
        case LOST -> story.world().cutBeforeNextCommit(node.ledger);
        case LANDED -> story.world().cutAfterNextCommit(node.ledger);
        case LATE -> story.world().cutHoldingNextCommit(node.ledger);
      }
      story.world().until("a commit", () -> !node.ledger.session().isConnected());
      story.run(1);
      story.world().heal(node.ledger);
      story.run(1);
      if (this == LATE) {
        story.world().deliverHeldCommit(node.ledger);
      }
    }
  }

  @ParameterizedTest
  @EnumSource
  void aReportInDoubtIsCleared(Fate fate) {
    try (var story = Story.ledByAnIdleOne("a", "b")) {
      Job job = job("bill").trigger(Trigger.at(story.second().plusSeconds(10))).build();
      story.define(job.toBuilder(), Act.takes(3_000));
      story.run(12);
      assertThat(story.whoRan("bill")).containsExactly("b");
      fate.befall(story, story.node("b"));
      story.run(3);

      assertThat(story.outcomes("bill")).containsExactly(Outcome.SUCCEEDED);
      assertThat(story.whoRan("bill")).containsExactly("b");
      assertThat(story.fleet.checker().violations()).isEmpty();
    }
  }

  @ParameterizedTest
  @EnumSource
  void aDecisionInDoubtIsCleared(Fate fate) {
    try (var story = Story.ledByAnIdleOne("a", "b")) {
      Instant due = story.second().plusSeconds(20);
      Job job = job("bill").trigger(Trigger.at(due)).build();
      story.define(job.toBuilder());
      story.run(5);
      fate.befall(story, story.node("a"));
      story.run(20);

      assertThat(story.outcomes("bill")).containsExactly(Outcome.SUCCEEDED);
      assertThat(story.whoRan("bill")).containsExactly("b");
      assertThat(story.startOf(story.executions("bill").get(0))).isBetween(due, due.plusSeconds(1));
      assertThat(story.fleet.checker().violations()).isEmpty();
    }
  }
}
