package io.shardkeeper.contract;

import static io.shardkeeper.core.ledger.Transaction.ANY_VERSION;
import static org.assertj.core.api.Assertions.assertThat;

import io.shardkeeper.core.ledger.Bytes;
import io.shardkeeper.core.ledger.CommitResult;
import io.shardkeeper.core.ledger.CommitResult.Refusal;
import io.shardkeeper.core.ledger.Hint;
import io.shardkeeper.core.ledger.Ledger;
import io.shardkeeper.core.ledger.LedgerException;
import io.shardkeeper.core.ledger.LedgerException.Kind;
import io.shardkeeper.core.ledger.Node;
import io.shardkeeper.core.ledger.NodePath;
import io.shardkeeper.core.ledger.Session;
import io.shardkeeper.core.ledger.Session.Standing;
import io.shardkeeper.core.ledger.Transaction;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * What a ledger must do when something goes wrong. A simulated ledger and a real one run this: what the simulation does to the engine is
 * what ZooKeeper would do to it.
 */
public abstract class LedgerFaultContract {
  private static final NodePath A = NodePath.of("/a");
  private static final NodePath B = NodePath.of("/b");
  private static final Bytes X = Bytes.of("x");
  private static final Bytes Y = Bytes.of("y");

  private FaultyWorld world;
  private Ledger ledger;
  private Ledger other;

  /** An empty one. */
  protected abstract FaultyWorld newWorld() throws Exception;

  @BeforeEach
  void open() throws Exception {
    world = newWorld();
    ledger = world.open();
    other = world.open();
  }

  @AfterEach
  void close() {
    world.heal(ledger);
    ledger.close();
    other.close();
    world.close();
  }

  // ------------------------------------------------------- unknown commits

  @Test
  void aCommitThatWasLostOnItsWayIsUnknownAndDidNotHappen() {
    world.cutBeforeNextCommit(ledger);
    assertThat(commit(ledger, t -> t.create(A, X))).isEqualTo(CommitResult.UNKNOWN);
    assertThat(seenBy(other, A)).isEmpty();
    reconnect();
    assertThat(seenBy(ledger, A)).isEmpty();
  }

  @Test
  void aCommitWhoseAnswerWasLostIsUnknownAndDidHappen() {
    world.cutAfterNextCommit(ledger);
    assertThat(commit(ledger, t -> t.create(A, X))).isEqualTo(CommitResult.UNKNOWN);
    assertThat(seenBy(other, A)).isPresent();
    reconnect();
    assertThat(seenBy(ledger, A)).isPresent();
  }

  @Test
  void aCommitMayHappenLongAfterItWasUnknown() {
    world.cutHoldingNextCommit(ledger);
    assertThat(commit(ledger, t -> t.create(A, X))).isEqualTo(CommitResult.UNKNOWN);
    assertThat(seenBy(other, A)).isEmpty();
    world.deliverHeldCommit(ledger);
    assertThat(seenBy(other, A)).isPresent();
    reconnect();
    assertThat(seenBy(ledger, A)).isPresent();
  }

  @Test
  void aLateCommitIsRefusedWhereTheVersionMovedOn() {
    applies(other, t -> t.create(A, X));
    world.cutHoldingNextCommit(ledger);
    assertThat(commit(ledger, t -> t.set(A, Bytes.of("late"), 0).create(B, X)))
        .isEqualTo(CommitResult.UNKNOWN);
    applies(other, t -> t.set(A, Y, 0));
    world.deliverHeldCommit(ledger);
    assertThat(seenBy(other, A).orElseThrow().data()).isEqualTo(Y);
    assertThat(seenBy(other, B)).isEmpty();
  }

  @Test
  void anUnknownCommitIsNeitherRepeatedNorDoubled() {
    applies(ledger, t -> t.create(A, X));
    world.cutAfterNextCommit(ledger);
    assertThat(commit(ledger, t -> t.set(A, Y, ANY_VERSION))).isEqualTo(CommitResult.UNKNOWN);
    reconnect();
    assertThat(seenBy(ledger, A).orElseThrow().version()).as("set once").isEqualTo(1);
  }

