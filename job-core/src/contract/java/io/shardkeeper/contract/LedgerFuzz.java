package io.shardkeeper.contract;

import static org.assertj.core.api.Assertions.assertThat;

import io.shardkeeper.core.ledger.Bytes;
import io.shardkeeper.core.ledger.Ledger;
import io.shardkeeper.core.ledger.Node;
import io.shardkeeper.core.ledger.NodePath;
import io.shardkeeper.core.ledger.Session;
import io.shardkeeper.core.ledger.Transaction;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeSet;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentSkipListSet;
import java.util.function.Function;

/**
 * Plays the same random operations in several worlds and compares everything that they tell: results, the step that was refused and why,
 * contents, versions, owners, which creations are the same, names, and hints.
 */
public final class LedgerFuzz {
  private static final int CLIENTS = 3;
  private static final int LONGEST_BATCH = 120;

  private final SplittableRandom random;
  private final List<Side> sides = new ArrayList<>();

  /** One world, and what is needed to compare it with another. */
  private static final class Side {
    private final World world;
    private final List<Ledger> clients = new ArrayList<>();
    private final List<Set<NodePath>> hinted = new ArrayList<>();

    /** The number of a creation in the first world, by its number in this one. */
    private final Map<Long, Long> creations = new HashMap<>();

    /** The same, the other way round. */
    private final Map<Long, Long> numbers = new HashMap<>();

    private Side(World world) {
      this.world = world;
      for (int i = 0; i < CLIENTS; i++) {
        Ledger client = world.open();
        Set<NodePath> paths = new ConcurrentSkipListSet<>();
        clients.add(client);
        hinted.add(paths);
        client.watch(NodePath.ROOT, hint -> paths.add(hint.path()));
        world.until("the watch", () -> !paths.isEmpty());
      }
    }

    /** The client whose session owns a node, or -1. */
    private int owner(Node node) {
      for (int i = 0; i < CLIENTS; i++) {
        if (node.isEphemeral() && clients.get(i).session().id() == node.owner()) {
          return i;
        }
      }
      assertThat(node.isEphemeral()).as("a node of a session that is over").isFalse();
      return -1;
    }
  }

  private LedgerFuzz(long seed, List<World> worlds) {
    this.random = new SplittableRandom(seed);
    worlds.forEach(world -> sides.add(new Side(world)));
  }

  /** Plays so many operations; a difference fails the test, with the seed that repeats it. */
  public static void play(long seed, int operations, World... worlds) {
    var fuzz = new LedgerFuzz(seed, List.of(worlds));
    int played = 0;
    while (played < operations) {
      int before = played;
      try {
        played += fuzz.batch();
      } catch (AssertionError e) {
        throw new AssertionError(
            "Seed " + seed + ", behind operation " + before + ": " + e.getMessage(), e);
      }
    }
  }

  /** Some operations of one client, asked one behind the other without waiting. */
  private int batch() {
    int client = random.nextInt(CLIENTS);
    if (random.nextInt(150) == 0) {
      endSession(client);
    }
    int length = 1 + random.nextInt(LONGEST_BATCH);
    List<String> asked = new ArrayList<>();
    List<Function<Ledger, CompletionStage<?>>> operations = new ArrayList<>();
    for (int i = 0; i < length; i++) {
      operations.add(operation(asked));
    }
    List<List<Object>> answers = new ArrayList<>();
    for (Side side : sides) {
      side.hinted.forEach(Set::clear);
      List<CompletionStage<?>> stages = new ArrayList<>();
      operations.forEach(each -> stages.add(each.apply(side.clients.get(client))));
      List<Object> told = new ArrayList<>();
      stages.forEach(stage -> told.add(comparable(side, side.world.await(stage))));
      answers.add(told);
    }
    for (int i = 0; i < length; i++) {
      for (int other = 1; other < sides.size(); other++) {
        assertThat(answers.get(other).get(i))
            .as("world %s, %s", other, asked.get(i))
            .isEqualTo(answers.get(0).get(i));
      }
    }
    compareHints();
    return length;
  }

