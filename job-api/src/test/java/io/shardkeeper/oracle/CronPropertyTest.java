package io.shardkeeper.oracle;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import io.shardkeeper.cron.Cron;
import io.shardkeeper.cron.CronSyntaxException;
import io.shardkeeper.oracle.CronOracle.Dialect;
import io.shardkeeper.trigger.CronTrigger;
import io.shardkeeper.trigger.OnGap;
import io.shardkeeper.trigger.OnOverlap;
import io.shardkeeper.trigger.Trigger;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** What holds for each expression, zone and instant, and for what is no expression at all. */
class CronPropertyTest {

  private static final long SEED = Long.getLong("shardkeeper.seed", 20_261_121);
  private static final long FIRST_OF_MANY = new SplittableRandom(SEED).nextLong();

  private static final Instant FIRST = Instant.parse("1970-01-02T00:00:00Z");
  private static final Instant LAST = Instant.parse("2199-12-30T00:00:00Z");
  private static final List<String> ZONES =
      List.copyOf(new TreeSet<>(ZoneId.getAvailableZoneIds()));

  // ---- after and before -------------------------------------------------------------------------

  @Test
  void afterAndBeforeSeeTheSameFires() {
    IntStream.range(0, 5_000).parallel().forEach(index -> {
      var random = randomOf(index);
      var trigger = randomTrigger(random);
      if (trigger.isPresent()) {
        for (int count = 0; count < 20; count++) {
          checkAfter(trigger.get(), randomInstant(random, trigger.get().zone()), random);
          checkBefore(trigger.get(), randomInstant(random, trigger.get().zone()), random);
        }
      }
    });
  }

  @Test
  void whereNoClockJumpsTheOracleNamesTheSameFire() {
    IntStream.range(0, 2_000).parallel().forEach(index -> {
      var random = randomOf(index);
      var dialect = any(random, Dialect.values());
      var expression = RandomCron.write(random.nextLong(), dialect);
      var oracle = CronOracle.of(dialect, expression);
      var cron = read(parser(dialect), expression);
      if (cron.isEmpty()) {
        assertThat(oracle.next(LocalDateTime.parse("1969-12-31T23:59:59"), 2199))
            .as("seed %d, %s '%s' is refused", SEED, dialect, expression)
            .isEmpty();
        return;
      }
      var trigger = Trigger.cron(cron.get(), ZoneId.of("UTC"));
      for (int count = 0; count < 10; count++) {
        var t = randomInstant(random, trigger.zone());
        assertThat(trigger.after(t))
            .as(story(trigger, t))
            .isEqualTo(oracle
                .next(LocalDateTime.ofInstant(t, ZoneOffset.UTC), 2199)
                .map(next -> next.toInstant(ZoneOffset.UTC))
                .orElse(Trigger.NEVER));
      }
    });
  }

  // Where there is no fire the answer is an end of time, and all of this holds there too.

  private static void checkAfter(CronTrigger trigger, Instant t, SplittableRandom random) {
    var fire = trigger.after(t);
    var between = between(t, fire, random);
    assertThat(fire).as(story(trigger, t)).isAfter(t);
    assertThat(trigger.after(between)).as(story(trigger, between)).isEqualTo(fire);
    assertThat(trigger.after(fire.minusNanos(1))).as(story(trigger, fire)).isEqualTo(fire);
    var before = trigger.before(fire);
    assertThat(before).as(story(trigger, t)).isBeforeOrEqualTo(t);
    assertThat(trigger.after(before)).as(story(trigger, before)).isEqualTo(fire);
  }

  private static void checkBefore(CronTrigger trigger, Instant t, SplittableRandom random) {
    var fire = trigger.before(t);
    var between = between(fire, t, random).plusNanos(1);
    assertThat(fire).as(story(trigger, t)).isBefore(t);
    assertThat(trigger.before(between)).as(story(trigger, between)).isEqualTo(fire);
    assertThat(trigger.before(fire.plusNanos(1))).as(story(trigger, fire)).isEqualTo(fire);
    var after = trigger.after(fire);
    assertThat(after).as(story(trigger, t)).isAfterOrEqualTo(t);
    assertThat(trigger.before(after)).as(story(trigger, after)).isEqualTo(fire);
  }

