package io.shardkeeper.contract;

import io.shardkeeper.core.ledger.Bytes;
import io.shardkeeper.core.ledger.NodePath;
import io.shardkeeper.core.ledger.Node;
import io.shardkeeper.core.ledger.Session;
import io.shardkeeper.core.ledger.CommitResult;
import io.shardkeeper.core.ledger.Transaction;
import io.shardkeeper.core.ledger.Hint;
import io.shardkeeper.core.ledger.LedgerException;
import io.shardkeeper.core.ledger.Subscription;
import io.shardkeeper.core.ledger.Ledger;

import static io.shardkeeper.core.ledger.Transaction.ANY_VERSION;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.shardkeeper.core.ledger.CommitResult.Refusal;
import io.shardkeeper.core.ledger.LedgerException.Kind;
import io.shardkeeper.core.ledger.Session.Standing;
import io.shardkeeper.core.ledger.Transaction.Lifetime;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What every ledger must do while nothing is wrong. Each implementation runs this in its own world. */
public abstract class LedgerContract {
  private static final NodePath A = NodePath.of("/a");
  private static final NodePath B = NodePath.of("/b");
  private static final NodePath C = NodePath.of("/a/c");
  private static final NodePath D = NodePath.of("/a/d");
  private static final Bytes X = Bytes.of("x");
  private static final Bytes Y = Bytes.of("y");

  private World world;
  private Ledger ledger;

  /** An empty one. */
  protected abstract World newWorld() throws Exception;

  @BeforeEach
  void open() throws Exception {
    world = newWorld();
    ledger = world.open();
  }

  @AfterEach
  void close() {
    ledger.close();
    world.close();
  }

  // ---------------------------------------------------------------- creating

  @Test
  void aCreatedNodeIsThere() {
    applies(t -> t.create(A, X));
    Node node = there(A);
    assertThat(node.data()).isEqualTo(X);
    assertThat(node.version()).isZero();
    assertThat(node.children()).isZero();
    assertThat(node.isEphemeral()).isFalse();
  }

  @Test
  void aNodeThatWasNotCreatedIsAbsent() {
    assertThat(read(A)).isEmpty();
    assertThat(list(A)).isEmpty();
  }

  @Test
  void aNodeCanBeEmpty() {
    applies(t -> t.create(A, Bytes.NONE));
    assertThat(there(A).data()).isEqualTo(Bytes.NONE);
  }

  @Test
  void bytesComeBackAsTheyWere() {
    byte[] all = new byte[256];
    IntStream.range(0, 256).forEach(i -> all[i] = (byte) i);
    applies(t -> t.create(A, Bytes.wrap(all.clone())));
    assertThat(there(A).data()).isEqualTo(Bytes.wrap(all));
  }

  @Test
  void nothingIsCreatedTwice() {
    applies(t -> t.create(A, X));
    refuses(0, Refusal.EXISTS, t -> t.create(A, Y));
    assertThat(there(A).data()).isEqualTo(X);
  }

  @Test
  void nothingIsCreatedBelowNothing() {
    refuses(0, Refusal.ABSENT, t -> t.create(C, X));
    assertThat(read(A)).isEmpty();
  }

  @Test
  void nothingIsCreatedBelowWhatVanishesWithASession() {
    applies(t -> t.createEphemeral(A, X));
    refuses(0, Refusal.BELOW_EPHEMERAL, t -> t.create(C, X));
    refuses(0, Refusal.BELOW_EPHEMERAL, t -> t.createEphemeral(C, X));
  }

  @Test
  void aNodeAndOneBelowItAreCreatedTogether() {
    applies(t -> t.create(A, X).create(C, Y));
    assertThat(there(C).data()).isEqualTo(Y);
    assertThat(there(A).children()).isEqualTo(1);
  }

  @Test
  void creatingBelowLeavesTheVersionAbove() {
    applies(t -> t.create(A, X));
    applies(t -> t.create(C, X));
    assertThat(there(A).version()).isZero();
  }

