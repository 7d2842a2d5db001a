package io.shardkeeper.core.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.shardkeeper.client.JobClientException;
import io.shardkeeper.client.JobClientException.Reason;
import io.shardkeeper.client.RunRequest;
import io.shardkeeper.client.RunResult;
import io.shardkeeper.client.Stat;
import io.shardkeeper.client.Submitted;
import io.shardkeeper.core.layout.Layout;
import io.shardkeeper.core.ledger.Transaction;
import io.shardkeeper.job.Job;
import io.shardkeeper.job.Overlap;
import io.shardkeeper.run.Outcome;
import io.shardkeeper.trigger.Trigger;
import io.shardkeeper.view.RunView;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletionStage;
import org.junit.jupiter.api.Test;

/** Runs that are asked for, waited for and ended, whatever is lost on the way. */
final class RequestsTest {
  private final Town town = new Town();

  private void begin() {
    town.coordinated().staffed();
    town.defined(town.job("bill"));
  }

  @Test
  void aRunIsAskedForAndItsEndIsTold() {
    begin();

    String run = town.get(town.client.trigger(RunRequest.of("bill").parameter("day", "monday")));
    RunResult result = town.get(town.client.await(run));

    assertThat(result).isEqualTo(new RunResult(run, Outcome.SUCCEEDED, "did {day=monday}"));
    assertThat(town.told).containsExactly(Map.of("day", "monday"));
  }

  @Test
  void anEndIsToldAlsoAfterIt() {
    begin();
    String run = town.get(town.client.trigger(RunRequest.of("bill")));
    town.world.run(Duration.ofSeconds(2));

    assertThat(town.get(town.client.await(run)))
        .isEqualTo(new RunResult(run, Outcome.SUCCEEDED, "did {}"));
  }

