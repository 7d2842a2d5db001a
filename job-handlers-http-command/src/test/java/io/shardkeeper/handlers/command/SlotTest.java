package io.shardkeeper.handlers.command;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class SlotTest {
  private static final Slot CHOICE = new Slot(new Slot.Type.Choice(List.of("s3", "disk")), null);
  private static final Slot DATE = new Slot(new Slot.Type.Date(), null);
  private static final Slot NUMBER = new Slot(new Slot.Type.Whole(-5, 100), null);

  private static Slot text(String pattern) {
    return new Slot(new Slot.Type.Text(Pattern.compile(pattern)), null);
  }

  @Test
  void aChoiceIsOneOfItsWords() {
    CHOICE.check("disk");
    assertThatThrownBy(() -> CHOICE.check("s3 "))
        .hasMessage("found 's3 '; one of s3, disk comes here");
    assertThatThrownBy(() -> CHOICE.check("S3")).hasMessageContaining("one of s3, disk");
  }

  @ParameterizedTest
  @ValueSource(strings = {"2026-01-31", "2024-02-29", "0001-01-01", "9999-12-31"})
  void aDayIsADay(String day) {
    DATE.check(day);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "2026-1-31",
        "2026-02-30",
        "2025-02-29",
        "20260131",
        "2026-01-31 ",
        "+2026-01-31",
        "-2026-01-31",
        "12026-01-31",
        "today",
        "٢٠٢٦-٠١-٣١",
        "2026-01-31\n"
      })
  void anythingElseIsNone(String text) {
    assertThatThrownBy(() -> DATE.check(text)).hasMessageContaining("a day such as 2026-01-31");
  }

  @ParameterizedTest
  @ValueSource(strings = {"0", "100", "-5", "7"})
  void aNumberLiesInItsRange(String number) {
    NUMBER.check(number);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "101",
        "-6",
        "007",
        "+7",
        "-0",
        "1e2",
        "7.0",
        " 7",
        "7\n",
        "0x7",
        "٧",
        "99999999999999999999",
        "-"
      })
  void andIsWrittenAsOne(String text) {
    assertThatThrownBy(() -> NUMBER.check(text))
        .hasMessageContaining("a whole number from -5 to 100 comes here");
  }

  @Test
  void aTextIsMatchedAsAWhole() {
    text("[a-z]{1,3}").check("abc");
    for (String wrong : List.of("", "abcd", "abc\n", "\nabc", "ab1")) {
      assertThatThrownBy(() -> text("[a-z]{1,3}").check(wrong))
          .hasMessageContaining("a text that matches [a-z]{1,3} comes here");
    }
    assertThatThrownBy(() -> text("^a$").check("a\n")).isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> text("(?s).*").check("a\0")).hasMessageContaining("a NUL");
    assertThatThrownBy(() -> text("(?s).*").check("a".repeat(4_097)))
        .hasMessage("found 4097 characters; at most 4096 come here");
  }

  @Test
  void aPatternThatDoesNotComeToAnEndIsToldSo() {
    assertThatThrownBy(() -> text("(.*)*(.*)*(.*)*x").check("a".repeat(4_000)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining(
            "with which the pattern (.*)*(.*)*(.*)*x has come to no end after 1000000 looks at its characters; a pattern that repeats")
        .hasMessageNotContaining("a text that matches");
  }

  @Test
  void soIsOneThatIsTooDeepForItsStack() throws Exception {
    var told = new AtomicReference<Throwable>();
    var shallow = new Thread(
        null,
        () -> told.set(catchThrowable(() -> text("(a|b)*").check("a".repeat(4_000)))),
        "shallow",
        200_000);
    shallow.start();
    shallow.join();
    assertThat(told.get())
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining(
            "with which the pattern (a|b)* has come to no end with the stack of its thread");
  }
}