  @Test
  void eachTransactionCreatesUnderAHigherNumber() {
    applies(t -> t.create(A, X));
    applies(t -> t.create(B, X));
    assertThat(there(B).creation()).isGreaterThan(there(A).creation());
  }

  @Test
  void whatOneTransactionCreatesHasOneNumber() {
    applies(t -> t.create(A, X).create(B, X));
    assertThat(there(B).creation()).isEqualTo(there(A).creation());
  }

  // ----------------------------------------------------------------- setting

  @Test
  void settingRaisesTheVersionByOne() {
    applies(t -> t.create(A, X));
    applies(t -> t.set(A, Y, 0));
    applies(t -> t.set(A, X, 1));
    assertThat(there(A).version()).isEqualTo(2);
    assertThat(there(A).data()).isEqualTo(X);
  }

  @Test
  void settingTheSameContentRaisesTheVersionToo() {
    applies(t -> t.create(A, X));
    applies(t -> t.set(A, X, 0));
    assertThat(there(A).version()).isEqualTo(1);
  }

  @Test
  void aPassedVersionIsNotSet() {
    applies(t -> t.create(A, X));
    applies(t -> t.set(A, Y, 0));
    refuses(0, Refusal.VERSION, t -> t.set(A, X, 0));
    assertThat(there(A).data()).isEqualTo(Y);
  }

  @Test
  void aVersionToComeIsNotSet() {
    applies(t -> t.create(A, X));
    refuses(0, Refusal.VERSION, t -> t.set(A, Y, 1));
  }

  @Test
  void anyVersionIsSetIfOneWishes() {
    applies(t -> t.create(A, X));
    applies(t -> t.set(A, Y, ANY_VERSION));
    applies(t -> t.set(A, X, ANY_VERSION));
    assertThat(there(A).version()).isEqualTo(2);
  }

  @Test
  void whatIsAbsentIsNotSet() {
    refuses(0, Refusal.ABSENT, t -> t.set(A, X, ANY_VERSION));
    assertThat(read(A)).isEmpty();
  }

  @Test
  void settingKeepsTheCreation() {
    applies(t -> t.create(A, X));
    long creation = there(A).creation();
    applies(t -> t.set(A, Y, 0));
    assertThat(there(A).creation()).isEqualTo(creation);
  }

  @Test
  void oneTransactionMaySetANodeTwice() {
    applies(t -> t.create(A, X).set(A, Y, 0).set(A, X, 1));
    assertThat(there(A).version()).isEqualTo(2);
  }

  @Test
  void aNodeIsDatedByTheLedger() {
    applies(t -> t.create(A, X));
    Instant created = there(A).modified();
    applies(t -> t.set(A, Y, 0));
    assertThat(there(A).modified()).isAfterOrEqualTo(created);
    assertThat(created).isAfter(Instant.parse("2020-01-01T00:00:00Z"));
  }

  // ---------------------------------------------------------------- deleting

  @Test
  void aDeletedNodeIsAbsent() {
    applies(t -> t.create(A, X));
    applies(t -> t.delete(A, 0));
    assertThat(read(A)).isEmpty();
  }

  @Test
  void anotherVersionIsNotDeleted() {
    applies(t -> t.create(A, X));
    refuses(0, Refusal.VERSION, t -> t.delete(A, 1));
    assertThat(read(A)).isPresent();
  }

  @Test
  void anyVersionIsDeletedIfOneWishes() {
    applies(t -> t.create(A, X).set(A, Y, 0));
    applies(t -> t.delete(A, ANY_VERSION));
    assertThat(read(A)).isEmpty();
  }

  @Test
  void whatIsAbsentIsNotDeleted() {
    refuses(0, Refusal.ABSENT, t -> t.delete(A, ANY_VERSION));
  }

  @Test
  void aNodeWithOthersBelowItIsNotDeleted() {
    applies(t -> t.create(A, X).create(C, X));
    refuses(0, Refusal.NOT_EMPTY, t -> t.delete(A, ANY_VERSION));
  }

  @Test
  void aBranchIsDeletedFromItsEnd() {
    applies(t -> t.create(A, X).create(C, X).create(D, X));
    applies(t -> t.delete(C, 0).delete(D, 0).delete(A, 0));
    assertThat(read(A)).isEmpty();
    assertThat(read(C)).isEmpty();
  }

