package io.shardkeeper.zookeeper;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.shardkeeper.config.InvalidSettingsException;
import io.shardkeeper.config.Key;
import io.shardkeeper.config.Settings;
import io.shardkeeper.config.Sources;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.MalformedURLException;
import java.net.URL;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Collections;
import java.util.Enumeration;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import org.apache.zookeeper.client.ZKClientConfig;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class SettingsFilesTest {
  private static final String TWO_KEYS =
      "shardkeeper.zookeeper=zk1:2181/apps\nshardkeeper.namespace=billing\n";

  @TempDir
  private Path directory;

  @Test
  void withoutAnyFileThereAreDefaults() {
    Settings settings = files(List.of(), Map.of()).read();
    assertThat(settings.isEmbedded()).isTrue();
    assertThat(settings.origin(Key.INSTANCE_NAME)).isEqualTo("the name of this host");
    assertThat(settings.get(Key.INSTANCE_NAME)).isNotBlank();
  }

  @Test
  void aFileInTheWorkingDirectoryIsRead() throws IOException {
    Path file = write(directory, "shardkeeper.instance.labels=zone=ü");
    Settings settings = files(List.of(), Map.of()).read();
    assertThat(settings.get(Key.INSTANCE_LABELS)).containsEntry("zone", "ü");
    assertThat(settings.origin(Key.INSTANCE_LABELS)).isEqualTo("file " + file.toAbsolutePath());
  }

  @Test
  void aFileThatIsNamedIsReadAndPathsStartFromIt() throws IOException {
    Path file = write(folder("agent"), "shardkeeper.handlers.file=handlers.json");
    Settings settings = SettingsFiles.sources(file).read();
    assertThat(settings.get(Key.HANDLERS_FILE)).isEqualTo(file.resolveSibling("handlers.json"));
    assertThat(settings.origin(Key.HANDLERS_FILE)).isEqualTo("file " + file.toAbsolutePath());
  }

  @Test
  void aFileThatIsNamedAndCannotBeReadIsAMistake() {
    Path missing = directory.resolve("missing.properties");
    assertThatExceptionOfType(InvalidSettingsException.class)
        .isThrownBy(() -> SettingsFiles.sources(missing))
        .withMessageContaining("file " + missing + " cannot be read")
        .withMessageContaining("NoSuchFile");
  }

  @Test
  void aFileOnTheClassPathIsRead() throws IOException {
    Path file = write(folder("jar"), "shardkeeper.grace=1s");
    Settings settings = files(List.of(file), Map.of()).read();
    assertThat(settings.get(Key.GRACE)).isEqualTo(Duration.ofSeconds(1));
    assertThat(settings.origin(Key.GRACE)).isEqualTo("file " + file.toUri().toURL());
  }

  @Test
  void theWorkingDirectoryWinsAsAWhole() throws IOException {
    write(directory, "shardkeeper.grace=1s");
    Path a = write(folder("a"), "shardkeeper.grace=2s\nshardkeeper.horizon=2s");
    Path b = write(folder("b"), "shardkeeper.grace=3s");
    Settings settings = files(List.of(a, b), Map.of()).read();
    assertThat(settings.get(Key.GRACE)).isEqualTo(Duration.ofSeconds(1));
    assertThat(settings.origin(Key.HORIZON)).isEqualTo("default");
  }

  @Test
  void environmentAndSystemPropertiesComeAfterTheFile() throws IOException {
    write(directory, "shardkeeper.grace=1s\nshardkeeper.horizon=1s");
    var system = new Properties();
    system.setProperty("shardkeeper.horizon", "3s");
    system.put("not a text", 1);
    Settings settings = new SettingsFiles(
            directory,
            classPath(List.of()),
            Map.of("SHARDKEEPER_GRACE", "2s", "SHARDKEEPER_HORIZON", "2s"))
        .sources(system)
        .read();
    assertThat(settings.get(Key.GRACE)).isEqualTo(Duration.ofSeconds(2));
    assertThat(settings.get(Key.HORIZON)).isEqualTo(Duration.ofSeconds(3));
  }

  @Test
  void theConfigurationOfThisProcessCanBeAskedFor() {
    // Whether it is right depends on who runs this test, and how.
    assertThat(SettingsFiles.sources()).isNotNull();
    assertThat(Key.all())
        .allSatisfy(
            key -> assertThat(System.getProperty(key.name())).as("%s", key).isNull());
  }

  @Test
  void whatCannotBeReadIsNamed() throws IOException {
    Files.write(directory.resolve("shardkeeper.properties"), new byte[] {'a', '=', (byte) 0xe4});
    assertThatExceptionOfType(InvalidSettingsException.class)
        .isThrownBy(() -> files(List.of(), Map.of()))
        .withMessageContaining(
            "shardkeeper.properties cannot be read: it is not UTF-8; save it as such");
    Files.delete(directory.resolve("shardkeeper.properties"));
    Files.createDirectory(directory.resolve("shardkeeper.properties"));
    assertThatExceptionOfType(UncheckedIOException.class)
        .isThrownBy(() -> files(List.of(), Map.of()))
        .withMessageContaining("Reading the configuration in ")
        .withMessageContaining("shardkeeper.properties");
    var broken = new ClassLoader(null) {
      @Override
      public Enumeration<URL> getResources(String name) throws IOException {
        throw new IOException("broken jar");
      }
    };
    assertThatThrownBy(() -> new SettingsFiles(directory.resolve("none"), broken, Map.of())
            .sources(new Properties()))
        .isInstanceOf(UncheckedIOException.class)
        .hasMessage("Looking for shardkeeper.properties on the class path");
  }

  @Test
  void theSettingsOfZooKeeperAreMadeOfTheKeys() throws IOException {
    Path credentials = Files.writeString(directory.resolve("credentials"), "billing:canary\n");
    ZooKeeperSettings made = SettingsFiles.zooKeeper(
        settings("shardkeeper.session-timeout=7s\nshardkeeper.tls.trust-store=trust.pem\n"
            + "shardkeeper.tls.trust-store-password-file=p1\nshardkeeper.tls.key-store=key.pem\n"
            + "shardkeeper.tls.key-store-password-file=p2\nshardkeeper.credentials.file="
            + credentials));
    assertThat(made).hasToString("zk1:2181/apps/billing");
    assertThat(made.sessionTimeout()).isEqualTo(Duration.ofSeconds(7));
    assertThat(made.credentials()).hasToString("Optional[credentials of billing]");
    ZKClientConfig client = made.clientConfig();
    assertThat(made.isSecure()).isTrue();
    assertThat(client.getProperty("zookeeper.ssl.trustStore.location")).isEqualTo("trust.pem");
    assertThat(client.getProperty("zookeeper.ssl.trustStore.passwordPath")).isEqualTo("p1");
    assertThat(client.getProperty("zookeeper.ssl.keyStore.location")).isEqualTo("key.pem");
    assertThat(client.getProperty("zookeeper.ssl.keyStore.passwordPath")).isEqualTo("p2");
  }

  @Test
  void credentialsMayStandInTheEnvironment() {
    ZooKeeperSettings made = SettingsFiles.zooKeeper(
        settings("shardkeeper.credentials.environment=BILLING"),
        "zk9:1",
        Map.of("BILLING", "billing:canary"));
    assertThat(made.credentials()).hasToString("Optional[credentials of billing]");
    assertThat(made).hasToString("zk9:1/billing");
    assertThat(SettingsFiles.zooKeeper(settings("")).credentials()).isEmpty();
  }

  @Test
  void addressesAndNamespacesAreRefusedWithTheirOrigin() {
    Settings settings = Settings.sources("h")
        .file("p", "shardkeeper.zookeeper=zk1:port\nshardkeeper.namespace=zookeeper")
        .read();
    assertThat(mistakes(() -> SettingsFiles.zooKeeper(settings)))
        .containsExactly(
            "shardkeeper.zookeeper = 'zk1:port' (file p): ZooKeeper address 'zk1:port': found 'zk1:port' where host:port belongs, as in"
                + " zk1:2181,zk2:2181",
            "shardkeeper.namespace = 'zookeeper' (file p): Namespace 'zookeeper': ZooKeeper keeps that name for itself; take another");
  }

  @Test
  void aPathThatIsTooLongIsRefusedWithItsOrigin() {
    Settings settings = Settings.sources("h")
        .set("shardkeeper.zookeeper", "zk1/" + "x".repeat(199))
        .set(Key.NAMESPACE, "billing")
        .read();
    assertThat(mistakes(() -> SettingsFiles.zooKeeper(settings)))
        .singleElement()
        .asString()
        .startsWith("shardkeeper.namespace = 'billing' (code): Namespace 'billing': its path");
  }

  @Test
  void whatNamesCredentialsIsNeverTold() throws IOException {
    Path wrong = Files.writeString(directory.resolve("canary"), "canary");
    assertThat(mistakes(
            () -> SettingsFiles.zooKeeper(settings("shardkeeper.credentials.file=" + wrong))))
        .containsExactly(
            "shardkeeper.credentials.file (file p; its value is not told): the file does not hold what is expected: one line name:password");
    assertThat(mistakes(
            () -> SettingsFiles.zooKeeper(settings("shardkeeper.credentials.file=canary-canary"))))
        .containsExactly(
            "shardkeeper.credentials.file (file p; its value is not told): the file cannot be read (NoSuchFileException); it holds one"
                + " line name:password, as UTF-8");
    Settings settings = settings("shardkeeper.credentials.environment=canary");
    assertThat(mistakes(() -> SettingsFiles.zooKeeper(settings, "zk1", Map.of())))
        .containsExactly(
            "shardkeeper.credentials.environment (file p; its value is not told): the environment has no variable of this name; set it"
                + " to name:password");
    assertThat(mistakes(() -> SettingsFiles.zooKeeper(settings, "zk1", Map.of("canary", "canary"))))
        .containsExactly(
            "shardkeeper.credentials.environment (file p; its value is not told): the variable does not hold what is expected: one line"
                + " name:password");
  }

  @Test
  void theServerInThisProcessIsMadeOfTheKeys() {
    Settings settings = Settings.sources("h")
        .set(Key.EMBEDDED_DIRECTORY, directory)
        .set(Key.EMBEDDED_PORT, 2181)
        .set(Key.TICK, Duration.ofSeconds(1))
        .read();
    assertThat(SettingsFiles.embedded(settings))
        .isEqualTo(new EmbeddedZooKeeper.Settings(directory, 2181, Duration.ofSeconds(1), true));
    assertThatThrownBy(() -> SettingsFiles.zooKeeper(settings))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("start what embedded(settings) answers");
    assertThat(SettingsFiles.zooKeeper(settings, "127.0.0.1:2181"))
        .hasToString("127.0.0.1:2181/default");
    assertThat(mistakes(() -> SettingsFiles.embedded(Settings.sources("h")
            .set(Key.SESSION_TIMEOUT, Duration.ofMinutes(2))
            .read())))
        .containsExactly(
            "shardkeeper.session-timeout = 'PT2M' (code): the embedded server keeps sessions for 60s at most");
  }

  @Test
  void theSessionTimeoutHasTheSameLimitsInBothPlaces() {
    assertThat(settings("").get(Key.SESSION_TIMEOUT))
        .isEqualTo(ZooKeeperSettings.DEFAULT_SESSION_TIMEOUT);
    assertThat(Key.SESSION_TIMEOUT.least())
        .isEqualTo(ZooKeeperSettings.SHORTEST_SESSION_TIMEOUT.toSeconds() + "s");
    assertThat(Key.SESSION_TIMEOUT.most())
        .isEqualTo(ZooKeeperSettings.LONGEST_SESSION_TIMEOUT.toMinutes() + "m");
  }

  private static Settings settings(String more) {
    return Settings.sources("h").file("p", TWO_KEYS + more).read();
  }

  private static List<String> mistakes(Runnable made) {
    var refused = catchThrowableOfType(InvalidSettingsException.class, made::run);
    assertThat(refused).isNotNull().hasNoCause();
    return refused.mistakes();
  }

  private Sources files(List<Path> onClassPath, Map<String, String> environment) {
    return new SettingsFiles(directory, classPath(onClassPath), environment)
        .sources(new Properties());
  }

  /** A class path with these files and nothing else. */
  private static ClassLoader classPath(List<Path> files) {
    return new ClassLoader(null) {
      @Override
      public Enumeration<URL> getResources(String name) {
        return Collections.enumeration(
            files.stream().map(SettingsFilesTest::url).toList());
      }
    };
  }

  private static URL url(Path file) {
    try {
      return file.toUri().toURL();
    } catch (MalformedURLException e) {
      throw new AssertionError(e);
    }
  }

  private Path folder(String name) throws IOException {
    return Files.createDirectory(directory.resolve(name));
  }

  private static Path write(Path folder, String text) throws IOException {
    return Files.writeString(folder.resolve("shardkeeper.properties"), text);
  }
}
