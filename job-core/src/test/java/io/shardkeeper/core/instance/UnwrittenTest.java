package io.shardkeeper.core.instance;

import static org.assertj.core.api.Assertions.assertThat;

import io.shardkeeper.core.layout.Assignment;
import io.shardkeeper.core.layout.RunId;
import io.shardkeeper.core.layout.RunPlan;
import io.shardkeeper.core.mail.Told;
import io.shardkeeper.run.Origin;
import java.time.Instant;
import java.util.Map;
import org.junit.jupiter.api.Test;

final class UnwrittenTest {
  private static final Instant NINE = Instant.parse("2027-01-04T09:00:00Z");

  private final Unwritten unwritten = new Unwritten();
  private long token;

  private Told run(int second) {
    return run("bill", second);
  }

  private Told run(String job, int second) {
    Instant at = NINE.plusSeconds(second);
    var plan =
        new RunPlan(RunId.fire(job, 1, at), 0, 1, at, Map.of(), RunPlan.Traits.NONE, Origin.NONE);
    return new Told.HandedBack(new Assignment(plan, 0, 0, 1, 0, at, ++token), "");
  }

  private boolean isBefore(Told told) {
    return unwritten.isBefore(told.what().lane(), told.what().run());
  }

  @Test
  void whatWasCalledWasBeforeEverythingInItsLane() {
    Told called = run(5);
    unwritten.called(called);

    assertThat(isBefore(run(4))).as("it may be a retry").isTrue();
    assertThat(isBefore(run(6))).isTrue();
    assertThat(isBefore(run("other", 6))).isFalse();
    unwritten.written(called);
    assertThat(isBefore(run(6))).isFalse();
  }

  @Test
  void whatWasNotCalledIsBeforeThoseBehindIt() {
    Told skipped = run(5);
    unwritten.notCalled(skipped);

    assertThat(isBefore(run(4))).isFalse();
    assertThat(isBefore(run(6))).isTrue();
    assertThat(isBefore(run("other", 6))).isFalse();
    unwritten.written(skipped);
    assertThat(isBefore(run(6))).isFalse();
  }

  @Test
  void eachOfSeveralIsWaitedFor() {
    Told one = run(1);
    Told same = run(1);
    Told three = run(3);
    Told called = run(2);
    unwritten.notCalled(one);
    unwritten.notCalled(same);
    unwritten.notCalled(three);
    unwritten.called(called);
    unwritten.called(called);

    unwritten.written(called);
    assertThat(isBefore(run(0))).as("called twice").isTrue();
    unwritten.written(called);
    assertThat(isBefore(run(1))).isFalse();
    assertThat(isBefore(run(2))).isTrue();
    unwritten.written(one);
    assertThat(isBefore(run(2))).as("the same run once more").isTrue();
    unwritten.written(same);
    assertThat(isBefore(run(2))).isFalse();
    assertThat(isBefore(run(4))).isTrue();
    unwritten.written(three);
    assertThat(isBefore(run(4))).isFalse();
  }
}