  @Test
  void deletedAndCreatedAgainIsAnotherNodeWithTheSameVersion() {
    applies(t -> t.create(A, X));
    Node first = there(A);
    applies(t -> t.delete(A, 0));
    applies(t -> t.create(A, Y));
    Node second = there(A);
    assertThat(second.version()).isEqualTo(first.version());
    assertThat(second.creation()).isNotEqualTo(first.creation());
    assertThat(second.isSameAs(first)).isFalse();
  }

  @Test
  void oneTransactionMayReplaceANode() {
    applies(t -> t.create(A, X));
    long creation = there(A).creation();
    applies(t -> t.delete(A, 0).createEphemeral(A, Y));
    assertThat(there(A).creation()).isGreaterThan(creation);
    assertThat(there(A).owner()).isEqualTo(ledger.session().id());
  }

  // ---------------------------------------------------------------- checking

  @Test
  void aCheckThatHoldsLetsTheRestHappen() {
    applies(t -> t.create(A, X));
    applies(t -> t.check(A, 0).create(B, X));
    assertThat(read(B)).isPresent();
    assertThat(there(A).version()).as("a check changes nothing").isZero();
  }

  @Test
  void aCheckThatFailsLetsNothingHappen() {
    applies(t -> t.create(A, X));
    refuses(1, Refusal.VERSION, t -> t.create(B, X).check(A, 1).create(C, X));
    assertThat(read(B)).isEmpty();
    assertThat(read(C)).isEmpty();
  }

  @Test
  void aCheckOfWhatIsAbsentFails() {
    refuses(0, Refusal.ABSENT, t -> t.check(A, 0));
    refuses(0, Refusal.ABSENT, t -> t.checkPresent(A));
  }

  @Test
  void aCheckForPresenceTakesAnyVersion() {
    applies(t -> t.create(A, X).set(A, Y, 0));
    applies(t -> t.checkPresent(A));
  }

  @Test
  void aCheckForAbsenceLeavesItAbsent() {
    applies(t -> t.create(A, X));
    applies(t -> t.checkAbsent(C).create(B, X));
    assertThat(read(C)).isEmpty();
    refuses(0, Refusal.EXISTS, t -> t.checkAbsent(A));
  }

  @Test
  void aCheckSeesTheStepsBeforeIt() {
    applies(t -> t.create(A, X).check(A, 0).set(A, Y, 0).check(A, 1));
    refuses(1, Refusal.VERSION, t -> t.set(A, X, 1).check(A, 1));
    assertThat(there(A).version()).isEqualTo(1);
  }

  // ------------------------------------------------------------ transactions

  @Test
  void aRefusedTransactionLeavesEverythingAsItWas() {
    applies(t -> t.create(A, X).create(C, X));
    Node before = there(A);
    refuses(5, Refusal.EXISTS, t -> t.set(A, Y, 0)
        .delete(C, 0)
        .create(C, Y)
        .create(D, X)
        .delete(D, 0)
        .create(A, Y));
    assertThat(there(A)).isEqualTo(before);
    assertThat(there(C).data()).isEqualTo(X);
    assertThat(read(D)).isEmpty();
  }

  @Test
  void theFirstStepThatFailsIsNamed() {
    refuses(2, Refusal.ABSENT, t -> t.create(A, X).create(B, X).delete(C, 0).create(A, X));
  }

  @Test
  void aThousandStepsGoTogether() {
    applies(t -> {
      t.create(A, X);
      IntStream.range(1, Transaction.MOST_STEPS).forEach(i -> t.create(A.child("n" + i), X));
      return t;
    });
    assertThat(list(A).orElseThrow()).hasSize(Transaction.MOST_STEPS - 1);
  }

  @Test
  void halfAMegabyteGoesTogether() {
    Bytes half = Bytes.of("x".repeat(Transaction.NODE_BYTES - 1_000));
    applies(t -> t.create(A, half).create(B, half));
    assertThat(there(B).data()).isEqualTo(half);
  }