  @Test
  void ofAChainThatBreaksABeginningHappened() {
    applies(ledger, t -> t.create(A, X));
    world.cutAfterNextCommit(ledger);
    List<CompletionStage<CommitResult>> chain = new ArrayList<>();
    for (int i = 0; i < 50; i++) {
      int version = i;
      chain.add(ledger.commit(Transaction.builder()
          .set(A, Bytes.of("" + version), version)
          .create(A.child("n" + version), X)
          .build()));
    }
    int applied = 0;
    boolean unknown = false;
    for (CompletionStage<CommitResult> link : chain) {
      CommitResult result = world.await(link);
      unknown |= result.kind() == CommitResult.Kind.UNKNOWN;
      applied += result.isApplied() ? 1 : 0;
      assertThat(unknown && result.isApplied()).as("applied behind unknown").isFalse();
    }
    assertThat(unknown).isTrue();
    reconnect();
    Node end = seenBy(ledger, A).orElseThrow();
    assertThat(end.version()).isGreaterThanOrEqualTo(applied).isPositive();
    assertThat(end.children()).as("no link without those before it").isEqualTo(end.version());
  }

  @Test
  void afterReconnectingCommitsGoOn() {
    world.cutBeforeNextCommit(ledger);
    commit(ledger, t -> t.create(A, X));
    reconnect();
    applies(ledger, t -> t.create(A, X));
  }

  // ------------------------------------------------------------ no answers

  @Test
  void whileSuspendedNothingIsAnsweredWithNothing() {
    applies(ledger, t -> t.create(A, X));
    world.cut(ledger);
    suspended();
    assertThat(commit(ledger, t -> t.create(B, X))).isEqualTo(CommitResult.UNKNOWN);
    assertThat(world.refusal(ledger.read(A)).kind()).isEqualTo(Kind.UNAVAILABLE);
    assertThat(world.refusal(ledger.list(A)).kind()).isEqualTo(Kind.UNAVAILABLE);
    assertThat(world.refusal(ledger.barrier()).kind()).isEqualTo(Kind.UNAVAILABLE);
  }

  @Test
  void aQuestionWhoseAnswerIsLostIsRefused() {
    applies(ledger, t -> t.create(A, X));
    world.holdAnswers(ledger);
    CompletionStage<Optional<Node>> reading = ledger.read(A);
    CompletionStage<Optional<List<String>>> listing = ledger.list(NodePath.ROOT);
    CompletionStage<Void> barrier = ledger.barrier();
    world.cut(ledger);
    assertThat(world.refusal(reading).kind()).isEqualTo(Kind.UNAVAILABLE);
    assertThat(world.refusal(listing).kind()).isEqualTo(Kind.UNAVAILABLE);
    assertThat(world.refusal(barrier).kind()).isEqualTo(Kind.UNAVAILABLE);
    world.releaseAnswers(ledger);
    reconnect();
    assertThat(seenBy(ledger, A)).isPresent();
  }

  @Test
  void aBarrierIsAnsweredByTheFarEndOnly() {
    world.holdAnswers(ledger);
    CompletionStage<Void> barrier = ledger.barrier();
    applies(other, t -> t.create(A, X));
    assertThat(barrier.toCompletableFuture()).isNotDone();
    world.releaseAnswers(ledger);
    world.await(barrier);
  }

  @Test
  void answersThatAreLateComeInTheirOrder() {
    world.holdAnswers(ledger);
    List<String> told = new CopyOnWriteArrayList<>();
    CompletionStage<?> one = ledger
        .commit(Transaction.builder().create(A, X).build())
        .thenAccept(result -> told.add("commit " + result));
    CompletionStage<?> two = ledger.read(A).thenAccept(node -> told.add("read"));
    CompletionStage<?> three = ledger.barrier().thenAccept(done -> told.add("barrier"));
    world.until("the effect", () -> seenBy(other, A).isPresent());
    assertThat(told).isEmpty();
    world.releaseAnswers(ledger);
    world.await(one);
    world.await(two);
    world.await(three);
    assertThat(told).containsExactly("commit APPLIED", "read", "barrier");
  }

  // --------------------------------------------------------------- watches

  @Test
  void whatHappenedWhileAwayIsMadeUpForByReadingEverything() {
    List<Hint> told = watched();
    world.cut(ledger);
    suspended();
    applies(other, t -> t.create(A, X));
    applies(other, t -> t.create(B, X));
    applies(other, t -> t.delete(B, 0));
    told.clear();
    world.heal(ledger);
    world.until("everything", () -> told.contains(new Hint(NodePath.ROOT, true)));
    assertThat(seenBy(ledger, A)).isPresent();
  }

