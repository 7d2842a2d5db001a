package io.shardkeeper.core.books;

import static org.assertj.core.api.Assertions.assertThat;

import io.shardkeeper.core.layout.Parked;
import io.shardkeeper.core.layout.RunId;
import io.shardkeeper.core.layout.RunPlan;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

final class ParkingLotTest {
  private static final Instant NOW = Instant.parse("2027-01-04T09:00:00Z");

  private final ParkingLot parking = new ParkingLot();

  private ParkingLot.Card park(int number) {
    RunId id = RunId.fire("bill", 7, NOW.plusSeconds(number));
    var run = new RunPlan(id, 1, 1, NOW, Map.of(), RunPlan.Traits.NONE);
    var cause = new Parked.Wait(Parked.For.TURN, NOW, "somebody is before it");
    return parking.add(new Parked.Start(run, NOW, List.of(), cause));
  }

  @Test
  void alarmsOfWhatWaitsNoMoreDoNotPileUp() {
    ParkingLot.Card stays = park(0);
    parking.wake(stays, NOW.plus(Duration.ofDays(8)));
    for (int i = 1; i < 20_000; i++) {
      ParkingLot.Card card = park(i);
      parking.wake(card, NOW.plus(Duration.ofDays(7)));
      parking.remove(card);
    }

    assertThat(parking.alarms()).isLessThan(2_500);
    assertThat(parking.next()).contains(NOW.plus(Duration.ofDays(8)));
    assertThat(parking.due(NOW.plus(Duration.ofDays(9)))).contains(stays);
  }
}