  @Test
  void whatIsTooLargeIsRefusedBeforeItIsSent() {
    Bytes tooLarge = Bytes.of("x".repeat(Transaction.NODE_BYTES + 1));
    assertThatThrownBy(() -> Transaction.builder().create(A, tooLarge))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("/a")
        .hasMessageContaining("262145");
    long session = ledger.session().id();
    applies(t -> t.create(A, X));
    assertThat(ledger.session().id()).isEqualTo(session);
  }

  // ------------------------------------------------------------------- order

  @Test
  void commitsTakeEffectInTheOrderInWhichTheyWereAsked() {
    applies(t -> t.create(A, X));
    List<CompletionStage<CommitResult>> all = new ArrayList<>();
    for (int i = 0; i < 200; i++) {
      int version = i;
      all.add(commit(t -> t.set(A, Bytes.of("" + version), version)));
    }
    all.forEach(one -> assertThat(world.await(one)).isEqualTo(CommitResult.APPLIED));
    assertThat(there(A).data()).isEqualTo(Bytes.of("199"));
  }

  @Test
  void aQuestionSeesTheCommitBeforeIt() {
    commit(t -> t.create(A, X));
    CompletionStage<Optional<Node>> one = ledger.read(A);
    commit(t -> t.set(A, Y, 0));
    CompletionStage<Optional<Node>> two = ledger.read(A);
    assertThat(world.await(one).orElseThrow().data()).isEqualTo(X);
    assertThat(world.await(two).orElseThrow().data()).isEqualTo(Y);
  }

  @Test
  void answersComeInTheOrderOfTheQuestions() {
    List<Integer> told = new CopyOnWriteArrayList<>();
    CompletionStage<?> last = ledger.barrier();
    for (int i = 0; i < 100; i++) {
      int number = i;
      CompletionStage<?> one = i % 3 == 0
          ? commit(t -> t.create(NodePath.of("/n" + number), X))
          : i % 3 == 1 ? ledger.read(A) : ledger.list(NodePath.ROOT);
      last = one.whenComplete((answer, failure) -> told.add(number));
    }
    world.await(last);
    assertThat(told).isSorted().hasSize(100);
  }

  @Test
  void aChainBreaksAsAWhole() {
    applies(t -> t.create(A, X).create(B, X));
    List<CompletionStage<CommitResult>> chain = new ArrayList<>();
    for (int i = 0; i < 10; i++) {
      int version = i;
      int link = i == 3 ? 7 : 0; // one link expects of B what is not so
      chain.add(commit(t -> t.check(B, link).set(A, Y, version)));
    }
    for (int i = 0; i < 10; i++) {
      assertThat(world.await(chain.get(i)).isApplied()).as("link %s", i).isEqualTo(i < 3);
    }
    assertThat(there(A).version()).isEqualTo(3);
  }

  // ----------------------------------------------------------------- listing

  @Test
  void namesAreListedInAlphabeticalOrder() {
    applies(t -> t.create(A, X));
    applies(t -> t.create(A.child("z"), X).create(A.child("b"), X).create(A.child("10"), X));
    applies(t -> t.create(A.child("9"), X));
    assertThat(list(A)).contains(List.of("10", "9", "b", "z"));
  }

  @Test
  void aNodeWithoutOthersBelowItHasAnEmptyList() {
    applies(t -> t.create(A, X));
    assertThat(list(A)).contains(List.of());
  }

  @Test
  void onlyWhatIsRightBelowIsListed() {
    applies(t -> t.create(A, X).create(C, X).create(C.child("deep"), X));
    assertThat(list(A)).contains(List.of("c"));
    assertThat(there(A).children()).isEqualTo(1);
  }

  @Test
  void theRootIsListed() {
    applies(t -> t.create(A, X).create(B, X));
    assertThat(list(NodePath.ROOT).orElseThrow()).contains("a", "b");
    assertThat(read(NodePath.ROOT)).isPresent();
  }

