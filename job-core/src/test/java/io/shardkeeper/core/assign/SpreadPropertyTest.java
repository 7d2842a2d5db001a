package io.shardkeeper.core.assign;

import static org.assertj.core.api.Assertions.assertThat;

import io.shardkeeper.core.assign.Spread.Shape;
import io.shardkeeper.core.layout.Instance;
import io.shardkeeper.core.layout.Layout;
import io.shardkeeper.core.ledger.Bytes;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What holds for any fleet and any jobs. The seed of a failure stands in the name of the test and in its message. */
final class SpreadPropertyTest {
  private static final long SEED = Long.getLong("shardkeeper.seed", 20_261_121);

  static LongStream seeds() {
    return LongStream.range(SEED, SEED + 40);
  }

  static LongStream manySeeds() {
    return LongStream.range(SEED, SEED + 400);
  }

  @ParameterizedTest
  @MethodSource("seeds")
  void oneJobMovesAsLittleAsTheClosedFormSays(long seed) {
    var random = new SplittableRandom(seed);
    List<String> ids = Fleet.ids(12);
    boolean all = random.nextBoolean();
    int total = 1 + random.nextInt(60);
    var spread = new Spread();
    List<String> before = List.of();
    for (int step = 0; step < 20; step++) {
      List<String> eligible = Fleet.some(ids, random);
      int moved;
      if (all) {
        var jobs = new TreeMap<String, Shape>();
        jobs.put("billing", new Shape(total, eligible));
        moved = spread.settle(jobs);
      } else {
        moved = differences(before, homes(spread, "billing", total, eligible));
      }
      List<String> after = homes(spread, "billing", total, eligible);
      String where = "seed " + seed + ", step " + step;
      assertThat(moved).as(where).isEqualTo(differences(before, after));
      assertThat(moved).as(where).isEqualTo(fewestMoves(before, total, eligible));
      assertEven(where, count(after, eligible).values());
      before = after;
    }
  }

  /** Who left loses all; whoever has more than his due, the rest of it; and of those who have one more, as many keep it as may. */
  private static int fewestMoves(List<String> before, int total, List<String> eligible) {
    int each = total / eligible.size();
    int moves = 0;
    int rich = 0;
    for (String id : new TreeSet<>(before)) {
      int had = Collections.frequency(before, id);
      boolean left = !eligible.contains(id);
      moves += left ? had : Math.max(0, had - each);
      rich += !left && had > each ? 1 : 0;
    }
    return moves - Math.min(rich, total % eligible.size());
  }

  @ParameterizedTest
  @MethodSource("seeds")
  void jobsThatMayRunEverywhereAreEvenEachAndTogether(long seed) {
    var random = new SplittableRandom(seed);
    List<String> ids = Fleet.ids(15);
    var totals = new TreeMap<String, Integer>();
    for (int job = 0; job < 40; job++) {
      totals.put("job-" + job, random.nextInt(3) == 0 ? 1 : 1 + random.nextInt(30));
    }
    var spread = new Spread();
    for (int step = 0; step < 10; step++) {
      List<String> living = Fleet.some(ids, random);
      if (random.nextInt(4) == 0) {
        totals.put("job-" + random.nextInt(50), 1 + random.nextInt(30));
      }
      var jobs = new TreeMap<String, Shape>();
      totals.forEach((job, total) -> jobs.put(job, new Shape(total, living)));
      spread.settle(jobs);
      String where = "seed " + seed + ", step " + step;
      var all = new TreeMap<String, Integer>();
      jobs.forEach((job, shape) -> {
        Map<String, Integer> count = count(homes(spread, job, shape), living);
        assertEven(where + ", " + job, count.values());
        count.forEach((id, number) -> all.merge(id, number, Integer::sum));
      });
      assertEven(where + ", all jobs", all.values());
      assertThat(spread.settle(jobs)).as(where + ", nothing changed").isZero();
    }
  }

