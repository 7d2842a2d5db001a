package io.shardkeeper.handler;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.shardkeeper.run.TraceContext;
import java.io.IOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CancellationException;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.slf4j.Logger;
import org.slf4j.helpers.NOPLogger;

/** Where a dataflow stops, and what it tells then. The source holds seven orders, three of which make a batch. */
final class DataflowJobHandlerTest {
  private final List<Integer> source =
      new ArrayList<>(IntStream.range(0, 7).boxed().toList());
  private final List<Integer> processed = new ArrayList<>();
  private final Context context = new Context();
  private int fetches;

  private List<Integer> fetch(ShardingContext asked) {
    assertThat(asked).isSameAs(context);
    fetches++;
    return List.copyOf(source.subList(0, Math.min(3, source.size())));
  }

  private void process(ShardingContext asked, List<Integer> batch) {
    assertThat(asked).isSameAs(context);
    processed.addAll(batch);
    source.removeAll(batch);
  }

  private final DataflowJobHandler<Integer> bills =
      DataflowJobHandler.of("bills", "Bills orders", this::fetch, this::process);

  @Test
  void goesOnUntilThereIsNothingLeft() throws Exception {
    assertThat(bills.handle(context)).isEqualTo(Result.ok("3 batches with 7 items"));

    assertThat(processed).containsExactly(0, 1, 2, 3, 4, 5, 6);
    assertThat(fetches).isEqualTo(4);
    assertThat(context.said)
        .containsExactly(
            "3 of 0",
            "1 batch with 3 items",
            "6 of 0",
            "2 batches with 6 items",
            "7 of 0",
            "3 batches with 7 items");
  }

  @Test
  void whereThereIsNothingItIsDoneAtOnce() throws Exception {
    source.clear();

    assertThat(bills.handle(context)).isEqualTo(Result.ok("0 batches with 0 items"));
    assertThat(context.said).isEmpty();
  }

  @Test
  void canBeOffered() {
    assertThat(Handlers.of(bills).find("bills")).contains(bills);
    assertThat(bills.description()).isEqualTo("Bills orders");
    assertThat(bills.yieldsToDrain()).isTrue();
    assertThat(new ShardingDemo().yieldsToDrain()).as("others are not asked").isFalse();
  }

  @ParameterizedTest
  @EnumSource(value = Cancellation.Reason.class, mode = EnumSource.Mode.EXCLUDE, names = "DRAINING")
  void stopsBetweenTwoBatchesWithoutAnotherFetch(Cancellation.Reason reason) throws Exception {
    DataflowJobHandler<Integer> stopped =
        DataflowJobHandler.of("bills", "Bills orders", this::fetch, (asked, batch) -> {
          context.reason = reason; // while it is at a batch
          process(asked, batch);
        });

    assertThat(stopped.handle(context))
        .isEqualTo(Result.failed(
            "stopped between two batches (" + reason + "), after 1 batch with 3 items"));
    assertThat(processed).containsExactly(0, 1, 2);
    assertThat(fetches).isEqualTo(1);
  }

  @Test
  void whatWasFetchedIsProcessedBeforeItStops() throws Exception {
    DataflowJobHandler<Integer> stopped = DataflowJobHandler.of(
        "bills",
        "Bills orders",
        asked -> {
          context.reason = Cancellation.Reason.KILLED;
          return fetch(asked);
        },
        this::process);

    assertThat(stopped.handle(context)).isInstanceOf(Result.Failed.class);
    assertThat(processed).containsExactly(0, 1, 2);
  }

  @Test
  void lettingAnotherInstanceGoOnIsNoResult() {
    context.reason = Cancellation.Reason.DRAINING;

    assertThatThrownBy(() -> bills.handle(context))
        .isInstanceOf(CancellationException.class)
        .hasMessage("The instance is leaving; stopped after 0 batches with 0 items");
    assertThat(fetches).isZero();
  }

  @Test
  void aBatchThatFailsTellsHowFarItCame() {
    var cause = new IOException("out of paper");
    DataflowJobHandler<Integer> broken =
        DataflowJobHandler.of("bills", "Bills orders", this::fetch, (asked, batch) -> {
          if (batch.contains(4)) {
            throw cause;
          }
          process(asked, batch);
        });

    assertThatThrownBy(() -> broken.handle(context))
        .hasMessage("Processing 3 items failed after 1 batch with 3 items")
        .hasCause(cause);
    assertThat(processed).containsExactly(0, 1, 2);
  }

