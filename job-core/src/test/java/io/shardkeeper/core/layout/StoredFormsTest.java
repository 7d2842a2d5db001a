package io.shardkeeper.core.layout;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.shardkeeper.core.json.NewerFormatException;
import io.shardkeeper.core.ledger.Bytes;
import io.shardkeeper.core.mail.Box;
import io.shardkeeper.core.mail.Command;
import io.shardkeeper.core.mail.Inbox;
import io.shardkeeper.core.mail.Report;
import io.shardkeeper.core.mail.Ticket;
import io.shardkeeper.core.mail.Told;
import io.shardkeeper.handler.Cancellation;
import io.shardkeeper.run.Origin;
import io.shardkeeper.run.Outcome;
import io.shardkeeper.run.TraceContext;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Function;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What is stored is read as it was written, by this version and by a newer one; what is damaged is refused as that. */
final class StoredFormsTest {
  private static final int PLAYS = 200;
  private static final int DAMAGES = 2_000;

  /** Each kind of node. */
  @SuppressWarnings("ImmutableEnumChecker") // functions without state
  enum Form {
    TICKET(Form::ticket, each -> ((Ticket) each).bytes(), Ticket::read),
    REPORT(Form::report, each -> ((Report) each).bytes(), Report::read),
    INBOX(Form::inbox, each -> ((Inbox) each).bytes(), Inbox::read),
    CURSOR(Form::cursor, each -> ((Cursor) each).bytes(), Cursor::read),
    PARKED(Form::parked, each -> ((Parked) each).bytes(), Parked::read),
    COMMAND(Form::command, each -> ((Command) each).bytes(), Command::read),
    BOX(Form::box, each -> ((Box) each).bytes(), Box::read),
    INSTANCE(
        Form::instance, each -> ((Instance) each).bytes(), data -> Instance.read("one-1", data));

    private final Function<SplittableRandom, Object> some;
    private final Function<Object, Bytes> write;
    private final Function<Bytes, Object> read;

    Form(
        Function<SplittableRandom, Object> some,
        Function<Object, Bytes> write,
        Function<Bytes, Object> read) {
      this.some = some;
      this.write = write;
      this.read = read;
    }

    private static Instant instant(SplittableRandom random) {
      return switch (random.nextInt(5)) {
        case 0 -> Instant.EPOCH.plusNanos(random.nextLong(1_000_000));
        case 1 -> Instant.ofEpochMilli(random.nextLong(4_000_000_000_000L));
        case 2 -> Instant.ofEpochSecond(random.nextLong(1L << 50) - (1L << 49));
        case 3 -> Instant.parse("0001-01-01T00:00:00Z").plusNanos(1);
        default ->
          Instant.ofEpochSecond(random.nextLong(4_000_000_000L), random.nextLong(1_000_000_000));
      };
    }

    private static String text(SplittableRandom random) {
      List<String> texts = List.of("", "plain", "\"\\\n\u2028<&>", "grüße 😀", "{}[],:", "null");
      return texts.get(random.nextInt(texts.size()));
    }

    private static Map<String, String> texts(SplittableRandom random) {
      var texts = new TreeMap<String, String>();
      for (int i = random.nextInt(3); i > 0; i--) {
        texts.put("key" + i + text(random), text(random));
      }
      return texts;
    }

    private static RunPlan run(SplittableRandom random) {
      Instant scheduled = instant(random);
      String job = "job." + random.nextInt(3);
      long generation = random.nextLong(1 << 20);
      RunId id = switch (random.nextInt(3)) {
        case 0 -> RunId.fire(job, generation, scheduled);
        case 1 -> RunId.delay(job, generation, instant(random));
        default -> RunId.request(job, generation, "c-1-x-" + random.nextInt(9));
      };
      return new RunPlan(
          id,
          random.nextInt(9),
          random.nextInt(4),
          scheduled,
          texts(random),
          new RunPlan.Traits(random.nextBoolean(), random.nextBoolean()),
          origin(random));
    }

