package io.shardkeeper.examples;

import static org.assertj.core.api.Assertions.assertThat;

import io.shardkeeper.engine.Shardkeeper;
import io.shardkeeper.job.Job;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class HandlerWithTokenTest {
  private final HandlerWithToken store = new HandlerWithToken();

  @Test
  void whoWasReplacedWritesNoMore() {
    assertThat(store.write("balance", "first", 7)).isTrue();
    assertThat(store.write("balance", "second", 9)).isTrue();
    assertThat(store.write("balance", "first, who was frozen", 7)).isFalse();
    assertThat(store.write("balance", "second, once more", 9)).isTrue();
    assertThat(store.read("balance").value()).isEqualTo("second, once more");
  }

  @Test
  void tokensGrowFromRunToRun(@TempDir Path directory) {
    Job job =
        Job.builder("writing").handler("write").every(Duration.ofSeconds(1)).build();
    try (var stage = new Stage(directory);
        var running = Shardkeeper.with(stage.settings().read())
            .handlers(store.handler())
            .jobs(job)
            .start()) {
      assertThat(running.declared()).isNotNull();
      stage.await(".* writing .*SUCCEEDED.*");
      long first = store.read("balance").token();
      assertThat(first).isPositive();
      String value = store.read("balance").value();
      while (store.read("balance").value().equals(value)) {
        Thread.onSpinWait();
      }
      assertThat(store.read("balance").token()).isGreaterThan(first);
    }
  }
}
