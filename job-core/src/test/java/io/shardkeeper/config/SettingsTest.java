package io.shardkeeper.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.lang.reflect.Modifier;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class SettingsTest {
  private static final String TWO_KEYS =
      "shardkeeper.zookeeper=zk1:2181,zk2:2181\nshardkeeper.namespace=billing\n";

  @Test
  void twoKeysSuffice() {
    Settings settings = file(TWO_KEYS).read();
    assertThat(settings.get(Key.ZOOKEEPER)).isEqualTo("zk1:2181,zk2:2181");
    assertThat(settings.get(Key.NAMESPACE)).isEqualTo("billing");
    assertThat(settings.isEmbedded()).isFalse();
    assertThat(settings.get(Key.INSTANCE_NAME)).isEqualTo("host-1");
    assertThat(settings.origin(Key.INSTANCE_NAME)).isEqualTo("the name of this host");
    assertThat(settings.get(Key.SESSION_TIMEOUT)).isEqualTo(Duration.ofSeconds(10));
    assertThat(settings.get(Key.HISTORY_BUDGET)).isEqualTo(64L << 20);
    assertThat(settings.get(Key.COORDINATOR)).isTrue();
    assertThat(settings.get(Key.VIRTUAL_THREADS)).isEqualTo(VirtualThreads.NEVER);
    assertThat(settings.get(Key.INSTANCE_SLOTS)).isEqualTo(64);
    assertThat(settings.jobs().all()).isEmpty();
  }

  @Test
  void nothingAtAllIsAServerInThisProcess() {
    Settings settings = Settings.sources("host-1").read();
    assertThat(settings.isEmbedded()).isTrue();
    assertThat(settings.get(Key.NAMESPACE)).isEqualTo("default");
    assertThat(settings.get(Key.EMBEDDED_DIRECTORY)).isEqualTo(Path.of("./shardkeeper-data"));
    assertThat(settings.get(Key.EMBEDDED_PORT)).isZero();
    assertThat(settings)
        .hasToString("settings [shardkeeper.instance.name=host-1 (the name of this host)]");
  }

  @Test
  void aNamespaceIsRequiredWhereOthersMayBe() {
    assertThat(mistakes(file("shardkeeper.zookeeper=zk1")))
        .containsExactly(
            "shardkeeper.namespace is not set: it names what isolates one group of applications, as in shardkeeper.namespace=billing");
  }

  @Test
  void theLaterSourceWinsKeyByKey() {
    Sources sources = file(TWO_KEYS + "shardkeeper.grace=1s\nshardkeeper.horizon=1s\n"
        + "shardkeeper.tick=1s\nshardkeeper.report.linger=1s");
    assertThat(told(sources.read(), Key.GRACE)).isEqualTo("PT1S file shardkeeper.properties");
    // In whichever order they are named.
    sources
        .set(Key.GRACE, Duration.ofSeconds(4))
        .systemProperties(Map.of("shardkeeper.grace", "3s", "shardkeeper.horizon", "3s"))
        .environment(Map.of(
            "SHARDKEEPER_GRACE", "2s", "SHARDKEEPER_HORIZON", "2s", "SHARDKEEPER_TICK", "2s"));
    Settings settings = sources.read();
    assertThat(told(settings, Key.GRACE)).isEqualTo("PT4S code");
    assertThat(told(settings, Key.HORIZON)).isEqualTo("PT3S system property");
    assertThat(told(settings, Key.TICK)).isEqualTo("PT2S environment variable SHARDKEEPER_TICK");
    assertThat(told(settings, Key.REPORT_LINGER)).isEqualTo("PT1S file shardkeeper.properties");
    assertThat(told(settings, Key.SESSION_TIMEOUT)).isEqualTo("PT10S default");
    assertThat(settings.origin(Key.CREDENTIALS_FILE)).isEqualTo("not set");
  }

  private static String told(Settings settings, Key<?> key) {
    return settings.get(key) + " " + settings.origin(key);
  }

  @Test
  void aMistakeNamesItsOriginAndWhatComesThere() {
    assertThat(mistakes(file(TWO_KEYS).environment(Map.of("SHARDKEEPER_SESSION_TIMEOUT", "10"))))
        .containsExactly(
            "shardkeeper.session-timeout = '10' (environment variable SHARDKEEPER_SESSION_TIMEOUT): "
                + "a duration such as 10s, 500ms, 2m comes here; at least 1s, at most 10m");
  }

  @Test
  void allMistakesAreToldAtOnce() {
    var refused = catchThrowableOfType(
        InvalidSettingsException.class,
        () -> file("shardkeeper.zookeeper=zk1\nshardkeeper.grace=soon\nshardkeeper.gracee=1s")
            .systemProperties(
                Map.of("shardkeeper.coordinator", "yes", "shardkeeper.job.a.cron", "x"))
            .set("shardkeeper.instance.slots", "0")
            .read());
    assertThat(refused.mistakes()).hasSize(7);
    assertThat(refused)
        .hasMessageStartingWith("The configuration has 7 mistakes:\n  - ")
        .hasMessageContaining("shardkeeper.namespace is not set")
        .hasMessageContaining(
            "shardkeeper.grace = 'soon' (file shardkeeper.properties): a duration")
        .hasMessageContaining("shardkeeper.gracee (file shardkeeper.properties): no such key")
        .hasMessageContaining(
            "shardkeeper.coordinator = 'yes' (system property): true or false comes here")
        .hasMessageContaining("shardkeeper.job.a.cron = 'x' (system property): ")
        .hasMessageContaining("job 'a' (system property): it names no handler")
        .hasMessageContaining(
            "shardkeeper.instance.slots = '0' (code): a whole number comes here; at least 1, at most 10000");
    assertThatThrownBy(() -> Settings.sources("h").set("shardkeeper.tick", "x").read())
        .hasMessageStartingWith(
            "The configuration has a mistake:\n  - shardkeeper.tick = 'x' (code)");
  }

  @ParameterizedTest
  @CsvSource({
    "500ms, PT0.5S",
    "10s, PT10S",
    "2m, PT2M",
    "1h30m, PT1H30M",
    "1d, PT24H",
    "PT10S, PT10S",
    "pt1m, PT1M",
    "0s, PT0S",
    "' 10s ', PT10S"
  })
  void durationsAreWrittenAsPeopleWriteThem(String text, Duration duration) {
    assertThat(Settings.sources("h").set("shardkeeper.grace", text).read().get(Key.GRACE))
        .isEqualTo(duration);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "10",
        "s",
        "1.5s",
        "10 years",
        "-1s",
        "PT-1S",
        "P1Y",
        "PT99999999999999999999S",
        "2d",
        "1m1h"
      })
  void whatIsNoDurationOrTooLongIsRefused(String text) {
    assertThat(mistakes(Settings.sources("h").set("shardkeeper.grace", text)))
        .singleElement()
        .asString()
        .contains("a duration such as 10s, 500ms, 2m comes here; at least 0s, at most 1d");
  }

  @ParameterizedTest
  @CsvSource({"1048576, 1048576", "64MB, 67108864", "2048 kb, 2097152", "1GB, 1073741824"})
  void sizesAreWrittenAsPeopleWriteThem(String text, long bytes) {
    assertThat(Settings.sources("h")
            .set("shardkeeper.history.budget", text)
            .read()
            .get(Key.HISTORY_BUDGET))
        .isEqualTo(bytes);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "MB", "1TB", "999999999999999999GB", "1.5MB", "1KB", "2GB", "-1MB"})
  void whatIsNoSizeIsRefused(String text) {
    assertThat(mistakes(Settings.sources("h").set("shardkeeper.history.budget", text)))
        .singleElement()
        .asString()
        .contains("a size such as 64MB, 512KB, 1GB comes here; at least 1MB, at most 1GB");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "shardkeeper.zookeeper | '' | '''embedded'', or servers such as zk1:2181,zk2:2181 comes here'",
        "shardkeeper.namespace | a/b | It cannot be called 'a/b'; a name has 1 to 100",
        "shardkeeper.instance.labels | zone | labels such as zone=a,disk=ssd comes here",
        "shardkeeper.instance.labels | a=1,a=2 | label 'a' stands here twice",
        "shardkeeper.instance.labels | a b=1 | A label cannot be called 'a b'",
        "shardkeeper.instance.slots | 1e3 | a whole number comes here",
        "shardkeeper.instance.slots | 10001 | at most 10000",
        "shardkeeper.instance.version | '' | a text of 1 to 100 characters on one line comes here",
        "shardkeeper.virtual-threads | sometimes | one of auto, always, never comes here",
        "shardkeeper.embedded.directory | '' | the path of a file or a directory comes here",
        "shardkeeper.embedded.port | 65536 | a whole number comes here; at least 0, at most 65535"
      })
  void eachKindOfValueSaysWhatComesThere(String key, String text, String expected) {
    assertThat(mistakes(Settings.sources("h").set(Key.NAMESPACE, "x").set(key, text)))
        .singleElement()
        .asString()
        .startsWith(key + " = '" + text + "' (code): ")
        .contains(expected);
  }

  @Test
  void aPathThatCannotBeOneIsRefused() {
    assertThat(mistakes(Settings.sources("h").set("shardkeeper.embedded.directory", "a\0b")))
        .singleElement()
        .asString()
        .contains("= 'a\\u0000b' (code): the path of a file or a directory comes here");
  }

  @Test
  void codeSetsValuesAndNoTexts() {
    var labels = new TreeMap<>(Map.of("zone", "a", "disk", "ssd"));
    Settings settings = Settings.sources("h")
        .set(Key.INSTANCE_LABELS, labels)
        .set(Key.GRACE, Duration.ofMillis(1500))
        .set(Key.HISTORY_BUDGET, 5L << 20)
        .set(Key.INSTANCE_SLOTS, 7)
        .set(Key.COORDINATOR, false)
        .set(Key.VIRTUAL_THREADS, VirtualThreads.AUTO)
        .set(Key.INSTANCE_NAME, "anna")
        .set(Key.INSTANCE_VERSION, "1.2")
        .set(Key.EMBEDDED_DIRECTORY, Path.of("here"))
        .read();
    assertThat(settings.get(Key.INSTANCE_LABELS)).isEqualTo(labels);
    assertThat(settings.get(Key.GRACE)).isEqualTo(Duration.ofMillis(1500));
    assertThat(settings.get(Key.HISTORY_BUDGET)).isEqualTo(5L << 20);
    assertThat(settings.get(Key.INSTANCE_SLOTS)).isEqualTo(7);
    assertThat(settings.get(Key.COORDINATOR)).isFalse();
    assertThat(settings.get(Key.VIRTUAL_THREADS)).isEqualTo(VirtualThreads.AUTO);
    assertThat(settings.get(Key.INSTANCE_NAME)).isEqualTo("anna");
    assertThat(settings.get(Key.INSTANCE_VERSION)).isEqualTo("1.2");
    assertThat(settings.get(Key.EMBEDDED_DIRECTORY)).isEqualTo(Path.of("here"));
    assertThat(settings.find(Key.TLS_KEY_STORE)).isEmpty();
    assertThatExceptionOfType(NoSuchElementException.class)
        .isThrownBy(() -> settings.get(Key.TLS_KEY_STORE))
        .withMessage("shardkeeper.tls.key-store is not set, and has no default; ask with find");
    assertThat(settings.mistake(Key.TLS_KEY_STORE, "it is needed"))
        .isEqualTo("shardkeeper.tls.key-store (not set): it is needed");
  }

  @ParameterizedTest
  @CsvSource({
    "namespce,        did you mean shardkeeper.namespace?",
    "nmaespace,       did you mean shardkeeper.namespace?",
    "Namespace,       did you mean shardkeeper.namespace?",
    "session.timeout, did you mean shardkeeper.session-timeout?",
    "slots,           did you mean shardkeeper.instance.slots?",
    "interupt-after,  did you mean shardkeeper.interrupt-after?",
    "colour,          docs/configuration.md lists the known ones",
    "'',              docs/configuration.md lists the known ones"
  })
  void anUnknownKeyIsNamedWithTheNearestKnownOne(String key, String hint) {
    assertThat(mistakes(file("shardkeeper." + key + "=canary")))
        .containsExactly(
            "shardkeeper." + key + " (file shardkeeper.properties): no such key; " + hint);
  }

  @ParameterizedTest
  @CsvSource({
    "SHARDKEEPER_NAMESPCE,       no such key; did you mean SHARDKEEPER_NAMESPACE?",
    "SHARDKEEPER_EMBEDED_PORT,   no such key; did you mean SHARDKEEPER_EMBEDDED_PORT?",
    "SHARDKEEPER_SLOTS,          no such key; did you mean SHARDKEEPER_INSTANCE_SLOTS?",
    "SHARDKEEPER_PASSWORD,       no such key; docs/configuration.md lists the known ones",
    "SHARDKEEPER_JOB_A_CRON,     'jobs are not declared in the environment, whose upper case does not tell the name of a job; the file and system properties do'"
  })
  void anUnknownVariableIsNamedToo(String variable, String hint) {
    assertThat(mistakes(Settings.sources("h").environment(Map.of(variable, "canary"))))
        .containsExactly("environment variable " + variable + ": " + hint);
  }

  @Test
  void whatDoesNotBeginAsOurKeysDoIsIgnored() {
    Settings settings = file(TWO_KEYS + "grace=1s\nspring.shardkeeper.grace=1s\nshardkeeper=1")
        .systemProperties(Map.of("java.version", "17"))
        .environment(Map.of("PATH", "/bin", "GRACE", "1s"))
        .read();
    assertThat(settings.get(Key.GRACE)).isEqualTo(Duration.ofSeconds(30));
  }

  @Test
  void whatKubernetesSetsForAServiceOfOurNameIsNobodysMistake() {
    Settings settings = Settings.sources("h")
        .environment(Map.of(
            "SHARDKEEPER_SERVICE_HOST", "10.0.0.1",
            "SHARDKEEPER_SERVICE_PORT", "8080",
            "SHARDKEEPER_SERVICE_PORT_HTTP", "8080",
            "SHARDKEEPER_PORT", "tcp://10.0.0.1:8080",
            "SHARDKEEPER_CONSOLE_PORT", "tcp://10.0.0.1:8080",
            "SHARDKEEPER_PORT_8080_TCP", "tcp://10.0.0.1:8080",
            "SHARDKEEPER_CONSOLE_PORT_8080_TCP_ADDR", "10.0.0.1"))
        .read();
    assertThat(settings.isEmbedded()).isTrue();
  }

  @Test
  void anEmptyVariableCountsAsNotSet() {
    Settings settings =
        Settings.sources("h").environment(Map.of("SHARDKEEPER_GRACE", " ")).read();
    assertThat(settings.origin(Key.GRACE)).isEqualTo("default");
  }

  @Test
  void aKeyThatStandsTwiceInAFileIsAMistake() {
    assertThat(mistakes(file(TWO_KEYS + "shardkeeper.grace=1s\nshardkeeper.grace=2s\na=1\na=2")))
        .containsExactly(
            "shardkeeper.grace stands in file shardkeeper.properties more than once; one of the lines has to go");
  }

  @Test
  void aFileThatIsNoneIsAMistake() {
    assertThat(mistakes(file("a=\\users")))
        .singleElement()
        .asString()
        .startsWith("file shardkeeper.properties cannot be read: a backslash and a u");
  }

  @Test
  void aSessionOutlastsTwoTicks() {
    assertThat(mistakes(file(TWO_KEYS + "shardkeeper.session-timeout=3s")))
        .containsExactly(
            "shardkeeper.session-timeout = '3s' (file shardkeeper.properties): a session lasts two ticks at least, and shardkeeper.tick"
                + " is 2000ms (default); take 4000ms or more, or tell the tick of the servers if it is shorter");
    assertThat(file(TWO_KEYS + "shardkeeper.session-timeout=3s\nshardkeeper.tick=1s")
            .read()
            .get(Key.SESSION_TIMEOUT))
        .isEqualTo(Duration.ofSeconds(3));
  }

  @Test
  void whatDoesNotGoTogetherIsRefused() {
    assertThat(mistakes(file(TWO_KEYS
            + "shardkeeper.credentials.file=f\nshardkeeper.credentials.environment=V\n"
            + "shardkeeper.tls.trust-store-password-file=p\nshardkeeper.tls.key-store=k")))
        .containsExactly(
            "shardkeeper.credentials.file (file shardkeeper.properties; its value is not told): shardkeeper.credentials.environment"
                + " (file shardkeeper.properties) names credentials too; one of the two has to go",
            "shardkeeper.tls.trust-store-password-file (file shardkeeper.properties; its value is not told): it takes"
                + " shardkeeper.tls.trust-store too",
            "shardkeeper.tls.key-store = 'k' (file shardkeeper.properties): it takes shardkeeper.tls.key-store-password-file too",
            "shardkeeper.tls.key-store = 'k' (file shardkeeper.properties): it takes shardkeeper.tls.trust-store too");
    assertThat(mistakes(
            file("shardkeeper.tls.trust-store=t\nshardkeeper.tls.trust-store-password-file=p\n"
                + "shardkeeper.tls.key-store-password-file=p")))
        .hasSize(2)
        .anyMatch(mistake -> mistake.contains("it takes shardkeeper.tls.key-store too"))
        .anyMatch(mistake -> mistake.contains("the embedded server speaks no TLS"));
  }

  @Test
  void theVariableThatHoldsTheCredentialsIsKnownByItsName() {
    Settings settings = file(TWO_KEYS
            + "shardkeeper.credentials.environment=SHARDKEEPER_CREDENTIALS")
        .environment(Map.of("SHARDKEEPER_CREDENTIALS", "billing:canary"))
        .read();
    assertThat(settings.get(Key.CREDENTIALS_ENVIRONMENT)).isEqualTo("SHARDKEEPER_CREDENTIALS");
  }

  @Test
  void whatMayBeAPasswordInTheWrongPlaceIsNeverTold() {
    List<Key<?>> secret = List.of(
        Key.CREDENTIALS_FILE,
        Key.CREDENTIALS_ENVIRONMENT,
        Key.TLS_TRUST_STORE_PASSWORD_FILE,
        Key.TLS_KEY_STORE_PASSWORD_FILE);
    for (Key<?> key : secret) {
      assertThat(mistakes(file(TWO_KEYS).set(key.name(), "billing:canary\0")))
          .as("%s", key)
          .isNotEmpty()
          .allSatisfy(mistake -> assertThat(mistake).doesNotContain("canary"));
    }
    Sources sources = file(TWO_KEYS).set("shardkeeper.credentials.file", "canary");
    assertThat(sources.read().toString())
        .contains("shardkeeper.namespace=billing (file shardkeeper.properties)")
        .contains("shardkeeper.credentials.file (code)")
        .doesNotContain("canary");
    assertThat(new Written("shardkeeper.x", "canary", "code")).hasToString("shardkeeper.x (code)");
  }

  @Test
  void noKeyIsForgottenInTheList() throws IllegalAccessException {
    List<Object> declared = new ArrayList<>();
    for (var field : Key.class.getFields()) {
      if (Modifier.isStatic(field.getModifiers()) && field.getType() == Key.class) {
        declared.add(field.get(null));
      }
    }
    assertThat(declared).hasSize(31).containsExactlyElementsOf(Key.all());
    assertThat(Key.all()).extracting(Key::variable).doesNotHaveDuplicates();
    assertThat(Key.SESSION_TIMEOUT.variable()).isEqualTo("SHARDKEEPER_SESSION_TIMEOUT");
  }

  @Test
  void eachLimitIsAValueAndSoIsItsWritingBack() {
    for (Key<?> key : Key.all()) {
      assertThat(key.what()).as("%s", key).isNotBlank();
      assertThat(key.unit()).as("%s", key).isNotBlank();
      assertThat(key.otherwise()).as("%s", key).isNotBlank();
      for (String text : List.of(key.usual().orElse(""), key.least(), key.most())) {
        if (!text.isEmpty()) {
          assertWritesBack(key, text);
        }
      }
    }
  }

  private static <T> void assertWritesBack(Key<T> key, String text) {
    T value = key.parse(text);
    assertThat(key.parse(key.write(value))).as("%s", key).isEqualTo(value);
  }

  private static Sources file(String text) {
    return Settings.sources("host-1").file("shardkeeper.properties", text);
  }

  static List<String> mistakes(Sources sources) {
    var refused = catchThrowableOfType(InvalidSettingsException.class, sources::read);
    return refused == null ? List.of() : refused.mistakes();
  }
}