  @Test
  void ofARunThatNeverWasNothingIsKnown() {
    begin();
    String never = town.get(town.client.trigger(RunRequest.of("bill"))) + "9";

    assertThat(town.failure(town.client.await(never)))
        .isInstanceOfSatisfying(
            JobClientException.class, e -> assertThat(e.reason()).isEqualTo(Reason.NO_SUCH_RUN))
        .hasMessageContaining("no longer kept, or never was");
    assertThat(town.failure(town.client.kill(never))).hasMessageContaining("never was");
    assertThat(town.failure(town.client.run(never))).hasMessageContaining("never was");
    assertThatThrownBy(() -> town.client.await("nonsense"))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void aRequestWhoseAnswerIsLostLandsOnce() {
    begin();
    for (int i = 0; i < 5; i++) {
      town.loseNextCommit(true);
      String run = town.get(town.client.trigger(RunRequest.of("bill")));
      assertThat(town.get(town.client.await(run)).outcome()).isEqualTo(Outcome.SUCCEEDED);
    }
    assertThat(town.told).hasSize(5);
    assertThat(town.runs("bill")).hasSize(5);
  }

  @Test
  void aRequestThatIsLostOnItsWayLandsOnce() {
    begin();
    town.loseNextCommit(false);
    town.get(town.client.await(town.get(town.client.trigger(RunRequest.of("bill")))));
    town.world.cutHoldingNextCommit(town.ledger);
    CompletionStage<String> late = town.client.trigger(RunRequest.of("bill"));
    town.world.run(Duration.ofMillis(50));
    town.world.deliverHeldCommit(town.ledger);
    town.world.heal(town.ledger);
    town.get(town.client.await(town.get(late)));

    town.world.run(Duration.ofSeconds(5));
    assertThat(town.told).hasSize(2);
  }

  @Test
  void requestsOutliveTheSession() {
    begin();
    town.holds = true;
    String run = town.get(town.client.trigger(RunRequest.of("bill")));
    CompletionStage<RunResult> end = town.client.await(run);
    town.world.run(Duration.ofSeconds(1));

    town.world.expire(town.ledger);
    CompletionStage<String> other = town.client.trigger(RunRequest.of("bill"));
    town.world.run(Duration.ofSeconds(10));
    town.release();

    assertThat(town.get(end).outcome()).isEqualTo(Outcome.SUCCEEDED);
    town.get(town.client.await(town.get(other)));
    assertThat(town.told).hasSize(2);
  }

  @Test
  void whoeverCoordinatesAnswers() {
    begin();
    town.holds = true;
    String run = town.get(town.client.trigger(RunRequest.of("bill")));
    CompletionStage<RunResult> end = town.client.await(run);
    town.world.run(Duration.ofSeconds(1));

    town.replaceCoordinator();
    town.world.run(Duration.ofSeconds(1));
    town.release();

    assertThat(town.get(end).outcome()).isEqualTo(Outcome.SUCCEEDED);
  }

  @Test
  void theSameKeyIsTheSameRun() {
    begin();
    RunRequest request = RunRequest.of("bill").key("order-4711");
    CompletionStage<String> first = town.client.trigger(request);
    CompletionStage<String> second = town.client(town.open()).trigger(request);

    assertThat(town.get(first)).isEqualTo(town.get(second));
    List<Submitted> again = town.get(town.client.submit(List.of(request, RunRequest.of("bill"))));
    assertThat(again)
        .extracting(Submitted::kind)
        .containsExactly(Submitted.Kind.KNOWN, Submitted.Kind.ACCEPTED);
    assertThat(again.get(0).runId()).isEqualTo(town.get(first));
  }

  @Test
  void aThousandAtOnceAreAnsweredInOrder() {
    begin();
    town.defined(town.job("bill").toBuilder().overlap(Overlap.serial(2_000)).build());
    town.defined(
        town.job("wide").toBuilder().shards(20).overlap(Overlap.serial(2_000)).build());
    List<RunRequest> requests = new ArrayList<>();
    for (int i = 0; i < 1_000; i++) {
      requests.add(RunRequest.of("bill").parameter("i", "" + i).key("k" + i));
    }
    requests.add(500, RunRequest.of("nobody"));
    for (int i = 0; i < 500; i++) {
      requests.add(RunRequest.of("wide"));
    }

    List<Submitted> answers = town.get(town.client.submit(requests));

    assertThat(answers).hasSize(1_501);
    assertThat(answers.get(500).reason()).contains("there is no job 'nobody'");
    assertThat(answers.stream().filter(Submitted::hasRun)).hasSize(1_500);
    town.world.until("all of them", () -> town.told.size() >= 11_000);
    town.world.run(Duration.ofSeconds(5));
    assertThat(town.told).hasSize(11_000);
    assertThat(new HashSet<>(answers)).hasSize(1_501);
  }

  @Test
  void manyWaitsLeaveRoomForOthers() {
    begin();
    town.defined(Job.builder("many")
        .handler("work")
        .trigger(Trigger.manual())
        .overlap(Overlap.allow(200))
        .build());
    town.holds = true;
    List<RunRequest> requests = new ArrayList<>();
    for (int i = 0; i < 100; i++) {
      requests.add(RunRequest.of("many").promptly());
    }
    List<String> runs =
        town.get(town.client.submit(requests)).stream().map(Submitted::runId).toList();
    List<CompletionStage<RunResult>> ends =
        runs.stream().map(town.client::await).toList();
    for (int i = 0; i < 150; i++) {
      town.get(town.client.trigger(RunRequest.of("bill").after(Duration.ofHours(1))));
    }
    town.release();

    assertThat(ends)
        .allSatisfy(end -> assertThat(town.get(end).outcome()).isEqualTo(Outcome.SUCCEEDED));
  }

  @Test
  void aRunIsEndedOnceAndForAll() {
    begin();
    town.holds = true;
    String run = town.get(town.client.trigger(RunRequest.of("bill")));
    String later = town.get(town.client.trigger(RunRequest.of("bill").after(Duration.ofHours(1))));
    town.world.run(Duration.ofSeconds(1));

    assertThat(town.get(town.client.kill(run))).isTrue();
    assertThat(town.get(town.client.stop(later))).isTrue();
    town.release();

    assertThat(town.get(town.client.await(run)).outcome()).isEqualTo(Outcome.KILLED);
    assertThat(town.get(town.client.kill(run))).isTrue();
    assertThat(town.get(town.client.stop(later))).isTrue();
    String done = town.get(town.client.start("bill"));
    town.get(town.client.await(done));
    assertThat(town.get(town.client.kill(done))).isFalse();
  }

  @Test
  void aRunThatIsAskedForLaterStartsLater() {
    begin();
    Instant at = town.loop.wall().plusSeconds(5);
    String run = town.get(town.client.trigger(RunRequest.of("bill").at(at)));
    town.world.run(Duration.ofSeconds(1));

    assertThat(town.get(town.client.run(run)))
        .isInstanceOfSatisfying(
            RunView.Open.class, open -> assertThat(open.state()).isEqualTo(RunView.State.WAITING));
    town.get(town.client.await(run));
    assertThat(town.loop.wall()).isBetween(at, at.plusSeconds(1));
  }

  @Test
  void whatIsRefusedIsRefusedWithTheReason() {
    begin();
    town.defined(
        Job.builder("wide").handler("work").trigger(Trigger.manual()).shards(3).build());
    assertThat(town.failure(town.client.trigger(RunRequest.of("wide").shards(7))))
        .hasMessageContaining("has shards 0 to 2");
    assertThat(town.failure(town.client.start("nobody", RunRequest.of("bill"))))
        .hasMessageContaining("there is no job 'nobody'");
    assertThatThrownBy(() -> RunRequest.of("bill").parameter("big", "x".repeat(70_000)))
        .hasMessageContaining("'big'");
    assertThatThrownBy(() -> RunRequest.of("a/b")).hasMessageContaining("'a/b'");
    assertThat(town.failure(town.client.stat(Stat.HANDLERS, Map.of("handler", "none"))))
        .hasMessageContaining(
            "No instance that lives offers the handler 'none'; offered are [work]");
    assertThat(town.get(town.client.stat(Stat.HANDLERS, Map.of("handler", "work"))))
        .containsExactly("work on one: works");
    assertThatThrownBy(() -> town.client.stat(Stat.LOG, Map.of()))
        .hasMessageContaining("name a run");
    assertThat(town.get(town.client.stat(Stat.INSTANCE, Map.of()))).hasSize(1);
    assertThat(town.get(town.client.stat(Stat.JOB, Map.of("job", "bill")))).hasSize(1);
    assertThat(town.get(town.client.stat(Stat.RUN, Map.of("job", "bill")))).isEmpty();
  }

  @Test
  void aClientThatIsClosedSaysSo() {
    CompletionStage<String> open = town.client.start("bill"); // nobody coordinates
    town.world.run(Duration.ofSeconds(1));
    town.client.close();

    assertThat(town.failure(open))
        .isInstanceOfSatisfying(
            JobClientException.class, e -> assertThat(e.reason()).isEqualTo(Reason.CLOSED));
    assertThat(town.failure(town.client.start("bill"))).hasMessageContaining("closed");
  }

  @Test
  void tooManyRequestsAreRefusedAtOnce() {
    List<RunRequest> requests = new ArrayList<>();
    for (int i = 0; i < 11_000; i++) {
      requests.add(RunRequest.of("bill")); // nobody coordinates
    }
    CompletionStage<List<Submitted>> answers = town.client.submit(requests);
    town.world.run(Duration.ofSeconds(1));
    town.coordinated().staffed();
    town.defined(town.job("bill"));
    assertThat(town.get(answers)).hasSize(11_000);
    assertThat(town.get(answers).get(10_999).reason()).contains("wait in this client");
  }

  @Test
  void aClientWhoseBoxIsGoneGoesOnUnderAnotherId() {
    begin();
    town.get(town.client.start("bill"));
    String id = town.client.id();
    town.world.run(Duration.ofSeconds(2));
    var other = town.open();
    var box = Layout.COMMANDS.child(id);
    town.world.await(other.commit(
        Transaction.builder().delete(box.child("owner"), -1).delete(box, -1).build()));
    town.world.run(Duration.ofSeconds(1));

    assertThat(town.get(town.client.await(town.get(town.client.start("bill")))).outcome())
        .isEqualTo(Outcome.SUCCEEDED);
    assertThat(town.client.id()).isNotEqualTo(id);
  }
}
