package io.shardkeeper.job;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.shardkeeper.trigger.Trigger;
import java.time.Instant;
import org.junit.jupiter.api.Test;

/** A stretch of time, whose beginning belongs to it and whose end does not. */
final class PauseTest {
  private static final Instant NINE = Instant.parse("2027-01-04T09:00:00Z");
  private static final Pause HOUR = new Pause(NINE, NINE.plusSeconds(3_600), "anna", "moving", "");

  @Test
  void itIsFromItsBeginningToItsEnd() {
    assertThat(HOUR.isAt(NINE.minusNanos(1))).isFalse();
    assertThat(HOUR.isAt(NINE)).isTrue();
    assertThat(HOUR.isAt(NINE.plusSeconds(3_600))).isFalse();
    assertThat(HOUR.isOver(NINE.minusSeconds(5))).isFalse();
    assertThat(HOUR.isOver(NINE.plusSeconds(3_600))).isTrue();
    assertThat(Pause.NONE.isOver(NINE)).isTrue();
    assertThat(Pause.NONE.isAt(Trigger.NEVER)).isFalse();
  }

  @Test
  void whoResumesAJobIsNamedAndEndsThePause() {
    Pause resumed = HOUR.resumed("ben", NINE.plusSeconds(60));
    assertThat(resumed.isAt(NINE.plusSeconds(59))).isTrue();
    assertThat(resumed.isOver(NINE.plusSeconds(60))).isTrue();
    assertThat(resumed.resumedBy()).isEqualTo("ben");
  }

  @Test
  void aClockThatIsBehindSeesItFromTheMomentAtWhichItIsSeen() {
    Instant early = NINE.minusSeconds(20);
    assertThat(HOUR.seenAt(early).from()).isEqualTo(early);
    assertThat(HOUR.seenAt(early).until()).isEqualTo(HOUR.until());
    assertThat(HOUR.seenAt(NINE.plusSeconds(5))).isEqualTo(HOUR);
    Pause resumed = HOUR.resumed("ben", NINE.plusSeconds(60));
    assertThat(resumed.seenAt(NINE.plusSeconds(50)).isOver(NINE.plusSeconds(50)))
        .isTrue();
    assertThat(Pause.NONE.seenAt(NINE)).isEqualTo(Pause.NONE);
  }

  @Test
  void itTellsWhoPausedSinceWhenUntilWhenAndWhy() {
    assertThat(HOUR.sentence())
        .isEqualTo("paused by anna at 2027-01-04T09:00:00Z until 2027-01-04T10:00:00Z: moving");
    assertThat(new Pause(NINE, Trigger.NEVER, "", "", "").sentence())
        .isEqualTo("paused at 2027-01-04T09:00:00Z");
    assertThat(HOUR.resumed("ben", NINE.plusSeconds(60)).sentence())
        .isEqualTo("paused by anna at 2027-01-04T09:00:00Z: moving");
  }

  @Test
  void itsSentenceIsOneLineThatMovesNoCursor() {
    var pause =
        new Pause(NINE, Trigger.NEVER, "an\rna", "\u001b[31mAchtung –\nüber\u202e Nacht", "");
    assertThat(pause.sentence())
        .isEqualTo("paused by an\\u000dna at 2027-01-04T09:00:00Z: "
            + "\\u001b[31mAchtung –\\u000aüber\\u202e Nacht");
    assertThat(pause.note()).as("is kept as it was written").contains("\n");
  }

  @Test
  @SuppressWarnings("NullAway") // as a caller does whose compiler does not look
  void aNoteThatIsNullIsRefusedByName() {
    String none = null;
    assertThatThrownBy(() -> Pause.checkNote(none))
        .hasMessage("The note of a pause is null; where there is none, it is empty");
  }

  @Test
  void aNoteHasAnEnd() {
    assertThat(Pause.checkNote("x".repeat(Pause.NOTE))).hasSize(Pause.NOTE);
    assertThatThrownBy(() -> Pause.checkNote("x".repeat(Pause.NOTE + 1)))
        .hasMessage("The note of a pause has 501 characters; at most 500");
    assertThatThrownBy(() -> new Pause(NINE, NINE, "", "half \ud800", ""))
        .hasMessageContaining("has half a character");
  }
}
