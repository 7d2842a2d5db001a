package io.shardkeeper.house;

import static org.assertj.core.api.Assertions.assertThat;

import io.shardkeeper.client.JobClient;
import io.shardkeeper.client.LogRequest;
import io.shardkeeper.client.RunRequest;
import io.shardkeeper.config.JobSetting;
import io.shardkeeper.config.Key;
import io.shardkeeper.config.Settings;
import io.shardkeeper.core.books.Quarantine;
import io.shardkeeper.core.coordinator.Claim;
import io.shardkeeper.core.definition.JobDocument;
import io.shardkeeper.core.desk.Rules;
import io.shardkeeper.core.execution.Executions;
import io.shardkeeper.core.execution.RunLog;
import io.shardkeeper.core.execution.RunLogs;
import io.shardkeeper.core.history.Compaction;
import io.shardkeeper.core.history.Retention;
import io.shardkeeper.core.history.Segment;
import io.shardkeeper.core.history.SegmentName;
import io.shardkeeper.core.instance.InstanceLife;
import io.shardkeeper.core.layout.RunId;
import io.shardkeeper.core.ledger.Lease;
import io.shardkeeper.core.ledger.Ledger;
import io.shardkeeper.core.ledger.Mirror;
import io.shardkeeper.core.ledger.NodePath;
import io.shardkeeper.core.ledger.Transaction;
import io.shardkeeper.core.ledger.adapter.HintRelay;
import io.shardkeeper.core.mail.Box;
import io.shardkeeper.core.mail.Command;
import io.shardkeeper.cron.Cron;
import io.shardkeeper.engine.EngineLoop;
import io.shardkeeper.engine.HandlerThreads;
import io.shardkeeper.engine.ListenerThread;
import io.shardkeeper.handler.Handlers;
import io.shardkeeper.job.Filter;
import io.shardkeeper.job.Job;
import io.shardkeeper.job.Limits;
import io.shardkeeper.job.Misfire;
import io.shardkeeper.job.Overlap;
import io.shardkeeper.job.Pause;
import io.shardkeeper.run.TraceContext;
import io.shardkeeper.trigger.NarrowedTrigger;
import io.shardkeeper.trigger.Preview;
import io.shardkeeper.trigger.Trigger;
import io.shardkeeper.zookeeper.ZooKeeperSettings;
import java.io.IOException;
import java.lang.reflect.Field;
import java.lang.reflect.Modifier;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Whether the documents tell the truth, as far as a machine can tell. */
final class DocumentsTest {
  private static final Path ROOT = Path.of("..");
  private static final Pattern LINK = Pattern.compile("\\]\\(([^)#\\s]+)[^)]*\\)");
  private static final Pattern EXCERPT =
      Pattern.compile("<!-- excerpt of (\\S+) -->\n```java\n(.*?)```", Pattern.DOTALL);
  private static final Pattern LIMIT =
      Pattern.compile("(?m)^\\|[^|]*\\| `(\\w+)\\.(\\w+)` \\| (\\S+) \\|");
  private static final Pattern PROPERTIES =
      Pattern.compile("```properties\n(.*?)```", Pattern.DOTALL);
  private static final Pattern MACHINE = Pattern.compile("(^|[^A-Za-z.])/(work|root|tmp|home)/");

  /** Classes whose public numbers and durations are limits or defaults. */
  private static final List<Class<?>> WITH_LIMITS = List.of(
      Limits.class,
      Job.class,
      JobClient.class,
      RunRequest.class,
      LogRequest.class,
      Pause.class,
      TraceContext.class,
      Filter.class,
      Overlap.class,
      Misfire.class,
      Handlers.class,
      Cron.class,
      Trigger.class,
      Trigger.At.class,
      Trigger.AfterJobs.class,
      NarrowedTrigger.class,
      Preview.class,
      JobDocument.class,
      NodePath.class,
      Transaction.class,
      Ledger.class,
      HintRelay.class,
      InstanceLife.class,
      Lease.class,
      Mirror.class,
      Claim.class,
      Segment.class,
      SegmentName.class,
      Compaction.class,
      Retention.class,
      Rules.class,
      Command.class,
      Box.class,
      RunId.class,
      Quarantine.class,
      Executions.class,
      Executions.Patience.class,
      RunLog.class,
      RunLogs.class,
      EngineLoop.class,
      HandlerThreads.class,
      ListenerThread.class,
      ZooKeeperSettings.class);

  @Test
  void everyLinkLeadsSomewhere() throws IOException {
    int links = 0;
    for (Path page : pages()) {
      for (String target :
          all(LINK, Files.readString(page)).map(link -> link.group(1)).toList()) {
        if (!target.startsWith("http")) {
          assertThat(page.resolveSibling(target)).as("a link in %s", page).exists();
          links++;
        }
      }
    }
    assertThat(links).isGreaterThan(5);
  }