  @Test
  void afterReconnectingChangesAreTold() {
    List<Hint> told = watched();
    world.cut(ledger);
    suspended();
    told.clear();
    world.heal(ledger);
    world.until("everything", () -> told.contains(new Hint(NodePath.ROOT, true)));
    applies(other, t -> t.create(A, X));
    world.until("a hint", () -> isTold(told, A));
  }

  @Test
  void aNodeReplacedWhileAwayIsToldApart() {
    applies(other, t -> t.create(A, X));
    Node before = seenBy(ledger, A).orElseThrow();
    world.cut(ledger);
    suspended();
    applies(other, t -> t.delete(A, 0).create(A, Y));
    reconnect();
    Node after = seenBy(ledger, A).orElseThrow();
    assertThat(after.version()).isEqualTo(before.version());
    assertThat(after.isSameAs(before)).isFalse();
  }

  @Test
  void hintsThatAreLateAreNotLost() {
    List<Hint> told = watched();
    world.holdAnswers(ledger);
    applies(other, t -> t.create(A, X));
    applies(other, t -> t.create(B, X));
    assertThat(told).hasSize(1);
    told.clear();
    world.releaseAnswers(ledger);
    world.until("the hints", () -> isTold(told, A) && isTold(told, B));
  }

  @Test
  void aSlowListenerIsToldOnceOfManyChanges() {
    applies(other, t -> t.create(A, X));
    List<Hint> told = watched();
    told.clear();
    world.pauseEvents();
    Ledger busy = world.open();
    for (int i = 0; i < 100; i++) {
      int version = i;
      applies(busy, t -> t.set(A, Y, version));
    }
    // What is answered behind this has been preceded by all hints.
    CompletionStage<Optional<Node>> last = ledger.read(A);
    world.resumeEvents();
    world.await(ledger.barrier());
    assertThat(world.await(last)).isPresent();
    assertThat(seenBy(ledger, A).orElseThrow().version()).isEqualTo(100);
    assertThat(isTold(told, A)).isTrue();
    assertThat(told).as("hints of a hundred changes").hasSizeLessThan(10);
    busy.close();
  }

  // -------------------------------------------------------------- sessions

  @Test
  void aShortLossOfTheConnectionKeepsTheSession() {
    applies(ledger, t -> t.createEphemeral(A, X));
    long id = ledger.session().id();
    world.cut(ledger);
    suspended();
    assertThat(ledger.session().id()).isEqualTo(id);
    reconnect();
    assertThat(ledger.session().id()).isEqualTo(id);
    assertThat(seenBy(ledger, A).orElseThrow().owner()).isEqualTo(id);
  }

  @Test
  void aListenerOfTheSessionIsToldOfLossAndReturn() {
    List<Standing> told = new CopyOnWriteArrayList<>();
    ledger.onSession(session -> told.add(session.standing()));
    world.cut(ledger);
    world.until("suspended told", () -> told.contains(Standing.SUSPENDED));
    told.clear();
    world.heal(ledger);
    world.until("connected told", () -> told.contains(Standing.CONNECTED));
  }

  @Test
  void aListenerThatWasBusyIsToldHowItStandsNow() {
    List<Session> told = new CopyOnWriteArrayList<>();
    ledger.onSession(told::add);
    world.until("the session", () -> !told.isEmpty());
    told.clear();
    world.pauseEvents();
    world.cut(ledger);
    suspended();
    world.heal(ledger);
    world.until("connected", () -> ledger.session().isConnected());
    world.resumeEvents();
    world.until("told", () -> !told.isEmpty());
    assertThat(told).as("the past is no news").containsOnly(ledger.session());
  }

  @Test
  void aSilentSessionEndsAndItsNodesGo() {
    becomeBrief();
    applies(ledger, t -> t.createEphemeral(A, X));
    long id = ledger.session().id();
    world.cut(ledger);
    world.until("the node gone", () -> seenBy(other, A).isEmpty());
    reconnect();
    assertThat(ledger.session().id()).isNotEqualTo(id);
    applies(ledger, t -> t.createEphemeral(A, X));
    assertThat(seenBy(other, A).orElseThrow().owner()).isEqualTo(ledger.session().id());
  }

