package io.shardkeeper.core.instance;

import static org.assertj.core.api.Assertions.assertThat;

import io.shardkeeper.contract.HandLoop;
import io.shardkeeper.core.engine.Foundation;
import io.shardkeeper.core.layout.Assignment;
import io.shardkeeper.core.layout.Lane;
import io.shardkeeper.core.layout.Layout;
import io.shardkeeper.core.layout.RunId;
import io.shardkeeper.core.layout.RunPlan;
import io.shardkeeper.core.ledger.Bytes;
import io.shardkeeper.core.ledger.Ledger;
import io.shardkeeper.core.ledger.NodePath;
import io.shardkeeper.core.ledger.Transaction;
import io.shardkeeper.core.ledger.memory.MemoryTree;
import io.shardkeeper.core.mail.Inbox;
import io.shardkeeper.core.mail.Told;
import io.shardkeeper.run.Outcome;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

final class ReporterTest {
  private static final NodePath REPORTS = Layout.REPORTS.child("a");

  private final HandLoop loop = new HandLoop();
  private final Ledger ledger = new MemoryTree(loop::wall).open(loop);
  private final List<String> fenced = new ArrayList<>();
  private final List<Lane> written = new ArrayList<>();
  private final Reporter reporter;
  private long token;

  ReporterTest() {
    var unused = Foundation.lay(ledger);
    loop.turn();
    var registered = ledger.commit(Transaction.builder()
        .create(Layout.INBOX.child("a"), Inbox.EMPTY.bytes())
        .create(REPORTS, Bytes.NONE)
        .createEphemeral(Layout.INSTANCES.child("a"), Bytes.NONE)
        .build());
    loop.turn();
    assertThat(registered.toCompletableFuture().join().isApplied()).isTrue();
    reporter = new Reporter(
        ledger, loop, "a", Duration.ofMillis(200), loop::wall, fenced::add, written::add);
  }

  @Test
  void whatNobodyConsumesIsWaitedForHoweverMuchIsToldMeanwhile() {
    for (int i = 0; i < 16; i++) {
      tell();
    }
    assertThat(reports()).hasSize(16);
    for (int i = 0; i < 2_000; i++) {
      tell();
    }
    assertThat(reports()).as("no more than may be unconsumed").hasSize(16);
    consume();
    for (int i = 0; i < 10; i++) {
      loop.advance(Duration.ofMillis(250));
      loop.turn();
    }
    assertThat(reports()).as("2,000 outcomes, 500 in a report at most").hasSizeBetween(4, 16);
    assertThat(fenced).isEmpty();
  }

  @Test
  void aLaneIsWrittenWhenAllThatWasToldOfItIs() {
    Assignment next = assignment();
    assertThat(reporter.isWrittenBefore(next)).isTrue();
    for (int i = 0; i < 17; i++) {
      tell();
    }
    assertThat(reporter.isWrittenBefore(next))
        .as("one waits until reports are consumed")
        .isFalse();
    int before = written.size();
    consume();
    loop.advance(Duration.ofMillis(250));
    loop.turn();

    assertThat(reporter.isWrittenBefore(next)).isTrue();
    assertThat(written).hasSize(before + 1).containsOnly(next.lane());
  }

  @Test
  void whatIsInNoReportThatLandedForCertainIsThereToBeToldAgain() {
    var overran =
        new Told.Overran(assignment(), "before", loop.wall(), loop.wall().plusSeconds(3));
    assertThat(overran.what().token())
        .as("a build that does not know it must not find what has that")
        .isZero();
    reporter.tell(overran);
    assertThat(reporter.overrunsNotTold()).containsExactly(overran);
    var onItsWay = new ArrayList<Told.Overran>();
    loop.execute(() -> onItsWay.addAll(reporter.overrunsNotTold())); // comes behind the sending
    loop.turn();

    assertThat(onItsWay).containsExactly(overran);
    assertThat(reports()).hasSize(1);
    assertThat(reporter.overrunsNotTold()).isEmpty();
    for (int i = 0; i < 15; i++) {
      tell();
    }
    reporter.tell(overran);
    tell();
    assertThat(reporter.overrunsNotTold())
        .as("it waits until reports are consumed; of what else waits nothing is told again")
        .containsExactly(overran);
  }

  /** An outcome for which somebody waits. */
  private void tell() {
    reporter.tell(
        new Told.Ended(assignment(), Outcome.SUCCEEDED, "", loop.wall(), loop.wall(), true));
    loop.turn();
  }

  private Assignment assignment() {
    var run = new RunPlan(
        RunId.request("job", 1, "r" + token),
        0,
        1,
        loop.wall(),
        Map.of(),
        new RunPlan.Traits(false, true));
    return new Assignment(run, 0, 0, 1, 0, loop.wall(), ++token);
  }

  private List<String> reports() {
    var names = ledger.list(REPORTS).toCompletableFuture();
    loop.turn();
    return names.join().orElseThrow();
  }

  private void consume() {
    for (String name : reports()) {
      var unused =
          ledger.commit(Transaction.builder().delete(REPORTS.child(name), 0).build());
    }
    loop.turn();
  }
}
