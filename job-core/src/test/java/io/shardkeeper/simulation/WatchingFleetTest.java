package io.shardkeeper.simulation;

import static io.shardkeeper.simulation.Story.job;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.shardkeeper.client.JobClientException;
import io.shardkeeper.client.LogRequest;
import io.shardkeeper.client.RunResult;
import io.shardkeeper.core.layout.Layout;
import io.shardkeeper.core.ledger.NodePath;
import io.shardkeeper.job.Retry;
import io.shardkeeper.run.Outcome;
import io.shardkeeper.simulation.Story.Act;
import io.shardkeeper.trigger.Trigger;
import io.shardkeeper.view.LogPage;
import io.shardkeeper.view.RunProgress;
import io.shardkeeper.view.RunView;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import org.junit.jupiter.api.Test;

/** What runs can be looked at from anywhere, through the inbox of the instance on which it does. */
final class WatchingFleetTest {
  private static Act logging(io.shardkeeper.handler.ShardingContext context, int lines, Act act) {
    for (int i = 0; i < lines; i++) {
      context.log().info("line {} of shard {}", i, context.shard().index());
    }
    return act;
  }

  private static String whole(Story story, LogRequest first) {
    var text = new StringBuilder();
    for (LogRequest next = first; ; ) {
      LogPage page = story.get(story.client.log(next));
      text.append(page.text());
      if (page.complete()) {
        return text.toString();
      }
      next = next.after(page);
    }
  }

  private static LogPage page(Story story, LogRequest request) {
    return story.get(story.client.log(request));
  }

  /** No question and no answer stands anywhere, a moment after the last one. */
  private static void assertNothingIsLeft(Story story) {
    story.run(0.1);
    for (NodePath root : List.of(Layout.INBOX, Layout.COMMANDS)) {
      assertThat(story.fleet.below(root).keySet())
          .noneMatch(path ->
              path.name().startsWith(Layout.QUESTION) || path.name().startsWith(Layout.REPLY));
    }
  }

  @Test
  void aLogIsReadPageByPageWhileItsShardRunsAndAfterThat() {
    try (var story = Story.of("a", "b", "c")) {
      story.define(
          job("bill").trigger(Trigger.manual()).shards(3),
          context -> logging(context, 40, Act.takes(3_000)));
      String run = story.get(story.client.start("bill"));
      story.run(1);
      LogPage page = story.get(story.client.log(LogRequest.of(run).shard(2).most(100)));
      assertThat(page.text()).hasSize(100).contains("INFO  line 0 of shard 2");
      assertThat(page.complete()).isFalse();
      assertThat(page.instance()).isNotEmpty();

      String all = whole(story, LogRequest.of(run).shard(2).most(100));
      assertThat(all.lines()).hasSize(40).allMatch(line -> line.contains(" of shard 2"));
      assertThat(story.get(story.client.run(run))).isNotNull();
      story.run(3);
      assertThat(whole(story, LogRequest.of(run).shard(2).most(77))).isEqualTo(all);
      assertThat(
              story.get(story.client.log(LogRequest.of(run).shard(1).last(30))).text())
          .endsWith("line 39 of shard 1\n");
      assertNothingIsLeft(story);
    }
  }

  @Test
  void whoAsksForMoreWaitsASecondForIt() {
    try (var story = Story.of("a")) {
      story.define(
          job("bill").trigger(Trigger.manual()), context -> logging(context, 1, Act.takes(9_000)));
      String run = story.get(story.client.start("bill"));
      story.run(1);
      long size = story.get(story.client.log(LogRequest.of(run))).next();
      long asked = story.world().nanos();
      LogPage more = story.get(story.client.log(LogRequest.of(run).from(size).whenThereIsMore()));

      assertThat(more.text()).isEmpty();
      assertThat(more.complete()).isFalse();
      assertThat(story.world().nanos() - asked).isBetween(900_000_000L, 1_500_000_000L);
    }
  }

