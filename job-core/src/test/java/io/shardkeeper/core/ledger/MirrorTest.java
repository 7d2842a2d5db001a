package io.shardkeeper.core.ledger;

import static org.assertj.core.api.Assertions.assertThat;

import io.shardkeeper.contract.MemoryWorld;
import io.shardkeeper.contract.SimulatedWorld;
import io.shardkeeper.contract.SimulatedWorld.Weather;
import io.shardkeeper.core.ledger.Mirror.Change;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

final class MirrorTest {
  private static final long SEED = Long.getLong("shardkeeper.seed", 20_261_121);
  private static final NodePath ROOT = NodePath.of("/m");
  private static final NodePath A = ROOT.child("a");
  private static final NodePath DEEP = A.child("b");
  private static final Bytes X = Bytes.of("x");
  private static final Bytes Y = Bytes.of("y");

  private final MemoryWorld world = new MemoryWorld();
  private final Ledger ledger = world.open();
  private final List<Change> told = new ArrayList<>();

  @Test
  void itBeginsWithWhatIsThere() {
    commit(Transaction.builder().create(ROOT, X).create(A, X).create(DEEP, Y));
    Mirror mirror = started();
    assertThat(mirror.nodes().keySet()).containsExactly(ROOT, A, DEEP);
    assertThat(mirror.isSettled()).isTrue();
    assertThat(told.get(told.size() - 1)).isEqualTo(new Change.Settled());
    assertThat(told).hasSize(4);
  }

  @Test
  void itBeginsWithNothingIfNothingIsThere() {
    Mirror mirror = started();
    assertThat(mirror.nodes()).isEmpty();
    assertThat(told).containsExactly(new Change.Settled());
    commit(Transaction.builder().create(ROOT, X));
    assertThat(mirror.nodes()).containsOnlyKeys(ROOT);
  }

  @Test
  void itFollows() {
    Mirror mirror = started();
    commit(Transaction.builder().create(ROOT, X).create(A, X));
    told.clear();
    commit(Transaction.builder().set(A, Y, 0));
    assertThat(told.get(0)).isInstanceOf(Change.Changed.class);
    told.clear();
    commit(Transaction.builder().delete(A, 1));
    assertThat(told.get(0)).isInstanceOf(Change.Vanished.class);
    assertThat(mirror.nodes()).containsOnlyKeys(ROOT);
  }

  @Test
  void aNodeThatWasReplacedVanishesAndAppears() {
    commit(Transaction.builder().create(ROOT, X).create(A, X));
    started();
    told.clear();
    commit(Transaction.builder().delete(A, 0).create(A, Y));
    assertThat(told).hasSize(3);
    assertThat(told.get(0)).isInstanceOf(Change.Vanished.class);
    assertThat(told.get(1)).isInstanceOf(Change.Appeared.class);
  }

  @Test
  void tenThousandNodesAreReadWithoutHarm() {
    commit(Transaction.builder().create(ROOT, X));
    for (int i = 0; i < 10; i++) {
      Transaction.Builder many = Transaction.builder();
      for (int j = 0; j < 1_000; j++) {
        many.create(ROOT.child("n" + i + "-" + j), X);
      }
      commit(many);
    }
    Mirror mirror = started();
    assertThat(mirror.nodes()).hasSize(10_001);
    mirror.reconcile();
    assertThat(mirror.surprises()).isZero();
  }

  @Test
  void whatCannotBeReadIsToldAndTheRestIsRead() {
    commit(Transaction.builder().create(ROOT, X).create(A, X));
    for (int i = 0; i <= 10; i++) {
      Transaction.Builder many = Transaction.builder();
      for (int j = 0; j < 1_000; j++) {
        many.create(A.child("n" + i + "-" + j), X);
      }
      commit(many);
    }
    commit(Transaction.builder().create(ROOT.child("z"), X));
    Mirror mirror = started();
    assertThat(told).anySatisfy(change -> assertThat(change).isInstanceOf(Change.Unreadable.class));
    assertThat(mirror.nodes()).containsOnlyKeys(ROOT, A, ROOT.child("z"));
    assertThat(mirror.isSettled()).isTrue();
  }

  @Test
  void aListenerThatFailsDoesNotStopIt() {
    var mirror = new Mirror(ledger, ROOT, change -> {
      throw new IllegalStateException("on purpose");
    });
    mirror.start();
    commit(Transaction.builder().create(ROOT, X).create(A, X));
    assertThat(mirror.nodes()).containsOnlyKeys(ROOT, A);
  }

