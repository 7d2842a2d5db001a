package io.shardkeeper.core.history;

import io.shardkeeper.core.layout.RunId;
import io.shardkeeper.run.Origin;
import io.shardkeeper.run.Outcome;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;

/** Entries as tests need them. */
final class Histories {
  static final Instant NINE = Instant.parse("2026-01-05T09:00:00Z");

  private Histories() {}

  /** The seed of a test that draws its input. */
  static long seed() {
    return Long.getLong("shardkeeper.seed", 20_261_121);
  }

  static Instant minute(long minute) {
    return NINE.plus(Duration.ofMinutes(minute));
  }

  static Entry.Run run(String job, Instant at, Outcome outcome) {
    return new Entry.Run(
        RunId.fire(job, 7, at),
        3,
        at,
        at.plusMillis(2),
        at.plusMillis(217),
        outcome,
        outcome == Outcome.SUCCEEDED ? "" : "because",
        1,
        List.of(new Entry.Part(0, "a-7f3k", 1, outcome, at.plusMillis(2), at.plusMillis(205), "")));
  }

  static Entry.Run ok(String job, long minute) {
    return run(job, minute(minute), Outcome.SUCCEEDED);
  }

  static Entry.Run failed(String job, long minute) {
    return run(job, minute(minute), Outcome.FAILED);
  }

  static Entry.Skip skip(String job, long first, long last) {
    return new Entry.Skip(
        job,
        7,
        minute(first),
        minute(last),
        last - first + 1,
        minute(last).plusMillis(950),
        Outcome.SKIPPED_PAUSED,
        "paused by ann");
  }

  static <T> T any(Random random, List<T> of) {
    return of.get(random.nextInt(of.size()));
  }

  private static Instant near(Random random, Instant at) {
    return switch (random.nextInt(4)) {
      case 0 -> at;
      case 1 -> at.plusNanos(random.nextInt(2_000_000_000) - 1_000_000_000);
      default -> at.plusMillis(random.nextInt(100_000) - 1_000);
    };
  }

  private static String text(Random random) {
    return any(random, List.of("", "", "no", "Über \"alles\"\n\u2028\ttab \ud83d\ude80 \u0001"))
        .repeat(1 + random.nextInt(3));
  }

  private static RunId id(Random random, String job, long generation, Instant at) {
    return random.nextBoolean()
        ? RunId.fire(job, generation, at)
        : random.nextBoolean()
            ? RunId.delay(job, generation, at)
            : RunId.request(job, generation, "by-ann-" + random.nextInt(1_000));
  }

  /** A try of the run of a minute, gone on for a while. */
  static Entry.Overrun overrun(String job, long minute, int shard, Duration length) {
    Instant from = minute(minute).plusSeconds(20);
    return new Entry.Overrun(
        RunId.fire(job, 7, minute(minute)),
        shard,
        1,
        "a-7f3k",
        from,
        from.plus(length),
        from.plus(length).plusMillis(230));
  }

  /** Anything that may stand in a history. */
  static Entry anything(Random random, List<String> jobs) {
    String job = any(random, jobs);
    long generation = random.nextInt(3) - 1L;
    Instant at = near(random, minute(random.nextInt(5_000) - 1_000));
    Outcome outcome = any(random, List.of(Outcome.values()));
    switch (random.nextInt(7)) {
      case 0 -> {
        var counts = new TreeMap<Outcome, Long>();
        for (int i = random.nextInt(4); i > 0; i--) {
          counts.put(any(random, List.of(Outcome.values())), random.nextInt(1_000) - 1L);
        }
        return new Entry.Sum(
            job, generation, counts, at, near(random, at), near(random, at.plusSeconds(9)));
      }
      case 2 -> {
        return new Entry.Overrun(
            id(random, job, generation, at),
            random.nextInt(3),
            1 + random.nextInt(2),
            "instance-" + random.nextInt(5),
            near(random, at),
            near(random, at.plusSeconds(5)),
            near(random, at.plusSeconds(9)));
      }
      case 1 -> {
        return new Entry.Skip(
            job,
            generation,
            at,
            near(random, at),
            random.nextInt(100) - 1,
            near(random, at),
            outcome,
            text(random));
      }
      default -> {
        var parts = new ArrayList<Entry.Part>();
        Instant started = near(random, at);
        for (int i = random.nextInt(4); i > 0; i--) {
          parts.add(new Entry.Part(
              random.nextInt(4),
              "instance-" + random.nextInt(5),
              1 + random.nextInt(2),
              random.nextBoolean() ? outcome : any(random, List.of(Outcome.values())),
              near(random, started),
              near(random, started),
              text(random)));
        }
        return new Entry.Run(
            id(random, job, generation, at),
            random.nextInt(3),
            at,
            started,
            near(random, at),
            outcome,
            text(random),
            1 + random.nextInt(3),
            parts,
            random.nextInt(3) > 0
                ? Entry.Given.NONE
                : new Entry.Given(
                    Map.of("text", text(random)),
                    random.nextInt(9),
                    random.nextBoolean() ? List.of() : List.of(1, 2),
                    Origin.NONE.on("a-1").about(at)));
      }
    }
  }
}