  @Test
  void aListThatIsTooLongIsRefusedAndNothingElseIsHarmed() {
    applies(t -> t.create(A, X));
    List<CompletionStage<CommitResult>> all = new ArrayList<>();
    for (int from = 0; from <= Ledger.MOST_CHILDREN; from += 1_000) {
      int start = from;
      int end = Math.min(start + 1_000, Ledger.MOST_CHILDREN + 1);
      all.add(commit(t -> {
        IntStream.range(start, end).forEach(i -> t.create(A.child("child-" + i), Bytes.NONE));
        return t;
      }));
    }
    all.forEach(one -> assertThat(world.await(one)).isEqualTo(CommitResult.APPLIED));
    long session = ledger.session().id();
    assertThat(world.refusal(ledger.list(A)).kind()).isEqualTo(Kind.TOO_LARGE);
    assertThat(world.refusal(ledger.list(A))).hasMessageContaining("/a").hasMessageContaining("10001");
    assertThat(there(A).children()).isEqualTo(10_001);
    assertThat(ledger.session().id()).isEqualTo(session);
    applies(t -> t.delete(A.child("child-7"), 0));
    assertThat(list(A).orElseThrow()).hasSize(Ledger.MOST_CHILDREN);
  }

  // -------------------------------------------------------------- ephemerals

  @Test
  void aNodeMayVanishWithItsSession() {
    applies(t -> t.createEphemeral(A, X));
    assertThat(there(A).owner()).isEqualTo(ledger.session().id());
    Ledger other = world.open();
    assertThat(fresh(other, A)).isPresent();
    world.await(ledger.endSession());
    assertThat(fresh(other, A)).isEmpty();
    other.close();
  }

  @Test
  void aClosedLedgerTakesItsNodesAlong() {
    Ledger other = world.open();
    world.await(other.commit(Transaction.builder().createEphemeral(A, X).create(B, Y).build()));
    assertThat(fresh(ledger, A)).isPresent();
    other.close();
    world.until("the node gone", () -> fresh(ledger, A).isEmpty());
    assertThat(read(B)).as("what is persistent stays").isPresent();
  }

  @Test
  void onlyTheNodesOfTheEndedSessionVanish() {
    Ledger other = world.open();
    applies(t -> t.createEphemeral(A, X));
    world.await(other.commit(Transaction.builder().createEphemeral(B, Y).build()));
    world.await(other.endSession());
    assertThat(fresh(ledger, B)).isEmpty();
    assertThat(read(A)).isPresent();
    other.close();
  }

  @Test
  void aNodeOfAnotherSessionIsInTheWayOfOnesOwn() {
    Ledger other = world.open();
    world.await(other.commit(Transaction.builder().createEphemeral(A, X).build()));
    refuses(0, Refusal.EXISTS, t -> t.createEphemeral(A, Y));
    assertThat(there(A).owner()).isEqualTo(other.session().id()).isNotEqualTo(ledger.session().id());
    other.close();
  }

  @Test
  void aNodeOfAnotherSessionCanBeReplacedInOneTransaction() {
    Ledger other = world.open();
    world.await(other.commit(Transaction.builder().createEphemeral(A, X).build()));
    world.await(ledger.barrier());
    applies(t -> t.delete(A, 0).createEphemeral(A, Y));
    other.close();
    world.await(ledger.barrier());
    assertThat(there(A).owner()).isEqualTo(ledger.session().id());
  }

  @Test
  void ephemeralNodesCanBeSetAndDeletedByAnyone() {
    Ledger other = world.open();
    applies(t -> t.createEphemeral(A, X));
    assertThat(world.await(other.commit(
            Transaction.builder().set(A, Y, 0).delete(A, 1).build())))
        .isEqualTo(CommitResult.APPLIED);
    world.await(ledger.barrier());
    assertThat(read(A)).isEmpty();
    other.close();
  }

  // -------------------------------------------------------------- containers

  @Test
  void aContainerGoesAfterItsLastChild() {
    applies(t -> t.create(A, X, Lifetime.CONTAINER).create(C, X));
    world.reapContainers();
    assertThat(there(A).children()).isEqualTo(1);
    applies(t -> t.delete(C, 0));
    world.reapContainers();
    world.until("the container gone", () -> fresh(ledger, A).isEmpty());
    refuses(0, Refusal.ABSENT, t -> t.create(C, X));
  }

