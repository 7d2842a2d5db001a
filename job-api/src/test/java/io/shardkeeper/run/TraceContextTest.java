package io.shardkeeper.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Instant;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class TraceContextTest {
  private static final String PARENT = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

  @Test
  void itIsTheTwoHeadersAsTheyAre() {
    var trace = new TraceContext(PARENT, "vendor=1");
    assertThat(trace.traceId()).isEqualTo("4bf92f3577b34da6a3ce929d0e0e4736");
    assertThat(trace.isEmpty()).isFalse();
    assertThat(TraceContext.of(PARENT).tracestate()).isEmpty();
    assertThat(TraceContext.NONE.isEmpty()).isTrue();
    assertThat(TraceContext.NONE.traceId()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7",
        "ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
        "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-more",
        "01-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01more",
        "01-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-0",
        "01-00000000000000000000000000000000-00f067aa0ba902b7-01",
        "0g-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
        "00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01",
        "00-00000000000000000000000000000000-00f067aa0ba902b7-01",
        "00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01",
        "nonsense"
      })
  void whatHasNotTheFormIsRefused(String parent) {
    assertThatThrownBy(() -> TraceContext.of(parent))
        .hasMessageContaining("The traceparent '" + parent + "' has not the form 00-");
  }

  @Test
  void whatIsRefusedIsShownCutAndWithoutWhatMovesACursor() {
    assertThatThrownBy(() -> TraceContext.of("\u001b[31m" + "x".repeat(100_000)))
        .hasMessageContaining("'\\u001b[31mxxx")
        .satisfies(e -> assertThat(e.getMessage()).hasSizeLessThan(400));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"01-%s-01", "fe-%s-01", "cc-%s-03-what-the-future-will-be-like", "01-%s-01-"})
  void aLaterVersionIsReadAsFarAsItIsKnownAndHandedOnAsOurs(String form) {
    String ids = "4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7";
    assertThat(TraceContext.of(form.formatted(ids))).isEqualTo(TraceContext.of(PARENT));
    assertThat(TraceContext.of("01-" + ids + "-f2").traceparent()).isEqualTo("00-" + ids + "-00");
  }

  @Test
  void aStateHasAnEndAndStandsBesideAParent() {
    for (String state : new String[] {"x".repeat(513), "a\nb", "\u20ac"}) {
      assertThatThrownBy(() -> new TraceContext(PARENT, state))
          .hasMessageContaining("cannot be kept");
    }
    assertThatThrownBy(() -> new TraceContext("", "vendor=1"))
        .hasMessageContaining("stands beside a traceparent");
  }

  @Test
  void aRunWithoutOneHasItsOwn() {
    TraceContext own = TraceContext.ofRun("billing.1.f.a");
    assertThat(own).isEqualTo(TraceContext.ofRun("billing.1.f.a"));
    assertThat(own.traceId()).isNotEqualTo(TraceContext.ofRun("billing.1.f.b").traceId());
  }

  @Test
  void whatIsSpecialAboutARunTakesSomeBytes() {
    assertThat(Origin.NONE.bytes()).isZero();
    Origin all = Origin.NONE.about(Instant.EPOCH).on("a").in(TraceContext.of(PARENT));
    assertThat(all.bytes()).isGreaterThan(PARENT.length());
    assertThat(Origin.NONE.about(Instant.EPOCH).bytes()).isPositive();
    assertThat(all.instance()).isEqualTo("a");
    assertThat(all.dataTime()).isEqualTo(Instant.EPOCH);
  }
}
