package io.shardkeeper.simulation;

import static io.shardkeeper.simulation.Story.job;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.shardkeeper.client.JobClientException;
import io.shardkeeper.client.Rerun;
import io.shardkeeper.client.RunRequest;
import io.shardkeeper.handler.Result;
import io.shardkeeper.handler.ShardingContext;
import io.shardkeeper.job.Retry;
import io.shardkeeper.job.Sharding;
import io.shardkeeper.run.Origin;
import io.shardkeeper.run.Outcome;
import io.shardkeeper.run.TraceContext;
import io.shardkeeper.simulation.Story.Act;
import io.shardkeeper.trigger.Trigger;
import io.shardkeeper.view.RunView;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.junit.jupiter.api.Test;

/** What has ended may be done again: with what it was done with, and it is told of what it is the repetition. */
final class RerunFleetTest {
  private static final Instant MONDAY = Instant.parse("2025-01-06T02:30:00Z");

  private final List<Seen> seen = new ArrayList<>();

  /** What a handler sees of its run. */
  private record Seen(
      String run,
      int shard,
      Map<String, String> parameters,
      Instant data,
      String rerunOf,
      TraceContext trace) {}

  private Function<ShardingContext, Act> noting(Function<ShardingContext, Act> act) {
    return context -> {
      seen.add(new Seen(
          context.runId(),
          context.shard().index(),
          context.parameters(),
          context.dataTime(),
          context.rerunOf(),
          context.trace()));
      return act.apply(context);
    };
  }

  private List<Seen> seenOf(String run) {
    return seen.stream().filter(one -> one.run().equals(run)).toList();
  }

  @Test
  void aRunIsDoneAgainWithTheSameParametersAndDataTime() {
    try (var story = Story.of("a", "b", "c")) {
      story.define(job("bill").trigger(Trigger.manual()).shards(2), noting(context -> Act.QUICK));
      String first = story.get(
          story.client.trigger(RunRequest.of("bill").parameter("day", "monday").dataTime(MONDAY)));
      story.run(2);
      String again = story.get(story.client.rerun(Rerun.of(first)));
      story.run(2);
      String third = story.get(story.client.rerun(Rerun.of(again)));
      story.run(2);

      assertThat(List.of(first, again, third)).doesNotHaveDuplicates();
      assertThat(seenOf(again)).hasSize(2).allSatisfy(one -> {
        assertThat(one.parameters()).isEqualTo(Map.of("day", "monday"));
        assertThat(one.data()).isEqualTo(MONDAY);
        assertThat(one.rerunOf()).isEqualTo(first);
      });
      assertThat(seenOf(third)).allMatch(one -> one.data().equals(MONDAY));
      RunView.Ended ended = story.ended(third);
      assertThat(ended.origin().rerunOf()).isEqualTo(again);
      assertThat(ended.parameters()).isEqualTo(Map.of("day", "monday"));
      assertThat(story.ended(first).origin().rerunOf()).isEmpty();
    }
  }

  @Test
  void theRunOfAFireIsDoneAgainForItsInstant() {
    try (var story = Story.of("a")) {
      Instant due = story.second().plusSeconds(4);
      story.define(job("bill").trigger(Trigger.at(due)), noting(context -> Act.QUICK));
      story.run(7);
      String fire = story.runs("bill").get(0).id().text();
      String again = story.get(story.client.rerun(Rerun.of(fire)));
      story.run(2);

      assertThat(seenOf(again)).singleElement().matches(one -> one.data().equals(due));
      assertThat(story.ended(again).scheduledAt()).isAfter(due);
    }
  }

