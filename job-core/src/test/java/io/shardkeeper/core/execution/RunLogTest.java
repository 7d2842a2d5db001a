package io.shardkeeper.core.execution;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.shardkeeper.contract.HandLoop;
import io.shardkeeper.contract.HandWorkers;
import io.shardkeeper.core.execution.Executions.Patience;
import io.shardkeeper.core.execution.Executions.Workshop;
import io.shardkeeper.core.layout.Assignment;
import io.shardkeeper.core.loop.Listeners;
import io.shardkeeper.core.mail.LogEnd;
import io.shardkeeper.core.mail.Told;
import io.shardkeeper.handler.Cancellation;
import io.shardkeeper.handler.Handlers;
import io.shardkeeper.handler.JobHandler;
import io.shardkeeper.handler.Result;
import io.shardkeeper.run.Outcome;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.slf4j.Logger;
import org.slf4j.event.Level;

/** What an execution says of itself, and what is left of it. */
final class RunLogTest {
  private static final Instant NOW = Instant.parse("2026-11-22T09:50:52.123456Z");

  /** Keeps in memory what is written. */
  private static final class Kept implements RunLogs, RunLogs.Sheet {
    final StringBuilder text = new StringBuilder();

    @Nullable
    Assignment opened;

    int closed;

    @Override
    public Sheet open(Assignment what) {
      opened = what;
      return this;
    }

    @Override
    public Optional<Page> read(String run, int shard, int attempt, long offset, int most) {
      return Optional.empty();
    }

    @Override
    public void write(byte[] entry) {
      assertThat(RunLog.ofThisThread())
          .as("what it may log itself is not added")
          .isEmpty();
      text.append(new String(entry, UTF_8));
    }

    @Override
    public void close() {
      closed++;
    }
  }

  private final Kept kept = new Kept();
  private final RunLog log = new RunLog(() -> NOW, RunLog.TAIL_BYTES, kept);

  @Test
  void anEntryHasItsTimeAndItsLevel() {
    log.append(Level.INFO, "settled 17 accounts", null);
    log.append(Level.ERROR, "größer als 3 €", null);

    assertThat(kept.text).hasToString("""
        2026-11-22T09:50:52.123Z INFO  settled 17 accounts
        2026-11-22T09:50:52.123Z ERROR größer als 3 €
        """);
    assertThat(log.tail()).isEqualTo(kept.text.toString().stripTrailing());
  }

  @Test
  void noTextLooksLikeAnEntryOrMovesACursor() {
    log.append(Level.WARN, "one\ttab\n2026-11-22T09:50:52.123Z INFO  forged\r\u001b[2J", null);

    assertThat(kept.text).hasToString("""
        2026-11-22T09:50:52.123Z WARN  one\ttab
            2026-11-22T09:50:52.123Z INFO  forged\\u001b[2J
        """);
  }

  @Test
  void whatIsTooLongForAnEntryIsVisiblyCut() {
    log.append(Level.INFO, "x".repeat(RunLog.ENTRY_BYTES + 1), null);

    assertThat(kept.text.toString().strip()).endsWith("xxx" + SafeText.MARK);
    assertThat(kept.text.length())
        .isEqualTo(RunLog.ENTRY_BYTES + "2026-11-22T09:50:52.123Z INFO  \n".length());
  }

  @Test
  void anExceptionIsToldWithItsPlaces() {
    log.append(
        Level.ERROR, "no answer", new IllegalStateException("late", new RuntimeException("why")));

    assertThat(kept.text.toString().lines())
        .hasSizeGreaterThan(14) // more than a report has room for
        .startsWith(
            "2026-11-22T09:50:52.123Z ERROR no answer", "    java.lang.IllegalStateException: late")
        .contains("    Caused by: java.lang.RuntimeException: why")
        .anyMatch(line -> line.startsWith("      at ") && line.contains("RunLogTest"));
  }

  @Test
  void anExceptionThatThrowsHarmsNobody() {
    log.append(Level.ERROR, "no answer", new IllegalStateException() {
      private static final long serialVersionUID = 1L;

      @Override
      public String getMessage() {
        throw new UnsupportedOperationException();
      }
    });

    assertThat(kept.text.toString()).contains("RunLogTest$");
  }

  @Test
  void behindItsEndNothingIsKept() {
    log.append(Level.INFO, "first", null);
    log.close();
    log.append(Level.INFO, "late", null);

    assertThat(kept.text.toString()).contains("first").doesNotContain("late");
    assertThat(log.tail()).contains("first").doesNotContain("late");
    assertThat(kept.closed).isEqualTo(1);
  }

  // ------------------------------------------------------------------ the end of it

  private static String tail(int most, String... entries) {
    var tail = new Tail(most);
    for (String entry : entries) {
      tail.add((entry + "\n").getBytes(UTF_8));
    }
    return tail.text();
  }

  @Test
  void theTailIsAllAsLongAsThatFits() {
    assertThat(tail(20)).isEmpty();
    assertThat(tail(8, "one", "two")).isEqualTo("one\ntwo");
  }

  @Test
  void theTailBeginsWithALineAndSaysThatSomethingIsMissing() {
    assertThat(tail(18, "zero", "one", "three", "four")).isEqualTo("[… 17 bytes]ur");
    assertThat(tail(22, "zero and one", "four")).isEqualTo("zero and one\nfour");
    assertThat(tail(22, "zero and", "one, two, and", "four")).isEqualTo("[… 23 bytes]\nfour");
    assertThat(tail(30, "zero and", "one, two, and", "three", "four"))
        .isEqualTo("[… 23 bytes]\nthree\nfour");
  }

