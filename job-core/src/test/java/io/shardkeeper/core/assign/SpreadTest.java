package io.shardkeeper.core.assign;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.shardkeeper.core.assign.Spread.Shape;
import io.shardkeeper.core.layout.Instance;
import io.shardkeeper.core.layout.Layout;
import io.shardkeeper.core.ledger.Bytes;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class SpreadTest {
  private final Spread spread = new Spread();

  @ParameterizedTest
  @CsvSource({
    "1, 2, a",
    "2, 2, ab",
    "3, 2, aba",
    "4, 2, abab",
    "5, 2, ababa",
    "1, 3, a",
    "2, 3, ab",
    "3, 3, abc",
    "4, 3, abca",
    "10, 3, abcabcabca"
  })
  void fixedShardsOfTheFirstJobGoRound(int total, int instances, String homes) {
    List<String> fleet = List.of("a", "b", "c").subList(0, instances);
    assertThat(String.join("", homes("billing", total, fleet))).isEqualTo(homes);
    assertThat(String.join("", homes("billing", total, fleet))).isEqualTo(homes);
  }

  @Test
  void theNextJobBeginsWhereLoadIsLeast() {
    List<String> fleet = List.of("a", "b");
    assertThat(homes("billing", 3, fleet)).containsExactly("a", "b", "a");
    assertThat(homes("mail", 3, fleet)).containsExactly("a", "b", "b");
    assertThat(homes("audit", 1, fleet)).containsExactly("a");
    assertThat(homes("backup", 1, fleet)).containsExactly("b");
  }

  @Test
  void aJoinTakesTheLastShardsOfThoseWhoHaveMost() {
    assertThat(homes("billing", 6, List.of("a", "b")))
        .containsExactly("a", "b", "a", "b", "a", "b");
    assertThat(homes("billing", 6, List.of("a", "b", "c")))
        .containsExactly("a", "b", "a", "b", "c", "c");
  }

  @Test
  void aLeaveMovesOnlyTheShardsOfWhoLeft() {
    assertThat(homes("billing", 5, List.of("a", "b", "c")))
        .containsExactly("a", "b", "c", "a", "b");
    assertThat(homes("billing", 5, List.of("a", "c"))).containsExactly("a", "a", "c", "a", "c");
  }

  @Test
  void anotherNumberOfShardsKeepsTheOldOnes() {
    List<String> fleet = List.of("a", "b");
    assertThat(homes("billing", 2, fleet)).containsExactly("a", "b");
    assertThat(homes("billing", 5, fleet)).containsExactly("a", "b", "a", "b", "a");
    assertThat(homes("billing", 1, fleet)).containsExactly("a");
    assertThat(homes("mail", 1, fleet)).containsExactly("b");
  }

  @Test
  void aListIsKnownAgainByItsContent() {
    List<Instance> ab = Fleet.of("a", "b");
    assertThat(spread.home("billing", 0, 1, ab)).isEqualTo("a");
    assertThat(spread.home("mail", 0, 1, ab)).isEqualTo("b");
    assertThat(spread.takeChanged()).hasSize(2);
    assertThat(spread.home("mail", 0, 1, ab)).isEqualTo("b");
    assertThat(spread.home("mail", 0, 1, Fleet.of("a", "b"))).isEqualTo("b");
    assertThat(spread.home("mail", 0, 1, Fleet.of("b", "c"))).isEqualTo("b");
    assertThat(spread.takeChanged()).isEmpty();
    assertThat(spread.home("mail", 0, 1, Fleet.of("a", "c"))).isEqualTo("c");
    assertThat(spread.takeChanged()).containsExactly(Layout.bucket("mail"));
  }

  @Test
  void aHomeIsNotSettledForNobody() {
    assertThatThrownBy(() -> spread.home("billing", 0, 1, List.of()))
        .hasMessage(
            "A home for job 'billing' was asked for with no instance; it takes one that is eligible");
    homes("billing", 1, List.of("a"));
    assertThatThrownBy(() -> spread.home("billing", 0, 1, List.of()))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void aShapeIsChecked() {
    assertThatThrownBy(() -> new Shape(0, List.of("a"))).hasMessageContaining("at least one");
    assertThatThrownBy(() -> new Shape(1, List.of("b", "a"))).hasMessageContaining("sorted by id");
    assertThatThrownBy(() -> new Shape(1, List.of("a", "a"))).hasMessageContaining("each once");
  }

  @Test
  void aFourthInstanceTakesSevenOfThreeTimesTen() {
    SortedMap<String, Shape> before = jobs(3, 10, 3);
    assertThat(spread.settle(before)).isZero();
    assertThat(loads(before)).containsExactly(10, 10, 10);

    SortedMap<String, Shape> after = jobs(3, 10, 4);
    assertThat(spread.settle(after)).isEqualTo(7);
    assertThat(loads(after)).containsExactlyInAnyOrder(8, 8, 7, 7);
    assertEachJobIsEven(after);
    assertThat(spread.settle(after)).isZero();
  }

  @Test
  void twoHundredJobsOfOneShardHaveTwentyOnEachOfTenInstances() {
    SortedMap<String, Shape> ten = jobs(200, 1, 10);
    ten.forEach((job, shape) -> homes(job, 1, shape.eligible()));
    assertThat(loads(ten)).containsOnly(20);

    SortedMap<String, Shape> eleven = jobs(200, 1, 11);
    assertThat(spread.settle(eleven)).isEqualTo(18);
    assertThat(loads(eleven)).containsOnly(18, 19);

    // The 18 of the one that left again go to those nine that have room for one or two.
    assertThat(spread.settle(ten)).isEqualTo(18);
    assertThat(loads(ten)).containsOnly(20);
  }

  @Test
  void nothingMovesWhenTheFleetStays() {
    SortedMap<String, Shape> jobs = jobs(30, 7, 5);
    spread.settle(jobs);
    spread.takeChanged();
    assertThat(spread.settle(jobs)).isZero();
    assertThat(spread.takeChanged()).isEmpty();
  }

  @Test
  void aWayMayLeadOverOthers() {
    // c can be reached by jobs of b only, and b is as full as it should be.
    var jobs = new TreeMap<String, Shape>();
    jobs.put("ab-1", new Shape(1, List.of("a", "b")));
    jobs.put("ab-2", new Shape(1, List.of("a", "b")));
    jobs.put("ab-3", new Shape(1, List.of("a", "b")));
    jobs.put("bc-1", new Shape(1, List.of("b")));
    spread.settle(jobs);
    assertThat(loads(jobs)).containsExactly(2, 2);

    jobs.put("ab-4", new Shape(1, List.of("a")));
    jobs.put("bc-1", new Shape(1, List.of("b", "c")));
    assertThat(spread.settle(jobs)).isEqualTo(2);
    assertThat(loads(jobs)).containsExactly(2, 2, 1);
  }

  @Test
  void jobsThatWantNoPlacesAnyMoreAreForgotten() {
    SortedMap<String, Shape> jobs = jobs(10, 1, 2);
    spread.settle(jobs);
    spread.takeChanged();

    spread.settle(jobs.headMap("job-00001"));
    assertThat(spread.takeChanged()).hasSize(9);
    assertThat(spread.bucket(Layout.bucket("job-00001"))).isEqualTo(Bytes.NONE);
    spread.forget("job-00000");
    spread.forget("job-00000");
    assertThat(spread.takeChanged()).containsExactly(Layout.bucket("job-00000"));
    // And so is their load.
    assertThat(homes("mail", 2, List.of("i000", "i001"))).containsExactly("i000", "i001");
    assertThat(homes("audit", 1, List.of("i000", "i001"))).containsExactly("i000");
  }

  @Test
  void aJobForWhichNobodyIsEligibleStaysWhereItIs() {
    SortedMap<String, Shape> jobs = jobs(4, 1, 2);
    spread.settle(jobs);
    var nobody = new TreeMap<String, Shape>();
    jobs.keySet().forEach(job -> nobody.put(job, new Shape(1, List.of())));
    assertThat(spread.settle(nobody)).isZero();
    assertThat(spread.settle(jobs)).isZero();
    assertThat(new Spread().settle(nobody)).isZero();
  }

  @Test
  void aBucketIsReadableAndCompact() {
    String other = sameBucketAs("billing");
    spread.home("billing", 0, 3, Fleet.of("b", "a1"));
    spread.home(other, 0, 1, Fleet.of("b"));
    spread.setLast("billing", "zz");
    assertThat(spread.bucket(Layout.bucket("billing")).text())
        .isEqualTo("{\"v\":1,\"minReader\":1,\"instances\":[\"a1\",\"b\"],"
            + "\"jobs\":{\"billing\":[0,1,0],\"" + other
            + "\":[1]},\"last\":{\"billing\":\"zz\"}}");
  }

  @Test
  void anEmptyBucketHasNoBytes() {
    assertThat(spread.bucket(17)).isSameAs(Bytes.NONE);
    spread.load(17, Bytes.NONE);
    assertThat(spread.bucket(17)).isSameAs(Bytes.NONE);
  }

  @Test
  void whatIsLoadedReplacesWhatWasKnown() {
    int bucket = Layout.bucket("billing");
    homes("billing", 3, List.of("a"));
    spread.setLast("billing", "a");
    spread.load(bucket, stored("\"instances\":[\"b\"],\"jobs\":{\"billing\":[0,0,0]}"));
    assertThat(spread.takeChanged()).isEmpty();
    assertThat(spread.takeUrgent()).isEmpty();
    assertThat(spread.last("billing")).isEmpty();
    assertThat(homes("billing", 3, List.of("b", "c"))).containsExactly("b", "b", "c");
    assertThat(homes("mail", 1, List.of("a", "b"))).containsExactly("a");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "nonsense",
        "[]",
        "{",
        "{\"minReader\":2,\"instances\":[\"b\"],\"jobs\":{\"billing\":[0]},\"last\":{\"billing\":\"b\"}}",
        "{\"jobs\":3,\"instances\":7,\"last\":[]}",
        "{\"jobs\":{\"billing\":{}},\"instances\":[\"b\"],\"last\":{\"billing\":4}}",
        "{\"jobs\":{\"billing\":[]},\"instances\":[\"b\"]}",
        "{\"jobs\":{\"of another bucket\":[0]},\"instances\":[\"b\"],\"last\":{\"of another bucket\":\"b\"}}"
      })
  void whatCannotBeReadIsIgnored(String damaged) {
    int bucket = Layout.bucket("billing");
    spread.load(bucket, Bytes.of(damaged));
    assertThat(spread.bucket(bucket)).isEqualTo(Bytes.NONE);
    assertThat(homes("billing", 1, List.of("a", "b"))).containsExactly("a");
  }

  @Test
  void aJobWithMoreShardsThanThereMayBeIsIgnored() {
    String places = String.join(",", Collections.nCopies(10_001, "0"));
    spread.load(
        Layout.bucket("billing"),
        stored("\"instances\":[\"b\"],\"jobs\":{\"billing\":[" + places + "]}"));
    assertThat(spread.bucket(Layout.bucket("billing"))).isEqualTo(Bytes.NONE);
  }

  @Test
  void ofADamagedJobTheSoundPlacesAreKept() {
    int bucket = Layout.bucket("billing");
    spread.load(
        bucket,
        stored("\"instances\":[\"b\",\"c\"],"
            + "\"jobs\":{\"billing\":[1,7,\"x\",null,{},[],1.5,-1,1e999999999,0]}"));
    assertThat(spread.bucket(bucket).text()).contains("\"billing\":[1,-1,-1,-1,-1,-1,-1,-1,-1,0]");
    var jobs = new TreeMap<String, Shape>();
    jobs.put("billing", new Shape(10, List.of("b", "c")));
    assertThat(spread.settle(jobs)).isZero();
    List<String> homes = homes("billing", 10, List.of("b", "c"));
    assertThat(homes.get(0)).isEqualTo("c");
    assertThat(homes.get(9)).isEqualTo("b");
    assertEachJobIsEven(jobs);
  }

  private static Bytes stored(String content) {
    return Bytes.of("{\"v\":1,\"minReader\":1," + content + "}");
  }

  private static String sameBucketAs(String job) {
    return IntStream.iterate(0, i -> i + 1)
        .mapToObj(i -> "other-" + i)
        .filter(other -> Layout.bucket(other) == Layout.bucket(job))
        .findFirst()
        .orElseThrow();
  }

  private static SortedMap<String, Shape> jobs(int number, int total, int instances) {
    var jobs = new TreeMap<String, Shape>();
    for (int i = 0; i < number; i++) {
      jobs.put(String.format("job-%05d", i), new Shape(total, Fleet.ids(instances)));
    }
    return jobs;
  }

  private List<String> homes(String job, int total, List<String> ids) {
    List<Instance> eligible = Fleet.of(ids);
    var homes = new ArrayList<String>();
    for (int shard = 0; shard < total; shard++) {
      homes.add(spread.home(job, shard, total, eligible));
    }
    return homes;
  }

  private List<Integer> loads(SortedMap<String, Shape> jobs) {
    var loads = new TreeMap<String, Integer>();
    jobs.forEach((job, shape) -> {
      shape.eligible().forEach(id -> loads.merge(id, 0, Integer::sum));
      homes(job, shape.total(), shape.eligible()).forEach(id -> loads.merge(id, 1, Integer::sum));
    });
    return List.copyOf(loads.values());
  }

  private void assertEachJobIsEven(SortedMap<String, Shape> jobs) {
    jobs.forEach((job, shape) -> {
      var one = new TreeMap<String, Shape>();
      one.put(job, shape);
      var range = loads(one).stream().mapToInt(Integer::intValue).summaryStatistics();
      assertThat(range.getMax() - range.getMin()).as(job).isLessThanOrEqualTo(1);
    });
  }
}
