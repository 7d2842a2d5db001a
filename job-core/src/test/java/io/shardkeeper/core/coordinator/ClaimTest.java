package io.shardkeeper.core.coordinator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.shardkeeper.contract.SimulatedWorld;
import io.shardkeeper.contract.SimulatedWorld.Weather;
import io.shardkeeper.core.coordinator.Claim.Result;
import io.shardkeeper.core.ledger.Bytes;
import io.shardkeeper.core.ledger.CommitResult;
import io.shardkeeper.core.ledger.CommitResult.Refusal;
import io.shardkeeper.core.ledger.Ledger;
import io.shardkeeper.core.ledger.Node;
import io.shardkeeper.core.ledger.NodePath;
import io.shardkeeper.core.ledger.Transaction;
import java.lang.reflect.Proxy;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletionStage;
import org.junit.jupiter.api.Test;

final class ClaimTest {
  private static final NodePath ROLE = NodePath.of("/deep/coordinator");
  private static final NodePath TERM = ROLE.child("term");
  private static final NodePath HOLDER = ROLE.child("holder");
  private static final NodePath CURSOR = NodePath.of("/cursor");

  private final SimulatedWorld world =
      new SimulatedWorld(Long.getLong("shardkeeper.seed", 20_261_121), Weather.CALM);
  private final Ledger a = world.open();
  private final Ledger b = world.open();

  @Test
  void theFirstTermIsOne() {
    Tenure tenure = won(claim(a, "a"));
    assertThat(tenure.term()).isEqualTo(1);
    assertThat(there(HOLDER).owner()).isEqualTo(a.session().id());
    assertThat(there(HOLDER).data().text()).contains("\"holder\":\"a\"").contains("\"term\":1");
  }

  @Test
  void eachClaimRaisesTheTermAndRefusesTheFormer() {
    Tenure first = won(claim(a, "a"));
    assertThat(decide(a, first)).isEqualTo(CommitResult.APPLIED);
    Tenure second = won(claim(b, "b"));
    assertThat(second.term()).isEqualTo(2);
    assertThat(decide(a, first)).isEqualTo(CommitResult.conflict(0, Refusal.VERSION));
    assertThat(decide(b, second)).isEqualTo(CommitResult.APPLIED);
    assertThat(there(HOLDER).owner()).isEqualTo(b.session().id());
  }

  @Test
  void oneMayClaimAgainOverOnesOwnTerm() {
    Tenure first = won(claim(a, "a"));
    Tenure second = won(claim(a, "a"));
    assertThat(decide(a, first).isApplied()).isFalse();
    assertThat(decide(a, second)).isEqualTo(CommitResult.APPLIED);
  }

  @Test
  void ofTwoWhoClaimAtOnceAtMostOneDecides() {
    CompletionStage<Result> one = new Claim(a, ROLE, "a", world.clock()).attempt();
    CompletionStage<Result> two = new Claim(b, ROLE, "b", world.clock()).attempt();
    List<Tenure> winners = new ArrayList<>();
    for (Result result : List.of(world.await(one), world.await(two))) {
      if (result instanceof Result.Won won) {
        winners.add(won.tenure());
      }
    }
    assertThat(winners).isNotEmpty();
    long deciding =
        winners.stream().filter(tenure -> decide(a, tenure).isApplied()).count();
    assertThat(deciding).isEqualTo(1);
  }

  @Test
  void theNodeThatAFormerSessionLeftIsReplacedAndDoesNotVanishUnderTheNewHolder() {
    won(claim(a, "a"));
    long former = a.session().id();
    world.abandonSession(a);
    world.until("a new session", () -> a.session().isConnected() && a.session().id() != former);
    assertThat(there(HOLDER).owner()).as("left over").isEqualTo(former);
    Tenure tenure = won(claim(a, "a"));
    assertThat(there(HOLDER).owner()).isEqualTo(a.session().id());
    world.forsakeSessions();
    world.run(Duration.ofSeconds(10)); // the former session ends
    assertThat(there(HOLDER).owner()).isEqualTo(a.session().id());
    assertThat(decide(a, tenure)).isEqualTo(CommitResult.APPLIED);
  }

  @Test
  void aClaimWhoseAnswerIsLostIsNotWonAndTheNextAttemptStandsAboveIt() {
    won(claim(a, "a"));
    Ledger unlucky = beforeTheClaim(b, () -> world.cutAfterNextCommit(b));
    assertThat(claim(unlucky, "b")).isInstanceOf(Result.Missed.class);
    world.heal(b);
    world.until("connected", () -> b.session().isConnected());
    Tenure tenure = won(claim(b, "b"));
    assertThat(tenure.term()).isEqualTo(3);
    assertThat(decide(b, tenure)).isEqualTo(CommitResult.APPLIED);
  }

  @Test
  void aClaimThatLandsLateDeposesNobody() {
    won(claim(a, "a"));
    Ledger unlucky = beforeTheClaim(b, () -> world.cutHoldingNextCommit(b));
    assertThat(claim(unlucky, "b")).isInstanceOf(Result.Missed.class);
    Tenure tenure = won(claim(a, "a"));
    world.deliverHeldCommit(b);
    assertThat(decide(a, tenure)).isEqualTo(CommitResult.APPLIED);
  }

  @Test
  void withoutConnectionNothingIsClaimed() {
    world.cut(a);
    assertThat(claim(a, "a")).isInstanceOf(Result.Missed.class);
  }