    private static Origin origin(SplittableRandom random) {
      Origin origin = random.nextBoolean() ? Origin.NONE : Origin.NONE.on("a-" + random.nextInt(3));
      origin = random.nextBoolean() ? origin : origin.about(instant(random));
      return random.nextBoolean()
          ? origin
          : new Origin(
              "billing.1.f.a",
              origin.dataTime(),
              origin.instance(),
              new TraceContext(
                  TraceContext.ofRun("run " + random.nextInt(9)).traceparent(),
                  "a=\"" + random.nextInt(9)));
    }

    private static Assignment assignment(SplittableRandom random) {
      RunPlan run = run(random);
      int deaths = random.nextInt(3);
      return new Assignment(
          run,
          random.nextInt(10_000),
          random.nextInt(3),
          1 + random.nextInt(4),
          deaths,
          random.nextInt(deaths + 1),
          random.nextBoolean() ? run.scheduledAt() : instant(random),
          random.nextLong());
    }

    private static Object ticket(SplittableRandom random) {
      List<Ticket.Message> messages = new ArrayList<>();
      if (random.nextBoolean()) {
        messages.add(new Ticket.Message.End(run(random).id(), Cancellation.Reason.KILLED));
        messages.add(new Ticket.Message.End(
            run(random).id(), random.nextInt(100), Cancellation.Reason.COVERED));
        messages.add(new Ticket.Message.Drop("job", random.nextLong()));
        messages.add(new Ticket.Message.Recall("job", random.nextLong(), random.nextBoolean()));
        messages.add(new Ticket.Message.Drain());
        messages.add(new Ticket.Message.Leave());
      }
      return new Ticket(
          random.nextLong(),
          instant(random),
          oneOfEachJob(some(random, Form::assignment), each -> each),
          messages);
    }

    private static Object report(SplittableRandom random) {
      return new Report(instant(random), oneOfEachJob(some(random, Form::told), Told::what));
    }

    private static Told told(SplittableRandom random) {
      Assignment what = assignment(random);
      Outcome[] outcomes = Outcome.values();
      return switch (random.nextInt(5)) {
        case 0 -> new Told.HandedBack(what, text(random));
        case 2 -> new Told.Overran(what, "a-" + text(random), instant(random), instant(random));
        case 1 -> new Told.Returned(what, instant(random));
        default ->
          new Told.Ended(
              what,
              outcomes[random.nextInt(outcomes.length)],
              text(random),
              random.nextBoolean() ? "" : text(random),
              instant(random),
              instant(random),
              random.nextBoolean(),
              Duration.ofMillis(random.nextBoolean() ? 0 : random.nextLong(1 << 30)));
      };
    }

    private static Object inbox(SplittableRandom random) {
      return new Inbox(
          random.nextLong(),
          new TreeSet<>(some(random, SplittableRandom::nextLong)),
          new TreeSet<>(some(random, SplittableRandom::nextLong)));
    }

    private static Object cursor(SplittableRandom random) {
      Instant at = instant(random);
      return random.nextBoolean()
          ? new Cursor(at, at, "", at, random.nextLong(), random.nextLong())
          : new Cursor(
              at, instant(random), "job", instant(random), random.nextLong(), random.nextLong());
    }

    private static Object parked(SplittableRandom random) {
      List<Parked.Item> items = new ArrayList<>();
      items.addAll(oneOfEachJob(
          some(
              random,
              from -> new Parked.Shard(assignment(from), cause(from), text(from), text(from))),
          Parked.Shard::what));
      items.addAll(some(
          random,
          from -> new Parked.Start(
              run(from), instant(from), some(from, each -> each.nextInt(9)), cause(from))));
      return new Parked(items);
    }

    private static Parked.Wait cause(SplittableRandom random) {
      Parked.For[] all = Parked.For.values();
      return new Parked.Wait(all[random.nextInt(all.length)], instant(random), text(random));
    }

    private static Object command(SplittableRandom random) {
      return new Command(text(random), some(random, from -> switch (from.nextInt(5)) {
        case 0 -> new Command.Request.Kill(run(from).id());
        case 1 -> new Command.Request.Await(run(from).id());
        case 2 -> new Command.Request.Drain("a-" + from.nextInt(9));
        default ->
          new Command.Request.Start(
              "job",
              texts(from),
              some(from, each -> each.nextInt(9)),
              Duration.ofNanos(from.nextLong(1L << 50)),
              text(from),
              from.nextBoolean(),
              origin(from));
      }));
    }

