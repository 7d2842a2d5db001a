package io.shardkeeper.core.ledger;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.shardkeeper.contract.SimulatedWorld;
import io.shardkeeper.contract.SimulatedWorld.Weather;
import io.shardkeeper.core.ledger.Lease.Phase;
import java.time.Duration;
import org.junit.jupiter.api.Test;

final class LeaseTest {
  private static final Duration TIMEOUT = Duration.ofSeconds(10);
  private static final Duration TICK = Duration.ofSeconds(2);
  private static final long SECOND = 1_000_000_000L;

  /** Of ten seconds, half a tick and the margin are taken off. */
  private static final long LENGTH = 8_750_000_000L;

  private final Lease lease = new Lease(TIMEOUT, TICK, 0);

  @Test
  void withoutAnAnswerItLapsesEarlierThanTheSession() {
    assertThat(lease.until()).isEqualTo(LENGTH);
    assertThat(lease.phase(0)).isEqualTo(Phase.HELD);
    assertThat(lease.phase(lease.endsFrom() - 1)).isEqualTo(Phase.HELD);
    assertThat(lease.phase(lease.endsFrom())).isEqualTo(Phase.ENDING);
    assertThat(lease.phase(LENGTH - 1)).isEqualTo(Phase.ENDING);
    assertThat(lease.phase(LENGTH)).isEqualTo(Phase.LAPSED);
  }

  @Test
  void itCountsFromTheAskingBeforeTheLastThatWasAnswered() {
    lease.asked(2 * SECOND);
    lease.answered(8 * SECOND);
    assertThat(lease.until()).as("from the beginning").isEqualTo(LENGTH);
    lease.asked(4 * SECOND);
    lease.answered(8 * SECOND);
    assertThat(lease.until()).isEqualTo(2 * SECOND + LENGTH);
    lease.asked(6 * SECOND);
    assertThat(lease.until()).as("asking alone renews nothing").isEqualTo(2 * SECOND + LENGTH);
    lease.answered(8 * SECOND);
    assertThat(lease.until()).isEqualTo(4 * SECOND + LENGTH);
  }

  @Test
  void severalMayBeUnderWayAndCountInTheirOrder() {
    lease.asked(1 * SECOND);
    lease.asked(2 * SECOND);
    lease.asked(3 * SECOND);
    lease.answered(8 * SECOND);
    lease.answered(8 * SECOND);
    assertThat(lease.until()).isEqualTo(1 * SECOND + LENGTH);
    lease.unanswered();
    assertThat(lease.until()).isEqualTo(1 * SECOND + LENGTH);
  }

  @Test
  void anAnswerThatComesLateCountsFromItsAsking() {
    lease.asked(1 * SECOND);
    lease.asked(2 * SECOND);
    lease.answered(8 * SECOND);
    lease.answered(8 * SECOND);
    assertThat(lease.until()).isEqualTo(1 * SECOND + LENGTH);
  }

  @Test
  void onceLapsedItStaysSo() {
    lease.asked(2 * SECOND);
    lease.asked(4 * SECOND);
    lease.answered(9 * SECOND);
    lease.answered(9 * SECOND);
    assertThat(lease.phase(9 * SECOND)).isEqualTo(Phase.LAPSED);
    lease.asked(9 * SECOND);
    lease.answered(9 * SECOND);
    assertThat(lease.phase(9 * SECOND)).isEqualTo(Phase.LAPSED);
  }

  @Test
  void itIsDueSixTimesInASession() {
    assertThat(lease.isDue(SECOND)).isFalse();
    assertThat(lease.isDue(TIMEOUT.toNanos() / 6)).isTrue();
    lease.asked(TIMEOUT.toNanos() / 6);
    assertThat(lease.isDue(TIMEOUT.toNanos() / 6 + 1)).isFalse();
  }

  @Test
  void aShorterTimeoutCountsAtOnce() {
    lease.timeout(Duration.ofSeconds(6));
    assertThat(lease.until()).isEqualTo(LENGTH - 4 * SECOND);
  }

  @Test
  void aTimeoutThatLeavesNothingIsRefused() {
    assertThatThrownBy(() -> new Lease(Duration.ofSeconds(1), TICK, 0))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("PT1S")
        .hasMessageContaining("two ticks");
  }

  @Test
  void theMonotonicClockMayPassItsEnd() {
    long begun = Long.MAX_VALUE - SECOND;
    var late = new Lease(TIMEOUT, TICK, begun);
    assertThat(late.phase(begun + 2 * SECOND)).isEqualTo(Phase.HELD);
    assertThat(late.phase(begun + 9 * SECOND)).isEqualTo(Phase.LAPSED);
  }

  /** Whatever happens to a client, its lease lapses before anybody sees its nodes vanish. */
  @Test
  void itAlwaysLapsesBeforeTheSessionEnds() {
    long seed = Long.getLong("shardkeeper.seed", 20_261_121);
    for (long i = 0; i < 200; i++) {
      var world = new SimulatedWorld(seed + i, Weather.CALM);
      Ledger client = world.open();
      var held = new Lease(client.session().timeout(), Duration.ofMillis(500), world.nanos());
      NodePath path = NodePath.of("/a");
      world.await(
          client.commit(Transaction.builder().createEphemeral(path, Bytes.NONE).build()));
      Ledger other = world.open();
      long[] lapsed = {-1};
      renew(world, client, held, lapsed);
      world.run(Duration.ofMillis(4_000 + 37 * i));
      assertThat(lapsed[0]).as("a lease that is renewed does not lapse").isNegative();
      if (i % 2 == 0) {
        world.cut(client);
      } else {
        world.stall(client);
      }
      world.until("the node gone", () -> {
        world.await(other.barrier());
        return world.await(other.read(path)).isEmpty();
      });
      assertThat(lapsed[0]).as("seed %s", seed + i).isPositive().isLessThan(world.nanos());
    }
  }

  private static void renew(SimulatedWorld world, Ledger client, Lease held, long[] lapsed) {
    long now = world.nanos();
    if (held.phase(now) == Phase.LAPSED) {
      lapsed[0] = now;
      return;
    }
    if (held.isDue(now)) {
      held.asked(now);
      client.barrier().whenComplete((done, failure) -> {
        if (failure == null) {
          held.answered(world.nanos());
        } else {
          held.unanswered();
        }
      });
    }
    world.after(10_000_000, () -> renew(world, client, held, lapsed));
  }
}
