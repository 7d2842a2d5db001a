package io.shardkeeper.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.shardkeeper.run.Origin;
import io.shardkeeper.run.TraceContext;
import io.shardkeeper.view.LogPage;
import io.shardkeeper.view.RunProgress;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Requests are put together step by step, and refused at once where they cannot be right. */
final class WhatIsAskedTest {
  private static final String RUN = "billing.1.f.a";

  @Test
  void aRunMayBeDoneAgainInPartOnOneInstanceAndOnce() {
    Rerun again = Rerun.of(RUN).onlyFailedShards().on("host-2").key("once");
    assertThat(again).isEqualTo(new Rerun(RUN, true, "host-2", "once"));
    assertThatThrownBy(() -> Rerun.of(RUN).on("a/b")).hasMessageContaining("a/b");
    assertThatThrownBy(() -> Rerun.of(RUN).key("k".repeat(201)))
        .hasMessage(
            "A request to do run 'billing.1.f.a' again has a key of 201 characters; at most 200");
  }

  @Test
  void aPageOfALogMayBeAnyPart() {
    assertThat(LogRequest.of(RUN).shard(2).attempt(3).from(100).most(50).whenThereIsMore())
        .isEqualTo(new LogRequest(RUN, 2, 3, 0, 100, 50, true));
    assertThat(LogRequest.of(RUN).last(4_000))
        .isEqualTo(new LogRequest(RUN, 0, 0, 0, -4_000, 4_000, false));
    var page = new LogPage(RUN, 2, 3, "host-1", 100, "some", 104, 200, false);
    assertThat(LogRequest.of(RUN).shard(2).most(50).after(page))
        .isEqualTo(new LogRequest(RUN, 2, 0, 3, 104, 50, true));
    assertThat(LogRequest.of(RUN).shard(2).attempt(3).after(page))
        .isEqualTo(new LogRequest(RUN, 2, 3, 3, 104, LogRequest.PAGE, true));
    assertThat(LogRequest.of(RUN).last(50).everyTry())
        .isEqualTo(new LogRequest(RUN, 0, 0, 1, 0, 50, false));
    assertThat(LogRequest.of(RUN).everyTry().from(7).reached())
        .as("it counts in the latest try")
        .isZero();
    for (Runnable wrong : List.<Runnable>of(
        () -> LogRequest.of(RUN).shard(-1),
        () -> new LogRequest(RUN, 0, 0, -1, 0, 1, false),
        () -> LogRequest.of(RUN).attempt(-1),
        () -> LogRequest.of(RUN).most(0),
        () -> LogRequest.of(RUN).most(LogRequest.PAGE + 1))) {
      assertThatThrownBy(wrong::run)
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("pages have 1 to 32768 bytes");
    }
  }

  @Test
  void aRequestTellsWhatIsSpecialAboutItsRun() {
    TraceContext trace = TraceContext.ofRun(RUN);
    RunRequest request =
        RunRequest.of("billing").on("host-2").dataTime(Instant.EPOCH).trace(trace);
    assertThat(request.origin()).isEqualTo(new Origin("", Instant.EPOCH, "host-2", trace));
    assertThat(request.parameter("a", "1").promptly().origin()).isEqualTo(request.origin());
    assertThatThrownBy(() -> RunRequest.of("billing").on("a b")).hasMessageContaining("a b");
    assertThatThrownBy(() -> RunRequest.of("billing").dataTime(Instant.MAX))
        .hasMessageContaining("that is from 1900-01-01T00:00:00Z to 2999-12-31T23:59:59Z");
  }

  @Test
  void progressIsThatOfThen() {
    var shards = new ArrayList<>(
        List.of(new RunProgress.ShardProgress(0, 1, "host-1", 3, 10, "half a way")));
    var progress = new RunProgress(RUN, shards);
    shards.clear();
    assertThat(progress.shards()).hasSize(1);
  }
}
