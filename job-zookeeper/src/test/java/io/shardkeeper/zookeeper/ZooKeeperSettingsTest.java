package io.shardkeeper.zookeeper;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.shardkeeper.core.ledger.NodePath;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import org.apache.zookeeper.ZooDefs.Ids;
import org.apache.zookeeper.client.ZKClientConfig;
import org.apache.zookeeper.common.ClientX509Util;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class ZooKeeperSettingsTest {
  private static final Credentials CREDENTIALS =
      Credentials.from(Map.of("CREDENTIALS", "billing:correct-horse"), "CREDENTIALS");

  @ParameterizedTest
  @CsvSource({
    "'zk1:2181',               'zk1:2181',          '/jobs'",
    "'zk1:2181/',              'zk1:2181',          '/jobs'",
    "'zk1:2181/apps',          'zk1:2181',          '/apps/jobs'",
    "'zk1:1, zk2:2 /apps/a.b', 'zk1:1,zk2:2',       '/apps/a.b/jobs'",
    "'[::1]:2181',             '[::1]:2181',        '/jobs'",
    "'zk1',                    'zk1',               '/jobs'",
    "'zk-1.example.org:65535', 'zk-1.example.org:65535', '/jobs'"
  })
  void aConnectStringNamesServersAndPerhapsAPath(String connect, String servers, String root) {
    ZooKeeperSettings settings = ZooKeeperSettings.of(connect, "jobs").build();
    assertThat(settings.servers()).isEqualTo(servers);
    assertThat(settings.root()).isEqualTo(root);
    assertThat(settings).hasToString(servers + root);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "/jobs",
        "zk1:2181,",
        ",zk1:2181",
        "zk1:2181;zk2:2181",
        "billing@zk1:2181",
        "zk1:",
        ":2181",
        "zk1:port",
        "zk1:-1",
        "zk1:0",
        "zk1:65536",
        "zk1:2181:2181",
        "[::1",
        "zk1:2181\n"
      })
  void whatIsNoAddressIsRefusedAtOnce(String connect) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> ZooKeeperSettings.of(connect, "jobs"))
        .withMessageStartingWith("ZooKeeper address '")
        .withMessageContaining("host:port");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "zk1:2181/apps/",
        "zk1:2181//apps",
        "http://zk1:2181",
        "zk1:2181/..",
        "zk1:2181/a,zk2:2181/a"
      })
  void whatIsNoPathIsRefusedAtOnce(String connect) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> ZooKeeperSettings.of(connect, "jobs"))
        .withMessageStartingWith("Path '");
  }

  @ParameterizedTest
  @ValueSource(strings = {"a b", ".", "..", "zookeeper", "a\u0000b"})
  void whatIsNoNamespaceIsRefusedAtOnce(String namespace) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> ZooKeeperSettings.of("zk1:2181", namespace));
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "a/b", "a/zookeeper"})
  void aNamespaceIsOneName(String namespace) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> ZooKeeperSettings.of("zk1:2181", namespace))
        .withMessageContaining("it is one name");
  }

  @Test
  void aSessionTimeoutLastsFromASecondToTenMinutes() {
    ZooKeeperSettings.Builder builder = ZooKeeperSettings.of("zk1:2181", "jobs");
    assertThat(builder.build().sessionTimeout()).isEqualTo(Duration.ofSeconds(10));
    for (Duration good : new Duration[] {Duration.ofSeconds(1), Duration.ofMinutes(10)}) {
      assertThat(builder.sessionTimeout(good).build().sessionTimeout()).isEqualTo(good);
    }
    for (Duration bad : new Duration[] {
      Duration.ZERO, Duration.ofMillis(-1), Duration.ofMillis(999), Duration.ofMillis(600_001)
    }) {
      assertThatIllegalArgumentException()
          .isThrownBy(() -> builder.sessionTimeout(bad))
          .withMessageContaining(bad.toString())
          .withMessageContaining("between PT1S and PT10M");
    }
  }

  @Test
  void nodesLieBelowTheRoot() {
    ZooKeeperSettings settings = ZooKeeperSettings.of("zk1:2181/apps", "jobs").build();
    assertThat(settings.full(NodePath.ROOT)).isEqualTo("/apps/jobs");
    assertThat(settings.full(NodePath.of("/a/b"))).isEqualTo("/apps/jobs/a/b");
    assertThat(settings.within("/apps/jobs")).contains(NodePath.ROOT);
    assertThat(settings.within("/apps/jobs/a/b")).contains(NodePath.of("/a/b"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"/", "/apps", "/apps/jobs2", "/jobs", "/apps/jobs/a b", "/zookeeper"})
  void whatOthersCallTheirNodesIsNoNodeOfOurs(String full) {
    ZooKeeperSettings settings = ZooKeeperSettings.of("zk1:2181/apps", "jobs").build();
    assertThat(settings.within(full)).isEmpty();
  }

  @Test
  void withoutCredentialsNodesAreOpenToAll() {
    ZooKeeperSettings settings = ZooKeeperSettings.of("zk1:2181", "jobs").build();
    assertThat(settings.credentials()).isEmpty();
    assertThat(settings.acl()).isEqualTo(Ids.OPEN_ACL_UNSAFE);
  }

  @Test
  void withCredentialsNodesBelongToThemAlone() {
    ZooKeeperSettings settings =
        ZooKeeperSettings.of("zk1:2181", "jobs").credentials(CREDENTIALS).build();
    assertThat(settings.credentials()).contains(CREDENTIALS);
    assertThat(settings.acl()).isEqualTo(CredentialsTest.onlyFor("billing", "correct-horse"));
    assertThat(settings).hasToString("zk1:2181/jobs");
  }

  @Test
  void aLongAnswerIsTaken() {
    ZKClientConfig client = ZooKeeperSettings.of("zk1:2181", "jobs").build().clientConfig();
    assertThat(client.getProperty("jute.maxbuffer")).isEqualTo("4194304");
  }

  @Test
  void tlsIsSpokenWhereItIsAskedFor() throws Exception {
    ZooKeeperSettings plain = ZooKeeperSettings.of("zk1:2181", "jobs").build();
    assertThat(plain.isSecure()).isFalse();

    ZooKeeperSettings secure = ZooKeeperSettings.of("zk1:2181", "jobs")
        .tls(Path.of("trust.p12"), Path.of("trust-password"))
        .tlsKey(Path.of("key.p12"), Path.of("key-password"))
        .build();
    ZKClientConfig client = secure.clientConfig();
    assertThat(secure.isSecure()).isTrue();
    assertThat(client.getProperty("zookeeper.client.secure")).isEqualTo("true");
    assertThat(client.getProperty("zookeeper.clientCnxnSocket"))
        .isEqualTo("org.apache.zookeeper.ClientCnxnSocketNetty");
    try (var names = new ClientX509Util()) { // as ZooKeeper calls them
      assertThat(client.getProperty(names.getSslTruststoreLocationProperty()))
          .isEqualTo("trust.p12");
      assertThat(client.getProperty(names.getSslTruststorePasswdPathProperty()))
          .isEqualTo("trust-password");
      assertThat(client.getProperty(names.getSslKeystoreLocationProperty())).isEqualTo("key.p12");
      assertThat(client.getProperty(names.getSslKeystorePasswdPathProperty()))
          .isEqualTo("key-password");
    }
  }

  @Test
  void otherOptionsArePassedOn() {
    ZooKeeperSettings settings = ZooKeeperSettings.of("zk1:2181", "jobs")
        .clientProperty("zookeeper.ssl.protocol", "TLSv1.3")
        .build();
    assertThat(settings.clientConfig().getProperty("zookeeper.ssl.protocol")).isEqualTo("TLSv1.3");
  }

  @Test
  void optionsOfOthersAreRefused() {
    assertThatIllegalArgumentException()
        .isThrownBy(
            () -> ZooKeeperSettings.of("zk1:2181", "jobs").clientProperty("jute.maxbuffer", "1"))
        .withMessageContaining("jute.maxbuffer")
        .withMessageContaining("begin with 'zookeeper.'");
  }

  @ParameterizedTest
  @ValueSource(strings = {"zookeeper.ssl.trustStore.password", "zookeeper.ssl.keyStore.PASSWORD"})
  void aPasswordDoesNotStandInSettings(String key) {
    assertThatIllegalArgumentException()
        .isThrownBy(
            () -> ZooKeeperSettings.of("zk1:2181", "jobs").clientProperty(key, "correct-horse"))
        .withMessageContaining("'" + key + "Path'")
        .withMessageNotContaining("correct-horse");
  }

  @Test
  void settingsThatWereBuiltChangeNoMore() {
    ZooKeeperSettings.Builder builder = ZooKeeperSettings.of("zk1:2181", "jobs");
    ZooKeeperSettings before = builder.build();
    builder
        .sessionTimeout(Duration.ofSeconds(20))
        .credentials(CREDENTIALS)
        .tls(Path.of("trust.p12"), Path.of("trust-password"));
    assertThat(before.sessionTimeout()).isEqualTo(Duration.ofSeconds(10));
    assertThat(before.credentials()).isEmpty();
    assertThat(before.isSecure()).isFalse();
  }
}
