package io.shardkeeper.core.definition;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import io.shardkeeper.core.json.NewerFormatException;
import io.shardkeeper.cron.Cron;
import io.shardkeeper.job.InvalidJobException;
import io.shardkeeper.job.Job;
import io.shardkeeper.job.JobBuilder;
import io.shardkeeper.job.Misfire;
import io.shardkeeper.job.Overlap;
import io.shardkeeper.job.Retry;
import io.shardkeeper.job.Routing;
import io.shardkeeper.job.Sharding;
import io.shardkeeper.run.Outcome;
import io.shardkeeper.trigger.OnGap;
import io.shardkeeper.trigger.OnOverlap;
import io.shardkeeper.trigger.Trigger;
import java.time.DayOfWeek;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

final class JobDocumentTest {
  private static final Instant NOON = Instant.parse("2026-11-21T12:00:00Z");

  @Test
  void isReadableAndKeepsItsForm() {
    // What is stored today must be read for ever: this text changes only together with the format.
    Job job = Job.builder("billing")
        .handler("settle")
        .cron("0 30 2 * * ?", "Europe/Berlin")
        .shards(2, "0=north,1=south")
        .parameter("currency", "EUR")
        .build();
    String json = "{\"v\":1,\"minReader\":1,\"name\":\"billing\",\"handler\":\"settle\","
        + "\"trigger\":{\"cron\":\"0 30 2 * * ?\",\"zone\":\"Europe/Berlin\",\"gap\":\"SHIFT\",\"overlap\":\"FIRST\"},"
        + "\"sharding\":{\"kind\":\"SHARDS\",\"total\":2,\"parameters\":[\"north\",\"south\"]},"
        + "\"routing\":{\"route\":\"spread\"},"
        + "\"overlap\":{\"policy\":\"SERIAL\",\"limit\":100,\"scope\":\"SHARD\"},"
        + "\"misfire\":{\"policy\":\"FIRE_ONCE\",\"limit\":1,\"window\":\"PT168H\"},"
        + "\"retry\":{\"retries\":0,\"delay\":\"PT10S\",\"factor\":2.0,\"longest\":\"PT10M\",\"jitter\":0.2,\"elsewhere\":false},"
        + "\"parameters\":{\"currency\":\"EUR\"},\"priority\":5,\"history\":100}";
    assertThat(JobDocument.of(job).toJson()).isEqualTo(json);
    assertThat(JobDocument.parse(json).job()).isEqualTo(job);
  }

  @Test
  void needsLittle() {
    Job job = JobDocument.parse(
            "{\"v\":1,\"name\":\"a\",\"handler\":\"h\",\"trigger\":{\"manual\":true}}")
        .job();
    assertThat(job)
        .isEqualTo(Job.builder("a").handler("h").trigger(Trigger.manual()).build());
  }

  static Stream<Trigger> triggers() {
    return Stream.of(
        Trigger.manual(),
        Trigger.every(Duration.ofMillis(1_500)),
        Trigger.every(Duration.ofDays(1), NOON),
        Trigger.delay(Duration.ofSeconds(5)),
        Trigger.at(NOON, NOON.plusMillis(1)),
        Trigger.cron("@daily", "Asia/Tokyo"),
        Trigger.cron("*/5 * * * *"),
        Trigger.cron(Cron.spring("0 0 0 * * 1"), ZoneId.of("UTC")),
        Trigger.cron(Cron.unix("H H * * *"), ZoneId.of("UTC")),
        Trigger.cron(Cron.quartz("0 30 2 * * ? 2026-2030"), ZoneId.of("Europe/Berlin"))
            .onGap(OnGap.SKIP)
            .onOverlap(OnOverlap.LAST),
        Trigger.daily("22:00", "02:00:30", Duration.ofMinutes(10), "Asia/Tokyo")
            .on(DayOfWeek.FRIDAY),
        Trigger.afterJobs("x", "y").on(Outcome.FAILED, Outcome.LOST),
        Trigger.cron("0 2 * * *")
            .from(NOON)
            .until(NOON.plusSeconds(1))
            .only("bank-days")
            .except("a")
            .except("b")
            .jitter(Duration.ofSeconds(9)));
  }

  @ParameterizedTest
  @MethodSource("triggers")
  void everyTriggerComesBackAsItWas(Trigger trigger) {
    roundTrips(Job.builder("j").handler("h").trigger(trigger).build());
  }

