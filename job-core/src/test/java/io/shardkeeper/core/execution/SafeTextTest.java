package io.shardkeeper.core.execution;

import static org.assertj.core.api.Assertions.assertThat;

import io.shardkeeper.job.Limits;
import java.io.IOException;
import java.io.UncheckedIOException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Texts of strangers, as they are kept. */
final class SafeTextTest {
  private static String of(Throwable thrown) {
    return SafeText.of(thrown, Executions.FAILURE_BYTES);
  }

  @Test
  void plainTextsStayAsTheyAre() {
    assertThat(SafeText.cut("Straße 17, 東京, 𝒳\nnext", 100)).isEqualTo("Straße 17, 東京, 𝒳\nnext");
  }

  @Test
  void whatControlsIsToldByItsNumber() {
    assertThat(SafeText.cut("a\tb\r\nc\u001b[2J\u0000\u0085\u007f", 200))
        .isEqualTo("a b\nc\\u001b[2J\\u0000\\u0085\\u007f");
    assertThat(SafeText.cut("\u202e\u2028\u2029\u200b\ud800\ue000\u0378", 200))
        .isEqualTo("\\u202e\\u2028\\u2029\\u200b\\ud800\\ue000\\u0378");
  }

  @Test
  void whatDoesNotFitIsCutAndMarked() {
    String cut = SafeText.cut("\"".repeat(1000), 106);
    assertThat(cut).isEqualTo("\"".repeat(50) + SafeText.MARK);
    assertThat(Limits.bytes(cut)).isEqualTo(106);
    assertThat(SafeText.cut("x".repeat(100), 106)).isEqualTo("x".repeat(100));
  }

  @Test
  void aPairIsNotCutInTwo() {
    String cut = SafeText.cut("𝒳".repeat(100), 20);
    assertThat(cut).isEqualTo("𝒳".repeat(3) + SafeText.MARK);
  }

  @Test
  void causesAreTold() {
    String text = of(
        new IllegalStateException("no account", new UncheckedIOException(new IOException("gone"))));

    assertThat(text)
        .startsWith("java.lang.IllegalStateException: no account\n  at io.shardkeeper.")
        .contains(
            "\n  ...\nCaused by: java.io.UncheckedIOException: java.io.IOException: gone\n  at ")
        .contains("\nCaused by: java.io.IOException: gone\n  at ");
  }

  @Test
  void aMessageLeavesRoomForThePlace() {
    String text = of(new IllegalStateException("x".repeat(1_000_000)));

    assertThat(text).contains("xxx [...]\n  at io.shardkeeper.");
    assertThat(Limits.bytes(text)).isLessThanOrEqualTo(Executions.FAILURE_BYTES);
  }

  @ParameterizedTest
  @ValueSource(ints = {20, 100, 1000, 4096})
  void itNeverTakesMoreThanItMay(int most) {
    Throwable deep = new IOException("\u0001".repeat(5000));
    for (int i = 0; i < 20; i++) {
      deep = new IllegalStateException("\u0001".repeat(5000), deep);
    }
    assertThat(Limits.bytes(SafeText.of(deep, most))).isLessThanOrEqualTo(most);
  }

  @Test
  void causesInACircleEnd() {
    var one = new IllegalStateException("one");
    var two = new IllegalStateException("two", one);
    one.initCause(two);

    assertThat(of(one)).containsOnlyOnce("Caused by").contains("two");
  }

  @Test
  void anExceptionWithoutMessageAndPlaceIsItsName() {
    assertThat(of(new Bare())).isEqualTo(Bare.class.getName());
  }

  private static final class Bare extends RuntimeException {
    private static final long serialVersionUID = 1;

    Bare() {
      super(null, null, false, false);
    }
  }

  @Test
  void anExceptionThatThrowsWhenAskedIsItsName() {
    assertThat(of(new Shy())).isEqualTo(Shy.class.getName());
  }

  private static final class Shy extends RuntimeException {
    private static final long serialVersionUID = 1;

    @Override
    public String getMessage() {
      throw new IllegalStateException("ask somebody else");
    }
  }
}