  @Test
  void whoseClockIsFarOffIsBarredAndDeposesNobody() {
    Tenure tenure = won(claim(a, "a"));
    for (int seconds : new int[] {-31, 31}) {
      InstantSource wrong = () -> world.clock().instant().plusSeconds(seconds);
      Result result = world.await(new Claim(b, ROLE, "b", wrong).attempt());
      assertThat(result).isInstanceOf(Result.Barred.class);
      assertThat(result.toString()).contains("PT30S").contains("NTP");
    }
    assertThat(decide(a, tenure)).isEqualTo(CommitResult.APPLIED);
  }

  @Test
  void aClockThatIsALittleOffIsMeasured() {
    InstantSource behind = () -> world.clock().instant().minusSeconds(20);
    Tenure tenure = won(world.await(new Claim(a, ROLE, "a", behind).attempt()));
    assertThat(tenure.clockOffset())
        .isBetween(
            Duration.ofSeconds(20).minusMillis(50), Duration.ofSeconds(20).plusMillis(50));
  }

  @Test
  void whoResignsLeavesNoHolderAndMayNotDecideTwice() {
    Tenure tenure = won(claim(a, "a"));
    assertThat(world.await(tenure.resign(a))).isEqualTo(CommitResult.APPLIED);
    world.await(a.barrier());
    assertThat(world.await(a.read(HOLDER))).isEmpty();
    assertThat(won(claim(b, "b")).term()).isEqualTo(2);
    assertThat(world.await(tenure.resign(a)).isApplied()).isFalse();
  }

  @Test
  void aDamagedTermDoesNotTakeTheNumberBack() {
    for (int i = 1; i <= 5; i++) {
      assertThat(won(claim(a, "a")).term()).isEqualTo(i);
    }
    for (String damage : List.of(
        "",
        "{",
        "{\"term\":1}",
        "{\"term\":\"x\"}",
        "[]",
        "{\"v\":1,\"term\":-7}",
        "{\"v\":1,\"term\":9223372036854775807}")) {
      long before = there(TERM).version();
      world.await(a.commit(Transaction.builder()
          .set(TERM, Bytes.of(damage), Transaction.ANY_VERSION)
          .build()));
      assertThat(won(claim(a, "a")).term()).as(damage).isGreaterThan(before);
    }
  }

  @Test
  void aCandidateHasAName() {
    for (String wrong : List.of("a b", "a/b", "x".repeat(175))) {
      assertThatThrownBy(() -> new Claim(a, ROLE, wrong, world.clock()))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageStartingWith("Candidate '");
    }
    assertThat(won(claim(a, "x".repeat(174))).term()).isEqualTo(1);
  }

  @Test
  void whoHeldATermThatSomebodyDeletedDecidesNoMore() {
    Tenure former = won(claim(a, "a"));
    deleteAll(ROLE);
    Tenure present = won(claim(b, "b"));
    assertThat(present.term()).as("begun again").isEqualTo(former.term());
    assertThat(present.version()).isEqualTo(former.version());
    assertThat(decide(a, former).isApplied()).as("of another incarnation").isFalse();
    assertThat(decide(b, present)).isEqualTo(CommitResult.APPLIED);
  }

  @Test
  void aTermThatIsGoneAloneIsMadeAgain() {
    won(claim(a, "a"));
    deleteAll(TERM);
    assertThat(won(claim(b, "b")).term()).isEqualTo(1);
  }

  private void deleteAll(NodePath path) {
    world.await(a.barrier());
    for (String name : world.await(a.list(path)).orElse(List.of())) {
      deleteAll(path.child(name));
    }
    world.await(
        a.commit(Transaction.builder().delete(path, Transaction.ANY_VERSION).build()));
  }

  @Test
  void aTermOfANewerFormatIsLeftAlone() {
    won(claim(a, "a"));
    Bytes newer = Bytes.of("{\"v\":9,\"minReader\":9,\"term\":100}");
    world.await(
        a.commit(Transaction.builder().set(TERM, newer, Transaction.ANY_VERSION).build()));
    Result result = claim(b, "b");
    assertThat(result).isInstanceOf(Result.Barred.class);
    assertThat(result.toString()).contains("format 9");
    assertThat(there(TERM).data()).isEqualTo(newer);
  }

  @Test
  void aNewerTermWhoseFieldsAreKnownIsRead() {
    won(claim(a, "a"));
    world.await(a.commit(Transaction.builder()
        .set(TERM, Bytes.of("{\"v\":2,\"minReader\":1,\"term\":41,\"more\":{}}"), -1)
        .build()));
    assertThat(won(claim(b, "b")).term()).isEqualTo(42);
  }

  /** A ledger to which something happens just before it commits to the term. */
  private static Ledger beforeTheClaim(Ledger real, Runnable event) {
    return (Ledger) Proxy.newProxyInstance(
        Ledger.class.getClassLoader(),
        new Class<?>[] {Ledger.class},
        (proxy, method, arguments) -> {
          if (arguments != null
              && arguments[0] instanceof Transaction transaction
              && transaction.steps().get(0).path().equals(TERM)) {
            event.run();
          }
          return method.invoke(real, arguments);
        });
  }

  private Result claim(Ledger ledger, String name) {
    return world.await(new Claim(ledger, ROLE, name, world.clock()).attempt());
  }

  private static Tenure won(Result result) {
    assertThat(result).isInstanceOf(Result.Won.class);
    return ((Result.Won) result).tenure();
  }

  private CommitResult decide(Ledger by, Tenure tenure) {
    world.await(by.commit(Transaction.builder().create(CURSOR, Bytes.NONE).build()));
    return world.await(by.commit(tenure.begin().set(CURSOR, Bytes.of("x"), -1).build()));
  }

  private Node fresh(Ledger reader, NodePath path) {
    world.await(reader.barrier());
    return world.await(reader.read(path)).orElseThrow();
  }

  private Node there(NodePath path) {
    return fresh(b, path);
  }
}
