package io.shardkeeper.core.history;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.shardkeeper.core.json.NewerFormatException;
import io.shardkeeper.core.ledger.Bytes;
import io.shardkeeper.core.ledger.Transaction;
import io.shardkeeper.job.Limits;
import io.shardkeeper.run.Outcome;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

final class SegmentTest {
  private static final List<String> JOBS = List.of("billing", "mail.daily", "x");

  @Test
  void aSegmentIsReadable() {
    Bytes segment = Segment.write(List.of(
        Histories.ok("billing", 1), Histories.failed("billing", 2), Histories.skip("mail", 0, 3)));

    assertThat(segment.text())
        .isEqualTo(
            "{\"v\":1,\"minReader\":1,\"base\":1767603600000,\"instances\":[\"a-7f3k\"],"
                + "\"jobs\":[{\"job\":\"billing\",\"generation\":7,\"revision\":3,\"runs\":["
                + "{\"at\":60000,\"st\":2,\"by\":217,\"p\":[{\"i\":0,\"e\":203}]},"
                + "{\"at\":120000,\"st\":2,\"by\":217,\"o\":\"FAILED\",\"why\":\"because\",\"p\":[{\"i\":0,\"e\":203}]}]},"
                + "{\"job\":\"mail\",\"generation\":7,\"skips\":["
                + "{\"at\":0,\"to\":180000,\"by\":180950,\"n\":4,\"o\":\"SKIPPED_PAUSED\",\"why\":\"paused by ann\"}]}]}");
  }

  @Test
  void whatWasWrittenIsReadAgain() {
    long seed = Histories.seed();
    var random = new Random(seed);
    for (int round = 0; round < 500; round++) {
      var entries = new ArrayList<Entry>();
      for (int i = random.nextInt(30); i > 0; i--) {
        entries.add(Histories.anything(random, JOBS));
      }
      Bytes segment = Segment.write(entries);

      assertThat(Segment.read(segment))
          .as("seed %d", seed)
          .containsExactlyInAnyOrderElementsOf(entries);
      assertThat(Segment.write(Segment.read(segment)))
          .as("seed %d: again", seed)
          .isEqualTo(Segment.write(Segment.read(Segment.write(Segment.read(segment)))));
      assertThat(segment.length())
          .as("seed %d: the estimate is an upper one", seed)
          .isLessThanOrEqualTo((int) Gauge.of(entries))
          .isLessThanOrEqualTo(entries.stream().mapToInt(Segment::bytes).sum() + 100);
    }
  }

  @Test
  void aPlainRunTakesFewBytes() {
    var runs = new ArrayList<Entry>();
    for (int i = 0; i < 1_000; i++) {
      runs.add(Histories.ok("billing", i));
    }
    int bytes = Segment.write(runs).length();

    assertThat(bytes / 1_000).isLessThan(65);
    assertThat((double) Gauge.of(runs) / bytes)
        .as("the estimate is not far off")
        .isLessThan(1.5);
  }

  @Test
  void aSegmentOfANewerFormatIsLeftAlone() {
    assertThatThrownBy(() -> read("{'v':3,'minReader':2,'jobs':'of another kind'}"))
        .isInstanceOf(NewerFormatException.class)
        .hasMessageContaining("format 2");
  }

  @Test
  void fieldsOfANewerVersionAreSkipped() {
    String segment = Segment.write(List.of(
            Histories.failed("billing", 1),
            Histories.skip("billing", 2, 3),
            Entry.Sum.of(Histories.ok("billing", 0))))
        .text();
    String more = segment
        .replace("{\"at\"", "{\"new\":[{\"a\":1}],\"at\"")
        .replace("{\"i\"", "{\"new\":null,\"i\"")
        .replace("{\"job\"", "{\"new\":true,\"job\"")
        .replace("\"minReader\"", "\"new\":{},\"minReader\"")
        .replace("\"v\":1", "\"v\":2");

    assertThat(Segment.read(Bytes.of(more))).isEqualTo(Segment.read(Bytes.of(segment)));
  }

  @Test
  void damageIsTold() {
    assertDamaged("", "not JSON from line 1 column 1 on");
    assertDamaged("[]", "BEGIN_OBJECT");
    assertDamaged("{}", "tells no format");
    assertDamaged("{'jobs':[],'minReader':1}", "tells no format");
    assertDamaged("{'minReader':1} {}", "not JSON from line 1 column");
    assertDamaged("{'minReader':1,'jobs':[{'job':'a','runs':[{}]}]}", "without its job, instant");
    assertDamaged("{'minReader':1,'jobs':[{'runs':[{'at':1}]}]}", "without its job");
    assertDamaged("{'minReader':1,'jobs':[{'job':'a','runs':[{'at':'1'}]}]}", "found STRING");
    assertDamaged("{'minReader':1,'jobs':[{'job':'a','runs':[{'at':1e3}]}]}", "1e3");
    assertDamaged(
        "{'minReader':1,'jobs':[{'job':'a','runs':[{'at':1,'o':'FINE'}]}]}", "no outcome");
    assertDamaged("{'minReader':1,'jobs':[{'job':'a','runs':[{'at':1,'k':'X'}]}]}", "Kind.X");
    assertDamaged("{'minReader':1,'jobs':[{'job':'a','skips':[{'at':1}]}]}", "outcome");
    assertDamaged(
        "{'minReader':1,'jobs':[{'job':'a','runs':[{'at':99999999999999999}]}]}", "overflow");
    assertDamaged(
        "{'minReader':1,'jobs':[{'job':'a','runs':[{'at':1,'p':[{'i':0}]}]}]}", "instance 0 of 0");
    String whole = Segment.write(List.of(Histories.ok("billing", 1))).text();
    for (int i = 0; i < whole.length(); i++) {
      Bytes torn = Bytes.of(whole.substring(0, i));
      assertThatIllegalArgumentException().as(torn.text()).isThrownBy(() -> Segment.read(torn));
    }
  }