    private static Object box(SplittableRandom random) {
      Box box = Box.EMPTY;
      Box.Answer.Kind[] kinds = Box.Answer.Kind.values();
      Outcome[] outcomes = Outcome.values();
      for (int i = random.nextInt(5); i > 0; i--) {
        box = box.with(
            random.nextLong(1_000),
            some(
                random,
                from -> new Box.Answer(
                    kinds[from.nextInt(kinds.length)],
                    run(from).id().text(),
                    outcomes[from.nextInt(outcomes.length)],
                    text(from))));
      }
      return box;
    }

    private static Object instance(SplittableRandom random) {
      return new Instance(
          "one-1",
          text(random),
          text(random),
          new TreeMap<>(texts(random)),
          new TreeMap<>(texts(random)),
          random.nextInt(),
          text(random),
          random.nextBoolean());
    }

    private static <T> List<T> some(SplittableRandom random, Function<SplittableRandom, T> one) {
      List<T> all = new ArrayList<>();
      for (int i = random.nextInt(4); i > 0; i--) {
        all.add(one.apply(random));
      }
      return all;
    }

    /** Rows are stored by job: an order in which groups do not stand together is not kept, and nobody needs it. */
    private static <T> List<T> oneOfEachJob(List<T> all, Function<T, Assignment> what) {
      var seen = new TreeSet<String>();
      return all.stream()
          .filter(each -> seen.add(what.apply(each).run().id().job()))
          .toList();
    }
  }

  @ParameterizedTest
  @EnumSource
  void whatIsWrittenIsRead(Form form) {
    for (long seed = 1; seed <= PLAYS; seed++) {
      Object some = form.some.apply(new SplittableRandom(seed));
      assertThat(form.read.apply(form.write.apply(some))).as("seed %d", seed).isEqualTo(some);
    }
  }

  @ParameterizedTest
  @EnumSource
  void whatANewerVersionAddsIsSkipped(Form form) {
    for (long seed = 1; seed <= PLAYS; seed++) {
      Object some = form.some.apply(new SplittableRandom(seed));
      String text = form.write.apply(some).text();
      String newer = "{\"more\":{\"deep\":[1,null,{\"x\":\"y\"}]}," + text.substring(1);
      assertThat(form.read.apply(Bytes.of(newer))).as("seed %d", seed).isEqualTo(some);
    }
  }

  @ParameterizedTest
  @EnumSource
  void whatOnlyANewerVersionUnderstandsIsRefused(Form form) {
    Bytes newer = Bytes.of("{\"v\":9,\"minReader\":9}");
    assertThat(catchThrowable(() -> form.read.apply(newer)))
        .isInstanceOf(NewerFormatException.class)
        .hasMessageContaining("9")
        .hasMessageContaining("1");
  }

  @ParameterizedTest
  @EnumSource
  void whatIsCutOffIsRefused(Form form) {
    for (long seed = 1; seed <= PLAYS; seed++) {
      var random = new SplittableRandom(seed);
      String text = form.write.apply(form.some.apply(random)).text();
      String cut = text.substring(0, 1 + random.nextInt(text.length() - 1));
      assertThatIllegalArgumentException()
          .as("seed %d: %s", seed, cut)
          .isThrownBy(() -> form.read.apply(Bytes.of(cut)));
    }
  }

  @ParameterizedTest
  @EnumSource
  void whatStandsBehindTheEndIsRefused(Form form) {
    String text = form.write.apply(form.some.apply(new SplittableRandom(1))).text();
    assertThatIllegalArgumentException().isThrownBy(() -> form.read.apply(Bytes.of(text + "}")));
    assertThatIllegalArgumentException().isThrownBy(() -> form.read.apply(Bytes.of(text + text)));
  }

