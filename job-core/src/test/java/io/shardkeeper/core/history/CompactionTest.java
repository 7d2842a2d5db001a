package io.shardkeeper.core.history;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.shardkeeper.core.history.Compaction.Held;
import io.shardkeeper.core.history.Compaction.Merge;
import io.shardkeeper.core.history.Compaction.Written;
import io.shardkeeper.core.layout.Layout;
import io.shardkeeper.core.ledger.Bytes;
import io.shardkeeper.core.ledger.Transaction;
import io.shardkeeper.run.Outcome;
import io.shardkeeper.trigger.Trigger;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.TreeMap;
import java.util.function.Function;
import org.junit.jupiter.api.Test;

final class CompactionTest {
  private static final Trigger EACH_MINUTE = Trigger.every(Duration.ofMinutes(1));

  /** A directory of segments, and who tidies it. */
  private static final class Directory {
    final TreeMap<SegmentName, Bytes> segments = new TreeMap<>();
    final Map<SegmentName, List<Entry>> known = new HashMap<>();
    final Compaction compaction;
    final Function<String, Retention> retentions;
    long freshBytes;
    long mergedBytes;
    int mostNodes;
    int merges;

    Directory(long budget, int keep) {
      compaction = new Compaction(budget);
      var retention = new Retention(keep, EACH_MINUTE);
      retentions = job -> retention;
    }

    void write(List<Entry> entries) {
      Bytes data = Segment.write(entries);
      freshBytes += data.length();
      segments.put(SegmentName.fresh(Compaction.nextNumber(segments.keySet())), data);
      mostNodes = Math.max(mostNodes, segments.size());
    }

    List<Held> held() {
      return segments.entrySet().stream()
          .map(segment -> new Held(segment.getKey(), segment.getValue().length()))
          .toList();
    }

    long bytes() {
      return segments.values().stream().mapToLong(Bytes::length).sum();
    }

    boolean step(boolean idle) {
      Optional<Merge> merge = compaction.next(held(), idle);
      merge.ifPresent(this::commit);
      return merge.isPresent();
    }

    void settle(boolean idle) {
      for (int i = 0; step(idle); i++) {
        assertThat(i).as("it comes to an end").isLessThan(20_000);
      }
    }

    void commit(Merge merge) {
      var contents = new HashMap<SegmentName, Content>();
      merge.read().forEach(name -> contents.put(name, new Content(read(name))));
      compaction
          .further(merge, contents)
          .forEach(name -> contents.put(name, new Content(read(name))));
      Written written = compaction.merge(merge, contents, retentions);
      var transaction = Transaction.builder();
      written.deleted().forEach(name -> transaction.delete(name.path(), Transaction.ANY_VERSION));
      written.created().forEach((name, made) -> transaction.create(name.path(), made.data()));
      transaction.build(); // refuses what does not fit
      assertThat(segments.keySet()).containsAll(written.deleted());
      assertThat(segments.keySet())
          .doesNotContainAnyElementsOf(written.created().keySet());
      written.deleted().forEach(segments::remove);
      written.deleted().forEach(known::remove);
      written.created().forEach((name, made) -> {
        segments.put(name, made.data());
        mergedBytes += made.data().length();
      });
      mostNodes = Math.max(mostNodes, segments.size());
      merges++;
    }

    List<Entry> read(SegmentName name) {
      return known.computeIfAbsent(
          name, key -> Segment.read(segments.getOrDefault(key, Bytes.NONE)));
    }

    /** What a reader sees of a job. */
    List<Entry> of(String job) {
      var entries = new ArrayList<Entry>();
      for (SegmentName name : Compaction.of(job, segments.keySet())) {
        read(name).stream().filter(entry -> entry.job().equals(job)).forEach(entries::add);
      }
      return retentions.apply(job).apply(entries);
    }
  }

  @Test
  void whereThereIsLittleNothingPresses() {
    var directory = new Directory(Compaction.DEFAULT_BUDGET, 10);
    assertThat(directory.compaction.next(List.of(), true)).isEmpty();
    directory.write(List.of(Histories.ok("billing", 1)));

    assertThat(directory.step(false)).isFalse();
    assertThat(directory.step(true)).isTrue();
    assertThat(directory.segments).hasSize(1);
    assertThat(directory.step(true)).isTrue();
    assertThat(directory.segments)
        .containsOnlyKeys(SegmentName.parse(
            "b" + Layout.bucketName(Layout.bucket("billing")) + "-0000000000000-0"));
    assertThat(directory.step(true)).as("all is done").isFalse();
    assertThat(directory.of("billing")).containsExactly(Histories.ok("billing", 1));
  }

