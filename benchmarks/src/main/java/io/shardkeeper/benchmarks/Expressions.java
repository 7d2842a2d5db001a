package io.shardkeeper.benchmarks;

import java.util.List;

/**
 * Fifty expressions as people write them, from each second to each leap day. All engines read them, and read them alike: six
 * fields, weekdays by name.
 */
final class Expressions {
  static final List<String> ALL = List.of(
      "* * * * * ?",
      "*/2 * * * * ?",
      "0/5 * * * * ?",
      "*/10 * * * * ?",
      "0/15 * * * * ?",
      "*/30 * * * * ?",
      "10,40 * * * * ?",
      "0 * * * * ?",
      "0 */2 * * * ?",
      "0 0/5 * * * ?",
      "0 */10 * * * ?",
      "0 0/15 * * * ?",
      "0 3-59/20 * * * ?",
      "0 */30 * * * ?",
      "0 7,27,47 * * * ?",
      "0 0 * * * ?",
      "0 17 * * * ?",
      "0 0 */2 * * ?",
      "0 30 0/4 * * ?",
      "0 0 */6 * * ?",
      "0 0 */12 * * ?",
      "0 0/15 9-17 ? * MON-FRI",
      "0 */5 8-18 ? * MON-SAT",
      "0 0 9-17 * * ?",
      "0 0 9,13,17 ? * MON-FRI",
      "0 30 8-20/4 ? * SAT,SUN",
      "0 0 0 * * ?",
      "0 30 2 * * ?",
      "0 15 3 * * ?",
      "0 45 23 * * ?",
      "0 0 6,18 * * ?",
      "0 0 2 ? * MON-FRI",
      "0 30 7 ? * MON,WED,FRI",
      "0 0 4 ? * SUN",
      "0 15 10 ? * SAT",
      "0 0 1 1 * ?",
      "0 0 0 15 * ?",
      "0 0 3 1,15 * ?",
      "0 0 6 5-10 * ?",
      "0 0 22 L * ?",
      "0 0 8 LW * ?",
      "0 0 9 15W * ?",
      "0 0 5 ? * MON#1",
      "0 30 16 ? * FRI#3",
      "0 0 20 ? * FRIL",
      "0 0 0 1 1,4,7,10 ?",
      "0 0 0 31 3,12 ?",
      "0 0 12 24 12 ?",
      "0 0 0 1 1 ?",
      "0 0 0 29 2 ?");

  private Expressions() {}
}
