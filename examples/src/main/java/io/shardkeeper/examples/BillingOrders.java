package io.shardkeeper.examples;

import io.shardkeeper.config.Settings;
import io.shardkeeper.engine.Shardkeeper;
import io.shardkeeper.handler.DataflowJobHandler;
import io.shardkeeper.handler.ShardingContext;
import io.shardkeeper.job.Job;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.concurrent.ConcurrentSkipListMap;

/**
 * A dataflow: it bills the orders that are not billed yet, in batches, until there are none. Each shard has orders of its own. Who stops in between has lost nothing: an
 * order that is billed is not fetched any more, and one that is not is fetched by whoever goes on.
 */
public final class BillingOrders implements DataflowJobHandler<BillingOrders.Order> {
  private static final int BATCH = 100;

  static final Job BILLS = Job.builder("bills")
      .handler("billing")
      .cron("0 0 * * * ?", "Europe/Berlin")
      .shards(2)
      .timeout(Duration.ofMinutes(50)) // a source that gives the same for ever ends here
      .build();

  private final Orders orders;

  BillingOrders(Orders orders) {
    this.orders = orders;
  }

  /** An order that somebody made. */
  public record Order(long number, String customer) {}

  /** A queue of orders, in memory: here, a table of your store. Threads may share it. */
  static final class Orders {
    private final SortedMap<Long, Order> open = new ConcurrentSkipListMap<>();
    private final SortedMap<Long, Order> billed = new ConcurrentSkipListMap<>();

    void add(Order order) {
      open.put(order.number(), order);
    }

    /** {@code SELECT ... WHERE NOT billed AND number % total = index LIMIT 100}. */
    List<Order> open(ShardingContext context) {
      return open.values().stream()
          .filter(order -> context.shard().owns(order.number()))
          .limit(BATCH)
          .toList();
    }

    /** Harmless to repeat: an order is billed once, however often it is asked for. */
    void bill(Order order) {
      billed.putIfAbsent(order.number(), order);
      open.remove(order.number());
    }

    List<Order> billed() {
      return new ArrayList<>(billed.values());
    }
  }

  @Override
  public String name() {
    return "billing";
  }

  @Override
  public String description() {
    return "Bills the orders that are not billed yet";
  }

  @Override
  public List<Order> fetch(ShardingContext context) {
    return orders.open(context);
  }

  @Override
  public void process(ShardingContext context, List<Order> batch) {
    batch.forEach(orders::bill);
    context.log().info("billed up to order {}", batch.get(batch.size() - 1).number());
  }

  static Shardkeeper start(Settings settings, Orders orders, Job job) {
    return Shardkeeper.with(settings)
        .handlers(new BillingOrders(orders))
        .jobs(job)
        .start();
  }
}
