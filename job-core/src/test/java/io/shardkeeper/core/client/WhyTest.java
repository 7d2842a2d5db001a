package io.shardkeeper.core.client;

import static org.assertj.core.api.Assertions.assertThat;

import io.shardkeeper.client.JobClientException;
import io.shardkeeper.client.RunRequest;
import io.shardkeeper.job.Job;
import io.shardkeeper.job.Misfire;
import io.shardkeeper.run.Outcome;
import io.shardkeeper.view.RunView;
import io.shardkeeper.view.Why;
import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Test;

/** What became of a fire, asked in one call. */
final class WhyTest {
  private static final Job MINUTELY = Job.builder("tick")
      .handler("work")
      .every(Duration.ofMinutes(1))
      .misfire(Misfire.skip())
      .build();
  private static final Instant NINE = Instant.parse("2027-01-04T09:00:00Z");
  private final Town town = new Town();

  private Why why(Instant at) {
    return town.get(town.client.why("tick", at));
  }

  @Test
  void aFireThatRanTellsOfItsRun() {
    town.coordinated().staffed();
    town.defined(MINUTELY);
    town.world.run(Duration.ofSeconds(150));

    Why why = why(NINE.plusSeconds(120));

    assertThat(why.kind()).isEqualTo(Why.Kind.ENDED);
    assertThat(why.sentence()).contains("SUCCEEDED");
    assertThat(town.get(town.client.run(why.runId())))
        .isInstanceOfSatisfying(
            RunView.Ended.class, run -> assertThat(run.outcome()).isEqualTo(Outcome.SUCCEEDED));
    assertThat(town.runs("tick"))
        .extracting(RunView::scheduledAt)
        .containsExactly(NINE.plusSeconds(120), NINE.plusSeconds(60));
  }

  @Test
  void aStretchThatNobodyDecidedInTimeTellsWhy() {
    town.coordinated().staffed();
    town.defined(MINUTELY);
    town.stopCoordinating();
    town.world.run(Duration.ofMinutes(10));
    town.coordinated();
    town.world.run(Duration.ofSeconds(5));

    Why why = why(NINE.plusSeconds(240));

    assertThat(why.kind()).isEqualTo(Why.Kind.SKIPPED);
    assertThat(why.sentence()).contains("SKIPPED_MISFIRE");
  }

  @Test
  void whatIsNoFireIsToldSo() {
    town.coordinated().staffed();
    town.defined(MINUTELY);

    assertThat(why(NINE.plusSeconds(90)).kind()).isEqualTo(Why.Kind.NOT_A_FIRE);
    assertThat(why(NINE.plusSeconds(600)).kind()).isEqualTo(Why.Kind.NOT_YET);
    assertThat(why(NINE.minusSeconds(600)).kind()).isEqualTo(Why.Kind.BEFORE);
    assertThat(town.failure(town.client.why("none", NINE)))
        .isInstanceOf(JobClientException.class)
        .hasMessageContaining("no job 'none'");
  }

  @Test
  void whatRunsIsToldToRun() {
    town.coordinated().staffed();
    town.defined(MINUTELY);
    town.holds = true;
    town.world.run(Duration.ofSeconds(70));

    assertThat(why(NINE.plusSeconds(60)).kind()).isEqualTo(Why.Kind.OPEN);
    assertThat(town.get(town.client.trigger(RunRequest.of("tick")))).startsWith("tick.");
    town.world.run(Duration.ofSeconds(1));
    assertThat(town.runs("tick"))
        .hasSize(2)
        .allSatisfy(run -> assertThat(run).isInstanceOf(RunView.Open.class));
  }
}