  /** Some instant from one up to another, without the other. */
  private static Instant between(Instant from, Instant to, SplittableRandom random) {
    long seconds = Duration.between(from, to).toSeconds();
    return from.plusSeconds(seconds == 0 ? 0 : random.nextLong(seconds));
  }

  private static Supplier<String> story(CronTrigger trigger, Instant t) {
    return () -> "seed %d, %s %s, gap %s, overlap %s, at %s"
        .formatted(
            SEED, trigger.cron().dialect(), trigger, trigger.onGap(), trigger.onOverlap(), t);
  }

  /** Nothing if the expression is never due. */
  private static Optional<CronTrigger> randomTrigger(SplittableRandom random) {
    var dialect = any(random, Dialect.values());
    var zone = ZoneId.of(ZONES.get(random.nextInt(ZONES.size())));
    return read(parser(dialect), RandomCron.write(random.nextLong(), dialect))
        .map(cron -> Trigger.cron(cron, zone)
            .onGap(any(random, OnGap.values()))
            .onOverlap(any(random, OnOverlap.values())));
  }

  /** Half of them close to a moment at which the clock of the zone is changed. */
  private static Instant randomInstant(SplittableRandom random, ZoneId zone) {
    var t = Instant.ofEpochSecond(random.nextLong(FIRST.getEpochSecond(), LAST.getEpochSecond()));
    var transition = zone.getRules().nextTransition(t);
    if (transition != null && random.nextBoolean()) {
      t = transition.getInstant().plusSeconds(random.nextInt(-8_000, 8_000));
    }
    return random.nextInt(4) == 0 ? t.plusNanos(random.nextInt(1_000_000_000)) : t;
  }

  // ---- The parser -------------------------------------------------------------------------------

  @Test
  void whateverIsWrittenTheParserReadsItOrSaysWhatIsWrong() {
    int accepted = IntStream.range(0, 200_000)
        .parallel()
        .map(index -> readings(randomText(randomOf(index))))
        .sum();

    // Otherwise the texts were all so wild that nothing behind the first mistake was tried.
    assertThat(accepted).as("texts that were read, seed %d", SEED).isGreaterThan(20_000);
  }

  @Test
  void aTextOfAMillionCharactersCostsNothing() {
    for (var piece :
        List.of("*", " ", ",", "1,", "* ", "H(", "\t", "9", "L-", "\uD83D", "@every ")) {
      var text = piece.repeat(1_000_000 / piece.length());

      assertThat(readings(text)).isZero();
    }
  }

  private static final List<Function<String, Cron>> PARSERS =
      List.of(Cron::parse, Cron::unix, Cron::quartz, Cron::spring);

  /** How many of the parsers read a text. What they read answers, whenever it is asked. */
  private static int readings(String text) {
    var crons = new ArrayList<Cron>();
    try {
      for (var parser : PARSERS) {
        read(parser, text).ifPresent(crons::add);
      }
      for (var cron : Set.copyOf(crons)) { // parse reads what unix or quartz read as well
        var trigger = Trigger.cron(cron, ZoneId.of("Europe/Berlin"));
        for (var t : List.of(Instant.MIN, Instant.EPOCH, FIRST, LAST, Instant.MAX)) {
          trigger.after(t);
          trigger.before(t);
        }
      }
    } catch (RuntimeException | StackOverflowError | OutOfMemoryError e) {
      return fail("seed %d, '%s': %s".formatted(SEED, text, e), e);
    }
    return crons.size();
  }

  private static Optional<Cron> read(Function<String, Cron> parser, String text) {
    try {
      return Optional.of(parser.apply(text).spreadFor("billing"));
    } catch (CronSyntaxException e) {
      return Optional.empty();
    }
  }

  private static String randomText(SplittableRandom random) {
    return switch (random.nextInt(20)) {
      case 0 -> randomCharacters(random, random.nextInt(40), 0x20, 0x7F);
      case 1 -> randomCharacters(random, random.nextInt(20), 0, 0x30_000);
      case 2, 3, 4, 5 -> randomPieces(random, random.nextInt(30));
      case 6 -> valid(random);
      case 7 -> withRepetition(random, valid(random));
      default -> mutated(random, valid(random));
    };
  }

