package io.shardkeeper.core.client;

import static org.assertj.core.api.Assertions.assertThat;

import io.shardkeeper.client.RunRequest;
import io.shardkeeper.client.RunResult;
import io.shardkeeper.client.Submitted;
import io.shardkeeper.contract.SimulatedWorld;
import io.shardkeeper.contract.SimulatedWorld.Weather;
import io.shardkeeper.job.Overlap;
import io.shardkeeper.view.RunView;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.concurrent.CompletionStage;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Connections break, answers are lost and sessions end, again and again: each request lands once, and each answer comes. */
final class BadWeatherTest {
  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10})
  void eachRequestLandsOnce(long seed) {
    var world = new SimulatedWorld(seed, Weather.STORM);
    var town = new Town(world);
    town.coordinated().staffed();
    town.defined(town.job("bill").toBuilder().overlap(Overlap.serial(1_000)).build());
    List<CompletionStage<String>> runs = new ArrayList<>();
    List<CompletionStage<RunResult>> ends = new ArrayList<>();
    for (int i = 0; i < 100; i++) {
      CompletionStage<String> run =
          town.client.trigger(RunRequest.of("bill").parameter("i", "" + i));
      runs.add(run);
      ends.add(run.thenCompose(town.client::await));
      world.run(Duration.ofMillis(100));
    }

    runs.forEach(town::get);
    ends.forEach(town::get);

    world.calmDown();
    world.run(Duration.ofSeconds(30));
    List<RunView> all = town.runs("bill");
    assertThat(all).hasSize(100).allMatch(run -> run instanceof RunView.Ended);
    assertThat(new HashSet<>(all.stream().map(RunView::id).toList()))
        .isEqualTo(new HashSet<>(runs.stream().map(town::get).toList()));
  }

  @ParameterizedTest
  @ValueSource(longs = {11, 12, 13, 14, 15, 16, 17})
  void eachOfManyLandsOnce(long seed) {
    var world = new SimulatedWorld(seed, Weather.STORM);
    var town = new Town(world);
    town.coordinated().staffed();
    town.defined(town.job("wide").toBuilder()
        .shards(10)
        .history(2_000)
        .overlap(Overlap.serial(2_000))
        .build());
    List<RunRequest> requests = new ArrayList<>();
    for (int i = 0; i < 800; i++) {
      requests.add(RunRequest.of("wide").parameter("i", "" + i));
    }

    List<Submitted> answers = town.get(town.client.submit(requests));

    world.calmDown();
    world.run(Duration.ofMinutes(3));
    assertThat(answers).hasSize(800).allMatch(Submitted::hasRun);
    List<RunView> all = town.runs("wide");
    assertThat(new HashSet<>(all.stream().map(RunView::id).toList()))
        .hasSize(800)
        .isEqualTo(new HashSet<>(answers.stream().map(Submitted::runId).toList()));
    assertThat(all).allMatch(run -> run instanceof RunView.Ended);
  }
}