  @Test
  void theEndOfTheLogIsThereWhenItsInstanceIsGone() {
    try (var story = Story.ledByAnIdleOne("lead", "b")) {
      story.define(
          job("bill").trigger(Trigger.manual()), context -> logging(context, 60, Act.QUICK));
      String run = story.get(story.client.start("bill"));
      story.run(2);
      story.dies(story.node("b"));
      story.run(10);

      LogPage tail = page(story, LogRequest.of(run));
      assertThat(tail.instance()).isEmpty();
      assertThat(tail.complete()).isTrue();
      assertThat(tail.text())
          .startsWith("[what was logged in the ")
          .endsWith("line 59 of shard 0\n");
      String end = tail.text().substring(tail.text().indexOf('\n') + 1);
      assertThat(story.ended(run).parts().get(0).log() + "\n")
          .startsWith("[… ")
          .endsWith("bytes]\n" + end);
      assertThat(tail.next()).isEqualTo(tail.size());
      assertThat(page(story, LogRequest.of(run).last(20)).text())
          .isEqualTo(end.substring(end.length() - 20));
      LogPage some = page(story, LogRequest.of(run).from(tail.size() - 100).most(30));
      assertThat(some.text()).isEqualTo(end.substring(end.length() - 100, end.length() - 70));
      assertThat(some.next()).isEqualTo(tail.size() - 70);
      assertThat(some.complete()).isFalse();

      story.joins("b"); // another process, on the same disk
      story.run(1);
      String all = whole(story, LogRequest.of(run));
      assertThat(all.lines()).hasSize(60);
      assertThat(all).hasSize((int) tail.size()).endsWith(end);
    }
  }

  @Test
  void whoFollowsALogReadsEachTryOnceAndEndsWithTheOutcome() {
    try (var story = Story.ledByAnIdleOne("lead", "b", "c")) {
      story.define(
          job("bill")
              .trigger(Trigger.manual())
              .retry(Retry.times(2).every(Duration.ofSeconds(20)).onAnotherInstance()),
          context -> logging(
              context,
              50 * context.attempt(),
              context.attempt() < 3 ? Act.fails("not yet") : Act.takes(5_000)));
      String run = story.get(story.client.start("bill"));
      List<Integer> tries = new ArrayList<>();
      var text = new StringBuilder();
      LogPage page;
      LogRequest next = LogRequest.of(run).most(700);
      do {
        page = page(story, next);
        if (tries.isEmpty() || tries.get(tries.size() - 1) != page.attempt()) {
          assertThat(page.offset()).as("where try %d begins", page.attempt()).isZero();
          tries.add(page.attempt());
        }
        text.append(page.text());
        next = next.after(page);
      } while (!page.complete());

      assertThat(tries).containsExactly(1, 2, 3);
      assertThat(text.toString().lines()).hasSize(50 + 100 + 150).doesNotContain("");
      assertThat(story.get(story.client.run(run))).isInstanceOf(RunView.Ended.class);
      assertThat(whole(story, LogRequest.of(run).everyTry().most(999)))
          .as("whoever comes later")
          .isEqualTo(text.toString());
      assertThat(whole(story, LogRequest.of(run).attempt(2).most(99)).lines())
          .as("only what was asked for")
          .hasSize(100);
      assertNothingIsLeft(story);
    }
  }

  @Test
  void whoWaitsForTheNextTryAsksOnceASecond() {
    try (var story = Story.ledByAnIdleOne("lead", "b")) {
      story.define(
          job("bill").trigger(Trigger.manual()).retry(Retry.times(1).every(Duration.ofMinutes(5))),
          context -> logging(context, 1, Act.fails("not yet")));
      String run = story.get(story.client.start("bill"));
      story.run(2);
      LogPage first = page(story, LogRequest.of(run));
      assertThat(first.attempt()).as("the latest that has logged anything").isEqualTo(1);
      assertThat(first.complete()).as("there is another try").isFalse();
      LogRequest second =
          LogRequest.of(run).after(page(story, LogRequest.of(run).after(first)));
      assertThat(second.reached()).isEqualTo(2);

      long asked = story.world().nanos();
      LogPage waiting = page(story, second);
      assertThat(waiting.complete()).isFalse();
      assertThat(waiting.text()).isEmpty();
      assertThat(story.world().nanos() - asked).isBetween(900_000_000L, 1_500_000_000L);
    }
  }

  @Test
  void whoFollowsALogIsToldWhatWentWithItsInstance() {
    try (var story = Story.ledByAnIdleOne("lead", "b", "c")) {
      story.define(
          job("bill").trigger(Trigger.manual()),
          context -> logging(context, 30, Act.takes(context.attempt() == 1 ? 600_000 : 2_000)));
      String run = story.get(story.client.start("bill"));
      story.run(1);
      LogPage half = page(story, LogRequest.of(run).everyTry().most(500));
      story.dies(story.node(story.whoRan("bill").get(0)));
      String rest = whole(story, LogRequest.of(run).after(half));

      assertThat(story.whoRan("bill")).hasSize(2);
      assertThat(rest.lines().toList().get(0))
          .isEqualTo("[what try 1 logged behind byte 500 is kept nowhere where one could ask]");
      assertThat(rest.lines()).hasSize(31);
      assertThat(whole(story, LogRequest.of(run).everyTry()).lines().toList().get(0))
          .isEqualTo("[what try 1 logged, if anything, is kept nowhere where one could ask]");
    }
  }

