package io.shardkeeper.zookeeper;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.file.Path;
import java.time.Duration;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.zookeeper.Watcher.Event.KeeperState;
import org.jspecify.annotations.Nullable;

/**
 * A ZooKeeper for tests, and the one place for its settings: fast ticks, no waiting for the disk, empty containers gone
 * at once. Of one thread.
 */
final class TestServer implements AutoCloseable {
  /** Sessions last twice as long at least. */
  static final Duration TICK = Duration.ofMillis(500);

  /** The longest that it grants: whoever asks for it does not lose its session because a test is slow. */
  static final Duration LONGEST_SESSION = Duration.ofSeconds(60);

  private static final Pattern TOTAL_WATCHES = Pattern.compile("Total watches:(\\d+)");

  static {
    prepareJvm();
  }

  private final Path directory;
  private EmbeddedZooKeeper server;
  private @Nullable KeptPort kept; // while the server is stopped

  private TestServer(Path directory, EmbeddedZooKeeper server) {
    this.directory = directory;
    this.server = server;
  }

  /** What servers read from the JVM, some of it once and for all: before the first of them starts. */
  static void prepareJvm() {
    System.setProperty("znode.container.checkIntervalMs", "100");
    System.setProperty("zookeeper.4lw.commands.whitelist", "*");
  }

  /** A server on any free port. */
  static TestServer start(Path directory) {
    return new TestServer(directory, settings(directory, 0).start());
  }

  String connectString() {
    return server.connectString();
  }

  int port() {
    return server.port();
  }

  /** Ends the server, not its data and not its sessions. */
  void stop() {
    server.close();
    if (kept == null) {
      kept = KeptPort.of(server.port());
    }
  }

  /** What a crash and a restart look like to clients: same port, same data, and sessions whose time starts anew. */
  void restart() {
    stop();
    freePort();
    server = settings(directory, server.port()).start();
  }

  /**
   * Ends a session at the server, so that its ephemeral nodes go and its client learns that it has expired. Another
   * client of the same session closes it; the first may win it back in between, so this asks until it is gone.
   */
  void endSession(long sessionId, byte[] password) throws Exception {
    KeeperState state;
    do {
      try (RawClient impostor = RawClient.impostor(connectString(), sessionId, password)) {
        state = impostor.await(KeeperState.SyncConnected, KeeperState.Expired);
      }
    } while (state != KeeperState.Expired);
  }

  /** How many watches clients have set. */
  int watches() throws IOException {
    Matcher total = TOTAL_WATCHES.matcher(ask(port(), "wchs"));
    if (!total.find()) {
      throw new IOException("wchs tells no total of watches");
    }
    return Integer.parseInt(total.group(1));
  }

  /** How many clients with a session are connected. */
  int connections() throws IOException {
    return (int)
        ask(port(), "cons").lines().filter(line -> line.contains("sid=")).count();
  }

  /** What a server on the loopback address answers to one of its four-letter words. */
  static String ask(int port, String word) throws IOException {
    try (var socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
      socket.setSoTimeout(30_000);
      socket.getOutputStream().write(word.getBytes(US_ASCII));
      socket.getOutputStream().flush();
      return new String(socket.getInputStream().readAllBytes(), US_ASCII);
    }
  }

  @Override
  public void close() {
    server.close();
    freePort();
  }

  private void freePort() {
    if (kept != null) {
      kept.close();
      kept = null;
    }
  }

  private static EmbeddedZooKeeper.Settings settings(Path directory, int port) {
    return EmbeddedZooKeeper.in(directory).port(port).tick(TICK).durable(false);
  }
}
