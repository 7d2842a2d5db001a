package io.shardkeeper.core.ledger;

import static org.assertj.core.api.Assertions.assertThat;

import io.shardkeeper.core.ledger.adapter.Mailbox;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.RejectedExecutionException;
import org.junit.jupiter.api.Test;

/** An executor with many threads runs the tasks of a mailbox one after the other all the same. */
final class MailboxTest {
  private final List<Runnable> given = new ArrayList<>();
  private final List<String> ran = new ArrayList<>();
  private final Mailbox mailbox = new Mailbox(given::add);

  @Test
  void theExecutorHasOneTaskAtATime() {
    mailbox.post(() -> ran.add("one"));
    mailbox.post(() -> ran.add("two"));
    assertThat(given).as("a second would run beside the first").hasSize(1);
    given.remove(0).run();
    assertThat(ran).as("others who use the executor have their turn").containsExactly("one");
    assertThat(given).hasSize(1);
    given.remove(0).run();
    assertThat(ran).containsExactly("one", "two");
    assertThat(given).isEmpty();
  }

  @Test
  void whatIsPutWhileATaskRunsFollowsIt() {
    mailbox.post(() -> {
      mailbox.post(() -> ran.add("second"));
      ran.add("first");
    });
    given.remove(0).run();
    given.remove(0).run();
    assertThat(given).isEmpty();
    assertThat(ran).containsExactly("first", "second");
  }

  @Test
  void whatAnExecutorRefusedIsNotLost() {
    boolean[] full = {true};
    var refusing = new Mailbox(task -> {
      if (full[0]) {
        throw new RejectedExecutionException("full for the moment");
      }
      task.run();
    });
    refusing.post(() -> ran.add("one"));
    assertThat(ran).isEmpty();
    full[0] = false;
    refusing.post(() -> ran.add("two"));
    assertThat(ran).containsExactly("one", "two");
  }
}
