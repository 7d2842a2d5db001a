package io.shardkeeper.zookeeper;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.apache.zookeeper.KeeperException;
import org.apache.zookeeper.Watcher.Event.KeeperState;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(300)
@SuppressWarnings("NullAway.Init") // filled in before the tests
final class TestEnsembleTest {
  private static final int OK = KeeperException.Code.OK.intValue();

  private static TestEnsemble ensemble;

  @BeforeAll
  static void start(@TempDir Path directory) throws Exception {
    ensemble = TestEnsemble.start(directory);
  }

  @AfterAll
  static void close() throws Exception {
    ensemble.close();
  }

  @Test
  void aFollowerThatIsCutFromItsLeaderShowsThePast() throws Exception {
    int follower = ensemble.followers().get(0);
    try (RawClient writer = RawClient.of(ensemble.connectString(ensemble.leader()));
        RawClient reader = RawClient.of(ensemble.connectString(follower));
        RawClient bystander = RawClient.of(ensemble.connectString(follower))) {
      writer.create("/past", "old");
      assertThat(sync(reader).get(60, TimeUnit.SECONDS)).isEqualTo(OK);
      assertThat(reader.get("/past")).isEqualTo("old");

      ensemble.holdFollower(follower);
      try {
        writer.set("/past", "new");
        assertThat(writer.get("/past")).isEqualTo("new");
        assertThat(reader.get("/past")).isEqualTo("old");

        // The reads of a session wait for its sync, so another session tells that the follower
        // still answers.
        CompletableFuture<Integer> synced = sync(reader);
        assertThat(bystander.get("/past")).isEqualTo("old");
        assertThat(synced).isNotDone();

        ensemble.releaseFollower(follower);
        assertThat(synced.get(60, TimeUnit.SECONDS)).isEqualTo(OK);
        assertThat(reader.get("/past")).isEqualTo("new");
      } finally {
        ensemble.releaseFollower(follower);
      }
    }
  }

  @Test
  void anotherLeadsWhenTheLeaderStops() throws Exception {
    int before = ensemble.leader();
    try (RawClient client = RawClient.of(ensemble.connectString())) {
      client.create("/kept", "yes");
      long session = client.zooKeeper().getSessionId();

      ensemble.stop(before);
      assertThat(ensemble.leader()).isNotEqualTo(before);
      client.await(KeeperState.SyncConnected);
      assertThat(client.zooKeeper().getSessionId()).isEqualTo(session);

      ensemble.start(before);
      assertThat(ensemble.followers()).contains(before);
    }
    try (RawClient client = RawClient.of(ensemble.connectString(before))) {
      assertThat(sync(client).get(60, TimeUnit.SECONDS)).isEqualTo(OK);
      assertThat(client.get("/kept")).isEqualTo("yes");
    }
  }

  private static CompletableFuture<Integer> sync(RawClient client) {
    var answer = new CompletableFuture<Integer>();
    client.zooKeeper().sync("/", (code, path, context) -> answer.complete(code), null);
    return answer;
  }
}