  @Test
  void aLineThatIsLongerThanTheTailIsCutBetweenCharacters() {
    assertThat(tail(21, "0123456789 123456789€€")).isEqualTo("[… 23 bytes]€");
    assertThat(tail(25, "0123456789 123456789€€")).isEqualTo("[… 17 bytes]789€€");
  }

  @Test
  void aTailWithoutRoomIsEmpty() {
    assertThat(tail(0, "one")).isEmpty();
    assertThat(tail(4, "one", "two")).isEmpty();
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new Workshop((name, body) -> () -> {}, RunLogs.NONE, -1))
        .withMessageContaining("-1");
  }

  @Test
  void theTailIsAlwaysTheEndOfWhatWasSaid() {
    long seed = System.nanoTime();
    var random = new Random(seed);
    for (int i = 0; i < 500; i++) {
      int most = random.nextInt(200);
      var tail = new Tail(most);
      var all = new StringBuilder();
      for (int entries = random.nextInt(20); entries > 0; entries--) {
        String entry = entry(random) + "\n";
        all.append(entry);
        tail.add(entry.getBytes(UTF_8));
      }
      String text = tail.text();
      assertThat(text.getBytes(UTF_8).length).as("seed %d", seed).isLessThanOrEqualTo(most);
      LogEnd end = LogEnd.read(text);
      String said = end.text();
      assertThat(all.toString().stripTrailing()).as("seed %d", seed).endsWith(said.stripTrailing());
      if (!said.isEmpty()) {
        byte[] bytes = all.toString().getBytes(UTF_8);
        int length = said.getBytes(UTF_8).length;
        assertThat(new String(bytes, (int) end.leftOut(), length, UTF_8))
            .as("seed %d", seed)
            .isEqualTo(said);
      }
      assertThat(said).as("seed %d", seed).doesNotContain("\uFFFD");
    }
  }

  private static String entry(Random random) {
    var entry = new StringBuilder();
    for (int i = random.nextInt(40); i > 0; i--) {
      entry.appendCodePoint(new int[] {'a', 'ä', '€', 0x1F600}[random.nextInt(4)]);
    }
    return entry.toString();
  }

  // ------------------------------------------------------------------ in an execution

  private final HandLoop loop = new HandLoop();
  private final HandWorkers workers = new HandWorkers();
  private final List<Told.Ended> ended = new ArrayList<>();

  private Executions executions(JobHandler.Work work) {
    var executions = new Executions(
        loop,
        new Workshop(workers, kept, RunLog.TAIL_BYTES),
        Handlers.of(JobHandler.of("settle", "Settles", work)),
        Patience.DEFAULT,
        1,
        loop::wall,
        new Executions.Listener() {
          @Override
          public void ended(Told.Ended told) {
            ended.add(told);
          }

          @Override
          public void returned(Told.Returned told) {}

          @Override
          public void handedBack(Told.HandedBack told) {}

          @Override
          public void slotFree() {}
        },
        Listeners.none());
    executions.leaseBegins(loop.nanos() + 3_600_000_000_000L);
    executions.start(Stage.shard(1), Stage.JOB, 7);
    return executions;
  }

  private void run() {
    workers.last().run();
    loop.turn();
    assertThat(ended)
        .extracting(Told.Ended::outcome)
        .as("%s", ended)
        .containsOnly(Outcome.SUCCEEDED);
  }

  @Test
  void whatAHandlerLogsIsKeptWhateverTheApplicationDoesWithIt() {
    executions(context -> {
      Logger log = context.log();
      assertThat(log.isInfoEnabled()).isTrue();
      assertThat(log.isDebugEnabled()).as("nobody listens here").isFalse();
      log.info("{} of {}", 1, 3);
      log.warn("bad", new IllegalStateException("news"));
      log.atError().addKeyValue("who", "me").log("worse");
      log.debug("details");
      log.trace("steps");
      assertThat(kept.closed).isZero();
      return Result.ok();
    });
    run();

    assertThat(kept.opened).isEqualTo(Stage.shard(1));
    assertThat(kept.text.toString().lines().filter(line -> !line.startsWith(" ")))
        .extracting(line -> line.substring("2027-01-04T09:00:00.000Z ".length()))
        .containsExactly("INFO  1 of 3", "WARN  bad", "ERROR who=me worse");
    assertThat(kept.text.toString()).contains("    java.lang.IllegalStateException: news");
    assertThat(kept.closed).isEqualTo(1);
  }

  @Test
  void aThreadKnowsItsLogAsLongAsItsHandlerRuns() {
    executions(context -> {
      RunLog.ofThisThread().orElseThrow().append(Level.INFO, "said by a stranger", null);
      return Result.ok();
    });
    assertThat(RunLog.ofThisThread()).isEmpty();
    run();

    assertThat(RunLog.ofThisThread()).isEmpty();
    assertThat(kept.text.toString()).contains("said by a stranger");
  }

  @Test
  void theLogOfAHandlerThatIsNotCalledIsClosedToo() {
    Executions executions = executions(context -> Result.ok());

    executions.cancel(7, Cancellation.Reason.KILLED);

    assertThat(kept.closed).isEqualTo(1);
    assertThat(kept.text.toString()).isEmpty();
  }

  @Test
  void whereNothingIsKeptNothingIsFound() {
    RunLogs.NONE.open(Stage.shard(0)).write(new byte[1]);
    RunLogs.NONE.open(Stage.shard(0)).close();

    assertThat(RunLogs.NONE.read("billing.1.f.a", 0, 0, 0, 100)).isEmpty();
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new RunLogs.Page(1, 5, "", 4, 9, false))
        .withMessageContaining("from byte 5 to 4 of 9");
  }
}