  @Test
  void aContainerThatNeverHadAChildStays() {
    applies(t -> t.create(A, X, Lifetime.CONTAINER));
    applies(t -> t.create(B, X, Lifetime.CONTAINER).create(B.child("c"), X));
    applies(t -> t.delete(B.child("c"), 0));
    world.reapContainers();
    world.until("the other container gone", () -> fresh(ledger, B).isEmpty());
    assertThat(read(A)).isPresent();
    assertThat(there(A).isEphemeral()).isFalse();
  }

  // ----------------------------------------------------------------- barrier

  @Test
  void behindABarrierNothingOldIsSeen() {
    Ledger other = world.open();
    for (int i = 0; i < 20; i++) {
      int version = i - 1;
      applies(t -> version < 0 ? t.create(A, X) : t.set(A, Y, version));
      world.await(other.barrier());
      assertThat(world.await(other.read(A)).orElseThrow().version()).isEqualTo(i);
    }
    other.close();
  }

  // ----------------------------------------------------------------- watches

  @Test
  void aWatchBeginsWithEverything() {
    List<Hint> told = watched(A);
    assertThat(told).containsExactly(new Hint(A, true));
  }

  @Test
  void aWatchTellsOfWhatIsCreatedSetAndDeleted() {
    List<Hint> told = watched(A);
    applies(t -> t.create(A, X));
    toldOf(told, A);
    applies(t -> t.set(A, Y, 0));
    toldOf(told, A);
    applies(t -> t.delete(A, 1));
    toldOf(told, A);
  }

  @Test
  void aWatchTellsOfWhatIsBelow() {
    applies(t -> t.create(A, X).create(C, X));
    List<Hint> told = watched(A);
    applies(t -> t.create(C.child("deep"), X));
    toldOf(told, C.child("deep"));
    applies(t -> t.set(C.child("deep"), Y, 0));
    toldOf(told, C.child("deep"));
    applies(t -> t.delete(C.child("deep"), 1));
    toldOf(told, C.child("deep"));
  }

  @Test
  void aWatchOfTheRootTellsOfEverything() {
    List<Hint> told = watched(NodePath.ROOT);
    applies(t -> t.create(A, X).create(C, X));
    toldOf(told, A, C);
  }

  @Test
  void aWatchTellsOfNothingElse() {
    applies(t -> t.create(A, X));
    List<Hint> told = watched(C);
    applies(t -> t.set(A, Y, 0).create(D, X).create(NodePath.of("/a/cc"), X).create(B, X));
    applies(t -> t.create(C, X));
    world.until("a hint", () -> told.contains(new Hint(C, false)));
    assertThat(told).extracting(Hint::path).containsOnly(C);
  }

  @Test
  void aWatchTellsOfEveryStepOfATransaction() {
    List<Hint> told = watched(NodePath.ROOT);
    applies(t -> t.create(A, X).create(C, X).create(B, Y));
    toldOf(told, A, B, C);
  }

  @Test
  void aRefusedTransactionIsNotTold() {
    applies(t -> t.create(A, X));
    List<Hint> told = watched(NodePath.ROOT);
    refuses(1, Refusal.EXISTS, t -> t.create(B, X).create(A, X));
    world.await(ledger.barrier());
    assertThat(told).hasSize(1);
  }

  @Test
  void aWatchTellsOfWhatOthersDo() {
    Ledger other = world.open();
    List<Hint> told = watched(A);
    world.await(other.commit(Transaction.builder().create(A, X).build()));
    world.until("a hint", () -> told.contains(new Hint(A, false)));
    other.close();
  }

  @Test
  void aWatchTellsOfNodesThatVanishWithASession() {
    Ledger other = world.open();
    world.await(other.commit(Transaction.builder().createEphemeral(A, X).build()));
    world.await(ledger.barrier());
    List<Hint> told = watched(NodePath.ROOT);
    other.close();
    world.until("a hint", () -> told.contains(new Hint(A, false)));
    assertThat(read(A)).isEmpty();
  }

