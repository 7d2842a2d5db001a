package io.shardkeeper.core.history;

import static org.assertj.core.api.Assertions.assertThat;

import io.shardkeeper.run.Outcome;
import io.shardkeeper.trigger.Trigger;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

final class RetentionTest {
  private static final Trigger EACH_MINUTE = Trigger.every(Duration.ofMinutes(1));

  @Test
  void theLastRunsAreKeptAndTheRestIsSummed() {
    var entries = new ArrayList<Entry>();
    for (int i = 0; i < 301; i++) {
      entries.add(Histories.ok("billing", i));
    }
    List<Entry> kept = Retention.apply(entries, 300);

    assertThat(kept).hasSize(301).endsWith(Histories.ok("billing", 300));
    assertThat(kept.get(0)).isEqualTo(Entry.Sum.of(Histories.ok("billing", 0)));
    assertThat(kept.get(1)).isEqualTo(Histories.ok("billing", 1));
  }

  @Test
  void failuresAndStretchesOutliveTheRunsAfterThem() {
    List<Entry> kept = Retention.apply(
        List.of(
            Histories.failed("billing", 1),
            Histories.failed("billing", 2),
            Histories.skip("billing", 3, 4),
            Histories.skip("billing", 5, 6),
            Histories.ok("billing", 7),
            Histories.ok("billing", 8),
            Histories.run("billing", Histories.minute(9), Outcome.NO_INSTANCE)),
        1);

    assertThat(kept)
        .containsExactly(
            new Entry.Sum(
                "billing",
                7,
                new TreeMap<>(java.util.Map.of(
                    Outcome.FAILED, 1L, Outcome.SKIPPED_PAUSED, 2L, Outcome.SUCCEEDED, 2L)),
                Histories.minute(1),
                Histories.minute(8),
                Histories.minute(8).plusMillis(217)),
            Histories.skip("billing", 5, 6),
            Histories.failed("billing", 2),
            Histories.run("billing", Histories.minute(9), Outcome.NO_INSTANCE));
  }

  @Test
  void ofOverrunsTheLastAreKeptAndOthersAreForgotten() {
    Entry.Overrun first = Histories.overrun("billing", 1, 0, Duration.ofHours(5));
    Entry.Overrun second = Histories.overrun("billing", 2, 0, Duration.ofSeconds(5));
    Entry.Overrun third = Histories.overrun("billing", 2, 1, Duration.ofSeconds(6));
    List<Entry> entries = List.of(first, second, Histories.ok("billing", 2), third);

    assertThat(Retention.apply(entries, 2))
        .as("those that returned last")
        .containsExactly(third, first, Histories.ok("billing", 2));
    assertThat(Retention.apply(entries, 0)).singleElement().isInstanceOf(Entry.Sum.class);
  }

  @Test
  void neighboursAreOneStretch() {
    List<Entry> entries = List.of(
        Histories.skip("billing", 4, 4),
        Histories.skip("billing", 1, 2),
        Histories.skip("billing", 3, 3),
        Histories.skip("billing", 6, 7));

    assertThat(new Retention(5, EACH_MINUTE).apply(entries))
        .containsExactly(Histories.skip("billing", 1, 4), Histories.skip("billing", 6, 7));
  }

  @Test
  void aStretchDoesNotCrossAFireWhoseRunHasNotEndedYet() {
    // The run of minute 3 will end at minute 9, and its entry come after those of the skips around
    // it.
    List<Entry> early = new Retention(5, EACH_MINUTE)
        .apply(List.of(Histories.skip("billing", 1, 2), Histories.skip("billing", 4, 5)));

    assertThat(early)
        .containsExactly(Histories.skip("billing", 1, 2), Histories.skip("billing", 4, 5));
  }

  @Test
  void aStretchOfUnknownLengthStaysUnknown() {
    Entry.Skip one = Histories.skip("billing", 1, 2);
    var many = new Entry.Skip(
        one.job(),
        7,
        one.first(),
        one.last(),
        -1,
        Histories.minute(99),
        one.outcome(),
        one.reason());

    assertThat(new Retention(5, EACH_MINUTE).apply(List.of(many, Histories.skip("billing", 3, 4))))
        .containsExactly(new Entry.Skip(
            "billing",
            7,
            Histories.minute(1),
            Histories.minute(4),
            -1,
            Histories.minute(99),
            one.outcome(),
            one.reason()));
  }

  @Test
  void otherDecisionsAreOtherStretches() {
    Entry.Skip one = Histories.skip("billing", 1, 2);
    Entry.Skip next = Histories.skip("billing", 3, 4);
    var otherwise = new Entry.Skip(
        "billing", 7, next.first(), next.last(), 2, next.decided(), Outcome.SKIPPED_OVERLAP, "");

    assertThat(new Retention(5, EACH_MINUTE).apply(List.of(one, otherwise)))
        .containsExactly(one, otherwise);
  }

  @Test
  void aPartMayBeRewrittenWhileTheRestStays() {
    List<Entry> part = List.of(Histories.ok("billing", 1), Histories.skip("billing", 3, 4));
    var all = new ArrayList<>(part);
    all.add(Histories.ok("billing", 2));
    all.add(Histories.skip("billing", 5, 6));

    assertThat(new Retention(1, EACH_MINUTE).lineThrough(all).apply(part))
        .as("the stretch is kept, as part of a longer one")
        .containsExactly(Entry.Sum.of(Histories.ok("billing", 1)), Histories.skip("billing", 3, 4));
  }