  @Test
  void onlyWhatFailedIsDoneAgainAndThatAgainToo() {
    try (var story = Story.of("a", "b")) {
      boolean[] mended = {false};
      story.define(
          job("bill").trigger(Trigger.manual()).shards(5),
          noting(context -> context.shard().index() % 2 == 1 && !mended[0]
              ? Act.fails("no such account")
              : Act.QUICK));
      String first = story.get(story.client.start("bill"));
      story.run(2);
      assertThat(story.ended(first).outcome()).isEqualTo(Outcome.PARTIAL);
      String again = story.get(story.client.rerun(Rerun.of(first).onlyFailedShards()));
      story.run(2);
      mended[0] = true;
      String third = story.get(story.client.rerun(Rerun.of(again)));
      story.run(2);

      assertThat(seenOf(again)).extracting(Seen::shard).containsExactlyInAnyOrder(1, 3);
      assertThat(story.ended(again).outcome()).isEqualTo(Outcome.FAILED);
      assertThat(seenOf(third)).extracting(Seen::shard).containsExactlyInAnyOrder(1, 3);
      assertThat(story.ended(third).outcome()).isEqualTo(Outcome.SUCCEEDED);
      assertThatThrownBy(() -> story.get(story.client.rerun(Rerun.of(third).onlyFailedShards())))
          .rootCause()
          .hasMessageContaining("all of its shards succeeded; do the whole again");
    }
  }

  @Test
  void theOneShardOfARunIsNotDoneAgainIfItSucceeded() {
    try (var story = Story.of("a")) {
      boolean[] fails = {false};
      story.define(
          job("bill").trigger(Trigger.manual()),
          context -> fails[0] ? Act.fails("no such account") : Act.QUICK);
      String good = story.get(story.client.start("bill"));
      story.run(2);
      fails[0] = true;
      String bad = story.get(story.client.start("bill"));
      story.run(2);

      assertThatThrownBy(() -> story.get(story.client.rerun(Rerun.of(good).onlyFailedShards())))
          .rootCause()
          .isInstanceOf(JobClientException.class)
          .hasMessageContaining("all of its shards succeeded; do the whole again");
      story.run(2);
      assertThat(story.executions("bill")).as("nothing was done again").hasSize(2);
      fails[0] = false;
      String again = story.get(story.client.rerun(Rerun.of(bad).onlyFailedShards()));
      String whole = story.get(story.client.rerun(Rerun.of(good)));
      story.run(2);
      assertThat(story.ended(again).outcome()).isEqualTo(Outcome.SUCCEEDED);
      assertThat(story.ended(whole).outcome()).isEqualTo(Outcome.SUCCEEDED);
    }
  }

  @Test
  void partsAreNotDoneAgainWhereTheyAreOthersByNow() {
    try (var story = Story.of("a", "b")) {
      story.define(
          job("bill").trigger(Trigger.manual()).shards(3),
          context -> context.shard().index() == 2 ? Act.fails("no") : Act.QUICK);
      String run = story.get(story.client.start("bill"));
      story.define(
          job("each").trigger(Trigger.manual()).sharding(Sharding.all()),
          context -> context.shard().index() == 1 ? Act.fails("no") : Act.QUICK);
      String each = story.get(story.client.start("each"));
      story.run(2);
      story.define(job("bill").trigger(Trigger.manual()).shards(4));
      story.run(1);

      assertThatThrownBy(() -> story.get(story.client.rerun(Rerun.of(run).onlyFailedShards())))
          .rootCause()
          .isInstanceOf(JobClientException.class)
          .hasMessageContaining("it had 3 shards, and the job has 4 now; do the whole again");
      assertThatThrownBy(() -> story.get(story.client.rerun(Rerun.of(each).onlyFailedShards())))
          .rootCause()
          .hasMessageContaining("its shards belonged to instances");
    }
  }

  @Test
  void aRunIsDoneOnTheInstanceThatIsAskedFor() {
    try (var story = Story.of("a", "b", "c")) {
      story.define(job("bill").trigger(Trigger.manual()).shards(3), noting(context -> Act.QUICK));
      story.define(job("each").trigger(Trigger.manual()).sharding(Sharding.all()));
      String first = story.get(story.client.start("bill"));
      String each = story.get(story.client.start("each"));
      story.run(2);
      String again = story.get(story.client.rerun(Rerun.of(first).on("c")));
      String one = story.get(story.client.rerun(Rerun.of(each).on("b")));
      story.run(2);
      String home = story.get(story.client.start("bill"));
      story.run(2);

      assertThat(story.ended(again).parts())
          .hasSize(3)
          .allMatch(part -> part.instance().startsWith("c-"));
      assertThat(story.ended(one).parts())
          .singleElement()
          .matches(part -> part.instance().startsWith("b-"));
      assertThat(story.ended(home).parts())
          .extracting(RunView.Part::instance)
          .as("homes have stayed")
          .isEqualTo(
              story.ended(first).parts().stream().map(RunView.Part::instance).toList());
    }
  }