  @Test
  void everyPolicyComesBackAsItWas() {
    JobBuilder job = Job.builder("j").handler("h").trigger(Trigger.manual());
    for (Sharding sharding : List.of(
        Sharding.all(),
        Sharding.one(),
        Sharding.eachWhere("zone == 'a'"),
        Sharding.oneWhere("zone == 'b'"),
        Sharding.shards(7),
        Sharding.shards(2, "0=,1=x"))) {
      roundTrips(job.sharding(sharding).build());
    }
    for (Routing routing : List.of(
        Routing.roundRobin(),
        Routing.specified("a", "b"),
        Routing.named("mine"),
        Routing.failover("b", "a").without("x", "y").atMost(2))) {
      roundTrips(job.routing(routing).build());
    }
    for (Overlap overlap : List.of(
        Overlap.serial(0),
        Overlap.discardLater().perRun(),
        Overlap.coverEarlier(),
        Overlap.allow(9))) {
      roundTrips(job.overlap(overlap).build());
    }
    for (Misfire misfire : List.of(
        Misfire.skip(),
        Misfire.fireAll(3).after(Duration.ofMinutes(1)).within(Duration.ofHours(1)))) {
      roundTrips(job.misfire(misfire).build());
    }
    roundTrips(job.retry(Retry.times(3).every(Duration.ofMillis(250)).jitter(1).onAnotherInstance())
        .build());
    roundTrips(job.retry(Retry.none())
        .atMostOnce()
        .timeout(Duration.ofMillis(1))
        .filter("zone == 'x'")
        .parameter("quote", "\"\\\u2028</script>\u0001\ud83d\ude00")
        .label("team", "")
        .priority(0)
        .history(1)
        .description("Ends with a new line\n")
        .owner("us")
        .build());
  }

  private static void roundTrips(Job job) {
    String json = JobDocument.of(job).toJson();
    assertThat(JobDocument.parse(json).job()).as(json).isEqualTo(job);
    assertThat(JobDocument.parse(json).toJson()).isEqualTo(json);
  }

  @Test
  void keepsWhatANewerVersionHasWritten() {
    var newer = JsonParser.parseString(JobDocument.of(job()).toJson()).getAsJsonObject();
    newer.addProperty("v", 2);
    newer.addProperty("colour", "green");
    newer.getAsJsonObject("retry").add("budget", JsonParser.parseString("12345678901234567890"));
    newer
        .getAsJsonObject("trigger")
        .add("moon", JsonParser.parseString("{\"phase\":[1,null,true]}"));

    JobDocument document = JobDocument.parse(newer.toString());
    assertThat(document.job()).isEqualTo(job());
    assertThat(JsonParser.parseString(document.toJson())).isEqualTo(newer);

    JsonObject changed = JsonParser.parseString(
            document.with(job().toBuilder().priority(9).build()).toJson())
        .getAsJsonObject();
    assertThat(changed.get("priority").getAsInt()).isEqualTo(9);
    assertThat(changed.get("colour").getAsString()).isEqualTo("green");
    assertThat(changed.getAsJsonObject("retry").has("budget")).isTrue();
    assertThat(changed.getAsJsonObject("trigger").has("moon")).isTrue();
    assertThat(changed.get("v").getAsInt()).isEqualTo(2);
  }

  @Test
  void dropsWhatBelongedToATriggerThatIsGone() {
    var newer = JsonParser.parseString(JobDocument.of(job()).toJson()).getAsJsonObject();
    newer.getAsJsonObject("trigger").addProperty("moon", "full");
    String changed = JobDocument.parse(newer.toString())
        .with(job().toBuilder().trigger(Trigger.manual()).build())
        .toJson();
    assertThat(changed).contains("\"trigger\":{\"manual\":true}");
  }

  @Test
  void aFieldThatWasTakenAwayDoesNotComeBack() {
    Job described =
        job().toBuilder().description("for now").timeout(Duration.ofSeconds(1)).build();
    JobDocument read = JobDocument.parse(JobDocument.of(described).toJson());
    assertThat(JobDocument.parse(read.with(job()).toJson()).job()).isEqualTo(job());
  }

  @Test
  void refusesPolitelyWhatOnlyANewerVersionCanRead() {
    assertThatExceptionOfType(NewerFormatException.class)
        .isThrownBy(() ->
            JobDocument.parse("{\"v\":7,\"minReader\":5,\"name\":\"billing\",\"trigger\":\"odd\"}"))
        .withMessage(
            "Job 'billing' needs a reader of format 5 or newer; this one reads up to format 1: "
                + "bring this instance up to the version of the others");
  }