  @Test
  void aFetchThatFailsTellsHowFarItCame() {
    DataflowJobHandler<Integer> broken = DataflowJobHandler.of(
        "bills",
        "Bills orders",
        asked -> {
          if (processed.size() == 6) {
            throw new IOException("no connection");
          }
          return fetch(asked);
        },
        this::process);

    assertThatThrownBy(() -> broken.handle(context))
        .hasMessage("Fetching failed after 2 batches with 6 items")
        .hasRootCauseMessage("no connection");
  }

  @Test
  void oneItemIsOneItem() {
    DataflowJobHandler<Integer> broken =
        DataflowJobHandler.of("bills", "Bills orders", asked -> List.of(1), (asked, batch) -> {
          throw new IOException("out of paper");
        });

    assertThatThrownBy(() -> broken.handle(context))
        .hasMessage("Processing 1 item failed after 0 batches with 0 items");
  }

  @Test
  void whatAsksItToEndInTheMiddleStaysWhatItIs() {
    for (Exception end : List.of(new InterruptedException("now"), new CancellationException())) {
      DataflowJobHandler<Integer> ended =
          DataflowJobHandler.of("bills", "Bills orders", this::fetch, (asked, batch) -> {
            context.reason = Cancellation.Reason.DRAINING;
            throw end;
          });
      context.reason = null;
      assertThatThrownBy(() -> ended.handle(context)).isSameAs(end);
    }
  }

  @Test
  void whatWasCancelledByNobodyHereIsAFailureLikeAnyOther() {
    DataflowJobHandler<Integer> broken =
        DataflowJobHandler.of("bills", "Bills orders", this::fetch, (asked, batch) -> {
          throw new CancellationException("somebody else's future");
        });

    assertThatThrownBy(() -> broken.handle(context))
        .isInstanceOf(IllegalStateException.class)
        .hasMessage("Processing 3 items failed after 0 batches with 0 items");
  }

  @Test
  void nullIsNoBatch() throws Exception {
    DataflowJobHandler<Integer> careless = DataflowJobHandler.of(
        "bills",
        "Bills orders",
        asked -> processed.isEmpty() ? fetch(asked) : nothing(),
        this::process);

    assertThat(careless.handle(context))
        .isEqualTo(
            Result.failed(
                "Fetching answered null after 1 batch with 3 items; a dataflow that has nothing left answers an empty list"));
  }

  @SuppressWarnings(
      "NullAway") // what a handler in another language, or without the checker, may do
  private static List<Integer> nothing() {
    return null;
  }

  @Test
  void whoEmptiesItsBatchIsCountedAllTheSame() throws Exception {
    DataflowJobHandler<Integer> emptying = DataflowJobHandler.of(
        "bills", "Bills orders", asked -> new ArrayList<>(fetch(asked)), (asked, batch) -> {
          process(asked, List.copyOf(batch));
          batch.clear();
        });

    assertThat(emptying.handle(context)).isEqualTo(Result.ok("3 batches with 7 items"));
  }

  /** An execution that may be cancelled at any time, and remembers what it was told. */
  private static final class Context implements ShardingContext, Cancellation, Progress {
    private final List<String> said = new ArrayList<>();
    private Cancellation.@Nullable Reason reason;

    @Override
    public Shard shard() {
      return new Shard(0, 1, "");
    }

    @Override
    public String jobName() {
      return "bill";
    }

    @Override
    public String runId() {
      return "bill-1";
    }

    @Override
    public Instant scheduledAt() {
      return Instant.EPOCH;
    }

    @Override
    public Instant dataTime() {
      return Instant.EPOCH;
    }

    @Override
    public String rerunOf() {
      return "";
    }

    @Override
    public TraceContext trace() {
      return TraceContext.NONE;
    }

    @Override
    public int attempt() {
      return 1;
    }

    @Override
    public long token() {
      return 1;
    }

    @Override
    public Map<String, String> parameters() {
      return Map.of();
    }

    @Override
    public Cancellation cancellation() {
      return this;
    }

    @Override
    public Progress progress() {
      return this;
    }

    @Override
    public Logger log() {
      return NOPLogger.NOP_LOGGER;
    }

    @Override
    public boolean isRequested() {
      return reason != null;
    }

    @Override
    public Optional<Reason> reason() {
      return Optional.ofNullable(reason);
    }

    @Override
    public void onRequest(Runnable action) {
      throw new UnsupportedOperationException();
    }

    @Override
    public void report(long done, long total) {
      said.add(done + " of " + total);
    }

    @Override
    public void report(String note) {
      said.add(note);
    }
  }
}