  @Test
  void whatIsForAnInstanceThatIsNotThereWaitsAndIsGivenUp() {
    try (var story = Story.of("a", "b")) {
      story.define(job("bill").trigger(Trigger.manual()));
      String late = story.get(story.client.trigger(RunRequest.of("bill").on("c")));
      story.run(2);
      story.joins("c");
      story.run(2);
      assertThat(story.ended(late).parts())
          .singleElement()
          .matches(part -> part.instance().startsWith("c-"));

      String never = story.get(story.client.trigger(RunRequest.of("bill").on("d")));
      story.run(15);
      assertThat(story.ended(never).outcome()).isEqualTo(Outcome.NO_INSTANCE);
      assertThat(story.ended(never).reason())
          .isEqualTo("it is for instance d only, which is not there or may not have it");
    }
  }

  @Test
  void aRetryForAnInstanceThatIsGoneHoldsUpItsShardNoLongerThanAFirstTry() {
    try (var story = Story.of("a", "b")) {
      story.define(
          job("bill").trigger(Trigger.manual()).retry(Retry.times(2).every(Duration.ofSeconds(2))),
          context -> context.parameters().containsKey("fails") ? Act.fails("no ink") : Act.QUICK);
      String bound =
          story.get(story.client.trigger(RunRequest.of("bill").on("b").parameter("fails", "yes")));
      story.run(1);
      story.dies(story.node("b"));
      String next = story.get(story.client.start("bill"));
      story.run(25);

      assertThat(story.ended(bound).outcome()).isEqualTo(Outcome.FAILED);
      assertThat(story.ended(bound).reason()).contains("it is for instance b only");
      assertThat(story.ended(next).outcome()).isEqualTo(Outcome.SUCCEEDED);
    }
  }

  @Test
  void aRequestMadeAgainByItsKeyStartsNothing() {
    try (var story = Story.of("a")) {
      story.define(job("bill").trigger(Trigger.manual()));
      String first = story.get(story.client.start("bill"));
      story.run(1);
      String again = story.get(story.client.rerun(Rerun.of(first).key("once")));

      assertThat(story.get(story.client.rerun(Rerun.of(first).key("once")))).isEqualTo(again);
      assertThatThrownBy(() -> story.get(story.client.rerun(Rerun.of(again))))
          .rootCause()
          .hasMessageContaining("has not ended; wait for that, or end it");
    }
  }

  @Test
  void theTraceOfWhoAskedReachesEachShardAndEachAttempt() {
    try (var story = Story.of("a", "b")) {
      var trace =
          new TraceContext("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01", "vendor=1");
      story.define(
          job("bill").trigger(Trigger.manual()).shards(3).retry(io.shardkeeper.job.Retry.times(1)),
          noting(context -> context.attempt() == 1 && context.shard().index() == 1
              ? Act.fails("no")
              : Act.QUICK));
      String asked = story.get(story.client.trigger(RunRequest.of("bill").trace(trace)));
      String plain = story.get(story.client.start("bill"));
      story.run(30);

      assertThat(seenOf(asked)).hasSize(4).allMatch(one -> one.trace().equals(trace));
      assertThat(story.ended(asked).origin()).isEqualTo(Origin.NONE.in(trace));
      assertThat(seenOf(plain))
          .hasSize(4)
          .allMatch(one -> one.trace().equals(TraceContext.ofRun(plain)));
    }
  }

  @Test
  void aRerunHasATraceOfItsOwn() {
    try (var story = Story.of("a")) {
      var trace = TraceContext.of("01-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-later");
      story.define(job("bill").trigger(Trigger.manual()), noting(context -> Act.QUICK));
      String first = story.get(story.client.trigger(RunRequest.of("bill").trace(trace)));
      story.run(2);
      String again = story.get(story.client.rerun(Rerun.of(first)));
      story.run(2);

      assertThat(seenOf(first))
          .singleElement()
          .matches(one -> one.trace()
              .traceparent()
              .equals("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"));
      assertThat(seenOf(again))
          .singleElement()
          .matches(one -> one.trace().equals(TraceContext.ofRun(again)));
    }
  }