  @Test
  void reportsAllMistakesWithTheirPlaces() {
    String json = """
        {"v": 1, "name": "billing", "handler": 7,
         "trigger": {"cron": "0 0 25 * * ?", "zone": "Europe/Berlin"},
         "sharding": {"kind": "SHARDS", "total": "three"},
         "overlap": {"policy": "SERIALLY"},
         "misfire": {"window": "a week"},
         "retry": {"retries": 1.5, "jitter": true},
         "filter": "zone", "timeout": 30, "atMostOnce": "no", "parameters": {"a": 1}, "labels": [], "priority": 1e999999999}
        """;
    assertThatExceptionOfType(InvalidJobException.class)
        .isThrownBy(() -> JobDocument.parse(json))
        .satisfies(e -> assertThat(e.mistakes())
            .contains(
                "handler: found 7; a text comes here",
                "sharding.total: found \"three\"; a whole number comes here",
                "overlap.policy: found \"SERIALLY\"; one of [SERIAL, DISCARD_LATER, COVER_EARLIER, ALLOW] comes here",
                "misfire.window: found \"a week\"; a duration such as PT1M30S comes here",
                "retry.retries: found 1.5; a whole number comes here",
                "retry.jitter: found true; a number comes here",
                "timeout: found 30; a duration such as PT1M30S comes here",
                "atMostOnce: found \"no\"; true or false comes here",
                "parameters: found {\"a\":1}; an object of texts comes here",
                "labels: found []; an object of texts comes here",
                "priority: found 1E+999999999; a whole number comes here")
            .anySatisfy(
                m -> assertThat(m).startsWith("trigger: Cron '0 0 25 * * ?': hour (column 5)"))
            .anySatisfy(m -> assertThat(m).startsWith("filter: Filter \"zone\", column 5")));
  }