  @Test
  void theDirectoryDoesNotGrowWithTheRuns() {
    var directory = new Directory(Compaction.DEFAULT_BUDGET, 300);
    int half = 0;
    long halfBytes = 0;
    for (int i = 0; i < 20_000; i += 20) {
      var entries = new ArrayList<Entry>();
      for (int j = 0; j < 20; j++) {
        entries.add(Histories.ok("job-" + j % 5, i + j));
      }
      directory.write(entries);
      directory.settle(false);
      if (i == 10_000) {
        directory.settle(true);
        half = directory.segments.size();
        halfBytes = directory.bytes();
      }
    }
    directory.settle(true);

    assertThat(directory.segments).hasSize(half);
    assertThat(directory.bytes()).isBetween(halfBytes - 5_000, halfBytes + 5_000);
    assertThat(directory.of("job-0")).hasSize(301);
  }

  @Test
  void aReaderSeesEveryEntryOnceAtAnyTime() {
    long seed = Histories.seed();
    for (int round = 0; round < 4; round++) {
      var random = new Random(seed + round);
      int keep = 1 + random.nextInt(60);
      var directory = new Directory(8 * 1024 * 1024, keep);
      int jobs = 1 << random.nextInt(9);
      var all = new HashMap<String, List<Entry>>();
      String asked = "job-0";
      for (int i = 0; i < 150; i++) {
        var entries = new ArrayList<Entry>();
        for (int j = random.nextInt(200); j > 0; j--) {
          String job = "job-" + random.nextInt(jobs);
          int minute = i * 200 + j;
          Entry entry = random.nextInt(5) == 0
              ? Histories.skip(job, minute, minute)
              : random.nextInt(5) == 0 ? Histories.failed(job, minute) : Histories.ok(job, minute);
          entries.add(entry);
          all.computeIfAbsent(job, key -> new ArrayList<>()).add(entry);
        }
        directory.write(entries);
        while (random.nextInt(3) > 0 && directory.step(random.nextBoolean())) {
          assertThat(directory.of(asked))
              .as("seed %d, round %d, %s after merge %d", seed, round, asked, directory.merges)
              .isEqualTo(
                  directory.retentions.apply(asked).apply(all.getOrDefault(asked, List.of())));
          asked = "job-" + random.nextInt(jobs);
        }
      }
      directory.settle(true);
      assertThat(directory.segments.keySet())
          .allMatch(name -> name.kind() == SegmentName.Kind.BUCKET);
      all.forEach((job, entries) -> assertThat(directory.of(job))
          .as("seed %d", seed)
          .isEqualTo(directory.retentions.apply(job).apply(entries)));
    }
  }

  @Test
  void mergesCostAboutTwiceTheFreshBytes() {
    // An eighth of 10,000 jobs with 50,000 runs a second, and of the budget, for 20 s.
    var directory = new Directory(Compaction.DEFAULT_BUDGET / 8, 100);
    var steady = new long[2];
    int run = 0;
    for (int i = 0; i < 250; i++) {
      var entries = new ArrayList<Entry>();
      for (int j = 0; j < 500; j++) {
        entries.add(Histories.ok("job-" + run % 1_250, run));
        run++;
      }
      directory.write(entries);
      directory.settle(false);
      if (i == 100) {
        steady[0] = directory.freshBytes;
        steady[1] = directory.mergedBytes;
      }
    }

    double cost = (double) (directory.mergedBytes - steady[1]) / (directory.freshBytes - steady[0]);
    assertThat(cost).isBetween(1.0, 2.6);
    assertThat(directory.mostNodes).isLessThanOrEqualTo(1_000);
    assertThat(directory.bytes()).isLessThanOrEqualTo(Compaction.DEFAULT_BUDGET / 8);
    assertThat(directory.of("job-7").size()).isBetween(10, 101);
  }

  @Test
  void theBudgetWinsOverTheLastN() {
    var directory = new Directory(Compaction.LEAST_BUDGET, 10_000);
    for (int i = 0; i < 400; i++) {
      var entries = new ArrayList<Entry>();
      for (int j = 0; j < 100; j++) {
        entries.add(Histories.ok(j < 90 ? "busy-" + j % 3 : "quiet-" + j, i * 100 + j));
      }
      directory.write(entries);
      directory.settle(false);
      assertThat(directory.bytes()).isLessThanOrEqualTo(Compaction.LEAST_BUDGET);
    }

    directory.settle(true);
    assertThat(directory.of("quiet-95")).as("a small bucket keeps all").hasSize(400);
    assertThat(directory.of("busy-1").size()).isBetween(500, 11_000);
    assertThat(directory.of("busy-1").get(0)).isInstanceOf(Entry.Sum.class);
  }

  @Test
  void oneJobMayBeLargerThanATransaction() {
    var directory = new Directory(Compaction.DEFAULT_BUDGET, 10_000);
    for (int i = 0; i < 24_000; i += 100) {
      var entries = new ArrayList<Entry>();
      for (int j = 0; j < 100; j++) {
        entries.add(Histories.ok("billing", i + j));
      }
      directory.write(entries);
      directory.settle(false);
    }
    directory.settle(true);

    assertThat(directory.of("billing")).hasSize(10_001);
    assertThat(directory.segments).hasSizeBetween(5, 20);
    assertThat(directory.bytes()).isBetween(600_000L, 1_500_000L);
    assertThat((double) directory.mergedBytes / directory.freshBytes).isLessThan(4);
  }

