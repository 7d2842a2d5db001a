package io.shardkeeper.core.layout;

import static org.assertj.core.api.Assertions.assertThat;

import io.shardkeeper.core.ledger.Transaction;
import io.shardkeeper.core.mail.Box;
import io.shardkeeper.core.mail.Box.Answer;
import io.shardkeeper.core.mail.Command;
import io.shardkeeper.run.Outcome;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;

final class BoxTest {
  private static final List<Answer> ACCEPTED =
      List.of(Answer.of(Answer.Kind.ACCEPTED, "bill.1.r.c-1-0", ""));

  @Test
  void theAnswerToAnOldWaitIsKept() {
    Box box = Box.EMPTY;
    for (int number = 10; number < 300; number++) {
      box = box.with(number, ACCEPTED);
    }

    Box next = box.with(3, ACCEPTED);

    assertThat(next.to(3)).isEqualTo(ACCEPTED);
    assertThat(next.answers()).hasSize(Box.MOST_ANSWERS);
    assertThat(next.isAnswered(10)).isTrue();
  }

  @Test
  void itAlwaysFitsIntoItsNode() {
    var large = new Answer(Answer.Kind.ENDED, "bill.1.r.c-1-0", Outcome.FAILED, "ü".repeat(60_000));
    var many = Collections.nCopies(
        Command.MOST_REQUESTS, Answer.of(Answer.Kind.ACCEPTED, "b".repeat(150), ""));
    Box box = Box.EMPTY;
    for (int number = 1; number < 300; number++) {
      box = box.with(number, number % 7 == 0 ? many : List.of(large));

      assertThat(box.bytes().length()).isLessThan(Transaction.NODE_BYTES).isLessThan(box.size());
    }
    assertThat(large.isCut()).isTrue();
    assertThat(Box.read(box.bytes())).isEqualTo(box);
  }
}
