package io.shardkeeper.job;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.shardkeeper.trigger.Trigger;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class JobTest {

  @Test
  void needsANameAHandlerAndATriggerAndHasSafeDefaults() {
    Job job = Job.builder("billing")
        .handler("settle")
        .cron("17 2 * * *", "Europe/Berlin")
        .build();

    assertThat(job.sharding()).isEqualTo(Sharding.one());
    assertThat(job.routing()).isEqualTo(Routing.spread());
    assertThat(job.filter()).isEqualTo(Filter.none());
    assertThat(job.overlap())
        .isEqualTo(new Overlap(Overlap.Policy.SERIAL, 100, Overlap.Scope.SHARD));
    assertThat(job.misfire())
        .isEqualTo(new Misfire(Misfire.Policy.FIRE_ONCE, 1, Duration.ZERO, Duration.ofDays(7)));
    assertThat(job.retry().retries()).isZero();
    assertThat(job.timeout()).isZero();
    assertThat(job.atMostOnce()).isFalse();
    assertThat(job.priority()).isEqualTo(5);
    assertThat(job.history()).isEqualTo(100);
  }

  @Test
  void reportsAllMistakesAtOnce() {
    var builder = Job.builder("bill/ing")
        .cron("0 0 25 * * ?", "Europe/Berln")
        .shards(3, "0=a,1=b")
        .filter("zone = 'a'")
        .priority(11)
        .history(0)
        .timeout(Duration.ofDays(1_000))
        .retry(Retry.times(3))
        .atMostOnce()
        .parameter("bad key", "x")
        .parameter("big", "x".repeat(70_000))
        .label("team/", "y".repeat(300))
        .description("d".repeat(1_001))
        .owner("o".repeat(201));

    assertThatExceptionOfType(InvalidJobException.class)
        .isThrownBy(builder::build)
        .satisfies(e -> assertThat(e.mistakes())
            .hasSize(16)
            .anySatisfy(m -> assertThat(m).contains("A job cannot be called 'bill/ing'"))
            .anySatisfy(m -> assertThat(m).contains("It names no handler"))
            .anySatisfy(m -> assertThat(m).contains("hour (column 5): found '25'"))
            .anySatisfy(m -> assertThat(m).contains("did you mean Europe/Berlin?"))
            .anySatisfy(m -> assertThat(m).contains("leave out shard 2"))
            .anySatisfy(m -> assertThat(m).contains("column 6: found '= 'a''; == comes here"))
            .anySatisfy(m ->
                assertThat(m).contains("A priority of 11 is out of range; it runs from 0 to 9"))
            .anySatisfy(m -> assertThat(m).contains("A number of kept runs of 0"))
            .anySatisfy(m -> assertThat(m).contains("A timeout of PT24000H"))
            .anySatisfy(m -> assertThat(m).contains("at most once and to be retried 3 times"))
            .anySatisfy(m -> assertThat(m).contains("A parameter cannot be called 'bad key'"))
            .anySatisfy(m -> assertThat(m).contains("70011 bytes together, 'big' the most"))
            .anySatisfy(m -> assertThat(m).contains("A label cannot be called 'team/'"))
            .anySatisfy(
                m -> assertThat(m).contains("Label 'team/' has 300 characters; at most 200"))
            .anySatisfy(m -> assertThat(m).contains("The description has 1001"))
            .anySatisfy(m -> assertThat(m).contains("The owner has 201")))
        .withMessageStartingWith("Job 'bill/ing' has 16 mistakes:\n  - ");
  }

  @Test
  void aForgottenTriggerIsAMistake() {
    assertThatThrownBy(() -> Job.builder("billing").handler("settle").build())
        .hasMessage(
            "Job 'billing' has a mistake:\n  - It names no trigger; say when with cron(\"...\"), "
                + "or trigger(Trigger.manual()) if only by request");
  }

  @Test
  void aWrongTriggerIsNotAlsoAForgottenOne() {
    assertThatExceptionOfType(InvalidJobException.class)
        .isThrownBy(() -> Job.builder("billing").handler("settle").cron("* * *").build())
        .satisfies(e -> assertThat(e.mistakes()).hasSize(1));
  }

  @Test
  void aSettingThatIsSetAgainForgetsItsMistakes() {
    Job job = Job.builder("a")
        .handler("h")
        .cron("bad", "Nope")
        .cron("@daily")
        .filter("bad")
        .filter("zone == 'a'")
        .build();
    assertThat(job.trigger()).isEqualTo(Trigger.cron("@daily"));
  }

  @Test
  void halfCharactersAreRefused() {
    assertThatThrownBy(() -> Job.builder("a")
            .handler("h")
            .cron("@daily")
            .parameter("p", "x\ud800")
            .owner("\udc00")
            .build())
        .hasMessageContaining("has 2 mistakes")
        .hasMessageContaining("Parameter 'p' has half a character at 2");
    assertThat(Job.builder("a")
            .handler("h")
            .cron("@daily")
            .owner("\ud83d\ude00")
            .build()
            .owner())
        .hasSize(2);
  }

  @Test
  void cannotFollowItself() {
    assertThatThrownBy(() ->
            Job.builder("a").handler("h").trigger(Trigger.afterJobs("b", "a")).build())
        .hasMessageContaining("triggered by its own end");
    assertThatThrownBy(() -> Job.builder("a")
            .handler("h")
            .trigger(Trigger.afterJobs("b/c", "a").until(Instant.EPOCH).except("a calendar"))
            .build())
        .hasMessageContaining("has 3 mistakes")
        .hasMessageContaining("A job cannot be called 'b/c'")
        .hasMessageContaining("A calendar cannot be called 'a calendar'");
  }

  @Test
  void drawsWhatItsTriggerLeavesToItsName() {
    Job job = Job.builder("billing").handler("settle").cron("H H * * *").build();
    assertThat(job.trigger().after(Instant.EPOCH)).isBefore(Trigger.NEVER);
    Job other = Job.builder("shipping").handler("settle").cron("H H * * *").build();
    assertThat(other.trigger().after(Instant.EPOCH))
        .isNotEqualTo(job.trigger().after(Instant.EPOCH));
    // What is drawn can be a day that never comes.
    assertThat(List.of(0, 1, 2, 3, 4, 5, 6, 7, 8, 9))
        .anySatisfy(i -> assertThatThrownBy(() ->
                Job.builder("job-" + i).handler("h").cron("0 0 H(29-31) 2 *").build())
            .isInstanceOf(InvalidJobException.class)
            .hasMessageContaining("never fire"));
  }

  @Test
  void isChangedByACopyThatKeepsTheRest() {
    Job job = everything();
    assertThat(job.toBuilder().build()).isEqualTo(job).hasSameHashCodeAs(job);
    Job changed = job.toBuilder().priority(9).build();
    assertThat(changed).isNotEqualTo(job);
    assertThat(changed.toBuilder().priority(job.priority()).build()).isEqualTo(job);
  }

  @Test
  void cannotBeChangedFromOutside() {
    var parameters = new java.util.HashMap<>(Map.of("a", "1"));
    Job job = Job.builder("j")
        .handler("h")
        .trigger(Trigger.manual())
        .parameters(parameters)
        .build();
    parameters.put("b", "2");
    assertThat(job.parameters()).containsOnlyKeys("a");
    assertThatThrownBy(() -> job.parameters().put("b", "2"))
        .isInstanceOf(UnsupportedOperationException.class);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"", ".", "..", "a b", "a/b", "../x", "a\nb", "ä", "a\u0000", "<script>", "a%2fb"})
  void namesAreSafeInAPath(String name) {
    assertThatThrownBy(
            () -> Job.builder(name).handler("h").trigger(Trigger.manual()).build())
        .isInstanceOf(InvalidJobException.class)
        .hasMessageContaining("letters, digits, dots, dashes and underscores")
        .satisfies(e -> assertThat(e.getMessage()).doesNotContain("\u0000"));
  }

  @Test
  void namesHaveALimit() {
    assertThat(Job.builder("x".repeat(100))
            .handler("h")
            .trigger(Trigger.manual())
            .build()
            .name())
        .hasSize(100);
    assertThatThrownBy(() ->
            Job.builder("x".repeat(101)).handler("h").trigger(Trigger.manual()).build())
        .hasMessageContaining("1 to 100");
  }

  @Test
  void countsParametersInBytes() {
    var builder = Job.builder("j").handler("h").trigger(Trigger.manual());
    assertThat(builder.parameter("p", "x".repeat(65_535)).build().parameters()).hasSize(1);
    assertThatThrownBy(() -> builder.parameter("p", "ä".repeat(33_000)).build())
        .hasMessageContaining("66001 bytes");
  }

  static Job everything() {
    return Job.builder("billing")
        .handler("settle")
        .trigger(Trigger.cron("0 30 2 * * ?", "Europe/Berlin")
            .except("holidays")
            .jitter(Duration.ofSeconds(30)))
        .shards(3, "0=north,1=south,2=west")
        .routing(Routing.specified("host-1", "host-2"))
        .filter("zone == 'a' && disk == 'ssd'")
        .overlap(Overlap.allow(3).perRun())
        .misfire(Misfire.fireAll(20).after(Duration.ofMinutes(1)).within(Duration.ofDays(2)))
        .retry(Retry.times(4)
            .backoff(Duration.ofSeconds(1), 1.5, Duration.ofMinutes(1))
            .jitter(0.5)
            .onAnotherInstance())
        .timeout(Duration.ofMinutes(30))
        .parameter("currency", "EUR")
        .label("team", "finance")
        .priority(8)
        .history(300)
        .description("Settles the accounts of the day")
        .owner("finance@example.org")
        .build();
  }
}