  @Test
  void aSessionThatTheServerEndedIsFollowedByAnother() {
    List<Hint> told = watched();
    applies(ledger, t -> t.createEphemeral(A, X).create(B, X));
    long id = ledger.session().id();
    told.clear();
    world.expire(ledger);
    world.until("a new session", () -> isConnectedIn(another(id)));
    assertThat(seenBy(ledger, A)).isEmpty();
    assertThat(seenBy(ledger, B)).isPresent();
    world.until("everything", () -> told.contains(new Hint(NodePath.ROOT, true)));
    told.clear();
    applies(other, t -> t.set(B, Y, 0));
    world.until("a hint in the new session", () -> isTold(told, B));
  }

  @Test
  void manyEndsOfSessionsAreSurvived() {
    for (int i = 0; i < 5; i++) {
      long id = ledger.session().id();
      world.expire(ledger);
      world.until("a new session", () -> isConnectedIn(another(id)));
      NodePath path = NodePath.of("/n" + i);
      applies(ledger, t -> t.createEphemeral(path, X));
    }
  }

  @Test
  void theNodeOfOnesFormerSessionIsForeign() {
    applies(ledger, t -> t.createEphemeral(A, X).createEphemeral(B, X));
    long id = ledger.session().id();
    world.abandonSession(ledger);
    world.until("a new session", () -> isConnectedIn(another(id)));
    Node left = seenBy(ledger, A).orElseThrow();
    assertThat(left.owner()).isEqualTo(id);
    assertThat(commit(ledger, t -> t.createEphemeral(A, Y)))
        .isEqualTo(CommitResult.conflict(0, Refusal.EXISTS));
    applies(ledger, t -> t.delete(A, left.version()).createEphemeral(A, Y));
    // When the former session ends at last, what is ours now stays.
    world.forsakeSessions();
    world.until("the other node gone", () -> seenBy(other, B).isEmpty());
    assertThat(seenBy(other, A).orElseThrow().owner()).isEqualTo(ledger.session().id());
  }

  @Test
  void theNodeOfAFormerSessionVanishesByItselfInTheEnd() {
    applies(ledger, t -> t.createEphemeral(A, X));
    long id = ledger.session().id();
    world.abandonSession(ledger);
    world.until("a new session", () -> isConnectedIn(another(id)));
    applies(ledger, t -> t.createEphemeral(B, X));
    world.forsakeSessions();
    world.until("the node gone", () -> seenBy(ledger, A).isEmpty());
    assertThat(seenBy(ledger, B)).as("of the present session").isPresent();
  }

  @Test
  void aSessionEndedWithoutConnectionIsOverForUs() {
    becomeBrief();
    applies(ledger, t -> t.createEphemeral(A, X));
    long id = ledger.session().id();
    world.cut(ledger);
    suspended();
    CompletionStage<Void> over = ledger.endSession();
    assertThat(ledger.session().id()).isNotEqualTo(id);
    world.heal(ledger);
    world.await(over);
    world.until("a new session", () -> isConnectedIn(another(id)));
    applies(ledger, t -> t.create(B, X));
    world.until("the node gone", () -> seenBy(other, A).isEmpty());
  }

  @Test
  void aLedgerCanBeClosedWithoutConnection() {
    becomeBrief();
    applies(ledger, t -> t.createEphemeral(A, X));
    world.cut(ledger);
    suspended();
    CompletionStage<CommitResult> late = ledger.commit(Transaction.builder().create(B, X).build());
    ledger.close();
    assertThat(world.await(late)).isEqualTo(CommitResult.UNKNOWN);
    assertThat(ledger.session().standing()).isEqualTo(Standing.CLOSED);
    world.until("the node gone", () -> seenBy(other, A).isEmpty());
  }

  // ------------------------------------------------------- silence, restart

  @Test
  void aShortSilenceLosesNothing() {
    long id = ledger.session().id();
    world.stall(ledger);
    CompletionStage<CommitResult> waiting =
        ledger.commit(Transaction.builder().create(A, X).build());
    applies(other, t -> t.create(B, X));
    assertThat(waiting.toCompletableFuture()).isNotDone();
    world.unstall(ledger);
    assertThat(world.await(waiting)).isEqualTo(CommitResult.APPLIED);
    assertThat(ledger.session().id()).isEqualTo(id);
  }

  @Test
  void aLongSilenceIsALostConnection() {
    becomeBrief();
    world.stall(ledger);
    CompletionStage<CommitResult> waiting =
        ledger.commit(Transaction.builder().create(A, X).build());
    assertThat(world.await(waiting)).isEqualTo(CommitResult.UNKNOWN);
    world.until("not connected", () -> !ledger.session().isConnected());
    world.unstall(ledger);
    world.until("connected", () -> ledger.session().isConnected());
    applies(ledger, t -> t.create(B, X));
  }

