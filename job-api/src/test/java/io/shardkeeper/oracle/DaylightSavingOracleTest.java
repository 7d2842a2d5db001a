package io.shardkeeper.oracle;

import static org.assertj.core.api.Assertions.assertThat;

import io.shardkeeper.cron.Cron;
import io.shardkeeper.oracle.CronOracle.Dialect;
import io.shardkeeper.oracle.CronOracle.Gap;
import io.shardkeeper.oracle.CronOracle.Overlap;
import io.shardkeeper.trigger.CronTrigger;
import io.shardkeeper.trigger.OnGap;
import io.shardkeeper.trigger.OnOverlap;
import io.shardkeeper.trigger.Trigger;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneId;
import java.time.zone.ZoneOffsetTransition;
import java.time.zone.ZoneRules;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.SplittableRandom;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.LongAdder;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestReporter;

/**
 * The engine against the oracle around each jump of each clock on earth from 2000 to 2037: the
 * fires forwards, by {@code after}, and backwards, by {@code before}.
 *
 * <p>Zones whose clocks did the same in these years are asked once.
 */
class DaylightSavingOracleTest {

  private static final long SEED = Long.getLong("shardkeeper.seed", 20_261_121);
  private static final Instant FROM = Instant.parse("2000-01-01T00:00:00Z");
  private static final Instant TO = Instant.parse("2038-01-01T00:00:00Z");

  /** Where a gap is as long as this, a date is missing, and the days next to it matter as well. */
  private static final Duration A_DAY_OR_SO = Duration.ofHours(20);

  private final Queue<String> failures = new ConcurrentLinkedQueue<>();
  private final LongAdder fires = new LongAdder();

  @Test
  void twelveExpressionsAgreeWithTheOracleAroundEachTransition(TestReporter reporter) {
    var rules = List.of(
        // fixed times, where clocks jump: in the gap, on both edges of it, around midnight
        new Rule(Dialect.UNIX, "30 2 * * *", ""),
        new Rule(Dialect.QUARTZ, "59 59 23,0-3 * * ?", ""),
        new Rule(Dialect.QUARTZ, "*/20 */15 0-23 * * ?", ""),
        // fixed times on the days of the rules: Europe's last Sunday, America's second
        new Rule(Dialect.UNIX, "0,45 0-3 * * SUNL,SUN#1,SUN#2", ""),
        new Rule(Dialect.SPRING, "0 10 1/1 L-6,L-5,LW,1W,15W * *", "gap SHIFT"),
        new Rule(Dialect.UNIX, "0 0,9 30,31,1 * FRI", ""), // no Friday the 30th in Samoa, 2011
        // interval-like
        new Rule(Dialect.UNIX, "*/15 * * * *", ""),
        new Rule(Dialect.UNIX, "0 */2 * * *", ""),
        new Rule(Dialect.QUARTZ, "10/25 */10 1/3 ? * *", "overlap FIRST"),
        // overrides
        new Rule(Dialect.UNIX, "*/7 * * * *", "gap SHIFT overlap LAST"),
        new Rule(Dialect.UNIX, "30 0-3 * * *", "gap SKIP overlap LAST"),
        new Rule(Dialect.UNIX, "0,30 1,2,23 * * *", "overlap BOTH"));

    checkAroundEachTransition(rules, reporter);
  }

  @Test
  @Tag("soak")
  void twoHundredRandomExpressionsAgreeWithTheOracleAroundEachTransition(TestReporter reporter) {
    var random = new SplittableRandom(SEED);
    var rules = IntStream.range(0, 200).mapToObj(any -> randomRule(random)).toList();

    checkAroundEachTransition(rules, reporter);
  }

  private static Rule randomRule(SplittableRandom random) {
    while (true) {
      var dialect = any(random, Dialect.values());
      var expression = RandomCron.write(random.nextLong(), dialect);
      var gap = any(random, "", "", "gap SHIFT ", "gap SKIP ");
      var overlap = any(random, "", "", "", "overlap FIRST", "overlap BOTH", "overlap LAST");
      var rule = new Rule(dialect, expression, gap + overlap);
      if (!rule.isNeverDue()) {
        return rule;
      }
    }
  }

  @SafeVarargs
  private static <T> T any(SplittableRandom random, T... choices) {
    return choices[random.nextInt(choices.length)];
  }

  private void checkAroundEachTransition(List<Rule> rules, TestReporter reporter) {
    var oracles = rules.stream().map(Rule::oracle).toList();
    var zones = distinctZones();
    long transitions = zones.values().stream().mapToLong(List::size).sum();

    zones.entrySet().parallelStream().forEach(zone -> {
      var id = ZoneId.of(zone.getKey());
      var triggers = rules.stream().map(rule -> rule.trigger(id)).toList();
      for (var transition : zone.getValue()) {
        var clock = clockAround(transition, id);
        for (int index = 0; index < rules.size(); index++) {
          check(rules.get(index), oracles.get(index), triggers.get(index), clock, transition);
        }
      }
    });

    reporter.publishEntry(
        rules.size() + " expressions",
        "%d fires around %d transitions of %d distinct zones"
            .formatted(fires.sum(), transitions, zones.size()));
    assertThat(failures).as("seed %d", SEED).isEmpty();
    assertThat(zones).hasSizeGreaterThan(150);
    assertThat(transitions).isGreaterThan(5_000);
    assertThat(fires.sum()).isGreaterThan(rules.size() * transitions);
  }

