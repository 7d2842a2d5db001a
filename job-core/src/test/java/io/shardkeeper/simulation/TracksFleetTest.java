package io.shardkeeper.simulation;

import static io.shardkeeper.simulation.Story.job;
import static org.assertj.core.api.Assertions.assertThat;

import io.shardkeeper.client.RunRequest;
import io.shardkeeper.handler.Result;
import io.shardkeeper.job.Overlap;
import io.shardkeeper.job.Retry;
import io.shardkeeper.job.Routing;
import io.shardkeeper.run.Outcome;
import io.shardkeeper.simulation.Story.Act;
import io.shardkeeper.trigger.Trigger;
import io.shardkeeper.view.RunView;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Where so many runs of a job may overlap, each that waits begins as soon as a track is free. */
final class TracksFleetTest {
  @Test
  void whatMayOverlapIsNotToldToWait() {
    try (var story = Story.of("a")) {
      story.define(
          job("bill").trigger(Trigger.manual()).overlap(Overlap.allow(2)), Act.takes(4_000));
      for (int i = 0; i < 3; i++) {
        story.get(story.client.start("bill"));
        story.run(0.2);
      }
      story.run(1);

      assertThat(story.open("bill"))
          .extracting(RunView.Open::state)
          .containsExactly(RunView.State.RUNNING, RunView.State.RUNNING, RunView.State.WAITING);
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void whatWaitsBehindARunThatIsTriedAgainMuchLaterTakesTheFirstTrackThatIsFree(boolean dies) {
    try (var story = Story.ledByAnIdleOne("lead", "a")) {
      story.joins("heir", SimulatedNode.Offer.NOTHING);
      var runs = new ArrayList<String>();
      var called = new ArrayList<String>();
      story.define(
          job("bill")
              .trigger(Trigger.manual())
              .overlap(Overlap.allow(2))
              .retry(Retry.times(1).every(Duration.ofMinutes(5))),
          context -> {
            called.add(context.runId());
            return called.size() > 1
                ? Act.takes(3_000)
                : Act.QUICK.ending(any -> Result.failed("no"));
          });
      for (int i = 0; i < 4; i++) {
        runs.add(story.get(story.client.start("bill")));
        story.run(0.3);
      }
      if (dies) {
        story.dies(story.node("lead"));
      }
      story.run(16);

      assertThat(runs.subList(1, 4))
          .as("one behind the other, beside the one that waits")
          .extracting(run -> story.ended(run).outcome())
          .containsOnly(Outcome.SUCCEEDED);
      assertThat(story.executions("bill")).hasSize(4);
      story.run(300);
      assertThat(story.ended(runs.get(0)).outcome()).isEqualTo(Outcome.SUCCEEDED);
      assertThat(story.fleet.checker().violations()).isEmpty();
    }
  }

  /** Runs of a job of which two may overlap, each for an instance: the first takes long, the second a while, and the others no time. */
  private static List<String> runOn(Story story, String... instances) {
    var called = new ArrayList<String>();
    story.define(job("bill").trigger(Trigger.manual()).overlap(Overlap.allow(2)), context -> {
      called.add(context.runId());
      return Act.takes(called.size() == 1 ? 400_000 : called.size() == 2 ? 8_000 : 1_000);
    });
    story.run(1);
    return Stream.of(instances).map(on -> runOn(story, on)).toList();
  }

  private static String runOn(Story story, String instance) {
    String id = story.node(instance).instance.id();
    String run = story.get(story.client.trigger(RunRequest.of("bill").on(id)));
    story.run(0.3);
    return run;
  }

  @Test
  void oneThatNobodyCanTakeKeepsNoOtherFromAFreeTrack() {
    try (var story = Story.ledByAnIdleOne("lead", "a", "b", "c")) {
      List<String> runs = runOn(story, "a", "a", "c", "b", "b", "b", "b");
      story.dies(story.node("c"));
      story.run(40);

      assertThat(runs.subList(3, 7))
          .extracting(run -> story.ended(run).outcome())
          .containsOnly(Outcome.SUCCEEDED);
      assertThat(story.fleet.checker().violations()).isEmpty();
    }
  }

  @Test
  void whatFindsNoRoomWhenATrackIsFreeTakesItWhenThereIsRoom() {
    try (var story = Story.withRoomFor(4, "a", "b")) {
      story.define(
          job("hog").trigger(Trigger.manual()).overlap(Overlap.allow(10)), Act.takes(15_000));
      List<String> runs = runOn(story, "a", "a", "b");
      for (int i = 0; i < 4; i++) {
        String b = story.node("b").instance.id();
        story.get(story.client.trigger(RunRequest.of("hog").on(b)));
      }
      story.run(12);
      assertThat(story.executions("bill")).as("b has no room").hasSize(2);
      story.run(20);

      assertThat(story.ended(runs.get(2)).outcome()).isEqualTo(Outcome.SUCCEEDED);
    }
  }

  @Test
  void whatWaitsGoesOnAsSoonAsMoreAreAllowed() {
    try (var story = Story.ledByAnIdleOne("lead", "a", "b")) {
      List<String> runs = runOn(story, "a", "a", "b", "b");
      story.fleet.define(
          job("bill").trigger(Trigger.manual()).overlap(Overlap.allow(6)).build());
      story.run(4);

      assertThat(runs.subList(2, 4))
          .extracting(run -> story.ended(run).outcome())
          .containsOnly(Outcome.SUCCEEDED);
    }
  }

  @Test
  void whatMayOverlapAgainDoes() {
    try (var story = Story.of("a", "b")) {
      var allowing = job("bill").trigger(Trigger.manual()).overlap(Overlap.allow(4));
      story.define(allowing, Act.takes(100_000));
      start(story, 2);
      story.fleet.define(
          job("bill").trigger(Trigger.manual()).overlap(Overlap.serial()).build());
      story.run(2);
      story.fleet.define(allowing.build());
      story.run(2);
      start(story, 2);

      assertThat(story.executions("bill")).hasSize(4);
    }
  }

  @Test
  void whatCanBeginWhenMoreAreAllowedIsNotTooMuch() {
    try (var story = Story.of("a", "b")) {
      var bill = job("bill").trigger(Trigger.manual()).routing(Routing.roundRobin());
      story.define(bill.overlap(Overlap.serial(1_000)), Act.takes(100_000));
      start(story, 300);
      story.fleet.define(bill.overlap(Overlap.allow(1_000)).build());
      story.run(5);

      assertThat(story.outcomes("bill")).isEmpty();
      assertThat(story.executions("bill")).as("as many as there are slots").hasSize(40);
    }
  }

  private static void start(Story story, int runs) {
    for (int i = 0; i < runs; i++) {
      story.get(story.client.start("bill"));
    }
    story.run(2);
  }
}
