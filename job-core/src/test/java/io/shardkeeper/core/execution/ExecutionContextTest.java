package io.shardkeeper.core.execution;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.shardkeeper.handler.Cancellation.Reason;
import io.shardkeeper.handler.Result;
import io.shardkeeper.handler.Shard;
import io.shardkeeper.handler.ShardingContext;
import io.shardkeeper.handler.ShardingJobHandler;
import io.shardkeeper.job.Job;
import io.shardkeeper.job.Sharding;
import io.shardkeeper.run.Outcome;
import java.lang.reflect.Field;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.slf4j.MDC;
import org.slf4j.helpers.BasicMDCAdapter;
import org.slf4j.spi.MDCAdapter;

/** What a handler sees of its execution, field by field. */
final class ExecutionContextTest {
  private static final Job SHARDED = Stage.JOB.toBuilder()
      .sharding(Sharding.shards(3, "0=north,1=south,2=west"))
      .parameter("a", "job")
      .parameter("b", "job")
      .build();

  @Test
  void everyFieldIsThere() {
    var stage = Stage.lookingAt(context -> {
      assertThat(context.jobName()).isEqualTo("billing");
      assertThat(context.runId()).isEqualTo(Stage.shard(1).run().id().text());
      assertThat(context.scheduledAt()).isEqualTo(Stage.DUE);
      assertThat(context.dataTime()).isEqualTo(Stage.DUE);
      assertThat(context.attempt()).isEqualTo(2);
      assertThat(context.token()).as("that of the start, not of the assignment").isEqualTo(77);
      assertThat(context.shard()).isEqualTo(new Shard(1, 3, "south"));
      assertThat(context.parameters())
          .as("of the job, overridden by the plan")
          .isEqualTo(Map.of("a", "job", "b", "plan", "c", "plan"));
      assertThatExceptionOfType(UnsupportedOperationException.class)
          .isThrownBy(() -> context.parameters().put("d", "handler"));
      assertThat(context.cancellation().isRequested()).isFalse();
      assertThat(context.cancellation().reason()).isEmpty();
      context.cancellation().throwIfRequested();
      context.progress().report("looking");
      assertThat(context.log()).isNotNull();
    });

    stage.executions.start(Stage.shard(1), SHARDED, 77);
    stage.workers.last().run();
    stage.loop.turn();

    assertThat(stage.ended().outcome()).as(stage.ended().text()).isEqualTo(Outcome.SUCCEEDED);
    assertThat(stage.ended().what()).as("the assignment as it was given").isEqualTo(Stage.shard(1));
  }

  @Test
  void aShardWithoutAParameterHasAnEmptyOne() {
    var seen = new ArrayList<Shard>();
    var stage = Stage.lookingAt(context -> seen.add(context.shard()));

    stage.run(Stage.JOB.toBuilder().sharding(Sharding.all()).build());
    stage.run(Stage.JOB.toBuilder().sharding(Sharding.shards(3)).build());
    // Planned for three by an earlier revision, or by somebody who knew better: there is no
    // parameter for it.
    var one = Stage.JOB.toBuilder().sharding(Sharding.shards(List.of("only"))).build();
    stage.executions.start(Stage.shard(2), one, 1);
    stage.workers.last().run();

    assertThat(seen).containsExactly(new Shard(0, 3, ""), new Shard(0, 3, ""), new Shard(2, 3, ""));
  }

  @Test
  void aHandlerOfShardsIsCalledToo() {
    var stage = new Stage(
        ShardingJobHandler.of(
            "settle", "Settles accounts", context -> Result.ok(context.shard().parameter())),
        List.of());

    stage.run(SHARDED);

    assertThat(stage.ended().text()).isEqualTo("north");
  }

  @Test
  void everyTouchLooksAtTheFence() {
    List<Consumer<ShardingContext>> touches = List.of(
        ShardingContext::jobName,
        ShardingContext::runId,
        ShardingContext::scheduledAt,
        ShardingContext::dataTime,
        ShardingContext::attempt,
        ShardingContext::token,
        ShardingContext::shard,
        ShardingContext::parameters,
        ShardingContext::cancellation,
        ShardingContext::progress,
        ShardingContext::log);
    for (var touch : touches) {
      var stage = new Stage[1];
      stage[0] = Stage.lookingAt(context -> frozenThen(stage[0], () -> touch.accept(context)));
      stage[0].run(Stage.JOB);
      assertThat(stage[0].kinds()).containsExactly("Returned", "slot");
    }
  }

  @Test
  void whatItHandsOutLooksAtTheFenceToo() {
    var stage = new Stage[1];
    stage[0] = Stage.lookingAt(context -> {
      var progress = context.progress();
      frozenThen(stage[0], () -> progress.report(1, 2));
    });
    stage[0].run(Stage.JOB);
    stage[0] = Stage.lookingAt(context -> {
      var progress = context.progress();
      frozenThen(stage[0], () -> progress.report("half"));
    });
    stage[0].run(Stage.JOB);

    var ran = new ArrayList<Object>();
    stage[0] = Stage.lookingAt(context -> {
      var cancellation = context.cancellation();
      stage[0].loop.freeze(Duration.ofHours(1));
      cancellation.onRequest(() -> ran.add(cancellation.reason().orElseThrow()));
    });
    stage[0].run(Stage.JOB);
    assertThat(ran).containsExactly(Reason.LEASE_LOST);
  }

  /** The process is frozen, goes on, and touches the library in a way: before it asks for anything else, the loop is told. */
  private static void frozenThen(Stage stage, Runnable touch) {
    stage.loop.freeze(Duration.ofHours(1));
    touch.run();
    stage.loop.advance(Duration.ofSeconds(1));
    assertThat(stage.workers.works().get(0).interrupts()).isEqualTo(1);
  }

  @Test
  void theThreadTellsTheLogWhatItWorksOn() throws ReflectiveOperationException {
    Field adapter = Stream.of(MDC.class.getDeclaredFields())
        .filter(field -> field.getType() == MDCAdapter.class)
        .findFirst()
        .orElseThrow();
    adapter.setAccessible(true);
    Object before = adapter.get(null);
    adapter.set(null, new BasicMDCAdapter());
    try {
      Map<String, String> seen = new TreeMap<>();
      var stage = Stage.lookingAt(context -> {
        seen.putAll(MDC.getCopyOfContextMap());
        MDC.put("left", "behind");
      });

      stage.run(Stage.JOB);

      assertThat(seen)
          .isEqualTo(Map.of(
              "job",
              "billing",
              "run",
              Stage.shard(0).run().id().text(),
              "shard",
              "0",
              "attempt",
              "2"));
      assertThat(MDC.getCopyOfContextMap()).isNullOrEmpty();
    } finally {
      adapter.set(null, before);
    }
  }
}
