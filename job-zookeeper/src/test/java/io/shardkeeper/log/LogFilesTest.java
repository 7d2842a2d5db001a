package io.shardkeeper.log;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assumptions.assumeThat;

import io.shardkeeper.core.execution.RunLogs.Page;
import io.shardkeeper.core.execution.RunLogs.Sheet;
import io.shardkeeper.core.layout.Assignment;
import io.shardkeeper.core.layout.RunId;
import io.shardkeeper.core.layout.RunPlan;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What handlers log, in files. */
final class LogFilesTest {
  private static final Duration MINUTE = Duration.ofMinutes(1);
  private static final Duration DAY = Duration.ofDays(1);
  private static final LogLimits USUAL = new LogLimits(7, 1 << 20, 1 << 30);
  private static final String RUN = "billing.1.r.lunch";

  @TempDir
  private Path directory;

  private final HandClock clock = new HandClock();

  private LogFiles files(LogLimits limits) {
    return files("host-1", limits);
  }

  private LogFiles files(String instance, LogLimits limits) {
    return new LogFiles(directory, "test", instance, limits, clock);
  }

  private static Assignment what(int shard, int attempt) {
    Instant due = Instant.EPOCH;
    var run =
        new RunPlan(RunId.request("billing", 1, "lunch"), 1, 3, due, Map.of(), RunPlan.Traits.NONE);
    return new Assignment(run, shard, 0, attempt, 0, due, 1);
  }

  private static void say(Sheet sheet, String... lines) {
    for (String line : lines) {
      sheet.write((line + "\n").getBytes(UTF_8));
    }
  }

  /** Has an execution say something, and end. */
  private static void run(LogFiles files, Assignment what, String... lines) {
    Sheet sheet = files.open(what);
    say(sheet, lines);
    sheet.close();
  }

  private static String text(LogFiles files, int shard, int attempt) {
    return files.read(RUN, shard, attempt, 0, 30_000).map(Page::text).orElse("nothing");
  }

  /** All files there are, relative to the directory. */
  private List<String> written() throws IOException {
    try (Stream<Path> all = Files.walk(directory)) {
      return all.filter(Files::isRegularFile)
          .map(file -> directory.relativize(file).toString())
          .sorted()
          .toList();
    }
  }

  @Test
  void aLineIsInTheFileAtOnce() throws IOException {
    LogFiles files = files(USUAL);
    Sheet sheet = files.open(what(2, 1));

    say(sheet, "one");

    assertThat(written()).containsExactly("test/host-1/2026-11-22/billing.1.r.lunch.2.1.log");
    assertThat(files.read(RUN, 2, 1, 0, 100)).contains(new Page(1, 0, "one\n", 4, 4, false));
    say(sheet, "two");
    sheet.close();
    say(sheet, "too late");
    assertThat(files.read(RUN, 2, 1, 4, 100)).contains(new Page(1, 4, "two\n", 8, 8, true));
  }

  @Test
  void whoSaysNothingHasNoFile() throws IOException {
    run(files(USUAL), what(0, 1));

    try (Stream<Path> all = Files.list(directory)) {
      assertThat(all).isEmpty();
    }
  }

  @Test
  void whatIsNotThereIsNotAnEmptyPage() {
    LogFiles files = files(USUAL);
    assertThat(files.read(RUN, 0, 1, 0, 100)).isEmpty();
    run(files, what(0, 2), "second");

    assertThat(files.read(RUN, 0, 1, 0, 100)).isEmpty();
    assertThat(files.read(RUN, 1, 2, 0, 100)).isEmpty();
    assertThat(files.read("billing.1.r.lunc", 0, 2, 0, 100)).isEmpty();
    assertThat(files.read(RUN, -1, 2, 0, 100)).isEmpty();
    assertThat(files.read(RUN, 0, -1, 0, 100)).isEmpty();
    assertThat(files.read(RUN, 0, 2, 1_000, 100)).contains(new Page(2, 7, "", 7, 7, true));
  }

