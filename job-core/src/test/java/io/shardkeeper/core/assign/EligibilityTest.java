package io.shardkeeper.core.assign;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.shardkeeper.core.layout.Instance;
import io.shardkeeper.job.Filter;
import io.shardkeeper.job.Job;
import io.shardkeeper.job.JobBuilder;
import io.shardkeeper.job.Routing;
import io.shardkeeper.job.Sharding;
import io.shardkeeper.trigger.Trigger;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

final class EligibilityTest {
  private final Instance a = Fleet.instance("1", Map.of("zone", "a", "disk", "ssd"), "x", "y");
  private final Instance b = Fleet.instance("2", Map.of("zone", "b"), "x");
  private final Instance c = Fleet.instance("3", Map.of("zone", "a"), "x", "z");

  @Test
  void whoOffersTheHandlerIsEligibleInTheOrderOfIds() {
    assertThat(Eligibility.of(job("x").build(), List.of(c, a, b)))
        .isEqualTo(new Eligibility(List.of(a, b, c), ""));
    assertThat(eligible(job("z"))).containsExactly(c);
  }

  @Test
  void theFilterNarrows() {
    assertThat(eligible(job("x").filter(Filter.parse("zone == 'a'")))).containsExactly(a, c);
  }

  @Test
  void theConditionOfTheShardingNarrowsFurther() {
    JobBuilder job = job("x").filter(Filter.parse("zone == 'a'"));
    assertThat(eligible(job.sharding(Sharding.eachWhere("disk == 'ssd'")))).containsExactly(a);
    assertThat(eligible(job("x").sharding(Sharding.oneWhere("zone == 'b'")))).containsExactly(b);
  }

  @Test
  void theSpecifiedAreMeantByName() {
    JobBuilder job = job("x").routing(Routing.specified("name-3", "gone", "name-1", "2"));
    assertThat(eligible(job)).containsExactly(a, c);
  }

  @Test
  void theReasonIsTheFirstConditionAtWhichNoneWasLeft() {
    assertThat(why(job("x"), List.of())).isEqualTo("no instance is there");
    assertThat(why(job("q"))).isEqualTo("none of the 3 instances offers handler 'q'");
    assertThat(why(job("q"), List.of(a))).isEqualTo("the only instance does not offer handler 'q'");
    assertThat(why(job("x").filter(Filter.parse("zone == 'c'"))))
        .isEqualTo("none of the 3 instances that offer handler 'x' has zone == 'c'");
    assertThat(why(job("y").filter(Filter.parse("zone == 'c'"))))
        .isEqualTo("the only instance that offers handler 'y' does not have zone == 'c'");
    assertThat(why(job("x")
            .filter(Filter.parse("zone == 'a'"))
            .sharding(Sharding.eachWhere("disk == 'tape'"))))
        .isEqualTo(
            "none of the 2 instances that offer handler 'x' and have zone == 'a' has disk == 'tape'");
  }

  @Test
  void whoIsDrainingTakesNothingNew() {
    assertThat(Eligibility.of(job("x").build(), List.of(a.leaving(), b, c)).instances())
        .containsExactly(b, c);
    assertThat(why(job("x"), List.of(a.leaving()))).isEqualTo("the only instance is draining");
    assertThat(why(job("x"), List.of(a.leaving(), b.leaving())))
        .isEqualTo("all of the 2 instances are draining");
    assertThat(why(job("y"), List.of(a.leaving(), b, c)))
        .isEqualTo("none of the 2 instances that take new work offers handler 'y'");
    assertThat(why(job("x").routing(Routing.specified("name-1")), List.of(a.leaving(), b)))
        .isEqualTo("none of the instances name-1 is the only instance that takes new work"
            + " and offers handler 'x'");
  }

  @Test
  void theReasonTellsWhetherTheSpecifiedLive() {
    assertThat(why(job("x").routing(Routing.specified("i2"))))
        .isEqualTo("none of the instances i2 lives");
    assertThat(why(job("x")
            .filter(Filter.parse("zone == 'a'"))
            .routing(Routing.specified("name-2", "i9"))))
        .isEqualTo(
            "none of the instances name-2, i9 is among the 2 instances that offer handler 'x' and have zone == 'a'");
  }

  @Test
  void aReasonDoesNotListAHundredNames() {
    String[] names = IntStream.range(0, 100).mapToObj(i -> "n" + i).toArray(String[]::new);
    assertThat(why(job("x").routing(Routing.specified(names))))
        .isEqualTo(
            "none of the instances n0, n1, n2, n3, n4, n5, n6, n7, n8, n9 and 90 more lives");
  }

  @Test
  void aReasonIsGivenIfThereAreNoneAndOnlyThen() {
    assertThatThrownBy(() -> new Eligibility(List.of(), ""))
        .hasMessageContaining("0 instances are eligible");
    assertThatThrownBy(() -> new Eligibility(List.of(a), "tired"))
        .hasMessageContaining("1 instances are eligible, because: 'tired'");
  }

  private static JobBuilder job(String handler) {
    return Job.builder("billing").handler(handler).trigger(Trigger.manual());
  }

  private List<Instance> eligible(JobBuilder job) {
    return Eligibility.of(job.build(), List.of(a, b, c)).instances();
  }

  private String why(JobBuilder job) {
    return why(job, List.of(c, b, a));
  }

  private static String why(JobBuilder job, Collection<Instance> living) {
    Eligibility eligibility = Eligibility.of(job.build(), living);
    assertThat(eligibility.instances()).isEmpty();
    return eligibility.why();
  }
}