  /** Whatever was changed, it is read or refused as damaged, and what was read can be written again. */
  @ParameterizedTest
  @EnumSource
  void damageNeverDoesMoreThanToBeRefused(Form form) {
    List<String> pieces = List.of(
        "-1",
        "\"\"",
        "null",
        "9223372036854775807",
        "-9223372036854775808",
        "1e400",
        "0.5",
        "[]",
        "{}",
        "true",
        "\"/\"",
        "2000000000",
        "1.0e99",
        "");
    for (long seed = 1; seed <= DAMAGES; seed++) {
      var random = new SplittableRandom(seed);
      String text = form.write.apply(form.some.apply(random)).text();
      int from = random.nextInt(text.length());
      while (from > 0 && ":,[".indexOf(text.charAt(from - 1)) < 0) {
        from--;
      }
      int to = from;
      while (to < text.length() && ",]}".indexOf(text.charAt(to)) < 0) {
        to++;
      }
      String piece = pieces.get(random.nextInt(pieces.size()));
      String damaged = text.substring(0, from) + piece + text.substring(to);
      Throwable thrown = catchThrowable(() -> form.write.apply(form.read.apply(Bytes.of(damaged))));
      if (thrown != null) {
        assertThat(thrown)
            .as("seed %d: %s", seed, damaged)
            .isInstanceOf(IllegalArgumentException.class);
      }
    }
  }

  @Test
  void nothingIsNoBoxButAnEmptyOne() {
    assertThat(Box.read(Bytes.NONE)).isEqualTo(Box.EMPTY);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        ".",
        "...",
        "bill",
        "bill.1.f",
        "bill.1.f.",
        "bill.1.z.x",
        "b/l.1.f.x",
        ".1.f.x",
        "bill.!.f.x",
        "bill.1.ff.x",
        "bill.1.f.a b",
        "bill.zzzzzzzzzzzzzzzzz.f.x"
      })
  void whatIsNoRunIdIsRefused(String text) {
    assertThatIllegalArgumentException().isThrownBy(() -> RunId.parse(text));
  }

  @Test
  void aRunIdIsReadAsItWasWritten() {
    for (long seed = 1; seed <= PLAYS; seed++) {
      RunId id = Form.run(new SplittableRandom(seed)).id();
      assertThat(RunId.parse(id.text())).as("seed %d", seed).isEqualTo(id);
    }
  }

  @Test
  void theMarkOfAnInstantIsItsOwn() {
    List<Instant> instants = List.of(
        Instant.MIN,
        Instant.MIN.plusNanos(1),
        Instant.EPOCH.minusNanos(1),
        Instant.EPOCH,
        Instant.EPOCH.plusNanos(1),
        Instant.MAX.minusNanos(1),
        Instant.MAX);
    assertThat(instants).extracting(RunId::mark).doesNotHaveDuplicates();
    assertThat(instants).allSatisfy(at -> {
      RunId id = RunId.fire("bill", 1, at);
      assertThat(RunId.parse(id.text())).isEqualTo(id);
      instants.forEach(other -> assertThat(id.isOf(other)).isEqualTo(other.equals(at)));
    });
  }

  @Test
  void aMarkIsThatOfAnInstantOrIsNot() {
    for (long seed = 1; seed <= 10 * PLAYS; seed++) {
      var random = new SplittableRandom(seed);
      Instant at = Form.instant(random);
      RunId id = RunId.fire("bill", 1, at);
      assertThat(id.isOf(at)).as("seed %d", seed).isTrue();
      assertThat(id.isOf(at.plusNanos(36))).as("seed %d", seed).isFalse();
      assertThat(RunId.request("bill", 1, "0" + id.mark()).isOf(at)).isFalse();
      assertThat(RunId.request("bill", 1, "1" + id.mark()).isOf(at)).isFalse();
      assertThat(RunId.request("bill", 1, id.mark().substring(1) + "-").isOf(at))
          .isFalse();
    }
  }

  @Test
  void aStampIsReadAsItWasWrittenByAnyBase() {
    for (long seed = 1; seed <= 10 * PLAYS; seed++) {
      var random = new SplittableRandom(seed);
      Instant base = Form.instant(random);
      Instant at = Form.instant(random);
      assertThat(Stamp.read(Stamp.of(at))).as("seed %d", seed).isEqualTo(at);
      assertThat(Stamp.read(base, Stamp.of(base, at))).as("seed %d", seed).isEqualTo(at);
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "soon",
        "1e3",
        "1.0000000001",
        "9223372036854775808",
        "NaN",
        "--1",
        "9223372036854775807",
        "-9223372036854775808",
        "1.0e999999999"
      })
  void whatIsNoStampIsRefused(String number) {
    assertThatIllegalArgumentException().isThrownBy(() -> Stamp.read(number));
  }
}