  @Test
  void theLatestAttemptIsFoundWhateverItsDayAndWhateverProcessWroteIt() {
    LogFiles files = files(USUAL);
    run(files, what(0, 2), "second");
    run(files, what(0, 10), "tenth");
    run(files, what(1, 11), "of another shard");
    clock.advance(DAY);

    assertThat(text(files(USUAL), 0, 0)).isEqualTo("tenth\n");
    assertThat(text(files(USUAL), 0, 2)).isEqualTo("second\n");
    run(files, what(0, 11), "eleventh, behind midnight");
    assertThat(text(files, 0, 0)).isEqualTo("eleventh, behind midnight\n");
    assertThat(files.read(RUN, 0, 0, 0, 100).map(Page::attempt)).contains(11);
  }

  @Test
  void aFileStaysUnderTheDayOfItsFirstLine() throws IOException {
    LogFiles files = files(USUAL);
    Sheet sheet = files.open(what(0, 1));
    say(sheet, "before midnight");
    clock.advance(DAY);
    say(sheet, "behind midnight");

    assertThat(written()).containsExactly("test/host-1/2026-11-22/billing.1.r.lunch.0.1.log");
    assertThat(text(files, 0, 1)).isEqualTo("before midnight\nbehind midnight\n");
  }

  @Test
  void beyondItsShareAnExecutionIsCutAndSaysSo() {
    LogFiles files = files(new LogLimits(7, 10, 1 << 30));
    Sheet sheet = files.open(what(0, 1));

    say(sheet, "1234", "6789", "1", "2");

    assertThat(files.read(RUN, 0, 1, 0, 1000).orElseThrow())
        .isEqualTo(new Page(
            1,
            0,
            "1234\n6789\n[cut: the log of this execution has reached 10 bytes]\n",
            64,
            64,
            true));
  }

  @Test
  void threadsOfAHandlerShareItsFile() throws InterruptedException {
    LogFiles files = files(USUAL);
    Sheet sheet = files.open(what(0, 1));
    var all = new CountDownLatch(1);
    List<Thread> threads = IntStream.range(0, 8)
        .mapToObj(number -> new Thread(() -> {
          try {
            all.await();
          } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
          }
          for (int i = 0; i < 200; i++) {
            say(sheet, number + " " + i + " " + "x".repeat(i));
          }
        }))
        .toList();
    threads.forEach(Thread::start);
    all.countDown();
    for (Thread thread : threads) {
      thread.join();
    }

