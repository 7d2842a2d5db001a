package io.shardkeeper.handler;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Optional;
import java.util.concurrent.CancellationException;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

final class HandlersTest {

  @Test
  void offersHandlersByName() {
    var plain = JobHandler.of("plain", "Does it all", context -> Result.ok());
    var sharding = ShardingJobHandler.of(
        "sharding", "Does its share", context -> Result.ok(context.shard().parameter()));
    var handlers = Handlers.of(sharding, plain);

    assertThat(handlers.byName()).containsOnlyKeys("plain", "sharding");
    assertThat(handlers.find("plain")).contains(plain);
    assertThat(handlers.find("missing")).isEmpty();
    assertThat(handlers.find("sharding").map(Handler::description)).contains("Does its share");
  }

  @Test
  void refusesAllThatWillNotDoAtOnce() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Handlers.of(
            JobHandler.of("a b", "Fine", context -> Result.ok()),
            JobHandler.of("twice", "Fine", context -> Result.ok()),
            JobHandler.of("twice", "Fine", context -> Result.ok()),
            JobHandler.of("silent", " ", context -> Result.ok()),
            JobHandler.of("long", "One line\n", context -> Result.ok())))
        .withMessageContaining("cannot be called 'a b'")
        .withMessageContaining("Two handlers are called 'twice'")
        .withMessageContaining("'silent' needs a description of one line")
        .withMessageContaining("'long' needs a description of one line");
  }

  @Test
  void aShardIsOneOfSeveral() {
    assertThat(new Shard(1, 3, "south").parameter()).isEqualTo("south");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new Shard(3, 3, ""))
        .withMessage("No shard 3 of 3: the index runs from 0 to total - 1");
    assertThatIllegalArgumentException().isThrownBy(() -> new Shard(-1, 3, ""));
  }

  @Test
  void eachNumberBelongsToExactlyOneShard() {
    for (long number : new long[] {Long.MIN_VALUE, -7, -1, 0, 1, 2, 3, Long.MAX_VALUE}) {
      assertThat(IntStream.range(0, 3)
              .filter(index -> new Shard(index, 3, "").owns(number))
              .count())
          .isEqualTo(1);
    }
  }

  @Test
  void resultsHaveALimit() {
    assertThat(Result.ok("x".repeat(65_536))).isInstanceOf(Result.Ok.class);
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Result.failed("x".repeat(65_537)))
        .withMessageContaining("at most 65536 are kept");
  }

  @Test
  void cancelledWorkEndsWhereItAsks() {
    var killed = new Cancellation() {
      @Override
      public boolean isRequested() {
        return true;
      }

      @Override
      public Optional<Reason> reason() {
        return Optional.of(Reason.KILLED);
      }

      @Override
      public void onRequest(Runnable action) {
        action.run();
      }
    };
    assertThatThrownBy(killed::throwIfRequested)
        .isInstanceOf(CancellationException.class)
        .hasMessage("The work is to end: KILLED");
  }
}
