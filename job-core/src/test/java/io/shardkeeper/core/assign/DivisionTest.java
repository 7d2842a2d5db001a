package io.shardkeeper.core.assign;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.shardkeeper.job.Sharding;
import org.junit.jupiter.api.Test;

final class DivisionTest {
  @Test
  void allHasOneShardBoundToEachEligibleInstance() {
    assertThat(Division.of(Sharding.all(), 3)).isEqualTo(new Division(3, true));
    assertThat(Division.of(Sharding.all(), 0)).isEqualTo(new Division(0, true));
  }

  @Test
  void aConditionPicksAllOrOne() {
    assertThat(Division.of(Sharding.eachWhere("zone == 'a'"), 4)).isEqualTo(new Division(4, true));
    assertThat(Division.of(Sharding.oneWhere("zone == 'a'"), 4)).isEqualTo(new Division(1, false));
  }

  @Test
  void oneIsOneAndAFixedNumberIsFixed() {
    assertThat(Division.of(Sharding.one(), 7)).isEqualTo(new Division(1, false));
    assertThat(Division.of(Sharding.shards(5), 2)).isEqualTo(new Division(5, false));
  }

  @Test
  void fewerThanNoneAreRefused() {
    assertThatThrownBy(() -> new Division(-1, false))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("A run cannot be divided into -1 shards; the fewest are none");
  }
}
