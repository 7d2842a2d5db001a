package io.shardkeeper.trigger;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import io.shardkeeper.calendar.Calendar;
import io.shardkeeper.cron.Cron;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.DayOfWeek;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalTime;
import java.time.OffsetDateTime;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/** Runs every example of docs/triggers.md: what the page says is what the code does. */
final class TriggersDocumentTest {
  private static final Pattern EXAMPLE =
      Pattern.compile("(cron|spring|every|daily) (.+?) in (\\S+)(?: after (\\S+))?");
  private static final Pattern CRON =
      Pattern.compile("(.+?)(?: gap (\\w+))?(?: overlap (\\w+))?(?: except (\\w+)=(\\S+))?");
  private static final Pattern DAILY = Pattern.compile("(\\S+) (\\S+) (\\S+)(?: on (\\S+))?");

  /** An unindented line, and the indented ones below it. */
  private record Example(String head, List<String> body) {}

  @TestFactory
  Stream<DynamicTest> firesAreAsThePageSays() throws IOException {
    List<Example> examples = examples("fires");
    assertThat(examples).hasSizeGreaterThan(20);
    return examples.stream().map(example -> dynamicTest(example.head(), () -> checkFires(example)));
  }

  @TestFactory
  Stream<DynamicTest> mistakesAreToldAsThePageSays() throws IOException {
    List<Example> examples = examples("refused");
    assertThat(examples).hasSizeGreaterThan(5);
    return examples.stream()
        .map(example -> dynamicTest(
            example.head(),
            () -> assertThatThrownBy(() -> Cron.parse(example.head()))
                .hasMessage("Cron '" + example.head() + "': " + example.body().get(0))));
  }

  @TestFactory
  Stream<DynamicTest> zonesAreRefusedAsThePageSays() throws IOException {
    List<Example> examples = examples("zones");
    assertThat(examples).hasSizeGreaterThan(3);
    return examples.stream()
        .map(example -> dynamicTest(
            example.head(),
            () -> assertThatThrownBy(() -> Trigger.cron("* * * * *", example.head()))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("'" + example.head() + "'")
                .hasMessageContaining(example.body().get(0))));
  }

  private static void checkFires(Example example) {
    Matcher parts = matched(EXAMPLE, example.head());
    if (example.body().get(0).startsWith("refused: ")) {
      assertThatThrownBy(() -> trigger(parts))
          .hasMessageContaining(example.body().get(0).substring("refused: ".length()));
      return;
    }
    Trigger trigger = trigger(parts);
    Instant after = OffsetDateTime.parse(parts.group(4)).toInstant();
    List<String> shown = Preview.of(trigger, after, example.body().size()).stream()
        .map(TriggersDocumentTest::shown)
        .limit(example.body().size())
        .toList();
    assertThat(shown).isEqualTo(example.body());
    Instant last = Preview.of(trigger, after, 1).get(0).instant();
    for (Preview.Line line : Preview.of(trigger, last, example.body().size())) {
      if (!line.marks().contains(Preview.Mark.EXCLUDED)) {
        assertThat(trigger.before(line.instant())).isEqualTo(last);
        last = line.instant();
      }
    }
  }

  private static String shown(Preview.Line line) {
    String time = OffsetDateTime.ofInstant(line.instant(), line.zone())
        .format(DateTimeFormatter.ISO_OFFSET_DATE_TIME);
    String marks = line.marks().stream()
        .sorted()
        .map(mark -> mark.name().toLowerCase(Locale.ROOT))
        .collect(Collectors.joining(" "));
    return time.replaceFirst("^(.{16}):00", "$1") + (marks.isEmpty() ? "" : "  " + marks);
  }

  private static Trigger trigger(Matcher parts) {
    String text = parts.group(2);
    ZoneId zone = ZoneId.of(parts.group(3));
    return switch (parts.group(1)) {
      case "every" -> Trigger.every(Duration.parse(text));
      case "daily" -> daily(matched(DAILY, text), zone);
      case "spring" -> Trigger.cron(Cron.spring(text), zone);
      default -> cron(matched(CRON, text), zone);
    };
  }

  private static Trigger cron(Matcher parts, ZoneId zone) {
    CronTrigger cron = Trigger.cron(Cron.parse(parts.group(1)), zone);
    cron = parts.group(2) == null ? cron : cron.onGap(OnGap.valueOf(parts.group(2)));
    cron = parts.group(3) == null ? cron : cron.onOverlap(OnOverlap.valueOf(parts.group(3)));
    if (parts.group(4) == null) {
      return cron;
    }
    Set<LocalDate> dates =
        Arrays.stream(parts.group(5).split(",")).map(LocalDate::parse).collect(Collectors.toSet());
    return cron.except(parts.group(4))
        .with(name -> Optional.ofNullable(
            Map.of(parts.group(4), Calendar.dates(zone, dates)).get(name)));
  }

  private static Trigger daily(Matcher parts, ZoneId zone) {
    Set<DayOfWeek> days = EnumSet.allOf(DayOfWeek.class);
    if (parts.group(4) != null) {
      days.removeIf(
          day -> !List.of(parts.group(4).split(",")).contains(day.name().substring(0, 3)));
    }
    return Trigger.daily(
        LocalTime.parse(parts.group(1)),
        LocalTime.parse(parts.group(2)),
        Duration.parse(parts.group(3)),
        days,
        zone);
  }

  private static Matcher matched(Pattern pattern, String text) {
    Matcher matcher = pattern.matcher(text);
    assertThat(matcher.matches()).as("'%s' is an example", text).isTrue();
    return matcher;
  }

  /** The examples in the blocks of one kind. */
  private static List<Example> examples(String kind) throws IOException {
    var examples = new ArrayList<Example>();
    boolean inside = false;
    for (String line : Files.readAllLines(Path.of("..", "docs", "triggers.md"))) {
      if (line.startsWith("```")) {
        inside = line.equals("```" + kind);
      } else if (inside && line.startsWith("  ")) {
        examples.get(examples.size() - 1).body().add(line.strip());
      } else if (inside && !line.isBlank()) {
        examples.add(new Example(line, new ArrayList<>()));
      }
    }
    return examples;
  }
}