  private static void assertDamaged(String text, String why) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> read(text))
        .withMessageStartingWith("Segment of the history: it is damaged: ")
        .withMessageContaining(why);
  }

  private static List<Entry> read(String text) {
    return Segment.read(Bytes.of(text.replace('\'', '"')));
  }

  @Test
  void anItemIsNotTooLarge() {
    Segment.write(List.of(failedWith("x".repeat(Limits.ITEM_BYTES))));
    assertThatIllegalArgumentException()
        .isThrownBy(() ->
            Segment.write(List.of(failedWith("\u0001".repeat(Limits.ITEM_BYTES / 6 + 1)))))
        .withMessageContaining("billing.7.f.")
        .withMessageContaining("65538 bytes; at most 65536");
  }

  private static Entry.Run failedWith(String reason, Entry.Part... parts) {
    Entry.Run run = Histories.failed("billing", 1);
    return new Entry.Run(
        run.id(),
        1,
        run.scheduledAt(),
        run.started(),
        run.decided(),
        run.outcome(),
        reason,
        1,
        List.of(parts));
  }

  @Test
  void segmentsAreCutToSize() {
    var entries = new ArrayList<Entry>();
    for (int i = 0; i < 5_000; i++) {
      entries.add(Histories.ok("job-" + i / 100, i));
    }
    List<List<Entry>> cut = Segment.cut(entries, 20_000);

    assertThat(cut).hasSizeBetween(15, 40);
    assertThat(cut).allMatch(each -> Segment.write(each).length() <= 20_000);
    assertThat(cut.stream().flatMap(List::stream).toList()).isEqualTo(entries);
    assertThat(Segment.cut(List.of(), 20_000)).isEmpty();
  }

  @Test
  void whatIsLargerThanASegmentHasOneForItself() {
    Entry large = failedWith("x".repeat(40_000));
    Entry small = Histories.ok("billing", 1);

    assertThat(Segment.cut(List.of(small, large, small), 20_000))
        .containsExactly(List.of(small), List.of(large), List.of(small));
  }

  @Test
  void whatIsLargerThanANodeIsRefused() {
    var part = new Entry.Part(
        0,
        "a",
        1,
        Outcome.FAILED,
        Histories.NINE,
        Histories.NINE,
        "x".repeat(Transaction.NODE_BYTES / 5));

    assertThatIllegalArgumentException()
        .isThrownBy(
            () -> Segment.cut(List.of(failedWith("", part, part, part, part, part, part)), 20_000))
        .withMessageContaining("job 'billing'")
        .withMessageContaining("at most 262144 fit into a node");
  }

  @Test
  void sumsAddUp() {
    Entry.Sum ok = Entry.Sum.of(Histories.ok("billing", 5));
    Entry.Sum skips = Entry.Sum.of(Histories.skip("billing", 1, 3));
    Entry.Sum both = ok.plus(skips);

    assertThat(both).isEqualTo(skips.plus(ok)).isEqualTo(Entry.Sum.of(both));
    assertThat(both.counts())
        .isEqualTo(
            new TreeMap<>(java.util.Map.of(Outcome.SUCCEEDED, 1L, Outcome.SKIPPED_PAUSED, 3L)));
    assertThat(both.first()).isEqualTo(Histories.minute(1));
    assertThat(both.last()).isEqualTo(Histories.minute(5));
    assertThat(both.decided()).isEqualTo(Histories.minute(5).plusMillis(217));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> ok.plus(Entry.Sum.of(Histories.ok("mail", 1))))
        .withMessageContaining("only what is of the same job");
  }

  @Test
  void whatIsTooMuchToCountStaysSo() {
    var all = new Entry.Skip(
        "billing",
        7,
        Histories.NINE,
        Histories.minute(9),
        -1,
        Histories.NINE,
        Outcome.SKIPPED_PAUSED,
        "");
    Entry.Sum sum = Entry.Sum.of(all).plus(Entry.Sum.of(Histories.skip("billing", 20, 30)));

    assertThat(sum.counts()).containsEntry(Outcome.SKIPPED_PAUSED, -1L);
  }
}