    List<String> lines = everything(files, 1000).lines().toList();
    assertThat(lines).hasSize(1600).doesNotHaveDuplicates().allMatch(line -> {
      String[] parts = line.split(" ", -1);
      return parts.length == 3 && parts[2].length() == Integer.parseInt(parts[1]);
    });
  }

  @Test
  void aHandlerThatIsInterruptedGoesOnLogging() {
    LogFiles files = files(USUAL);
    Sheet sheet = files.open(what(0, 1));
    Thread.currentThread().interrupt();
    try {
      say(sheet, "interrupted", "twice");
    } finally {
      assertThat(Thread.interrupted()).as("that is the handler's, and stays").isTrue();
    }

    assertThat(text(files, 0, 1)).isEqualTo("interrupted\ntwice\n");
  }

  @Test
  void twoProcessesOfOneNameWriteTwoFiles() throws IOException {
    LogFiles one = files(USUAL);
    LogFiles other = files(USUAL);
    Sheet first = one.open(what(0, 1));
    Sheet second = other.open(what(0, 1));
    say(first, "one");
    say(second, "other");
    say(first, "one");

    assertThat(written())
        .containsExactly(
            "test/host-1/2026-11-22/billing.1.r.lunch.0.1.log",
            "test/host-1/2026-11-22/billing.1.r.lunch.0.1~2.log");
    assertThat(text(one, 0, 1)).as("the later one").isEqualTo("other\n");
    assertThat(text(one, 0, 0)).isEqualTo("other\n");
  }

  @Test
  void filesAreTheirOwnersAlone() throws IOException {
    assumeThat(directory.getFileSystem().supportedFileAttributeViews()).contains("posix");
    run(files(USUAL), what(0, 1), "secret");

    Path file = directory.resolve(written().get(0));
    for (Path step = file;
        !step.equals(directory);
        step = step.resolveSibling(".").normalize()) {
      assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(step)))
          .as("%s", step)
          .endsWith("------");
    }
  }

  @Test
  void withoutDaysNothingIsWritten() throws IOException {
    run(files(USUAL), what(0, 1), "before");
    LogFiles files = files(new LogLimits(0, 1 << 20, 1 << 30));
    run(files, what(1, 1), "nobody keeps that");
    assertThat(written()).hasSize(1);
    clock.advance(DAY);

    files.look();

    assertThat(written()).as("nor what an earlier process has left").isEmpty();
  }

  // ------------------------------------------------------------------ what goes again

  @Test
  void afterSomeDaysFilesGo() throws IOException {
    LogFiles files = files(new LogLimits(2, 1 << 20, 1 << 30));
    for (int day = 0; day < 5; day++) {
      run(files, what(0, 1), "on day " + day);
      clock.advance(DAY);
    }
    // Of an instance that has gone, and things that are not ours.
    Path gone = Files.createDirectories(directory.resolve("test/host-2/2026-11-20"));
    Path old = Files.writeString(gone.resolve("billing.1.r.lunch.0.1.log"), "old");
    Files.setLastModifiedTime(old, FileTime.from(clock.instant().minus(DAY.multipliedBy(6))));
    Files.writeString(gone.resolveSibling("notes.log"), "not ours");
    Path mixed = Files.createDirectories(directory.resolve("test/host-3/2026-11-20"));
    Files.writeString(mixed.resolve("notes.txt"), "not ours");

    files.look();

    assertThat(written())
        .containsExactly(
            "test/host-1/2026-11-25/billing.1.r.lunch.0.1.log",
            "test/host-1/2026-11-26/billing.1.r.lunch.0.1.log",
            "test/host-2/notes.log",
            "test/host-3/2026-11-20/notes.txt");
    assertThat(gone).doesNotExist();
  }

  @Test
  void whatIsBeingWrittenStays() throws IOException {
    LogFiles files = files(new LogLimits(1, 1 << 20, 1 << 30));
    Sheet sheet = files.open(what(0, 1));
    say(sheet, "a handler that takes days");
    clock.advance(DAY.multipliedBy(5));
    files.look();
    assertThat(written()).hasSize(1);

    sheet.close();
    clock.advance(MINUTE.multipliedBy(60));
    files.look();

    assertThat(written()).isEmpty();
  }

  @Test
  void itIsSweptEachHourAndWhenTheDayIsOver() throws IOException {
    LogFiles files = files(new LogLimits(1, 1 << 20, 1 << 30));
    run(files, what(0, 1), "once");
    files.look();
    clock.advance(DAY.multipliedBy(2).minus(MINUTE));
    files.look();
    clock.advance(MINUTE.multipliedBy(-60)); // set back: one more hour would be another one
    files.look();
    Path old = Files.createDirectories(directory.resolve("test/host-1/2026-11-01"));
    Files.writeString(old.resolve("x.log"), "old");

    clock.advance(MINUTE.multipliedBy(59));
    files.look();
    assertThat(old).exists();
    clock.advance(MINUTE);
    files.look();

    assertThat(old).doesNotExist();
  }

  @Test
  void beyondTheBudgetTheOldestGoFirst() throws IOException {
    LogFiles files = files(new LogLimits(7, 1 << 20, 10 * 4096));
    List<Path> all = new ArrayList<>();
    Instant anHourAgo = clock.instant().minus(MINUTE.multipliedBy(60));
    for (String name :
        List.of("host-2/2026-11-20/a.log", "host-1/2026-11-21/b.log", "host-2/2026-11-21/c.log")) {
      for (int i = 0; i < 5; i++) {
        Path file = directory.resolve("test").resolve(name.replace(".log", i + ".log"));
        Files.createDirectories(file.resolveSibling(".").normalize());
        Files.writeString(file, "a block of its own");
        Files.setLastModifiedTime(file, FileTime.from(anHourAgo.plusSeconds(all.size() % 5)));
        all.add(file);
      }
    }

    files.look();

    assertThat(written())
        .as("15 blocks are too many for 10, and 9 is what is aimed at")
        .containsExactly(
            "test/host-1/2026-11-21/b1.log",
            "test/host-1/2026-11-21/b2.log",
            "test/host-1/2026-11-21/b3.log",
            "test/host-1/2026-11-21/b4.log",
            "test/host-2/2026-11-21/c0.log",
            "test/host-2/2026-11-21/c1.log",
            "test/host-2/2026-11-21/c2.log",
            "test/host-2/2026-11-21/c3.log",
            "test/host-2/2026-11-21/c4.log");
    assertThat(directory.resolve("test/host-2/2026-11-20")).doesNotExist();
  }

  @Test
  void whenTheBudgetIsUsedUpNothingIsWrittenUntilTheOldestHaveGone() throws IOException {
    LogFiles files = files(new LogLimits(7, 1 << 20, 3 * 4096));
    files.look();
    for (int shard = 0; shard < 3; shard++) {
      run(files, what(shard, 1), "fits");
      clock.advance(MINUTE);
    }
    run(files, what(0, 2), "does not fit");
    assertThat(written()).hasSize(3);

    files.look(); // the hour is not over
    run(files, what(0, 2), "fits again");

    assertThat(text(files, 0, 2)).isEqualTo("fits again\n");
    assertThat(written()).hasSize(3);
  }

  @Test
  void whatMetTheBudgetSaysSoInItsLastLine() {
    LogFiles files = files(new LogLimits(7, 1 << 20, 2 * 4096));
    Sheet sheet = files.open(what(0, 1));
    say(sheet, "fits", "x".repeat(8_000), "does not fit", "nor that");
    Sheet silent = files.open(what(1, 1));
    say(silent, "has no file");

    sheet.close();
    silent.close();

    assertThat(files.read(RUN, 0, 1, -60, 60).map(Page::text).orElseThrow())
        .endsWith("x\n\n[2 entries are missing here: they could not be written]\n");
    assertThat(files.read(RUN, 0, 1, -60, 60).map(Page::complete)).contains(true);
    assertThat(files.read(RUN, 1, 1, 0, 60)).as("no file for that alone").isEmpty();
  }

  @Test
  void whatAnotherInstanceIsWritingStays() throws IOException {
    LogFiles one = files("host-1", new LogLimits(1, 1 << 20, 1 << 30));
    LogFiles other = files("host-2", new LogLimits(1, 1 << 20, 3 * 4096));
    Sheet quiet = one.open(what(0, 1));
    say(quiet, "a handler that takes days, and says little");
    for (int day = 0; day < 5; day++) {
      clock.advance(DAY);
      one.look();
      clock.advance(MINUTE);
      other.look();
    }
    for (int shard = 1; shard < 4; shard++) {
      run(other, what(shard, 1), "more than fits");
    }
    clock.advance(MINUTE);
    other.look();
    assertThat(written()).contains("test/host-1/2026-11-22/billing.1.r.lunch.0.1.log");
    say(quiet, "the end");
    assertThat(text(one, 0, 1)).isEqualTo("a handler that takes days, and says little\nthe end\n");

    one.look(); // and then its process dies
    clock.advance(MINUTE.multipliedBy(61));
    other.look();
    assertThat(written()).noneMatch(file -> file.startsWith("test/host-1/"));
  }

  @Test
  void aFileOutOfTheFutureDoesNotStayForEver() throws IOException {
    Path ahead = Files.createDirectories(directory.resolve("test/host-2/2026-11-01"));
    Path file = Files.writeString(ahead.resolve("x.log"), "by a clock that was wrong");
    Files.setLastModifiedTime(file, FileTime.from(clock.instant().plus(DAY)));

    files(USUAL).look();

    assertThat(ahead).doesNotExist();
  }

  // ------------------------------------------------------------------ what does not work

  @Test
  void aFileThatIsTakenAwayWhileItIsWrittenIsBegunAnew() throws IOException {
    LogFiles files = files(USUAL);
    Sheet sheet = files.open(what(0, 1));
    say(sheet, "nobody reads that");
    Files.delete(directory.resolve(written().get(0)));
    files.look();

    say(sheet, "somebody reads that", "and that");

    assertThat(text(files, 0, 1)).isEqualTo("""
        [the beginning is missing: its file was taken away]
        somebody reads that
        and that
        """);
    assertThat(files.read(RUN, 0, 1, 0, 10).map(Page::complete)).contains(false);
    sheet.close();
    assertThat(files.read(RUN, 0, 1, 0, 1_000).map(Page::complete)).contains(true);
  }

  @Test
  void whereNothingCanBeWrittenTheHandlerGoesOnAndItIsTriedAgain() throws IOException {
    Path inTheWay = directory.resolve("test");
    Files.writeString(inTheWay, "a file where a directory should be");
    LogFiles files = files(USUAL);
    Sheet sheet = files.open(what(0, 1));

    say(sheet, "lost", "lost, too");
    Files.delete(inTheWay);
    say(sheet, "lost, because nobody looks for a minute");
    assertThat(files.read(RUN, 0, 1, 0, 100)).isEmpty();
    clock.advance(MINUTE);
    say(sheet, "kept");

    assertThat(text(files, 0, 1))
        .isEqualTo("[3 entries are missing here: they could not be written]\nkept\n");
    run(files, what(1, 1), "kept, too");
    assertThat(text(files, 1, 1)).isEqualTo("kept, too\n");
  }

  @Test
  void aDirectoryThatWasTakenAwayIsMadeAgain() throws IOException {
    LogFiles files = files(USUAL);
    run(files, what(0, 1), "once");
    clock.advance(DAY.multipliedBy(20));
    files.look();

    run(files, what(0, 1), "again");

    assertThat(text(files, 0, 1)).isEqualTo("again\n");
  }

  @Test
  void aHundredFilesOfOneAttemptAreAMistake() throws IOException {
    for (int i = 0; i < 101; i++) {
      run(files(USUAL), what(0, 1), "number " + i);
    }

    assertThat(written()).hasSize(100);
    assertThat(text(files(USUAL), 0, 1)).isEqualTo("number 99\n");
  }

  @Test
  void aDirectoryThatCannotBeSweptHarmsNobody() throws IOException {
    Path day = Files.createDirectories(directory.resolve("test/host-1/2026-11-01"));
    Files.createDirectories(day.resolve("a-directory.log/that-is-not-empty"));

    files(USUAL).look();

    assertThat(day).exists();
  }

  @Test
  void linksAreNotFollowed() throws IOException {
    Path secret = Files.writeString(directory.resolve("secret"), "secret");
    Path outside = Files.createDirectories(directory.resolve("outside/2026-11-01"));
    Files.writeString(outside.resolve("x.log"), "not ours");
    Path day = Files.createDirectories(directory.resolve("test/host-1/2026-11-22"));
    try {
      Files.createSymbolicLink(day.resolve(RUN + ".0.1.log"), secret);
      Files.createSymbolicLink(directory.resolve("test/host-9"), outside.resolveSibling("."));
    } catch (UnsupportedOperationException e) {
      assumeThat(false).as("links").isTrue();
    }
    LogFiles files = files(USUAL);

    files.look();
    assertThat(files.read(RUN, 0, 1, 0, 100)).isEmpty();
    run(files, what(0, 1), "ours");

    assertThat(outside.resolve("x.log")).exists();
    assertThat(secret).hasContent("secret");
    assertThat(text(files, 0, 1)).as("a link counts as a file that is there").isEqualTo("nothing");
    assertThat(day.resolve(RUN + ".0.1~2.log")).hasContent("ours");
  }

  @Test
  void limitsThatMakeNoSenseAreRefused() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new LogLimits(-1, 1, 1))
        .withMessageContaining("-1 days");
    assertThatIllegalArgumentException().isThrownBy(() -> new LogLimits(1, 0, 1));
    assertThatIllegalArgumentException().isThrownBy(() -> new LogLimits(1, 1, 0));
  }

  // ------------------------------------------------------------------ pages

  private static String everything(LogFiles files, int most) {
    var all = new StringBuilder();
    long offset = 0;
    Page page;
    do {
      page = files.read(RUN, 0, 1, offset, most).orElseThrow();
      assertThat(page.offset()).isEqualTo(offset);
      all.append(page.text());
      offset = page.next();
    } while (offset < page.size());
    return all.toString();
  }

  @Test
  void pagesLoseNoLineAndNoCharacter() throws IOException {
    long seed = System.nanoTime();
    var random = new Random(seed);
    int[] alphabet = {'a', '\n', 'ä', '€', 0x1F600, '\t', 0x7FF, 0x800, 0xFFFD, 0x10FFFF};
    for (int round = 0; round < 60; round++) {
      LogFiles files = files("host-" + round, USUAL);
      var all = new StringBuilder();
      Sheet sheet = files.open(what(0, 1));
      for (int entries = 1 + random.nextInt(30); entries > 0; entries--) {
        var entry = new StringBuilder();
        for (int i = random.nextInt(60); i > 0; i--) {
          entry.appendCodePoint(alphabet[random.nextInt(alphabet.length)]);
        }
        say(sheet, entry.toString());
        all.append(entry).append('\n');
      }
      if (random.nextBoolean()) {
        sheet.close();
      }
      int most = 1 + random.nextInt(100);
      assertThat(everything(files, most))
          .as("seed %d, pages of %d", seed, most)
          .isEqualTo(all.toString());

      // From anywhere: whole characters, and in the end the same text.
      long size = all.toString().getBytes(UTF_8).length;
      long far = random.nextInt(Math.toIntExact(size) + 10);
      long offset = random.nextBoolean() ? far : -far;
      Page page = files.read(RUN, 0, 1, offset, most).orElseThrow();
      byte[] bytes = all.toString().getBytes(UTF_8);
      int from = Math.toIntExact(page.offset());
      assertThat(new String(bytes, from, Math.toIntExact(page.next()) - from, UTF_8))
          .as("seed %d, offset %d", seed, offset)
          .isEqualTo(page.text());
      assertThat(page.text().getBytes(UTF_8).length).isLessThanOrEqualTo(Math.max(4, most));
      long wanted = offset < 0 ? Math.max(0, size + offset) : Math.min(offset, size);
      assertThat(page.offset()).as("seed %d", seed).isBetween(wanted, wanted + 3);
    }
  }

  @Test
  void aNegativeOffsetCountsFromTheEnd() {
    LogFiles files = files(USUAL);
    run(files, what(0, 1), "0123456€");

    assertThat(files.read(RUN, 0, 1, -4, 100)).contains(new Page(1, 7, "€\n", 11, 11, true));
    assertThat(files.read(RUN, 0, 1, -3, 100)).contains(new Page(1, 10, "\n", 11, 11, true));
    assertThat(files.read(RUN, 0, 1, Long.MIN_VALUE, 4))
        .contains(new Page(1, 0, "0123", 4, 11, false));
    assertThat(files.read(RUN, 0, 1, Long.MAX_VALUE, 4))
        .contains(new Page(1, 11, "", 11, 11, true));
  }

  @Test
  void aPageHasItsLimit() {
    LogFiles files = files(USUAL);
    run(files, what(0, 1), "x".repeat(100_000));

    assertThat(files.read(RUN, 0, 1, 0, Integer.MAX_VALUE).orElseThrow().next())
        .isEqualTo(32 * 1024);
    assertThat(files.read(RUN, 0, 1, 0, -1).orElseThrow().next()).isEqualTo(4);
  }

  @Test
  void aFileThatIsNoTextIsReadToItsEnd() throws IOException {
    Path day = Files.createDirectories(directory.resolve("test/host-1/2026-11-22"));
    byte[] noise = new byte[1000];
    new Random(7).nextBytes(noise);
    noise[999] = (byte) 0xF0; // the first of four
    Files.write(day.resolve(RUN + ".0.1.log"), noise);
    LogFiles files = files(USUAL);

    long offset = 0;
    Optional<Page> page;
    do {
      page = files.read(RUN, 0, 1, offset, 7);
      assertThat(page.orElseThrow().next()).isGreaterThan(offset);
      offset = page.orElseThrow().next();
    } while (!page.orElseThrow().complete());

    assertThat(offset).isEqualTo(1000);
  }

  // ------------------------------------------------------------------ names

  @Test
  void noNameLeadsOutOfTheDirectory() {
    Set<String> names = new HashSet<>();
    List<String> attacks = List.of(
        "..",
        ".",
        "",
        "../../etc/passwd",
        "..\\..\\boot.ini",
        "/etc/passwd",
        "C:\\x",
        "a\0b",
        "a\nb",
        "%2E%2E",
        "~root",
        "a~2",
        "nul.",
        "äöü",
        "x".repeat(5_000),
        "x".repeat(5_001),
        "😀".repeat(60));
    for (String attack : attacks) {
      String step = FileNames.step(attack);
      names.add(step);
      assertThat(step)
          .as("%s", attack)
          .matches("[A-Za-z0-9_%-]([A-Za-z0-9_.%~-]*[A-Za-z0-9_%-])?")
          .hasSizeLessThanOrEqualTo(180);
      assertThat(directory.resolve(step).normalize()).isEqualTo(directory.resolve(step));
      assertThat(files(USUAL).read(attack, 0, 0, 0, 100)).isEmpty();
      assertThat(files(USUAL).read(attack, 0, 1, 0, 100)).isEmpty();
    }
    assertThat(names).as("each has its own").hasSameSizeAs(attacks);
    assertThat(FileNames.step("settle-accounts.2a7.f.lx3k_9"))
        .isEqualTo("settle-accounts.2a7.f.lx3k_9");
  }

  @Test
  void anInstanceOfAnyNameStaysBelowTheDirectory() throws IOException {
    var files = new LogFiles(directory.resolve("logs"), "..", "../../x", USUAL, clock);
    run(files, what(0, 1), "here");

    assertThat(written()).hasSize(1).allMatch(file -> file.startsWith("logs/%2E%2E/%2E"));
    assertThat(Files.exists(directory.resolve("logs"), LinkOption.NOFOLLOW_LINKS))
        .isTrue();
  }

  @Test
  void filesOfOthersAreNotTakenForAttempts() {
    String prefix = FileNames.prefix("x", 1);
    assertThat(FileNames.which(prefix, "x.1.2.log")).contains(new FileNames.Which(2, 1));
    assertThat(FileNames.which(prefix, "x.1.2~3.log")).contains(new FileNames.Which(2, 3));
    for (String other : List.of(
        "x.1.2.3.log",
        "x.1.log",
        "x.1.02.log",
        "x.1.2",
        "y.1.2.log",
        "x.1.2~.log",
        "x.1.9999999999.log")) {
      assertThat(FileNames.which(prefix, other)).as(other).isEmpty();
    }
  }
}
