package io.shardkeeper.zookeeper;

import static org.assertj.core.api.Assertions.assertThat;

import io.shardkeeper.core.coordinator.Claim;
import io.shardkeeper.core.coordinator.Claim.Result;
import io.shardkeeper.core.coordinator.Latch;
import io.shardkeeper.core.coordinator.Tenure;
import io.shardkeeper.core.ledger.Bytes;
import io.shardkeeper.core.ledger.CommitResult;
import io.shardkeeper.core.ledger.Ledger;
import io.shardkeeper.core.ledger.NodePath;
import io.shardkeeper.core.ledger.Transaction;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.zookeeper.CreateMode;
import org.apache.zookeeper.ZooDefs;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;

/** Who should coordinate, on a real ZooKeeper, when things go wrong. */
@Execution(ExecutionMode.CONCURRENT)
@SuppressWarnings("NullAway.Init") // filled in before each test
final class CoordinatorLatchTest {
  private static final NodePath ROLE = NodePath.of("/coordinator");
  private static final NodePath QUEUE = ROLE.child("latch");

  @TempDir
  private Path directory;

  private ZooKeeperWorld world;
  private ZooKeeperLedger a;
  private ZooKeeperLedger b;

  @BeforeEach
  void open() {
    world = ZooKeeperWorld.in(directory);
    a = candidate();
    b = candidate();
  }

  /** Long enough not to be lost by being slow; but whoever is missing in the queue joins again only after that time. */
  private ZooKeeperLedger candidate() {
    return world.open(
        settings -> settings.sessionTimeout(ZooKeeperSettings.DEFAULT_SESSION_TIMEOUT));
  }

  @AfterEach
  void close() {
    world.close();
  }

  @Test
  void whoJoinsFirstIsFirstAndTheNextFollows() {
    CoordinatorLatch one = joinedFirst(a, "a");
    CoordinatorLatch two = CoordinatorLatch.join(b, QUEUE, "b");
    world.until("both in the queue", () -> queue().size() == 2);
    assertThat(two.isFirst()).isFalse();
    AtomicInteger told = new AtomicInteger();
    two.onChange(told::incrementAndGet);
    one.close();
    world.until("the next first", two::isFirst);
    world.until("told", () -> told.get() > 0);
    assertThat(one.isFirst()).isFalse();
    two.close();
    world.until("nobody in the queue", () -> queue().isEmpty());
  }

  @Test
  void theNextTwoAreNear() {
    List<CoordinatorLatch> all = new ArrayList<>();
    all.add(joinedFirst(a, "first"));
    for (int i = 1; i < 4; i++) {
      int joined = i + 1;
      all.add(CoordinatorLatch.join(candidate(), QUEUE, "candidate " + i));
      world.until("one more in the queue", () -> queue().size() == joined);
    }
    world.until("three know it", () -> all.subList(0, 3).stream().allMatch(Latch::isNear));
    assertThat(all.get(3).isNear()).isFalse();
    AtomicInteger told = new AtomicInteger();
    all.get(3).onChange(told::incrementAndGet);
    all.get(1).close();
    world.until("the last one moves up", all.get(3)::isNear);
    world.until("told", () -> told.get() > 0);
  }

  @Test
  void whoRequeuesLetsTheNextBeFirst() {
    CoordinatorLatch one = joinedFirst(a, "a");
    CoordinatorLatch two = CoordinatorLatch.join(b, QUEUE, "b");
    world.until("both in the queue", () -> queue().size() == 2);
    one.requeue();
    world.until("the next first", two::isFirst);
    world.until("both in the queue", () -> queue().size() == 2);
    two.close();
    world.until("the other first again", one::isFirst);
  }