  private static String valid(SplittableRandom random) {
    return RandomCron.write(random.nextLong(), any(random, Dialect.values()));
  }

  private static String randomCharacters(SplittableRandom random, int length, int from, int to) {
    var text = new StringBuilder();
    for (int count = 0; count < length; count++) {
      text.appendCodePoint(random.nextInt(from, to)); // lone surrogates among them
    }
    return text.toString();
  }

  private static final String[] PIECES = {
    " ",
    " ",
    " ",
    "\t",
    "*",
    "*",
    "?",
    ",",
    "-",
    "/",
    "#",
    "(",
    ")",
    "L",
    "W",
    "LW",
    "H",
    "H/",
    "H(",
    "L-",
    "0",
    "1",
    "2",
    "5",
    "7",
    "12",
    "31",
    "32",
    "60",
    "2026",
    "99999999999",
    "2147483648",
    "-1",
    "+1",
    "MON",
    "sun",
    "FRIL",
    "JAN",
    "dec",
    "MONDAY",
    "MO",
    "@daily",
    "@every 5m",
    "@",
    "\u0661",
    "\uFF11",
    "\u0131",
    "\u00DF",
    "\u00A0",
    "\u2028",
    "\n",
    "\0",
    "\uD800",
    "\"",
    "'",
    "%s",
    "{}",
    "$1",
    "\\"
  };

  private static String randomPieces(SplittableRandom random, int count) {
    var text = new StringBuilder();
    for (int index = 0; index < count; index++) {
      text.append(any(random, PIECES));
    }
    return text.toString();
  }

  private static String mutated(SplittableRandom random, String valid) {
    var text = new StringBuilder(valid);
    for (int count = random.nextInt(1, 4); count > 0; count--) {
      int at = random.nextInt(text.length());
      switch (random.nextInt(5)) {
        case 0 -> text.deleteCharAt(at);
        case 1 -> text.insert(at, any(random, PIECES));
        case 2 -> text.replace(at, at + 1, any(random, PIECES));
        case 3 -> text.insert(at, text.charAt(random.nextInt(text.length())));
        default -> text.replace(0, text.length(), withDraw(text.toString(), at));
      }
      if (text.isEmpty()) {
        return "";
      }
    }
    return text.toString();
  }

  /** The field at a position, drawn. */
  private static String withDraw(String text, int at) {
    int start = text.lastIndexOf(' ', at) + 1;
    int end = text.indexOf(' ', start);
    var draw = at % 2 == 0 ? "H" : at % 3 == 0 ? "H(1-5)" : "H/7";
    return text.substring(0, start) + draw + (end < 0 ? "" : text.substring(end));
  }

  /** As long as an expression may be, or a little longer, of one piece again and again. */
  private static String withRepetition(SplittableRandom random, String valid) {
    int at = random.nextInt(valid.length());
    var piece = any(
        random, ",1", ",*", ",*/1", ",1-5", ",L", ",15W", ",MON#2", "0", " ", "/1", "-1", ",H",
        "#1");
    int times = random.nextInt((1_010 - valid.length()) / piece.length());
    int end = valid.indexOf(' ', at) < 0 ? valid.length() : valid.indexOf(' ', at);
    return valid.substring(0, end) + piece.repeat(times) + valid.substring(end);
  }

  private static Function<String, Cron> parser(Dialect dialect) {
    return switch (dialect) {
      case UNIX -> Cron::unix;
      case QUARTZ -> Cron::quartz;
      case SPRING -> Cron::spring;
    };
  }

  /** Each index has its own draws, whichever thread comes to it; the next seed shares none. */
  private static SplittableRandom randomOf(int index) {
    return new SplittableRandom(FIRST_OF_MANY + index);
  }

  @SafeVarargs
  private static <T> T any(SplittableRandom random, T... choices) {
    return choices[random.nextInt(choices.length)];
  }
}