  @Test
  void aRestartedServerHasItsDataAndItsSessions() {
    List<Hint> told = watched();
    applies(ledger, t -> t.create(A, X).createEphemeral(B, Y));
    long id = ledger.session().id();
    told.clear();
    world.restart();
    world.until("everything", () -> told.contains(new Hint(NodePath.ROOT, true)));
    answered(ledger);
    assertThat(ledger.session().id()).isEqualTo(id);
    assertThat(seenBy(ledger, A)).isPresent();
    assertThat(seenBy(ledger, B).orElseThrow().owner()).isEqualTo(id);
    applies(ledger, t -> t.set(A, Y, 0));
  }

  @Test
  void whatIsUnderWayDuringARestartIsAnsweredAndNeverWrongly() {
    applies(ledger, t -> t.create(A, X));
    List<CompletionStage<CommitResult>> all = new ArrayList<>();
    for (int i = 0; i < 500; i++) {
      NodePath path = A.child("n" + i);
      all.add(ledger.commit(Transaction.builder().create(path, X).build()));
      if (i == 250) {
        world.restart();
      }
    }
    List<CommitResult> results = all.stream().map(world::await).toList();
    answered(ledger);
    List<String> there = world.await(ledger.list(A)).orElseThrow();
    for (int i = 0; i < results.size(); i++) {
      CommitResult result = results.get(i);
      assertThat(result.refusal()).isEqualTo(Refusal.NONE);
      if (result.isApplied()) {
        assertThat(there).contains("n" + i);
      }
    }
  }

  @Test
  void whoAsksAgainAndAgainIsNeverToldThatWhatIsThereIsAbsent() {
    applies(ledger, t -> t.create(A, X));
    List<CompletionStage<Boolean>> all = new ArrayList<>();
    for (int round = 0; round < 3; round++) {
      for (int i = 0; i < 100; i++) {
        all.add(ledger.read(A).handle((node, failure) -> failure != null || node.isPresent()));
        all.add(ledger
            .list(NodePath.ROOT)
            .handle((names, failure) -> failure != null || names.orElseThrow().contains("a")));
        if (i == 50) {
          world.cut(ledger);
        }
      }
      reconnect();
    }
    all.forEach(one -> assertThat(world.await(one)).isTrue());
  }

  // --------------------------------------------------------------- phrases

  private CommitResult commit(Ledger by, UnaryOperator<Transaction.Builder> steps) {
    return world.await(by.commit(steps.apply(Transaction.builder()).build()));
  }

  private void applies(Ledger by, UnaryOperator<Transaction.Builder> steps) {
    assertThat(commit(by, steps)).isEqualTo(CommitResult.APPLIED);
  }

  private Optional<Node> seenBy(Ledger reader, NodePath path) {
    world.await(reader.barrier());
    return world.await(reader.read(path));
  }

  /** From here on the ledger is one whose session ends soon after it fell silent. */
  private void becomeBrief() {
    ledger.close();
    ledger = world.openBrief();
  }

  private void suspended() {
    world.until("suspended", () -> !ledger.session().isConnected());
  }

  private void reconnect() {
    world.until("the loss noticed", () -> !ledger.session().isConnected());
    world.heal(ledger);
    world.until("connected", () -> ledger.session().isConnected());
  }

  /** Waits until everything before was answered on a connection that stands: that it is lost may be told after all that was lost with it. */
  private void answered(Ledger by) {
    world.until(
        "an answer", () -> world.await(by.barrier().handle((done, failure) -> failure == null)));
  }

  private long another(long id) {
    return ledger.session().id() == id ? Session.NOBODY : ledger.session().id();
  }

  private boolean isConnectedIn(long id) {
    return id != Session.NOBODY && ledger.session().isConnected() && ledger.session().id() == id;
  }

  /** By name, or by the hint that everything may have changed, where the connection was made more than once. */
  private static boolean isTold(List<Hint> told, NodePath path) {
    return told.stream()
        .anyMatch(hint -> hint.path().equals(path) || (hint.below() && path.isWithin(hint.path())));
  }

  private List<Hint> watched() {
    List<Hint> told = new CopyOnWriteArrayList<>();
    ledger.watch(NodePath.ROOT, told::add);
    world.until("the first hint", () -> !told.isEmpty());
    return told;
  }
}
