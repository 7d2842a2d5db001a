package io.shardkeeper.zookeeper;

import static org.assertj.core.api.Assertions.assertThat;

import io.shardkeeper.zookeeper.EnsembleProbe.Facts;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@Timeout(300)
final class EnsembleProbeTest {
  private static final Duration TEN = Duration.ofSeconds(10);
  private static final List<String> NEW = List.of("3.9.5");

  // ---------------------------------------------------------------- what is said of what is known

  @Test
  void nothingIsSaidOfAnEnsembleInGoodOrder() {
    assertThat(facts(TEN, false, true, false, 3, NEW, List.of(0, 61))).isEmpty();
  }

  @Test
  void nothingIsSaidOfWhatWasNotFoundOut() {
    assertThat(facts(TEN, false, true, false, Integer.MAX_VALUE, List.of(), List.of()))
        .isEmpty();
  }

  @Test
  void aSingleServerWithoutCredentialsWillDoOnOnesOwnMachine() {
    assertThat(facts(TEN, true, false, true, 0, NEW, List.of())).isEmpty();
  }

  @Test
  void anotherSessionTimeoutThanWasAskedForIsTold() {
    assertThat(facts(Duration.ofSeconds(40), false, true, false, 3, NEW, List.of()))
        .singleElement()
        .asString()
        .contains("asked for a session timeout of PT10S, ZooKeeper grants PT40S");
  }

  @Test
  void aNamespaceThatIsOpenInSpiteOfCredentialsIsTold() {
    assertThat(facts(TEN, false, true, true, 3, NEW, List.of()))
        .singleElement()
        .asString()
        .contains("open to everybody");
    assertThat(facts(TEN, true, true, true, 0, NEW, List.of()))
        .as("on one's own machine too")
        .hasSize(1);
  }

  @Test
  void missingCredentialsAreTold() {
    assertThat(facts(TEN, false, false, true, 3, NEW, List.of()))
        .singleElement()
        .asString()
        .contains("no credentials");
  }

  @ParameterizedTest
  @CsvSource({"0, 1", "1, 1", "2, 2"})
  void anEnsembleThatEndsWithOneServerIsTold(int voters, int told) {
    assertThat(facts(TEN, false, true, false, voters, NEW, List.of()))
        .singleElement()
        .asString()
        .contains("ZooKeeper has " + told + " voting server(s)");
  }

  @Test
  void anOldServerIsToldOnce() {
    assertThat(facts(TEN, false, true, false, 3, List.of("3.9.5", "3.4.14", "3.4.14"), List.of()))
        .singleElement()
        .asString()
        .contains("a server runs ZooKeeper 3.4.14");
  }

  @ParameterizedTest
  @CsvSource({"1", "60"})
  void fewConnectionsFromOneAddressAreTold(int most) {
    assertThat(facts(TEN, false, true, false, 3, NEW, List.of(most)))
        .singleElement()
        .asString()
        .contains("takes " + most + " connections from one address");
  }

  @Test
  void everythingIsToldTogether() {
    assertThat(facts(Duration.ofSeconds(4), false, false, true, 1, List.of("3.5.0"), List.of(10)))
        .hasSize(5);
  }

  @ParameterizedTest
  @CsvSource({
    "2.9.9, true",
    "3.4.14, true",
    "3.7.2, true",
    "3.8.5, true",
    "3.8.6, false",
    "3.8.10, false",
    "3.9.4, true",
    "3.9.5, false",
    "3.10.0, false",
    "4.0.0, false"
  })
  void releasesWithKnownHolesAreOld(String version, boolean isOld) {
    assertThat(EnsembleProbe.isOld(version)).isEqualTo(isOld);
  }

  private static List<String> facts(
      Duration granted,
      boolean onlyHere,
      boolean hasCredentials,
      boolean isOpen,
      int voters,
      List<String> versions,
      List<Integer> connections) {
    return new Facts(TEN, granted, onlyHere, hasCredentials, isOpen, voters, versions, connections)
        .warnings();
  }

  // -------------------------------------------------------------------- what a real server tells

  @Test
  void aServerThatGrantsAnotherTimeoutIsFoundOut(@TempDir Path directory) {
    Duration tick = Duration.ofSeconds(5);
    try (var server = EmbeddedZooKeeper.in(directory).tick(tick).durable(false).start();
        var ledgers = new TestLedgers()) {
      ZooKeeperLedger ledger =
          ledgers.connected(ZooKeeperSettings.of(server.connectString(), "jobs")
              .sessionTimeout(Duration.ofSeconds(9))
              .build());
      assertThat(ledger.session().timeout()).isEqualTo(TEN);
      assertThat(warnings(ledger))
          .singleElement()
          .asString()
          .contains("asked for a session timeout of PT9S, ZooKeeper grants PT10S");
    }
  }

  @Test
  void aRootThatIsOpenInSpiteOfCredentialsIsFoundOut(@TempDir Path directory) throws Exception {
    try (TestServer server = TestServer.start(directory);
        var ledgers = new TestLedgers();
        RawClient stranger = RawClient.of(server.connectString())) {
      stranger.create("/jobs", "");
      ZooKeeperLedger ledger =
          ledgers.connected(ZooKeeperSettings.of(server.connectString(), "jobs")
              .credentials(Credentials.from(Map.of("CREDENTIALS", "billing:secret"), "CREDENTIALS"))
              .build());
      assertThat(warnings(ledger)).singleElement().asString().contains("open to everybody");
    }
  }

  private static List<String> warnings(ZooKeeperLedger ledger) {
    RealTime.until("warnings", () -> !ledger.warnings().isEmpty());
    return ledger.warnings();
  }
}