  @Test
  void theHintComesBeforeTheAnswerThatShowsTheChange() {
    Ledger other = world.open();
    List<Hint> told = watched(A);
    applies(t -> t.create(A, X));
    AtomicInteger version = new AtomicInteger();
    for (int i = 0; i < 100; i++) {
      int at = i;
      told.clear();
      other.commit(Transaction.builder().set(A, Y, at).build());
      boolean[] early = new boolean[1];
      while (version.get() == at) {
        world.await(ledger.read(A).thenAccept(node -> {
          version.set(node.orElseThrow().version());
          early[0] |= version.get() > at && told.isEmpty();
        }));
      }
      assertThat(early[0]).as("the answer with version %s before its hint", at + 1).isFalse();
    }
    other.close();
  }

  @Test
  void aClosedWatchTellsNothingMore() {
    List<Hint> told = new CopyOnWriteArrayList<>();
    Subscription watch = ledger.watch(A, told::add);
    world.until("the first hint", () -> !told.isEmpty());
    watch.close();
    watch.close();
    List<Hint> others = watched(A);
    applies(t -> t.create(A, X));
    toldOf(others, A);
    assertThat(told).hasSize(1);
  }

  @Test
  void twoWatchesOfOneNodeAreIndependent() {
    List<Hint> one = new CopyOnWriteArrayList<>();
    Subscription first = ledger.watch(A, one::add);
    List<Hint> two = watched(A);
    world.until("the first hint", () -> !one.isEmpty());
    applies(t -> t.create(A, X));
    toldOf(one, A);
    toldOf(two, A);
    first.close();
    applies(t -> t.set(A, Y, 0));
    toldOf(two, A);
    assertThat(one).isEmpty();
  }

  @Test
  void watchesMayOverlap() {
    List<Hint> all = watched(NodePath.ROOT);
    List<Hint> some = watched(A);
    applies(t -> t.create(A, X).create(C, X).create(B, X));
    toldOf(all, A, B, C);
    toldOf(some, A, C);
  }

  @Test
  void aListenerThatFailsHarmsNobody() {
    ledger.watch(A, hint -> {
      throw new IllegalStateException("on purpose");
    });
    List<Hint> told = watched(A);
    applies(t -> t.create(A, X));
    toldOf(told, A);
    assertThat(read(A)).isPresent();
  }

  @Test
  void aListenerMayAskTheLedger() {
    AtomicLong seen = new AtomicLong(-1);
    ledger.watch(A, hint ->
        ledger.read(A).thenAccept(node -> node.ifPresent(found -> seen.set(found.version()))));
    applies(t -> t.create(A, X));
    applies(t -> t.set(A, Y, 0));
    world.until("the version read", () -> seen.get() == 1);
  }

  // ---------------------------------------------------------------- sessions

  @Test
  void anOpenLedgerIsConnectedInASessionOfItsOwn() {
    Ledger other = world.open();
    assertThat(ledger.session().isConnected()).isTrue();
    assertThat(ledger.session().timeout()).isGreaterThanOrEqualTo(Duration.ofSeconds(1));
    assertThat(ledger.session().id()).isNotEqualTo(Session.NOBODY);
    assertThat(other.session().id()).isNotEqualTo(ledger.session().id());
    other.close();
  }

  @Test
  void aListenerIsToldHowTheSessionStands() {
    List<Session> told = new CopyOnWriteArrayList<>();
    ledger.onSession(told::add);
    world.until("the session", () -> !told.isEmpty());
    assertThat(told).containsExactly(ledger.session());
  }

  @Test
  void anEndedSessionIsFollowedByAnother() {
    long former = ledger.session().id();
    List<Session> told = new CopyOnWriteArrayList<>();
    ledger.onSession(told::add);
    world.await(ledger.endSession());
    world.until("a new session", () -> ledger.session().isConnected());
    assertThat(ledger.session().id()).isNotEqualTo(former);
    world.until("the listener told", () -> told.contains(ledger.session()));
    applies(t -> t.createEphemeral(A, X));
    assertThat(there(A).owner()).isEqualTo(ledger.session().id());
  }