  @Test
  void whatHasASmallerNameIsKnownToBeReadOrNot() {
    commit(Transaction.builder().create(ROOT, X).create(ROOT.child("c"), X));
    var slow = new SlowLedger(ledger);
    var mirror = new Mirror(slow, ROOT, told::add);
    NodePath last = ROOT.child("z");
    mirror.start();
    assertThat(mirror.isReadBefore(last)).as("somebody looks what is there").isFalse();
    slow.answerAll();
    assertThat(mirror.isReadBefore(last)).isTrue();

    commit(Transaction.builder().set(ROOT.child("c"), Y, 0).create(last, X).create(A, X));
    slow.answer(last);

    assertThat(mirror.isReadBefore(A)).isTrue();
    assertThat(mirror.isReadBefore(last)).as("an earlier one is being read").isFalse();
    slow.answer(A);
    assertThat(mirror.isReadBefore(last)).as("only what is known is being read").isTrue();
    mirror.reconcile();
    assertThat(mirror.isReadBefore(A)).as("there may be others").isFalse();
    slow.answerAll();
    assertThat(mirror.isReadBefore(A)).isTrue();
    assertThat(mirror.isSettled()).isTrue();
  }

  /** Answers when it is told to, and not in the order in which it was asked. */
  private static final class SlowLedger implements Ledger {
    private final Ledger of;
    private final Map<NodePath, Runnable> answers = new TreeMap<>();

    SlowLedger(Ledger of) {
      this.of = of;
    }

    void answer(NodePath path) {
      Objects.requireNonNull(answers.remove(path)).run();
    }

    void answerAll() {
      while (!answers.isEmpty()) {
        answer(answers.keySet().iterator().next());
      }
    }

    @Override
    public CompletionStage<Optional<Node>> read(NodePath path) {
      var later = new CompletableFuture<Optional<Node>>();
      answers.merge(path, () -> of.read(path).thenAccept(later::complete), (one, other) -> () -> {
        one.run();
        other.run();
      });
      return later;
    }

    @Override
    public CompletionStage<CommitResult> commit(Transaction transaction) {
      return of.commit(transaction);
    }

    @Override
    public CompletionStage<Optional<List<String>>> list(NodePath path) {
      return of.list(path);
    }

    @Override
    public CompletionStage<Void> barrier() {
      return of.barrier();
    }

    @Override
    public Subscription watch(NodePath root, Consumer<Hint> told) {
      return of.watch(root, told);
    }

    @Override
    public Session session() {
      return of.session();
    }

    @Override
    public Subscription onSession(Consumer<Session> told) {
      return of.onSession(told);
    }

    @Override
    public CompletionStage<Void> endSession() {
      return of.endSession();
    }

    @Override
    public void close() {
      of.close();
    }
  }

  @Test
  void closedItTellsNothingMore() {
    Mirror mirror = started();
    mirror.close();
    told.clear();
    commit(Transaction.builder().create(ROOT, X));
    assertThat(told).isEmpty();
    mirror.reconcile();
    assertThat(mirror.nodes()).isEmpty();
  }

  @Test
  void whatHappenedWhileAwayIsFoundAndReplacedNodesToo() {
    var simulated = new SimulatedWorld(SEED, Weather.CALM);
    Ledger here = simulated.open();
    Ledger there = simulated.open();
    simulated.await(there.commit(Transaction.builder()
        .create(ROOT, X)
        .create(A, X)
        .create(DEEP, X)
        .create(ROOT.child("gone"), X)
        .build()));
    var mirror = new Mirror(here, ROOT, told::add);
    mirror.start();
    simulated.until("all read", () -> mirror.isSettled() && mirror.nodes().size() == 4);
    simulated.cut(here);
    simulated.await(there.commit(Transaction.builder()
        .delete(DEEP, 0)
        .delete(A, 0)
        .create(A, Y) // version 0, as before
        .delete(ROOT.child("gone"), 0)
        .create(ROOT.child("new"), X)
        .build()));
    told.clear();
    simulated.heal(here);
    simulated.until(
        "the new node", () -> mirror.isSettled() && mirror.nodes().containsKey(ROOT.child("new")));
    assertThat(mirror.nodes()).containsOnlyKeys(ROOT, A, ROOT.child("new"));
    assertThat(mirror.nodes())
        .hasEntrySatisfying(A, node -> assertThat(node.data()).isEqualTo(Y));
    assertThat(told.stream().filter(Change.Vanished.class::isInstance)).hasSize(3);
  }

