package io.shardkeeper.core.loop;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import io.shardkeeper.contract.HandLoop;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

final class TurnsTest {
  private final HandLoop loop = new HandLoop();
  private final List<String> done = new ArrayList<>();
  private boolean over;
  private final Turns turns = new Turns(loop, () -> over);

  private Runnable takes(String what, long millis) {
    return () -> {
      done.add(what);
      loop.freeze(Duration.ofMillis(millis));
    };
  }

  @Test
  void nothingIsDoneAtOnceAndEverythingInOrder() {
    turns.add(takes("one", 0));
    turns.add(takes("two", 0));
    assertThat(done).isEmpty();
    loop.turn();
    assertThat(done).containsExactly("one", "two");
  }

  @Test
  void othersHaveTheLoopBetweenTwoTurns() {
    for (String each : List.of("one", "two", "three", "four")) {
      turns.add(takes(each, 3));
    }
    loop.execute(() -> done.add("somebody else"));
    loop.turn();
    assertThat(done).containsExactly("one", "two", "somebody else", "three", "four");
  }

  @Test
  void whatTakesLongIsATurnOfItsOwn() {
    turns.add(takes("one", 500));
    turns.add(takes("two", 500));
    loop.execute(() -> done.add("somebody else"));
    loop.turn();
    assertThat(done).containsExactly("one", "somebody else", "two");
  }

  @Test
  void whatIsAddedMeanwhileComesLast() {
    turns.add(() -> {
      done.add("one");
      turns.add(takes("three", 0));
    });
    turns.add(takes("two", 0));
    loop.turn();
    assertThat(done).containsExactly("one", "two", "three");
  }

  @Test
  void whenItIsOverNothingIsDoneAnyMore() {
    turns.add(() -> over = true);
    turns.add(takes("two", 0));
    loop.turn();
    turns.add(takes("three", 0));
    loop.turn();
    assertThat(done).isEmpty();
  }

  @Test
  void whatFailsKeepsNobodyElseBack() {
    turns.add(() -> {
      throw new IllegalStateException("a fault");
    });
    turns.add(takes("two", 0));
    assertThatIllegalStateException().isThrownBy(loop::turn);
    loop.turn();
    assertThat(done).containsExactly("two");
  }
}
