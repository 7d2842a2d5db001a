package io.shardkeeper.core.client;

import static org.assertj.core.api.Assertions.assertThat;

import io.shardkeeper.client.JobClient;
import io.shardkeeper.client.RunRequest;
import io.shardkeeper.client.RunResult;
import io.shardkeeper.job.Job;
import io.shardkeeper.run.Outcome;
import io.shardkeeper.view.Why;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.CompletionStage;
import org.junit.jupiter.api.Test;

/** What {@code docs/client.md} shows. */
final class ClientPageTest {
  private final Town town = new Town().coordinated().staffed();
  private final JobClient client = town.client;

  private CompletionStage<RunResult> settle() {
    Job job = Job.builder("settle").handler("work").cron("0 30 2 * * ?").build();
    return client
        .define(job)
        .thenCompose(defined -> client.trigger(RunRequest.of("settle")
            .parameter("day", "2027-01-03")
            .after(Duration.ofSeconds(5))
            .key("order-4711")
            .promptly()))
        .thenCompose(client::await);
  }

  private CompletionStage<String> whyNot(Instant at) {
    return client.why("settle", at).thenApply(Why::sentence);
  }

  @Test
  void thePageIsRight() {
    assertThat(town.get(settle()).outcome()).isEqualTo(Outcome.SUCCEEDED);
    assertThat(town.get(whyNot(Instant.parse("2027-01-05T02:31:00Z"))))
        .contains("is not a fire of the job");
  }
}
