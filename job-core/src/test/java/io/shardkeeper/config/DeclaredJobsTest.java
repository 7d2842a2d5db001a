package io.shardkeeper.config;

import static io.shardkeeper.config.SettingsTest.mistakes;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.shardkeeper.job.Job;
import io.shardkeeper.job.Misfire;
import io.shardkeeper.job.Overlap;
import io.shardkeeper.job.Retry;
import io.shardkeeper.job.Routing;
import io.shardkeeper.job.Sharding;
import io.shardkeeper.trigger.Trigger;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class DeclaredJobsTest {
  private static final Instant NOON = Instant.parse("2026-11-21T12:00:00Z");

  @Test
  void aHandlerAndATriggerSuffice() {
    assertThat(job("cron=0 30 2 * * ?", "zone=Europe/Berlin"))
        .isEqualTo(Job.builder("billing")
            .handler("settle")
            .cron("0 30 2 * * ?", "Europe/Berlin")
            .build());
  }

  @Test
  void everythingThatAJobHasCanBeSaid() {
    Job said = job(
        "cron=0 30 2 * * ?",
        "from=2026-11-21T12:00:00Z",
        "until=2027-11-21T12:00:00Z",
        "only=workdays, europe",
        "except=holidays",
        "jitter=30s",
        "shards=3",
        "shard-parameters=0=north,1=south,2=west",
        "route=round-robin",
        "filter=zone == 'a' && disk == 'ssd'",
        "overlap=serial 10",
        "misfire=fire-all 5",
        "misfire.threshold=1m",
        "misfire.window=1d",
        "retry=3",
        "retry.delay=5s",
        "retry.factor=1.5",
        "retry.longest=1m",
        "retry.jitter=0.5",
        "retry.elsewhere=true",
        "timeout=20m",
        "at-most-once=false",
        "parameter.currency=EUR",
        "parameter.deep.key=a=b, c",
        "label.team=payments",
        "priority=7",
        "history=50",
        "description=Settles what is open",
        "owner=payments@example.org",
        "enabled=true");
    assertThat(said)
        .isEqualTo(Job.builder("billing")
            .handler("settle")
            .trigger(Trigger.cron("0 30 2 * * ?")
                .from(NOON)
                .until(Instant.parse("2027-11-21T12:00:00Z"))
                .only("workdays")
                .only("europe")
                .except("holidays")
                .jitter(Duration.ofSeconds(30)))
            .shards(3, "0=north,1=south,2=west")
            .routing(Routing.roundRobin())
            .filter("zone == 'a' && disk == 'ssd'")
            .overlap(Overlap.serial(10))
            .misfire(Misfire.fireAll(5).after(Duration.ofMinutes(1)).within(Duration.ofDays(1)))
            .retry(Retry.times(3)
                .backoff(Duration.ofSeconds(5), 1.5, Duration.ofMinutes(1))
                .jitter(0.5)
                .onAnotherInstance())
            .timeout(Duration.ofMinutes(20))
            .parameter("currency", "EUR")
            .parameter("deep.key", "a=b, c")
            .label("team", "payments")
            .priority(7)
            .history(50)
            .description("Settles what is open")
            .owner("payments@example.org")
            .build());
  }

  @Test
  void eachTriggerHasItsSetting() {
    assertThat(job("every=90s").trigger()).isEqualTo(Trigger.every(Duration.ofSeconds(90)));
    assertThat(job("delay=500ms").trigger()).isEqualTo(Trigger.delay(Duration.ofMillis(500)));
    assertThat(job("at=2026-11-21T12:00:00Z, 1970-01-01T00:00:00Z").trigger())
        .isEqualTo(Trigger.at(NOON, Instant.EPOCH));
    assertThat(job("manual=true").trigger()).isEqualTo(Trigger.manual());
    assertThat(job("after-jobs=extract, load, load").trigger())
        .isEqualTo(Trigger.afterJobs("extract", "load"));
    assertThat(job("cron=@every 90s").trigger()).isEqualTo(Trigger.every(Duration.ofSeconds(90)));
  }

  @Test
  void eachShardingHasItsWords() {
    assertThat(job("manual=true").sharding()).isEqualTo(Sharding.one());
    assertThat(job("manual=true", "sharding=one").sharding()).isEqualTo(Sharding.one());
    assertThat(job("manual=true", "sharding=all").sharding()).isEqualTo(Sharding.all());
    assertThat(job("manual=true", "sharding=each where zone == 'a'").sharding())
        .isEqualTo(Sharding.eachWhere("zone == 'a'"));
    assertThat(job("manual=true", "sharding=one where zone == 'a'").sharding())
        .isEqualTo(Sharding.oneWhere("zone == 'a'"));
    assertThat(job("manual=true", "shards=4").sharding()).isEqualTo(Sharding.shards(4));
  }

  @Test
  void eachPolicyHasItsWords() {
    assertThat(job("manual=true", "overlap=serial").overlap()).isEqualTo(Overlap.serial());
    assertThat(job("manual=true", "overlap=discard-later").overlap())
        .isEqualTo(Overlap.discardLater());
    assertThat(job("manual=true", "overlap=cover-earlier").overlap())
        .isEqualTo(Overlap.coverEarlier());
    assertThat(job("manual=true", "overlap=allow  3").overlap()).isEqualTo(Overlap.allow(3));
    assertThat(job("manual=true", "overlap=serial 5 per-run").overlap())
        .isEqualTo(Overlap.serial(5).perRun());
    assertThat(job("manual=true", "misfire=skip").misfire()).isEqualTo(Misfire.skip());
    assertThat(job("manual=true", "misfire=fire-once").misfire()).isEqualTo(Misfire.fireOnce());
    assertThat(job("manual=true", "misfire=fire-all").misfire()).isEqualTo(Misfire.fireAll(100));
    assertThat(job("manual=true", "misfire.threshold=1m").misfire())
        .isEqualTo(Misfire.fireOnce().after(Duration.ofMinutes(1)));
    assertThat(job("manual=true", "instances=a, b").routing())
        .isEqualTo(Routing.specified("a", "b"));
    assertThat(job("manual=true", "route=specified", "instances=a").routing())
        .isEqualTo(Routing.specified("a"));
    assertThat(job("manual=true", "at-most-once=true").atMostOnce()).isTrue();
  }

  @Test
  void retriesThatBeginLateAreNotSoonerLater() {
    assertThat(job("manual=true", "retry=2", "retry.delay=1h").retry())
        .isEqualTo(Retry.times(2).backoff(Duration.ofHours(1), 2, Duration.ofHours(1)));
    assertThat(job("manual=true", "retry=2", "retry.elsewhere=false").retry())
        .isEqualTo(Retry.times(2));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "cron=0 0 25 * * ?      | cron = '0 0 25 * * ?' (file p): | 25",
        "zone=Europe/Berln;cron=@daily | zone = 'Europe/Berln' (file p): | Berln",
        "every=1m;zone=UTC      | zone = 'UTC' (file p): | only a cron expression has a zone",
        "every=often            | every = 'often' (file p): | a duration such as 10s, 500ms, 2m comes here",
        "every=0s               | every = '0s' (file p): | A fixed rate of PT0S cannot be kept",
        "delay=P1Y              | delay = 'P1Y' (file p): | a duration such as",
        "at=tomorrow            | at = 'tomorrow' (file p): | an instant such as 2026-11-21T02:30:00Z comes here",
        "at=,                   | at = ',' (file p): | names with commas between them comes here",
        "manual=false           | manual = 'false' (file p): | only true comes here; say when instead, with one of cron, every, delay, at, manual, after-jobs",
        "after-jobs=a b         | job 'billing' (file p): | A job cannot be called 'a b'",
        "after-jobs=billing     | job 'billing' (file p): | It is triggered by its own end",
        "every=1m;from=2026     | from = '2026' (file p): | an instant such as",
        "every=1m;from=2026-11-21T12:00:00Z;until=2026-11-21T12:00:00Z | until = '2026-11-21T12:00:00Z' (file p): | has no life",
        "every=1m;jitter=2d     | jitter = '2d' (file p): | PT24H",
        "every=1m;only=         | only = '' (file p): | names with commas between them comes here",
        "every=1m;except=a/b    | job 'billing' (file p): | A calendar cannot be called 'a/b'",
        "manual=true;sharding=3 | sharding = '3' (file p): | one of all, one, each where zone == 'a', one where zone == 'a' comes here; a number of shards is set with shards",
        "manual=true;sharding=each where zone | sharding = 'each where zone' (file p): | column",
        "manual=true;sharding=all;shards=3 | sharding = 'all' (file p): | the shards are counted by shardkeeper.job.billing.shards already",
        "manual=true;shards=0   | shards = '0' (file p): | A number of shards of 0 is out of range",
        "manual=true;shards=two | shards = 'two' (file p): | a whole number comes here",
        "manual=true;shard-parameters=0=a | shard-parameters = '0=a' (file p): | it takes shardkeeper.job.billing.shards too",
        "manual=true;shards=2;shard-parameters=0=a | shard-parameters = '0=a' (file p): | The parameters leave out shard 1",
        "manual=true;route=a/b  | route = 'a/b' (file p): | A route cannot be called",
        "manual=true;route=specified | route = 'specified' (file p): | names 0 instances",
        "manual=true;route=first;instances=a | route = 'first' (file p): | every other route none",
        "manual=true;instances=a/b | instances = 'a/b' (file p): | An instance cannot be called",
        "manual=true;instances= | instances = '' (file p): | names with commas between them comes here",
        "manual=true;filter=zone | filter = 'zone' (file p): | column 5",
        "manual=true;overlap=both | overlap = 'both' (file p): | one of serial, serial 10, discard-later, cover-earlier, allow 3 comes here",
        "manual=true;overlap=allow | overlap = 'allow' (file p): | a number comes behind allow, as in allow 3",
        "manual=true;overlap=allow 1 | overlap = 'allow 1' (file p): | out of range",
        "manual=true;overlap=serial x | overlap = 'serial x' (file p): | a whole number comes here",
        "manual=true;overlap=discard-later 3 | overlap = 'discard-later 3' (file p): | nothing comes behind discard-later",
        "manual=true;misfire=later | misfire = 'later' (file p): | one of skip, fire-once, fire-all, fire-all 10 comes here",
        "manual=true;misfire=skip 1 | misfire = 'skip 1' (file p): | nothing comes behind skip",
        "manual=true;misfire.threshold=1s | misfire.threshold = '1s' (file p): | A misfire threshold of PT1S is out of range",
        "manual=true;misfire.threshold=1h;misfire.window=1m | misfire.window = '1m' (file p): | A catch-up window of PT1M is out of range",
        "manual=true;retry=101  | retry = '101' (file p): | A number of retries of 101 is out of range",
        "manual=true;retry.delay=1s | retry.delay = '1s' (file p): | nothing is retried; say how often with shardkeeper.job.billing.retry",
        "manual=true;retry=1;retry.delay=0s | retry.delay = '0s' (file p): | A delay before retries of PT0S is out of range",
        "manual=true;retry=1;retry.factor=0 | retry.factor = '0' (file p): | A backoff factor of 0.0 is out of range",
        "manual=true;retry=1;retry.factor=NaN | retry.factor = 'NaN' (file p): | a number such as 2 or 0.5 comes here",
        "manual=true;retry=1;retry.longest=1s | retry.longest = '1s' (file p): | The longest delay before retries",
        "manual=true;retry=1;retry.jitter=2 | retry.jitter = '2' (file p): | A jitter of retries of 2.0 is out of range",
        "manual=true;retry=1;retry.elsewhere=yes | retry.elsewhere = 'yes' (file p): | true or false comes here",
        "manual=true;retry=1;at-most-once=true | job 'billing' (file p): | It is to run at most once and to be retried 1 times",
        "manual=true;timeout=1  | timeout = '1' (file p): | a duration such as",
        "manual=true;timeout=0s | timeout = '0s' (file p): | without this line it takes as long as it likes",
        "manual=true;timeout=400d | job 'billing' (file p): | A timeout of PT9600H is out of range",
        "manual=true;parameter.a b=1 | job 'billing' (file p): | A parameter cannot be called 'a b'",
        "manual=true;priority=10 | job 'billing' (file p): | A priority of 10 is out of range",
        "manual=true;history=all | history = 'all' (file p): | a whole number comes here",
        "manual=true;enabled=off | enabled = 'off' (file p): | true or false comes here",
        "timeout=1s             | job 'billing' (file p): | it does not say when it is due; it takes exactly one of cron, every, delay, at, manual, after-jobs",
        "every=1m;manual=true   | job 'billing' (file p): | it says when it is due by every, manual; it takes exactly one of cron"
      })
  void eachMistakeNamesItsKeyAndWhatWouldBeRight(String lines, String place, String problem) {
    String key = place.startsWith("job ") ? place : "shardkeeper.job.billing." + place;
    assertThat(mistakes(declared(lines.split(";"))))
        .singleElement()
        .asString()
        .startsWith(key)
        .contains(problem);
  }

  @Test
  void aJobWithoutAHandlerIsAMistake() {
    assertThat(mistakes(file("shardkeeper.job.billing.manual=true")))
        .containsExactly(
            "job 'billing' (file p): it names no handler; say which with shardkeeper.job.billing.handler");
    assertThat(
            mistakes(file("shardkeeper.job.billing.manual=true\nshardkeeper.job.billing.handler=")))
        .containsExactly(
            "shardkeeper.job.billing.handler = '' (file p): the name of a handler comes here");
  }

  @Test
  void allMistakesOfAllJobsAreToldAtOnce() {
    assertThat(mistakes(file("""
            shardkeeper.job.a.every=x
            shardkeeper.job.a.timeout=y
            shardkeeper.job.b.handler=h
            shardkeeper.job.b.crn=z
            shardkeeper.job.b.manual=true
            shardkeeper.job.b.priority=11
            shardkeeper.gracee=1s""")))
        .hasSize(6)
        .anyMatch(mistake -> mistake.startsWith("shardkeeper.gracee"))
        .anyMatch(mistake -> mistake.startsWith("shardkeeper.job.a.every = 'x'"))
        .anyMatch(mistake -> mistake.startsWith("shardkeeper.job.a.timeout = 'y'"))
        .anyMatch(mistake -> mistake.startsWith("job 'a' (file p): it names no handler"))
        .anyMatch(mistake -> mistake.startsWith("shardkeeper.job.b.crn"))
        .anyMatch(mistake -> mistake.startsWith("job 'b' (file p): A priority of 11"));
  }

  @ParameterizedTest
  @CsvSource({
    "billing.crn,               no such setting of a job; did you mean shardkeeper.job.billing.cron?",
    "a.b.retry.dely,            no such setting of a job; did you mean shardkeeper.job.a.b.retry.delay?",
    "billing.retries,           no such setting of a job; did you mean shardkeeper.job.billing.retry?",
    "billing.paramter.region.x, no such setting of a job; did you mean shardkeeper.job.billing.parameter.region.x?",
    "billing.lable.team,        no such setting of a job; did you mean shardkeeper.job.billing.label.team?",
    "billing.parameter,         no such setting of a job; did you mean shardkeeper.job.billing.parameter.<key>?",
    "billing.colour,            no such setting of a job; docs/configuration.md lists the known ones",
    "cron,                      'it names no job or no setting; a key is written shardkeeper.job.<name>.<setting>, as in shardkeeper.job.billing.cron'",
    "parameter.a,               'it names no job or no setting; a key is written shardkeeper.job.<name>.<setting>, as in shardkeeper.job.billing.cron'",
    ".cron,                     'it names no job or no setting; a key is written shardkeeper.job.<name>.<setting>, as in shardkeeper.job.billing.cron'"
  })
  void anUnknownSettingIsNamedWithTheNearestKnownOne(String key, String problem) {
    assertThat(mistakes(file("shardkeeper.job." + key + "=canary")))
        .containsExactly("shardkeeper.job." + key + " (file p): " + problem);
  }

  @Test
  void theNameOfAJobMayHaveDots() {
    List<Job> jobs = file("""
            shardkeeper.job.eu.billing.nightly.handler=h
            shardkeeper.job.eu.billing.nightly.every=1m
            shardkeeper.job.eu.billing.nightly.retry=1
            shardkeeper.job.eu.billing.nightly.retry.delay=10s
            shardkeeper.job.eu.billing.nightly.parameter.label.cron=x""").read().jobs().all();
    assertThat(jobs).extracting(Job::name).containsExactly("eu.billing.nightly");
    assertThat(jobs.get(0).retry().delay()).isEqualTo(Duration.ofSeconds(10));
    assertThat(jobs.get(0).parameters()).containsEntry("label.cron", "x").hasSize(1);
  }

  @Test
  void aKeyThatMayMeanTwoJobsIsExplained() {
    // Read by itself, the longest setting counts.
    assertThat(job("manual=true", "retry=1", "retry.jitter=0.5").retry().jitter())
        .isEqualTo(0.5);
    assertThat(mistakes(declared(
            "manual=true", "retry=1", "retry.jitter=0.5", "retry.handler=h", "retry.every=1m")))
        .containsExactly(
            "shardkeeper.job.billing.retry.jitter (file p): it is read as 'retry.jitter' of a job 'billing', but may mean 'jitter' of the job"
                + " 'billing.retry', which is declared here too; give that job a name that does not end so, or declare it in code");
  }

  @Test
  void aJobThatIsNotEnabledIsCheckedAndNotDeclared() {
    assertThat(declared("manual=true", "enabled=false").read().jobs().all()).isEmpty();
    assertThat(mistakes(declared("cron=x", "enabled=false"))).hasSize(1);
  }

  @Test
  void aSystemPropertyChangesOneSettingOfAJob() {
    Settings settings = declared("every=1m", "priority=1")
        .systemProperties(Map.of("shardkeeper.job.billing.every", "2m"))
        .read();
    assertThat(settings.jobs().all())
        .containsExactly(Job.builder("billing")
            .handler("settle")
            .every(Duration.ofMinutes(2))
            .priority(1)
            .build());
    assertThat(settings.jobs()).hasToString("declared jobs [billing]");
  }

  @Test
  void jobsOfPropertiesAndOfCodeStandTogether() {
    Job report = manual("report");
    assertThat(declared("manual=true").read().jobs().and(List.of(report)))
        .extracting(Job::name)
        .containsExactly("billing", "report");
  }

  @Test
  void theSameNameInPropertiesAndInCodeIsRefusedNamingBothPlaces() {
    DeclaredJobs jobs = declared("manual=true").read().jobs();
    assertThatExceptionOfType(InvalidSettingsException.class)
        .isThrownBy(() -> jobs.and(List.of(manual("billing"), manual("report"), manual("report"))))
        .satisfies(refused -> assertThat(refused.mistakes())
            .containsExactly(
                "job 'billing' is declared twice: by shardkeeper.job.billing.handler (file p) and in code; one of the two has to go",
                "job 'report' is declared in code twice; one of the two has to go"));
  }

  @Test
  void eachSettingIsToldAndReadable() {
    assertThat(JobSetting.values()).allSatisfy(setting -> {
      assertThat(setting.unit()).isNotBlank();
      assertThat(setting.what()).isNotBlank();
    });
    assertThat(JobSetting.RETRY_DELAY.text()).isEqualTo("retry.delay");
    assertThat(JobSetting.AT_MOST_ONCE.text()).isEqualTo("at-most-once");
  }

  @ParameterizedTest
  @CsvSource({
    "cron, cron, 0",
    "crn, cron, 1",
    "corn, cron, 1",
    "crown, cron, 1",
    "dron, cron, 1",
    "'', abc, 3",
    "abc, '', 3",
    "kitten, sitting, 3"
  })
  void distancesCountWhatFingersDo(String a, String b, int distance) {
    assertThat(Nearest.distance(a, b)).isEqualTo(distance);
  }

  @Test
  void aTextWithoutEndIsNearNothing() {
    assertThat(Nearest.of("x".repeat(201), List.of("x".repeat(200)))).isEmpty();
  }

  private static Job manual(String name) {
    return Job.builder(name).handler("h").trigger(Trigger.manual()).build();
  }

  private static Job job(String... lines) {
    List<Job> jobs = declared(lines).read().jobs().all();
    assertThat(jobs).hasSize(1);
    return jobs.get(0);
  }

  /** A job named billing, with a handler. */
  private static Sources declared(String... lines) {
    return file("shardkeeper.job.billing.handler=settle\n"
        + Arrays.stream(lines)
            .map(line -> "shardkeeper.job.billing." + escaped(line))
            .collect(Collectors.joining("\n")));
  }

  private static String escaped(String line) {
    int sign = line.indexOf('=');
    return line.substring(0, sign).replace(" ", "\\ ") + line.substring(sign);
  }

  private static Sources file(String text) {
    return Settings.sources("host-1").file("p", text);
  }
}
