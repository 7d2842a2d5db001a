package io.shardkeeper.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.shardkeeper.job.Limits;
import io.shardkeeper.run.Origin;
import io.shardkeeper.trigger.Trigger;
import io.shardkeeper.view.Revision;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

final class RunRequestTest {
  private static final RunRequest PLAIN = RunRequest.of("billing");
  private static final Instant NOON = Instant.parse("2027-01-04T12:00:00Z");

  @Test
  void aPlainRequestAsksForAllOfAJobNow() {
    assertThat(PLAIN.job()).isEqualTo("billing");
    assertThat(PLAIN.parameters()).isEmpty();
    assertThat(PLAIN.shards()).isEmpty();
    assertThat(PLAIN.after()).isZero();
    assertThat(PLAIN.at()).isEqualTo(Trigger.NEVER_BEFORE);
    assertThat(PLAIN.key()).isEmpty();
    assertThat(PLAIN.prompt()).isFalse();
  }

  @Test
  void whatIsSpecialIsAddedStepByStep() {
    RunRequest request = PLAIN
        .parameter("region", "north")
        .parameter("year", "2026")
        .shards(4, 1, 4)
        .key("order-7")
        .promptly()
        .ofJob("invoices");

    assertThat(request.job()).isEqualTo("invoices");
    assertThat(request.parameters()).isEqualTo(Map.of("region", "north", "year", "2026"));
    assertThat(request.shards()).containsExactly(1, 4);
    assertThat(request.key()).isEqualTo("order-7");
    assertThat(request.prompt()).isTrue();
    assertThat(PLAIN.parameters()).as("of the one before").isEmpty();
  }

  @Test
  void theLastWordOnTheTimeCounts() {
    assertThat(PLAIN.after(Duration.ofSeconds(5)).at(NOON).after()).isZero();
    assertThat(PLAIN.at(NOON).after(Duration.ofSeconds(5)).at()).isEqualTo(Trigger.NEVER_BEFORE);
  }

  @Test
  void eachStepKeepsWhatTheOthersSaid() {
    Duration five = Duration.ofSeconds(5);
    Instant never = Trigger.NEVER_BEFORE;
    var full = new RunRequest(
        "billing", Map.of("a", "1"), List.of(2), five, never, "k", true, Origin.NONE);

    assertThat(PLAIN.promptly().key("k").after(five).shards(2).parameter("a", "1"))
        .isEqualTo(full);
    assertThat(full.ofJob("invoices"))
        .isEqualTo(new RunRequest(
            "invoices", Map.of("a", "1"), List.of(2), five, never, "k", true, Origin.NONE));
    assertThat(full.parameter("a", "2"))
        .isEqualTo(new RunRequest(
            "billing", Map.of("a", "2"), List.of(2), five, never, "k", true, Origin.NONE));
    assertThat(full.parameters(Map.of("b", "3")))
        .isEqualTo(new RunRequest(
            "billing", Map.of("b", "3"), List.of(2), five, never, "k", true, Origin.NONE));
    assertThat(full.shards(7, 3).shards()).as("the last word").containsExactly(3, 7);
    assertThat(full.at(NOON))
        .isEqualTo(new RunRequest(
            "billing", Map.of("a", "1"), List.of(2), Duration.ZERO, NOON, "k", true, Origin.NONE));
  }

  @Test
  void whatIsChangedAfterwardsChangesNoRequest() {
    var parameters = new HashMap<>(Map.of("a", "1"));
    var shards = new ArrayList<>(List.of(2, 0, 2));
    var request =
        new RunRequest("billing", parameters, shards, Duration.ZERO, NOON, "", false, Origin.NONE);
    parameters.put("b", "2");
    shards.add(5);

    assertThat(request.parameters()).isEqualTo(Map.of("a", "1"));
    assertThat(request.shards()).containsExactly(0, 2);
    assertThatThrownBy(() -> request.parameters().put("c", "3"))
        .isInstanceOf(UnsupportedOperationException.class);
    assertThatThrownBy(() -> request.shards().add(1))
        .isInstanceOf(UnsupportedOperationException.class);
  }

  @Test
  void whatJustFitsIsAccepted() {
    assertThat(PLAIN.shards(Limits.SHARDS - 1, 0).shards()).containsExactly(0, Limits.SHARDS - 1);
    assertThat(PLAIN.after(Limits.WAIT).after()).isEqualTo(Limits.WAIT);
    assertThat(PLAIN.after(Duration.ZERO).after()).isZero();
    assertThat(PLAIN.key("k".repeat(RunRequest.KEY)).key()).hasSize(RunRequest.KEY);
    assertThat(PLAIN.key("\ud83d\ude00").key()).as("a whole character").hasSize(2);
    assertThat(PLAIN.parameters(parameters(Limits.PARAMETERS)).parameters())
        .hasSize(Limits.PARAMETERS);
    // The name counts as well.
    assertThat(PLAIN.parameter("a", "x".repeat(Limits.ITEM_BYTES - 1)).parameters())
        .hasSize(1);
  }

