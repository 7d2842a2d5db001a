package io.shardkeeper.oracle;

import static org.assertj.core.api.Assertions.assertThat;

import io.shardkeeper.cron.Cron;
import io.shardkeeper.cron.CronSyntaxException;
import io.shardkeeper.oracle.Answer.At;
import io.shardkeeper.oracle.Answer.Refused;
import io.shardkeeper.oracle.CronOracle.Dialect;
import io.shardkeeper.trigger.Trigger;
import java.text.ParseException;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.Arrays;
import java.util.Date;
import java.util.Map;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.TimeZone;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.atomic.LongAdder;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestReporter;

/**
 * A million random pairs of expression and instant, put to our engine and to Quartz and Spring.
 * Where they answer differently, the oracle has to say what we say, and the difference has to be
 * one that we know: a {@link Difference}.
 *
 * <p>All of it in UTC: what happens when a clock jumps is measured elsewhere. Weekdays are counted
 * as the engine that is asked counts them, so that no difference is one of mere notation.
 */
class OtherEnginesTest {

  private static final long SEED = Long.getLong("shardkeeper.seed", 20_261_121);
  private static final long FIRST_OF_MANY = new SplittableRandom(SEED).nextLong();
  private static final int EXPRESSIONS = 20_000;
  private static final int INSTANTS = 50;
  private static final long FROM = Instant.parse("2000-01-01T00:00:00Z").getEpochSecond();
  private static final long TO = Instant.parse("2050-01-01T00:00:00Z").getEpochSecond();

  private final Map<Difference, LongAdder> counts = new ConcurrentSkipListMap<>();

  /** By expression: the next answers for the same one would say nothing new. */
  private final Map<String, String> failures = new ConcurrentSkipListMap<>();

  @Test
  void differFromOursInNamedWaysOnly(TestReporter reporter) {
    IntStream.range(0, EXPRESSIONS).parallel().forEach(index -> {
      long seed = randomOf(index).nextLong();
      compare(Dialect.QUARTZ, seed);
      compare(Dialect.SPRING, seed);
    });

    counts.forEach((difference, count) ->
        reporter.publishEntry(difference + "", count + ": " + difference.reason));
    assertThat(failures.values().stream().limit(20))
        .as("differences without a name, or that the oracle decides against us (seed %d)", SEED)
        .isEmpty();
    assertThat(counts.keySet())
        .as("differences that occur (seed %d)", SEED)
        .containsExactly(Difference.values())
        .hasSizeLessThanOrEqualTo(10);
  }

  /** Each index has its own draws, whichever thread comes to it; the next seed shares none. */
  private static SplittableRandom randomOf(int index) {
    return new SplittableRandom(FIRST_OF_MANY + index);
  }

  private void compare(Dialect dialect, long seed) {
    var random = new SplittableRandom(seed);
    var question = new Question(dialect, RandomCron.write(seed, dialect));
    var ours = ours(question);
    var theirs = dialect == Dialect.QUARTZ ? quartz(question) : spring(question);
    var after = randomTime(random);
    for (int count = 0; count < INSTANTS; count++) {
      var disagreement = new Disagreement(question, after, ask(ours, after), ask(theirs, after));
      if (!disagreement.ours().agreesWith(disagreement.theirs())) {
        judge(disagreement);
      }
      after = nextQuestion(random, disagreement);
    }
  }

  private void judge(Disagreement disagreement) {
    var known = Arrays.stream(Difference.values())
        .filter(it -> it.explains(disagreement))
        .findFirst();
    known.ifPresent(
        difference -> counts.computeIfAbsent(difference, any -> new LongAdder()).increment());
    if (known.isEmpty() || !disagreement.isDecidedForUs()) {
      failures.putIfAbsent(
          disagreement.question().expression(),
          "%s, right is %s, known as %s"
              .formatted(
                  disagreement, disagreement.question().rightAnswer(disagreement.after()), known));
    }
  }

  /**
   * Somewhere in fifty years, or at a fire, or just before it. No fire is followed far: what Quartz
   * says ends a hundred years from the day on which the test is run.
   */
  private static LocalDateTime nextQuestion(SplittableRandom random, Disagreement last) {
    int kind = random.nextInt(5);
    if (kind > 1 || !(last.ours() instanceof At fire) || fire.time().getYear() >= 2060) {
      return randomTime(random);
    }
    return kind == 0 ? fire.time() : fire.time().minusSeconds(1);
  }

  private static LocalDateTime randomTime(SplittableRandom random) {
    long second = random.nextLong(FROM, TO);
    int millisecond = random.nextInt(4) == 0 ? random.nextInt(1000) : 0;
    return LocalDateTime.ofEpochSecond(second, millisecond * 1_000_000, ZoneOffset.UTC);
  }

  // ---- The three engines ------------------------------------------------------------------------

  private interface Engine {
    Answer next(LocalDateTime after);
  }

  private static Answer ask(Engine engine, LocalDateTime after) {
    try {
      return engine.next(after);
    } catch (RuntimeException e) {
      return new Refused("when asked: " + e);
    }
  }

  private static Engine ours(Question question) {
    try {
      var cron = question.dialect() == Dialect.QUARTZ
          ? Cron.quartz(question.expression())
          : Cron.spring(question.expression());
      var trigger = Trigger.cron(cron, ZoneId.of("UTC"));
      return after -> Answer.of(Optional.of(trigger.after(after.toInstant(ZoneOffset.UTC)))
          .filter(fire -> !fire.equals(Trigger.NEVER))
          .map(fire -> LocalDateTime.ofInstant(fire, ZoneOffset.UTC)));
    } catch (CronSyntaxException e) {
      return refusal(e);
    }
  }

  private static Engine quartz(Question question) {
    try {
      var cron = new org.quartz.CronExpression(question.expression());
      cron.setTimeZone(TimeZone.getTimeZone("UTC"));
      return after -> Answer.of(Optional.ofNullable(
              cron.getNextValidTimeAfter(Date.from(after.toInstant(ZoneOffset.UTC))))
          .map(fire -> LocalDateTime.ofInstant(fire.toInstant(), ZoneOffset.UTC)));
    } catch (ParseException e) {
      return refusal(e);
    }
  }

  private static Engine spring(Question question) {
    try {
      var cron = org.springframework.scheduling.support.CronExpression.parse(question.expression());
      return after -> Answer.of(Optional.ofNullable(cron.next(after)));
    } catch (IllegalArgumentException e) {
      return refusal(e);
    }
  }

  private static Engine refusal(Exception because) {
    return after -> new Refused(because.getMessage() + "");
  }
}