  /** All choices that there are, tried one by one. */
  @ParameterizedTest
  @MethodSource("manySeeds")
  void noOtherChoiceIsMoreEvenOrMovesLess(long seed) {
    var random = new SplittableRandom(seed);
    List<String> ids = Fleet.ids(3 + random.nextInt(3));
    int number = 1 + random.nextInt(5);
    var spread = new Spread();
    SortedMap<String, List<String>> before = new TreeMap<>();
    for (int step = 0; step < 6; step++) {
      var jobs = new TreeMap<String, Shape>();
      List<String> living = Fleet.some(ids, random);
      for (int job = 0; job < number; job++) {
        List<String> eligible = random.nextInt(3) == 0 ? living : Fleet.some(living, random);
        jobs.put("job-" + job, new Shape(1 + random.nextInt(7), eligible));
      }
      int moved = spread.settle(jobs);
      SortedMap<String, List<String>> after = new TreeMap<>();
      jobs.forEach((job, shape) -> after.put(job, homes(spread, job, shape)));
      String where = "seed " + seed + ", step " + step + ", " + jobs;
      var best = new Exhaustive(before, jobs);
      int[] loads = new int[ids.size()];
      int differences = 0;
      for (var job : after.entrySet()) {
        job.getValue().forEach(home -> loads[ids.indexOf(home)]++);
        differences += differences(before.getOrDefault(job.getKey(), List.of()), job.getValue());
      }
      assertThat(moved).as(where).isEqualTo(differences);
      assertThat(Exhaustive.unevenness(loads)).as("unevenness, " + where).isEqualTo(best.uneven);
      assertThat(moved).as("moves, " + where).isEqualTo(best.moves);
      assertThat(spread.settle(jobs)).as(where + ", nothing changed").isZero();
      before = after;
    }
  }

  /** Tries each choice of those instances that get one more, for each job. */
  private static final class Exhaustive {
    private final SortedMap<String, List<String>> before;
    private final List<Map.Entry<String, Shape>> jobs;
    private final List<String> ids;
    private final int[] loads;
    int uneven = Integer.MAX_VALUE;
    int moves;

    Exhaustive(SortedMap<String, List<String>> before, SortedMap<String, Shape> jobs) {
      this.before = before;
      this.jobs = List.copyOf(jobs.entrySet());
      var all = new TreeSet<String>();
      jobs.values().forEach(shape -> all.addAll(shape.eligible()));
      ids = List.copyOf(all);
      loads = new int[ids.size()];
      choose(0, 0);
    }

    private void choose(int job, int moved) {
      if (job == jobs.size()) {
        int now = unevenness(loads);
        if (now < uneven || (now == uneven && moved < moves)) {
          uneven = now;
          moves = moved;
        }
        return;
      }
      Shape shape = jobs.get(job).getValue();
      List<String> eligible = shape.eligible();
      List<String> old = before.getOrDefault(jobs.get(job).getKey(), List.of());
      List<String> had = old.subList(0, Math.min(old.size(), shape.total()));
      for (int subset = 0; subset < 1 << eligible.size(); subset++) {
        if (Integer.bitCount(subset) == shape.total() % eligible.size()) {
          int stay = 0;
          for (int i = 0; i < eligible.size(); i++) {
            int gets = shape.total() / eligible.size() + (subset >> i & 1);
            loads[ids.indexOf(eligible.get(i))] += gets;
            stay += Math.min(gets, Collections.frequency(had, eligible.get(i)));
          }
          choose(job + 1, moved + had.size() - stay);
          for (int i = 0; i < eligible.size(); i++) {
            loads[ids.indexOf(eligible.get(i))] -=
                shape.total() / eligible.size() + (subset >> i & 1);
          }
        }
      }
    }

    /** Least where it is as even as can be. */
    static int unevenness(int[] loads) {
      return IntStream.of(loads).map(load -> load * load).sum();
    }
  }

  @ParameterizedTest
  @MethodSource("seeds")
  void whatIsStoredAndLoadedIsTheSame(long seed) {
    var random = new SplittableRandom(seed);
    List<String> ids = Fleet.ids(9);
    var spread = new Spread();
    var jobs = new TreeMap<String, Shape>();
    for (int job = 0; job < 300; job++) {
      jobs.put("job-" + job, new Shape(1 + random.nextInt(12), Fleet.some(ids, random)));
    }
    spread.settle(jobs);
    jobs.keySet().forEach(job -> spread.setLast(job, ids.get(random.nextInt(ids.size()))));
    var buckets = new TreeMap<Integer, Bytes>();
    for (int bucket : spread.takeChanged()) {
      buckets.put(bucket, spread.bucket(bucket));
    }

    var loaded = new Spread();
    buckets.forEach(loaded::load);
    buckets.forEach((bucket, bytes) ->
        assertThat(loaded.bucket(bucket)).as("seed %d, bucket %d", seed, bucket).isEqualTo(bytes));
    jobs.forEach((job, shape) -> {
      assertThat(homes(loaded, job, shape))
          .as("seed %d, %s", seed, job)
          .isEqualTo(homes(spread, job, shape));
      assertThat(loaded.last(job)).as("seed %d, %s", seed, job).isEqualTo(spread.last(job));
    });
    assertThat(loaded.takeChanged()).as("seed %d", seed).isEmpty();
    assertThat(loaded.settle(jobs)).as("seed %d", seed).isZero();
  }