  @Test
  void whoFollowsALogReadsTheEndThatCameWithTheOutcomeFromWhereHeIs() {
    try (var story = Story.ledByAnIdleOne("lead", "b")) {
      story.define(
          job("bill").trigger(Trigger.manual()), context -> logging(context, 60, Act.takes(1_000)));
      String run = story.get(story.client.start("bill"));
      story.run(0.5);
      String all = page(story, LogRequest.of(run)).text();
      LogPage early = page(story, LogRequest.of(run).most(500));
      LogPage late = page(story, LogRequest.of(run).most(all.length() - 100));
      story.run(1);
      story.get(story.client.drain("b"));
      story.run(5);
      assertThat(story.get(story.client.instances())).hasSize(1);

      assertThat(whole(story, LogRequest.of(run).most(30).after(late)))
          .as("nothing twice")
          .isEqualTo(all.substring(all.length() - 100));
      String rest = whole(story, LogRequest.of(run).after(early));
      String mark = rest.substring(0, rest.indexOf('\n') + 1);
      long missing = Long.parseLong(mark.replaceAll("\\D", ""));
      assertThat(rest.substring(mark.length())).isEqualTo(all.substring((int) (500 + missing)));
      assertThat(mark)
          .isEqualTo("[what was logged in the " + missing
              + " bytes before this is kept nowhere where one could ask]\n");
    }
  }

  @Test
  void whoFollowsAShardEndsWhenItsOutcomeIsKnownThoughOthersGoOn() {
    try (var story = Story.of("a", "b", "c")) {
      story.define(
          job("bill").trigger(Trigger.manual()).shards(25),
          context -> logging(
              context,
              context.shard().index() == 24 ? 0 : 3,
              Act.takes(context.shard().index() == 0 ? 60_000 : 1_000)));
      String run = story.get(story.client.start("bill"));
      for (int shard = 1; shard < 24; shard++) {
        assertThat(whole(story, LogRequest.of(run).shard(shard).everyTry()).lines())
            .hasSize(3);
      }
      assertThat(whole(story, LogRequest.of(run).shard(24).everyTry()).lines())
          .hasSizeLessThanOrEqualTo(1);
      assertThat(story.get(story.client.run(run))).isInstanceOf(RunView.Open.class);
    }
  }

  @Test
  void whatLoggedNothingAndWhatRunsNowhereIsTold() {
    try (var story = Story.of("a", "b")) {
      story.define(job("bill").trigger(Trigger.manual()));
      String run = story.get(story.client.start("bill"));
      story.run(2);

      assertThatThrownBy(() -> story.get(story.client.log(LogRequest.of(run))))
          .rootCause()
          .satisfies(e -> assertThat(((JobClientException) e).reason())
              .isEqualTo(JobClientException.Reason.NO_LOG));
      for (CompletionStage<?> asked :
          List.of(story.client.stack(run, 0), story.client.progress(run))) {
        assertThatThrownBy(() -> story.get(asked))
            .rootCause()
            .satisfies(e -> assertThat(((JobClientException) e).reason())
                .isEqualTo(JobClientException.Reason.NOT_RUNNING));
      }
      String never = run.substring(0, run.length() - 1) + "zz";
      assertThatThrownBy(() -> story.get(story.client.log(LogRequest.of(never))))
          .rootCause()
          .hasMessageContaining("is not under way, and not in the history");
    }
  }

  @Test
  void aRunIsFoundAtEachInstantOfItsLife() {
    try (var story = Story.of("a", "b")) {
      story.define(
          job("bill")
              .trigger(Trigger.manual())
              .shards(3)
              .retry(Retry.times(2).every(Duration.ofMillis(300))),
          context -> context.attempt() < 3 ? Act.fails("not yet") : Act.QUICK);
      String run = story.get(story.client.start("bill"));
      List<CompletableFuture<RunView>> looks = new ArrayList<>();
      for (int i = 0; i < 2_000; i++) {
        looks.add(story.client.run(run).toCompletableFuture());
        story.run(0.001);
      }
      story.run(1);

      assertThat(looks)
          .allSatisfy(look -> assertThat(look).isCompletedWithValueMatching(Objects::nonNull));
      assertThat(looks.get(looks.size() - 1).join()).isInstanceOf(RunView.Ended.class);
    }
  }

