package io.shardkeeper.core.assign;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.shardkeeper.core.layout.Instance;
import io.shardkeeper.core.layout.Layout;
import io.shardkeeper.core.layout.RunId;
import io.shardkeeper.job.Routing;
import io.shardkeeper.routing.Candidate;
import io.shardkeeper.routing.Routers;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class RoutesTest {
  private static final Instant NINE = Instant.parse("2026-11-21T09:00:00Z");

  private final List<Instance> abc = Fleet.of("a", "b", "c");
  private final Spread spread = new Spread();
  private final Map<String, Integer> open = new HashMap<>();
  private final Routes routes =
      new Routes(spread, Routers.NONE, instance -> open.getOrDefault(instance.id(), 0));

  @Test
  void theNamesOfRoutesAreKnown() {
    for (Routing routing : List.of(
        Routing.spread(),
        Routing.roundRobin(),
        Routing.random(),
        Routing.consistentHash(),
        Routing.first(),
        Routing.last(),
        Routing.specified("a"))) {
      assertThat(Routes.knows(routing.route())).as(routing.route()).isTrue();
      assertThat(abc).contains(routes.choose(routing, run("billing", 0), 0, 1, abc));
    }
    assertThat(Routes.knows("my-own")).isFalse();
  }

  @Test
  void anUnknownRouteIsRefusedWithTheKnownOnes() {
    assertThatThrownBy(() -> routes.choose(Routing.named("my-own"), run("billing", 0), 0, 1, abc))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("Job 'billing' asks for route 'my-own'; there are spread, round-robin, random,"
            + " consistent-hash, first, last, specified, failover, busy-over, least-busy, and those"
            + " that an application adds");
  }

  @Test
  void whoIsBusyIsPassedOver() {
    assertThat(choose(Routing.busyOver(), "billing", 0, abc)).isEqualTo("a");
    open.put("a", 1); // each of them has one slot
    assertThat(choose(Routing.busyOver(), "billing", 0, abc)).isEqualTo("b");
    open.putAll(Map.of("a", 3, "b", 2, "c", 5));
    assertThat(choose(Routing.busyOver(), "billing", 0, abc)).isEqualTo("b");
  }

  @Test
  void whoIsLeastBusyIsChosen() {
    open.putAll(Map.of("a", 3, "b", 2, "c", 5));
    assertThat(choose(Routing.leastBusy(), "billing", 0, abc)).isEqualTo("b");
    open.put("b", 6);
    assertThat(choose(Routing.leastBusy(), "billing", 0, abc)).isEqualTo("a");
  }

  @Test
  void whoComesFirstByNameIsChosenAsLongAsItLives() {
    Routing routing = Routing.failover("name-c", "name-b");
    assertThat(choose(routing, "billing", 0, abc)).isEqualTo("c");
    assertThat(choose(routing, "billing", 0, Fleet.of("a", "b"))).isEqualTo("b");
    assertThat(choose(routing, "billing", 0, Fleet.of("a", "d"))).isEqualTo("a");
    assertThat(choose(Routing.failover(), "billing", 0, abc)).isEqualTo("a");
  }

  @Test
  void aRouteOfOnesOwnIsAskedAndWhateverItDoesTheShardGoesToSomebody() {
    Routers own = Routers.of(Map.of(
        "third", (job, run, shard, candidates) -> candidates.get(2),
        "fails", (job, run, shard, candidates) -> candidates.get(17),
        "strange", (job, run, shard, candidates) -> new Candidate("x", "x", "x", Map.of(), 1, 0)));
    var withOwn = new Routes(spread, own, instance -> 0);
    assertThat(
            withOwn.choose(Routing.named("third"), run("billing", 0), 0, 1, abc).id())
        .isEqualTo("c");
    for (String name : List.of("fails", "strange")) {
      assertThat(abc).contains(withOwn.choose(Routing.named(name), run("billing", 0), 0, 1, abc));
    }
  }

  @Test
  void nobodyCannotBeChosen() {
    assertThatThrownBy(() -> routes.choose(Routing.first(), run("billing", 0), 0, 1, List.of()))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("one of no instances");
  }

  @Test
  void firstAndLastGoById() {
    assertThat(choose(Routing.first(), "billing", 0, abc)).isEqualTo("a");
    assertThat(choose(Routing.last(), "billing", 0, abc)).isEqualTo("c");
  }

  @Test
  void theSpreadIsWhereTheShardIsAtHome() {
    for (int shard = 0; shard < 5; shard++) {
      Instance chosen = routes.choose(Routing.spread(), run("billing", 0), shard, 5, abc);
      assertThat(chosen.id()).isEqualTo(spread.home("billing", shard, 5, abc));
    }
  }

  @Test
  void amongSpecifiedInstancesTheShardsAreSpread() {
    // Whoever is specified is the only one eligible.
    List<Instance> named = Fleet.of("b", "c");
    Routing routing = Routing.specified("name-c", "name-b");
    var chosen = new ArrayList<String>();
    for (int shard = 0; shard < 4; shard++) {
      chosen.add(routes.choose(routing, run("billing", 0), shard, 4, named).id());
    }
    assertThat(chosen).containsExactly("b", "c", "b", "c");
    for (int fire = 0; fire < 10; fire++) {
      assertThat(choose(Routing.specified("name-b"), "pinned", fire, Fleet.of("b")))
          .isEqualTo("b");
    }
  }

  @Test
  void threeHundredFiresGoRoundAHundredTimes() {
    var counts = new TreeMap<String, Integer>();
    for (int fire = 0; fire < 300; fire++) {
      String chosen = choose(Routing.roundRobin(), "billing", fire, abc);
      assertThat(chosen).isEqualTo(List.of("a", "b", "c").get(fire % 3));
      counts.merge(chosen, 1, Integer::sum);
    }
    assertThat(counts)
        .containsOnlyKeys("a", "b", "c")
        .allSatisfy((id, n) -> assertThat(n).isEqualTo(100));
  }

  @Test
  void eachJobGoesRoundByItself() {
    assertThat(choose(Routing.roundRobin(), "billing", 0, abc)).isEqualTo("a");
    assertThat(choose(Routing.roundRobin(), "mail", 0, abc)).isEqualTo("a");
    assertThat(choose(Routing.roundRobin(), "billing", 1, abc)).isEqualTo("b");
  }

  @Test
  void theShardsOfARunGoRoundToo() {
    var chosen = new ArrayList<String>();
    for (int shard = 0; shard < 4; shard++) {
      Instance next = routes.choose(Routing.roundRobin(), run("billing", 0), shard, 4, abc);
      routes.went(Routing.roundRobin(), "billing", next, abc);
      chosen.add(next.id());
    }
    assertThat(chosen).containsExactly("a", "b", "c", "a");
  }

  @Test
  void theRoundIsKeptOverAChangeOfCoordinatorAndOverJoinsAndLeaves() {
    int bucket = Layout.bucket("billing");
    assertThat(choose(Routing.roundRobin(), "billing", 0, abc)).isEqualTo("a");
    assertThat(choose(Routing.roundRobin(), "billing", 1, abc)).isEqualTo("b");
    assertThat(spread.takeUrgent()).containsExactly(bucket);
    assertThat(spread.takeUrgent()).isEmpty();
    assertThat(spread.takeChanged()).isEmpty();

    var later = new Spread();
    later.load(bucket, spread.bucket(bucket));
    assertThat(later.takeUrgent()).isEmpty();
    var successor = new Routes(later, Routers.NONE, instance -> 0);
    Routing routing = Routing.roundRobin();
    RunId run = run("billing", 2);
    List<Instance> joined = Fleet.of("a", "aa", "b", "bb", "c");
    var order = new ArrayList<String>();
    for (List<Instance> fleet : List.of(joined, abc, Fleet.of("a", "b"))) {
      Instance next = successor.choose(routing, run, 0, 1, fleet);
      successor.went(routing, "billing", next, fleet);
      order.add(next.id());
    }
    assertThat(order).containsExactly("bb", "c", "a");
  }

  @Test
  void whoDoesNotGoKeepsItsTurnAndAnExceptionTakesNobodys() {
    Routing routing = Routing.roundRobin();
    assertThat(choose(routing, "billing", 0, abc)).isEqualTo("a");
    for (int fire = 1; fire < 4; fire++) {
      assertThat(routes.choose(routing, run("billing", fire), 0, 1, abc).id()).isEqualTo("b");
    }
    routes.went(routing, "billing", abc.get(2), abc);
    assertThat(choose(routing, "billing", 4, abc)).isEqualTo("b");
    assertThat(choose(routing, "billing", 5, abc)).isEqualTo("c");
  }

  @Test
  void aRoundOfOneIsNotWrittenAgain() {
    List<Instance> alone = Fleet.of("a");
    choose(Routing.roundRobin(), "billing", 0, alone);
    assertThat(spread.takeUrgent()).hasSize(1);
    choose(Routing.roundRobin(), "billing", 1, alone);
    assertThat(spread.takeUrgent()).isEmpty();
  }

  @Test
  void aForgottenJobBeginsItsRoundAnew() {
    choose(Routing.roundRobin(), "billing", 0, abc);
    spread.settle(new TreeMap<>());
    assertThat(choose(Routing.roundRobin(), "billing", 1, abc)).isEqualTo("b");
    spread.forget("billing");
    assertThat(spread.takeChanged()).containsExactly(Layout.bucket("billing"));
    assertThat(spread.bucket(Layout.bucket("billing")).length()).isZero();
    assertThat(choose(Routing.roundRobin(), "billing", 2, abc)).isEqualTo("a");
  }

  /** 99.9 % of fair lots stay below these values, for 1, 2, 4 and 9 degrees of freedom. */
  @ParameterizedTest
  @ValueSource(ints = {2, 3, 5, 10})
  void lotsAreFair(int size) {
    double bound = switch (size) {
      case 2 -> 10.83;
      case 3 -> 13.82;
      case 5 -> 18.47;
      default -> 27.88;
    };
    List<Instance> fleet = Fleet.of(Fleet.ids(size));
    for (String job : List.of("billing", "mail", "j")) {
      assertThat(chiSquare(job, 1, 3_000, fleet))
          .as("fires of job %s on %d instances", job, size)
          .isLessThan(bound);
      assertThat(chiSquare(job, 3_000, 1, fleet))
          .as("shards of job %s on %d instances", job, size)
          .isLessThan(bound);
      assertThat(chiSquare(job, 1, 300, fleet))
          .as("the first 300 fires of job %s on %d instances", job, size)
          .isLessThan(bound);
    }
  }

  private double chiSquare(String job, int shards, int fires, List<Instance> fleet) {
    int[] counts = new int[fleet.size()];
    for (int fire = 0; fire < fires; fire++) {
      for (int shard = 0; shard < shards; shard++) {
        Instance chosen = routes.choose(Routing.random(), run(job, fire), shard, shards, fleet);
        counts[fleet.indexOf(chosen)]++;
      }
    }
    double expected = (double) fires * shards / fleet.size();
    double sum = 0;
    for (int count : counts) {
      sum += (count - expected) * (count - expected) / expected;
    }
    return sum;
  }

  @Test
  void theLotOfARunFallsTheSameOnEveryMachine() {
    var chosen = new StringBuilder();
    for (int fire = 0; fire < 20; fire++) {
      chosen.append(choose(Routing.random(), "billing", fire, abc));
    }
    assertThat(chosen).hasToString("cccbacbabaabbcbcaaab");
  }

  @Test
  void aThousandKeysStayExceptThoseThatAJoiningInstanceTakes() {
    List<Instance> abcd = Fleet.of("a", "b", "c", "d");
    var counts = new TreeMap<String, Integer>();
    int moved = 0;
    for (int key = 0; key < 1_000; key++) {
      String before = choose(Routing.consistentHash(), "job-" + key, key, abc);
      String again = choose(Routing.consistentHash(), "job-" + key, key + 1, abc);
      String after = choose(Routing.consistentHash(), "job-" + key, key, abcd);
      assertThat(again).isEqualTo(before);
      if (!after.equals(before)) {
        assertThat(after).as("who takes key %d", key).isEqualTo("d");
        moved++;
      }
      counts.merge(after, 1, Integer::sum);
    }
    assertThat(moved).isBetween(150, 350);
    assertThat(counts).allSatisfy((id, n) -> assertThat(n).isBetween(200, 300));
  }

  @Test
  void theShardsOfOneJobAreKeysOfTheirOwn() {
    var counts = new TreeMap<String, Integer>();
    for (int shard = 0; shard < 300; shard++) {
      Instance chosen = routes.choose(Routing.consistentHash(), run("billing", 0), shard, 300, abc);
      counts.merge(chosen.id(), 1, Integer::sum);
    }
    assertThat(counts).hasSize(3).allSatisfy((id, n) -> assertThat(n).isBetween(70, 130));
  }

  @Test
  void aKeyComesBackToAnInstanceThatStartsAgain() {
    Instance b = abc.get(1);
    var again = new Instance(
        "z", b.name(), b.host(), b.handlers(), b.labels(), b.slots(), b.version(), false);
    List<Instance> restarted = List.of(abc.get(0), abc.get(2), again);
    for (int key = 0; key < 100; key++) {
      String before = choose(Routing.consistentHash(), "job-" + key, 0, abc);
      String after = choose(Routing.consistentHash(), "job-" + key, 0, restarted);
      assertThat(after).isEqualTo(before.equals("b") ? "z" : before);
    }
  }

  @Test
  void keysFallTheSameOnEveryMachine() {
    var chosen = new StringBuilder();
    for (int key = 0; key < 20; key++) {
      chosen.append(choose(Routing.consistentHash(), "job-" + key, 0, abc));
    }
    assertThat(chosen).hasToString("bcaaacaaaaaccbccbbba");
  }

  private String choose(Routing routing, String job, int fire, List<Instance> eligible) {
    Instance chosen = routes.choose(routing, run(job, fire), 0, 1, eligible);
    routes.went(routing, job, chosen, eligible);
    return chosen.id();
  }

  private static RunId run(String job, int fire) {
    return RunId.fire(job, 1, NINE.plusSeconds(60L * fire));
  }
}