  @Test
  void aLargeBucketOfTooMuchIsMadeSmallerAPieceAtATime() {
    var directory = new Directory(Compaction.LEAST_BUDGET, 10_000);
    var entries = new ArrayList<Entry>();
    for (int i = 0; i < 20_000; i++) {
      entries.add(i % 100 == 0 ? Histories.failed("billing", i) : Histories.ok("billing", i));
    }
    int part = 0;
    for (List<Entry> each : Segment.cut(entries, Compaction.SEGMENT_BYTES)) {
      directory.segments.put(
          new SegmentName(SegmentName.Kind.BUCKET, Layout.bucket("billing"), 9, part++),
          Segment.write(each));
    }
    assertThat(directory.bytes()).isGreaterThan(Compaction.LEAST_BUDGET);
    directory.settle(false);

    assertThat(directory.bytes())
        .isBetween((long) Compaction.LEAST_BUDGET / 3, (long) Compaction.LEAST_BUDGET);
    assertThat(Compaction.nextNumber(directory.segments.keySet())).isEqualTo(10);
  }

  @Test
  void evenSumsGoIfNothingElseHelps() {
    var directory = new Directory(Compaction.LEAST_BUDGET, 1);
    var entries = new ArrayList<Entry>();
    for (int i = 0; entries.size() < 9_000; i++) {
      if (Layout.bucket("job-" + i) == 7) {
        entries.add(Histories.failed("job-" + i, i));
      }
    }
    int part = 0;
    for (List<Entry> each : Segment.cut(entries, Compaction.SEGMENT_BYTES)) {
      directory.segments.put(
          new SegmentName(SegmentName.Kind.BUCKET, 7, 9, part++), Segment.write(each));
    }
    assertThat(directory.bytes()).isGreaterThan(Compaction.LEAST_BUDGET);
    directory.settle(false);

    assertThat(directory.bytes()).isLessThanOrEqualTo(Compaction.LEAST_BUDGET);
    assertThat(directory.segments).isNotEmpty();
  }

  @Test
  void largeEntriesFitToo() {
    var directory = new Directory(Compaction.DEFAULT_BUDGET, 3);
    for (int i = 0; i < 300; i++) {
      Entry.Run run = Histories.failed("job-" + i % 10, i);
      var part = new Entry.Part(
          0, "a", 1, Outcome.FAILED, run.started(), run.decided(), "x".repeat(50_000));
      directory.write(List.of(new Entry.Run(
          run.id(),
          1,
          run.scheduledAt(),
          run.started(),
          run.decided(),
          run.outcome(),
          "",
          4,
          List.of(part, part, part, part))));
      directory.settle(i % 7 == 0);
    }
    directory.settle(true);

    assertThat(directory.of("job-3")).hasSize(4);
    assertThat(directory.segments).hasSizeBetween(30, 40);
  }

  @Test
  void forgottenJobsLeaveNothing() {
    var compaction = new Compaction(Compaction.DEFAULT_BUDGET);
    SegmentName fresh = SegmentName.fresh(4);
    Written written = compaction.merge(
        new Merge.Divide(List.of(fresh)),
        Map.of(fresh, new Content(List.of(Histories.ok("gone", 1)))),
        job -> Retention.forget());

    assertThat(written).isEqualTo(new Written(new TreeMap<>(), List.of(fresh)));
  }

  @Test
  void whatWasNotReadIsMissed() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new Compaction(Compaction.DEFAULT_BUDGET)
            .merge(
                new Merge.Divide(List.of(SegmentName.fresh(4))),
                Map.of(),
                job -> Retention.forget()))
        .withMessageContaining("f-0000000000004 is missing; read it first");
  }

  @Test
  void aBudgetIsNotTiny() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new Compaction(1_000))
        .withMessageContaining("it takes at least 1048576");
  }

  @Test
  void namesAreReadAsTheyAreWritten() {
    var names = List.of(
        SegmentName.fresh(0),
        SegmentName.fresh(123_456_789_012_345L),
        new SegmentName(SegmentName.Kind.PIECE, 3, 17, 2),
        new SegmentName(SegmentName.Kind.BUCKET, 0x2a, 1_250, 3));

    assertThat(names).allMatch(name -> SegmentName.parse(name.text()).equals(name));
    assertThat(names).isSorted();
    assertThat(names.get(2)).hasToString("p3-0000000000017-2");
    assertThat(names.get(3).path()).hasToString("/history/b2a-0000000001250-3");
    for (String wrong :
        List.of("", "x", "f-1", "f-0000000000001-1", "b2a-0000000001250", "p4-0000000001250-0")) {
      assertThatIllegalArgumentException()
          .isThrownBy(() -> SegmentName.parse(wrong))
          .withMessageContaining("is no segment of the history; one is called like f-");
    }
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new SegmentName(SegmentName.Kind.BUCKET, 256, 1, 0))
        .withMessageContaining("buckets run from 0 to 255");
  }
}