  @Test
  void shardsThatTheJobHasNotAreRefusedAtOnce() {
    try (var story = Story.of("a", "b")) {
      story.define(job("one").trigger(Trigger.manual()));
      story.define(job("four").trigger(Trigger.manual()).shards(4));
      story.define(job("each").trigger(Trigger.manual()).sharding(Sharding.all()));
      for (var asked :
          Map.of("one", "has shard 0 only", "four", "has shards 0 to 3").entrySet()) {
        assertThatThrownBy(() ->
                story.get(story.client.trigger(RunRequest.of(asked.getKey()).shards(5))))
            .rootCause()
            .hasMessageContaining(asked.getValue() + "; asked for were [5]")
            .satisfies(e -> assertThat(((JobClientException) e).reason())
                .isEqualTo(JobClientException.Reason.REFUSED));
      }
      String each = story.get(story.client.trigger(RunRequest.of("each").shards(5)));
      story.run(2);
      assertThat(story.ended(each).outcome())
          .as("how many there are, is known when it is divided")
          .isEqualTo(Outcome.REJECTED);
    }
  }

  @Test
  void aJobThatIsNotThereIsToldAsSuch() {
    try (var story = Story.of("a")) {
      assertThatThrownBy(() -> story.get(story.client.start("nobody")))
          .rootCause()
          .hasMessageContaining("there is no job 'nobody'")
          .satisfies(e -> assertThat(((JobClientException) e).reason())
              .isEqualTo(JobClientException.Reason.NO_SUCH_JOB));
    }
  }

  @Test
  void whatEndedBeforeItWasDividedIsDoneAgainInTheSameParts() {
    try (var story = Story.of("a")) {
      story.define(job("bill").trigger(Trigger.manual()).shards(4), noting(context -> Act.QUICK));
      String run = story.get(
          story.client.trigger(RunRequest.of("bill").shards(2).after(Duration.ofSeconds(20))));
      story.run(1);
      story.get(story.client.kill(run));
      story.run(1);
      String again = story.get(story.client.rerun(Rerun.of(run)));
      story.run(2);

      assertThat(story.ended(run).outcome()).isEqualTo(Outcome.KILLED);
      assertThat(seenOf(again)).extracting(Seen::shard).containsExactly(2);
    }
  }

  @Test
  void dataOfATimeThatNobodyCanWriteAreNotAskedFor() {
    for (Instant far : List.of(
        Trigger.NEVER,
        Instant.ofEpochSecond(Long.MAX_VALUE / 2_000),
        Instant.EPOCH.minusSeconds(3_000_000_000L))) {
      assertThatThrownBy(() -> RunRequest.of("bill").dataTime(far))
          .hasMessageContaining("that is from 1900-01-01T00:00:00Z to 2999-12-31T23:59:59Z");
    }
  }

  @Test
  void aRunOfManyFailuresWithMuchToTellHasARecord() {
    try (var story = Story.of("a", "b")) {
      String text = "\u0001".repeat(2_000); // six bytes each, where they are stored
      story.define(job("bill").trigger(Trigger.manual()).shards(20), context -> {
        context.log().info("{}", "\u20ac".repeat(700));
        return Act.takes(20).ending(one -> Result.failed(text));
      });
      String run =
          story.get(story.client.trigger(RunRequest.of("bill").parameter("a", "x".repeat(65_000))));
      story.run(10);

      assertThat(story.executions("bill")).hasSize(20);
      assertThat(story.quarantined()).isEmpty();
      assertThat(story.ended(run).outcome()).isEqualTo(Outcome.FAILED);
      assertThat(story.ended(run).parts())
          .hasSize(20)
          .allMatch(part -> part.text().endsWith(" [cut]") && part.log().startsWith("[… "));
    }
  }
}
