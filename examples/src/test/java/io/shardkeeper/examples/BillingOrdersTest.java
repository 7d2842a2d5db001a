package io.shardkeeper.examples;

import static org.assertj.core.api.Assertions.assertThat;

import io.shardkeeper.examples.BillingOrders.Order;
import io.shardkeeper.examples.BillingOrders.Orders;
import java.nio.file.Path;
import java.time.Duration;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class BillingOrdersTest {
  @Test
  void billsEachOrderOnceInBatches(@TempDir Path directory) {
    var orders = new Orders();
    LongStream.range(0, 450).forEach(number -> orders.add(new Order(number, "somebody")));
    var soon = BillingOrders.BILLS.toBuilder().every(Duration.ofSeconds(1)).build();
    try (var stage = new Stage(directory);
        var running = BillingOrders.start(stage.settings().read(), orders, soon)) {
      assertThat(running.toString()).contains("stage");
      assertThat(stage.await(".* bills .*")).contains("SUCCEEDED on stage");
    }
    assertThat(orders.billed())
        .extracting(Order::number)
        .containsExactlyElementsOf(LongStream.range(0, 450).boxed().toList());
  }
}