  @Test
  void whatWasAskedBeforeTheEndOfASessionIsAnswered() {
    CompletionStage<CommitResult> before = commit(t -> t.create(A, X));
    world.await(ledger.endSession());
    world.await(before);
    world.until("a new session", () -> ledger.session().isConnected());
    assertThat(read(A).isPresent()).isEqualTo(world.await(before).isApplied());
  }

  @Test
  void watchesOutliveSessionsAndBeginAgainWithEverything() {
    List<Hint> told = watched(A);
    told.clear();
    world.await(ledger.endSession());
    world.until("everything", () -> told.contains(new Hint(A, true)));
    world.until("a new session", () -> ledger.session().isConnected());
    told.clear();
    applies(t -> t.create(A, X));
    toldOf(told, A);
  }

  @Test
  void aListenerOfSessionsCanBeClosed() {
    List<Session> told = new CopyOnWriteArrayList<>();
    Subscription listening = ledger.onSession(told::add);
    world.until("the session", () -> !told.isEmpty());
    listening.close();
    world.await(ledger.endSession());
    world.until("a new session", () -> ledger.session().isConnected());
    assertThat(told).hasSize(1);
  }

  @Test
  void aClosedLedgerAnswersThatItIsClosed() {
    Ledger other = world.open();
    List<Session> told = new CopyOnWriteArrayList<>();
    other.onSession(told::add);
    world.until("the session", () -> !told.isEmpty());
    other.close();
    other.close();
    assertThat(other.session().standing()).isEqualTo(Standing.CLOSED);
    assertThat(world.await(other.commit(Transaction.builder().create(A, X).build())))
        .isEqualTo(CommitResult.UNKNOWN);
    assertThat(world.refusal(other.read(A)).kind()).isEqualTo(Kind.CLOSED);
    assertThat(world.refusal(other.list(A)).kind()).isEqualTo(Kind.CLOSED);
    assertThat(world.refusal(other.barrier()).kind()).isEqualTo(Kind.CLOSED);
    assertThat(world.refusal(other.endSession()).kind()).isEqualTo(Kind.CLOSED);
    assertThat(other.session().standing()).isEqualTo(Standing.CLOSED);
    assertThat(fresh(ledger, A)).isEmpty();
    assertThat(told).as("nothing is told after the end").hasSize(1);
  }

  // ----------------------------------------------------------------- phrases

  private void applies(UnaryOperator<Transaction.Builder> steps) {
    assertThat(world.await(commit(steps))).isEqualTo(CommitResult.APPLIED);
  }

  private void refuses(int step, Refusal refusal, UnaryOperator<Transaction.Builder> steps) {
    assertThat(world.await(commit(steps))).isEqualTo(CommitResult.conflict(step, refusal));
  }

  private CompletionStage<CommitResult> commit(UnaryOperator<Transaction.Builder> steps) {
    return ledger.commit(steps.apply(Transaction.builder()).build());
  }

  private Optional<Node> read(NodePath path) {
    return world.await(ledger.read(path));
  }

  private Node there(NodePath path) {
    return read(path).orElseThrow(() -> new AssertionError("No " + path));
  }

  private Optional<List<String>> list(NodePath path) {
    return world.await(ledger.list(path));
  }

  /** What another client sees that wants to see nothing old. */
  private Optional<Node> fresh(Ledger reader, NodePath path) {
    world.await(reader.barrier());
    return world.await(reader.read(path));
  }

  private List<Hint> watched(NodePath path) {
    List<Hint> told = new CopyOnWriteArrayList<>();
    ledger.watch(path, told::add);
    world.until("the first hint", () -> !told.isEmpty());
    return told;
  }

  private void toldOf(List<Hint> told, NodePath... paths) {
    for (NodePath path : paths) {
      // A second watch may let everything be read once more, and that says it too.
      world.until(
          "a hint of " + path,
          () -> told.stream().anyMatch(hint -> hint.path().equals(path) || (hint.below() && path.isWithin(hint.path()))));
    }
    told.clear();
  }
}