  private void compareHints() {
    List<Object> first = new ArrayList<>();
    for (Side side : sides) {
      List<Object> hints = new ArrayList<>();
      for (int i = 0; i < CLIENTS; i++) {
        side.world.await(side.clients.get(i).barrier());
        hints.add(new TreeSet<>(side.hinted.get(i)));
      }
      first = first.isEmpty() ? hints : first;
      assertThat(hints).as("hints of each client").isEqualTo(first);
    }
  }

  private void endSession(int client) {
    for (Side side : sides) {
      Ledger ledger = side.clients.get(client);
      long former = ledger.session().id();
      side.hinted.get(client).clear();
      side.world.await(ledger.endSession());
      side.world.until(
          "a new session",
          () -> ledger.session().isConnected() && ledger.session().id() != former);
      side.world.until("everything", () -> side.hinted.get(client).contains(NodePath.ROOT));
      assertThat(ledger.session().id()).isNotEqualTo(Session.NOBODY);
      side.clients.forEach(each -> side.world.await(each.barrier()));
    }
  }

  /** Sessions and creations have other numbers in each world; what they have in common is which are the same. */
  private Object comparable(Side side, Object answer) {
    if (answer instanceof Optional<?> found && found.isPresent() && found.get() instanceof Node node) {
      return List.of(
          node.data(), node.version(), side.owner(node), node.children(), new Creation(side, node.creation()));
    }
    return answer;
  }

  /** A creation as one world numbers it: equal to that of another world if the two have always gone together. */
  private record Creation(Side side, long number) {
    @Override
    public boolean equals(Object other) {
      return other instanceof Creation first
          && side.creations.computeIfAbsent(number, same -> first.number) == first.number
          && side.numbers.computeIfAbsent(first.number, same -> number) == number;
    }

    @Override
    public int hashCode() {
      return 0; // no map needs more of it
    }
  }

  // ------------------------------------------------------------- operations

  private Function<Ledger, CompletionStage<?>> operation(List<String> asked) {
    int kind = random.nextInt(100);
    NodePath path = path();
    if (kind < 12) {
      asked.add("read " + path);
      return ledger -> ledger.read(path);
    } else if (kind < 20) {
      asked.add("list " + path);
      return ledger -> ledger.list(path);
    }
    Transaction.Builder steps = Transaction.builder();
    for (int i = random.nextInt(random.nextInt(10) == 0 ? 8 : 2); i >= 0; i--) {
      step(steps);
    }
    Transaction transaction = steps.build();
    asked.add("commit " + transaction);
    return ledger -> ledger.commit(transaction);
  }

  private void step(Transaction.Builder steps) {
    NodePath path = path();
    switch (random.nextInt(12)) {
      case 0, 1, 2, 3 -> steps.create(path, data());
      case 4 -> steps.createEphemeral(path, data());
      case 5, 6, 7 -> steps.set(path, data(), version());
      case 8, 9 -> steps.delete(path, version());
      case 10 -> steps.check(path, version());
      default -> steps.checkAbsent(path);
    }
  }

  /** One of few, so that they meet: three levels of three, and one beside whose name begins alike. */
  private NodePath path() {
    NodePath path = NodePath.ROOT.child(name());
    while (random.nextInt(5) < 2 && path.text().length() < 6) {
      path = path.child(name());
    }
    return path;
  }

  private String name() {
    return switch (random.nextInt(7)) {
      case 0, 1 -> "a";
      case 2, 3 -> "b";
      case 4, 5 -> "c";
      default -> "a-";
    };
  }

  private int version() {
    return random.nextInt(3) == 0 ? random.nextInt(4) : Transaction.ANY_VERSION;
  }

  private Bytes data() {
    int length = random.nextInt(200) == 0 ? 20_000 : random.nextInt(12);
    byte[] bytes = new byte[length];
    random.nextBytes(bytes);
    return Bytes.wrap(bytes);
  }
}