  @Test
  void whatIsReportedWhileNobodyCoordinatesIsUnderWay() {
    try (var story = Story.ledByAnIdleOne("lead", "b")) {
      story.define(job("bill").trigger(Trigger.manual()), Act.takes(2_000));
      String run = story.get(story.client.start("bill"));
      story.run(1).dies(story.node("lead"));
      story.run(3);

      assertThat(story.executions("bill")).hasSize(1);
      assertThat(story.get(story.client.run(run)))
          .isInstanceOfSatisfying(
              RunView.Open.class,
              open -> assertThat(open.state()).isEqualTo(RunView.State.RUNNING));
      story.run(20);
      assertThat(story.get(story.client.run(run))).isInstanceOf(RunView.Ended.class);
    }
  }

  @Test
  void theStackOfARunningHandlerIsShown() {
    try (var story = Story.of("a", "b", "c")) {
      story.define(job("bill").trigger(Trigger.manual()).shards(3), Act.takes(3_000));
      String run = story.get(story.client.start("bill"));
      story.run(1);

      for (int shard = 0; shard < 3; shard++) {
        assertThat(story.get(story.client.stack(run, shard)))
            .isEqualTo(run + "/" + shard + " naps");
      }
      assertNothingIsLeft(story);
    }
  }

  @Test
  void whoWaitsForARunIsToldHowFarItIs() {
    try (var story = Story.of("a", "b", "c")) {
      story.define(job("bill").trigger(Trigger.manual()).shards(3), context -> {
        for (int i = 0; i <= 1_000; i++) {
          context.progress().report(i, 1_000L * (1 + context.shard().index()));
        }
        context.progress().report("half a way");
        return Act.takes(2_000 + 1_000 * context.shard().index());
      });
      String run = story.get(story.client.start("bill"));
      story.run(0.5);
      assertThat(story.get(story.client.progress(run)).shards())
          .extracting(
              RunProgress.ShardProgress::shard,
              RunProgress.ShardProgress::done,
              RunProgress.ShardProgress::total,
              RunProgress.ShardProgress::note)
          .containsExactly(
              org.assertj.core.api.Assertions.tuple(0, 1_000L, 1_000L, "half a way"),
              org.assertj.core.api.Assertions.tuple(1, 1_000L, 2_000L, "half a way"),
              org.assertj.core.api.Assertions.tuple(2, 1_000L, 3_000L, "half a way"));

      List<RunProgress> told = new ArrayList<>();
      CompletionStage<RunResult> end = story.client.await(run, told::add);
      assertThat(story.get(end).outcome()).isEqualTo(Outcome.SUCCEEDED);
      story.run(3);
      assertThat(told)
          .as("once for each state, and not each second")
          .hasSizeBetween(2, 4)
          .doesNotHaveDuplicates()
          .allMatch(one -> one.runId().equals(run));
      assertThat(told.get(0).shards()).hasSize(3);
      assertThat(told.get(told.size() - 1).shards()).hasSizeLessThan(3);
      assertNothingIsLeft(story);
    }
  }

  @Test
  void whoFollowsAndFailsIsToldMoreAllTheSame() {
    try (var story = Story.of("a", "b", "c")) {
      story.define(job("bill").trigger(Trigger.manual()).shards(3), context -> {
        context.progress().report(1, 2);
        return Act.takes(3_000 + 2_000 * context.shard().index());
      });
      String run = story.get(story.client.start("bill"));
      List<RunProgress> told = new ArrayList<>();
      CompletionStage<RunResult> end = story.client.await(run, progress -> {
        told.add(progress);
        if (told.size() == 1) {
          throw new AssertionError("the first time");
        }
        throw new IllegalStateException("and each time after it");
      });

      assertThat(story.get(end).outcome()).isEqualTo(Outcome.SUCCEEDED);
      assertThat(told).as("one call for each shard that is left").hasSize(3);
      assertNothingIsLeft(story);
    }
  }