  @Test
  void whoJoinsAgainAndAgainStandsInTheQueueOnce() {
    CoordinatorLatch one = joinedFirst(a, "a");
    for (int i = 0; i < 100; i++) {
      one.requeue();
    }
    world.until("first, and one place", () -> one.isFirst() && queue().size() == 1);
    for (int i = 0; i < 10; i++) {
      CoordinatorLatch brief = CoordinatorLatch.join(b, QUEUE, "b");
      brief.requeue();
      brief.close();
    }
    one.close();
    world.until("nobody in the queue", () -> queue().isEmpty());
  }

  @Test
  void whoIsCutOffIsNotFirst() {
    CoordinatorLatch one = joinedFirst(a, "a");
    CoordinatorLatch two = CoordinatorLatch.join(b, QUEUE, "b");
    world.cut(a);
    world.until("not first without connection", () -> !one.isFirst());
    world.until("the next first after the session", two::isFirst);
    world.heal(a);
    world.until("both in the queue", () -> a.session().isConnected() && queue().size() == 2);
    assertThat(one.isFirst()).isFalse();
  }

  @Test
  void whoEndsItsSessionStandsInTheQueueAgain() {
    CoordinatorLatch one = joinedFirst(a, "a");
    long former = a.session().id();
    world.await(a.endSession());
    // For a moment it may believe that it is first as before: who claims finds out.
    world.until(
        "first in a new session, with one place",
        () -> a.session().id() != former && one.isFirst() && queue().size() == 1);
  }

  @Test
  void whoseSessionTheServerEndedStandsInTheQueueAgain() {
    CoordinatorLatch one = joinedFirst(a, "a");
    long former = a.session().id();
    world.expire(a);
    world.until("first in a new session", () -> a.session().id() != former && one.isFirst());
  }

  @Test
  void whosePlaceAStrangerTakesAwayJoinsAgain() {
    joinedFirst(a, "a");
    NodePath place = QUEUE.child(queue().get(0));
    assertThat(world.await(b.commit(Transaction.builder().delete(place, -1).build())))
        .isEqualTo(CommitResult.APPLIED);
    world.until("in the queue again", () -> !queue().isEmpty());
  }

  @Test
  void aQueueThatCouldNotBeJoinedIsJoinedLater() throws Exception {
    String path = "/" + world.namespace() + ROLE;
    try (RawClient raw = RawClient.of(world.server().connectString())) {
      raw.zooKeeper().create(path, new byte[0], ZooDefs.Ids.READ_ACL_UNSAFE, CreateMode.PERSISTENT);
      CoordinatorLatch one = CoordinatorLatch.join(a, QUEUE, "a");
      // What goes wrong in the recipe now it only logs; nobody is told.
      world.until("a look that found no place", one::isMissing);
      raw.zooKeeper().delete(path, -1);
      world.until("first at last", one::isFirst);
    }
  }

  @Test
  void twoWhoBelieveThatTheyAreFirstCannotBothDecide() {
    NodePath cursor = NodePath.of("/cursor");
    Tenure first = won(claim(a, "a"));
    Tenure second = won(claim(b, "b"));
    assertThat(second.term()).isEqualTo(first.term() + 1);
    assertThat(world.await(a.commit(first.begin().create(cursor, Bytes.of("a")).build())))
        .isEqualTo(CommitResult.conflict(0, CommitResult.Refusal.VERSION));
    assertThat(world.await(b.commit(second.begin().create(cursor, Bytes.of("b")).build())))
        .isEqualTo(CommitResult.APPLIED);
  }

  private CoordinatorLatch joinedFirst(ZooKeeperLedger ledger, String name) {
    CoordinatorLatch latch = CoordinatorLatch.join(ledger, QUEUE, name);
    world.until("first", latch::isFirst);
    return latch;
  }

  private Result claim(Ledger ledger, String name) {
    return world.await(new Claim(ledger, ROLE, name, InstantSource.system()).attempt());
  }

  private static Tenure won(Result result) {
    assertThat(result).isInstanceOf(Result.Won.class);
    return ((Result.Won) result).tenure();
  }

  private List<String> queue() {
    world.await(b.barrier());
    return world.await(b.list(QUEUE)).orElse(List.of());
  }
}
