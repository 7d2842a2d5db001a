package io.shardkeeper.contract;

import static io.shardkeeper.core.ledger.Transaction.ANY_VERSION;
import static org.assertj.core.api.Assertions.assertThat;

import io.shardkeeper.core.ledger.Bytes;
import io.shardkeeper.core.ledger.CommitResult;
import io.shardkeeper.core.ledger.CommitResult.Refusal;
import io.shardkeeper.core.ledger.Ledger;
import io.shardkeeper.core.ledger.Node;
import io.shardkeeper.core.ledger.NodePath;
import io.shardkeeper.core.ledger.Transaction;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** How old a truth a ledger may tell. Each world in which servers can lag behind each other runs this. */
public abstract class LedgerLagContract {
  private static final NodePath A = NodePath.of("/a");
  private static final NodePath C = NodePath.of("/a/c");
  private static final Bytes OLD = Bytes.of("old");
  private static final Bytes NEW = Bytes.of("new");

  private LaggingWorld world;
  private Ledger current;
  private Ledger lagging;

  /** An empty one. */
  protected abstract LaggingWorld newWorld() throws Exception;

  @BeforeEach
  void open() throws Exception {
    world = newWorld();
    current = world.open();
    applies(t -> t.create(A, OLD));
    lagging = world.openLagging();
  }

  @AfterEach
  void close() {
    world.catchUp();
    current.close();
    lagging.close();
    world.close();
  }

  // -------------------------------------------------------------- the past

  @Test
  void whatIsReadMayBeOld() {
    applies(t -> t.set(A, NEW, 0).create(C, NEW));
    assertThat(seenBy(current).data()).isEqualTo(NEW);
    assertThat(seenBy(lagging).data()).isEqualTo(OLD);
    assertThat(world.await(lagging.list(A))).contains(List.of());
    assertThat(world.await(lagging.read(C))).isEmpty();

    world.catchUp();
    world.until("the new state", () -> seenBy(lagging).data().equals(NEW));
    assertThat(world.await(lagging.list(A))).contains(List.of("c"));
    assertThat(world.await(lagging.read(C))).isPresent();
  }

  @Test
  void whatIsReadNeverGoesBack() {
    int last = 50;
    for (int version = 0; version < last; version++) {
      int present = version;
      applies(t -> t.set(A, NEW, present));
    }
    List<Integer> seen = new ArrayList<>();
    seen.add(seenBy(lagging).version());
    world.catchUp();
    world.until("the last state", () -> {
      seen.add(seenBy(lagging).version());
      return seen.get(seen.size() - 1) == last;
    });
    assertThat(seen).first().isEqualTo(0);
    assertThat(seen).isSorted();
  }

  @Test
  void hintsComeWhenTheChangeIsToBeSeen() {
    List<NodePath> told = new CopyOnWriteArrayList<>();
    List<Bytes> seen = new CopyOnWriteArrayList<>();
    lagging.watch(A, hint -> {
      told.add(hint.path());
      lagging.read(A).thenAccept(node -> seen.add(node.orElseThrow().data()));
    });
    world.until("the first hint", () -> seen.size() == 1);
    applies(t -> t.set(A, NEW, 0));
    assertThat(seenBy(lagging).data()).isEqualTo(OLD);
    assertThat(told).hasSize(1);

    world.catchUp();
    world.until("another hint", () -> seen.size() == 2);
    assertThat(seen).containsExactly(OLD, NEW);
  }

  // ----------------------------------------------------------- the barrier

  @Test
  void aBarrierIsNotAnsweredFromThePast() {
    CompletableFuture<Void> barrier = lagging.barrier().toCompletableFuture();
    applies(t -> t.set(A, NEW, 0));
    applies(t -> t.set(A, NEW, 1));
    assertThat(seenBy(current).version()).isEqualTo(2);
    assertThat(barrier).isNotDone();

    world.catchUp();
    world.await(barrier);
  }

  @Test
  void behindABarrierNothingOldIsSeen() {
    applies(t -> t.set(A, NEW, 0));
    applies(t -> t.create(C, NEW));
    CompletableFuture<Void> barrier = lagging.barrier().toCompletableFuture();
    CompletableFuture<Optional<Node>> asked = lagging.read(A).toCompletableFuture();
    CompletableFuture<Optional<List<String>>> listed = lagging.list(A).toCompletableFuture();
    applies(t -> t.set(A, NEW, 1));
    assertThat(barrier).isNotDone();
    assertThat(asked).isNotDone();
    assertThat(listed).isNotDone();

    world.catchUp();
    assertThat(world.await(asked).orElseThrow().version()).isPositive();
    assertThat(barrier).isDone();
    assertThat(world.await(listed)).contains(List.of("c"));
  }

  // ------------------------------------------------------------ own writes

  @Test
  void whoeverWroteSeesIt() {
    applies(t -> t.set(A, NEW, 0));
    CompletableFuture<CommitResult> written = commit(lagging, t -> t.set(A, Bytes.of("own"), 1));
    CompletableFuture<Optional<Node>> asked = lagging.read(A).toCompletableFuture();
    world.await(current.barrier());
    assertThat(written).isNotDone();
    assertThat(asked).isNotDone();

    world.catchUp();
    assertThat(world.await(written)).isEqualTo(CommitResult.APPLIED);
    assertThat(world.await(asked).orElseThrow().data()).isEqualTo(Bytes.of("own"));
    assertThat(seenBy(lagging).version()).isEqualTo(2);
  }

  @Test
  void whatIsBasedOnThePastIsRefused() {
    applies(t -> t.set(A, NEW, 0));
    int old = seenBy(lagging).version();
    CompletableFuture<CommitResult> stale = commit(lagging, t -> t.set(A, OLD, old));

    world.catchUp();
    assertThat(world.await(stale)).isEqualTo(CommitResult.conflict(0, Refusal.VERSION));
    assertThat(seenBy(lagging).data()).as("whoever was refused sees why").isEqualTo(NEW);
  }

  @Test
  void whatWasDeletedMayStillBeSeenButNotWritten() {
    applies(t -> t.delete(A, ANY_VERSION));
    assertThat(world.await(current.read(A))).isEmpty();
    assertThat(seenBy(lagging).data()).isEqualTo(OLD);
    CompletableFuture<CommitResult> late = commit(lagging, t -> t.set(A, NEW, ANY_VERSION));

    world.catchUp();
    assertThat(world.await(late)).isEqualTo(CommitResult.conflict(0, Refusal.ABSENT));
    assertThat(world.await(lagging.read(A))).isEmpty();
  }

  private Node seenBy(Ledger ledger) {
    return world.await(ledger.read(A)).orElseThrow();
  }

  private static CompletableFuture<CommitResult> commit(
      Ledger ledger, UnaryOperator<Transaction.Builder> steps) {
    return ledger.commit(steps.apply(Transaction.builder()).build()).toCompletableFuture();
  }

  private void applies(UnaryOperator<Transaction.Builder> steps) {
    assertThat(world.await(commit(current, steps))).isEqualTo(CommitResult.APPLIED);
  }
}
