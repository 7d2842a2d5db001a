package io.shardkeeper.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.shardkeeper.job.Limits;
import io.shardkeeper.trigger.Trigger;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

final class RunRequestTest {
  private static final RunRequest PLAIN = RunRequest.of("billing");

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
    Instant noon = Instant.parse("2027-01-04T12:00:00Z");
    assertThat(PLAIN.after(Duration.ofSeconds(5)).at(noon).after()).isZero();
    assertThat(PLAIN.at(noon).after(Duration.ofSeconds(5)).at()).isEqualTo(Trigger.NEVER_BEFORE);
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
    var many = new TreeMap<String, String>();
    for (int i = 0; i <= Limits.PARAMETERS; i++) {
      many.put("p" + i, "");
    }
    refused(() -> PLAIN.parameters(many), "has 201 parameters; at most 200");
  }

  private static void refused(Runnable request, String why) {
    assertThatIllegalArgumentException().isThrownBy(request::run).withMessageContaining(why);
  }

  @Test
  void aRevisionIsReadAsItIsWritten() {
    var revision = new Revision(123_456, 3);
    assertThat(Revision.parse(revision.toString())).isEqualTo(revision);
    for (String text : new String[] {"", "-", "12", "x-", "-3", "a-b", "\u00e4-1"}) {
      refused(() -> Revision.parse(text), "This is no revision");
    }
  }

  @Test
  void anAnswerSaysWhetherThereIsARun() {
    assertThat(new Submitted(Submitted.Kind.KNOWN, "billing.1.r.x", "").hasRun())
        .isTrue();
    assertThat(new Submitted(Submitted.Kind.REFUSED, "", "no such job").hasRun())
        .isFalse();
  }
}
