package io.shardkeeper.examples;

import static org.assertj.core.api.Assertions.assertThat;

import io.shardkeeper.client.JobClient;
import io.shardkeeper.client.RunRequest;
import io.shardkeeper.client.RunResult;
import io.shardkeeper.config.Key;
import io.shardkeeper.engine.Shardkeeper;
import io.shardkeeper.run.Outcome;
import io.shardkeeper.view.RunView;
import java.nio.file.Path;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(120)
final class GracefulServiceTest {
  private static <T> T get(CompletionStage<T> stage) throws Exception {
    return stage.toCompletableFuture().get(60, TimeUnit.SECONDS);
  }

  private static Shardkeeper start(Stage stage, String name) {
    return GracefulService.start(stage.settings().set(Key.INSTANCE_NAME, name).read());
  }

  /** A run of some seconds on one instance, as soon as its handler is at work; and who waits for its end. Who looks on looks each second: several looks must find it. */
  private static CompletionStage<RunResult> atWork(JobClient client, String on, String[] run)
      throws Exception {
    run[0] = get(
        client.trigger(RunRequest.of("invoices").parameter("items", "50").on(on).promptly()));
    var begun = new CountDownLatch(1);
    CompletionStage<RunResult> end = client.await(run[0], progress -> begun.countDown());
    begun.await();
    return end;
  }

  @Test
  void finishesWhatItRunsWhoeverEndsIt(@TempDir Path directory) throws Exception {
    try (var stage = new Stage(directory);
        var stays = start(stage, "stays")) {
      get(stays.declared());
      JobClient client = stays.client();
      var run = new String[1];
      CompletionStage<RunResult> end;

      try (var closed = start(stage, "closed")) {
        assertThat(closed.client()).isNotNull();
        end = atWork(client, "closed", run);
      }
      assertThat(get(end).text()).isEqualTo("50 invoices sent");
      assertDoneBy(client, run[0], "closed-");

      try (var drained = start(stage, "drained")) {
        assertThat(drained.client()).isNotNull();
        end = atWork(client, "drained", run);
        assertThat(get(client.drain("drained"))).isTrue();
        assertThat(get(end).text()).isEqualTo("50 invoices sent");
        assertDoneBy(client, run[0], "drained-");
        stage.await(".* is gone +drained-.*");
      }
    }
  }

  private static void assertDoneBy(JobClient client, String run, String instance) throws Exception {
    var ended = (RunView.Ended) get(client.run(run));
    assertThat(ended.outcome()).isEqualTo(Outcome.SUCCEEDED);
    assertThat(ended.parts())
        .singleElement()
        .matches(part -> part.attempt() == 1 && part.instance().startsWith(instance));
  }
}