  @Test
  void anInstanceThatDiesBeforeItAnswersKeepsNobodyWaiting() {
    try (var story = Story.ledByAnIdleOne("lead", "b")) {
      story.define(job("bill").trigger(Trigger.manual()).atMostOnce(true), Act.takes(60_000));
      String run = story.get(story.client.start("bill"));
      story.run(1);
      story.dies(story.node("b"));
      CompletionStage<String> asked = story.client.stack(run, 0);
      long since = story.world().nanos();
      assertThatThrownBy(() -> story.get(asked)).rootCause().hasMessageContaining("runs nowhere");
      assertThat(story.world().nanos() - since).isLessThan(8_000_000_000L);
      story.run(5);
      assertNothingIsLeft(story);
    }
  }

  @Test
  void anInstanceThatIsAskedCanLeave() {
    try (var story = Story.of("a", "b")) {
      story.define(job("bill").trigger(Trigger.manual()).shards(4), Act.takes(1_000));
      String run = story.get(story.client.start("bill"));
      story.run(0.5);
      story.get(story.client.drain("b"));
      for (int i = 0; i < 30; i++) {
        CompletionStage<RunProgress> unused = story.client.progress(run);
        story.run(0.05);
      }
      story.run(5);
      assertThat(story.get(story.client.instances())).hasSize(1);
      assertThat(story.ended(run).outcome()).isEqualTo(Outcome.SUCCEEDED);
      assertThat(story.ended(run).parts()).allMatch(part -> part.attempt() == 1);
      assertNothingIsLeft(story);
    }
  }

  @Test
  void whoComesWhenTooMuchIsAskedIsToldToComeAgain() {
    try (var story = Story.of("a")) {
      story.define(
          job("bill").trigger(Trigger.manual()), context -> logging(context, 1, Act.takes(60_000)));
      String run = story.get(story.client.start("bill"));
      story.run(1);
      long size = story.get(story.client.log(LogRequest.of(run))).next();
      List<CompletionStage<LogPage>> all = new ArrayList<>();
      for (int i = 0; i < 80; i++) {
        all.add(story.client.log(LogRequest.of(run).from(size).whenThereIsMore()));
      }
      int refused = 0;
      for (CompletionStage<LogPage> one : all) {
        try {
          story.get(one);
        } catch (CompletionException e) {
          assertThat(((JobClientException) e.getCause()).reason())
              .isEqualTo(JobClientException.Reason.BUSY);
          refused++;
        }
      }
      assertThat(refused).isEqualTo(80 - 64);
      assertNothingIsLeft(story);
    }
  }

  @Test
  void theLogOfAnEarlierAttemptIsFoundWhereItIs() {
    try (var story = Story.ledByAnIdleOne("lead", "b", "c")) {
      story.define(
          job("bill")
              .trigger(Trigger.manual())
              .retry(Retry.times(1).every(Duration.ofSeconds(1)).onAnotherInstance()),
          context -> logging(context, 1, context.attempt() == 1 ? Act.fails("no") : Act.QUICK));
      String run = story.get(story.client.start("bill"));
      story.run(5);
      assertThat(story.whoRan("bill")).doesNotHaveDuplicates().hasSize(2);

      for (int attempt = 1; attempt <= 2; attempt++) {
        LogPage page = story.get(story.client.log(LogRequest.of(run).attempt(attempt)));
        assertThat(page.attempt()).isEqualTo(attempt);
        assertThat(page.instance()).startsWith(story.whoRan("bill").get(attempt - 1));
      }
    }
  }

  @Test
  void nonsenseInAnInboxKeepsNobodyFromLeaving() {
    try (var story = Story.ledByAnIdleOne("lead", "b")) {
      String id = story.get(story.client.instances()).stream()
          .filter(one -> one.name().equals("b"))
          .findFirst()
          .orElseThrow()
          .id();
      for (String question : List.of(
          "{\"v\":1,\"minReader\":1,\"client\":\"a/../../jobs\",\"number\":1,\"run\":\"bill.1.f.a\",\"about\":\"STACK\"}",
          "{\"v\":1,\"minReader\":1,\"client\":\"c-1\",\"number\":7,\"run\":\"bill.1.f.a\",\"about\":\"STACK\"}",
          "nonsense")) {
        story.write(Layout.INBOX.child(id).child("ask-x-1"), question);
        story.run(1);
        assertThat(story.fleet.below(Layout.INBOX)).isEmpty();
      }
      story.get(story.client.drain("b"));
      story.run(5);
      assertThat(story.get(story.client.instances())).hasSize(1);
    }
  }
}