  @ParameterizedTest
  @MethodSource("manySeeds")
  void damageCostsMovesNothingElse(long seed) {
    var random = new SplittableRandom(seed);
    var spread = new Spread();
    List<String> ids = Fleet.ids(4);
    homes(spread, "billing", new Shape(9, ids));
    spread.setLast("billing", "i002");
    int bucket = Layout.bucket("billing");
    byte[] damaged = spread.bucket(bucket).array().clone();
    for (int i = 0; i <= random.nextInt(3); i++) {
      damaged[random.nextInt(damaged.length)] = (byte) (' ' + random.nextInt(95));
    }
    var loaded = new Spread();
    loaded.load(bucket, Bytes.wrap(damaged));
    List<String> homes = homes(loaded, "billing", new Shape(9, ids));
    assertEven("seed " + seed, count(homes, ids).values());
  }

  @Test
  void theSameInputsGiveTheSameOnEveryMachine() {
    var random = new SplittableRandom(7);
    List<String> ids = Fleet.ids(6);
    var spread = new Spread();
    var told = new StringBuilder();
    for (int step = 0; step < 5; step++) {
      var jobs = new TreeMap<String, Shape>();
      for (int job = 0; job < 12; job++) {
        jobs.put("job-" + job, new Shape(1 + random.nextInt(5), Fleet.some(ids, random)));
      }
      told.append(spread.settle(jobs)).append(':');
      jobs.forEach(
          (job, shape) -> homes(spread, job, shape).forEach(home -> told.append(home.charAt(3))));
      told.append(' ');
    }
    assertThat(told)
        .hasToString("0:355555505023423035151235203401215104 17:1245154230353140234210241052503"
            + " 9:10410502154133124522033042533454"
            + " 19:203513344423415415151030253145402051301225"
            + " 23:100455232333350202150241241114404553023 ");
  }

  /** Each takes a fraction of a second; the bound is for a machine that does much else. */
  @Test
  @Timeout(60)
  void largeFleetsAreSettledAtOnce() {
    assertThat(rebalance(100_000, 1, 10, 11)).isEqualTo(9_090);
    assertThat(rebalance(100_000, 1, 11, 10)).isBetween(9_090, 9_091);
    assertThat(rebalance(1_000, 100, 100, 99)).isEqualTo(1_000);
    assertThat(rebalance(1_000, 100, 99, 100)).isEqualTo(1_000);
    assertThat(rebalance(1_000, 50, 100, 99)).isEqualTo(745);
    assertThat(rebalance(1_000, 50, 99, 100)).isEqualTo(500);
  }

  private static int rebalance(int jobs, int total, int before, int after) {
    var spread = new Spread();
    spread.settle(jobs(jobs, new Shape(total, Fleet.ids(before))));
    return spread.settle(jobs(jobs, new Shape(total, Fleet.ids(after))));
  }

  private static SortedMap<String, Shape> jobs(int number, Shape shape) {
    var jobs = new TreeMap<String, Shape>();
    for (int job = 0; job < number; job++) {
      jobs.put("job-" + job, shape);
    }
    return jobs;
  }

  private static void assertEven(String where, Iterable<Integer> counts) {
    int least = Integer.MAX_VALUE;
    int most = 0;
    for (int count : counts) {
      least = Math.min(least, count);
      most = Math.max(most, count);
    }
    assertThat(most - least).as(where).isLessThanOrEqualTo(1);
  }

  private static Map<String, Integer> count(List<String> homes, List<String> ids) {
    var counts = new HashMap<String, Integer>();
    ids.forEach(id -> counts.put(id, Collections.frequency(homes, id)));
    return counts;
  }

  private static int differences(List<String> before, List<String> after) {
    int differences = 0;
    for (int i = 0; i < Math.min(before.size(), after.size()); i++) {
      differences += before.get(i).equals(after.get(i)) ? 0 : 1;
    }
    return differences;
  }

  private static List<String> homes(Spread spread, String job, Shape shape) {
    return homes(spread, job, shape.total(), shape.eligible());
  }

  private static List<String> homes(Spread spread, String job, int total, List<String> ids) {
    List<Instance> eligible = Fleet.of(ids);
    var homes = new ArrayList<String>();
    for (int shard = 0; shard < total; shard++) {
      homes.add(spread.home(job, shard, total, eligible));
    }
    return homes;
  }
}