  @Test
  void parametersAreMeasuredInTheBytesThatTheyTake() {
    int half = Limits.ITEM_BYTES / 2;
    refused(() -> PLAIN.parameter("a", "\u00e4".repeat(half)), "'a' of 65537 bytes");
    refused(() -> PLAIN.parameter("a", "\"".repeat(half)), "'a' of 65537 bytes");
    // Neither is too large by itself.
    refused(
        () -> PLAIN.parameter("a", "x".repeat(half)).parameter("b", "x".repeat(half)),
        "'b' of 32769 bytes");
  }

  @Test
  void aRefusalSaysWhatWasFoundAndWhatWouldBeRight() {
    refusedWith(
        () -> PLAIN.shards(3, 10_000),
        "A request for job 'billing' asks for shard 10000; shards run from 0 to 9999 at most");
    refusedWith(
        () -> PLAIN.after(Duration.ofMinutes(-5)),
        "A request for job 'billing' is to start after PT-5M; that runs from PT0S to PT8784H");
    refusedWith(
        () -> PLAIN.key("k".repeat(201)),
        "A request for job 'billing' has a key of 201 characters; at most 200");
    refusedWith(
        () -> PLAIN.key("k\udc00"),
        "The key of a request has half a character at 2; a character beyond \\uffff takes two, a"
            + " high and a low surrogate");
    refusedWith(
        () -> PLAIN.parameters(parameters(201)),
        "A request for job 'billing' has 201 parameters; at most 200");
    refusedWith(
        () -> PLAIN.parameter("a", "x".repeat(65_536)),
        "A request for job 'billing' goes over the limit with parameter 'a' of 65537 bytes: all"
            + " together have at most 65536, and larger things belong into a store with their"
            + " address as the parameter");
    refusedWith(
        () -> PLAIN.ofJob("a\nb"),
        "A job cannot be called 'a\\u000ab'; a name has 1 to 100 letters, digits, dots, dashes and"
            + " underscores");
    for (String name : List.of("", ".", "..", "n".repeat(Limits.NAME + 1))) {
      refused(() -> RunRequest.of(name), "A job cannot be called '");
    }
  }

  private static void refusedWith(Runnable request, String message) {
    assertThatIllegalArgumentException().isThrownBy(request::run).withMessage(message);
  }

  private static Map<String, String> parameters(int many) {
    var parameters = new TreeMap<String, String>();
    for (int i = 0; i < many; i++) {
      parameters.put("p" + i, "");
    }
    return parameters;
  }

  @Test
  void whatGoesOverALimitIsRefusedByName() {
    refused(() -> RunRequest.of("a/b"), "A job cannot be called 'a/b'");
    refused(() -> PLAIN.shards(-1), "asks for shard -1");
    refused(() -> PLAIN.shards(Limits.SHARDS), "asks for shard " + Limits.SHARDS);
    refused(() -> PLAIN.after(Duration.ofSeconds(-1)), "is to start after PT-1S");
    refused(() -> PLAIN.after(Limits.WAIT.plusNanos(1)), "is to start after");
    refused(() -> PLAIN.key("k".repeat(RunRequest.KEY + 1)), "has a key of 201 characters");
    refused(() -> PLAIN.key("\ud800"), "half a character");
    refused(() -> PLAIN.parameter("a b", "1"), "A parameter cannot be called 'a b'");
    refused(() -> PLAIN.parameter("a", "\udc00"), "Parameter 'a' has half a character");
    refused(
        () -> PLAIN.parameter("small", "1").parameter("zlarge", "x".repeat(Limits.ITEM_BYTES)),
        "goes over the limit with parameter 'zlarge'");
  }

  private static void refused(Runnable request, String why) {
    assertThatIllegalArgumentException().isThrownBy(request::run).withMessageContaining(why);
  }

  @Test
  void aRevisionIsReadAsItIsWritten() {
    var revision = new Revision(123_456, 3);
    assertThat(Revision.parse(revision.toString())).isEqualTo(revision);
    assertThat(new Revision(0x1f, 3)).as("in base 36").hasToString("v-3");
    var largest = new Revision(Long.MAX_VALUE, Integer.MAX_VALUE);
    assertThat(Revision.parse(largest.toString())).isEqualTo(largest);
    for (String text :
        new String[] {"", "-", "12", "x-", "-3", "a-b", "\u00e4-1", "1-2147483648"}) {
      refused(() -> Revision.parse(text), "This is no revision");
    }
  }

  @Test
  void anAnswerSaysWhetherThereIsARun() {
    assertThat(new Submitted(Submitted.Kind.KNOWN, "billing.1.r.x", "").hasRun())
        .isTrue();
    assertThat(new Submitted(Submitted.Kind.REFUSED, "", "no such job").hasRun())
        .isFalse();
    assertThat(new Submitted(Submitted.Kind.ACCEPTED, "billing.1.r.x", "").hasRun())
        .isTrue();
    assertThat(new Submitted(Submitted.Kind.IN_DOUBT, "", "the answer is lost").hasRun())
        .isFalse();
  }

  @Test
  void whatStoodInTheWayIsToldToProgramsAndToPeople() {
    for (var reason : JobClientException.Reason.values()) {
      assertThat(new JobClientException(reason, "There is no job 'billing'"))
          .hasMessage("There is no job 'billing'")
          .returns(reason, JobClientException::reason);
    }
  }
}