  private static WallClock clockAround(ZoneOffsetTransition transition, ZoneId zone) {
    int hours = transition.getDuration().compareTo(A_DAY_OR_SO) < 0 ? 3 : 26;
    long reach = Duration.ofHours(hours).toSeconds();
    return new WallClock(
        zone, transition.toEpochSecond() - reach, transition.toEpochSecond() + reach);
  }

  private void check(
      Rule rule,
      CronOracle oracle,
      CronTrigger trigger,
      WallClock clock,
      ZoneOffsetTransition around) {
    var expected = oracle.fires(clock);
    fires.add(expected.size());
    int enough = expected.size() + 5; // an engine that does not move on must not hang the test
    var forwards = forwards(trigger, clock.from(), clock.to(), enough);
    var backwards = backwards(trigger, clock.from(), clock.to(), enough);
    if ((!forwards.equals(expected) || !backwards.equals(expected)) && failures.size() < 10) {
      failures.add("%s%n%s in %s%n expected  %s%n forwards  %s%n backwards %s%n"
          .formatted(
              around,
              rule,
              clock.zone(),
              shown(expected, clock.zone()),
              shown(forwards, clock.zone()),
              shown(backwards, clock.zone())));
    }
  }

  private static List<Long> forwards(CronTrigger trigger, long from, long to, int enough) {
    var fires = new ArrayList<Long>();
    var fire = trigger.after(Instant.ofEpochSecond(from - 1));
    while (fire.getEpochSecond() <= to && fires.size() < enough) {
      fires.add(fire.getEpochSecond());
      fire = trigger.after(fire);
    }
    return fires;
  }

  private static List<Long> backwards(CronTrigger trigger, long from, long to, int enough) {
    var fires = new ArrayList<Long>();
    var fire = trigger.before(Instant.ofEpochSecond(to + 1));
    while (fire.getEpochSecond() >= from && fires.size() < enough) {
      fires.add(fire.getEpochSecond());
      fire = trigger.before(fire);
    }
    Collections.reverse(fires);
    return fires;
  }

  private static List<String> shown(List<Long> seconds, ZoneId zone) {
    return seconds.stream()
        .map(second ->
            Instant.ofEpochSecond(second).atZone(zone).toOffsetDateTime().toString())
        .toList();
  }

  /** One zone for each list of transitions, with these. */
  private static Map<String, List<ZoneOffsetTransition>> distinctZones() {
    var zones = new LinkedHashMap<List<ZoneOffsetTransition>, String>();
    for (var id : new TreeSet<>(ZoneId.getAvailableZoneIds())) {
      zones.putIfAbsent(transitions(ZoneId.of(id).getRules()), id);
    }
    zones.remove(List.of());
    var byName = new LinkedHashMap<String, List<ZoneOffsetTransition>>();
    zones.forEach((transitions, id) -> byName.put(id, transitions));
    return byName;
  }

  private static List<ZoneOffsetTransition> transitions(ZoneRules rules) {
    var transitions = new ArrayList<ZoneOffsetTransition>();
    var next = Optional.ofNullable(rules.nextTransition(FROM));
    while (next.isPresent() && next.get().getInstant().isBefore(TO)) {
      transitions.add(next.get());
      next = Optional.ofNullable(rules.nextTransition(next.get().getInstant()));
    }
    return transitions;
  }

  /** An expression with what its author overrode, written as in docs/triggers.md. */
  private record Rule(Dialect dialect, String expression, String overrides) {

    CronOracle oracle() {
      var oracle = CronOracle.of(dialect, expression);
      for (var gap : Gap.values()) {
        oracle = overrides.contains("gap " + gap) ? oracle.gap(gap) : oracle;
      }
      for (var overlap : Overlap.values()) {
        oracle = overrides.contains("overlap " + overlap) ? oracle.overlap(overlap) : oracle;
      }
      return oracle;
    }

    CronTrigger trigger(ZoneId zone) {
      var trigger = Trigger.cron(cron(), zone);
      for (var gap : OnGap.values()) {
        trigger = overrides.contains("gap " + gap) ? trigger.onGap(gap) : trigger;
      }
      for (var overlap : OnOverlap.values()) {
        trigger = overrides.contains("overlap " + overlap) ? trigger.onOverlap(overlap) : trigger;
      }
      return trigger;
    }

    private Cron cron() {
      return switch (dialect) {
        case UNIX -> Cron.unix(expression);
        case QUARTZ -> Cron.quartz(expression);
        case SPRING -> Cron.spring(expression);
      };
    }

    boolean isNeverDue() {
      return oracle().next(LocalDateTime.parse("1970-01-01T00:00"), 2199).isEmpty();
    }

    @Override
    public String toString() {
      return dialect + " '" + expression + "' " + overrides;
    }
  }
}
