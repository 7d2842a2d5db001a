package io.shardkeeper.core.post;

import static org.assertj.core.api.Assertions.assertThat;

import io.shardkeeper.core.layout.RunId;
import io.shardkeeper.core.mail.Box;
import io.shardkeeper.core.mail.Command.Request;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Who waits for the ends of runs. */
final class EndsTest {
  private static final RunId FIRST = RunId.parse("bill.7.f.lx3k9qd4");
  private static final RunId SECOND = RunId.parse("bill.7.f.lx3k9qd5");
  private static final Box.Answer ENDED =
      Box.Answer.of(Box.Answer.Kind.ENDED, FIRST.text(), "done");

  private int told;
  private final Ends ends = new Ends(() -> told++);

  private RunId next() {
    List<Request> asked = ends.take().requests(Instant.EPOCH);
    assertThat(asked).hasSize(1);
    return ((Request.Await) asked.get(0)).run();
  }

  @Test
  void whoWaitsForTheSameSharesAnAnswer() {
    var one = ends.await(FIRST).toCompletableFuture();
    var other = ends.await(FIRST).toCompletableFuture();
    Letter letter = ends.take();
    assertThat(ends.isEmpty()).isTrue();
    assertThat(told).isEqualTo(1);

    letter.answered(List.of(ENDED));

    assertThat(one.join()).isEqualTo(ENDED);
    assertThat(other.join()).isEqualTo(ENDED);
    ends.await(FIRST);
    assertThat(next()).as("who comes later asks anew").isEqualTo(FIRST);
  }

  @Test
  void whatIsLostIsAskedFirstAndWhatIsUnansweredLast() {
    var first = ends.await(FIRST).toCompletableFuture();
    Letter letter = ends.take();
    ends.await(SECOND);

    letter.unanswered("Command 1 of client c");
    assertThat(next()).isEqualTo(SECOND);
    assertThat(next()).isEqualTo(FIRST);

    ends.await(RunId.parse("bill.7.f.lx3k9qd6"));
    letter.lost();
    assertThat(next()).isEqualTo(FIRST);
    assertThat(first).isNotDone();
  }

  @Test
  void thatNothingComesIsToldToAllOnce() {
    var first = ends.await(FIRST).toCompletableFuture();
    var second = ends.await(SECOND).toCompletableFuture();
    Letter letter = ends.take();

    letter.failed(new IllegalStateException("refused"));
    ends.failAll(new IllegalStateException("no box"));
    letter.failed(new IllegalStateException("again"));
    letter.answered(List.of(ENDED));

    assertThat(first.handle((value, why) -> why).join()).hasMessage("refused");
    assertThat(second.handle((value, why) -> why).join()).hasMessage("no box");
    assertThat(ends.isEmpty()).isTrue();
  }
}
