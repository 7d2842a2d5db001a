package io.shardkeeper.job;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What the values refuse that a definition is made of, and what they say to it. */
final class PartsOfAJobTest {

  @Test
  void shardsTakeAParameterEach() {
    var sharding = (Sharding.Fixed) Sharding.shards(3, " 2 = c ,0=a, 1=b=b");
    assertThat(sharding.parameters()).containsExactly("a", "b=b", "c");
    assertThat(sharding.parameter(1)).isEqualTo("b=b");
    assertThat(((Sharding.Fixed) Sharding.shards(2)).parameter(1)).isEmpty();
    assertThat(Sharding.shards(List.of("x,y", "z")))
        .isEqualTo(new Sharding.Fixed(2, List.of("x,y", "z")));
    assertThat(Sharding.shards(2, "0=,1=")).isEqualTo(new Sharding.Fixed(2, List.of("", "")));
  }

  @ParameterizedTest
  @CsvSource(delimiter = '|', quoteCharacter = '"', textBlock = """
          3 | 0=a,1=b         | leave out shard 2; a list names each of the 3 shards, an empty value is written 2=
          3 | 1=b             | leave out shard 0 and 1 more
          2 | 0=a,1=b,1=c     | name shard 1 twice
          2 | 0=a,2=c         | name shard 2; of 2 shards the last is 1
          2 | 0=a,b           | have the item 'b'; items are written 0=a,1=b
          2 | a=0,b=1         | have the item 'a=0'
          2 | 0=a,-1=b        | have the item '-1=b'
          1 | 0=a,            | have the item ''
          2 | 99999999=a      | have the item '99999999=a'
          0 | 0=a             | A number of shards of 0 is out of range; it runs from 1 to 10000
          """)
  void badListsOfParametersAreRefused(int total, String list, String problem) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Sharding.shards(total, list))
        .withMessageContaining(problem);
  }

  @Test
  void shardsHaveLimits() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Sharding.shards(10_001))
        .withMessageContaining("1 to 10000");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Sharding.shards(List.of("x".repeat(40_000), "y".repeat(40_000))))
        .withMessageContaining("80000 bytes together");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new Sharding.Fixed(3, List.of("a")))
        .withMessageContaining("one for each, or none");
  }

  @Test
  void filtersCompareLabels() {
    var filter = Filter.parse(" zone=='a'  &&disk.kind == 'ssd or so' ");
    assertThat(filter).hasToString("disk.kind == 'ssd or so' && zone == 'a'");
    assertThat(Filter.parse(filter.toString())).isEqualTo(filter);
    assertThat(filter.passes(Map.of("zone", "a", "disk.kind", "ssd or so", "more", "x")))
        .isTrue();
    assertThat(filter.passes(Map.of("zone", "b", "disk.kind", "ssd or so"))).isFalse();
    assertThat(filter.passes(Map.of("zone", "a"))).isFalse();
    assertThat(Filter.none().passes(Map.of())).isTrue();
    assertThat(Filter.none()).hasToString("");
  }

  @ParameterizedTest
  @CsvSource(delimiter = '~', quoteCharacter = '"', textBlock = """
          ""                          ~ column 1: found the end; a label's name comes here
          zone                        ~ column 5: found the end; == comes here
          zone = 'a'                  ~ column 6: found '= 'a''; == comes here
          zone == a                   ~ column 9: found 'a'; a value in single quotation marks comes here
          zone == 'a                  ~ column 9: found ''a'; a value in single quotation marks
          zone == 'a' and disk == 'b' ~ column 13: found 'and disk == 'b''; && comes here
          zone == 'a' &&              ~ column 15: found the end; a label's name
          zone == 'a' && zone == 'b'  ~ column 16: found 'zone' again
          zone == 'a' || disk == 'b'  ~ column 13
          (zone == 'a')               ~ column 1
          """)
  void filtersThatCannotBeReadNameTheColumn(String condition, String problem) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Filter.parse(condition))
        .withMessageContaining(problem);
  }

  @Test
  void theLargestFilterCanBeReadAgain() {
    var labels = new TreeMap<String, String>();
    for (int i = 0; i < Limits.LABELS; i++) {
      labels.put("x".repeat(Limits.NAME - 2) + (10 + i), "y".repeat(Limits.LABEL));
    }
    var largest = new Filter(labels);
    assertThat(Filter.parse(largest.toString())).isEqualTo(largest);
  }

  @Test
  void filtersCannotBeMadeOfWhatCouldNotBeReadAgain() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new Filter(new TreeMap<>(Map.of("zone", "it's"))))
        .withMessageContaining("no quotation mark");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new Filter(new TreeMap<>(Map.of("my zone", "a"))));
  }

  @Test
  void routesNameInstancesOnlyIfTheySpecifyThem() {
    assertThat(Routing.specified("a", "b").instances()).containsExactly("a", "b");
    assertThat(Routing.named("my-route").route()).isEqualTo("my-route");
    assertThatIllegalArgumentException()
        .isThrownBy(Routing::specified)
        .withMessageContaining("'specified' takes 1 to 100");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new Routing("random", List.of("a")))
        .withMessageContaining("every other route none");
    assertThatIllegalArgumentException().isThrownBy(() -> Routing.named("a route"));
    assertThatIllegalArgumentException().isThrownBy(() -> Routing.spread().without("a b"));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Routing.spread().atMost(-1))
        .withMessageContaining("instances that are used");
    String[] many = IntStream.range(0, 101).mapToObj(i -> "i" + i).toArray(String[]::new);
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Routing.spread().without(many))
        .withMessageContaining("a filter on a label");
  }

  @Test
  void policiesCheckTheirNumbers() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Overlap.serial(-1))
        .withMessageContaining("A queue of -1");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Overlap.allow(1))
        .withMessageContaining("from 2 to 1000");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new Overlap(Overlap.Policy.DISCARD_LATER, 1, Overlap.Scope.RUN))
        .withMessageContaining("DISCARD_LATER");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Misfire.fireAll(0))
        .withMessageContaining("from 1 to 10000");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Misfire.skip().after(Duration.ofSeconds(1)))
        .withMessageContaining("A misfire threshold of PT1S is out of range; it runs from PT10S");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Misfire.skip().within(Duration.ofDays(-1)));
    assertThatIllegalArgumentException()
        .isThrownBy(
            () -> Misfire.fireOnce().after(Duration.ofHours(5)).within(Duration.ofSeconds(10)))
        .withMessageContaining("A catch-up window of PT10S is out of range; it runs from PT5H");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new Sharding.Filtered(Filter.none(), true))
        .withMessageContaining("all() and one() are meant");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Filter.parse("a == 'b' && ".repeat(5_000)))
        .withMessageContaining("is too long");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Sharding.shards(2, "0=a,".repeat(50_000)))
        .withMessageContaining("200000 characters");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Retry.times(101))
        .withMessageContaining("from 0 to 100");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Retry.times(1).backoff(Duration.ofSeconds(9), 2, Duration.ofSeconds(5)))
        .withMessageContaining("longest delay");
    assertThatIllegalArgumentException()
        .isThrownBy(
            () -> Retry.times(1).backoff(Duration.ofSeconds(1), Double.NaN, Duration.ofSeconds(5)))
        .withMessageContaining("factor of NaN");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Retry.times(1).jitter(1.1))
        .withMessageContaining("from 0 to 1");
    assertThat(Retry.times(2).every(Duration.ofSeconds(3)))
        .isEqualTo(new Retry(2, Duration.ofSeconds(3), 1, Duration.ofSeconds(3), 0.2, false));
  }
}