  @Test
  void aJobCanBeForgotten() {
    List<Entry> entries = List.of(Histories.ok("billing", 1), Histories.skip("billing", 3, 4));

    assertThat(Retention.forget().apply(entries)).isEmpty();
    assertThat(Retention.forget().times(0.5)).isEqualTo(Retention.forget());
    assertThat(Retention.apply(entries, 0)).singleElement().isInstanceOf(Entry.Sum.class);
  }

  @Test
  void sumsAreKeptOfTheLastGenerationsOnly() {
    var sums = new ArrayList<Entry>();
    for (long generation = 1; generation <= 12; generation++) {
      sums.add(new Entry.Sum(
          "billing",
          generation,
          Collections.emptySortedMap(),
          Histories.NINE,
          Histories.NINE,
          Histories.NINE));
    }
    Collections.reverse(sums);

    assertThat(Retention.apply(sums, 1))
        .extracting(Entry::generation)
        .containsExactly(3L, 4L, 5L, 6L, 7L, 8L, 9L, 10L, 11L, 12L);
  }

  @Test
  void aShareIsAtLeastOne() {
    assertThat(new Retention(100, EACH_MINUTE).times(0.5).keep()).isEqualTo(50);
    assertThat(new Retention(100, EACH_MINUTE).times(0.001).keep()).isEqualTo(1);
    assertThat(new Retention(100, EACH_MINUTE).times(0.00001).keep()).isZero();
    assertThat(new Retention(100, EACH_MINUTE).times(2).keep()).isEqualTo(100);
  }

  @Test
  void anyGroupingGivesTheSame() {
    long seed = Histories.seed();
    var random = new Random(seed);
    for (int round = 0; round < 2_000; round++) {
      List<Entry> all = new ArrayList<>();
      for (int i = random.nextInt(40); i > 0; i--) {
        all.add(Histories.anything(random, List.of("billing")));
      }
      var retention = new Retention(random.nextInt(8), Trigger.manual());
      assertSame(seed, retention, all, merge(random, retention, shuffled(random, all)));
    }
  }

  @Test
  void stretchesJoinInAnyGroupingOfConsecutiveFires() {
    long seed = Histories.seed();
    var random = new Random(seed);
    for (int round = 0; round < 2_000; round++) {
      var all = new ArrayList<Entry>();
      long last = 0;
      for (int i = random.nextInt(40); i > 0; i--) {
        long first = last + 1 + random.nextInt(10) / 8;
        last = first + random.nextInt(3);
        Entry.Skip skip = Histories.skip("billing", first, last);
        Outcome outcome = random.nextInt(4) == 0 ? Outcome.SKIPPED_OVERLAP : Outcome.SKIPPED_PAUSED;
        all.add(new Entry.Skip(
            "billing",
            7,
            skip.first(),
            skip.last(),
            random.nextInt(9) == 0 ? -1 : skip.fires(),
            skip.decided(),
            outcome,
            ""));
      }
      var retention = new Retention(random.nextInt(8), EACH_MINUTE);
      assertSame(seed, retention, all, merge(random, retention, all));

      // If nothing has to go, the parts need not be consecutive.
      var roomy = new Retention(1_000, EACH_MINUTE);
      assertSame(seed, roomy, all, merge(random, roomy, shuffled(random, all)));
    }
  }

  private static void assertSame(
      long seed, Retention retention, List<Entry> all, List<Entry> merged) {
    List<Entry> atOnce = retention.apply(all);
    assertThat(retention.apply(atOnce)).as("seed %d: twice", seed).isEqualTo(atOnce);
    assertThat(merged).as("seed %d: %s of %s", seed, retention, all).isEqualTo(atOnce);
  }

  private static List<Entry> shuffled(Random random, List<Entry> entries) {
    var shuffled = new ArrayList<>(entries);
    Collections.shuffle(shuffled, random);
    return shuffled;
  }

  /** Applies retention to parts, and to what is left of these, and so on. */
  private static List<Entry> merge(Random random, Retention retention, List<Entry> entries) {
    if (entries.size() < 2 || random.nextInt(4) == 0) {
      return retention.apply(entries);
    }
    int cut = random.nextInt(entries.size());
    var both = new ArrayList<>(merge(random, retention, entries.subList(0, cut)));
    both.addAll(merge(random, retention, entries.subList(cut, entries.size())));
    return retention.apply(both);
  }

  @Test
  void theOrderOfEqualInstantsIsThatOfNames() {
    Instant at = Histories.NINE;
    Entry.Run fire = Histories.run("billing", at, Outcome.SUCCEEDED);
    var request = new Entry.Run(
        io.shardkeeper.core.layout.RunId.request("billing", 7, "by-ann"),
        1,
        at,
        at,
        at,
        Outcome.SUCCEEDED,
        "",
        1,
        List.of());

    assertThat(Retention.apply(List.of(request, fire), 1)).endsWith(request);
    assertThat(Retention.apply(List.of(fire, request), 1)).endsWith(request);
  }
}