  @ParameterizedTest
  @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
          {"trigger":{}}                                | found none; exactly one of [cron, every
          {"trigger":{"cron":"@daily","every":"PT1S"}}  | found cron and every; exactly one
          {"trigger":{"at":["noon"]}}                   | trigger.at: found ["noon"]; a list of instants comes here
          {"trigger":{"daily":{"start":"9","end":"10:00","every":"PT1M"}}} | trigger.daily.start: found "9"; a time of the day
          {"trigger":{"cron":"@daily","zone":"GMT+8"}}  | Asia/Shanghai
          {"trigger":{"cron":"@every soon"}}            | written 90s, 1h30m
          {"trigger":{"manual":false}}                  | found manual: false; say when instead
          {"sharding":{"kind":"FILTER","where":""}}     | column 1: found the end
          {"trigger":{"at":["1960-01-01T00:00:00Z"]}}   | of the years 1970 to 2199
          {"trigger":{"cron":"@daily","until":"+1000000000-01-01T00:00:00Z"}} | of the years 1970 to 2199
          {"trigger":[]}                                | trigger: found []; an object comes here
          {"v":0}                                       | It tells no format; v is 1
          {"name":"a","name":"b"}                       | has 'name' twice in one object
          {"a":1                                        | is not JSON
          {'a':1}                                       | is not JSON
          {"a":NaN}                                     | is not JSON
          {} {}                                         | is not JSON from line 1 column 5 on
          []                                            | found BEGIN_ARRAY; a JSON object comes here
          ``                                            | is not JSON
          """)
  void refusesWhatIsNoDefinition(String json, String problem) {
    assertThatThrownBy(() -> JobDocument.parse(json))
        .isInstanceOf(InvalidJobException.class)
        .hasMessageContaining(problem);
  }

  @Test
  void hostileTextsCostNothing() {
    for (String json : List.of(
        "{\"a\":" + "[".repeat(100_000),
        "{\"a\":".repeat(100_000),
        "{\"a\":" + "9".repeat(200_000) + "}",
        "x".repeat(300_000))) {
      assertThatThrownBy(() -> JobDocument.parse(json))
          .isInstanceOf(InvalidJobException.class)
          .satisfies(e -> assertThat(e.getMessage()).hasSizeLessThan(300));
    }
  }

  @Test
  void mutatedTextsAreRefusedOrRead() {
    long seed = Long.getLong("shardkeeper.seed", 20261121);
    var random = new SplittableRandom(seed);
    String json = JobDocument.of(job()).toJson();
    for (int i = 0; i < 20_000; i++) {
      var text = new StringBuilder(json);
      for (int n = random.nextInt(1, 4); n > 0 && text.length() > 2; n--) {
        int at = random.nextInt(text.length());
        switch (random.nextInt(4)) {
          case 0 -> text.deleteCharAt(at);
          case 1 -> text.setCharAt(at, "{}[]\",:0-9eE.ntf\\u \0é".charAt(random.nextInt(21)));
          case 2 ->
            text.insert(at, text.substring(at, Math.min(text.length(), at + random.nextInt(20))));
          default -> text.setLength(at + 1);
        }
      }
      try {
        JobDocument.parse(text.toString()).toJson();
      } catch (InvalidJobException | NewerFormatException e) {
        assertThat(e)
            .as("seed %d, text %s", seed, text)
            .hasMessageMatching("(?s)(Job '|\\(unreadable).*");
      }
    }
  }

  @Test
  void everyJobThatCanBeBuiltCanBeStored() {
    // Control characters take six bytes each in JSON; the limits count them so.
    JobBuilder largest = job().toBuilder()
        .parameter("p", "\u0001".repeat(10_900))
        .shards(10_000)
        .sharding(Sharding.shards(List.of("\u2028".repeat(10_900))))
        .description("\u0001".repeat(1_000))
        .owner("\u0001".repeat(200));
    for (int i = 0; i < 50; i++) {
      largest.label("x".repeat(90) + i, "\u0001".repeat(200));
    }
    roundTrips(largest.build());
    assertThatThrownBy(() -> largest.parameter("p", "\u0001".repeat(11_000)).build())
        .isInstanceOf(InvalidJobException.class)
        .hasMessageContaining("66001 bytes together");
  }

  @Test
  void tellsAllMistakesOfATriggerAndNoneThatFollowFromAnother() {
    String wrong = """
        {"v":1,"name":"a","handler":"h","trigger":{"cron":"0 0 25 * * ?","zone":"Nope","gap":"X",
         "from":"2026-01-01T00:00:00Z","until":"2025-01-01T00:00:00Z","jitter":"PT99H"}}
        """;
    assertThatExceptionOfType(InvalidJobException.class)
        .isThrownBy(() -> JobDocument.parse(wrong))
        .satisfies(e -> assertThat(e.mistakes())
            .hasSize(5)
            .anySatisfy(m -> assertThat(m).startsWith("trigger: Cron '0 0 25 * * ?'"))
            .anySatisfy(m -> assertThat(m).startsWith("trigger: Zone 'Nope'"))
            .anySatisfy(m -> assertThat(m).startsWith("trigger.gap: found \"X\""))
            .anySatisfy(m -> assertThat(m).contains("ends after it starts"))
            .anySatisfy(m -> assertThat(m).startsWith("trigger: A jitter of PT99H")));
    assertThatExceptionOfType(InvalidJobException.class)
        .isThrownBy(() -> JobDocument.parse(
            "{\"v\":1,\"name\":\"a\",\"handler\":\"h\",\"trigger\":{\"cron\":5}}"))
        .satisfies(e ->
            assertThat(e.mistakes()).containsExactly("trigger.cron: found 5; a text comes here"));
  }

  @Test
  void noTextOfAStrangerMovesTheCursor() {
    for (String json : List.of(
        "{\"v\":9,\"name\":\"x\\n\\u001b[31mFAKE\"}",
        "{\"v\":1,\"x\\n\\u001b\":1,\"x\\n\\u001b\":2}",
        "{\"v\":1,\"name\":\"\\u009b\\u202e\\u2028\",\"trigger\":{\"cron\":\"@daily\",\"zone\":\"X\\n  - forged\"}}")) {
      assertThatThrownBy(() -> JobDocument.parse(json))
          .isInstanceOf(IllegalArgumentException.class)
          .satisfies(e -> assertThat(e.getMessage())
              .doesNotContainPattern("[\\u001b\\u009b\\u202e\\u2028]|\n  - forged"));
    }
  }

  private static Job job() {
    return Job.builder("billing")
        .handler("settle")
        .cron("0 30 2 * * ?", "Europe/Berlin")
        .retry(Retry.times(2))
        .build();
  }
}
