package io.shardkeeper.core.ledger;

import static org.assertj.core.api.Assertions.assertThat;

import io.shardkeeper.core.ledger.adapter.HintRelay;
import io.shardkeeper.core.ledger.adapter.Mailbox;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import org.junit.jupiter.api.Test;

final class HintRelayTest {
  private static final NodePath ROOT = NodePath.of("/r");
  private static final NodePath A = ROOT.child("a");
  private static final NodePath B = ROOT.child("b");

  private final Deque<Runnable> tasks = new ArrayDeque<>();
  private final Mailbox mailbox = new Mailbox(tasks::add);
  private final List<Hint> told = new ArrayList<>();
  private final List<HintRelay> closed = new ArrayList<>();
  private final HintRelay relay = new HintRelay(ROOT, told::add, mailbox, closed::add);

  @Test
  void aNodeThatChangesWhileItsHintWaitsIsToldOnce() {
    relay.changed(A);
    relay.changed(B);
    relay.changed(A);
    tell();
    assertThat(told).containsExactly(new Hint(A, false), new Hint(B, false));
    relay.changed(A);
    tell();
    assertThat(told).hasSize(3);
  }

  @Test
  void severalWatchesAreToldInTheOrderOfWhatHappened() {
    var other = new HintRelay(NodePath.of("/s"), told::add, mailbox, closed::add);
    relay.changed(A);
    other.changed(NodePath.of("/s/1"));
    relay.changed(B);
    relay.changed(A);
    tell();

    assertThat(told)
        .containsExactly(
            new Hint(A, false), new Hint(NodePath.of("/s/1"), false), new Hint(B, false));
  }

  @Test
  void oneForEverythingHasItsPlaceToo() {
    var other = new HintRelay(NodePath.of("/s"), told::add, mailbox, closed::add);
    relay.changed(A);
    other.everythingChanged();
    relay.everythingChanged();
    relay.changed(B);
    tell();

    assertThat(told)
        .as("at the place of the first that it stands for")
        .containsExactly(new Hint(ROOT, true), new Hint(NodePath.of("/s"), true));
    relay.changed(B);
    tell();
    assertThat(told).endsWith(new Hint(B, false)).hasSize(3);
  }

  @Test
  void whatIsNotBelowIsNotTold() {
    relay.changed(NodePath.of("/other"));
    relay.changed(NodePath.of("/rr"));
    relay.changed(ROOT);
    tell();
    assertThat(told).containsExactly(new Hint(ROOT, false));
  }

  @Test
  void everythingStandsForWhatWaits() {
    relay.changed(A);
    relay.everythingChanged();
    relay.changed(B);
    tell();
    assertThat(told).containsExactly(new Hint(ROOT, true));
  }

  @Test
  void moreThanMayWaitBecomesEverything() {
    for (int i = 0; i <= HintRelay.MOST_WAITING; i++) {
      relay.changed(ROOT.child("n" + i));
    }
    tell();
    assertThat(told).containsExactly(new Hint(ROOT, true));
    relay.changed(A);
    tell();
    assertThat(told).hasSize(2);
  }

  @Test
  void closedItTellsNothingNotEvenWhatWaits() {
    relay.changed(A);
    relay.close();
    relay.close();
    tell();
    relay.changed(B);
    tell();
    assertThat(told).isEmpty();
    assertThat(closed).containsExactly(relay);
  }

  @Test
  void aListenerThatClosesItIsToldNoMore() {
    List<Hint> once = new ArrayList<>();
    List<HintRelay> own = new ArrayList<>();
    var closing = new HintRelay(
        ROOT,
        hint -> {
          once.add(hint);
          own.get(0).close();
        },
        mailbox,
        closed::add);
    own.add(closing);
    closing.changed(A);
    closing.changed(B);
    tell();
    assertThat(once).hasSize(1);
  }

  private void tell() {
    mailbox.wake();
    while (!tasks.isEmpty()) {
      tasks.remove().run();
    }
  }
}