  @Test
  void codeOnPagesIsAnExcerptOfCompiledCode() throws IOException {
    int excerpts = 0;
    for (Path page : pages()) {
      String text = Files.readString(page);
      for (MatchResult excerpt : all(EXCERPT, text).toList()) {
        assertThat(Files.readString(ROOT.resolve(excerpt.group(1))))
            .as("%s", page)
            .contains(excerpt.group(2));
        excerpts++;
      }
    }
    assertThat(excerpts).isPositive();
  }

  @Test
  void theTableOfLimitsIsTheCode() throws IOException, ReflectiveOperationException {
    String page = Files.readString(ROOT.resolve("docs/limits.md"));
    List<String> told = new ArrayList<>();
    for (MatchResult row : all(LIMIT, page).toList()) {
      Class<?> owner = WITH_LIMITS.stream()
          .filter(known -> known.getSimpleName().equals(row.group(1)))
          .findFirst()
          .orElseThrow(() -> new AssertionError("No class " + row.group(1)));
      Object value = owner.getField(row.group(2)).get(null);
      assertThat(row.group(3))
          .as("%s.%s", row.group(1), row.group(2))
          .isEqualTo(String.valueOf(value));
      told.add(row.group(1) + "." + row.group(2));
    }
    List<String> there = WITH_LIMITS.stream()
        .flatMap(owner -> Arrays.stream(owner.getDeclaredFields()))
        .filter(DocumentsTest::isLimit)
        .map(field -> field.getDeclaringClass().getSimpleName() + "." + field.getName())
        .toList();
    assertThat(told).containsExactlyInAnyOrderElementsOf(there);
  }

  private static boolean isLimit(Field field) {
    boolean number = field.getType() == int.class || field.getType() == Duration.class;
    return number
        && Modifier.isStatic(field.getModifiers())
        && Modifier.isPublic(field.getModifiers());
  }

  @Test
  void theTablesOfTheConfigurationAreTheCode() throws IOException {
    String page = Files.readString(ROOT.resolve("docs/configuration.md"));
    assertThat(page)
        .contains(table(
            List.of("key", "default", "unit", "least", "most", "what it is"),
            Key.all().stream()
                .map(key -> List.of(
                    "`" + key.name() + "`",
                    key.otherwise(),
                    key.unit(),
                    key.least(),
                    key.most(),
                    key.what()))))
        .contains(table(
            List.of("setting", "unit", "what it is"),
            Arrays.stream(JobSetting.values())
                .map(setting ->
                    List.of("`" + setting.text() + "`", setting.unit(), setting.what()))));
  }

  private static String table(List<String> head, Stream<List<String>> rows) {
    return Stream.concat(Stream.of(head, Collections.nCopies(head.size(), "---")), rows)
        .map(cells -> "| " + String.join(" | ", cells) + " |\n")
        .collect(Collectors.joining("", "\n\n", "\n"));
  }

  @Test
  void theExamplesOfTheConfigurationAreRight() throws IOException {
    List<Settings> read = all(PROPERTIES, Files.readString(ROOT.resolve("docs/configuration.md")))
        .map(example ->
            Settings.sources("host-1").file("example", example.group(1)).read())
        .toList();
    assertThat(read)
        .hasSize(2)
        .allSatisfy(settings -> assertThat(settings.isEmbedded()).isFalse());
    assertThat(read.get(1).jobs().all())
        .extracting(Job::name)
        .containsExactly("clean.every.hour", "settle-accounts");
  }

  @Test
  void theReadmeNamesCommandsThatExist() throws IOException {
    String pom = Files.readString(ROOT.resolve("pom.xml"));
    for (Path page : pages()) {
      all(Pattern.compile("mvnw [^`\\n]*-P(\\w+)"), Files.readString(page))
          .forEach(profile ->
              assertThat(pom).as("%s", page).contains("<id>" + profile.group(1) + "</id>"));
    }
    assertThat(Files.readString(ROOT.resolve("README.md")))
        .contains("./mvnw -Pquickstart")
        .contains("./mvnw verify");
    assertThat(Files.isExecutable(ROOT.resolve("mvnw"))).isTrue();
    assertThat(Files.isExecutable(ROOT.resolve(".ci/run"))).isTrue();
  }

  @Test
  void noPathOfAMachineStandsInTheProject() throws IOException {
    for (Path file : files()) {
      String name = file.getFileName().toString();
      if (name.matches(".*\\.(java|md|xml|properties)") && !name.equals("DocumentsTest.java")) {
        assertThat(MACHINE.matcher(Files.readString(file)).find())
            .as("%s", file)
            .isFalse();
      }
    }
  }

  private static List<Path> pages() throws IOException {
    return files().stream().filter(file -> file.toString().endsWith(".md")).toList();
  }

  private static List<Path> files() throws IOException {
    try (Stream<Path> files = Files.walk(ROOT)) {
      return files
          .filter(Files::isRegularFile)
          .filter(file -> Stream.of("target", ".git")
              .noneMatch(folder -> file.toString().contains("/" + folder + "/")))
          .toList();
    }
  }

  private static Stream<MatchResult> all(Pattern pattern, String text) {
    return pattern.matcher(text).results();
  }
}