  /** In every kind of weather the mirror shows the truth in the end, and a reconciliation finds nothing that no hint had told. */
  @Test
  void inTheEndItShowsTheTruth() {
    Map<String, Integer> sometimes = new TreeMap<>();
    for (long seed = SEED; seed < SEED + 60; seed++) {
      var stormy = new SimulatedWorld(seed, Weather.STORM);
      var random = new SplittableRandom(seed);
      Ledger writer = stormy.open();
      Ledger reader = stormy.open();
      var mirror = new Mirror(reader, ROOT, change -> {});
      mirror.start();
      for (int i = 0; i < 400; i++) {
        writer.commit(anything(random));
        reader.commit(anything(random));
        stormy.run(Duration.ofMillis(random.nextInt(50)));
        if (random.nextInt(100) == 0) {
          mirror.reconcile();
        }
      }
      stormy.calmDown();
      stormy.run(Duration.ofSeconds(30));
      stormy.until("calm", () -> reader.session().isConnected() && mirror.isSettled());
      mirror.reconcile();
      stormy.until("reconciled", mirror::isSettled);
      stormy.await(reader.barrier());
      stormy.run(Duration.ofSeconds(1));
      assertThat(new TreeMap<>(mirror.nodes()))
          .as("seed %s", seed)
          .isEqualTo(truth(stormy, reader));
      assertThat(mirror.surprises()).as("surprises, seed %s", seed).isZero();
      stormy.sometimes().forEach((what, count) -> sometimes.merge(what, count, Integer::sum));
    }
    assertThat(sometimes.keySet())
        .contains(
            "commit lost before its effect",
            "commit lost after its effect",
            "commit took effect long after it was lost",
            "session expired",
            "restart",
            "silence");
  }

  @Test
  void theSameSeedGivesTheSameStory() {
    assertThat(story(SEED)).isEqualTo(story(SEED)).isNotEqualTo(story(SEED + 1));
  }

  private static List<String> story(long seed) {
    List<String> story = new ArrayList<>();
    var stormy = new SimulatedWorld(seed, Weather.STORM);
    var random = new SplittableRandom(7);
    Ledger writer = stormy.open();
    Ledger reader = stormy.open();
    new Mirror(reader, ROOT, change -> story.add(stormy.nanos() + " " + change)).start();
    for (int i = 0; i < 300; i++) {
      writer
          .commit(anything(random))
          .thenAccept(result -> story.add(stormy.nanos() + " " + result));
      stormy.run(Duration.ofMillis(random.nextInt(50)));
    }
    return story;
  }

  private static Transaction anything(SplittableRandom random) {
    NodePath path = ROOT.child("n" + random.nextInt(8));
    return switch (random.nextInt(6)) {
      case 0 -> Transaction.builder().create(ROOT, X).build();
      case 1 -> Transaction.builder().create(path, X).build();
      case 2 -> Transaction.builder().createEphemeral(path, Y).build();
      case 3 -> Transaction.builder().set(path, Y, Transaction.ANY_VERSION).build();
      case 4 ->
        Transaction.builder()
            .delete(path, Transaction.ANY_VERSION)
            .create(path, X)
            .build();
      default -> Transaction.builder().delete(path, Transaction.ANY_VERSION).build();
    };
  }

  private static Map<NodePath, Node> truth(SimulatedWorld world, Ledger reader) {
    Map<NodePath, Node> truth = new TreeMap<>();
    world.await(reader.read(ROOT)).ifPresent(node -> truth.put(ROOT, node));
    for (String name : world.await(reader.list(ROOT)).orElse(List.of())) {
      world
          .await(reader.read(ROOT.child(name)))
          .ifPresent(node -> truth.put(ROOT.child(name), node));
    }
    // How many are below is not what a change of the node is about.
    return truth;
  }

  private Mirror started() {
    var mirror = new Mirror(ledger, ROOT, told::add);
    mirror.start();
    return mirror;
  }

  private void commit(Transaction.Builder steps) {
    assertThat(world.await(ledger.commit(steps.build()))).isEqualTo(CommitResult.APPLIED);
  }
}
